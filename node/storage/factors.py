"""What is kept of second factors: the locked secret, the last step used, recovery codes' hashes.

Decides nothing: node/service/codes.py does. Every row is under its tenant. A step and a recovery
code are taken by a condition of the statement itself, so that of two who try at once one succeeds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, delete, func, insert, select, update

from node.storage.tables import recovery_codes, second_factors


class Factor(msgspec.Struct, frozen=True):
    """A user's second factor. `since`: Unix seconds, 0 while it isn't confirmed."""

    user: str
    secret: bytes
    since: float
    step: int
    failures: int
    locked: float


def _place(tenant: int, user: str) -> Any:
    return and_(second_factors.c.tenant == tenant, second_factors.c.user == user)


def find(connection: Connection, tenant: int, user: str) -> Factor | None:
    """A user's second factor, confirmed or not."""
    asked = select(*[one for one in second_factors.c if one.name != "tenant"])
    row = connection.execute(asked.where(_place(tenant, user))).first()
    return Factor(**row._mapping) if row is not None else None


def put(connection: Connection, tenant: int, kept: Factor) -> None:
    """Keep a second factor in place of the one before."""
    connection.execute(delete(second_factors).where(_place(tenant, kept.user)))
    values = msgspec.structs.asdict(kept) | {"tenant": tenant}
    connection.execute(insert(second_factors).values(values))


def change(connection: Connection, tenant: int, user: str, **values: Any) -> None:
    """Change what is kept of a second factor."""
    connection.execute(update(second_factors).where(_place(tenant, user)).values(values))


def drop(connection: Connection, tenant: int, user: str) -> bool:
    """Forget a user's second factor with its recovery codes; whether there was one."""
    put_recovery(connection, tenant, user, ())
    return bool(connection.execute(delete(second_factors).where(_place(tenant, user))).rowcount)


def take_step(connection: Connection, tenant: int, user: str, step: int) -> bool:
    """Use a step's code; False where it, or a later one, was used before."""
    later = and_(_place(tenant, user), second_factors.c.step < step)
    values = {"step": step, "failures": 0, "locked": 0.0}
    return bool(connection.execute(update(second_factors).where(later).values(values)).rowcount)


def take_recovery(connection: Connection, tenant: int, user: str, hash: str) -> bool:
    """Use a recovery code; False where there is none of it."""
    gone = delete(recovery_codes).where(
        recovery_codes.c.tenant == tenant,
        recovery_codes.c.user == user,
        recovery_codes.c.hash == hash,
    )
    return bool(connection.execute(gone).rowcount)


def put_recovery(connection: Connection, tenant: int, user: str, hashes: Iterable[str]) -> None:
    """Keep these recovery codes in place of those before."""
    mine = and_(recovery_codes.c.tenant == tenant, recovery_codes.c.user == user)
    connection.execute(delete(recovery_codes).where(mine))
    for hash in hashes:
        row = {"tenant": tenant, "user": user, "hash": hash}
        connection.execute(insert(recovery_codes).values(row))


def count_recovery(connection: Connection, tenant: int, user: str) -> int:
    """How many recovery codes are left."""
    asked = select(func.count()).select_from(recovery_codes)
    mine = asked.where(recovery_codes.c.tenant == tenant, recovery_codes.c.user == user)
    return int(connection.execute(mine).scalar_one())


def users_with_factor(connection: Connection, tenant: int) -> set[str]:
    """Who has confirmed a second factor."""
    asked = select(second_factors.c.user).where(
        second_factors.c.tenant == tenant, second_factors.c.since > 0
    )
    return set(connection.execute(asked).scalars())
