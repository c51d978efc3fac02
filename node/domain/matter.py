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
from node.domain.facts import Fact, Place, Relations
from node.domain.fold import Book, Folded, Kind
from node.domain.instants import order
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
    into: str | None = None  # the matter that it was merged into
    links: list[tuple[str, str]] = msgspec.field(default_factory=list)  # kind, matter
    paused_since: str | None = None
    listings: list[tuple[str, str]] = msgspec.field(default_factory=list)  # instant, on or off
    # values of the ledger as the registrar entered them, in the order of its events
    entered: list[tuple[Place, dict[str, str]]] = msgspec.field(default_factory=list)

    @property
    def listed(self) -> bool:
        """Whether it is under the leaders' eyes (挂牌督办)."""
        return bool(self.listings) and self.listings[-1][1] == "on"

    @property
    def ledger(self) -> dict[str, str]:
        """The values that the registrar has entered: of each field the last."""
        return {code: value for _, values in self.entered for code, value in values.items()}


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
        entered=_entry(registered),
    )


def _entry(fact: Fact) -> list[tuple[Place, dict[str, str]]]:
    told = fact.datum("ledger")
    return [(fact.place, dict(told["values"]))] if told else []


def _apply(state: MatterState, ruling: Fact) -> None:
    if ruling.type == PREFIX + "paused":
        state.paused_since = ruling.datum("since", ruling.time)
        return
    state.paused_since = None
    if ruling.type == PREFIX + "resumed":
        return
    state.into = ruling.datum("into")
    state.ended_head = ruling.head
    state.ended_at = ruling.time
    state.result = ruling.datum("result")
    state.grounds = ruling.datum("grounds")


def _note(state: MatterState, fact: Fact) -> None:
    """Links, listings, values of the ledger: sets, so the same in any order."""
    if fact.type == PREFIX + "linked":
        link = fact.datum("kind", ""), fact.datum("to", "")
        state.links = sorted({*state.links, link})
    elif fact.type == PREFIX + "valued":
        state.entered = sorted([*state.entered, *_entry(fact)], key=lambda one: one[0])
    else:
        listing = fact.time, fact.datum("listed", "")
        state.listings = sorted({*state.listings, listing}, key=_at)


def _at(listing: tuple[str, str]) -> tuple[str, str, str]:
    return order(listing[0]), *listing


def _widen(parties: Parties, _: Iterable[Fact]) -> Parties:
    return parties


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
    widen=_widen,
)
