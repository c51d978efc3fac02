"""Every act of a user: done once, answered alike when sent twice, and written into the audit.

An act's events, its answer under the Idempotency-Key, and its entry in the node's own chain
(`duban.audit.acted`, domain self@…) share one transaction. A refused act leaves an entry alone.
One entry per request, however many commands it holds. Decides nothing of the domain, and writes no
secret and no content: who, in which role, did what to which object, when, and what came of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec

from federation.ids import self_domain
from node.domain.commands import Actor, DomainRefused
from node.readmodel.rows import ACTED
from node.service.host import Host
from node.service.place import Place
from node.service.work import Asked, batch_in
from node.storage import answers
from node.storage.engine import Connection
from node.storage.hosts import Tenant, find_membership
from node.storage.store import SqlStore
from schemas.refusals import Refused
from sync.me import Me
from sync.publish import publish
from sync.writing import Draft

MOST_KEY: Final = 128
DONE: Final = "done"

Answer = dict[str, Any]


class Deed(msgspec.Struct, frozen=True):
    """What a request means to do. `key`: its Idempotency-Key, perhaps ""; `digest`: of its body."""

    act: str
    object: str = ""
    count: int = 1
    key: str = ""
    digest: str = ""


def digest_of(data: bytes) -> str:
    """What tells one body from another under one Idempotency-Key."""
    return sha256(data).hexdigest()


def own_place(host: Host, tenant: Tenant, connection: Connection | None = None) -> Place:
    """A node in its own domain, where users and acts are written. Refused `wrong-receiver`."""
    if connection is None:
        with host.database.read(tenant.id) as reading:
            return own_place(host, tenant, reading)
    found = find_membership(connection, tenant, self_domain(tenant.node))
    if found is None:
        raise Refused("wrong-receiver", f"{tenant.node} is not served here")
    return Place(tenant, found)


def perform(
    host: Host, place: Place, actor: Actor, deed: Deed, work: Callable[[SqlStore, Me], Answer]
) -> tuple[Answer, bool]:
    """Do it in one durable transaction; the answer, and whether it was kept from the first time.

    Raises what `work` raises (audited), and DomainRefused `idempotency-key` for a key used with
    another request.
    """
    bounded(deed)

    def run(store: SqlStore, me: Me) -> tuple[Answer, bool]:
        held = _kept(host, store, actor, deed) if deed.key else None
        if held is not None:
            return held, True
        made = work(store, me)
        named = msgspec.structs.replace(deed, object=deed.object or _made(made))
        note(host, store.connection, place.tenant, actor, named, DONE)
        if deed.key:
            _keep(host, store, actor, deed, made)
        return made, False

    try:
        return host.write(place, run)
    except (DomainRefused, Refused) as refused:
        refuse(host, place.tenant, actor, deed, refused)
        raise


def _made(made: Answer) -> str:
    """The object that an act made, where it named none; of several the first."""
    rows = made.get("results") or [made]
    return str(rows[0].get("id", ""))


def bounded(deed: Deed) -> None:
    """Refuse an overlong Idempotency-Key."""
    if len(deed.key) > MOST_KEY:
        accepted = f"1 to {MOST_KEY} characters"
        raise DomainRefused("bad-input", "too long", accepted, "Idempotency-Key")


def around(
    host: Host, place: Place, actor: Actor, deed: Deed, work: Callable[[], Answer]
) -> tuple[Answer, bool]:
    """As `perform`, where `work` opens transactions of its own: entry and answer follow its effect.

    A crash between leaves the effect without them: only for what the protocol's own events tell
    of (keys, membership, calendars) or what may be done twice (uploads).
    """
    bounded(deed)
    held = host.read(place, lambda store: _kept(host, store, actor, deed)) if deed.key else None
    if held is not None:
        return held, True
    try:
        made = work()
    except (DomainRefused, Refused) as refused:
        refuse(host, place.tenant, actor, deed, refused)
        raise

    def after(store: SqlStore, _: Me) -> None:
        note(host, store.connection, place.tenant, actor, deed, DONE)
        if deed.key:
            _keep(host, store, actor, deed, made)

    host.write(place, after)
    return made, False


def command(
    host: Host, place: Place, actor: Actor, deed: Deed, asked: Sequence[Asked]
) -> tuple[list[Answer], bool]:
    """Commands of the domain as one act. Raises DomainRefused, and then nothing was written."""

    def run(store: SqlStore, me: Me) -> Answer:
        return {"results": batch_in(host, place, actor, asked, store, me)}

    made, again = perform(host, place, actor, deed, run)
    results: list[Answer] = made["results"]
    return results, again


def refuse(
    host: Host, tenant: Tenant, actor: Actor, deed: Deed, refused: DomainRefused | Refused
) -> None:
    """Write down that an act was refused, and by which rule."""
    vars(refused)["audited"] = True
    place = own_place(host, tenant)
    outcome = f"refused:{refused.code}"
    host.write(place, lambda store, _: note(host, store.connection, tenant, actor, deed, outcome))


def done(host: Host, tenant: Tenant, actor: Actor, deed: Deed) -> None:
    """Write down an act that changed no journal: reading the trail, an export, the clock."""
    place = own_place(host, tenant)
    host.write(place, lambda store, _: note(host, store.connection, tenant, actor, deed, DONE))


def note(
    host: Host,
    connection: Connection,
    tenant: Tenant,
    actor: Actor,
    deed: Deed,
    outcome: str,
    detail: str = "",
) -> None:
    """Write an act into the node's own chain, in the transaction of `connection`."""
    place, now = own_place(host, tenant, connection), host.now()
    data: Mapping[str, Any] = {
        "by": actor.by(),
        "act": deed.act,
        "object": deed.object[:200],
        "count": deed.count,
        "outcome": outcome,
        "detail": detail[:500],
    }
    subject = f"audit:{tenant.node}:{now.business[:10].replace('-', '')}"
    draft = Draft(ACTED, subject, "own", data)
    store, me = host.store(connection, place), host.me(connection, place)
    publish(store, me, [draft], now, lambda: host.chance.bytes(16))


def _bound(store: SqlStore, actor: Actor, deed: Deed) -> bytes:
    return f"duban answer {deed.key} of {actor.user} at {store.node}".encode()


def _kept(host: Host, store: SqlStore, actor: Actor, deed: Deed) -> Answer | None:
    now = host.now().seconds
    held = answers.find(store.connection, store.tenant, actor.user, deed.key, now)
    if held is None:
        return None
    if held.digest != deed.digest:
        detail = "this key was used with another request in the last 24 hours"
        raise DomainRefused("idempotency-key", detail, "a new key", "Idempotency-Key")
    found: Answer = json.loads(host.vault.open(held.blob, _bound(store, actor, deed)))
    return found


def _keep(host: Host, store: SqlStore, actor: Actor, deed: Deed, made: Answer) -> None:
    plain = json.dumps(made, ensure_ascii=False).encode()
    blob = host.vault.lock(plain, _bound(store, actor, deed), host.chance.bytes(12))
    kept = answers.Kept(deed.digest, blob)
    answers.keep(store.connection, store.tenant, actor.user, deed.key, kept, host.now().seconds)
