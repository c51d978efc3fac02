"""The command screen's numbers, out of the kept sums: a few rows a unit, however many matters.

Decides how sums become numbers: what is `yellow` is what is yellow at least, less what is red.
A unit's numbers are of all that it and all below it have been given; ALL stands for everything.
Who sees only a part is told none of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, func, select

from node.domain.picture import APART, CLEARED, OPEN_STATES
from node.readmodel.scope import EVERYTHING, Sight
from node.readmodel.shares import STAGES
from node.readmodel.sums import ALL
from node.readmodel.tables import sums

Words = Counter[str]
FATES: Final = ("on_time", "late", "ended")
OF_ASSIGNMENTS: Final = ("a.", "a.~")
OF_MATTERS: Final = ("m.", "m.~")
OF_STAGES: Final = ("k", "last.~")
"""ranges of words; k1, k3 and last lie together"""
_LIGHTS: Final = ("lit", "yellow", "red")
_N: Final = func.sum(sums.c.n)


def _those(*words: str) -> Any:
    return func.coalesce(_N.filter(sums.c.word.in_(words)), 0)


_STATES: Final = sums.c.word.startswith("a.", autoescape=True) & sums.c.word.not_in(
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


def _of(tenant: int, domain: str, now: str, words: tuple[str, str] | None) -> list[Any]:
    """What has become true by now; `words`: of these only, the first and the last."""
    wanted = [sums.c.tenant == tenant, sums.c.domain == domain, sums.c["at"] <= now]
    if words is not None:
        wanted += [sums.c.word >= words[0], sums.c.word <= words[1]]
    return wanted


def _read(connection: Connection, asked: Sequence[Any], top: str, sight: Sight) -> dict[str, Words]:
    """By board (empty: of assignments and their stages): how many of each word."""
    found: dict[str, Words] = {}
    if sight.extent != "all":
        return found
    query = (
        select(sums.c.board, sums.c.word, _N)
        .where(*asked, sums.c.top == top)
        .group_by(sums.c.board, sums.c.word)
    )
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
    asked = _of(tenant, domain, now, OF_ASSIGNMENTS if brief else None)
    query = (
        select(sums.c.top, *shown.values())
        .where(*asked, sums.c.top.in_(list(tops)), sums.c.board == "")
        .group_by(sums.c.top)
    )
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
    found = _read(connection, _of(tenant, domain, now, OF_MATTERS), top, sight)
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
    asked = _of(tenant, domain, now, OF_STAGES)
    words = _read(connection, asked, top, sight).get("", Counter())
    found = {}
    for stage in STAGES:
        due = words[f"{stage}.due"]
        counts = {fate: words[f"{stage}.{fate}"] for fate in FATES}
        counts |= {"overdue": due, "waiting": words[f"{stage}.open"] - due}
        found[stage] = {fate: n for fate, n in counts.items() if n}
    return found
