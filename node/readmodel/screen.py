"""The command screen's numbers, out of the kept sums: a few rows a unit, however many matters.

Decides how sums become numbers: what is `yellow` is what is yellow at least, less what is red.
A unit's numbers are of all that it and all below it have been given; ALL stands for everything.
Who sees only a part is told none of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, func, select

from node.domain.picture import APART, CLEARED, OPEN_STATES
from node.readmodel.scope import EVERYTHING, Sight
from node.readmodel.shares import STAGES
from node.readmodel.sums import ALL
from node.readmodel.tables import sums

Words = Counter[str]
FATES: Final = ("on_time", "late", "ended")
EVERY_WORD: Final = ("", "~")
OF_ASSIGNMENTS: Final = ("a.", "a.~")


def _read(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    tops: Iterable[str],
    sight: Sight,
    words: tuple[str, str] = EVERY_WORD,
) -> dict[tuple[str, str], Words]:
    """By top and board (empty: of assignments): how many of each word there are by now."""
    if sight.extent != "all":
        return {}
    asked = (
        select(sums.c.top, sums.c.board, sums.c.word, func.sum(sums.c.n))
        .where(
            sums.c.tenant == tenant,
            sums.c.domain == domain,
            sums.c.top.in_(list(tops)),
            sums.c.word >= words[0],
            sums.c.word <= words[1],
            sums.c["at"] <= now,
        )
        .group_by(sums.c.top, sums.c.board, sums.c.word)
    )
    found: dict[tuple[str, str], Words] = {}
    for top, board, word, count in connection.execute(asked):
        found.setdefault((top, board), Counter())[word] = int(count)
    return found


def _lights(kind: str, words: Words) -> dict[str, int]:
    lit, yellow, red = (words[f"{kind}.{name}"] for name in ("lit", "yellow", "red"))
    return {"green": lit - yellow, "yellow": yellow - red, "red": red}


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
    words = OF_ASSIGNMENTS if brief else EVERY_WORD
    found = _read(connection, tenant, domain, now, tops, sight, words)
    return {top: _tile(words) for (top, board), words in found.items() if not board}


def _tile(words: Words) -> dict[str, int]:
    states = {one.removeprefix("a."): n for one, n in words.items() if one.startswith("a.")}
    for name in ("lit", "yellow", "red"):
        states.pop(name, None)
    on_time = sum(words[f"{stage}.on_time"] for stage in STAGES)
    missed = sum(words[f"{stage}.late"] + words[f"{stage}.due"] for stage in STAGES)
    return {
        "assignments": sum(states.values()),
        "open": sum(states.get(one, 0) for one in OPEN_STATES),
        "cleared": states.get("CLOSED", 0),
        **_lights("a", words),
        "on_time": on_time,
        "expected": on_time + missed,
    }


def boards(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    top: str = ALL,
    *,
    sight: Sight = EVERYTHING,
) -> dict[str, dict[str, int]]:
    """Per board: matters by the gravest light of their open clocks; `open`, `cleared`, `all`."""
    found = _read(connection, tenant, domain, now, [top], sight)
    return {board: _board(words) for (_, board), words in found.items() if board}


def _board(words: Words) -> dict[str, int]:
    states = {one.removeprefix("m."): n for one, n in words.items()}
    for name in ("lit", "yellow", "red"):
        states.pop(name, None)
    return {
        "all": sum(states.values()),
        "open": states.get("OPEN", 0),
        "cleared": sum(states.get(one, 0) for one in CLEARED),
        "apart": sum(states.get(one, 0) for one in APART),
        **_lights("m", words),
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
    words = _read(connection, tenant, domain, now, [top], sight).get((top, ""), Counter())
    found = {}
    for stage in STAGES:
        due = words[f"{stage}.due"]
        counts = {fate: words[f"{stage}.{fate}"] for fate in FATES}
        counts |= {"overdue": due, "waiting": words[f"{stage}.open"] - due}
        found[stage] = {fate: n for fate, n in counts.items() if n}
    return found
