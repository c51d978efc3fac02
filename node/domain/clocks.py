"""The clocks of an assignment: when each is due, what is in time, which light it shows.

Decides due instants (once, by the issuer), verdicts and lights. Never computes again what an issuer
has signed, never asks what time it is. Follows docs/spec/10-13710-events.md, "issued".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Final, Literal

import msgspec

from node.domain.calendar import WARN, Calendar, Policy, due_date, provisional
from node.domain.instants import end_of, later, local_date, order, reached

VerdictWord = Literal["on_time", "late"]
Light = Literal["green", "yellow", "red"]

_SEVERITY: Final = ("green", "yellow", "red")


class Clock(msgspec.Struct):
    """One clock of an assignment. Open: neither submitted nor ended by something else."""

    kind: str
    due: str  # exclusive
    stopped_at: str | None = None
    verdict: VerdictWord | None = None
    open: bool = True
    warn: int | None = None  # minutes of yellow, where the issuer's policy has others than rule 16
    provisional: bool = False  # whether `due` rests on dates that the calendar didn't cover


def due_instants(t0: str, grade: str, policy: Policy, calendar: Calendar) -> dict[str, str]:
    """The due instants of an assignment issued at `t0`: k1, k3, and k7 (general) or km.

    Each is the exclusive next 00:00 in Asia/Shanghai after the due date. ValueError when `t0`
    names no day.
    """
    start = local_date(t0)
    kinds = ("k1", "k3", "k7" if grade == "general" else "km")
    return {kind: end_of(due_date(kind, start, policy, calendar)) for kind in kinds}


def provisional_kinds(t0: str, grade: str, policy: Policy, calendar: Calendar) -> tuple[str, ...]:
    """Which of `due_instants` rest on dates that the calendar doesn't cover: it may change them."""
    start = local_date(t0)
    kinds = ("k1", "k3", "k7" if grade == "general" else "km")
    return tuple(
        kind
        for kind in kinds
        if provisional(start, due_date(kind, start, policy, calendar), policy, calendar)
    )


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


def yellow_from(clock: Clock) -> str:
    """The instant from which an open clock is yellow."""
    return _before(clock.due, WARN.get(clock.kind, 0) if clock.warn is None else clock.warn)


@lru_cache(maxsize=4096)  # due instants are midnights: the same few come again and again
def _before(due: str, minutes: int) -> str:
    return later(due, -timedelta(minutes=minutes))


def light(clock: Clock, now: str) -> Light | None:
    """The light of an open clock at `now`; None for one that no longer runs."""
    if not clock.open:
        return None
    if reached(clock.due, now):
        return "red"
    return "yellow" if reached(yellow_from(clock), now) else "green"


def worst(lights: Iterable[Light | None]) -> Light | None:
    """The gravest of several lights; None when there is none."""
    return max((one for one in lights if one), key=_SEVERITY.index, default=None)
