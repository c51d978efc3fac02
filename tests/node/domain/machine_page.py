"""Writes what is made from the machine's tables: the golden copy, and the page with the picture.

`python -m tests.node.domain.machine_page` writes both anew; tests hold the files equal to this.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from node.domain.machine import (
    ASSIGNMENT_STATES,
    ASSIGNMENT_TRANSITIONS,
    MATTER_STATES,
    MATTER_TRANSITIONS,
    Transition,
)

HOME = Path(__file__).parents[3]
GOLDEN = HOME / "tests" / "vectors" / "state_machine.json"
PAGE = HOME / "docs" / "machine.md"
Table = tuple[Transition, ...]
TABLES: dict[str, tuple[Mapping[str, str], Table]] = {
    "matter": (MATTER_STATES, MATTER_TRANSITIONS),
    "assignment": (ASSIGNMENT_STATES, ASSIGNMENT_TRANSITIONS),
}

INTRO = """\
# The machine

Made from the tables in `node/domain/machine.py` by `python -m tests.node.domain.machine_page`; a
test holds this page and `tests/vectors/state_machine.json` equal to them. The rules are in
[07](spec/07-apply.md#states), their words in the tables.

A row in brackets is stated, and no event type carries it yet. Lights, overdue and urged are flags
worked out on reading, never states.
"""
NOTE = {
    "matter": "Up to T06 it is a draft, whose events stay with the node that is to register it.\n"
    "OPEN and CLOSED follow from its assignments: no event of its own leads there.",
    "assignment": "Every assignee, co-handlers and parts included, is reviewed by its own issuer.",
}


def golden() -> dict[str, Any]:
    """Both tables as plain data."""
    return {
        name: {"states": dict(states), "transitions": [_row(row) for row in table]}
        for name, (states, table) in TABLES.items()
    }


def _row(row: Transition) -> dict[str, Any]:
    return {
        "id": row.id,
        "action": row.action,
        "from": list(row.start),
        "to": row.to,
        "who": row.who,
        "clock": row.clock,
        "guard": row.guard,
        "event": row.event,
        "on": row.on,
        "stops": list(row.stops),
        "ends": row.ends,
    }


def page() -> str:
    """The whole page."""
    return INTRO + "".join(_section(name, *TABLES[name]) for name in TABLES)


def _section(name: str, states: Mapping[str, str], table: Table) -> str:
    lines = ["", f"## States of {'an' if name[0] in 'aeiou' else 'a'} {name}", "", NOTE[name], ""]
    lines += ["```mermaid", "stateDiagram-v2"]
    lines += [f"    {code}: {code} {word}" for code, word in states.items()]
    lines += _arrows(table)
    lines += [
        "```",
        "",
        "| row | action | from | to | event | who | clock | guard |",
        "|" + "---|" * 8,
    ]
    lines += [_line(row) for row in table]
    return "\n".join(lines) + "\n"


def _arrows(table: Table) -> list[str]:
    merged: dict[tuple[str, str], list[str]] = {}
    for row in table:
        live = row.event is not None or row.on == "assignments"
        label = f"{row.id} {row.action}" if live else f"({row.id} {row.action})"
        for start in row.start:
            arrow = (start or "[*]", row.to or start or "[*]")
            merged.setdefault(arrow, []).append(label)
    return [f"    {a} --> {b}: {', '.join(labels)}" for (a, b), labels in merged.items()]


def _line(row: Transition) -> str:
    event = f"`{row.event}`" if row.event else "–"
    start = " ".join(one or "–" for one in row.start)
    cells = (row.id, row.action, start, row.to or "–", event, row.who, row.clock, row.guard)
    return "| " + " | ".join(one.replace("|", "/") for one in cells) + " |"


def main() -> None:
    """Write both files."""
    told = json.dumps(golden(), ensure_ascii=False, indent=1)
    GOLDEN.write_text(told + "\n", encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
