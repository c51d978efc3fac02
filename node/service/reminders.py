"""Reminders of clocks: what the alarms that ring come to, decided and laid down in one transaction.

An alarm is an indexed instant per assignment, set by whatever changes its clocks (node/readmodel/
books.py): nothing walks over open clocks. For each that rings, the latest threshold that was
reached is said once per clock, threshold and due version; notice, letters, messages and the next
alarm are one transaction, so a restart loses and repeats nothing. Follows docs/notices.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from node.domain.assignment import AssignmentState
from node.domain.calendar import DEFAULT_POLICY, LADDER, Rung
from node.domain.reminders import Reminder, hearers, next_threshold, reminders, said_at
from node.domain.rulebook import policy_of
from node.readmodel import inbox
from node.readmodel.books import Books
from node.readmodel.rulebook import Rulebook
from node.service import deliveries, digests
from node.service.host import Host
from node.service.outbox import messages
from node.storage import notices
from node.storage.store import SqlStore
from sync.me import Now

MOST_ALARMS: Final = 500
MOST_ROUNDS: Final = 200


def tick(host: Host) -> tuple[int, int, int]:
    """All that is due now: how many notices were laid down, digests made, messages sent."""
    told = 0
    for _ in range(MOST_ROUNDS):
        rang, said = look(host)
        told += said
        if rang < MOST_ALARMS:
            break
    return told, digests.make(host), deliveries.send(host)


def look(host: Host) -> tuple[int, int]:
    """Answer the alarms that ring: how many rang, how many notices came of them."""
    now, told = host.now(), 0
    with host.database.read() as connection:
        rang = notices.ringing(connection, now.business, MOST_ALARMS)
    for (node, domain), group in groupby(rang, lambda one: (one.node, one.domain)):
        ids = [one.assignment for one in group]

        def work(store: SqlStore, _: Any, ids: Sequence[str] = ids) -> int:
            return Desk(host, store, now).answer(ids)

        told += host.write(host.place(node, domain), work)
    return len(rang), told


class Desk:
    """A node's reminders in one domain, in one transaction."""

    def __init__(self, host: Host, store: SqlStore, now: Now) -> None:
        self._host, self._store, self._now = host, store, now
        self._people = inbox.people(store.connection, store.tenant)
        self._ladders = dict[tuple[str, str], tuple[Rung, ...]]()

    def answer(self, ids: Sequence[str]) -> int:
        """Say what is due of these assignments, and set their alarms anew."""
        store, told = self._store, 0
        states = Books(store.connection, store.tenant, store.node, store.domain).assignments(ids)
        for id in ids:
            state, at = states.get(id), None
            if state is not None:
                ladder, whom = self._ladder(state), said_at(state, store.node)
                now = self._now.business
                for one in reminders(state.clocks, ladder, whom, now):
                    told += self._say(id, one)
                at = next_threshold(state.clocks, ladder, whom, now)
            notices.set_alarm(store.connection, store.tenant, store.domain, id, at)
        return told

    def _ladder(self, state: AssignmentState) -> tuple[Rung, ...]:
        """The ladder of the policy that the assignment names; rule 15's where it isn't held."""
        key = state.issuer, state.policy
        if state.policy == DEFAULT_POLICY.version:
            return LADDER
        if key not in self._ladders:
            store = self._store
            book = Rulebook(store.connection, store.tenant, store.domain)
            owners = (state.issuer, store.roster().root)
            held = [book.named(owner, "policy", state.policy) for owner in owners]
            found = next((one for one in held if one is not None), None)
            self._ladders[key] = policy_of(found).ladder if found is not None else LADDER
        return self._ladders[key]

    def _say(self, id: str, one: Reminder) -> bool:
        """Lay a reminder down, unless it was said before; whether it is new."""
        store, now, key = self._store, self._now, one.key(id)
        said = {
            "key": key, "domain": store.domain, "kind": "reminder", "object": id,
            "clock": one.clock, "after": one.rung.after, "minutes": one.rung.minutes,
            "to": one.rung.to, "due": one.due, "at": one.at, "made_at": now.business, "count": 1,
        }  # fmt: skip
        n = notices.put_notice(store.connection, store.tenant, said)
        if n is None:
            return False
        heard = hearers(one.rung.to, self._people)
        notices.put_letters(store.connection, store.tenant, n, heard)
        made = messages(store.connection, store, n, key, heard, self._host.channels, now)
        notices.put_deliveries(store.connection, made)
        return True
