"""What accepted events do here: roster, objects, outcomes, and what a node then writes by itself.

Called by the store inside the transaction that appended the events (protocol law 5). Decides which
objects must be judged anew, and hands each to the domain's fold. Follows docs/spec/07-apply.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from federation import dsse
from federation.roster import Floor, Roster, RosterEvent
from node.domain.assignment import (
    AssignmentState,
    extend_assignment,
    fold_assignment,
    start_assignment,
)
from node.domain.facts import Fact, Verdict
from node.domain.fold import Folded
from node.domain.matter import MatterState, extend_matter, fold_matter, start_matter
from node.domain.rulebook import KINDS, RuleState, fold_rule
from node.readmodel.books import Books
from node.readmodel.rows import act_row, user_row
from node.service.convert import fact_of
from node.service.drafting import take_draft
from node.storage.rosters import roster_event
from node.storage.store import SqlStore
from schemas.membership import ADMITTED, CUT, ERASED, OPENED, RECOVERED, RESUMED, SHAPES, SUSPENDED
from schemas.refusals import Refused
from schemas.sealed import Receipt, read_signed
from sync.event import ChainId, Event
from sync.ports import Stored

S = TypeVar("S", AssignmentState, MatterState, RuleState)
Start = Callable[[Fact, Roster], Folded[AssignmentState] | Folded[MatterState] | None]
_START: Mapping[str, Start] = {"assignment": start_assignment, "matter": start_matter}
BOUND = (OPENED, RECOVERED, CUT)
"""what may not fall below a head that was receipted"""
JUDGED_ANEW = ("no-authority", "unknown-member", "bad-epoch", "bad-consent")


def _code(verdict: Verdict) -> str:
    """The outcome as it is kept: "" applied, else `void`, `waiting` or the quarantine's code."""
    if verdict.outcome == "applied":
        return ""
    return verdict.code or verdict.outcome


class React(Protocol):
    """What a node writes by itself."""

    def __call__(self, store: SqlStore, books: Books, state: AssignmentState, event: Event) -> None:
        """An event about an assignment was judged; `state`: after it."""
        ...

    def heard(self, store: SqlStore, stored: Stored) -> None:
        """A verified receipt came, and is about to be kept."""
        ...


class Rules:
    """The applier of a host.

    `react` lets a node repeat a ruling downwards, `record` write down a child's new key; None in a
    rebuild. `floor` gives the heads that were receipted, of the member that an event is about.
    `silent`: subscribers hear nothing of what changes.
    """

    def __init__(
        self,
        react: React | None = None,
        record: Callable[[SqlStore, Event], None] | None = None,
        floor: Callable[[SqlStore, RosterEvent], Floor] | None = None,
        silent: bool = False,
    ) -> None:
        self._react, self._record, self._floor = react, record, floor or receipted
        self._silent = silent

    def __call__(self, store: SqlStore, events: Sequence[Event]) -> None:
        """Let events just appended take effect."""
        members = [event for event in events if event.header.type in SHAPES]
        if not events or (members and not store.domain.startswith("self@")):
            self._membership(store, members)
        self._objects(store, [event for event in events if event.header.type not in SHAPES])

    def heard(self, store: SqlStore, stored: Stored) -> None:
        """A verified receipt came, and is about to be kept. No read model hears of it."""
        if self._react is not None:
            self._react.heard(store, stored)

    # membership

    def _membership(self, store: SqlStore, events: Sequence[Event]) -> None:
        """Take membership events in; with none, judge anew those that waited for members."""
        changed, doubted = not events, set[str]()
        if not events:
            _books(store).reordered()
        for event in events:
            if event.payload_line is None:
                continue
            try:
                changed = self._member(store, event, doubted) or changed
            except Refused as refusal:
                store.set_outcomes([(event, refusal.code)])
        if changed:
            self._judge_anew(store, doubted)

    def _member(self, store: SqlStore, event: Event, doubted: set[str]) -> bool:
        """Take one in; whether the roster changed. `doubted` gets whoever's events may now count
        otherwise. Raises Refused as `Roster.apply`."""
        judged = roster_event(event)
        if event.header.type == ERASED:
            self._erase(store, judged, event.header.domain)
            return False
        if event.header.type == OPENED and judged.data.get("rotation") is None:
            store.roster().judge(judged)
            return False
        floor = self._floor(store, judged) if event.header.type in BOUND else {}
        changed = store.change_roster(judged, floor)
        if changed:
            _books(store).moved(changed, store.roster().children)
        if event.header.type in (SUSPENDED, RESUMED, CUT):
            doubted.update(changed)
        if changed and event.header.type != ADMITTED:
            self._tell(store, changed)
        if event.header.type == OPENED and self._record is not None:
            self._record(store, event)
        return bool(changed)

    def _erase(self, store: SqlStore, judged: RosterEvent, domain: str) -> None:
        if not store.roster().may_erase(judged):
            raise Refused("no-authority", "neither the origin nor the root with grounds")
        named = judged.data
        chain = (domain, named["origin"], named["epoch"], named["stream"])
        held = store.events(chain, named["seq"], named["seq"])
        store.erase(chain, named["seq"], named["head"])
        if held and held[0].payload_line is not None:
            subject = held[0].header.subject
            self._refold(store, _books(store), subject, store.events_of(subject))

    def _tell(self, store: SqlStore, nodes: Iterable[str]) -> None:
        """Links that know a member of another branch are told what has changed of it."""
        for link in store.links():
            news = [one for one in nodes if one in link.knows and one not in link.tell]
            if news:
                link.tell = (*link.tell, *news)
                store.save_link(link)

    def _judge_anew(self, store: SqlStore, doubted: set[str]) -> None:
        """The roster has changed: what lacked authority may have it now, and what counted not."""
        again, moved = {code: store.subjects_with(code) for code in JUDGED_ANEW}, True
        members = sorted({one for found in again.values() for one in found if _is_member(one)})
        while members and moved:
            moved = False
            for subject in list(members):
                codes = store.outcomes_of(subject)
                for event in store.events_of(subject):
                    if event.head in codes and event.header.type in SHAPES:
                        try:
                            moved = self._member(store, event, doubted) or moved
                        except Refused as refusal:
                            store.set_outcomes([(event, refusal.code)])
                        else:
                            store.set_outcomes([(event, "")])
        objects = set(store.subjects_with("no-authority"))
        if doubted:
            objects.update(store.subjects_with("disputed"), _past_their_ends(store, doubted))
            for node in sorted(doubted - {store.node}):
                store.owe(node)
        for subject in sorted(one for one in objects if not _is_member(one)):
            self._refold(store, _books(store), subject, store.events_of(subject))

    # matters and assignments

    def anew(self, store: SqlStore, subjects: Iterable[str]) -> None:
        """The rows of these objects, from all that is held about each."""
        self._objects(store, [one for each in subjects for one in store.events_of(each)])

    def _objects(self, store: SqlStore, events: Sequence[Event]) -> None:
        books, grouped = _books(store, self._silent), dict[str, list[Event]]()
        for event in events:
            grouped.setdefault(event.header.subject, []).append(event)
        assignments, matters = list[AssignmentState](), list[MatterState]()
        reacting = list[tuple[AssignmentState, Event]]()
        own = store.domain.startswith("self@")  # nobody else reads it: it has no roster
        doubted = set[str]() if own else disputed(store.roster(), events)
        held = _held(store, books, grouped)
        for subject, group in grouped.items():
            state = self._object(store, books, subject, group, doubted, held.get(subject))
            if isinstance(state, AssignmentState):
                assignments.append(state)
                reacting.extend((state, event) for event in group)
            elif isinstance(state, MatterState):
                matters.append(state)
        if matters:
            books.put_matters(matters, store.fresh)
        if assignments:
            books.put_assignments(assignments)
        if self._react is not None:
            for state, event in reacting:
                self._react(store, books, state, event)

    def _object(
        self,
        store: SqlStore,
        books: Books,
        subject: str,
        group: list[Event],
        doubted: set[str],
        held: AssignmentState | MatterState | None,
    ) -> AssignmentState | MatterState | None:
        kind = subject.partition(":")[0]
        plain = doubted.isdisjoint(event.head for event in group)
        if plain and subject in store.fresh and len(group) == 1 and kind in _START:
            made = _START[kind](fact_of(group[0]), store.roster())
            if made is not None:
                return made.state
        if kind == "assignment":
            known = held if plain and isinstance(held, AssignmentState) else None
            long = _extended(known, group, store.roster(), extend_assignment)
            return long or self._assignment(store, books, subject)
        if kind == "matter":
            state = held if plain and isinstance(held, MatterState) else None
            wide = _extended(state, group, store.roster(), extend_matter)
            return wide or self._whole(store, books, subject, fold_matter)
        if kind in KINDS:
            rule = self._whole(store, books, subject, fold_rule)
            if rule is not None:
                books.put_rule(rule)
        elif kind == "draft":
            take_draft(store, subject)
        elif kind == "user" and all(event.header.stream == "own" for event in group):
            books.put_users([user_row(store.tenant, event) for event in group])
        elif kind == "audit" and own_stream(store, group):
            books.put_acts([act_row(store.tenant, event) for event in group])
        else:
            store.set_outcomes([(event, "unknown-type") for event in group])
        return None

    def _assignment(self, store: SqlStore, books: Books, subject: str) -> AssignmentState | None:
        """All that is held about an assignment: it may come to fewer clocks than before."""
        books.forget_clocks(subject)
        return self._whole(store, books, subject, fold_assignment)

    def _whole(
        self,
        store: SqlStore,
        books: Books,
        subject: str,
        fold: Callable[..., Folded[S]],
    ) -> S | None:
        """Fold all that is held about an object; say what became of each event."""
        books.doubt(subject)
        events, roster = store.events_of(subject), store.roster()
        facts = [fact_of(event) for event in events]
        folded = fold(facts, roster, disputed=disputed(roster, events))
        before = store.outcomes_of(subject)
        judged = [(event, _code(folded.verdicts[event.head])) for event in events]
        store.set_outcomes(
            [(event, code) for event, code in judged if code or event.head in before]
        )
        if folded.state is None:
            books.drop(subject)
        return folded.state

    def _refold(self, store: SqlStore, books: Books, subject: str, events: Sequence[Event]) -> None:
        kind = subject.partition(":")[0]
        if kind == "assignment":
            state = self._assignment(store, books, subject)
            if state is not None:
                books.put_assignments([state])
                if self._react is not None:
                    for event in events:
                        self._react(store, books, state, event)
        elif kind == "matter":
            found = self._whole(store, books, subject, fold_matter)
            if found is not None:
                books.put_matters([found])
        elif kind in KINDS:
            rule = self._whole(store, books, subject, fold_rule)
            if rule is not None:
                books.put_rule(rule)


def own_stream(store: SqlStore, group: Sequence[Event]) -> bool:
    """Whether all of these were written by the node itself, in the domain of its own."""
    return store.domain.startswith("self@") and all(one.header.stream == "own" for one in group)


def receipted(store: SqlStore, event: RosterEvent) -> Floor:
    """The highest seq of each chain of the event's member that any receipt held here names."""
    found = dict[tuple[str, str], int]()
    for stored in store.receipts_about(event.subject.removeprefix("member:")):
        receipt = read_signed(dsse.peek(stored.line, "receipt").payload, Receipt, "receipt")
        for one in receipt.streams:
            place = (one.epoch, one.stream)
            found[place] = max(one.seq, found.get(place, 0))
    return found


def _past_their_ends(store: SqlStore, nodes: Iterable[str]) -> set[str]:
    """Objects with an event that lies past a suspension or a cut of one of `nodes`."""
    found, roster = set[str](), store.roster()
    for node in nodes:
        for chain, tip in store.chains_of(node):
            end = _end(roster, chain)
            if end is not None and tip.seq > end:
                found.update(one.header.subject for one in store.events(chain, end + 1, tip.seq))
    return found


def _is_member(subject: str) -> bool:
    return subject.startswith("member:")


def _books(store: SqlStore, silent: bool = False) -> Books:
    def lineage(unit: str) -> tuple[str, ...]:
        return store.roster().lineage(unit)

    made = Books(store.connection, store.tenant, store.node, store.domain, lineage)
    made.silent = silent
    return made


def _held(
    store: SqlStore, books: Books, subjects: Iterable[str]
) -> Mapping[str, AssignmentState | MatterState]:
    """What is known of these objects, asked for at once; nothing is of those just met."""
    old = [one for one in subjects if one not in store.fresh]
    known = dict[str, AssignmentState | MatterState]()
    known |= books.assignments(one for one in old if one.startswith("assignment:"))
    known |= books.matters(one for one in old if one.startswith("matter:"))
    return known


def _extended(
    state: S | None,
    group: Sequence[Event],
    roster: Roster,
    extend: Callable[[S, Fact, Roster], Folded[S] | None],
) -> S | None:
    """The state with each new event plainly added; None when only the whole fold can say."""
    for event in group:
        if state is None:
            return None
        longer = extend(state, fact_of(event), roster)
        if longer is None:
            return None
        state = longer.state
    return state


def disputed(roster: Roster, events: Iterable[Event]) -> set[str]:
    """Heads of the events that lie past a suspension or a cut of their writer."""
    found, ends = set[str](), dict[ChainId, int | None]()
    for event in events:
        if event.chain not in ends:
            ends[event.chain] = _end(roster, event.chain)
        end = ends[event.chain]
        if end is not None and event.header.seq > end:
            found.add(event.head)
    return found


def _end(roster: Roster, chain: ChainId) -> int | None:
    """The last seq of a chain that a suspension or a cut leaves; None when there is neither."""
    _, origin, epoch, stream = chain
    ends = [
        next((one.seq for one in heads if (one.epoch, one.stream) == (epoch, stream)), 0)
        for heads in (roster.suspended(origin), roster.cut(origin, epoch))
        if heads is not None
    ]
    return min(ends) if ends else None
