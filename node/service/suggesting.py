"""What a supervisor is likely to choose for a draft: units, weight, policy with its dates.

Proposes by what is said and what was done before, each with its reason; decides nothing, and what
is chosen goes through the commands like anything else. Follows docs/intake.md, "In one go".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from node.domain.clocks import due_instants, provisional_kinds
from node.readmodel import recent
from node.service.almanac import rules_of
from node.service.host import Host
from node.service.place import Place
from node.service.units import Tree
from node.storage.store import SqlStore
from schemas.terms import BOARDS, GRADES

MOST: Final = 4  # units proposed
SURE: Final = ("named", "region", "alike")  # reasons for which a unit is chosen beforehand
WEIGHS: Final[Mapping[str, Mapping[str, str]]] = {
    "enterprise": {"livelihood": "direct"},
    "hotline": {"livelihood": "direct"},
}
"""what a source alone says of a draft's weight: a firm's or a citizen's own affairs"""
BY_LEVEL: Final = {"city": "city", "zone": "city", "county": "county", "township": "county"}


class Reason(msgspec.Struct, frozen=True):
    """Why a unit: named, region, alike, or board (`count` matters of late)."""

    code: str
    count: int = 0


class Proposal(msgspec.Struct, frozen=True):
    """A unit that is likely the one, and why."""

    node: str
    reasons: tuple[Reason, ...]

    @property
    def sure(self) -> bool:
        """Whether it is chosen beforehand."""
        return any(one.code in SURE for one in self.reasons)


def units(
    store: SqlStore, tree: Tree, form: Mapping[str, Any], alike: Iterable[str]
) -> list[Proposal]:
    """The likeliest first: named in what was asked, its region's, those of the matters it is like,
    and those that this node gave matters of the same board of late."""
    found = dict[str, list[Reason]]()

    def propose(node: str | None, code: str, count: int = 0) -> None:
        if node and node != tree.me and tree.has(node):
            found.setdefault(node, []).append(Reason(code, count))

    for name in ("lead", "unit"):
        propose(_named(tree, str(form.get(name) or "")), "named")
    propose(_of_region(tree, str(form.get("region") or "")), "region")
    ids = [one for one in alike if one.startswith("matter:")]
    for node in recent.leads_of(store.connection, store.tenant, ids):
        propose(node, "alike")
    board = str(form.get("board") or "daily")
    given = recent.leads_given(store.connection, store.tenant, store.domain, store.node, board)
    for node, count in Counter(given).most_common(MOST):
        propose(node, "board", count)
    rows = [Proposal(node, tuple(dict.fromkeys(why))) for node, why in found.items()]
    return rows[:MOST]


def _named(tree: Tree, said: str) -> str | None:
    hits = tree.find(said) if said.strip() else []
    return hits[0].node if len(hits) == 1 else None


def _of_region(tree: Tree, region: str) -> str | None:
    """The unit directly below whose division holds the region; the narrowest."""
    held = [
        (len(code), node)
        for node in tree.children(tree.me)
        if (code := _significant(tree.code(node))) and region.startswith(code)
        and tree.level(node) != "department"
    ]  # fmt: skip
    return max(held)[1] if held else None


def _significant(code: str | None) -> str:
    """A division code without the pairs of noughts at its end: 140100 holds all of 1401."""
    found = code or ""
    while found.endswith("00") and len(found) > 2:
        found = found[:-2]
    return found


def weight(tree: Tree, source: str) -> dict[str, str]:
    """The criteria that the source alone answers."""
    if source == "leader":
        return {"instruction": BY_LEVEL.get(tree.level(tree.me) or "", "province")}
    return dict(WEIGHS.get(source, {}))


def dues(host: Host, place: Place, board: str) -> dict[str, dict[str, Any]]:
    """Per grade the due instants of what is issued now, and which of them are provisional."""
    now = host.now().business

    def found(store: SqlStore) -> dict[str, dict[str, Any]]:
        rules, told = rules_of(store, place), dict[str, dict[str, Any]]()
        calendar, known = rules.calendar(), board if board in BOARDS else "daily"
        for grade in GRADES:
            policy = rules.policy(known, grade, now)
            told[grade] = {
                "policy": policy.version,
                "due": due_instants(now, grade, policy, calendar),
                "provisional": provisional_kinds(now, grade, policy, calendar),
            }
        return told

    return host.read(place, found)


def first_sure(found: Sequence[Proposal]) -> str:
    """The unit that is chosen beforehand; "" where none is sure."""
    return next((one.node for one in found if one.sure), "")
