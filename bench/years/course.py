"""The course of one matter: who does what on which working day, from registration to strike-off.

Pure: dice and days are handed in. Decides steps and nothing of their words (words.py). What another
node must have heard of is at least a working day old: a day's events are exchanged in its evening.
What lies past the last day is left out, and with it all that would build upon it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, Final, NamedTuple

import msgspec

from bench.years import figures
from node.domain.calendar import next_month

# what may be done, in the order of a day's sittings: act -> role. In the morning supervisors rule,
# then leaders; in the afternoon heads act on what they hold.
ACTS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("register", "issue", "return", "uphold", "reassign", "hang", "extended", "not-extended",
         "pause", "resume", "grant", "reopen", "urge", "cancel", "merge", "strike"),
        "supervisor",
    ),
    **dict.fromkeys(("extended-by-leader", "not-extended-by-leader"), "leader"),
    **dict.fromkeys(
        ("sign", "refuse", "deploy", "split", "report", "extend", "plan", "ask-pause", "clear"),
        "head",
    ),
}  # fmt: skip
STAGE_3: Final = timedelta(3)
AWAITED: Final = frozenset(
    ("split", "clear", "return", "refuse", "uphold", "extend", "extended", "not-extended",
     "extended-by-leader", "not-extended-by-leader", "plan", "hang", "ask-pause", "pause", "resume",
     "reopen")
)  # fmt: skip
"""beside issuing: what somebody waits for, who is to begin, to answer or to go on"""
RANK: Final = {act: number for number, act in enumerate(ACTS)}


class Step(NamedTuple):
    """One command: on which working day (from 0), at which node, on what; `said`: its content.

    Of an assignment, `unit` is its assignee; of a matter empty.
    """

    day: int
    node: str
    act: str
    no: str
    unit: str
    said: Any = None


class Matter(msgspec.Struct):
    """What is decided of a matter before its course. Bodies are keys of the tree.

    `chain`: to whom the lead hands a part, and that one again. `fate`: clear, or why not.
    """

    index: int
    day: int
    registrar: str
    board: str
    grade: str
    lead: str
    chain: tuple[str, ...] = ()
    cohandler: str = ""
    other: str = ""
    """whom a lead proposes that asks to be relieved"""
    fate: str = "clear"
    no: str = ""
    place: str = ""
    problem: int = -1
    """of the railway's: its number"""
    into: str = ""
    """merged: the number of the matter that it goes on as"""

    @property
    def simple(self) -> bool:
        """Whether one unit alone has it."""
        return not self.chain and not self.cohandler


def pick(dice: Random, shares: Mapping[Any, float]) -> Any:
    """One of the keys, by their shares."""
    left = dice.random() * sum(shares.values())
    for one, weight in shares.items():
        left -= weight
        if left < 0:
            return one
    return one


class Course:
    """Lays the steps of one matter. `days`: the span's working days."""

    def __init__(self, matter: Matter, days: Sequence[date], dice: Random) -> None:
        self.matter, self.days, self.dice = matter, days, dice
        self.steps = list[Step]()
        self.cleared = len(days)
        """the day on which the lead's clearance is granted; past the last one: not any more"""
        self.ended = len(days)
        """the day from which nothing more may be done with it"""
        self.issued = matter.day
        self._lay()
        last = len(days)
        self.steps = sorted(
            (one for one in self.steps if one.day < last), key=lambda one: (one.day, RANK[one.act])
        )

    def _add(self, day: int, node: str, act: str, unit: str = "", said: Any = None) -> None:
        self.steps.append(Step(day, node, act, self.matter.no, unit, said))

    def _lay(self) -> None:
        one, dice = self.matter, self.dice
        start = one.day
        self._add(start, one.registrar, "register", said=one)
        if dice.random() < 0.1 and one.problem < 0:
            start += 1  # issued on the next working day
        self.issued = start
        units = (one.lead, one.cohandler) if one.cohandler else (one.lead,)
        self._add(start, one.registrar, "issue", said=units)
        if one.fate in ("cancel", "merge"):
            self._cut_short(start)
        elif one.fate == "unsigned":
            pass
        elif one.simple:
            self._alone(start)
        else:
            self._shared(start)

    def _cut_short(self, start: int) -> None:
        """Signed and deployed, then taken off the books by its registrar."""
        one = self.matter
        taken = self._take(one.lead, start)
        self.ended = taken + self.dice.randint(1, 9)
        said = one.into if one.fate == "merge" else None
        self._add(self.ended, one.registrar, one.fate, said=said)

    def _take(self, unit: str, start: int) -> int:
        """Sign and deploy; the day of the deployment."""
        signed = start + pick(self.dice, figures.SIGN_DAYS)
        self._add(signed, unit, "sign", unit)
        deployed = signed + (self.dice.random() < figures.DEPLOYED_LATER)
        self._add(deployed, unit, "deploy", unit)
        return deployed

    def _report(self, unit: str, start: int, deployed: int, done: int = 0) -> int:
        """The first report, mostly in time: with the application where that is (`done`)."""
        first = self.days[min(start, len(self.days) - 1)]
        last = self._upto(first + STAGE_3)
        day = max(deployed, start + 1, min(last, start + 2))
        late = pick(self.dice, figures.REPORT_LATE)
        if late:
            day = max(day, last + late)
        elif done <= last:
            day = max(day, done)
        self._add(day, unit, "report", unit, self._values(0))
        return day

    def _values(self, stage: int) -> tuple[str, int, int] | None:
        """What a lead's report says in its board's ledger: board, the matter, how far it is."""
        one = self.matter
        kept = ("investment", "key-project", "technical-upgrade")
        return (one.board, one.index, stage) if one.board in kept else None

    def _work(self) -> int:
        general = self.matter.grade == "general"
        found: int = pick(self.dice, figures.GENERAL_DAYS if general else figures.MAJOR_DAYS)
        return found

    def due(self) -> date:
        """When it is due by the ordinary policy: giving it to another moves nothing."""
        day = self.days[min(self.issued, len(self.days) - 1)]
        return day + timedelta(7) if self.matter.grade == "general" else next_month(day)

    # one unit alone

    def _alone(self, start: int) -> None:
        unit, start = self._relieved(start)
        if not unit:
            return
        if self.matter.fate == "signed":
            self._add(start + 1, unit, "sign", unit)
            return
        deployed = self._take(unit, start)
        work = max(deployed, start + self._work())
        reported = self._report(unit, start, deployed, work)
        if self.matter.fate == "doing":
            self._urge(unit)
            return
        done = self._detour(unit, start, deployed, max(reported, work))
        if done >= 0:
            self._clear(unit, done)

    def _relieved(self, start: int) -> tuple[str, int]:
        """Who has it in the end, and since when: perhaps not the first who was given it."""
        one, dice = self.matter, self.dice
        asks = one.other and one.problem < 0 and dice.random() < figures.REFUSED
        if not asks or one.fate != "clear" or start + 2 >= len(self.days):
            return one.lead, start
        if self.days[start + 1] - self.days[start] != timedelta(1):
            return one.lead, start  # stage 1 ends before the next working day
        self._add(start + 1, one.lead, "refuse", one.lead, one.other)
        if dice.random() < 0.7:
            self._add(start + 2, one.registrar, "reassign", one.lead, one.other)
            return one.other, start + 2
        self._add(start + 2, one.registrar, "uphold", one.lead)
        self._add(start + 3, one.lead, "deploy", one.lead)
        self._add(start + 3, one.lead, "report", one.lead, self._values(0))
        self._clear(one.lead, start + 3 + self._work())
        return "", start

    def _detour(self, unit: str, start: int, deployed: int, done: int) -> int:
        """An extension, a plan or a pause on the way; the day of the application, -1 for none."""
        fate, lot = self.matter.fate, self.dice.random()
        if self.matter.problem >= 0:
            return done  # of a campaign nothing is due after its end
        if fate == "hung" or (fate == "clear" and lot < figures.PLANNED):
            return self._planned(unit, deployed)
        lot -= figures.PLANNED
        if fate == "paused" or (fate == "clear" and 0 <= lot < figures.PAUSED):
            return self._paused(unit, deployed, done)
        lot -= figures.PAUSED
        if fate == "clear" and 0 <= lot < figures.EXTENDED:
            return self._extended(unit, start, deployed, done)
        return done

    def _planned(self, unit: str, deployed: int) -> int:
        """A plan takes the last clock's place; each milestone is reported."""
        one, dice = self.matter, self.dice
        asked = deployed + dice.randint(1, 3)
        hung = asked + dice.randint(1, 2)
        if asked >= len(self.days):
            return -1
        dates = list[date]()
        day = self.days[asked]
        for _ in range(dice.randint(1, 3)):
            day += timedelta(dice.randint(35, 90))
            dates.append(day)
        if one.fate == "hung":  # the last milestone lies in the year to come
            dates[-1] = max(dates[-1], self.days[-1] + timedelta(dice.randint(20, 150)))
        self._add(asked, unit, "plan", unit, tuple(each.isoformat() for each in dates))
        self._add(hung, one.registrar, "hang", unit)
        reached = hung
        for number, due in enumerate(dates, 1):
            if due > self.days[-1]:
                return -1
            late = 5 if dice.random() < 0.15 else 0
            reached = max(reached + 1, self._upto(due) + late)
            if number < len(dates) or one.fate == "hung":
                self._add(reached, unit, "report", unit, number)
        return reached  # the application says that the last milestone is reached

    def _upto(self, day: date) -> int:
        """The last working day that is not after a date."""
        return max(0, bisect_right(self.days, day) - 1)

    def _paused(self, unit: str, deployed: int, done: int) -> int:
        one, dice = self.matter, self.dice
        asked = deployed + 1
        self._add(asked, unit, "ask-pause", unit)
        self._add(asked + 1, one.registrar, "pause")
        if one.fate == "paused":
            return -1
        resumed = asked + 1 + dice.randint(8, 60)
        self._add(resumed, one.registrar, "resume")
        return max(done, resumed + dice.randint(1, 6))

    def _extended(self, unit: str, start: int, deployed: int, done: int) -> int:
        """Asked for in time, answered by the registrar: of a major matter by a leader."""
        one, dice = self.matter, self.dice
        general = one.grade == "general"
        asked = max(deployed, start + (3 if general else 12))
        if asked + 1 >= len(self.days) or self.days[asked] > self.due():
            return done
        until = self.due() + timedelta(dice.randint(3, 7) if general else 20)
        self._add(asked, unit, "extend", unit, until.isoformat())
        answer = "extended" if dice.random() < 0.8 else "not-extended"
        by = "" if general else "-by-leader"
        self._add(asked + 1, one.registrar, answer + by, unit)
        more = dice.randint(2, 5) if answer == "extended" else 0
        return max(done + more, asked + 2)

    def _urge(self, unit: str) -> None:
        day = self._upto(self.due()) + 2
        if self.days[-1] > self.due():
            self._add(day, self.matter.registrar, "urge", unit)

    # several units

    def _shared(self, start: int) -> None:
        """With parts handed down, or beside a co-handler: the lead applies last."""
        one = self.matter
        beside = 0
        if one.cohandler:
            deployed = self._take(one.cohandler, start)
            reported = self._report(one.cohandler, start, deployed)
            beside = self._ruled(one.cohandler, one.registrar, reported + 1)
        deployed = self._take(one.lead, start)
        reported = self._report(one.lead, start, deployed)
        parts = self._handed(one.lead, one.chain, deployed)
        if one.fate == "doing":
            self._urge(one.lead)
            return
        self._clear(one.lead, max(reported, parts, beside, start + self._work()))

    def _handed(self, issuer: str, chain: Sequence[str], start: int) -> int:
        """A part is handed down and cleared again; the day of that, 0 for none."""
        if not chain:
            return 0
        unit = chain[0]
        self._add(start, issuer, "split", unit)
        deployed = self._take(unit, start)
        reported = self._report(unit, start, deployed)
        below = self._handed(unit, chain[1:], deployed)
        return self._ruled(unit, issuer, max(reported, below))

    def _ruled(self, unit: str, issuer: str, applied: int) -> int:
        """Apply and be granted; the day of that."""
        self._add(applied, unit, "clear", unit)
        granted = applied + (1 if self.dice.random() < 0.8 else 2)
        self._add(granted, issuer, "grant", unit, self._mark())
        return granted

    def _mark(self) -> str:
        found: str = pick(self.dice, {"excellent": 0.25, "good": 0.5, "pass": 0.25})
        return found

    # the end

    def _clear(self, unit: str, applied: int) -> None:
        one, dice = self.matter, self.dice
        late = self._upto(self.due()) + 1
        if one.problem < 0 and late < applied and dice.random() < figures.URGED:
            self._add(late, one.registrar, "urge", unit)
        self._add(applied, unit, "clear", unit)
        ruled = applied + pick(dice, figures.REVIEW_DAYS)
        returned = one.fate == "returned" or dice.random() < figures.RETURNED
        if returned:
            self._add(ruled, one.registrar, "return", unit)
            if one.fate == "returned":
                return
            again = ruled + dice.randint(1, 4)
            self._add(again, unit, "report", unit, self._values(1))
            self._add(again, unit, "clear", unit)
            ruled = again + pick(dice, figures.REVIEW_DAYS)
        self._add(ruled, one.registrar, "grant", unit, self._mark())
        self._end(unit, ruled)

    def _end(self, unit: str, granted: int) -> None:
        one, dice = self.matter, self.dice
        if one.problem < 0 and dice.random() < figures.REOPENED:
            self._add(granted + 2, one.registrar, "reopen", unit)
            self._add(granted + 4, unit, "report", unit, self._values(1))
            self._add(granted + 5, unit, "clear", unit)
            granted += 6
            self._add(granted, one.registrar, "grant", unit, self._mark())
        self.cleared = granted
        self.ended = granted + pick(dice, figures.STRIKE_DAYS)
        self._add(self.ended, one.registrar, "strike")


# what the steps leave behind

AFTER: Final[Mapping[str, str]] = {
    "sign": "SIGNED", "refuse": "RETURNED", "uphold": "SIGNED", "deploy": "DOING", "hang": "HUNG",
    "clear": "CLOSE_REQ", "return": "DOING", "grant": "CLOSED", "reopen": "DOING",
    "split": "ISSUED",
}  # fmt: skip
OWN: Final[Mapping[str, str]] = {
    "register": "APPROVED", "cancel": "CANCELLED", "merge": "MERGED", "strike": "STRUCK",
}  # fmt: skip
ALL: Final[Mapping[str, str]] = {
    "pause": "SUSPENDED", "resume": "DOING", "cancel": "CANCELLED", "merge": "CANCELLED",
}  # fmt: skip
GONE: Final = frozenset(("CLOSED", "CANCELLED", "RELIEVED"))


def states(steps: Iterable[Step], lead: str) -> tuple[str, dict[str, str]]:
    """The matter's state after these steps, and that of each unit's assignment."""
    own, units = "", dict[str, str]()
    for _, _, act, _, unit, said in steps:
        own = OWN.get(act, own)
        if act in AFTER:
            units[unit] = AFTER[act]
        elif act == "issue":
            units |= dict.fromkeys(said, "ISSUED")
        elif act == "reassign":
            units[unit], units[said], lead = "RELIEVED", "ISSUED", said
        elif act in ALL:
            units |= {one: ALL[act] for one, was in units.items() if was not in GONE}
    if own == "APPROVED" and units:
        closed = units[lead] == "CLOSED" and all(one in GONE for one in units.values())
        own = "CLOSED" if closed else "OPEN"
    return own, units
