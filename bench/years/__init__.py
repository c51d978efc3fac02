"""Four years of 13710 over the 8,907 nodes: 76,788 matters through all their steps, in 12 hosts.

    python -m bench four-years [--matters N] [--seed S] [--hosts 12] [--folder F] [--kill]

Founds the tree as an operator does, plays every working day, and checks that the province's
picture is the sum of all nodes' books (check.py). A folder that is there goes on where it was left.
`--kill`: hosts of cities are killed with -9 on the way. The folder that it leaves is served by
`duban topology serve --data FOLDER/hosts`. What is generated, and from which figures:
docs/years.md.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench.figure import Figure
from bench.years import check, drive
from bench.years.drive import Drive, Tell
from bench.years.figures import MATTERS, SEED, Span
from bench.years.plan import Plan
from bench.years.tree import Tree, read
from deploy.topology.shanxi import tree as shanxi
from node.service.calendars import national

MOST_SECONDS = 300
PORT = 9700


def measure(given: dict[str, str]) -> Figure:
    """Seconds from the first registration until every link has said all that it had to say."""
    span = Span(int(given.get("matters", MATTERS)), int(given.get("seed", SEED)))
    folder = Path(given.get("folder") or tempfile.mkdtemp(prefix="duban-years-"))
    document = shanxi(int(given.get("hosts", 12)))
    body = read(document)
    plan = Plan(span, body, national())
    _say(f"folder {folder}; planned: {_planned(plan)}")
    drive.found(folder, document, int(given.get("port", PORT)))
    with drive.drive(folder, plan, body) as play, _bar(plan) as tell:
        play.play(tell, kills(plan) if "kill" in given else ())
        _say("checking the picture against the books")
        faults, told = compared(play, plan, body)
        memory = play.memory()
        play.rest()
    faults += check.second(folder, told)
    written = check.written(folder)
    for fault in faults[: check.MOST_SHOWN]:
        _say(fault)
    return _figure(play, plan, faults, written, memory)


def compared(play: Drive, plan: Plan, tree: Tree) -> tuple[list[str], dict[str, Any]]:
    """What is wrong with the root's picture beside all nodes' books and the plan; its rows."""
    rows, faults = check.united(play.books())
    shown = play.picture(tree.root)
    return faults + check.against(rows, shown) + check.stated(plan.totals, shown), shown


def kills(plan: Plan) -> list[tuple[int, str]]:
    """Days on which a host is killed: while it acts, and while it exchanges."""
    last = len(plan.days)
    return [(last // 3, "act"), (last // 2, "exchange"), (2 * last // 3, "act")]


def _figure(
    play: Drive, plan: Plan, faults: list[str], written: dict[str, int], memory: dict[str, float]
) -> Figure:
    kept, totals = play.kept, plan.totals
    seconds = round(kept.seconds, 1)
    whole = plan.span.matters == MATTERS
    return Figure(
        name="four-years" if whole else f"four-years-{plan.span.matters}",
        value=seconds,
        unit="s",
        ratio=seconds / MOST_SECONDS,
        against="the limit of 5 minutes",
        runs=[seconds],
        bar=f"at most {MOST_SECONDS} s, the picture equal to the sum of the books",
        reached=seconds <= MOST_SECONDS and not faults,
        detail={
            "matters": totals.matters,
            "clearance rate": totals.rate,
            "by board and state": totals.boards,
            "assignments by state": totals.assignments,
            "railway": totals.campaign,
            "commands": totals.steps,
            "events": written.get("gov", 0),
            "audit entries and the like": written.get("self", 0),
            "copies held in all": written.get("held", 0),
            "events per second": round(written.get("gov", 0) / max(seconds, 1), 1),
            "weeks": plan.weeks,
            "exchanges": kept.exchanges,
            "links in weeks with traffic": kept.link_weeks,
            "killed with -9": kept.kills,
            "faults": len(faults),
            "memory of each host, MiB": memory,
        },
    )


def _planned(plan: Plan) -> str:
    totals = plan.totals
    return json.dumps(
        {
            "matters": totals.matters,
            "cleared": totals.count("CLOSED", "STRUCK"),
            "clearance rate": totals.rate,
            "boards": totals.boards,
            "assignments": totals.assignments,
            "railway": totals.campaign,
            "commands": totals.steps,
            "weeks": plan.weeks,
            "nodes with work": plan.links + 1,
        },
        ensure_ascii=False,
    )


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


@contextmanager
def _bar(plan: Plan) -> Iterator[Tell]:
    """A progress bar over the commands, with rate and time left; lines where no screen is."""
    console = Console(stderr=True)
    columns = (
        TextColumn("four years"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    begun, first, said = time.monotonic(), list[int](), [0.0]
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task("", total=plan.totals.steps, rate="")

        def tell(done: int) -> None:
            if not first:
                first.append(done)
            took = time.monotonic() - begun
            rate = (done - first[0]) / took if took > 0 else 0.0
            bars.update(task, completed=done, rate=f"{rate:,.0f}/s")
            if not console.is_terminal and took - said[0] >= 30:
                said[0] = took
                left = (plan.totals.steps - done) / rate if rate else 0.0
                _say(
                    f"{done:,} of {plan.totals.steps:,} commands, {rate:,.0f}/s, {left:,.0f} s left"
                )

        yield tell
