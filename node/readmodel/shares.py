"""What one assignment and one matter add to the sums of the units that have them, in words.

A share is a line of words, each counted once: `state@` of the object, `lit`, `yellow@` and `red@`
the instant from which its gravest open clock is so, `still` an open matter without an open clock,
and per stage (k1, k3, last) of what a unit is judged by: `on_time`, `late`, `ended`, `open`, and
`due@` an open clock's due instant. Where an assignment has several clocks of a stage, `more` and
`less` let assignments be counted as well as clocks. So a number at any moment is a sum over
instants up to it, and no row changes because time passes. Decides nothing of what
is late (node/domain/evaluation/counting.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from node.domain.evaluation.counting import NOT_HANDLED
from node.domain.picture import matter_state

STAGES: Final = ("k1", "k3", "last")
Held = tuple[str, str, bool, str, str | None, str | None]
"""of an assignment: kind, state, part, assignee, yellow, red"""


class Rolled(NamedTuple):
    """What a matter's assignments make of it."""

    state: str
    yellow: str | None
    red: str | None
    units: str
    share: str


def stage_of(stage: str) -> str:
    """The stage under which a clock's stage is shown."""
    return stage if stage in ("k1", "k3") else "last"


def lit_from(clocks: Iterable[Mapping[str, Any]]) -> tuple[str | None, str | None]:
    """From when open clocks are yellow at least, and from when red; None where none is open."""
    running = [one for one in clocks if one["open"]]
    if not running:
        return None, None
    red = min(one["due"] for one in running)
    return min(red, *(one["yellow"] for one in running)), red


def share_of_assignment(
    state: str, clocks: Sequence[Mapping[str, Any]], yellow: str | None, red: str | None
) -> str:
    """The share of an assignment."""
    words = [f"a.{state}"]
    if yellow is not None:
        words += ["a.lit", f"a.yellow@{yellow}", f"a.red@{red}"]
    dues: dict[str, list[str]] = {}
    fates = Counter[str]()
    for one in clocks:
        if one["stage"] in NOT_HANDLED or one["standing"] != "counts":
            continue
        stage = stage_of(one["stage"])
        if one["verdict"] is None and one["open"]:
            dues.setdefault(stage, []).append(one["due"])
            fates[f"{stage}.open"] += 1
        else:
            fates[f"{stage}.{one['verdict'] or 'ended'}"] += 1
    for fate, count in fates.items():
        words += [fate] * count + [f"{fate}.more"] * (count - 1)
    for stage, found in dues.items():
        found.sort()
        words += [f"{stage}.due@{at}" for at in found]
        words += [f"{stage}.due.more@{at}" for at in found[1:]]
        words += [f"{stage}.due.less@{at}" for at in found[:-1]]
    return " ".join(words)


def rolled(own: str, held: Iterable[Held]) -> Rolled:
    """What all its assignments that are held make of a matter whose own state is `own`.

    Only an open one has a light: what was cancelled may have assignments that haven't heard of it.
    """
    kinds, units = [], set[str]()
    yellows, reds = [], []
    for kind, state, part, assignee, yellow, red in held:
        kinds.append((kind, state, part))
        units.add(assignee)
        if yellow is not None and red is not None:
            yellows.append(yellow)
            reds.append(red)
    state = matter_state(own, kinds)
    yellow, red = min(yellows, default=None), min(reds, default=None)
    if state != "OPEN":
        yellow = red = None
    words = [f"m.{state}"]
    if yellow is not None:
        words += ["m.lit", f"m.yellow@{yellow}", f"m.red@{red}"]
    elif state == "OPEN":
        words.append("m.still")
    return Rolled(state, yellow, red, " ".join(sorted(units)), " ".join(words))
