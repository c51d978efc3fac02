"""The matter: what the registrar's facts about it add up to.

Decides the effects of each applied fact on the matter's book. Never looks at assignments: whether
a matter is open or closed follows from them (picture.py). Follows docs/spec/10-13710-events.md,
"Matters".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

import msgspec

from federation.ids import owner_of
from node.domain import fold as folding
from node.domain.authority import AUTHORITY, Parties, Row, matter_parties
from node.domain.facts import Fact, Relations
from node.domain.fold import Book, Folded, Kind
from node.domain.machine import MATTER_MOVES

PREFIX: Final = "duban.matter."


class MatterState(Book, kw_only=True):
    """A matter as its registrar's facts show it: APPROVED, STRUCK or CANCELLED."""

    registrar: str
    no: str
    title: str
    board: str
    grade: str
    content: str
    source: str
    basis: str
    weight: str | None
    indicators: list[dict[str, Any]]
    responsible: str
    head: str
    contact: dict[str, str]
    region: str | None
    campaign: str | None
    class_: str | None = msgspec.field(name="class")
    registered_head: str
    registered_at: str
    ended_head: str | None = None  # the ruling that struck or cancelled it
    ended_at: str | None = None
    result: str | None = None
    grounds: str | None = None


FoldedMatter = Folded[MatterState]


def fold_matter(
    facts: Iterable[Fact],
    relations: Relations,
    table: tuple[Row, ...] = AUTHORITY,
    foreign: Collection[str] = (),
    disputed: Collection[str] = (),
) -> FoldedMatter:
    """Judge all facts held about one matter; see fold.py."""
    return folding.fold(KIND, facts, relations, table, foreign, disputed)


def start_matter(fact: Fact, relations: Relations) -> FoldedMatter | None:
    """What one fact alone makes, when that is plain; None: fold."""
    return folding.start(KIND, fact, relations)


def extend_matter(
    state: MatterState, fact: Fact, relations: Relations, table: tuple[Row, ...] = AUTHORITY
) -> FoldedMatter | None:
    """One more fact about a matter, when that is plain; None: fold all."""
    return folding.extend(KIND, state, fact, relations, table)


def _begin(registered: Fact) -> MatterState:
    datum = (registered.data or {}).get
    return MatterState(
        id=registered.subject,
        state="APPROVED",
        frontier={},
        places={},
        registrar=owner_of(registered.subject),
        no=datum("no", ""),
        title=datum("title", ""),
        board=datum("board", ""),
        grade=datum("grade", ""),
        content=datum("content", ""),
        source=datum("source", ""),
        basis=datum("basis", ""),
        weight=datum("weight"),
        indicators=list(datum("indicators", ())),
        responsible=datum("responsible", ""),
        head=datum("head", ""),
        contact=dict(datum("contact", {})),
        region=datum("region"),
        campaign=datum("campaign"),
        class_=datum("class"),
        registered_head=registered.head,
        registered_at=registered.time,
    )


def _apply(state: MatterState, ruling: Fact) -> None:
    state.ended_head = ruling.head
    state.ended_at = ruling.time
    state.result = ruling.datum("result")
    state.grounds = ruling.datum("grounds")


def _note(_: MatterState, __: Fact) -> None:
    """Nothing is said beside the course of a matter."""


def _known_parties(state: MatterState) -> Parties:
    return matter_parties(state.id)


def _parties(registered: Fact) -> Parties:
    return matter_parties(registered.subject)


KIND: Final = Kind(
    made_by=PREFIX + "registered",
    moves=MATTER_MOVES,
    parties=_parties,
    known_parties=_known_parties,
    begin=_begin,
    apply=_apply,
    note=_note,
)
