"""The demo's story: who is given which matter, what happens on which day, how the books must end.

Decides, before anything runs, each matter's route through the tree, its steps by business day,
and the totals that the finished run must show. Never talks to a node. The casting of the 43
sample matters is in ``casting.json``; the railway's problems go straight to their townships.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.sample import document
from deploy.sample.railway import problems
from node.service.topology import Topology

CASTING = Path(__file__).parent / "casting.json"
START = "2026-03-02T01:00:00Z"  # a Monday, 09:00 in Shanghai
LAST_DAY = 11
STEPS = ("issue", "deploy", "report", "clear", "return", "clear again", "grant", "strike", "cancel")

# ending -> the steps after issue, each with its day counted from the day of issue
ENDINGS: Mapping[str, Mapping[str, int]] = {
    "approved": {},
    "unsigned": {"issue": 0},
    "quiet": {"issue": 0, "deploy": 0},
    "working": {"issue": 0, "deploy": 0, "report": 2},
    "waiting": {"issue": 0, "deploy": 0, "report": 2, "clear": 5},
    "closed": {"issue": 0, "deploy": 0, "report": 2, "clear": 5, "grant": 5},
    "struck": {"issue": 0, "deploy": 0, "report": 2, "clear": 5, "grant": 5, "strike": 6},
    "late": {"issue": 0, "deploy": 2, "report": 5, "clear": 8, "grant": 8, "strike": 8},
    "redone": {
        "issue": 0,
        "deploy": 0,
        "report": 2,
        "clear": 4,
        "return": 4,
        "clear again": 5,
        "grant": 5,
        "strike": 6,
    },
    "cancelled": {"issue": 0, "deploy": 0, "cancel": 3},
}
_MATTER = {"approved": "APPROVED", "closed": "CLOSED", "cancelled": "CANCELLED"}
_TASK = {"unsigned": "ISSUED", "waiting": "CLOSE_REQ", "cancelled": "CANCELLED"}


@dataclass(frozen=True)
class Slip:
    """One assignment to be: who gives it to whom; `depth` 0 comes from the registrar itself."""

    holder: str
    issuer: str
    depth: int
    lead: bool


@dataclass(frozen=True)
class Errand:
    """One matter from registration to its ending. `body` is what the registrar submits."""

    name: str
    domain: str
    registrar: str
    lead: str
    cohandlers: tuple[str, ...]
    down: tuple[str, ...]
    ending: str
    day: int
    body: Mapping[str, Any]

    @property
    def slips(self) -> tuple[Slip, ...]:
        """All assignments in the order in which they are issued: lead, co-handlers, parts."""
        if self.ending == "approved":
            return ()
        chain = (self.lead, *self.down)
        return (
            Slip(self.lead, self.registrar, 0, lead=True),
            *(Slip(key, self.registrar, 0, lead=False) for key in self.cohandlers),
            *(Slip(key, chain[i], i + 1, lead=True) for i, key in enumerate(self.down)),
        )

    @property
    def steps(self) -> Mapping[str, int]:
        """Step -> business day of the story."""
        return {step: self.day + day for step, day in ENDINGS[self.ending].items()}


@dataclass(frozen=True)
class Expected:
    """What the finished run must show in one domain, stated beforehand."""

    matters: int
    states: Mapping[str, int]
    assignments: int
    tasks: Mapping[str, int]
    drafts: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Expected) -> Expected:
        """Both together."""
        return Expected(
            self.matters + other.matters,
            _sum(self.states, other.states),
            self.assignments + other.assignments,
            _sum(self.tasks, other.tasks),
            _sum(self.drafts, other.drafts),
        )


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return dict(Counter(one) + Counter(other))


def errands(topology: Topology, *, railway: bool = True) -> list[Errand]:
    """Every matter of the demo, the 43 first; the campaign's problems unless left out."""
    cast = json.loads(CASTING.read_text(encoding="utf-8"))["errands"]
    matters = {matter["id"]: matter for matter in document("matters")["matters"]}
    found = [_errand(role, matters[role["id"]]) for role in cast]
    return found + (list(_railway(topology)) if railway else [])


def expected(story: list[Errand], domain: str) -> Expected:
    """Totals by state of one domain's matters and assignments."""
    mine = [errand for errand in story if errand.domain == domain]
    states = Counter(_matter_state(errand) for errand in mine)
    tasks = Counter(_task_state(errand, slip) for errand in mine for slip in errand.slips)
    return Expected(len(mine), dict(states), tasks.total(), dict(tasks))


def _matter_state(errand: Errand) -> str:
    if "strike" in ENDINGS[errand.ending]:
        return "STRUCK"
    return _MATTER.get(errand.ending, "OPEN")


def _task_state(errand: Errand, slip: Slip) -> str:
    """While the lead waits for its ruling, the parts and the co-handlers are closed already."""
    top = slip.lead and slip.depth == 0
    if "grant" in ENDINGS[errand.ending] or (errand.ending == "waiting" and not top):
        return "CLOSED"
    return _TASK.get(errand.ending, "DOING")


def _errand(role: Mapping[str, Any], matter: Mapping[str, Any]) -> Errand:
    fields = ("title", "board", "grade", "content", "source", "basis", "indicators")
    people = ("responsible", "head", "contact")
    return Errand(
        role["id"],
        matter["issuer"]["domain"],
        role["by"],
        role["lead"],
        tuple(role["co"]),
        tuple(role["down"]),
        role["ending"],
        role["day"],
        {field: matter[field] for field in (*fields, *people)},
    )


def _railway(topology: Topology) -> Iterator[Errand]:
    towns = {body.code: body.key for body in topology.bodies.values() if body.level == "township"}
    for row in problems():
        body = {
            "title": row["title"],
            "board": "key-project",
            "grade": "general",
            "content": row["content"],
            "source": "专项排查(虚构)",
            "basis": "晋铁环督〔2026〕1号(虚构)",
            "indicators": row["indicators"],
            "responsible": "赵某(虚构)",
            "head": "钱某(虚构)",
            "contact": {"name": "孙某(虚构)", "phone": "000-0000-2606"},
            "campaign": row["campaign"],
            "class": row["class"],
            "region": row["township"],
        }
        town, name = towns[row["township"]], f"R{row['number']:04d}"
        yield Errand(name, "gov", topology.roots["gov"], town, (), (), "struck", 0, body)
