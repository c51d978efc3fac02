"""What a draft's event does when it is applied: the draft folded anew, its rows replaced.

Called by node/service/apply.py within the transaction. Decides nothing (node/domain/draft.py).
"""

from __future__ import annotations

from node.domain.draft import fold_draft
from node.readmodel.drafts import Drafts
from node.service.convert import fact_of
from node.storage.store import SqlStore


def drafts_of_store(store: SqlStore) -> Drafts:
    """The drafts of a store's node."""
    return Drafts(store.connection, store.tenant, store.node, store.domain)


def take_draft(store: SqlStore, subject: str) -> None:
    """Judge all events about a draft; say what became of them; keep what they add up to."""
    events = store.events_of(subject)
    folded = fold_draft(fact_of(event) for event in events)
    before = store.outcomes_of(subject)
    judged = [(event, folded.verdicts[event.head].code) for event in events]
    store.set_outcomes([(one, code) for one, code in judged if code or one.head in before])
    if folded.state is None:
        drafts_of_store(store).drop(subject)
    else:
        drafts_of_store(store).put(folded.state)
