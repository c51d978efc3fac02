"""The command screen's numbers, out of the kept sums: a few rows a unit, however many matters.

Decides how sums become numbers: what is `yellow` is what is yellow at least, less what is red.
A unit's numbers are of all that it and all below it have been given; ALL stands for everything.
Who sees only a part is told none of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final

from sqlalchemy import Connection, Integer, Text, func, literal_column, select, union_all

from node.domain.picture import APART, CLEARED, OPEN_STATES
from node.readmodel.scope import EVERYTHING, Sight
from node.readmodel.shares import STAGES
from node.readmodel.sums import ALL, MONTH
from node.readmodel.tables import moments, sums

Words = Counter[str]
FATES: Final = ("on_time", "late", "ended")
OF_ASSIGNMENTS: Final = ("a.", "a.~")
OF_MATTERS: Final = ("m.", "m.~")
OF_STAGES: Final = ("k", "last.~")
"""ranges of words; k1, k3 and last lie together"""
_LIGHTS: Final = ("lit", "yellow", "red")
_WORD: Final[Any] = literal_column("word", Text)
_N: Final = func.sum(literal_column("n", Integer))


def _those(*words: str) -> Any:
    return func.coalesce(_N.filter(_WORD.in_(words)), 0)


_STATES: Final = _WORD.startswith("a.", autoescape=True) & _WORD.not_in(
    [f"a.{name}" for name in _LIGHTS]
)
# what a tile says, each out of the words of one unit
_BRIEF: Final = {
    "assignments": func.coalesce(_N.filter(_STATES), 0),
    "open": _those(*(f"a.{state}" for state in OPEN_STATES)),
    "cleared": _those("a.CLOSED"),
    **{name: _those(f"a.{name}") for name in _LIGHTS},
}
_WHOLE: Final = _BRIEF | {
    "on_time": _those(*(f"{stage}.on_time" for stage in STAGES)),
    "missed": _those(*(f"{stage}.{fate}" for stage in STAGES for fate in ("late", "due"))),
}


def _so_far(
    tenant: int,
    domain: str,
    now: str,
    words: tuple[str, str] | None,
    tops: Collection[str],
    *more: Callable[[Any], Any],
) -> Any:
    """What has become true by now: months that are over as a whole, this one by its instants.

    `words`: of these only, the first and the last; `more`: conditions on the rows of a table.
    """
    month, parts = now[:MONTH], []
    for table in (sums, moments):
        c = table.c
        asked = [c.tenant == tenant, c.domain == domain, c.top.in_(tops), *(f(c) for f in more)]
        if words is not None:
            asked += [c.word >= words[0], c.word <= words[1]]
        till = (sums.c.month < month,) if table is sums else (c["at"] > month, c["at"] <= now)
        key = (c.top, c.board, c.word)
        parts.append(select(*key, func.sum(c.n).label("n")).where(*asked, *till).group_by(*key))
    return union_all(*parts).subquery("so_far")


def _read(connection: Connection, rows: Any, sight: Sight) -> dict[str, Words]:
    """By board (empty: of assignments and their stages): how many of each word."""
    found: dict[str, Words] = {}
    if sight.extent != "all":
        return found
    query = select(rows.c.board, rows.c.word, _N).group_by(rows.c.board, rows.c.word)
    for board, word, count in connection.execute(query):
        found.setdefault(board, Counter())[word] = int(count)
    return found


def tiles(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    tops: Iterable[str],
    *,
    brief: bool = False,
    sight: Sight = EVERYTHING,
) -> dict[str, dict[str, int]]:
    """Per unit, with all below it: assignments, open and cleared ones, lights, clocks on time of
    those due (`brief`: not these). Units that have been given nothing are absent."""
    if sight.extent != "all":
        return {}
    shown = _BRIEF if brief else _WHOLE
    words = OF_ASSIGNMENTS if brief else None
    rows = _so_far(tenant, domain, now, words, list(tops), lambda c: c.board == "")
    query = select(rows.c.top, *shown.values()).group_by(rows.c.top)
    names = list(shown)
    return {
        top: _tile(dict(zip(names, map(int, counts), strict=True)))
        for top, *counts in connection.execute(query)
    }


def _tile(counts: dict[str, int]) -> dict[str, int]:
    lit, yellow, red = (counts.pop(name) for name in _LIGHTS)
    counts |= {"green": lit - yellow, "yellow": yellow - red, "red": red}
    if "missed" in counts:
        counts["expected"] = counts["on_time"] + counts.pop("missed")
    return counts


def boards(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    top: str = ALL,
    *,
    sight: Sight = EVERYTHING,
) -> dict[str, dict[str, int]]:
    """Per board: matters by the gravest light of their open clocks; `open`, `cleared`, `all`.

    `still`: open ones without an open clock, as while a clearance is reviewed or a pause lasts.
    """
    found = _read(connection, _so_far(tenant, domain, now, OF_MATTERS, [top]), sight)
    return {board: _board(words) for board, words in found.items() if board}


def _board(words: Words) -> dict[str, int]:
    states = {one.removeprefix("m."): n for one, n in words.items()}
    lit, yellow, red = (states.pop(name, 0) for name in _LIGHTS)
    still = states.pop("still", 0)
    return {
        "all": sum(states.values()),
        "open": states.get("OPEN", 0),
        "cleared": sum(states.get(one, 0) for one in CLEARED),
        "apart": sum(states.get(one, 0) for one in APART),
        "green": lit - yellow,
        "yellow": yellow - red,
        "red": red,
        "still": still,
    }


def stages(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    top: str = ALL,
    *,
    sight: Sight = EVERYTHING,
) -> dict[str, dict[str, int]]:
    """Per stage (k1, k3, last): clocks by verdict, on_time, late, overdue, waiting, ended."""
    rows = _so_far(tenant, domain, now, OF_STAGES, [top])
    words = _read(connection, rows, sight).get("", Counter())
    found = {}
    for stage in STAGES:
        due = words[f"{stage}.due"]
        counts = {fate: words[f"{stage}.{fate}"] for fate in FATES}
        counts |= {"overdue": due, "waiting": words[f"{stage}.open"] - due}
        found[stage] = {fate: n for fate, n in counts.items() if n}
    return found
