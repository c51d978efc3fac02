"""``python -m deploy.demo``: found the federation, play the story, show and check the picture.

Decides the phases and the exit code: 0 only if all checks of the finished run pass. However it
ends, every process that it started is stopped by its own id.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.demo import chapter, check, found, minutes, players, report, showing
from deploy.demo.play import Stage, commands_in
from deploy.demo.story import START, Errand, errands
from deploy.topology import DEMO
from node.service.topology import load


def main(words: list[str] | None = None) -> int:
    """Run the demo; 0 if all is equal, 1 if not."""
    options = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    options.add_argument("--once", action="store_true", help="check, then stop")
    options.add_argument("--small", action="store_true", help="without the railway campaign")
    options.add_argument("--keep", type=Path, metavar="DIR", help="keep all data in DIR")
    options.add_argument("--clock", default=START, help="business time at the start (ISO, UTC)")
    given = options.parse_args(words)
    console = Console()
    with ExitStack() as stack:
        folder = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        fed = stack.enter_context(closing(found.prepare(load(DEMO), folder)))
        story = errands(fed.topology, railway=not given.small)
        cast = run(console, fed, story, given.clock)
        _show(console, fed, cast)
        faults = check.check(fed, story, cast)
        report.verdict(console, faults)
        if not given.once:
            report.logins(console, fed)
            title, table = minutes.publish(fed), minutes.write(folder / "bad.xlsx")
            told = f"专项 campaign {title}; 有错的表 a table with two faults to import: {table}"
            console.print(told, soft_wrap=True, markup=False)
            stay(console, fed, sys.stdin)
    return 1 if faults else 0


def run(console: Console, fed: found.Federation, story: list[Errand], clock: str) -> players.Cast:
    """Found the federation, play the story, wait until all is quiet; who played what."""
    bodies, scenes = len(fed.topology.bodies), chapter.scenes()
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:

        def bar(title: str, total: int | None) -> found.Tick:
            task = progress.add_task(title, total=total)
            return lambda _: progress.advance(task)

        found.make_nodes(fed, bar("nodes and keys", bodies))
        found.serve(fed, clock)
        memberships = sum(len(body.parents) for body in fed.topology.bodies.values())
        found.enrol(fed, bar("invited and joined", memberships))
        found.open_desks(fed, bar("accounts", bodies))
        total = commands_in(story) + players.commands_in(scenes)
        commands = progress.add_task("commands by REST", total=total)

        def tick(done: int) -> None:
            progress.advance(commands, done)

        cast = players.Cast(fed, scenes, clock, tick)
        with cast.pool:
            Stage(fed, story, tick, cast.play).play()
        quiet = progress.add_task("quiet on all links", total=1)
        check.await_quiet(fed)
        progress.advance(quiet)
    return cast


def stay(console: Console, fed: found.Federation, lines: Iterable[str]) -> None:
    """Serve until Ctrl-C; each line that is read (Enter) lets it be the next day's evening."""
    console.print("回车 = 到次日18时 Enter: one day later, at 18:00 · Ctrl-C 退出 to stop")
    with suppress(KeyboardInterrupt):
        for _ in lines:
            console.print(f"业务时间 business time: {minutes.one_day_later(fed):%Y-%m-%d %H:%M}")
        signal.pause()


def _show(console: Console, fed: found.Federation, cast: players.Cast) -> None:
    root = fed.topology.roots["gov"]
    desk = fed.desk(root, "gov")
    report.picture(console, fed.topology.bodies[root].name, desk.call("GET", "/api/v1/picture"))
    rows = check.shown(fed, root, "gov")["matters"]
    showing.chapter(console, fed, cast)
    report.counts(console, fed, check.stats(fed), dict(Counter(row["state"] for row in rows)))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
