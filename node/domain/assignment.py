"""The assignment: what its facts add up to.

Decides the effects of each applied fact. Never judges whether a fact applies (fold.py, machine.py,
authority.py). Follows docs/spec/10-13710-events.md, "Assignments".
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final, Self

import msgspec

from federation.ids import owner_of
from node.domain import fold as folding
from node.domain.authority import AUTHORITY, Parties, Row, assignment_parties
from node.domain.clocks import Clock, restart, submit
from node.domain.facts import Fact, Relations
from node.domain.fold import Book, Folded, Kind
from node.domain.instants import order
from node.domain.machine import ASSIGNMENT_MOVES

PREFIX: Final = "duban.assignment."
LAST_CLOCKS: Final = ("k7", "km")


class AssignmentState(Book, kw_only=True):
    """An assignment as its facts show it; texts are empty where a payload was erased."""

    matter: str
    no: str
    title: str
    board: str
    grade: str
    campaign: str | None
    class_: str | None = msgspec.field(name="class")
    kind: str  # lead or co
    parent: str | None  # the assignment of which this is a part
    part: bool  # given by an assignee, not by the matter's registrar
    issuer: str
    assignee: str
    lead: dict[str, str] | None  # for a co-handler: the lead's node and assignment
    cohandlers: list[str]
    issued_head: str
    t0: str
    due: dict[str, str]  # as it stands
    original_due: dict[str, str]  # as first promised
    policy: str
    calendar: str
    clocks: list[Clock]
    round: int = 1
    signed_at: str | None = None
    deployed_at: str | None = None
    leader: str | None = None
    responsible: str | None = None
    reports: int = 0
    last_report_text: str | None = None
    last_report_at: str | None = None
    applied_at: str | None = None  # the last application for clearance
    returns: int = 0
    mark: str | None = None
    closed_at: str | None = None
    struck: bool = False
    struck_at: str | None = None
    cancelled: bool = False
    cancelled_at: str | None = None
    urges: int = 0
    last_urged_at: str | None = None
    copies: int = 0
    last_copied_at: str | None = None

    def twin(self) -> Self:
        """A copy that can be changed without changing this one."""
        found = super().twin()
        found.due = dict(self.due)
        found.clocks = [copy.copy(clock) for clock in self.clocks]
        return found


FoldedAssignment = Folded[AssignmentState]


def fold_assignment(
    facts: Iterable[Fact],
    relations: Relations,
    table: tuple[Row, ...] = AUTHORITY,
    foreign: Collection[str] = (),
    disputed: Collection[str] = (),
) -> FoldedAssignment:
    """Judge all facts held about one assignment; see fold.py."""
    return folding.fold(KIND, facts, relations, table, foreign, disputed)


def start_assignment(fact: Fact, relations: Relations) -> FoldedAssignment | None:
    """What one fact alone makes, when that is plain; None: fold."""
    return folding.start(KIND, fact, relations)


def extend_assignment(
    state: AssignmentState, fact: Fact, relations: Relations, table: tuple[Row, ...] = AUTHORITY
) -> FoldedAssignment | None:
    """One more fact about an assignment, when that is plain; None: fold all."""
    return folding.extend(KIND, state, fact, relations, table)


def _begin(issued: Fact) -> AssignmentState:
    datum = (issued.data or {}).get
    parties = assignment_parties(issued)
    due: Mapping[str, str] = datum("due", {})
    return AssignmentState(
        id=issued.subject,
        state="ISSUED",
        frontier={},
        places={},
        matter=datum("matter", ""),
        no=datum("no", ""),
        title=datum("title", ""),
        board=datum("board", ""),
        grade=datum("grade", ""),
        campaign=datum("campaign"),
        class_=datum("class"),
        kind=datum("kind", ""),
        parent=datum("parent"),
        part=parties.part,
        issuer=parties.issuer,
        assignee=parties.assignee,
        lead=datum("lead"),
        cohandlers=list(parties.cohandlers),
        issued_head=issued.head,
        t0=datum("t0", issued.time),
        due=dict(sorted(due.items())),
        original_due=dict(sorted(due.items())),
        policy=datum("policy", ""),
        calendar=datum("calendar", ""),
        clocks=_clocks(due, datum("warn") or {}, datum("provisional") or ()),
    )


def _clocks(
    due: Mapping[str, str], warn: Mapping[str, int], provisional: Collection[str]
) -> list[Clock]:
    return [
        Clock(kind, due[kind], warn=warn.get(kind), provisional=kind in provisional)
        for kind in sorted(due)
    ]


def _signed(state: AssignmentState, fact: Fact) -> None:
    state.signed_at = fact.time


def _deployed(state: AssignmentState, fact: Fact) -> None:
    state.deployed_at = fact.time
    state.leader = fact.datum("leader")
    state.responsible = fact.datum("responsible")


def _reported(state: AssignmentState, fact: Fact) -> None:
    state.reports += 1
    state.last_report_text = fact.datum("text")
    state.last_report_at = fact.time


def _clearance_applied(state: AssignmentState, fact: Fact) -> None:
    state.applied_at = fact.time


def _returned(state: AssignmentState, fact: Fact) -> None:
    state.returns += 1
    new: Mapping[str, Any] = fact.datum("due", {})
    for clock in state.clocks:
        if clock.kind in LAST_CLOCKS:
            restart(clock, next(iter(new.values()), clock.due))
            state.due[clock.kind] = clock.due


def _granted(state: AssignmentState, fact: Fact) -> None:
    state.mark = fact.datum("mark")
    state.closed_at = fact.time


def _struck(state: AssignmentState, fact: Fact) -> None:
    state.struck = True
    state.struck_at = fact.time


def _cancelled(state: AssignmentState, fact: Fact) -> None:
    state.cancelled = True
    state.cancelled_at = fact.time


_EFFECTS: Final[Mapping[str, Callable[[AssignmentState, Fact], None]]] = {
    PREFIX + "signed": _signed,
    PREFIX + "deployed": _deployed,
    PREFIX + "reported": _reported,
    PREFIX + "clearance_applied": _clearance_applied,
    PREFIX + "returned": _returned,
    PREFIX + "granted": _granted,
    PREFIX + "struck": _struck,
    PREFIX + "cancelled": _cancelled,
}


def _apply(state: AssignmentState, fact: Fact) -> None:
    row = ASSIGNMENT_MOVES.rows[fact.type]
    for clock in state.clocks:
        if clock.kind in row.stops and clock.open:
            submit(clock, fact.time)
        clock.open = clock.open and not row.ends
    _EFFECTS[fact.type](state, fact)


def _note(state: AssignmentState, fact: Fact) -> None:
    if fact.type == PREFIX + "urged":
        state.urges += 1
        state.last_urged_at = _latest(state.last_urged_at, fact.time)
    else:
        state.copies += 1
        state.last_copied_at = _latest(state.last_copied_at, fact.time)


def _latest(one: str | None, other: str) -> str:
    """The later of two instants; of two ways to write one instant always the same."""
    return other if one is None else max(one, other, key=lambda at: (order(at), at))


def _known_parties(state: AssignmentState) -> Parties:
    return Parties(
        registrar=owner_of(state.matter) if state.matter else "",
        issuer=state.issuer,
        assignee=state.assignee,
        cohandlers=tuple(state.cohandlers),
        part=state.part,
    )


KIND: Final = Kind(
    made_by=PREFIX + "issued",
    moves=ASSIGNMENT_MOVES,
    parties=assignment_parties,
    known_parties=_known_parties,
    begin=_begin,
    apply=_apply,
    note=_note,
)
