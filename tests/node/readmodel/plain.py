"""The command screen's numbers by plain SQL over all clocks: what kept sums are held against."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, and_, case, func, select

from node.domain.evaluation.counting import NOT_HANDLED
from node.domain.picture import APART, CLEARED
from node.readmodel.queries import LIGHTS, OPEN
from node.readmodel.register import COUNTED, Wanted, _matter_ids
from node.readmodel.scope import EVERYTHING, Sight
from node.readmodel.shares import STAGES
from node.readmodel.tables import assignments, clocks, matters


def stages(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    units: Iterable[str] | None = None,
    *,
    sight: Sight = EVERYTHING,
) -> dict[str, dict[str, int]]:
    """Per stage (k1, k3, last): clocks by verdict, on_time, late, overdue, waiting."""
    kind = case(
        (clocks.c.kind.startswith("k1"), "k1"), (clocks.c.kind.startswith("k3"), "k3"), else_="last"
    )
    fate = case(
        (clocks.c.verdict.is_not(None), clocks.c.verdict),
        (clocks.c.open.is_(False), "ended"),
        (clocks.c.due <= now, "overdue"),
        else_="waiting",
    )
    asked = (
        select(kind.label("stage_"), fate.label("fate_"), func.count())
        .select_from(
            clocks.join(
                assignments,
                and_(
                    assignments.c.tenant == clocks.c.tenant,
                    assignments.c.id == clocks.c.assignment,
                ),
            )
        )
        .where(*sight.assignments(tenant, domain), *COUNTED)
        .group_by("stage_", "fate_")
    )
    if units is not None:
        asked = asked.where(assignments.c.assignee.in_(list(units)))
    found: dict[str, dict[str, int]] = {stage: {} for stage in STAGES}
    for stage, word, count in connection.execute(asked):
        found[stage][word] = int(count)
    return found


def boards(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    units: tuple[str, ...] | None = None,
    *,
    sight: Sight = EVERYTHING,
) -> dict[str, dict[str, int]]:
    """Per board: matters by the gravest light of their open clocks; `open`, `cleared`, `all`."""
    grave = case((clocks.c.due <= now, 2), (clocks.c.yellow <= now, 1), else_=0)
    per = (
        select(assignments.c.matter, func.max(grave).label("level"))
        .join(
            clocks,
            and_(clocks.c.tenant == assignments.c.tenant, clocks.c.assignment == assignments.c.id),
        )
        .where(*sight.assignments(tenant, domain), clocks.c.open.is_(True))
        .group_by(assignments.c.matter)
        .subquery()
    )
    wanted = Wanted(units=units)
    asked = (
        select(
            matters.c.board,
            func.count().label("all"),
            func.sum(case((matters.c.state == "OPEN", 1), else_=0)).label("open"),
            func.sum(case((matters.c.state.in_(CLEARED), 1), else_=0)).label("cleared"),
            func.sum(case((matters.c.state.in_(APART), 1), else_=0)).label("apart"),
            *(
                func.sum(
                    case((and_(matters.c.state == "OPEN", per.c.level == number), 1), else_=0)
                ).label(light)
                for number, light in enumerate(LIGHTS)
            ),
            func.sum(
                case((and_(matters.c.state == "OPEN", per.c.level.is_(None)), 1), else_=0)
            ).label("still"),
        )
        .select_from(matters.outerjoin(per, per.c.matter == matters.c.id))
        .where(*sight.matters(tenant, domain), *_matter_ids(tenant, wanted, now))
        .group_by(matters.c.board)
    )
    return {
        row.board: {
            name: int(value or 0) for name, value in row._mapping.items() if name != "board"
        }
        for row in connection.execute(asked)
    }


def by_unit(
    connection: Connection, tenant: int, domain: str, now: str, *, sight: Sight = EVERYTHING
) -> list[dict[str, Any]]:
    """Per unit: its assignments, open ones by light, cleared ones, clocks on time of those due."""
    level = case((clocks.c.due <= now, 2), (clocks.c.yellow <= now, 1), else_=0)
    counts = clocks.c.standing == "counts"
    per = (
        select(
            clocks.c.assignment,
            func.max(case((clocks.c.open.is_(True), level))).label("level"),
            func.sum(case((and_(counts, clocks.c.verdict == "on_time"), 1), else_=0)).label(
                "on_time"
            ),
            func.sum(
                case(
                    (and_(counts, clocks.c.verdict.is_not(None)), 1),
                    (and_(counts, clocks.c.open.is_(True), clocks.c.due <= now), 1),
                    else_=0,
                )
            ).label("expected"),
        )
        .where(clocks.c.tenant == tenant, clocks.c.stage.not_in(NOT_HANDLED))
        .group_by(clocks.c.assignment)
        .subquery()
    )
    running = assignments.c.state.in_(OPEN)
    asked = (
        select(
            assignments.c.assignee.label("unit"),
            func.count().label("assignments"),
            func.sum(case((running, 1), else_=0)).label("open"),
            func.sum(case((assignments.c.state == "CLOSED", 1), else_=0)).label("cleared"),
            *(
                func.sum(case((per.c.level == number, 1), else_=0)).label(light)
                for number, light in enumerate(LIGHTS)
            ),
            func.sum(func.coalesce(per.c.on_time, 0)).label("on_time"),
            func.sum(func.coalesce(per.c.expected, 0)).label("expected"),
        )
        .select_from(assignments.outerjoin(per, per.c.assignment == assignments.c.id))
        .where(*sight.assignments(tenant, domain))
        .group_by(assignments.c.assignee)
    )
    return [
        {name: value if name == "unit" else int(value or 0) for name, value in row._mapping.items()}
        for row in connection.execute(asked)
    ]
