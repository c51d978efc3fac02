"""A user's inbox and addresses, and the delivery log: for REST, the terminal and the pages.

Decides how notices are shown and that one reads and addresses only one's own. What is due to whom
is reminders.py's. Follows docs/notices.md.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Final

from node.domain.commands import Actor, DomainRefused
from node.notify import words
from node.readmodel import inbox
from node.readmodel.scope import sight_of
from node.service.acts import Answer, Deed, perform
from node.service.clock import instant
from node.service.host import Host
from node.service.place import Place
from node.storage import notices as kept
from node.storage.engine import Connection
from node.storage.hosts import Tenant
from node.storage.notices import Contact, Delivery
from node.storage.store import SqlStore
from sync.me import Me

_SHOWN: Final = (
    *("kind", "object", "clock", "after", "minutes", "to", "due", "at", "made_at", "count"),
    *("read_at", "matter", "no", "title", "issuer", "assignee"),
)


def row(found: dict[str, Any]) -> Answer:
    """A notice as its reader sees it; `step`, `text`: in the interface's words."""
    shown = {name: found[name] for name in _SHOWN}
    said = {"step": words.step(found), "text": words.line(found)}
    return {"id": str(found["n"]), **said, **shown}


def listed(
    host: Host,
    place: Place,
    actor: Actor,
    *,
    unread: bool = False,
    after: int | None = None,
    limit: int = 100,
) -> Answer:
    """A page of the actor's notices, newest first (`after`: `next` of the last page), and how many
    are unread in all."""
    now, sight = host.now().business, sight_of(actor.user, actor.role)
    asks = (place.tenant.id, place.domain, now, actor.user)
    with host.database.read(place.tenant.id) as connection:
        found = inbox.inbox(connection, *asks, unread=unread, after=after, limit=limit, sight=sight)
        count = inbox.count_unread(connection, *asks, sight=sight)
    following = str(found[-1]["n"]) if len(found) == limit else None
    return {"items": [row(one) for one in found], "next": following, "unread": count}


def count_unread(host: Host, place: Place, actor: Actor) -> int:
    """How many of the actor's notices are unread."""
    now, sight = host.now().business, sight_of(actor.user, actor.role)
    with host.database.read(place.tenant.id) as connection:
        return inbox.count_unread(
            connection, place.tenant.id, place.domain, now, actor.user, sight=sight
        )


def mark_read(host: Host, tenant: Tenant, actor: Actor, ids: Collection[str]) -> list[str]:
    """Mark these of the actor's notices as read; those that are the actor's. Ids of others, and
    what is no id, are passed over."""
    now = host.now().business
    ns = [int(one) for one in ids if number(one)]

    def work(connection: Connection) -> list[int]:
        return kept.mark_read(connection, tenant.id, actor.user, ns, now)

    return [str(n) for n in host.database.write(work, tenant.id)]


def number(id: str) -> bool:
    """Whether it has the form of a notice's id."""
    return id.isascii() and id.isdigit() and len(id) < 16


def read(host: Host, place: Place, actor: Actor, id: str, deed: Deed) -> tuple[Answer, bool]:
    """Mark one as read, as an act. DomainRefused `not-found`."""

    def work(store: SqlStore, _: Me) -> Answer:
        ns = [int(id)] if number(id) else []
        now = host.now().business
        if not kept.mark_read(store.connection, store.tenant, actor.user, ns, now):
            raise DomainRefused("not-found", f"no notice {id[:70]} to {actor.user}")
        return {"id": id, "state": "read"}

    return perform(host, place, actor, deed, work)


def contacts(host: Host, tenant: Tenant, user: str) -> Answer:
    """Where a user is reached."""
    with host.database.read(tenant.id) as connection:
        found = kept.list_contacts(connection, tenant.id, [user])
    return (found[0] if found else Contact(user, None, None, None))._asdict()


def put_contacts(
    host: Host, place: Place, actor: Actor, user: str, form: dict[str, Any], deed: Deed
) -> tuple[Answer, bool]:
    """Reach a user at these addresses from now on; what is left out is forgotten."""
    made = Contact(user, form.get("email"), form.get("phone"), form.get("chat"))

    def work(store: SqlStore, _: Me) -> Answer:
        kept.put_contact(store.connection, store.tenant, made)
        return made._asdict()

    return perform(host, place, actor, deed, work)


def log(
    host: Host,
    tenant: Tenant,
    before: int | None,
    limit: int,
    *,
    channel: str = "",
    state: str = "",
) -> Answer:
    """The delivery log, newest first; no content, addresses masked. `channel`, `state`: only so."""
    wanted = {"channel": channel, "state": state}
    with host.database.read(tenant.id) as connection:
        found = kept.list_deliveries(connection, tenant.id, before, limit, **wanted)
    following = str(found[-1].n) if len(found) == limit else None
    return {"items": [log_row(one) for one in found], "next": following}


def log_row(one: Delivery) -> Answer:
    """A message as the delivery log shows it."""
    at = one.delivered
    return {
        "id": one.id,
        "user": one.user,
        "channel": one.channel,
        "address": masked(one.address),
        "made_at": one.made_at,
        "state": one.state,
        "attempts": one.attempts,
        "delivered_at": None if at is None else instant(datetime.fromtimestamp(at, UTC)),
        "last_error": one.last_error,
    }


def masked(address: str) -> str:
    """An address that its owner knows again and nobody else learns."""
    name, at, domain = address.partition("@")
    shown = max(1, min(3, len(name) // 3))
    end = name[-shown:] if len(name) > 4 else ""
    return f"{name[:shown]}***{end}{at}{domain}"
