"""What is published by versions: calendars, policies, scores, ledgers; and which counts for whom.

Decides what a set of publications comes to, which region's calendar is the nearest, and which
policy fits a board and a grade best. Never counts a day (calendar.py). Follows
docs/spec/10-13710-events.md, "Calendars and policies".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final

import msgspec

from federation.ids import owner_of
from node.domain import fold as folding
from node.domain.authority import AUTHORITY, Parties, Row, rule_parties
from node.domain.calendar import WARN, Calendar, Policy, Rung
from node.domain.facts import Fact, Relations
from node.domain.fold import Book, Folded, Kind
from node.domain.machine import (
    CALENDAR_MOVES,
    CAMPAIGN_MOVES,
    LEDGER_MOVES,
    POLICY_MOVES,
    SCORE_MOVES,
    Moves,
)

CALENDAR: Final = "duban.calendar."
POLICY: Final = "duban.policy."
SCORE: Final = "duban.score."
LEDGER: Final = "duban.ledger."
CAMPAIGN: Final = "duban.campaign."
NATION: Final = "1" + "0" * 11  # 100000 of GB/T 2260, filled up to 12 digits like every region
CN: Final = "cn"


class Version(msgspec.Struct, frozen=True):
    """One publication: what it says counts for good under its name."""

    version: str
    at: str  # business instant of its publication
    head: str
    data: dict[str, Any]
    ended_at: str | None = None  # business instant of the next publication, or of withdrawal


class RuleState(Book, kw_only=True):
    """What was published under one id: its versions, the oldest first; the last may have ended."""

    owner: str
    versions: list[Version]


FoldedRule = Folded[RuleState]


def fold_rule(
    facts: Iterable[Fact],
    relations: Relations,
    table: tuple[Row, ...] = AUTHORITY,
    foreign: Collection[str] = (),
    disputed: Collection[str] = (),
) -> FoldedRule:
    """Judge all facts held about one thing that is published by versions; see fold.py."""
    held = list(facts)
    kind = held[0].subject.partition(":")[0] if held else "policy"
    return folding.fold(KINDS.get(kind, KINDS["policy"]), held, relations, table, foreign, disputed)


def _begin(published: Fact) -> RuleState:
    state = RuleState(
        id=published.subject,
        state="PUBLISHED",
        frontier={},
        places={},
        owner=owner_of(published.subject),
        versions=[],
    )
    _apply(state, published)
    return state


def _apply(state: RuleState, fact: Fact) -> None:
    """A version is what its first publication says; a second one under its name says nothing."""
    version = fact.datum("version")
    withdrawn = fact.type == POLICY + "withdrawn"
    if not withdrawn and (version is None or any(one.version == version for one in state.versions)):
        return
    kept = list(state.versions)
    if kept and kept[-1].ended_at is None:
        kept[-1] = msgspec.structs.replace(kept[-1], ended_at=fact.time)
    if not withdrawn:
        kept.append(Version(str(version), fact.time, fact.head, dict(fact.data or {})))
    state.versions = kept


def _note(_: RuleState, __: Fact) -> None:
    """Nothing is said beside the course of a rule."""


def _parties(published: Fact) -> Parties:
    return rule_parties(published.subject)


def _widen(parties: Parties, _: Iterable[Fact]) -> Parties:
    return parties


def _known_parties(state: RuleState) -> Parties:
    return rule_parties(state.id)


def _kind(made_by: str, moves: Moves) -> Kind[RuleState]:
    return Kind(
        made_by=made_by,
        moves=moves,
        parties=_parties,
        known_parties=_known_parties,
        begin=_begin,
        apply=_apply,
        note=_note,
        widen=_widen,
    )


# kind of object -> how its facts are judged
KINDS: Final[Mapping[str, Kind[RuleState]]] = {
    "calendar": _kind(CALENDAR + "published", CALENDAR_MOVES),
    "policy": _kind(POLICY + "published", POLICY_MOVES),
    "score": _kind(SCORE + "published", SCORE_MOVES),
    "ledger": _kind(LEDGER + "published", LEDGER_MOVES),
    "campaign": _kind(CAMPAIGN + "published", CAMPAIGN_MOVES),
}


# regions


def region_of(code: str) -> str:
    """A place code (6 to 12 digits) or `cn` as a region: 12 digits. ValueError for another form."""
    if code == CN:
        return NATION
    if not (code.isascii() and code.isdigit() and 6 <= len(code) <= 12):
        raise ValueError(code)
    return code.ljust(12, "0")


def calendar_name(region: str) -> str:
    """What the versions of a region's calendar are called, before the slash."""
    if region == NATION:
        return CN
    return f"{CN}-{region.removesuffix('000000')}"


def enclosing(code: str | None) -> tuple[str, ...]:
    """The regions around a place, the nearest first, the nation last."""
    if code is None:
        return (NATION,)
    whole = code.ljust(12, "0")
    around = [whole, *(whole[:digits].ljust(12, "0") for digits in (9, 6, 4, 2)), NATION]
    return tuple(dict.fromkeys(around))


# from published data to what days are counted by


def calendar_of(data: Mapping[str, Any]) -> Calendar:
    """The calendar that a publication states."""
    return Calendar(
        version=data["version"],
        covered_until=date.fromisoformat(data["covered_until"]),
        holidays=frozenset(date.fromisoformat(one["date"]) for one in data["holidays"]),
        workdays=frozenset(date.fromisoformat(one["date"]) for one in data["workdays"]),
        covered_from=date.fromisoformat(data["covered_from"]),
    )


def policy_of(data: Mapping[str, Any]) -> Policy:
    """The policy that a publication states; minutes of yellow that it leaves out are rule 16's."""
    return Policy(
        version=data["version"],
        counts=data["counts"],
        first_day=data["first_day"],
        same_day=data["same_day"],
        rolls_over=data["rolls_over"],
        days=MappingProxyType(dict(data["days"])),
        warn=MappingProxyType({**WARN, **data["warn"]}),
        review=data["review"],
        triage=data["triage"],
        ladder=tuple(Rung(one["after"], one["minutes"], one["to"]) for one in data["ladder"]),
        tolerance=data["tolerance"],
    )


def fits(data: Mapping[str, Any], board: str, grade: str) -> bool:
    """Whether a policy is meant for matters of this board and grade."""
    boards, grades = data["boards"], data["grades"]
    return (not boards or board in boards) and (not grades or grade in grades)


def best(policies: Sequence[Mapping[str, Any]], board: str, grade: str) -> Mapping[str, Any] | None:
    """Of one publisher's policies the one that fits closest; of equals the last in the list.

    One that names boards is closer than one that doesn't, then one that names grades.
    """
    found = [
        (bool(one["boards"]), bool(one["grades"]), at)
        for at, one in enumerate(policies)
        if fits(one, board, grade)
    ]
    return policies[max(found)[2]] if found else None
