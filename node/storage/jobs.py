"""Work in the background as rows: who asked for what, how far it is, what came of it.

Decides who takes a job: whoever turns it from waiting to running, and anybody once that one's lease
has run out. Never what is done (node/service/jobs.py). Instants are wire time, Unix seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, and_, bindparam, delete, func, insert, or_, select, update

from node.storage.scope import Statement, execute
from node.storage.tables import jobs

OPEN: Final = ("waiting", "running")
LIGHT: Final = tuple(one for one in jobs.c if one.name not in ("input", "result", "output"))


class Job(msgspec.Struct, frozen=True):
    """One job without what was handed in and what came of it.

    `state`: waiting, running, done, refused (by a rule, which the result names) or failed; `step`,
    `done`, `total`: how far it is; `name`, `type`, `rows`: of the file that it made, if any.
    """

    tenant: int
    id: str
    domain: str
    user: str
    role: str
    kind: str
    object: str
    state: str
    form: str
    step: str
    done: int
    total: int
    made: float
    lease: float
    ended: float
    name: str
    type: str
    rows: int


def _of(tenant: int, id: str) -> Any:
    return and_(jobs.c.tenant == tenant, jobs.c.id == id)


def put(connection: Connection, job: Job, given: bytes | None) -> None:
    """Keep a new job with what was handed in."""
    values = msgspec.structs.asdict(job) | {"input": given}
    connection.execute(insert(jobs).values(values))


def find(connection: Connection, tenant: int, id: str) -> Job | None:
    """One job."""
    row = connection.execute(select(*LIGHT).where(_of(tenant, id))).first()
    return Job(**row._mapping) if row is not None else None


def blob(connection: Connection, tenant: int, id: str, name: str) -> bytes | None:
    """What was handed in (`input`), what came of it (`result`), or the file made (`output`)."""
    asked = select(jobs.c[name]).where(_of(tenant, id))
    found: bytes | None = connection.execute(asked).scalar()
    return found


def of_user(
    connection: Connection, tenant: int, user: str, kinds: Sequence[str], limit: int
) -> list[Job]:
    """A user's jobs of some kinds, newest first."""
    asked = select(*LIGHT).where(
        jobs.c.tenant == tenant, jobs.c.user == user, jobs.c.kind.in_(kinds)
    )
    asked = asked.order_by(jobs.c.made.desc(), jobs.c.id).limit(limit)
    return [Job(**row._mapping) for row in connection.execute(asked)]


def open_of_user(connection: Connection, tenant: int, user: str) -> int:
    """How many of a user's jobs have not ended."""
    asked = select(func.count()).where(
        jobs.c.tenant == tenant, jobs.c.user == user, jobs.c.state.in_(OPEN)
    )
    return int(connection.execute(asked).scalar_one())


def _due(now: Any) -> Any:
    lapsed = and_(jobs.c.state == "running", jobs.c.lease <= now)
    return or_(jobs.c.state == "waiting", lapsed)


_WAITS: Final = Statement(select(jobs.c.id).where(_due(bindparam("now"))).limit(1))


def waits(connection: Connection, now: float) -> bool:
    """Whether there is a job that nobody is at."""
    return execute(connection, _WAITS, now=now).fetchone() is not None


def due(connection: Connection, now: float) -> Job | None:
    """The oldest job that nobody is at."""
    asked = select(*LIGHT).where(_due(now)).order_by(jobs.c.made, jobs.c.id).limit(1)
    row = connection.execute(asked).first()
    return Job(**row._mapping) if row is not None else None


def take(connection: Connection, job: Job, now: float, lease: float) -> bool:
    """Be the one who does it; False: somebody else is."""
    values = {"state": "running", "lease": lease, "step": "", "done": 0, "total": 0}
    taken = update(jobs).where(_of(job.tenant, job.id), _due(now)).values(values)
    return bool(connection.execute(taken).rowcount)


def release(connection: Connection) -> None:
    """Let the jobs that ran when a process ended be taken again at once."""
    connection.execute(update(jobs).where(jobs.c.state == "running").values(lease=0.0))


def tell(connection: Connection, job: Job, step: str, done: int, total: int) -> None:
    """How far it is."""
    values = {"step": step, "done": done, "total": total}
    running = jobs.c.state == "running"
    connection.execute(update(jobs).where(_of(job.tenant, job.id), running).values(values))


def end(connection: Connection, job: Job, **values: Any) -> None:
    """What came of it."""
    connection.execute(update(jobs).where(_of(job.tenant, job.id)).values(values))


def forget(connection: Connection, tenant: int, before: float) -> None:
    """Drop what ended before an instant."""
    gone = and_(jobs.c.tenant == tenant, jobs.c.state.not_in(OPEN), jobs.c.ended < before)
    connection.execute(delete(jobs).where(gone))
