"""The demo's second chapter: whatever else can happen to a matter, scene by scene, as data.

Decides, before anything runs, who does what on which day of the story (``chapter.json``), in which
state every object of a scene must be at its end, and with which light; and the ledgers' totals. So
that at the end every state of both machines is held by something. Never talks to a node
(players.py).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.demo.story import Expected

SCENES = Path(__file__).parent / "chapter.json"
DOMAIN = "gov"
TAKES = ("matter.issue", "assignment.split", "assignment.add-cohandler", "assignment.reassign")
STARTS = ("matter.register", "draft.submit", "draft.start")  # what they are `on` is made by them


@dataclass(frozen=True)
class Line:
    """One command: on which day of the story, by which body, on which object of its scene.

    `say` holds `@key` for a body's node, `#name` for an object, `$n` for the date of day n. `role`:
    whose account, where it isn't the operation's usual one.
    """

    day: int
    by: str
    do: str
    on: str
    say: Mapping[str, Any]
    role: str

    def gives(self) -> Iterator[tuple[str, str]]:
        """The names of what it makes, each with the body that gets it (drafts, matters: "").

        A slip is called as its holder; those of a second matter bear that one's number.
        """
        number = re.sub(r"^\D*", "", self.on)
        if self.do in STARTS:
            yield self.on, ""
        elif self.do == "draft.approve":
            yield f"matter{number}", ""
        elif self.do in TAKES:
            units = [self.say.get("lead"), self.say.get("to"), *self.say.get("cohandlers", ())]
            for key in (str(unit).removeprefix("@") for unit in units if unit):
                yield f"{key}{number}", key


@dataclass(frozen=True)
class Scene:
    """What happens, in order; and how it ends: states by name, of slips with their light."""

    name: str
    about: str
    lines: tuple[Line, ...]
    drafts: Mapping[str, str]
    matters: Mapping[str, str]
    slips: Mapping[str, tuple[str, str | None]]

    @property
    def ends(self) -> Mapping[str, str]:
        """Every object's state at the end."""
        return {
            **self.drafts,
            **self.matters,
            **{name: one for name, (one, _) in self.slips.items()},
        }

    def on(self, day: int) -> list[Line]:
        """What happens on one day."""
        return [line for line in self.lines if line.day == day]


def scenes() -> list[Scene]:
    """All scenes."""
    told = json.loads(SCENES.read_text(encoding="utf-8"))
    return [_scene(row, told["forms"]) for row in told["scenes"]]


def ledgers() -> dict[str, dict[str, Any]]:
    """By board the totals that the finished run must show, some of them."""
    found: dict[str, dict[str, Any]] = json.loads(SCENES.read_text(encoding="utf-8"))["ledgers"]
    return found


def expected(told: Iterable[Scene], domain: str) -> Expected:
    """Totals by state, as story.expected."""
    mine = list(told) if domain == DOMAIN else []
    matters = Counter(state for scene in mine for state in scene.matters.values())
    tasks = Counter(state for scene in mine for state, _ in scene.slips.values())
    drafts = Counter(state for scene in mine for state in scene.drafts.values())
    return Expected(matters.total(), dict(matters), tasks.total(), dict(tasks), dict(drafts))


def _scene(row: Mapping[str, Any], forms: Mapping[str, Mapping[str, Any]]) -> Scene:
    slips = {name: (state, light) for name, (state, light) in row["slips"].items()}
    lines = tuple(_line(one, forms.get(one["do"], {})) for one in row["lines"])
    return Scene(row["id"], row["about"], lines, row["drafts"], row["matters"], slips)


def _line(row: Mapping[str, Any], form: Mapping[str, Any]) -> Line:
    say = {**form, **row.get("say", {})}
    return Line(row["day"], row["by"], row["do"], row["on"], say, row.get("role", ""))
