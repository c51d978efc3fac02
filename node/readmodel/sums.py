"""The kept sums: how many of each word a unit and all below it have, changed with what they count.

Decides whose sums a change goes into: of the assignee and of all above it, as the roster says; and
moves them where a unit moves. A share (shares.py) is stored with its object, so that a change is
what was stored, taken away, and what is now, added. Cursor and effect share the store's
transaction; a test holds every sum equal to plain SQL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, delete, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite

from node.readmodel.announce import Announcer
from node.readmodel.tables import assignments, lines, matters, moments, sums
from node.storage.scope import Statement, adding, among, named

Lineage = Callable[[str], tuple[str, ...]]
"""a unit and all above it; empty for a stranger"""
ALL: Final = ""
"""the top under which everything is"""
MONTH: Final = len("2026-11")
"""of an instant: its month"""


def _adding(table: Table) -> Statement:
    made = []
    for insert_of in (sqlite.insert, postgresql.insert):
        comes = insert_of(table).values({one.name: bindparam(one.name) for one in table.c})
        grown = {"n": table.c.n + comes.excluded.n}
        key = [one.name for one in table.primary_key]
        made.append(comes.on_conflict_do_update(index_elements=key, set_=grown).inline())
    return Statement(*made)


def _sweeping(table: Table) -> Statement:
    """One row that has come to nothing; among all a node's rows it would be looked for in vain."""
    return Statement(
        delete(table).where(*named(*table.primary_key), table.c.n == literal_column("0"))
    )


_BY_MONTH: Final = _adding(sums), _sweeping(sums)
_BY_INSTANT: Final = _adding(moments), _sweeping(moments)
_LINES: Final = among(
    select(lines.c.unit, lines.c.top).where(*named(lines.c.tenant, lines.c.domain)), lines.c.unit
)
_UNDER: Final = among(
    select(lines.c.unit).distinct().where(*named(lines.c.tenant, lines.c.domain)), lines.c.top
)
_UNITS: Final = Statement(
    select(lines.c.unit).distinct().where(*named(lines.c.tenant, lines.c.domain))
)
_PUT_LINE: Final = Statement(adding(lines, *lines.c.keys()))
_DROP_LINE: Final = Statement(
    delete(lines).where(*named(lines.c.tenant, lines.c.domain, lines.c.unit))
)
_GIVEN: Final = among(
    select(assignments.c.assignee, assignments.c.share, assignments.c.matter).where(
        *named(assignments.c.tenant, assignments.c.domain)
    ),
    assignments.c.assignee,
)
_OF: Final = among(
    select(matters.c.id, matters.c.board, matters.c.units, matters.c.share).where(
        *named(matters.c.tenant, matters.c.domain)
    ),
    matters.c.id,
)
Delta = Counter[tuple[str, str, str]]
"""by top, board and word"""


def _stranger(_: str) -> tuple[str, ...]:
    """Whoever only reads needs no roster."""
    return ()


class Sums(Announcer):
    """What changes the sums of one node in one domain. `lineage`: by its roster."""

    def __init__(
        self,
        connection: Connection,
        tenant: int,
        node: str,
        domain: str,
        lineage: Lineage = _stranger,
    ) -> None:
        super().__init__(connection, tenant, node, domain)
        self._lineage = lineage
        self._tops: dict[str, tuple[str, ...]] = {}
        self._delta: Delta = Counter()

    def given(self, unit: str, share: str, times: int) -> None:
        """Add (or take away) the share of an assignment of a unit."""
        for top in (*self._line(unit), ALL):
            self._spread(top, "", share, times)

    def registered(self, board: str, units: str, share: str, times: int) -> None:
        """Add (or take away) the share of a matter that these units have been given."""
        for top in {ALL, *(top for unit in units.split() for top in self._line(unit))}:
            self._spread(top, board, share, times)

    def _spread(self, top: str, board: str, share: str, times: int) -> None:
        for word in share.split():
            self._delta[top, board, word] += times

    def settle(self) -> None:
        """Write what has changed."""
        months, instants = Counter[tuple[str, ...]](), list[tuple[Any, ...]]()
        for (top, board, word), n in self._delta.items():
            if n:
                what, _, at = word.partition("@")
                months[top, board, what, at[:MONTH]] += n
                if at:
                    instants.append((self.tenant, self.domain, top, at, what, board, n))
        self._delta.clear()
        by_month: list[tuple[Any, ...]] = [
            (self.tenant, self.domain, *key, n) for key, n in months.items() if n
        ]
        for (add, sweep), rows in ((_BY_MONTH, by_month), (_BY_INSTANT, instants)):
            if rows:
                self._many(add, sorted(rows))
                self._many(sweep, [row[:-1] for row in rows if row[-1] < 0])

    def know(self, units: Iterable[str]) -> None:
        """Look up these units' lines at once; those new here are written down."""
        wanted = {one for one in units if one not in self._tops}
        found: dict[str, list[str]] = {}
        for unit, top in self._among(_LINES, sorted(wanted)):
            found.setdefault(unit, []).append(top)
        for unit in sorted(wanted):
            if unit in found:
                self._tops[unit] = tuple(found[unit])
            else:
                self._draw(unit)

    def _line(self, unit: str) -> tuple[str, ...]:
        if unit not in self._tops:
            self.know([unit])
        return self._tops[unit]

    def _draw(self, unit: str) -> None:
        tops = self._tops[unit] = self._lineage(unit) or (unit,)
        self._many(_PUT_LINE, [(self.tenant, self.domain, top, unit) for top in tops])

    def moved(self, nodes: Iterable[str], below: Callable[[str], Iterable[str]]) -> None:
        """The roster has changed of these nodes: sums go to whoever is above now.

        `below`: the nodes directly below one.
        """
        reached, open_ = set[str](), list(nodes)
        while open_:
            node = open_.pop()
            if node not in reached:
                reached.add(node)
                open_.extend(below(node))
        units = {row[0] for row in self._among(_UNDER, sorted(reached))}
        self._redraw(units)

    def reordered(self) -> None:
        """The roster has changed, nobody knows where."""
        self._redraw({row[0] for row in self._all(_UNITS)})

    def _redraw(self, units: set[str]) -> None:
        self.know(units)
        changed = [
            unit for unit in sorted(units) if set(self._tops[unit]) != {*self._lineage(unit), unit}
        ]
        if not changed:
            return
        given = self._among(_GIVEN, changed)
        of = self._among(_OF, sorted({row[2] for row in given if row[2]}))
        known = {unit for row in of for unit in row[2].split()}
        self.know(known)
        for times in (-1, 1):
            for unit, share, _ in given:
                self.given(unit, share, times)
            for _, board, names, share in of:
                self.registered(board, names, share, times)
            if times < 0:
                for unit in changed:
                    self._run(_DROP_LINE, unit=unit)
                    self._draw(unit)
        self.settle()
