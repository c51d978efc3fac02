"""Whether the province's picture is the sum of all nodes' books, and what was stated beforehand.

Three questions: is each row (assignment, state, due, verdict; matter, state) the same in the book
of who gave it, of who was given it, and of the root, and nobody's missing; are the totals those
that the plan stated; and does a reducer that imports nothing of ours (deploy/demo/reducer.py) come
to the same rows from the raw journals. Never mends anything.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.years.plan import Totals

MOST_SHOWN: Final = 20
Row = dict[str, Any]
Books = Mapping[str, Sequence[tuple[Any, ...]]]


def united(books: Iterable[Books]) -> tuple[dict[str, tuple[Any, ...]], list[str]]:
    """All nodes' own rows by id; and where the one who gave and the one who was given differ."""
    rows, faults = dict[str, tuple[Any, ...]](), list[str]()
    for one in books:
        for kind in ("assignments", "matters"):
            for node, id, *row in one[kind]:
                other = rows.setdefault(id, tuple(row))
                if other != tuple(row):
                    faults.append(f"{id}: {node} holds {row}, another {other}")
    return rows, faults


def against(rows: Mapping[str, tuple[Any, ...]], shown: Mapping[str, list[Row]]) -> list[str]:
    """Where the root's rows differ from those of the books, both ways."""
    theirs: dict[str, tuple[Any, ...]] = {
        one["id"]: (one["state"], one["due"], one["verdict"], one["struck"])
        for one in shown["assignments"]
    }
    theirs |= {one["id"]: (one["state"], one["board"]) for one in shown["matters"]}
    faults = [f"{id}: not in the picture" for id in rows.keys() - theirs.keys()]
    faults += [f"{id}: in the picture, in no book" for id in theirs.keys() - rows.keys()]
    for id in rows.keys() & theirs.keys():
        if rows[id] != theirs[id]:
            faults.append(f"{id}: the book says {rows[id]}, the picture {theirs[id]}")
    return sorted(faults)


def stated(totals: Totals, shown: Mapping[str, list[Row]]) -> list[str]:
    """Where the picture's totals are others than those stated beforehand."""
    boards: dict[str, Counter[str]] = {}
    for one in shown["matters"]:
        boards.setdefault(one["board"], Counter())[one["state"]] += 1
    found = {board: dict(sorted(each.items())) for board, each in sorted(boards.items())}
    states = dict(sorted(Counter(one["state"] for one in shown["assignments"]).items()))
    faults = []
    if found != totals.boards:
        faults.append(f"matters: {totals.boards} stated, {found} found")
    if states != totals.assignments:
        faults.append(f"assignments: {totals.assignments} stated, {states} found")
    return faults


def second(folder: Path, shown: Mapping[str, list[Row]]) -> list[str]:
    """What the reducer finds wrong, reading the raw journals in a process of its own."""
    rows = folder / "picture.json"
    rows.write_text(json.dumps(shown), encoding="utf-8")
    journals = [str(one) for one in journals_of(folder)]
    command = [sys.executable, "-m", "deploy.demo.opinion", "gov", str(rows), *journals]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    lines = done.stdout.splitlines()
    return lines[1:] if done.returncode in (0, 1) and lines else ["the reducer has failed"]


def journals_of(folder: Path) -> list[Path]:
    """The hosts' databases."""
    return sorted((folder / "hosts").glob("*/host.db"))


def written(folder: Path) -> dict[str, int]:
    """Events by domain name (gov, self) that nodes wrote themselves, and copies held in all."""
    found = Counter[str]()
    for path in journals_of(folder):
        base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        query = (
            "SELECT substr(domain, 1, instr(domain, '@') - 1), sum(c.seq) FROM chains c"
            " JOIN tenants t ON t.id = c.tenant AND t.node = c.origin GROUP BY 1"
        )
        for domain, count in base.execute(query):
            found[domain] += count
        found["held"] += base.execute("SELECT count(*) FROM journal").fetchone()[0]
        base.close()
    return dict(found)
