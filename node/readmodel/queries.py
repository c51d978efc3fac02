"""Questions to the read models: lists, one matter, the full picture, who holds a token.

Reads only; every question names its tenant and domain. Lights are computed on read from the signed
due instants (domain rules 3, 4 and 16), never stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, case, exists, func, select

from node.domain.clocks import escalated
from node.domain.evaluation.counting import NOT_HANDLED, clearance_rate
from node.domain.picture import CLEARED, OPEN_STATES
from node.readmodel.scope import EVERYTHING, Sight
from node.readmodel.tables import assignments, clocks, matters, users
from node.storage.tables import journal, receipts, tenants

MOST: Final = 500
HIDDEN: Final = ("tenant", "domain", "record", "words", "share", "units", "yellow", "red")
"""what of a row is nobody's but the questions'"""
CLOCK: Final = ("kind", "due", "stopped_at", "verdict", "provisional")
OPEN: Final = tuple(sorted(OPEN_STATES))


def token_row(connection: Connection, token_hash: str) -> Mapping[str, Any] | None:
    """The tenant, user and role of a token that was not revoked."""
    asked = (
        select(tenants, users.c.user, users.c.role)
        .join(users, users.c.tenant == tenants.c.id)
        .where(users.c.token == token_hash, users.c.revoked.is_(False))
    )
    row = connection.execute(asked).first()
    return dict(row._mapping) if row is not None else None


def _severity(tenant: int, now: str) -> Any:
    """Per assignment: 2 red, 1 yellow, 0 green among its open clocks; null when none is open."""
    level = case((clocks.c.due <= now, 2), (clocks.c.yellow <= now, 1), else_=0)
    return (
        select(clocks.c.assignment, func.max(level).label("level"))
        .where(clocks.c.tenant == tenant, clocks.c.open.is_(True))
        .group_by(clocks.c.assignment)
        .subquery()
    )


LIGHTS: Final = ("green", "yellow", "red")


def light_of(yellow: str | None, red: str | None, now: str) -> str | None:
    """A matter's light: the gravest of its open clocks; None where none is open."""
    if yellow is None or red is None:
        return None
    return LIGHTS[2 if red <= now else 1 if yellow <= now else 0]


def _page(asked: Select[Any], table: Any, after: str | None, limit: int) -> Select[Any]:
    if after:
        asked = asked.where(table.c.id > after)
    return asked.order_by(table.c.id).limit(min(max(limit, 1), MOST))


def list_matters(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    *,
    state: str | None = None,
    board: str | None = None,
    campaign: str | None = None,
    no: str | None = None,
    after: str | None = None,
    limit: int = 100,
    sight: Sight = EVERYTHING,
    more: Sequence[Any] = (),
) -> list[dict[str, Any]]:
    """Matters by id, a keyset page: those after the id `after`. `more`: conditions (counts.py)."""
    columns = [column for column in matters.c if column.name not in HIDDEN]
    columns += [matters.c.yellow, matters.c.red]
    asked = select(*columns).where(*sight.matters(tenant, domain), *more)
    wanted = ((matters.c.state, state), (matters.c.board, board), (matters.c.no, no))
    for column, value in (*wanted, (matters.c.campaign, campaign)):
        if value:
            asked = asked.where(column == value)
    found = connection.execute(_page(asked, matters, after, limit)).all()
    rows = [dict(row._mapping) for row in found]
    return [row | {"light": light_of(row.pop("yellow"), row.pop("red"), now)} for row in rows]


def list_assignments(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    *,
    id: str | None = None,
    assignee: str | None = None,
    issuer: str | None = None,
    matter: str | None = None,
    state: str | None = None,
    after: str | None = None,
    limit: int = 100,
    sight: Sight = EVERYTHING,
    more: Sequence[Any] = (),
) -> list[dict[str, Any]]:
    """Assignments by id, a keyset page, each with its clocks and light; `more`: conditions."""
    columns = [one for one in assignments.c if one.name not in HIDDEN]
    asked = select(*columns).where(*sight.assignments(tenant, domain), *more)
    wanted = (
        (assignments.c.id, id),
        (assignments.c.assignee, assignee),
        (assignments.c.issuer, issuer),
        (assignments.c.matter, matter),
        (assignments.c.state, state),
    )
    for column, value in wanted:
        if value:
            asked = asked.where(column == value)
    rows = [
        dict(row._mapping)
        for row in connection.execute(_page(asked, assignments, after, limit)).all()
    ]
    return _with_clocks(connection, tenant, now, rows)


def _with_clocks(
    connection: Connection, tenant: int, now: str, rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    ids = [row["id"] for row in rows]
    by_id = dict[str, list[dict[str, Any]]]()
    asked = select(clocks).where(
        clocks.c.tenant == tenant, clocks.c.assignment.in_(ids), clocks.c.stage.not_in(NOT_HANDLED)
    )
    for clock in connection.execute(asked.order_by(clocks.c.assignment, clocks.c.kind)):
        one = {name: clock._mapping[name] for name in CLOCK}
        one["light"] = None
        if clock.open:
            level = 2 if clock.due <= now else int(clock.yellow <= now)
            one["light"] = LIGHTS[level]
        by_id.setdefault(clock.assignment, []).append(one)
    for row in rows:
        row["clocks"] = by_id.get(row["id"], [])
        row["due"] = {one["kind"]: one["due"] for one in row["clocks"]}
        row["verdict"] = {one["kind"]: one["verdict"] for one in row["clocks"]}
        row["escalated"] = any(
            one["light"] == "red" and escalated(one["due"], now) for one in row["clocks"]
        )
        lights = [LIGHTS.index(one["light"]) for one in row["clocks"] if one["light"]]
        row["light"] = LIGHTS[max(lights)] if lights else None
    return rows


def picture(
    connection: Connection, tenant: int, domain: str, now: str, sight: Sight = EVERYTHING
) -> dict[str, Any]:
    """The full picture of all that the node reads: counts by board, state, light and unit.

    Clearance rate = cleared / (registered - cancelled - merged) (domain rule 17); null when
    nothing counts.
    """
    mine = sight.matters(tenant, domain)
    by_state = (
        select(matters.c.board, matters.c.state, func.count())
        .where(*mine)
        .group_by(matters.c.board, matters.c.state)
        .order_by(matters.c.board, matters.c.state)
    )
    boards: dict[str, dict[str, int]] = {}
    for board, state, count in connection.execute(by_state):
        boards.setdefault(board, {})[state] = count
    states: dict[str, int] = {}
    for counts in boards.values():
        for state, count in counts.items():
            states[state] = states.get(state, 0) + count
    registered, cleared = sum(states.values()), sum(states.get(one, 0) for one in CLEARED)
    return {
        "as_of": now,
        "matters": sum(states.values()),
        "assignments": connection.execute(_count_assignments(tenant, domain, sight)).scalar_one(),
        "states": dict(sorted(states.items())),
        "boards": boards,
        "lights": _lights(connection, tenant, domain, now, sight),
        "units": _units(connection, tenant, domain, now, sight),
        "cleared": cleared,
        "clearance_rate": clearance_rate(
            cleared, registered, states.get("CANCELLED", 0), states.get("MERGED", 0)
        ),
    }


def _count_assignments(tenant: int, domain: str, sight: Sight) -> Select[Any]:
    return select(func.count()).select_from(assignments).where(*sight.assignments(tenant, domain))


def _lights(
    connection: Connection, tenant: int, domain: str, now: str, sight: Sight
) -> dict[str, dict[str, int]]:
    """By board: how many matters not ended show each light (the gravest of their open clocks)."""
    severity = _severity(tenant, now)
    per_matter = (
        select(assignments.c.matter, func.max(severity.c.level).label("level"))
        .join(severity, severity.c.assignment == assignments.c.id)
        .where(*sight.assignments(tenant, domain))
        .group_by(assignments.c.matter)
        .subquery()
    )
    asked = (
        select(matters.c.board, per_matter.c.level, func.count())
        .join(per_matter, per_matter.c.matter == matters.c.id)
        .where(*sight.matters(tenant, domain))
        .group_by(matters.c.board, per_matter.c.level)
        .order_by(matters.c.board, per_matter.c.level)
    )
    found: dict[str, dict[str, int]] = {}
    for board, level, count in connection.execute(asked):
        found.setdefault(board, {})[LIGHTS[level]] = count
    return found


def _units(
    connection: Connection, tenant: int, domain: str, now: str, sight: Sight
) -> list[dict[str, Any]]:
    """Per unit in charge: assignments, open ones, those showing each light, cleared ones."""
    severity = _severity(tenant, now)
    asked = (
        select(
            assignments.c.assignee.label("unit"),
            func.count().label("assignments"),
            func.sum(case((assignments.c.state.in_(OPEN), 1), else_=0)).label("open"),
            *(
                func.sum(case((severity.c.level == level, 1), else_=0)).label(light)
                for level, light in enumerate(LIGHTS)
            ),
            func.sum(case((assignments.c.state == "CLOSED", 1), else_=0)).label("cleared"),
        )
        .select_from(assignments.outerjoin(severity, severity.c.assignment == assignments.c.id))
        .where(*sight.assignments(tenant, domain))
        .group_by(assignments.c.assignee)
        .order_by(func.count().desc(), assignments.c.assignee)
    )
    return [
        {name: int(value) if name != "unit" else value for name, value in row._mapping.items()}
        for row in connection.execute(asked)
    ]


def last_number(connection: Connection, tenant: int, node: str, prefix: str) -> int:
    """The highest n of the document numbers `prefix`n号 that the node itself gave out, 0 for none.

    Other nodes' numbers with the same letters don't count; those of its other domains do.
    """
    asked = select(matters.c.no).where(
        matters.c.tenant == tenant, matters.c.registrar == node, matters.c.no.startswith(prefix)
    )
    numbers = [row[0][len(prefix) : -1] for row in connection.execute(asked)]
    return max((int(one) for one in numbers if one.isdigit()), default=0)


def has_number(connection: Connection, tenant: int, node: str, no: str) -> bool:
    """Whether the node itself has given out this document number."""
    asked = select(
        exists().where(matters.c.tenant == tenant, matters.c.no == no, matters.c.registrar == node)
    )
    return bool(connection.execute(asked).scalar())


def one_matter(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    id: str,
    sight: Sight = EVERYTHING,
) -> dict[str, Any] | None:
    """A matter with its content and all its assignments; None when it is not held."""
    asked = select(matters.c.record, matters.c.state).where(
        *sight.matters(tenant, domain), matters.c.id == id
    )
    row = connection.execute(asked).first()
    if row is None:
        return None
    record: dict[str, Any] = msgspec.json.decode(bytes(row.record))
    held = list_assignments(connection, tenant, domain, now, matter=id, limit=MOST, sight=sight)
    return record | {"state": row.state, "assignments": held}


def host_counts(connection: Connection) -> dict[str, int]:
    """Nodes, events and receipts in the whole database."""
    counted = {"nodes": tenants, "events": journal, "receipts": receipts}
    return {
        name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for name, table in counted.items()
    }
