"""Playing the second chapter: each scene's commands in order, scenes side by side, by day.

Decides when a command may be given: when the body's own books say that this account may give it now
(`allowed`), so that a command waits for what must have reached the body before. Never writes a row
otherwise than through the REST API.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from deploy.demo.chapter import DOMAIN, STARTS, Line, Scene
from deploy.demo.client import OPERATIONS, PUBLIC, Command, RefusedError, Row, await_true
from deploy.demo.found import Federation

SHANGHAI = ZoneInfo("Asia/Shanghai")
SIDE_BY_SIDE = 6
Tick = Callable[[int], None]


class Cast:
    """What the players know while they play: the ids that came back, by scene and name."""

    def __init__(self, fed: Federation, scenes: Sequence[Scene], clock: str, tick: Tick):
        self.fed, self.scenes, self.tick = fed, scenes, tick
        self.first = datetime.fromisoformat(clock).astimezone(SHANGHAI).date()
        self.ids: dict[str, dict[str, str]] = {scene.name: {} for scene in scenes}
        self.tickets: dict[str, Row] = {}  # by a draft's id: number and code
        self.pool = ThreadPoolExecutor(SIDE_BY_SIDE)  # kept: each of its threads has connections

    def play(self, day: int) -> None:
        """One day of every scene."""
        list(self.pool.map(lambda scene: self._play(scene, day), self.scenes))

    def _play(self, scene: Scene, day: int) -> None:
        for line in scene.on(day):
            self._do(scene, line)
            self.tick(1)

    def _do(self, scene: Scene, line: Line) -> None:
        desk, ids = self.fed.desk(line.by, DOMAIN), self.ids[scene.name]
        role = line.role or OPERATIONS[line.do][1]
        say = self.said(line.say, ids)
        if line.do == "assignment.clear":
            say["indicators"] = _reached(scene, line)
        if role == PUBLIC:
            say |= self.tickets[ids[line.on]]
        elif line.do not in STARTS:
            self._await(line, ids[line.on], role)
        (done,) = desk.act([Command(line.do, ids.get(line.on, ""), say)], role)
        self._keep(line, done, ids)

    def _await(self, line: Line, id: str, role: str) -> None:
        kind, word = id.split(":")[0], line.do.split(".")[1]
        desk = self.fed.desk(line.by, DOMAIN)

        def may() -> bool:
            try:
                return word in desk.call("GET", f"/api/v1/{kind}s/{id}", role=role)["allowed"]
            except RefusedError as refused:
                if refused.status == 404:  # it is on its way
                    return False
                raise

        await_true(may, f"{line.do} on {line.on} at {line.by} on day {line.day}", 60.0, 0.1)

    def _keep(self, line: Line, done: Row, ids: dict[str, str]) -> None:
        made = {self.fed.key(row["assignee"]): row["id"] for row in done.get("assignments", ())}
        if line.do == "draft.submit":
            self.tickets[done["id"]] = {"number": done["receipt"], "code": done["code"]}
        for name, holder in line.gives():
            if holder:
                ids[name] = made[holder] if made else done["to"]
            else:
                ids[name] = done["matter"] if line.do == "draft.approve" else done["id"]

    def said(self, words: Any, ids: Mapping[str, str]) -> Any:
        """What a line says, with nodes, objects and dates in the place of their names."""
        if isinstance(words, Mapping):
            return {name: self.said(one, ids) for name, one in words.items()}
        if isinstance(words, list):
            return [self.said(one, ids) for one in words]
        if not isinstance(words, str) or words[:1] not in ("@", "#", "$"):
            return words
        if words[0] == "$":
            return str(self.first + timedelta(int(words[1:])))
        return self.fed.ids[words[1:]] if words[0] == "@" else ids[words[1:]]


def _reached(scene: Scene, line: Line) -> list[dict[str, str]]:
    """Every indicator of the scene's matter, at its target."""
    asked = [one.say["indicators"] for one in scene.lines if "indicators" in one.say]
    return [{"name": one["name"], "value": one["target"]} for one in asked[0]]


def commands_in(scenes: Iterable[Scene]) -> int:
    """How many commands it takes to play them."""
    return sum(len(scene.lines) for scene in scenes)


def differing(cast: Cast, rows: Mapping[str, Sequence[Row]]) -> list[str]:
    """Where an object of a scene ended in another state, or with another light, than stated."""
    shown = {row["id"]: row for found in rows.values() for row in found}
    faults = []
    for scene in cast.scenes:
        ids = cast.ids[scene.name]
        for name, state in scene.ends.items():
            row = shown.get(ids[name], {})
            light = scene.slips[name][1] if name in scene.slips else row.get("light")
            found = (row.get("state"), row.get("light"))
            if found != (state, light):
                faults.append(f"{scene.name} {name}: expected {(state, light)}, found {found}")
    return faults
