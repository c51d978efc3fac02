"""The tree of units as people choose from it: names, paths, whom a node may hand to.

Decides nothing: the roster says who is below whom and who guides whom; commands judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec

from federation.roster import Roster
from node.service.host import Host
from node.service.place import Place

LEVELS = ("central", "province", "city", "zone", "county", "township", "department")
REGIONS = frozenset(("city", "county", "province"))
RANKS = {level: rank for rank, level in enumerate(LEVELS)}


class Unit(msgspec.Struct, frozen=True):
    """A member: `path`: the names from below this node down to it."""

    node: str
    name: str
    level: str | None
    parent: str | None
    path: str


class _Index:
    """What units are found by, made once for each roster: a kept one never changes."""

    def __init__(self, roster: Roster) -> None:
        self.named = dict[str, list[str]]()
        self.regions = dict[str, str]()
        for node in roster:
            member = roster.member(node)
            if member is None:
                continue
            self.named.setdefault(member.name, []).append(node)
            if member.code and member.level in REGIONS:
                self.regions[member.code.rstrip("0")] = member.name


_indexes: Final = WeakKeyDictionary[Roster, _Index]()


def _index(roster: Roster) -> _Index:
    found = _indexes.get(roster)
    if found is None:
        found = _indexes[roster] = _Index(roster)
    return found


class Tree:
    """One node's view of the domain, read once per request."""

    def __init__(self, roster: Roster, me: str) -> None:
        self._roster, self.me = roster, me
        self._below = dict[str, list[str]]()

    def name(self, node: str | None) -> str:
        """A unit's name, its id's beginning where it isn't known."""
        member = self._roster.member(node) if node else None
        return member.name if member is not None else (node or "")[:8]

    def level(self, node: str) -> str | None:
        """A unit's level; the root's is not stated."""
        member = self._roster.member(node)
        return member.level if member is not None else None

    def code(self, node: str) -> str | None:
        """A unit's division code."""
        member = self._roster.member(node)
        return member.code if member is not None else None

    @property
    def root(self) -> str:
        """The domain's root."""
        return self._roster.root

    def parent(self, node: str) -> str | None:
        """The unit above."""
        return self._roster.parent(node)

    def has(self, node: str) -> bool:
        """Whether it is a member."""
        return node in self._roster

    def children(self, node: str) -> list[str]:
        """The units directly below, cities before departments, then by code and name."""
        if node not in self._below:
            self._below[node] = sorted(self._roster.children(node), key=self._place)
        return self._below[node]

    def has_children(self, node: str) -> bool:
        """Whether any unit is below it."""
        return bool(self._roster.children(node))

    def _place(self, node: str) -> tuple[int, str, str]:
        member = self._roster.member(node)
        if member is None:
            return len(RANKS), "", node
        return RANKS.get(member.level or "province", len(RANKS)), member.code or "", member.name

    def under(self, top: str) -> tuple[str, ...]:
        """A unit and all below it."""
        return tuple(self._walk(top))

    def _walk(self, top: str) -> Iterator[str]:
        yield top
        for child in self.children(top):
            yield from self._walk(child)

    def line(self, node: str) -> list[str]:
        """From the unit directly below this node (or below the root) down to `node`."""
        found = [one for one in reversed(self._roster.lineage(node)) if one != self._roster.root]
        return found[found.index(self.me) + 1 :] if self.me in found else found

    @property
    def regions(self) -> Mapping[str, str]:
        """Names of cities and counties by their division code, zeros at its end left out."""
        return _index(self._roster).regions

    def path(self, node: str) -> str:
        """Names from the top down."""
        return "/".join(self.name(one) for one in self.line(node)) or self.name(node)

    def below(self) -> list[Unit]:
        """Everybody to whom this node may hand: the units below, and those that it guides."""
        mine = [one for one in self._walk(self.me) if one != self.me]
        seen = set(mine)
        guided = [
            one
            for one in self._roster
            if one not in seen and one != self.me and self._roster.guided_by(self.me, one)
        ]
        return [self._unit(one) for one in (*mine, *sorted(guided))]

    def all(self) -> list[Unit]:
        """Every member that is known."""
        return [self._unit(one) for one in self._walk(self._roster.root)]

    def _unit(self, node: str) -> Unit:
        return Unit(node, self.name(node), self.level(node), self.parent(node), self.path(node))

    def find(self, said: str) -> list[Unit]:
        """Units by id, by name, or by path (`小店区/北格镇`)."""
        text = said.strip()
        if text in self._roster:
            return [self._unit(text)]
        named = _index(self._roster).named
        nodes = [*named.get(text, ()), *named.get(text.rpartition("/")[2], ())]
        exact = [self._unit(node) for node in dict.fromkeys(nodes)]
        exact = [one for one in exact if text in (one.path, one.name)]
        return exact or [one for one in self.all() if text and text in one.path]


def tree(host: Host, place: Place) -> Tree:
    """The tree as this node knows it now."""
    return host.read(place, lambda store: Tree(store.roster(), store.node))


def rows(found: list[Unit]) -> list[dict[str, Any]]:
    """Units as plain rows."""
    return [msgspec.to_builtins(one) for one in found]
