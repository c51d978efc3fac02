"""The nodes of these tests, and a pen that writes their facts in lawful chains.

ROOT ── CITY ── COUNTY ── TOWN        BUREAU guides OFFICE by a line, and STRANGER guides BUREAU
     ├─ BUREAU └─ OFFICE
     └─ STRANGER
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from node.domain.facts import Fact
from tests.schemas.matter_examples import (
    BUREAU,
    CITY,
    CO_TASK,
    COUNTY,
    MATTER,
    OFFICE,
    PART,
    ROOT,
    STRANGER,
    TASK,
    TOWN,
)
from tests.schemas.rule_examples import CALENDAR, POLICY, SCORE
from tests.schemas.rule_examples import EVERY as LAWFUL

__all__ = [
    "BUREAU", "CALENDAR", "CITY", "CO_TASK", "COUNTY", "EPOCH", "MATTER", "NODES", "OFFICE", "PART",
    "POLICY", "ROOT", "SCORE", "STRANGER", "T0", "TASK", "TOWN", "TREE", "Pen", "Tree",
]  # fmt: skip

EPOCH, T0 = "1-0a0b0c0d", "2026-11-24T05:03:28Z"
PARENTS = {
    CITY: ROOT,
    COUNTY: CITY,
    TOWN: COUNTY,
    BUREAU: ROOT,
    OFFICE: CITY,
    STRANGER: ROOT,
}
LINES = frozenset({(BUREAU, OFFICE), (STRANGER, BUREAU)})
NODES = (ROOT, CITY, COUNTY, TOWN, BUREAU, OFFICE, STRANGER)


@dataclass(frozen=True)
class Tree:
    """Who stands above whom, and who guides whom."""

    parents: Mapping[str, str] = field(default_factory=lambda: PARENTS)
    lines: frozenset[tuple[str, str]] = LINES
    root: str = ROOT

    def is_ancestor(self, above: str, below: str) -> bool:
        while below in self.parents:
            below = self.parents[below]
            if below == above:
                return True
        return False

    def guides(self, by: str, over: str) -> bool:
        return (by, over) in self.lines


TREE = Tree()


def full(name: str) -> str:
    """`reported` as `duban.assignment.reported`; a name with a dot is taken as it is."""
    return f"duban.{name}" if "." in name else f"duban.assignment.{name}"


class Pen:
    """Writes facts: each writer's seq counts up per epoch and stream."""

    def __init__(self) -> None:
        self.seqs: Counter[tuple[str, str, str]] = Counter()

    def say(
        self,
        writer: str,
        name: str,
        subject: str,
        stream: str,
        *re: Fact | str,
        epoch: str = EPOCH,
        time: str = T0,
        crit: tuple[str, ...] = (),
        erased: bool = False,
        **change: Any,
    ) -> Fact:
        """One fact with the example's data, changed; `re` sorted as on the wire."""
        self.seqs[(writer, epoch, stream)] += 1
        seq = self.seqs[(writer, epoch, stream)]
        heads = tuple(sorted(one if isinstance(one, str) else one.head for one in re))
        data = {**LAWFUL.get(full(name), {}), **change}
        told = [writer, full(name), subject, stream, epoch, seq, time, heads, crit, data]
        head = sha256(json.dumps(told).encode()).hexdigest()
        return Fact(
            head=head,
            type=full(name),
            writer=writer,
            subject=subject,
            stream=stream,
            epoch=epoch,
            seq=seq,
            time=time,
            re=heads,
            data=None if erased else data,
            crit=crit,
        )

    def issue(self, subject: str = TASK, writer: str = ROOT, to: str = CITY, **change: Any) -> Fact:
        """An `issued`, by default of the matter's registrar to CITY."""
        return self.say(writer, "issued", subject, f"to/{to}", assignee=to, **change)

    def up(self, name: str, *re: Fact | str, **change: Any) -> Fact:
        """A word of CITY's on TASK."""
        return self.say(CITY, name, TASK, "up", *re, **change)

    def down(self, name: str, *re: Fact | str, **change: Any) -> Fact:
        """A word of ROOT's on TASK."""
        return self.say(ROOT, name, TASK, f"to/{CITY}", *re, **change)


def lawful_course(pen: Pen) -> list[Fact]:
    """A whole course, from issue to strike-off, with one return."""
    issued = pen.issue()
    signed = pen.up("signed", issued, time="2026-11-24T06:00:00Z")
    deployed = pen.up("deployed", issued, time="2026-11-25T15:59:59Z")
    reported = pen.up("reported", issued, time="2026-11-27T16:00:00Z", text="第一次")
    urged = pen.down("urged", reported, time="2026-11-28T01:00:00Z")
    applied = pen.up("clearance_applied", issued, time="2026-11-30T01:00:00Z")
    returned = pen.down("returned", applied, time="2026-12-02T01:00:00Z")
    copied = pen.say(COUNTY, "copied", TASK, f"to/{CITY}", time="2026-12-02T02:00:00Z")
    again = pen.up("reported", returned, time="2026-12-02T03:00:00Z", text="第二次")
    reapplied = pen.up("clearance_applied", returned, time="2026-12-03T15:59:59Z")
    granted = pen.down("granted", reapplied, time="2026-12-04T01:00:00Z")
    struck = pen.down("struck", reapplied, time="2026-12-05T01:00:00Z", repeats="f" * 64)
    return [issued, signed, deployed, reported, urged, applied, returned, copied, again,
            reapplied, granted, struck]  # fmt: skip
