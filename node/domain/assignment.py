"""The assignment: what its facts add up to.

Decides what an `issued` fact begins, and who its parties are; effects.py has the effects of each
later fact. Never judges whether a fact applies (fold.py, machine.py, authority.py). Follows
docs/spec/10-13710-events.md, "Assignments".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from federation.ids import owner_of
from node.domain import fold as folding
from node.domain.authority import AUTHORITY, Parties, Row, assignment_parties, widened
from node.domain.clocks import Clock
from node.domain.effects import apply, note
from node.domain.facts import Fact, Relations
from node.domain.fold import Folded, Kind
from node.domain.machine import ASSIGNMENT_MOVES
from node.domain.record import PREFIX, AssignmentState

__all__ = ["KIND", "PREFIX", "AssignmentState", "FoldedAssignment", "extend_assignment",
           "fold_assignment", "start_assignment"]  # fmt: skip

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
        instead=datum("instead"),
    )


def _clocks(
    due: Mapping[str, str], warn: Mapping[str, int], provisional: Collection[str]
) -> list[Clock]:
    return [
        Clock(kind, due[kind], warn=warn.get(kind), provisional=kind in provisional)
        for kind in sorted(due)
    ]


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
    apply=apply,
    note=note,
    widen=widened,
)
