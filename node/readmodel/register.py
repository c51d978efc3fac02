"""The register's questions: matters and assignments by every filter, in pages, and their counts.

Decides which rows a filter means, once for lists and counts, so that every number opens exactly the
list behind it. Reads only; lights are computed on read. Pages go by instant and id, newest first
(`after`: the last row's `place`): what is added meanwhile moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, and_, func, literal, or_, select, text

from node.domain.evaluation.counting import NOT_HANDLED
from node.domain.picture import APART, CLEARED
from node.readmodel.queries import HIDDEN, LIGHTS, MOST, OPEN, _with_clocks, light_of
from node.readmodel.scope import EVERYTHING, Sight
from node.readmodel.sums import ALL
from node.readmodel.tables import ASKING, assignments, clocks, matters, sums
from node.readmodel.words import MOST_WORDS, frequent, holding, matching

GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "cleared": CLEARED,
    "apart": APART,
    "running": OPEN,
}
"""names for several states at once"""
LAST: Final = ("k7", "km", "kp")
MOST_COUNTED: Final = 5000
"""what a search finds is counted so far: behind it nobody reads on"""
WALKED: Final = 128
"""so many rows are walked in the time in which one that was found is looked up"""


COUNTED: Final = (clocks.c.stage.not_in(NOT_HANDLED), clocks.c.standing == "counts")
"""the clocks that a unit is judged by: neither reviews, nor what is void or stands apart"""


class Wanted(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is asked for; empty: no matter what. `units`: nodes of which one is in charge.

    `state`: a state, or a name of GROUPS. `stage` and `verdict`: a clock of that stage with this
    verdict (on_time, late, waiting: open and not due, overdue: open and due). `since`, `until`: of
    registration or issue, an instant each, the second exclusive.
    """

    text: str = ""
    state: str = ""
    board: str = ""
    grade: str = ""
    light: str = ""
    campaign: str = ""
    region: str = ""
    registrar: str = ""
    issuer: str = ""
    asks: str = ""
    kind: str = ""
    stage: str = ""
    verdict: str = ""
    since: str = ""
    until: str = ""
    units: tuple[str, ...] | None = None


def _states(name: str) -> tuple[str, ...]:
    return GROUPS.get(name, (name,))


def _in_state(table: Any, name: str) -> Any:
    """In that state, or in one of the group; one alone is found and sorted by an index."""
    states = _states(name)
    return table.c.state.in_(states) if len(states) > 1 else table.c.state == states[0]


def _says(dialect: str, tenant: int, domain: str, table: Any, text: str) -> list[Any]:
    """All that is looked for stands in a matter's number, title or content (words.py).

    An assignment of a matter that is held elsewhere is found by its own number and title.
    """
    if not text.strip():
        return []
    found = matching(dialect, tenant, domain, text)
    if table is matters:
        return [matters.c.id.in_(found)]
    plain = [
        or_(*(assignments.c[name].contains(word, autoescape=True) for name in ("no", "title")))
        for word in text.split()[:MOST_WORDS]
    ]
    return [or_(assignments.c.matter.in_(found), and_(*plain))]


def _shines(table: Any, light: str, now: str) -> Any:
    """Whether the gravest of its open clocks shows this light; `none`: it has no open clock."""
    if light == "none":
        return table.c.yellow.is_(None)
    lit = table.c.yellow.is_not(None)  # as the partial indexes say it
    if light == "red":
        return and_(lit, table.c.red <= now)
    if light == "yellow":
        return and_(lit, table.c.yellow <= now, table.c.red > now)
    return and_(lit, table.c.yellow > now)


def _staged(tenant: int, wanted: Wanted, now: str) -> Any:
    """Assignments with a clock of the stage that has the verdict."""
    asked = select(clocks.c.assignment).where(clocks.c.tenant == tenant, *COUNTED)
    if wanted.stage:
        kinds = LAST if wanted.stage == "last" else (wanted.stage,)
        asked = asked.where(or_(*(clocks.c.kind.startswith(kind) for kind in kinds)))
    if wanted.verdict in ("on_time", "late"):
        asked = asked.where(clocks.c.verdict == wanted.verdict)
    elif wanted.verdict == "overdue":
        asked = asked.where(clocks.c.open.is_(True), clocks.c.due <= now)
    elif wanted.verdict == "waiting":
        asked = asked.where(clocks.c.open.is_(True), clocks.c.due > now)
    return asked


def _matter_ids(tenant: int, wanted: Wanted, now: str) -> list[Any]:
    """The conditions that a matter's assignments must meet."""
    here = select(assignments.c.matter).where(assignments.c.tenant == tenant)
    found = []
    if wanted.light:
        found.append(_shines(matters, wanted.light, now))
    if wanted.units is not None:
        found.append(matters.c.id.in_(here.where(assignments.c.assignee.in_(wanted.units))))
    if wanted.issuer:
        found.append(matters.c.id.in_(here.where(assignments.c.issuer == wanted.issuer)))
    if wanted.stage or wanted.verdict:
        staged = here.where(assignments.c.id.in_(_staged(tenant, wanted, now)))
        found.append(matters.c.id.in_(staged))
    return found


def _of_matters(
    asked: Select[Any],
    dialect: str,
    tenant: int,
    domain: str,
    now: str,
    wanted: Wanted,
    sight: Sight,
    walks: bool,
) -> Select[Any]:
    asked = asked.where(*sight.matters(tenant, domain), *_matter_ids(tenant, wanted, now))
    if wanted.state:
        asked = asked.where(_in_state(matters, wanted.state))
    for name in ("board", "grade", "campaign", "registrar"):
        if getattr(wanted, name):
            asked = asked.where(matters.c[name] == getattr(wanted, name))
    if wanted.region:
        asked = asked.where(matters.c.region.startswith(wanted.region, autoescape=True))
    if wanted.since:
        asked = asked.where(matters.c.registered_at >= wanted.since)
    if wanted.until:
        asked = asked.where(matters.c.registered_at < wanted.until)
    if wanted.text.strip() and walks and dialect == "sqlite":
        return asked.where(holding(tenant, domain, wanted.text))
    return asked.where(*_says(dialect, tenant, domain, matters, wanted.text))


def _walks(connection: Connection, tenant: int, domain: str, text: str) -> bool:
    """Whether so many are found that all are better walked than each of these looked up.

    PostgreSQL finds that out by itself.
    """
    if not text.strip() or connection.dialect.name != "sqlite":
        return True
    held = _summed(connection, tenant, domain, Wanted())
    return frequent(connection, text, held // WALKED)


def find_matters(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    wanted: Wanted,
    *,
    after: str = "",
    limit: int = 50,
    sight: Sight = EVERYTHING,
) -> list[dict[str, Any]]:
    """Matters, newest first, each with its light and lead unit.

    `due`: that unit's last due instant; `next`: the earliest of all its assignments' open clocks.
    """
    columns = [column for column in matters.c if column.name not in HIDDEN]
    lit = (matters.c.yellow, matters.c.red)
    dialect, walks = connection.dialect.name, _walks(connection, tenant, domain, wanted.text)
    found = select(*columns, *lit)
    asked = _of_matters(found, dialect, tenant, domain, now, wanted, sight, walks)
    # sorted by a word of its own, or SQLite would walk all to spare sorting the few that are found
    at = matters.c.registered_at if walks else matters.c.registered_at.concat("")
    asked = _behind(asked, at, matters.c.id, after)
    rows = [dict(row._mapping) for row in connection.execute(asked.limit(min(limit, MOST)))]
    leads = _leads(connection, tenant, [row["id"] for row in rows])
    for row in rows:
        row["light"] = light_of(row.pop("yellow"), red := row.pop("red"), now)
        row["place"] = f"{row['registered_at']}~{row['id']}"
        row["unit"], row["due"] = leads.get(row["id"], (None, None))
        row["next"] = red
    return rows


def _leads(
    connection: Connection, tenant: int, ids: Sequence[str]
) -> dict[str, tuple[str, str | None]]:
    """Per matter: the unit in charge, and when its last clock is due."""
    last = or_(*(clocks.c.kind.startswith(kind) for kind in LAST))
    asked = (
        select(assignments.c.matter, assignments.c.assignee, func.max(clocks.c.due))
        .select_from(
            assignments.outerjoin(
                clocks,
                and_(
                    clocks.c.tenant == assignments.c.tenant,
                    clocks.c.assignment == assignments.c.id,
                    last,
                ),
            )
        )
        .where(
            assignments.c.tenant == tenant,
            assignments.c.matter.in_(ids),
            assignments.c.kind == "lead",
            assignments.c.part.is_(False),
            assignments.c.state.not_in(("CANCELLED", "RELIEVED")),
        )
        .group_by(assignments.c.matter, assignments.c.assignee)
    )
    return {row[0]: (row[1], row[2]) for row in connection.execute(asked)}


def _behind(asked: Select[Any], instant: Any, id: Any, after: str) -> Select[Any]:
    at, _, last = after.partition("~")
    if last:
        asked = asked.where(or_(instant < at, and_(instant == at, id < last)))
    return asked.order_by(instant.desc(), id.desc())


def count_matters(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    wanted: Wanted,
    *,
    sight: Sight = EVERYTHING,
) -> int:
    """How many there are, all pages together; of a board or a state alone by the kept sums.

    With a text at most MOST_COUNTED + 1, which means more than MOST_COUNTED.
    """
    if sight.extent == "all" and wanted == Wanted(board=wanted.board, state=wanted.state):
        return _summed(connection, tenant, domain, wanted)
    found = _countable(matters, wanted)
    walks, dialect = _walks(connection, tenant, domain, wanted.text), connection.dialect.name
    asked = _of_matters(found, dialect, tenant, domain, now, wanted, sight, walks)
    return _counted(connection, asked, wanted)


def _countable(table: Any, wanted: Wanted) -> Select[Any]:
    return select(literal(1) if wanted.text.strip() else func.count()).select_from(table)


def _counted(connection: Connection, asked: Select[Any], wanted: Wanted) -> int:
    if wanted.text.strip():
        asked = select(func.count()).select_from(asked.limit(MOST_COUNTED + 1).subquery())
    return int(connection.execute(asked).scalar_one())


def _summed(
    connection: Connection, tenant: int, domain: str, wanted: Wanted, kind: str = "m"
) -> int:
    """As many as the sums say that there are of a board and a state; empty: of all.

    `kind`: m, matters; a, assignments.
    """
    asked = select(func.coalesce(func.sum(sums.c.n), 0)).where(
        sums.c.tenant == tenant, sums.c.domain == domain, sums.c.top == ALL
    )
    if wanted.state:
        words = [f"{kind}.{state}" for state in _states(wanted.state)]
        asked = asked.where(sums.c.word.in_(words))
    else:  # states are in capitals, what else is counted is not
        asked = asked.where(sums.c.word >= f"{kind}.A", sums.c.word <= f"{kind}.Z~")
    if wanted.board:
        asked = asked.where(sums.c.board == wanted.board)
    return int(connection.execute(asked).scalar_one())


def _asking(word: str) -> list[Any]:
    """An application of that kind (`any`: of whichever) waits for its answer."""
    if not word:
        return []
    one = assignments.c.asks.contains(word, autoescape=True)
    return [text(ASKING)] if word == "any" else [text(ASKING), one]


def _of_slips(
    asked: Select[Any],
    dialect: str,
    tenant: int,
    domain: str,
    now: str,
    wanted: Wanted,
    sight: Sight,
) -> Select[Any]:
    asked = asked.where(*sight.assignments(tenant, domain))
    if wanted.state:
        asked = asked.where(_in_state(assignments, wanted.state))
    for name in ("board", "grade", "campaign", "issuer", "kind"):
        if getattr(wanted, name):
            asked = asked.where(assignments.c[name] == getattr(wanted, name))
    if wanted.units is not None:
        asked = asked.where(assignments.c.assignee.in_(wanted.units))
    asked = asked.where(*_asking(wanted.asks))
    if wanted.light:
        asked = asked.where(_shines(assignments, wanted.light, now))
    if wanted.stage or wanted.verdict:
        asked = asked.where(assignments.c.id.in_(_staged(tenant, wanted, now)))
    if wanted.since:
        asked = asked.where(assignments.c.t0 >= wanted.since)
    if wanted.until:
        asked = asked.where(assignments.c.t0 < wanted.until)
    return asked.where(*_says(dialect, tenant, domain, assignments, wanted.text))


def find_slips(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    wanted: Wanted,
    *,
    after: str = "",
    limit: int = 50,
    sight: Sight = EVERYTHING,
) -> list[dict[str, Any]]:
    """Assignments, newest first, each with its clocks and light."""
    columns = [one for one in assignments.c if one.name not in HIDDEN]
    asked = _of_slips(select(*columns), connection.dialect.name, tenant, domain, now, wanted, sight)
    asked = _behind(asked, assignments.c.t0, assignments.c.id, after)
    found = connection.execute(asked.limit(min(limit, MOST)))
    rows = _with_clocks(connection, tenant, now, [dict(row._mapping) for row in found])
    return [row | {"place": f"{row['t0']}~{row['id']}"} for row in rows]


def count_slips(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    wanted: Wanted,
    *,
    sight: Sight = EVERYTHING,
) -> int:
    """How many there are, all pages together; of a state alone by the kept sums.

    With a text at most MOST_COUNTED + 1.
    """
    if sight.extent == "all" and wanted == Wanted(state=wanted.state):
        return _summed(connection, tenant, domain, wanted, "a")
    found, dialect = _countable(assignments, wanted), connection.dialect.name
    asked = _of_slips(found, dialect, tenant, domain, now, wanted, sight)
    return _counted(connection, asked, wanted)


def lights(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    wanted: Wanted,
    *,
    sight: Sight = EVERYTHING,
) -> dict[str, int]:
    """How many of them show each light, red first, counted in one look."""
    shown = {one: _shines(assignments, one, now) for one in reversed(LIGHTS)}
    counts: list[Any] = [func.count().filter(shines).label(one) for one, shines in shown.items()]
    lit: Select[Any] = select(*counts).where(assignments.c.yellow.is_not(None))
    asked = _of_slips(lit, connection.dialect.name, tenant, domain, now, wanted, sight)
    return dict(connection.execute(asked).one()._mapping)


def soonest(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    wanted: Wanted,
    *,
    limit: int = 50,
    sight: Sight = EVERYTHING,
) -> list[dict[str, Any]]:
    """Assignments by their next due instant, the longest overdue first; `next` is that instant."""
    columns = [one for one in assignments.c if one.name not in HIDDEN]
    next_ = (
        assignments.c.red
    )  # the first due instant of what is open, so the one from which it is red
    asked = _of_slips(
        select(*columns, next_.label("next")),
        *(connection.dialect.name, tenant, domain, now, wanted, sight),
    )
    # what has no clock comes last: null sorts first on SQLite and last on PostgreSQL
    clockless = () if wanted.light else (next_.is_(None),)
    asked = asked.order_by(*clockless, next_, assignments.c.id)
    found = connection.execute(asked.limit(min(limit, MOST)))
    return _with_clocks(connection, tenant, now, [dict(row._mapping) for row in found])


def red_units(
    connection: Connection, tenant: int, domain: str, now: str, *, sight: Sight = EVERYTHING
) -> dict[str, int]:
    """How many red assignments each unit has under way; units without any are absent."""
    wanted = Wanted(state="running", light="red")
    asked = _of_slips(
        select(assignments.c.assignee, func.count()).group_by(assignments.c.assignee),
        *(connection.dialect.name, tenant, domain, now, wanted, sight),
    )
    return {unit: int(count) for unit, count in connection.execute(asked)}


def oldest(
    connection: Connection, tenant: int, domain: str, now: str, *, sight: Sight = EVERYTHING
) -> dict[str, Any] | None:
    """The matter that has been open for the longest time; None where none is open."""
    asked = (
        select(matters.c.id, matters.c.no, matters.c.title, matters.c.registered_at)
        .where(*sight.matters(tenant, domain), matters.c.state == "OPEN")
        .order_by(matters.c.registered_at, matters.c.id)
        .limit(1)
    )
    row = connection.execute(asked).first()
    return dict(row._mapping) if row is not None else None


def campaigns(
    connection: Connection, tenant: int, domain: str, now: str, *, sight: Sight = EVERYTHING
) -> list[str]:
    """The names of the campaigns that matters belong to."""
    asked = (
        select(matters.c.campaign)
        .where(*sight.matters(tenant, domain), matters.c.campaign.is_not(None))
        .distinct()
        .order_by(matters.c.campaign)
        .limit(200)
    )
    return [str(one) for one in connection.execute(asked).scalars()]


def matter_by_no(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    no: str,
    *,
    sight: Sight = EVERYTHING,
) -> list[str]:
    """The ids of matters with this document number."""
    asked = select(matters.c.id).where(*sight.matters(tenant, domain), matters.c.no == no)
    return list(connection.execute(asked.limit(3)).scalars())


def titles(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    ids: Sequence[str],
    *,
    sight: Sight = EVERYTHING,
) -> dict[str, str]:
    """Titles of matters and assignments by id."""
    found = dict[str, str]()
    for table, seen in ((matters, sight.matters), (assignments, sight.assignments)):
        asked = select(table.c.id, table.c.title).where(*seen(tenant, domain), table.c.id.in_(ids))
        found |= {row.id: row.title for row in connection.execute(asked)}
    return found
