"""``python -m bench [ROW...] [--json] [--events N] [--runs N] [--profile]``: these rows, or all."""

import sys
from collections.abc import Callable

from bench import (
    birth,
    catching_up,
    fan_in,
    latency,
    live,
    plot,
    postgresql,
    rebuild,
    size,
    table,
    three_hops,
    years,
)
from bench.figure import Figure, tell
from bench.rivals import run as rivals
from bench.screens import row as screens

Row = Callable[[dict[str, str]], Figure]
ROWS: dict[str, Row] = {
    "three-hops": three_hops.measure,
    "live": live.measure,
    "catch-up": catching_up.measure,
    "latency": latency.measure,
    "fan-in-one": fan_in.one_hop,
    "rebuild": rebuild.measure,
    "size": size.measure,
    "birth": lambda given: birth.birth(int(given.get("runs", 1)), int(given.get("hosts", 12))),
    "memory": lambda given: birth.memory(int(given.get("runs", 1))),
}
APART: dict[str, Row] = {  # only when asked for: make bench-rivals; hours
    "rivals": rivals.measure,
    "fan-in": fan_in.three_hops,
    "catch-up-rivals": rivals.catching_up,
    "four-years": years.measure,
    "postgresql": postgresql.measure,
    "screens": screens.measure,
}
FLAGS = ("json", "profile", "kill")


def _read(words: list[str]) -> dict[str, str]:
    """Options as a table; exits with what is accepted."""
    given = dict[str, str]()
    while words:
        name = words.pop(0).removeprefix("--")
        given[name] = "" if name in FLAGS else words.pop(0) if words else ""
    return given


def main(words: list[str]) -> int:
    """Measure the rows named, or all of them; 1 when a bar was not reached."""
    if words in (["table"], ["plot"]):
        return max(table.write(), plot.write())
    asked = list[str]()
    while words and not words[0].startswith("-"):
        asked.append(words.pop(0))
    asked = asked or list(ROWS)
    if unknown := [row for row in asked if row not in ROWS | APART]:
        sys.exit(f"bench: no row {unknown[0]!r}; there are: {', '.join(ROWS | APART)}")
    given = _read(words)
    if "profile" in given:
        three_hops.profile(int(given.get("events", 10_000)))
        return 0
    return max([tell((ROWS | APART)[row](given), "json" in given) for row in asked])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
