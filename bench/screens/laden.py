"""A province that holds N matters: registered, issued, reported in and cleared, event by event.

The province registers, issues and grants by its own commands; units below deploy, report and apply
for clearance in runs that its inbox takes (pen.py). Nothing is written past the product. Four years
of business time; 89 % cleared, most of what is open from the last months. A folder once laden is
kept, and a bigger one grows from it.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from bench.screens.pen import Dated, Pen, Unit
from bench.screens.tree import ROOT, grown, province, units
from node.bootstrap import make_host, real_time
from node.config import read_config
from node.domain import commands as c
from node.domain.commands import Actor
from node.domain.commands import Draft as DomainDraft
from node.service import searching
from node.service.clock import OffsetClock, instant
from node.service.host import Host
from node.service.place import Place
from node.service.work import Desk
from node.storage.store import SqlStore
from sync.me import Me
from sync.writing import Draft

BEGUN: Final = datetime(2022, 11, 1, 1, tzinfo=UTC)
ENDED: Final = datetime(2026, 10, 30, 8, tzinfo=UTC)
CHUNK: Final = 500
BY: Final = {"user": "承办人", "role": "head"}
CONTACT: Final = {"name": "张某(虚构)", "phone": "000-0000-0101"}
SAMPLE: Final = Path(__file__).parent.parent.parent / "deploy" / "sample" / "matters.json"
A: Final = "duban.assignment."


@dataclass
class Tally:
    """What was done, and what it took."""

    matters: int = 0
    events: int = 0
    cleared: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def took(self, what: str, begun: float) -> None:
        """Add the time since `begun` to a part."""
        self.seconds[what] = self.seconds.get(what, 0.0) + time.perf_counter() - begun


def clock() -> OffsetClock:
    """Business time that stands where it is set, and goes on from there."""
    held = [timedelta(0)]

    def keep(offset: timedelta) -> None:
        held[0] = offset

    return OffsetClock(real_time, lambda: held[0], keep)


def open_province(folder: Path) -> tuple[Host, Place]:
    """The host in a folder and its root, the business clock at the end of the four years."""
    host = make_host(read_config(str(folder), None))
    host.now = clock()
    host.now.set(ENDED)
    return host, province(host)


def laden(folder: Path, count: int, tell: Callable[[str], None]) -> Path:
    """The folder of a province with so many matters; made when it isn't there."""
    path = folder / f"province-{count}"
    kept = path / "laden.json"
    if kept.exists():
        return path
    born = grown(folder)
    smaller = sorted(
        (int(one.parent.name.partition("-")[2]), one.parent)
        for one in folder.glob("province-*/laden.json")
    )
    before, source = next(((n, one) for n, one in reversed(smaller) if n < count), (0, born / ROOT))
    if not path.exists():
        _copy(source, path)
    told = _grow(born, path, before, count, tell)
    kept.write_text(json.dumps(told, indent=1) + "\n")
    return path


def _copy(source: Path, path: Path) -> None:
    path.mkdir(parents=True)
    with sqlite3.connect(source / "host.db") as one:
        one.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    one.close()
    for name in ("host.key", "host.db"):
        shutil.copy2(source / name, path / name)


def _grow(
    born: Path, path: Path, before: int, count: int, tell: Callable[[str], None]
) -> dict[str, Any]:
    host, place = open_province(path)
    pen, tally = Pen(host, place, units(born, host, place)), Tally()
    work = _Work(host, place, pen, tally, random.Random(count))
    begun, spent = time.perf_counter(), time.process_time()
    for start in range(before, count, CHUNK):
        size = min(CHUNK, count - start)
        work.chunk(start // CHUNK, size, (start - before) / (count - before))
        tally.matters += size
        if start // CHUNK % 20 == 0:
            rate = tally.matters / (time.perf_counter() - begun)
            tell(f"{before + tally.matters:,} of {count:,} matters, {rate:,.0f}/s")
    pen.close()
    mark = time.perf_counter()
    while searching.index(host):
        pass
    tally.took("index of words", mark)
    told = {
        "matters": count,
        "added": tally.matters,
        "events": tally.events,
        "cleared": tally.cleared,
        "seconds": round(time.perf_counter() - begun, 1),
        "CPU seconds": round(time.process_time() - spent, 1),
        "of which": {name: round(value, 1) for name, value in tally.seconds.items()},
    }
    host.database.close()
    return told


class _Work:
    """One province's four years, chunk by chunk."""

    def __init__(
        self, host: Host, place: Place, pen: Pen, tally: Tally, dice: random.Random
    ) -> None:
        self.host, self.place, self.pen, self.tally, self.dice = host, place, pen, tally, dice
        self.actor = Actor(place.tenant.node, "bench", "supervisor")
        self.forms = json.loads(SAMPLE.read_text(encoding="utf-8"))["matters"]
        byvia: dict[str, list[Unit]] = {}
        for unit in pen.units.values():
            byvia.setdefault(unit.via, []).append(unit)
        self.areas = sorted(byvia.values(), key=len, reverse=True)
        self.cities = [one for one in self.areas if len(one) > 1]
        self.bureaus = [one for area in self.areas if len(area) == 1 for one in area]

    def chunk(self, number: int, size: int, share: float) -> None:
        """So many matters, begun when this share of the four years is over."""
        begun = BEGUN + (ENDED - BEGUN) * share
        self.host.now.set(begun)  # type: ignore[attr-defined]
        area = self._area(number)
        mark = time.perf_counter()
        given = self._issue(size, area, begun)
        self.tally.took("registered and issued", mark)
        mark = time.perf_counter()
        applied = self._reported(given, begun, share)
        self.tally.took("reported, taken in", mark)
        self.host.now.set(begun + timedelta(days=3))  # type: ignore[attr-defined]
        mark = time.perf_counter()
        self._grant(applied)
        self.tally.took("granted", mark)

    def _area(self, number: int) -> list[Unit]:
        """A city with its counties; every eighth time some departments of the province."""
        if number % 8 == 7:
            return self.dice.sample(self.bureaus, min(10, len(self.bureaus)))
        return self.cities[number % len(self.cities)]

    def _form(self, unit: Unit, number: int) -> dict[str, Any]:
        kind = self.dice.choice(self.forms)
        names = ("board", "grade", "content", "source", "basis", "indicators", "responsible",
                 "head", "contact")  # fmt: skip
        form = {name: kind[name] for name in names}
        form |= {"title": f"{unit.name}:{kind['title']}(第{number}件)", "weight": "要事"}
        form |= {"region": unit.code} if unit.code else {}
        return form | ({"campaign": "铁路专项", "class": "沿线安全"} if number % 33 == 0 else {})

    def _issue(self, size: int, area: list[Unit], at: datetime) -> list[tuple[str, str, str]]:
        """Registered and given out: (assignment, unit, head of its `issued`)."""
        chosen = [self.dice.choice(area) for _ in range(size)]
        numbers = [self.dice.randrange(10**6) for _ in range(size)]

        def work(store: SqlStore, me: Me) -> list[tuple[str, str, str]]:
            desk = Desk(self.host, self.place, self.actor, store, me, self.host.calendar)
            desk.alone = False
            forms = [self._form(unit, n) for unit, n in zip(chosen, numbers, strict=True)]
            matters = desk.register_all(forms)
            drafts: list[DomainDraft] = []
            for matter, unit in zip(matters, chosen, strict=True):
                drafts += c.issue(
                    self.actor, matter, [], [unit.me.node], desk.roster(), desk.clock(matter),
                    desk.nonces(1),
                )  # fmt: skip
            drafts.sort(key=lambda one: one.stream)
            written = desk.write(drafts)
            desk.close()
            self.tally.events += size + len(drafts)
            return [
                (one.header.subject, one.header.stream.removeprefix("to/"), one.head)
                for one in written
                if one.header.type == A + "issued"
            ]

        return self.host.write(self.place, work)

    def _reported(
        self, given: Iterable[tuple[str, str, str]], begun: datetime, share: float
    ) -> list[tuple[str, str, str]]:
        """What the units say of it; (assignment, unit, head) of what was applied for."""
        said: dict[str, list[Dated]] = {}
        for id, unit, issued in given:
            said.setdefault(unit, []).extend(self._life(id, issued, begun, share))
        found = []
        via = {unit: self.pen.units[unit].via for unit in said}
        order = sorted((unit for unit in said if said[unit]), key=lambda one: (via[one], one))
        for link, group in groupby(order, key=lambda one: via[one]):
            written = self.pen.say(link, [(unit, said[unit]) for unit in group])
            for unit, events in written.items():
                self.tally.events += len(events)
                found += [
                    (one.header.subject, unit, one.head)
                    for one in events
                    if one.header.type == A + "clearance_applied"
                ]
        return found

    def _life(self, id: str, issued: str, begun: datetime, share: float) -> list[Dated]:
        dice, refs = self.dice, (issued,)
        slow = dice.random() < 0.05
        days = (0.1, 1.4, 3.5, 6.0) if slow else (0.1, 0.2, 1.5, 2.5)
        done = {"text": "已按要求办结,佐证齐备", "indicators": [], "by": BY}
        words = {
            "signed": {"by": BY},
            "deployed": {"leader": "甲(虚构)", "responsible": "乙(虚构)", "contact": CONTACT,
                         "measures": "现场核实后立即整改,逐项落实", "by": BY},
            "reported": {"text": "正在办理,已完成大半", "indicators": [], "by": BY},
            "clearance_applied": done,
        }  # fmt: skip
        still = 0.95 if share > 0.94 else 0.3 if share > 0.86 else 0.03
        steps = dice.choice((0, 1, 2, 3)) if dice.random() < still else 4
        return [
            (instant(begun + timedelta(days=day)), Draft(A + word, id, "up", data, refs))
            for (word, data), day in list(zip(words.items(), days, strict=True))[:steps]
        ]

    def _grant(self, applied: Iterable[tuple[str, str, str]]) -> None:
        def work(store: SqlStore, me: Me) -> int:
            desk = Desk(self.host, self.place, self.actor, store, me, self.host.calendar)
            desk.alone = False
            by = self.actor.by()
            drafts = [
                DomainDraft(
                    A + "granted", id, f"to/{unit}",
                    {"mark": self.dice.choice(("excellent", "good", "pass")), "by": by}, (head,),
                )
                for id, unit, head in sorted(applied, key=lambda one: one[1])
            ]  # fmt: skip
            if drafts:
                desk.write(drafts)
            desk.close()
            return len(drafts)

        done = self.host.write(self.place, work)
        self.tally.events += done
        self.tally.cleared += done


def main(words: list[str]) -> int:
    """``python -m bench.screens.laden FOLDER COUNT``: load, and say what it cost."""
    begun = time.perf_counter()
    path = laden(Path(words[0]), int(words[1]), lambda said: print(said, flush=True))
    sys.stdout.write((path / "laden.json").read_text())
    sys.stdout.write(f"{time.perf_counter() - begun:.1f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
