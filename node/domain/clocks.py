"""The clocks of an assignment: when each is due, what is in time, which light it shows.

Decides due instants (once, by the issuer), verdicts and lights. Never computes again what an issuer
has signed, never asks what time it is. Follows docs/spec/10-13710-events.md, "issued".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final, Literal

import msgspec

from node.domain.calendar import Calendar, Policy, due_date
from node.domain.instants import end_of, later, local_date, order, reached

VerdictWord = Literal["on_time", "late"]
Light = Literal["green", "yellow", "red"]

# Rule 16: how long before its due instant a clock turns yellow.
WARNING: Final[Mapping[str, timedelta]] = {
    "k1": timedelta(hours=12),
    "k3": timedelta(days=1),
    "k7": timedelta(days=2),
    "km": timedelta(days=7),
}
_SEVERITY: Final = ("green", "yellow", "red")


class Clock(msgspec.Struct):
    """One clock of an assignment. Open: neither submitted nor ended by something else."""

    kind: str
    due: str  # exclusive
    stopped_at: str | None = None
    verdict: VerdictWord | None = None
    open: bool = True


def due_instants(t0: str, grade: str, policy: Policy, calendar: Calendar) -> dict[str, str]:
    """The due instants of an assignment issued at `t0`: k1, k3, and k7 (general) or km.

    Each is the exclusive next 00:00 in Asia/Shanghai after the due date. ValueError when `t0`
    names no day.
    """
    start = local_date(t0)
    kinds = ("k1", "k3", "k7" if grade == "general" else "km")
    return {kind: end_of(due_date(kind, start, policy, calendar)) for kind in kinds}


def part_due(own: Mapping[str, str], parent: Iterable[Clock]) -> dict[str, str]:
    """The due instants of a part: `own`, capped by what is still due of its whole.

    A stage that the whole has submitted caps nothing; its last clock caps all. A whole that is
    past due gives its part its own due instant: the part is born red.
    """
    running = {clock.kind: clock.due for clock in parent if clock.open}
    last = [due for kind, due in running.items() if kind in ("k7", "km")]
    caps = {kind: [*last, *([running[kind]] if kind in running else [])] for kind in own}
    return {kind: min([due, *caps[kind]], key=order) for kind, due in own.items()}


def resumed_due(due: str, applied_at: str, returned_at: str) -> str:
    """The due instant after a return: the review's whole days are given back."""
    review = local_date(returned_at) - local_date(applied_at)
    return later(due, max(review, timedelta(0)))


def submit(clock: Clock, at: str) -> None:
    """Stop an open clock; late if and only if `at` is not before its due instant."""
    clock.stopped_at = at
    clock.verdict = "late" if reached(clock.due, at) else "on_time"
    clock.open = False


def restart(clock: Clock, due: str) -> None:
    """Let a stopped clock run on, to a new due instant; its verdict is open again."""
    clock.due = due
    clock.stopped_at = clock.verdict = None
    clock.open = True


def horizons(now: str) -> dict[str, str]:
    """Per kind the instant up to which a due instant is yellow at `now` (for use in queries)."""
    return {kind: later(now, span) for kind, span in WARNING.items()}


def light(clock: Clock, now: str) -> Light | None:
    """The light of an open clock at `now`; None for one that no longer runs."""
    if not clock.open:
        return None
    if reached(clock.due, now):
        return "red"
    return "yellow" if reached(clock.due, later(now, WARNING[clock.kind])) else "green"


def worst(lights: Iterable[Light | None]) -> Light | None:
    """The gravest of several lights; None when there is none."""
    return max((one for one in lights if one), key=_SEVERITY.index, default=None)
