"""Reminders of clocks: what the alarms that ring come to, decided and laid down in one transaction.

An alarm is an indexed instant per assignment or draft, set by whatever changes its clocks (books.py
and drafts.py of node/readmodel): nothing walks over open clocks. For each that rings, the latest
threshold that was reached is said once per clock, threshold and due version; notice, letters,
messages and the next alarm are one transaction, so a restart loses and repeats nothing. What this
node owes itself, the answer to an application and the triage of what came in, climbs its own house.
Follows docs/notices.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from typing import Any, Final

from node.domain.assignment import AssignmentState
from node.domain.calendar import DEFAULT_POLICY, Policy, Rung
from node.domain.clocks import Clock
from node.domain.draft import owner, triage_clock
from node.domain.evaluation.reviewing import open_review
from node.domain.instants import order
from node.domain.reminders import (
    OWED,
    Reminder,
    hearers,
    in_house,
    next_threshold,
    reminders,
    said_at,
)
from node.domain.rulebook import policy_of
from node.readmodel import inbox
from node.readmodel.books import Books
from node.readmodel.rulebook import Rulebook
from node.service import deliveries, digests
from node.service.almanac import rules_of
from node.service.drafting import drafts_of_store
from node.service.host import Host
from node.service.outbox import messages
from node.service.place import Place
from node.storage import notices
from node.storage.store import SqlStore
from sync.me import Now

MOST_ALARMS: Final = 500
MOST_ROUNDS: Final = 200
Look = tuple[Sequence[Clock], Sequence[Rung], Collection[str]]
"""clocks, the ladder that goes with them, and to whom of it this node speaks"""


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
        ids, place = [one.object for one in group], host.place(node, domain)

        def work(store: SqlStore, _: Any, place: Place = place, ids: Sequence[str] = ids) -> int:
            return Desk(host, place, store, now).answer(ids)

        told += host.write(place, work)
    return len(rang), told


class Desk:
    """A node's reminders in one domain, in one transaction."""

    def __init__(self, host: Host, place: Place, store: SqlStore, now: Now) -> None:
        self._host, self._store, self._now = host, store, now
        self._people = inbox.people(store.connection, store.tenant)
        self._policies = dict[tuple[str, str], Policy]()
        self._rules = rules_of(store, place)

    def answer(self, ids: Sequence[str]) -> int:
        """Say what is due of these assignments and drafts, and set their alarms anew."""
        store, told, now = self._store, 0, self._now.business
        given = Books(store.connection, store.tenant, store.node, store.domain)
        states = given.assignments(one for one in ids if owner(one) is None)
        for id in ids:
            found = states.get(id)
            looks = list(self._drafted(id) if found is None else self._looks(found))
            told += sum(self._say(id, one) for look in looks for one in reminders(*look, now))
            following = [at for look in looks if (at := next_threshold(*look, now)) is not None]
            at = min(following, key=order, default=None)
            notices.set_alarm(store.connection, store.tenant, store.domain, id, at)
        return told

    def _looks(self, state: AssignmentState) -> Iterable[Look]:
        """An assignment's own clocks, and that of the answer which this node owes."""
        policy = self._policy(state)
        yield state.clocks, policy.ladder, said_at(state, self._store.node)
        if state.issuer == self._store.node:
            review = open_review(state, self._rules.calendar(), policy.review)
            if review is not None:
                yield [review], in_house(policy.ladder), OWED

    def _drafted(self, id: str) -> Iterable[Look]:
        """The triage of what came in; its ladder is daily work's: no board is known yet."""
        state = drafts_of_store(self._store).draft(id) if owner(id) is not None else None
        clock = triage_clock(state.due, state.taken_at) if state is not None else None
        if clock is not None:
            policy = self._rules.policy("daily", "general", self._now.business)
            yield [clock], in_house(policy.ladder), OWED

    def _policy(self, state: AssignmentState) -> Policy:
        """The policy that the assignment names; the product's where it isn't held."""
        key = state.issuer, state.policy
        if state.policy == DEFAULT_POLICY.version:
            return DEFAULT_POLICY
        if key not in self._policies:
            store = self._store
            book = Rulebook(store.connection, store.tenant, store.domain)
            owners = (state.issuer, store.roster().root)
            held = [book.named(owner, "policy", state.policy) for owner in owners]
            found = next((one for one in held if one is not None), None)
            self._policies[key] = policy_of(found) if found is not None else DEFAULT_POLICY
        return self._policies[key]

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
