"""Work in the background: asked for by a user, done by the worker, seen by who asked.

Decides that a job is done once (whoever takes it holds a lease; all kinds may be done again after a
crash with one effect), in the role that the user has then, and how long what came of it is kept.
What was handed in and what came of it are locked by the host's vault. Never what a kind of work
does (tasks.py). Follows docs/web.md, "Work in the background".
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from node.domain.commands import Actor, DomainRefused
from node.domain.sheet import SheetRefused
from node.readmodel import accounts
from node.service.host import Host
from node.service.place import Place
from node.storage import jobs as kept
from node.storage.jobs import Job
from schemas.refusals import Refused

LEASE: Final = 900.0  # seconds after which somebody else may take a job up again
KEPT: Final = 7 * 86400.0
MOST_OPEN: Final = 3  # of one user
LOOK: Final = 0.25  # seconds between two notes of how far it is
Tell = Callable[[str, int, int], None]
_log: Final = logging.getLogger("duban.jobs")
_heard = dict[str, tuple[str, int, int]]()  # of this process's own: id -> how far


class Outcome(msgspec.Struct, frozen=True):
    """What came of a job: `result` for its page; perhaps a file with so many rows."""

    result: dict[str, Any]
    file: bytes | None = None
    name: str = ""
    type: str = ""
    rows: int = 0


Task = Callable[[Host, Place, Actor, Job, bytes, Tell], Outcome]
"""`bytes`: what was handed in, perhaps none"""


def ask(
    host: Host,
    place: Place,
    actor: Actor,
    kind: str,
    object: str,
    form: Mapping[str, str],
    given: bytes = b"",
) -> str:
    """Ask for a job; its id. DomainRefused `conflict` while too many of the user's are open."""
    tenant, id, now = place.tenant, host.chance.bytes(16).hex(), host.now().seconds
    job = Job(
        tenant.id, id, place.domain, actor.user, actor.role, kind, object, "waiting",
        json.dumps(dict(form), ensure_ascii=False, sort_keys=True), "", 0, 0, now, 0.0, 0.0, "", "",
        0,
    )  # fmt: skip
    locked = _lock(host, job, "input", given) if given else None

    def work(connection: Any) -> None:
        kept.forget(connection, tenant.id, now - KEPT)
        if kept.open_of_user(connection, tenant.id, actor.user) >= MOST_OPEN:
            detail = f"{MOST_OPEN} jobs are under way"
            raise DomainRefused("conflict", detail, "when one of them has ended")
        kept.put(connection, job, locked)

    host.database.write(work, tenant.id)
    return id


def _bound(job: Job, name: str) -> bytes:
    return f"duban job {job.id} {name}".encode()


def _lock(host: Host, job: Job, name: str, plain: bytes) -> bytes:
    return host.vault.lock(plain, _bound(job, name), host.chance.bytes(12))


def _open(host: Host, job: Job, name: str) -> bytes | None:
    with host.database.read(job.tenant) as connection:
        locked = kept.blob(connection, job.tenant, job.id, name)
    return None if locked is None else host.vault.open(locked, _bound(job, name))


def find(host: Host, place: Place, actor: Actor, id: str, *kinds: str) -> Job:
    """A job of the user's own. DomainRefused `not-found`."""
    with host.database.read(place.tenant.id) as connection:
        job = kept.find(connection, place.tenant.id, id)
    if job is None or job.user != actor.user or job.domain != place.domain or job.kind not in kinds:
        raise DomainRefused("not-found", f"no job {id[:40]}")
    return job


def progress(job: Job) -> tuple[str, int, int]:
    """How far it is: step, done, of how many. Told at once only by the process that is at it."""
    return _heard.get(job.id, (job.step, job.done, job.total))


def result(host: Host, job: Job) -> dict[str, Any]:
    """What came of it; empty before."""
    plain = _open(host, job, "result")
    found: dict[str, Any] = json.loads(plain) if plain is not None else {}
    return found


def given(host: Host, job: Job) -> bytes:
    """What was handed in."""
    return _open(host, job, "input") or b""


def made(host: Host, job: Job) -> bytes:
    """The file that it made. DomainRefused `not-found`."""
    found = _open(host, job, "output")
    if found is None:
        raise DomainRefused("not-found", "the job made no file")
    return found


def recent(
    host: Host, place: Place, actor: Actor, kinds: tuple[str, ...], limit: int = 20
) -> list[Job]:
    """The user's last jobs of some kinds."""
    with host.database.read(place.tenant.id) as connection:
        return kept.of_user(connection, place.tenant.id, actor.user, kinds, limit)


# the worker's side


def resume(host: Host) -> None:
    """At a worker's start: take up again what ran when the last one ended.

    Where several processes share the database another may be at it: then its lease decides.
    """
    if not host.database.shared:
        host.database.write(kept.release)


def run_all(host: Host, tasks: Mapping[str, Task]) -> int:
    """Do every job that waits, one after the other; how many."""
    count = 0
    while run_one(host, tasks):
        count += 1
    return count


def run_one(host: Host, tasks: Mapping[str, Task]) -> bool:
    """Do the oldest job that nobody is at; False: there is none."""
    now = host.now().seconds
    with host.database.read() as connection:
        job = kept.due(connection, now)
    if job is None:
        return False
    if host.database.write(lambda one: kept.take(one, job, now, now + LEASE), job.tenant):
        state, outcome = _done(host, job, tasks)
        _finish(host, job, state, outcome)
    return True


def _done(host: Host, job: Job, tasks: Mapping[str, Task]) -> tuple[str, Outcome]:
    try:
        place, actor = _who(host, job)
        told = _teller(host, job)
        return "done", tasks[job.kind](host, place, actor, job, given(host, job), told)
    except (DomainRefused, Refused) as refused:
        return "refused", Outcome(_refusal(refused))
    except Exception:
        _log.exception("job %s (%s) failed", job.id, job.kind)
        return "failed", Outcome({})


def _refusal(refused: DomainRefused | Refused) -> dict[str, Any]:
    told = {name: str(getattr(refused, name, "") or "") for name in ("accepted", "where")}
    found: dict[str, Any] = {"code": refused.code, "detail": refused.detail, **told}
    if isinstance(refused, SheetRefused):
        found["faults"] = refused.told
    return found


def _who(host: Host, job: Job) -> tuple[Place, Actor]:
    """The user in its role, if it has that still. DomainRefused `wrong-role`."""
    tenant = next(one for one in host.tenants() if one.id == job.tenant)
    with host.database.read(tenant.id) as connection:
        held = accounts.accounts_of(connection, tenant.id, job.user)
    if job.role not in {one["role"] for one in held}:
        raise DomainRefused("wrong-role", f"{job.user} is no {job.role} any longer")
    return host.place(tenant.node, job.domain), Actor(tenant.node, job.user, job.role)


def _teller(host: Host, job: Job) -> Tell:
    """Notes how far it is, now and then; in the table for what waits for no writer meanwhile."""
    last = [0.0]

    def tell(step: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - last[0] < LOOK and done < total:
            return
        last[0] = now
        _heard[job.id] = (step, done, total)
        if job.kind != "import":
            host.database.submit(lambda one: kept.tell(one, job, step, done, total), job.tenant)

    return tell


def _finish(host: Host, job: Job, state: str, outcome: Outcome) -> None:
    plain = json.dumps(outcome.result, ensure_ascii=False).encode()
    values: dict[str, Any] = {
        "state": state,
        "ended": host.now().seconds,
        "result": _lock(host, job, "result", plain),
        "name": outcome.name,
        "type": outcome.type,
        "rows": outcome.rows,
    }
    if outcome.file is not None:
        values["output"] = _lock(host, job, "output", outcome.file)
    host.database.write(lambda one: kept.end(one, job, **values), job.tenant)
    _heard.pop(job.id, None)
