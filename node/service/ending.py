"""What keeps the due instants that a node computes by itself within a campaign's hard end.

For what no desk writes: repetitions down (react.py) and a changed calendar (redating.py). Decides
nothing of the domain (node/domain/campaign.py).
"""

from __future__ import annotations

from node.domain.assignment import AssignmentState
from node.domain.campaign import CUT, capped, is_campaign
from node.domain.commands import Draft
from node.readmodel.rulebook import Rulebook
from node.storage.store import SqlStore


def until_its_end(store: SqlStore, state: AssignmentState, draft: Draft) -> Draft:
    """The draft with no due instant past the end of the assignment's campaign, if it has one."""
    if draft.type not in CUT or not is_campaign(state.campaign):
        return draft
    held = Rulebook(store.connection, store.tenant, store.domain)
    campaign = held.one(str(state.campaign))
    return capped(draft, campaign, "") if campaign is not None else draft
