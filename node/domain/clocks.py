"""The clocks of an assignment: when each is due, what is in time, which light it shows.

Decides due instants (once, by the issuer), verdicts and lights. Never computes again what an issuer
has signed, never asks what time it is. Follows docs/spec/10-13710-events.md, "issued".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Final, Literal

import msgspec

from node.domain.calendar import WARN, Calendar, Policy, due_date, provisional
from node.domain.instants import end_of, later, local_date, moment, order, reached

VerdictWord = Literal["on_time", "late"]
Light = Literal["green", "yellow", "red"]

REVIEW_DAYS: Final = 3  # working days from an application for clearance to the issuer's answer
ESCALATION: Final = timedelta(days=3)  # red for as long: shown at the superior (rule 15)
LAST: Final = ("k7", "km", "kp")  # the families of last clocks, the only ones that may pause
REVIEW: Final = Policy("review/1", counts="working", days={"ka": REVIEW_DAYS})
_SEVERITY: Final = ("green", "yellow", "red")


class Clock(msgspec.Struct, omit_defaults=True):
    """One clock of an assignment. Open: neither submitted nor ended by something else.

    `first` and `first_verdict`: by the due instant as first promised, once an extension moved it.
    """

    kind: str  # k1 k3 k7 km, kp1 … of a plan; `.2` and so on: of a later round
    due: str  # exclusive
    stopped_at: str | None = None  # as the stopping event states it
    verdict: VerdictWord | None = None
    open: bool = True
    ruled: str | None = None  # when it was submitted as ruled, whatever the event states
    first: str | None = None
    first_verdict: VerdictWord | None = None
    paused: str | None = None  # since when it stands still
    name: str = ""  # of a milestone
    warn: int | None = None  # minutes of yellow, where the issuer's policy has others than rule 16
    provisional: bool = False  # whether `due` rests on dates that the calendar didn't cover

    @property
    def family(self) -> str:
        """k1, k3, k7, km or kp."""
        return self.kind[:2]

    @property
    def runs(self) -> bool:
        """Whether it is open and not paused."""
        return self.open and self.paused is None


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
    last = last_due(running)
    caps = {kind: [*last, *([running[kind]] if kind in running else [])] for kind in own}
    return {kind: min([due, *caps[kind]], key=order) for kind, due in own.items()}


def last_due(running: Mapping[str, str]) -> list[str]:
    """The due instant that caps all others: the latest of the last clocks that run; or none."""
    found = [due for kind, due in running.items() if kind[:2] in LAST]
    return [max(found, key=order)] if found else []


def review_due(applied_at: str, calendar: Calendar, days: int = REVIEW_DAYS) -> str:
    """When the issuer's answer to an application is due, exclusive: so many working days."""
    policy = replace(REVIEW, days={"ka": days})
    day = due_date("ka", local_date(applied_at), policy, calendar)
    return end_of(day)


def resumed_due(due: str, applied_at: str, returned_at: str) -> str:
    """The due instant after a return: the review's whole days are given back."""
    review = local_date(returned_at) - local_date(applied_at)
    return later(due, max(review, timedelta(0)))


def submit(clock: Clock, at: str) -> None:
    """Stop an open clock; late if and only if `at` is not before its due instant."""
    clock.stopped_at = at
    clock.open = False
    judge(clock)


def judge(clock: Clock) -> None:
    """State the verdicts of a submitted clock: as it was due, and as first promised."""
    at = clock.ruled or clock.stopped_at
    if at is None:
        return
    clock.verdict = "late" if reached(clock.due, at) else "on_time"
    if clock.first is not None:
        clock.first_verdict = "late" if reached(clock.first, at) else "on_time"


def rule(clock: Clock, submitted: str) -> None:
    """Judge a submitted clock by the instant that a ruling gives."""
    clock.ruled = submitted
    judge(clock)


def extend(clock: Clock, due: str) -> None:
    """Give a clock a new due instant; the first one is kept beside."""
    clock.first = clock.first or clock.due
    clock.due = due
    judge(clock)


def shift(clock: Clock, due: str) -> None:
    """Move a clock's due instant, and by as much the one that was first promised."""
    if clock.first is not None:
        clock.first = later(clock.first, moment(due) - moment(clock.due))
    clock.due = due


def restart(clock: Clock, due: str) -> None:
    """Let a stopped or paused clock run on, to a new due instant; its verdict is open again."""
    shift(clock, due)
    clock.stopped_at = clock.verdict = clock.first_verdict = clock.ruled = clock.paused = None
    clock.open = True


def yellow_from(clock: Clock) -> str:
    """The instant from which an open clock is yellow."""
    return _before(clock.due, WARN[clock.family] if clock.warn is None else clock.warn)


@lru_cache(maxsize=4096)  # due instants are midnights: the same few come again and again
def _before(due: str, minutes: int) -> str:
    return later(due, -timedelta(minutes=minutes))


def light(clock: Clock, now: str) -> Light | None:
    """The light of an open clock at `now`; None for one that no longer runs."""
    if not clock.runs:
        return None
    if reached(clock.due, now):
        return "red"
    return "yellow" if reached(yellow_from(clock), now) else "green"


def escalated(due: str, now: str) -> bool:
    """Whether a running clock has been red for so long that it is shown at the superior (提级)."""
    return reached(later(due, ESCALATION), now)


def worst(lights: Iterable[Light | None]) -> Light | None:
    """The gravest of several lights; None when there is none."""
    return max((one for one in lights if one), key=_SEVERITY.index, default=None)
