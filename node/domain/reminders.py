"""The ladder of reminders (rule 15): which threshold of which clock is said to whom, and when.

Decides which rungs of a ladder an instant has reached, which of them one node says (its own unit's,
or its own office's), in which roles people hear it, and when messages may go out: in working hours,
with a digest at 08:30 before. What an office owes itself (a review, a triage) goes up its own house
and to nobody else. Of several that were reached only the latest is said, so that a host
that was away says one thing. Never asks what time it is, never knows an address. Follows
docs/spec/10-13710-events.md, "Calendars and policies" (`ladder`), and docs/notices.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from types import MappingProxyType
from typing import Final, Literal

from node.domain.calendar import Calendar, Rung
from node.domain.clocks import Clock, yellow_from
from node.domain.instants import SHANGHAI, later, moment, order, reached
from node.domain.record import AssignmentState

DIGEST: Final = time(8, 30)  # in Asia/Shanghai; messages go out from then on
EVENING: Final = time(18, 0)  # and no longer from then on
UNIT: Final = ("handler", "head")  # said at the assignee's node
OFFICE: Final = ("office", "screen")  # said at the issuer's node
OWED: Final = ("office", "head", "screen")  # said of what the node itself owes, at that node
# Whom a rung means where the office is the one who has to act.
IN_HOUSE: Final[Mapping[str, Literal["office", "head", "screen"]]] = MappingProxyType(
    {"handler": "office", "head": "head", "office": "screen", "screen": "screen"}
)
# To whom of a node a rung speaks: the first group of roles in which anybody has an account.
HEARS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
    {
        "handler": (("handler",), ("registrar", "supervisor"), ("head",), ("leader",)),
        "head": (("head",), ("leader",), ("supervisor",), ("handler", "registrar")),
        "office": (("registrar", "supervisor"), ("head",), ("leader",), ("handler",)),
        "screen": (("leader",), ("head",), ("supervisor",), ("registrar", "handler")),
        "redated": (("handler", "head"), ("registrar", "supervisor"), ("leader",)),
    }
)


@dataclass(frozen=True, slots=True)
class Reminder:
    """A threshold of a clock, reached at the instant `at`; `due`: its due version."""

    clock: str
    rung: Rung
    due: str
    at: str

    def key(self, assignment: str) -> str:
        """What makes it the same reminder: clock, threshold and due version."""
        step = f"{self.rung.after}+{self.rung.minutes}/{self.rung.to}"
        return f"{assignment}/{self.clock}/{step}/{self.due}"


def wakes_at(clocks: Iterable[Clock]) -> str | None:
    """The instant before which no rung of any running clock is reached; None: none runs."""
    return min((yellow_from(one) for one in clocks if one.runs), key=order, default=None)


def in_house(ladder: Sequence[Rung]) -> tuple[Rung, ...]:
    """The ladder of what the office itself owes: its people, its head, its leaders."""
    return tuple(replace(rung, to=IN_HOUSE[rung.to]) for rung in ladder)


def said_at(state: AssignmentState, node: str) -> tuple[str, ...]:
    """To whom (`to` of a rung) this node speaks about an assignment."""
    unit = UNIT if state.assignee == node else ()
    return (*unit, *OFFICE) if state.issuer == node else unit


def reminders(
    clocks: Iterable[Clock], ladder: Sequence[Rung], whom: Collection[str], now: str
) -> list[Reminder]:
    """Per running clock the latest threshold reached at `now`: one, or several of one instant."""
    found = list[Reminder]()
    for clock in clocks:
        come = [one for one in _thresholds(clock, ladder, whom) if reached(one.at, now)]
        last = max((order(one.at) for one in come), default="")
        found += [one for one in come if order(one.at) == last]
    return found


def next_threshold(
    clocks: Iterable[Clock], ladder: Sequence[Rung], whom: Collection[str], now: str
) -> str | None:
    """The first threshold after `now`; None when none is left."""
    every = (one for clock in clocks for one in _thresholds(clock, ladder, whom))
    return min((one.at for one in every if not reached(one.at, now)), key=order, default=None)


def _thresholds(clock: Clock, ladder: Sequence[Rung], whom: Collection[str]) -> Iterator[Reminder]:
    if not clock.runs:
        return
    for rung in ladder:
        if rung.to in whom:
            start = clock.due if rung.after == "due" else yellow_from(clock)
            at = later(start, timedelta(minutes=rung.minutes)) if rung.minutes else start
            yield Reminder(clock.kind, rung, clock.due, at)


def hearers(to: str, people: Mapping[str, Collection[str]]) -> list[str]:
    """Who hears it; `people`: the users by role. Empty where nobody has an account."""
    for roles in HEARS[to]:
        found = {user for role in roles for user in people.get(role, ())}
        if found:
            return sorted(found)
    return []


def may_send(now: str, calendar: Calendar) -> bool:
    """Whether messages go out at this instant: on a working day from 08:30 until 18:00."""
    local = moment(now).astimezone(SHANGHAI)
    return DIGEST <= local.time() < EVENING and calendar.is_workday(local.date())


def digest_day(now: str) -> date | None:
    """The date (Asia/Shanghai) whose digest is due at this instant; None before 08:30."""
    local = moment(now).astimezone(SHANGHAI)
    return local.date() if local.time() >= DIGEST else None
