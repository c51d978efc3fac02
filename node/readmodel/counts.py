"""Statistics counted in the database, and the list behind each number: one condition for both.

Decides how the words of node/domain/evaluation (expected, late, cleared …) are said in SQL; what
they mean is decided there, and a test holds both equal. A number named by a word and its list are
the same condition, once summed and once selected. Every condition begins with the asker's sight
(scope.py). Instants compare as texts: bounds are whole seconds, so what has a fraction falls right.
Follows docs/statistics.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, and_, case, func, not_, or_, select

from node.domain.evaluation.ageing import AGES, LATENESS, begun, fallen_due
from node.domain.evaluation.counting import COUNTS, NOT_HANDLED, REOPENED, RETURNED, REVIEW, STAGES
from node.domain.evaluation.periods import ALWAYS, Period
from node.domain.instants import local_date
from node.domain.picture import CLEARED, OPEN_STATES
from node.readmodel.scope import EVERYTHING, Sight
from node.readmodel.tables import assignments, clocks, drafts, matters

OPEN: Final = tuple(sorted(OPEN_STATES))
UNFINISHED: Final = ("APPROVED", "OPEN")
NOWHERE: Final = "none"  # the region of what names none


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open reviews: applications before these instants are due by since, until and now."""

    since: str | None = None
    until: str | None = None
    now: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for. `node`: who asks; `units`: of a region, or all but these (`others`)."""

    tenant: int
    domain: str
    now: str
    node: str = ""
    sight: Sight = EVERYTHING
    period: Period = ALWAYS
    board: str | None = None
    unit: str | None = None
    region: str | None = None
    units: tuple[str, ...] | None = None
    others: tuple[str, ...] | None = None
    basis: str = "due"
    stage: str | None = None
    waiting: Waiting = Waiting()


Condition = Any
Words = Mapping[str, Condition]


def _whole(at: str) -> str:
    """An instant without its fraction: whole-second instants up to it are up to the instant."""
    return at[:19] + "Z"


def happened(column: Any, period: Period) -> list[Condition]:
    """Whether an instant lies in a period, its end excluded."""
    found = [] if period.since is None else [column >= period.since[:-1]]
    return found if period.until is None else [*found, column < period.until[:-1]]


def falls_due(column: Any, period: Period) -> list[Condition]:
    """Whether an exclusive due instant lies in a period, its end included."""
    found = [] if period.since is None else [column > _whole(period.since)]
    return found if period.until is None else [*found, column <= _whole(period.until)]


def _of_units(column: Any, asked: Asked) -> list[Condition]:
    found: list[Condition] = [column == asked.unit] if asked.unit else []
    if asked.units is not None:
        found.append(column.in_(asked.units))
    if asked.others is not None:
        found.append(column.not_in(asked.others))
    return found


# matters


def matter_words(asked: Asked) -> Words:
    """What is counted of matters."""
    state, open_ = matters.c.state, matters.c.state.in_(UNFINISHED)
    aged = {
        f"open-{age.name}": and_(open_, *happened(matters.c.registered_at, begun(age, asked.now)))
        for age in AGES
    }
    return {
        "registered": matters.c.state.is_not(None),
        "cancelled": state == "CANCELLED",
        "merged": state == "MERGED",
        "cleared": state.in_(CLEARED),
        "open": open_,
    } | aged


def matter_where(asked: Asked) -> list[Condition]:
    """Which matters are looked at: registered in the period; `unit` is the registrar."""
    found = [*asked.sight.matters(asked.tenant, asked.domain)]
    found += happened(matters.c.registered_at, asked.period)
    if asked.board:
        found.append(matters.c.board == asked.board)
    if asked.unit:
        found.append(matters.c.registrar == asked.unit)
    if asked.region == NOWHERE:
        found.append(matters.c.region.is_(None))
    elif asked.region:
        found.append(matters.c.region.startswith(asked.region, autoescape=True))
    return found


# assignments


def assignment_words(asked: Asked) -> Words:
    """What is counted of assignments."""
    state, open_ = assignments.c.state, assignments.c.state.in_(OPEN)
    aged = {
        f"open-{age.name}": and_(open_, *happened(assignments.c.t0, begun(age, asked.now)))
        for age in AGES
    }
    since = _overdue_since(asked)
    late = {
        f"overdue-{one.name}": and_(*happened(since, fallen_due(one, asked.now)))
        for one in LATENESS
    }
    return (
        {
            "given": state.is_not(None),
            "in_hand": state.is_not(None),
            "cancelled": state == "CANCELLED",
            "relieved": state == "RELIEVED",
            "cleared": state == "CLOSED",
            "open": open_,
        }
        | aged
        | {"overdue": since.is_not(None)}
        | late
    )


def _overdue_since(asked: Asked) -> Any:
    """Of an assignment: when the first of its open clocks fell due; null when none has."""
    return (
        select(func.min(clocks.c.due))
        .where(
            clocks.c.tenant == assignments.c.tenant,
            clocks.c.assignment == assignments.c.id,
            clocks.c.open.is_(True),
            clocks.c.due <= _whole(asked.now),
        )
        .scalar_subquery()
    )


def assignment_where(asked: Asked, word: str | None = None) -> list[Condition]:
    """Which assignments are looked at: given in the period, or in hand during it; by assignee."""
    found = [*asked.sight.assignments(asked.tenant, asked.domain)]
    if word == "in_hand":
        until, since = asked.period.until, asked.period.since
        found += [] if until is None else [assignments.c.t0 < until[:-1]]
        ended = assignments.c.ended_at
        found += [] if since is None else [or_(ended.is_(None), ended >= since[:-1])]
        found.append(assignments.c.state.not_in(("CANCELLED", "RELIEVED")))
    else:
        found += happened(assignments.c.t0, asked.period)
    if asked.board:
        found.append(assignments.c.board == asked.board)
    return found + _of_units(assignments.c.assignee, asked)


# clocks, reviews and rulings

MARKS: Final = ("excellent", "good", "pass")
TURNS: Final = (RETURNED, "reopened", "complained", *MARKS)
STAGE_WORDS: Final = (*COUNTS, "overdue")


def stage_words(asked: Asked) -> Words:
    """What is counted of clocks and reviews that fall due in the period; see counting.py."""
    promised = asked.basis == "promised"
    due = func.coalesce(clocks.c.first, clocks.c.due) if promised else clocks.c.due
    verdict: Any = clocks.c.verdict
    if promised:
        verdict = case((clocks.c.first.is_(None), clocks.c.verdict), else_=clocks.c.first_verdict)
    passed = due <= _whole(asked.now)
    if asked.waiting.now is not None:
        passed = or_(passed, and_(_unanswered(asked), clocks.c.asked < asked.waiting.now[:-1]))
    stands, submitted = clocks.c.standing == "counts", clocks.c.stopped_at.is_not(None)
    missing = and_(stands, not_(submitted), passed)
    on_time = and_(stands, submitted, verdict == "on_time")
    late = or_(missing, and_(stands, submitted, func.coalesce(verdict, "late") != "on_time"))
    return {
        "expected": and_(stands, or_(submitted, passed)),
        "submitted": and_(stands, submitted),
        "on_time": on_time,
        "late": late,
        "missing": missing,
        "paused": clocks.c.standing == "paused",
        "overdue": and_(late, clocks.c.stage.not_in(NOT_HANDLED)),
    }


def _unanswered(asked: Asked) -> Condition:
    """An application that the asking node has not answered: nobody else may say when it is due."""
    return and_(
        clocks.c.stage == REVIEW, clocks.c.due.is_(None), clocks.c.stopped_at.is_(None),
        clocks.c.unit == asked.node,
    )  # fmt: skip


def stage_where(asked: Asked) -> list[Condition]:
    """Which clocks and reviews fall due in the period; of a review the unit is the issuer."""
    return [*_of_stage(asked), or_(*stage_parts(asked))]


def _of_stage(asked: Asked) -> list[Condition]:
    found = [*asked.sight.clocks(asked.tenant, asked.domain)]
    found += [clocks.c.stage == asked.stage] if asked.stage else [clocks.c.stage.in_(STAGES)]
    if asked.board:
        found.append(clocks.c.board == asked.board)
    return found + _of_units(clocks.c.unit, asked)


def stage_parts(asked: Asked) -> list[Condition]:
    """Due in the period, in parts that share no row: each is counted by an index of its own."""
    due = and_(clocks.c.due.is_not(None), *falls_due(clocks.c.due, asked.period))
    parts = [due]
    if asked.basis == "promised":
        moved = and_(clocks.c.first.is_not(None), *falls_due(clocks.c.first, asked.period))
        parts = [and_(clocks.c.first.is_(None), due), moved]
    if asked.waiting.now is not None and asked.stage in (None, REVIEW):
        waiting = Period(asked.waiting.since, asked.waiting.until)
        parts.append(and_(_unanswered(asked), *happened(clocks.c.asked, waiting)))
    return parts


def turn_words(_: Asked) -> Words:
    """What is counted of answers and reopenings in the period."""
    return {
        RETURNED: clocks.c.word == RETURNED,
        "reopened": clocks.c.word.in_(REOPENED),
        "complained": clocks.c.word == "complained",
    } | {mark: clocks.c.word == mark for mark in MARKS}


def turn_where(asked: Asked) -> list[Condition]:
    """Which answers and reopenings fell into the period; the unit is the assignee."""
    found = [*asked.sight.clocks(asked.tenant, asked.domain), clocks.c.standing == "counts"]
    found += [clocks.c.word.is_not(None), *happened(clocks.c.stopped_at, asked.period)]
    if asked.board:
        found.append(clocks.c.board == asked.board)
    return found + _of_units(clocks.c.assignee, asked)


# ratings


LED: Final = (
    select(assignments.c.assignee)
    .where(
        assignments.c.tenant == drafts.c.tenant,
        assignments.c.domain == drafts.c.domain,
        assignments.c.matter == drafts.c.matter,
        assignments.c.kind == "lead",
        assignments.c.part.is_(False),
        assignments.c.state.not_in(("CANCELLED", "RELIEVED")),
    )
    .order_by(assignments.c.id)
    .limit(1)
    .scalar_subquery()
)
RATINGS: Final = {"satisfied": ("4", "5"), "basic": ("3",), "unsatisfied": ("1", "2")}


def rating_words(_: Asked) -> Words:
    """What is counted of applicants' ratings."""
    return {word: drafts.c.score.in_(stars) for word, stars in RATINGS.items()}


def rating_where(asked: Asked) -> list[Condition]:
    """Which ratings were given in the period; the unit is the lead of what the draft became."""
    found = [*asked.sight.drafts(asked.tenant, asked.domain), drafts.c.score.is_not(None)]
    found += happened(drafts.c.rated_at, asked.period)
    if asked.board:
        found.append(drafts.c.board == asked.board)
    return found + _of_units(LED, asked)


# sums


@dataclass(frozen=True, slots=True)
class Source:
    """One table that is counted: its words, which rows, and by which columns it divides."""

    words: Callable[[Asked], Words]
    where: Callable[[Asked], list[Condition]]
    columns: Mapping[str, Any]


SOURCES: Final[Mapping[str, Source]] = {
    "matters": Source(
        matter_words,
        matter_where,
        {"unit": matters.c.registrar, "board": matters.c.board, "region": matters.c.region},
    ),
    "assignments": Source(
        assignment_words,
        assignment_where,
        {"unit": assignments.c.assignee, "board": assignments.c.board},
    ),
    "stages": Source(
        stage_words,
        stage_where,
        {"unit": clocks.c.unit, "board": clocks.c.board, "stage": clocks.c.stage},
    ),
    "turns": Source(turn_words, turn_where, {"unit": clocks.c.assignee, "board": clocks.c.board}),
    "ratings": Source(rating_words, rating_where, {"unit": LED, "board": drafts.c.board}),
}

Key = tuple[str | None, ...]
Found = dict[Key, dict[str, int]]


def count(
    connection: Connection, source: str, asked: Asked, by: Sequence[str], words: Sequence[str]
) -> Found:
    """How many of each word, per value of the columns `by`; what has none isn't there."""
    one = SOURCES[source]
    told, columns = one.words(asked), [one.columns[name].label(f"by_{name}") for name in by]
    sums = {word: case((told[word], 1), else_=0) for word in words}
    if source != "stages":
        return _sums(connection, columns, one.where(asked), sums)
    found: Found = {}
    for part in stage_parts(asked):
        for key, had in _sums(connection, columns, [*_of_stage(asked), part], sums).items():
            known = found.setdefault(key, dict.fromkeys(words, 0))
            for word, number in had.items():
                known[word] += number
    return found


def count_in_hand(connection: Connection, asked: Asked, by: Sequence[str]) -> Found:
    """Assignments in hand during the period."""
    columns = [SOURCES["assignments"].columns[name].label(f"by_{name}") for name in by]
    return _sums(connection, columns, assignment_where(asked, "in_hand"), {"in_hand": 1})


def overdue_days(connection: Connection, asked: Asked, by: Sequence[str]) -> Found:
    """Days late, of the clocks that fell due in the period, by the instants as they stand."""
    asked = replace(asked, basis="due")
    columns = [SOURCES["stages"].columns[name].label(f"by_{name}") for name in by]
    late = stage_words(asked)["overdue"]
    days = case((late, days_of(asked)), else_=0)
    due = stage_parts(replace(asked, waiting=Waiting()))
    return _sums(connection, columns, [*_of_stage(asked), *due, late], {"overdue_days": days})


def days_of(asked: Asked) -> Any:
    """Days late of a clock: what is settled, or by today while it runs."""
    today = local_date(asked.now).toordinal()
    runs = and_(clocks.c.open.is_(True), clocks.c.due <= _whole(asked.now), clocks.c.day > 0)
    return clocks.c.days + case((runs, today - clocks.c.day + 1), else_=0)


def _sums(
    connection: Connection, columns: list[Any], where: list[Condition], sums: Mapping[str, Any]
) -> Found:
    numbers = [
        func.coalesce(func.sum(value), 0).label(f"n_{at}") for at, value in enumerate(sums.values())
    ]
    asked = select(*columns, *numbers).where(*where)
    if columns:
        asked = asked.group_by(*(one.name for one in columns))
    return {
        tuple(row[: len(columns)]): dict(zip(sums, map(int, row[len(columns) :]), strict=True))
        for row in connection.execute(asked)
    }


# the list of what is counted one by one

MOST: Final = 500
LISTED: Final = (
    *("assignment", "kind", "stage", "standing", "board", "unit", "assignee", "due", "first"),
    *("stopped_at", "verdict", "first_verdict", "word"),
)


def list_clocks(
    connection: Connection,
    asked: Asked,
    where: Sequence[Condition],
    after: str | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """Clocks, reviews and reopenings with their assignments, a keyset page.

    `id` is the assignment's, a slash and the clock's kind; `days`: days late until now.
    """
    columns = [clocks.c[name] for name in LISTED]
    of = (assignments.c.no, assignments.c.title, assignments.c.matter, assignments.c.state)
    joined = and_(
        assignments.c.tenant == clocks.c.tenant,
        assignments.c.domain == clocks.c.domain,
        assignments.c.id == clocks.c.assignment,
    )
    found = select(*columns, *of, days_of(asked).label("days"))
    found = found.select_from(clocks.join(assignments, joined)).where(*where)
    if after:
        assignment, _, kind = after.partition("/")
        same = and_(clocks.c.assignment == assignment, clocks.c.kind > kind)
        found = found.where(or_(clocks.c.assignment > assignment, same))
    found = found.order_by(clocks.c.assignment, clocks.c.kind).limit(min(max(limit, 1), MOST))
    rows = [dict(row._mapping) for row in connection.execute(found)]
    return [{"id": f"{row['assignment']}/{row['kind']}", **row} for row in rows]
