"""Inboxes: what was said to a user, beside the assignment or draft it is about, as far as one sees.

Reads only. What a matter is called is asked for here and never kept with a notice: what was erased
or has gone out of sight is gone from the inbox too. Follows docs/notices.md.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, exists, func, or_, select

from node.domain.evaluation.counting import REVIEW
from node.readmodel.queries import MOST
from node.readmodel.scope import BUSINESS, EVERYTHING, Sight
from node.readmodel.tables import assignments, clocks, drafts, users
from node.storage.tables import letters, notices

_ABOUT: Final = (
    *(assignments.c[name] for name in ("matter", "issuer", "assignee")),
    func.coalesce(assignments.c.no, drafts.c.receipt, "").label("no"),
    func.coalesce(assignments.c.title, drafts.c.title).label("title"),
)


def _asked(*more: Any) -> Select[Any]:
    """Notices with what they are about, as long as that is held."""
    both: Any = notices
    for table in (assignments, drafts):
        both = both.outerjoin(
            table,
            and_(
                table.c.tenant == notices.c.tenant,
                table.c.domain == notices.c.domain,
                table.c.id == notices.c.object,
            ),
        )
    held = or_(assignments.c.id.is_not(None), drafts.c.id.is_not(None))
    return select(notices, *_ABOUT, *more).select_from(both).where(held)


def _seen(sight: Sight, tenant: int, domain: str) -> Any:
    """What a notice is about is in sight."""
    return or_(and_(*sight.assignments(tenant, domain)), and_(*sight.drafts(tenant, domain)))


def _mine(asked: Select[Any], tenant: int, user: str) -> Select[Any]:
    asked = asked.join(letters, and_(letters.c.tenant == tenant, letters.c.n == notices.c.n))
    return asked.where(notices.c.tenant == tenant, letters.c.user == user)


def inbox(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    user: str,
    *,
    unread: bool = False,
    after: int | None = None,
    limit: int = 100,
    sight: Sight = EVERYTHING,
) -> list[dict[str, Any]]:
    """A user's notices in a domain, newest first: those with a number below `after`."""
    asked = _mine(_asked(letters.c.read_at), tenant, user).where(_seen(sight, tenant, domain))
    if unread:
        asked = asked.where(letters.c.read_at.is_(None))
    if after is not None:
        asked = asked.where(notices.c.n < after)
    asked = asked.order_by(notices.c.n.desc()).limit(min(max(limit, 1), MOST))
    return [dict(row._mapping) for row in connection.execute(asked)]


def count_unread(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    user: str,
    *,
    sight: Sight = EVERYTHING,
) -> int:
    """How many of a user's notices in a domain are unread."""
    counted = _mine(_asked(), tenant, user).where(
        _seen(sight, tenant, domain), letters.c.read_at.is_(None)
    )
    asked = select(func.count()).select_from(counted.with_only_columns(notices.c.n).subquery())
    return int(connection.execute(asked).scalar_one())


def notice(connection: Connection, tenant: int, n: int) -> dict[str, Any] | None:
    """One notice with what it is about; None when that is no longer held."""
    row = connection.execute(_asked().where(notices.c.tenant == tenant, notices.c.n == n)).first()
    return dict(row._mapping) if row is not None else None


def _runs() -> Any:
    """Whether the clock that a reminder is about still runs, to the same due instant.

    An answer that an application waits for has no instant in the row: nobody has stated it yet.
    """
    one = (
        clocks.c.tenant == notices.c.tenant,
        clocks.c.assignment == notices.c.object,
        clocks.c.kind == notices.c.clock,
    )
    runs = and_(clocks.c.due == notices.c.due, clocks.c.open.is_(True))
    waits = (clocks.c.standing == "counts", clocks.c.stopped_at.is_(None))
    owed = and_(clocks.c.stage == REVIEW, *waits)
    led = drafts.alias("led")
    triage = exists().where(
        led.c.tenant == notices.c.tenant,
        led.c.domain == notices.c.domain,
        led.c.id == notices.c.object,
        led.c.due == notices.c.due,
        led.c.taken_at.is_(None),
    )
    return or_(exists().where(*one, or_(runs, owed)), triage)


def stands(connection: Connection, tenant: int, n: int) -> bool:
    """Whether a reminder still says what is so, and no later threshold was said since."""
    later = notices.alias("later")
    newer = exists().where(
        later.c.tenant == notices.c.tenant,
        later.c.object == notices.c.object,
        later.c.clock == notices.c.clock,
        later.c.at > notices.c.at,
    )
    asked = select(notices.c.n).where(notices.c.tenant == tenant, notices.c.n == n)
    return connection.execute(asked.where(_runs(), ~newer)).first() is not None


def running(connection: Connection, tenant: int, people: Collection[str]) -> list[dict[str, Any]]:
    """What was said to any of these users about clocks that still run: the latest of each clock,
    those due first at the beginning."""
    asked = (
        _asked()
        .join(letters, and_(letters.c.tenant == tenant, letters.c.n == notices.c.n))
        .where(
            notices.c.tenant == tenant,
            letters.c.user.in_(sorted(people)),
            notices.c.kind == "reminder",
            _runs(),
        )
        .order_by(notices.c.n)
    )
    rows = {(row.object, row.clock): dict(row._mapping) for row in connection.execute(asked)}
    return sorted(rows.values(), key=lambda row: (row["due"], row["n"]))


def people(connection: Connection, tenant: int) -> dict[str, set[str]]:
    """The users of a node that work on matters, by role."""
    asked = select(users.c.role, users.c.user).where(
        users.c.tenant == tenant, users.c.revoked.is_(False), users.c.role.in_(BUSINESS)
    )
    found = dict[str, set[str]]()
    for role, user in connection.execute(asked):
        found.setdefault(role, set()).add(user)
    return found
