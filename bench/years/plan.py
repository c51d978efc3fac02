"""The plan: every matter of the span with its course, a pure function of seed, tree and calendar.

Decides who registers what and to whom it goes, and which matters stay uncleared, so that the totals
are exact. Totals by board and state are known before anything is played. Never decides the steps of
one matter (course.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from random import Random
from typing import Any, Final

import msgspec

from bench.years import figures
from bench.years.course import AWAITED, RANK, Course, Matter, Step, pick, states
from bench.years.days import volumes, working
from bench.years.figures import Span
from bench.years.tree import Tree
from deploy.sample.railway import problems, share
from node.domain.calendar import Calendar

APART: Final = ("CANCELLED", "MERGED")
CLEARED: Final = ("CLOSED", "STRUCK")
Row = Mapping[str, Any]


class Totals(msgspec.Struct, frozen=True):
    """What must come out, stated beforehand."""

    boards: Mapping[str, Mapping[str, int]]
    """matters by board and state"""
    assignments: Mapping[str, int]
    """by state"""
    campaign: int
    steps: int

    @property
    def matters(self) -> int:
        """All that are registered."""
        return sum(sum(states.values()) for states in self.boards.values())

    def count(self, *names: str) -> int:
        """Matters in one of these states."""
        return sum(found.get(one, 0) for found in self.boards.values() for one in names)

    @property
    def rate(self) -> float:
        """Cleared of those registered and neither cancelled nor merged, to four digits."""
        return round(self.count(*CLEARED) / max(1, self.matters - self.count(*APART)), 4)


class Plan:
    """All steps by working day and host."""

    def __init__(self, span: Span, tree: Tree, calendar: Calendar) -> None:
        self.span, self.tree = span, tree
        self.days = working(span, calendar)
        self.matters = list(Drawn(span, tree, self.days).matters())
        self._numbered = {one.no: one for one in self.matters}
        courses = _fated(self.matters, self.days, span.seed)
        self._by_day = defaultdict[tuple[int, str], list[Step]](list)
        boards, found, steps = defaultdict[str, Counter[str]](Counter), Counter[str](), 0
        for matter, course in zip(self.matters, courses, strict=True):
            own, units = states(course.steps, matter.lead)
            boards[matter.board][own] += 1
            found.update(units.values())
            steps += len(course.steps)
            for step in course.steps:
                self._by_day[step.day, tree.host[step.node]].append(step)
        campaign = sum(one.problem >= 0 for one in self.matters)
        counted = {board: dict(sorted(each.items())) for board, each in sorted(boards.items())}
        self.totals = Totals(counted, dict(sorted(found.items())), campaign, steps)

    def of(self, day: int, host: str) -> list[Step]:
        """What is to be done on a day at the nodes of a host: by node, in a day's order."""
        found = self._by_day.get((day, host), [])
        return sorted(found, key=lambda one: (one.node, RANK[one.act]))

    def called(self, day: int) -> frozenset[str] | None:
        """Whose link upwards is called on a day, by the node below: where somebody waits.

        For what is to be begun, answered or ruled on, that is; what is only for the record goes
        with it, or on the week's last working day, when every link with traffic is called: None.
        """
        after = self.days[day + 1] if day + 1 < len(self.days) else date.max
        if after.isocalendar()[:2] != self.days[day].isocalendar()[:2]:
            return None
        found = set[str]()
        for host in set(self.tree.host.values()):
            for step in self._by_day.get((day, host), ()):
                matter = self._numbered[step.no]
                for unit in _awaited(step, matter):
                    found.update(self._links_to(unit, matter))
        return frozenset(found)

    def _links_to(self, unit: str, matter: Matter) -> Iterator[str]:
        """From a unit up to who gave it: a part's is the body above it."""
        yield unit
        above = self.tree.above[unit]
        while unit not in matter.chain and above != matter.registrar:
            yield above
            above = self.tree.above[above]

    @property
    def weeks(self) -> int:
        """In how many calendar weeks something is done."""
        return len({self.days[day].isocalendar()[:2] for day, _ in self._by_day})

    @property
    def links(self) -> int:
        """How many nodes take part: each has one link upwards, but the root."""
        return len({step.node for steps in self._by_day.values() for step in steps}) - 1


def _awaited(step: Step, matter: Matter) -> tuple[str, ...]:
    """The units whose link carries what somebody waits for when a step is done."""
    if step.act == "issue":
        given: tuple[str, ...] = step.said
        return given
    if step.act == "reassign":
        return (step.said,)
    if step.act not in AWAITED:
        return ()
    # of a matter: whoever has it by now
    return (step.unit,) if step.unit else tuple(filter(None, (matter.lead, matter.other)))


class Drawn:
    """Draws what each matter is, before its course."""

    def __init__(self, span: Span, tree: Tree, days: Sequence[date]) -> None:
        self.span, self.tree, self.days = span, tree, days
        self.dice = Random(f"{span.seed} who")
        self._counties = tree.counties
        self._turn = Counter[tuple[str, str]]()
        self._numbers = Counter[tuple[str, int]]()

    def matters(self) -> Iterator[Matter]:
        """All of them, numbered, in the order of their registration."""
        railway = self._railway()
        boards = self._boards(self.span.matters - len(railway))
        counts = volumes(self.span, self.days, figures.CAMPAIGN[0], len(railway))
        index = 0
        for day, count in enumerate(counts):
            for row in railway if railway and day == self._start() else ():
                yield self._numbered(self._problem(index, day, row))
                index += 1
            for _ in range(count):
                yield self._numbered(self._drawn(index, day, boards.pop()))
                index += 1

    def _numbered(self, matter: Matter) -> Matter:
        year = self.days[matter.day].year
        self._numbers[matter.registrar, year] += 1
        count = self._numbers[matter.registrar, year]
        matter.no = f"{self.tree.letters(matter.registrar)}〔{year}〕{count}号"
        return matter

    def _boards(self, others: int) -> list[str]:
        """The boards of so many matters, shuffled: counts are exact."""
        invested = min(others, self.span.scaled(figures.INVESTMENT))
        parts = share(others - invested, list(figures.BOARDS.values()))
        found = ["investment"] * invested
        for board, count in zip(figures.BOARDS, parts, strict=True):
            found += [board] * count
        self.dice.shuffle(found)
        return found

    def _start(self) -> int:
        """The working day on which the railway's problems are issued."""
        return next((n for n, day in enumerate(self.days) if day >= figures.CAMPAIGN[0]), 0)

    def _railway(self) -> list[Row]:
        """The campaign's problems, as many as fall to the span; none where it lies outside."""
        if not self.span.first <= figures.CAMPAIGN[0] <= self.span.last:
            return []
        rows = problems(self.span.seed)
        step = len(rows) / max(1, self.span.scaled(figures.RAILWAY))
        return [rows[int(at * step)] for at in range(self.span.scaled(figures.RAILWAY))]

    def _problem(self, index: int, day: int, row: Row) -> Matter:
        counties = self._counties
        unit = row["county"] if row["county"] in counties else counties[index % len(counties)]
        place = row["township"] if unit == row["county"] else unit
        return Matter(
            index, day, self.tree.root, "key-work", "major", unit, problem=row["number"],
            place=place,
        )  # fmt: skip

    def _drawn(self, index: int, day: int, board: str) -> Matter:
        dice, tree = self.dice, self.tree
        level = pick(dice, figures.REGISTRARS)
        registrar = {
            "province": lambda: tree.root,
            "city": lambda: dice.choice(tree.cities),
            "county": lambda: dice.choice(self._counties),
        }[level]()
        lead = self._below(registrar, pick(dice, figures.LEADS[level]))
        other = self._below(registrar, tree.level[lead])
        grade = "general"
        if dice.random() < figures.MAJOR[board]:
            grade = "complex" if dice.random() < figures.COMPLEX else "major"
        made = Matter(index, day, registrar, board, grade, lead, place=lead.partition("-")[0])
        fates = {"cancel": figures.CANCELLED, "merge": figures.MERGED}
        fates["clear"] = 1 - sum(fates.values())
        made.fate = pick(dice, fates)
        if made.fate == "clear":
            made.chain = self._chain(lead)
        if made.fate == "clear" and dice.random() < figures.COHANDLED and other != lead:
            made.cohandler = other
        elif other != lead:
            made.other = other
        return made

    def _below(self, above: str, level: str) -> str:
        """The next body of that level below: each in its turn, so that all take part."""
        if level == "leaf":
            level = "township" if self.dice.random() < 0.4 else "department"
        held = self.tree.below[above]
        keys = held[level] or held["department"] or held["township"] or held["county"]
        self._turn[above, level] += 1
        return keys[self._turn[above, level] % len(keys)]

    def _chain(self, lead: str) -> tuple[str, ...]:
        shares = figures.PARTS.get(self.tree.level[lead])
        if shares is None:
            return ()
        found, above = list[str](), lead
        for level in filter(None, pick(self.dice, shares).split("/")):
            above = self._below(above, level)
            found.append(above)
        return tuple(found)


def _fated(matters: Sequence[Matter], days: Sequence[date], seed: int) -> list[Course]:
    """The courses of all, and so many of them never cleared that the rate is exact."""
    courses = [_course(one, days, seed) for one in matters]
    _merge(matters, courses, days, seed)
    ended = [
        one.fate in ("cancel", "merge") and c.ended < len(days)
        for one, c in zip(matters, courses, strict=True)
    ]
    counted = len(matters) - sum(ended)
    wanted = round(figures.CLEARED * counted)
    cleared = [n for n, one in enumerate(courses) if one.cleared < len(days)]
    for at in _stuck(matters, cleared, max(0, len(cleared) - wanted), len(days), seed):
        courses[at] = _course(matters[at], days, seed)
    return courses


def _course(matter: Matter, days: Sequence[date], seed: int) -> Course:
    return Course(matter, days, Random(f"{seed} {matter.index}"))


def _merge(
    matters: Sequence[Matter], courses: list[Course], days: Sequence[date], seed: int
) -> None:
    """Each that is merged goes on as an earlier one of its registrar that is open that day."""
    last = defaultdict[str, list[int]](list)
    for at, (one, course) in enumerate(zip(matters, courses, strict=True)):
        if one.fate == "merge":
            open_ones = [n for n in last[one.registrar][-40:] if courses[n].ended > course.ended]
            if open_ones:
                one.into = matters[open_ones[-1]].no
            else:
                one.fate = "cancel"
            courses[at] = _course(one, days, seed)
        elif one.fate == "clear":
            last[one.registrar].append(at)


def _stuck(
    matters: Sequence[Matter], cleared: Sequence[int], count: int, last: int, seed: int
) -> list[int]:
    """Which of the cleared ones stay open after all, late ones rather than early ones."""
    dice = Random(f"{seed} stuck")
    into = {one.into for one in matters if one.into}
    keys = dict[int, float]()
    for at in cleared:
        one = matters[at]
        weight = (0.02 + one.day / last) ** 3
        lot = dice.random() ** (1 / weight)
        if one.problem < 0 and one.no not in into:
            keys[at] = lot
    chosen = sorted(sorted(keys, key=lambda at: keys[at])[len(keys) - count :]) if count else []
    for at in chosen:
        fate = pick(dice, figures.STUCK)
        matters[at].fate = fate if matters[at].simple else "doing"
    return chosen
