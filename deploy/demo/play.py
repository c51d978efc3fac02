"""Playing the story: each business day's steps, sent by the bodies that must take them.

Decides the order within a day: down the tree for issue and deployment, up the tree for reports
and clearance, co-handlers before the lead. Within one step each body's commands go out as one
batch, bodies side by side; before a body acts, it waits until its own books show what it acts
upon. Never writes a row otherwise than through the REST API.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from deploy.demo.check import one_body_per_host
from deploy.demo.client import Command, Desk, Row, await_state
from deploy.demo.found import Federation
from deploy.demo.story import LAST_DAY, STEPS, Errand, Slip

DAY = 86_400
Tick = Callable[[int], None]
Job = tuple[Errand, Slip]
Seat = tuple[str, str]  # body and domain


class Stage:
    """What the players know while they play: the ids that came back from the API."""

    def __init__(
        self, fed: Federation, story: list[Errand], tick: Tick, after: Callable[[int], None]
    ):
        """`after`: what else happens at the end of a day."""
        self.fed, self.story, self.tick, self.after = fed, story, tick, after
        self.domains = {errand.name: errand.domain for errand in story}
        self.matters: dict[str, str] = {}
        self.slips: dict[tuple[str, str], str] = {}
        self.pool = ThreadPoolExecutor(len(fed.machines))

    def play(self) -> None:
        """All days in order; business time moves a day on every host between them."""
        with self.pool:
            self._set_clocks()
            for day in range(LAST_DAY + 1):
                if day:
                    later(self.fed, DAY)
                self._register([errand for errand in self.story if errand.day == day])
                for step in STEPS:
                    due = [errand for errand in self.story if errand.steps.get(step) == day]
                    if due:
                        self._step(step, due)
                self.after(day)

    def _set_clocks(self) -> None:
        """Bring every host's business time to the foremost one's: they did not start at once."""
        ahead = {}
        for key in one_body_per_host(self.fed):
            told = advance(self.fed.desk(key), 0)
            ahead[key] = told.timestamp() - time.monotonic()
        for key, lead in ahead.items():
            advance(self.fed.desk(key), max(ahead.values()) - lead)

    def _register(self, new: list[Errand]) -> None:
        jobs = {e.name: (e.registrar, Command("matter.register", "", e.body)) for e in new}
        for name, result in self._send(jobs).items():
            self.matters[name] = result["id"]

    def _step(self, step: str, errands: list[Errand]) -> None:
        if step == "issue":
            self._issue(errands)
        elif step == "deploy":
            self._deploy(errands)
        elif step == "report":
            for group in upward(errands):
                self._acts("assignment.report", group)
        elif step in ("clear", "clear again"):
            self._clear(errands, again=step == "clear again")
        elif step in ("grant", "return"):
            self._rule(step, errands)
        else:
            self._end(step, errands)

    def _issue(self, errands: list[Errand]) -> None:
        jobs = {}
        for errand in errands:
            body = self._recipients(errand.lead, errand.cohandlers)
            jobs[errand.name] = (
                errand.registrar, Command("matter.issue", self.matters[errand.name], body)
            )  # fmt: skip
        self._keep(self._send(jobs))
        signing = [job for job in tops(errands) if job[0].ending != "unsigned"]
        self._await(signing, "ISSUED")
        self._acts("assignment.sign", signing)

    def _deploy(self, errands: list[Errand]) -> None:
        """Deploy; then hand down, and let each part sign, deploy and hand down in its turn."""
        group = tops(errands)
        while group:
            self._acts("assignment.deploy", group)
            parts = [(e, s) for e, s in jobs(errands) if s.depth == group[0][1].depth + 1]
            splits = {}
            for errand, part in parts:
                above = self.slips[(errand.name, part.issuer)]
                body = self._recipients(part.holder, ())
                splits[errand.name] = (part.issuer, Command("assignment.split", above, body))
            self._keep(self._send(splits))
            self._await(parts, "ISSUED")
            self._acts("assignment.sign", parts)
            group = parts

    def _clear(self, errands: list[Errand], *, again: bool) -> None:
        """Each applies, its issuer grants, upward; the lead's ruling is a step of its own."""
        for group in upward(errands):
            own = [job for job in group if is_lead(job)]
            others = [] if again else [job for job in group if not is_lead(job)]
            self._acts("assignment.clear", [*own, *others])
            self._await(others, "CLOSE_REQ", issuer=True)
            self._acts("assignment.grant", others, issuer=True)

    def _rule(self, step: str, errands: list[Errand]) -> None:
        leads = [job for job in tops(errands) if is_lead(job)]
        self._await(leads, "CLOSE_REQ", issuer=True)
        self._acts(f"assignment.{step}", leads, issuer=True)
        if step == "return":
            self._await(leads, "DOING")

    def _end(self, step: str, errands: list[Errand]) -> None:
        body = {
            "strike": {"result": "指标全部达成,同意销号"},
            "cancel": {"grounds": "事项合并处理"},
        }
        self._send({
            e.name: (e.registrar, Command(f"matter.{step}", self.matters[e.name], body[step]))
            for e in errands
        })  # fmt: skip

    def _acts(self, op: str, group: list[Job], *, issuer: bool = False) -> None:
        self._send({
            f"{e.name} {s.holder}": (
                s.issuer if issuer else s.holder,
                Command(op, self.slips[(e.name, s.holder)], words(op, e)),
            )
            for e, s in group
        })  # fmt: skip

    def _send(self, wanted: Mapping[str, tuple[str, Command]]) -> dict[str, Row]:
        """Each body's commands as one call, bodies side by side; results by the jobs' names."""
        by_body: dict[Seat, list[tuple[str, Command]]] = defaultdict(list)
        for name, (key, command) in wanted.items():
            by_body[(key, self.domains[name.split(" ")[0]])].append((name, command))

        def one(key: Seat) -> list[tuple[str, Row]]:
            names, commands = zip(*by_body[key], strict=True)
            found = list(zip(names, self.fed.desks[key].act(commands), strict=True))
            self.tick(len(found))
            return found

        return dict(pair for found in self.pool.map(one, by_body) for pair in found)

    def _await(self, group: list[Job], state: str, *, issuer: bool = False) -> None:
        by_body: dict[Seat, list[str]] = defaultdict(list)
        for errand, slip in group:
            key = slip.issuer if issuer else slip.holder
            by_body[(key, errand.domain)].append(self.slips[(errand.name, slip.holder)])
        role, desks = "issuer" if issuer else "assignee", self.fed.desks

        def one(key: Seat) -> None:
            name = self.fed.topology.bodies[key[0]].name
            await_state(desks[key], by_body[key], state, role, name)

        list(self.pool.map(one, by_body))

    def _recipients(self, lead: str, cohandlers: Iterable[str]) -> dict[str, Any]:
        return {"lead": self.fed.ids[lead], "cohandlers": [self.fed.ids[k] for k in cohandlers]}

    def _keep(self, results: Mapping[str, Row]) -> None:
        known = {node: key for key, node in self.fed.ids.items()}
        for name, result in results.items():
            for row in result["assignments"]:
                self.slips[(name, known[row["assignee"]])] = row["id"]


def advance(desk: Desk, seconds: float) -> datetime:
    """Move a host's business time; what it is then."""
    told = desk.call("PUT", "/api/v1/clock", {"advance_seconds": seconds})
    return datetime.fromisoformat(told["business"])


def later(fed: Federation, seconds: float) -> datetime:
    """Move every host's business time; what the last one's is then."""
    return [advance(fed.desk(key), seconds) for key in one_body_per_host(fed)][-1]


def commands_in(story: Iterable[Errand]) -> int:
    """How many commands it takes to play a story, all bodies together."""
    total = 0
    for errand in story:
        every, parts = len(errand.slips), len(errand.down)
        signed = 0 if errand.ending == "unsigned" else every - parts
        sizes = {"issue": 1 + signed, "deploy": every + 2 * parts}
        sizes |= {"report": every, "clear": 2 * every - 1}
        total += 1 + sum(sizes.get(step, 1) for step in errand.steps)
    return total


def jobs(errands: Iterable[Errand]) -> list[Job]:
    """Every assignment of these matters."""
    return [(errand, slip) for errand in errands for slip in errand.slips]


def tops(errands: Iterable[Errand]) -> list[Job]:
    """The assignments that the registrars gave out themselves."""
    return [job for job in jobs(errands) if job[1].depth == 0]


def is_lead(job: Job) -> bool:
    """Whether this is the matter's one lead assignment."""
    return job[1].lead and job[1].depth == 0


def upward(errands: list[Errand]) -> list[list[Job]]:
    """Groups that may act side by side: the deepest parts first, co-handlers, the leads last."""
    found: dict[tuple[int, bool], list[Job]] = defaultdict(list)
    for job in jobs(errands):
        found[(-job[1].depth, is_lead(job))].append(job)
    return [found[place] for place in sorted(found)]


def words(op: str, errand: Errand) -> dict[str, Any]:
    """What a body writes into the form of one operation."""
    done = [{"name": i["name"], "value": i["target"]} for i in errand.body["indicators"]]
    people = {k: errand.body[k] for k in ("responsible", "contact")}
    forms: dict[str, dict[str, Any]] = {
        "assignment.sign": {},
        "assignment.deploy": people
        | {"leader": errand.body["head"], "measures": "专班研究,逐项落实"},
        "assignment.report": {"text": "已现场核查,正在办理", "indicators": done},
        "assignment.clear": {"text": "办理完毕,申请办结", "indicators": done},
        "assignment.grant": {"mark": "good", "remark": "属实"},
        "assignment.return": {"reason": "佐证不全,补充后重报"},
    }
    return forms[op]
