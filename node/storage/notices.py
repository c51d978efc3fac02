"""What was said to people, their addresses, and the outbox of messages with its log.

Decides that a key is said once and a message is under way once (a lease), and nothing else: what is
due to whom, what goes out when and how it is put stand in node/service/reminders.py, digests.py and
deliveries.py. Follows docs/notices.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from node.storage.tables import alarms, contacts, deliveries, letters, notices, tenants

CHANNELS: Final = {"email": "email", "sms": "phone", "chat": "chat"}
"""by which way a message goes -> which of a person's addresses it needs"""


class Alarm(NamedTuple):
    """An assignment or a draft whose reminders are to be looked at, at a node in a domain."""

    tenant: int
    node: str
    domain: str
    object: str


class Contact(NamedTuple):
    """A user's addresses; `chat`: of a group, as the gateway names it."""

    user: str
    email: str | None
    phone: str | None
    chat: str | None

    @property
    def addresses(self) -> dict[str, str]:
        """By channel."""
        found = {name: getattr(self, held) for name, held in CHANNELS.items()}
        return {name: address for name, address in found.items() if address}


class Delivery(NamedTuple):
    """A message in the outbox; `begun`, `due`, `delivered`: wire time, Unix seconds."""

    n: int
    tenant: int
    id: str
    user: str
    channel: str
    address: str
    notice: int | None
    text: str | None
    made_at: str
    begun: float
    state: str
    due: float
    attempts: int
    delivered: float | None
    last_error: str | None


def _adding(connection: Connection, table: Table) -> Any:
    """An insert that leaves what is there already."""
    of = postgresql if connection.dialect.name == "postgresql" else sqlite
    return of.insert(table).on_conflict_do_nothing()


# when to look


def ringing(connection: Connection, now: str, most: int) -> list[Alarm]:
    """The alarms whose instant has come, those of one node together."""
    asked = (
        select(alarms.c.tenant, tenants.c.node, alarms.c.domain, alarms.c.object)
        .join(tenants, tenants.c.id == alarms.c.tenant)
        .where(alarms.c.at <= now)
        .order_by(alarms.c.at)
        .limit(most)
    )
    return sorted(Alarm(*row) for row in connection.execute(asked))


def set_alarm(
    connection: Connection, tenant: int, domain: str, object: str, at: str | None
) -> None:
    """When to look again; None: not before something changes."""
    here = (
        alarms.c.tenant == tenant,
        alarms.c.domain == domain,
        alarms.c.object == object,
    )
    connection.execute(update(alarms).where(*here).values(at=at))


# what was said


def put_notice(connection: Connection, tenant: int, said: Mapping[str, Any]) -> int | None:
    """Keep a notice under its key; its number, or None when that key was said before."""
    row = {"tenant": tenant, **said}
    made = _adding(connection, notices).values(row).returning(notices.c.n)
    found = connection.execute(made).scalar()
    return int(found) if found is not None else None


def find_notice(connection: Connection, tenant: int, key: str) -> int | None:
    """The number of what was said under a key."""
    asked = select(notices.c.n).where(notices.c.tenant == tenant, notices.c.key == key)
    return connection.execute(asked).scalar()


def count_one_more(connection: Connection, tenant: int, n: int) -> None:
    """A notice is about one object more."""
    here = (notices.c.tenant == tenant, notices.c.n == n)
    connection.execute(update(notices).where(*here).values(count=notices.c.count + 1))


def put_letters(connection: Connection, tenant: int, n: int, users: Iterable[str]) -> None:
    """Lay a notice into these users' inboxes; it stays read where it was read."""
    rows = [{"tenant": tenant, "user": user, "n": n, "read_at": None} for user in users]
    if rows:
        connection.execute(_adding(connection, letters), rows)


def mark_read(
    connection: Connection, tenant: int, user: str, ns: Collection[int], now: str
) -> list[int]:
    """Mark a user's letters as read; those of them that are the user's."""
    mine = (letters.c.tenant == tenant, letters.c.user == user, letters.c.n.in_(list(ns)))
    unread = letters.c.read_at.is_(None)
    connection.execute(update(letters).where(*mine, unread).values(read_at=now))
    return sorted(connection.execute(select(letters.c.n).where(*mine)).scalars())


# addresses


def put_contact(connection: Connection, tenant: int, kept: Contact) -> None:
    """Keep a user's addresses in place of those before; none left: forget the user."""
    gone = delete(contacts).where(contacts.c.tenant == tenant, contacts.c.user == kept.user)
    connection.execute(gone)
    if kept.addresses:
        connection.execute(insert(contacts).values(kept._asdict() | {"tenant": tenant}))


def list_contacts(
    connection: Connection, tenant: int, users: Collection[str] | None = None
) -> list[Contact]:
    """The addresses of these users, or of all, by user."""
    asked = select(*[one for one in contacts.c if one.name != "tenant"])
    asked = asked.where(contacts.c.tenant == tenant).order_by(contacts.c.user)
    if users is not None:
        asked = asked.where(contacts.c.user.in_(list(users)))
    return [Contact(*row) for row in connection.execute(asked)]


def tenants_with_contacts(connection: Connection) -> list[str]:
    """The nodes in which anybody has an address."""
    asked = select(tenants.c.node).where(tenants.c.id.in_(select(contacts.c.tenant)))
    return sorted(connection.execute(asked).scalars())


# the outbox


def put_deliveries(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add messages; one whose id is there already is not added again."""
    fresh = {"state": "waiting", "attempts": 0, "delivered": None, "last_error": None}
    made = [fresh | dict(row) for row in rows]
    if made:
        connection.execute(_adding(connection, deliveries), made)


def ready(
    connection: Connection, now: float, channels: Collection[str], most: int
) -> list[tuple[Delivery, str]]:
    """Messages whose time it is, each with its node's id."""
    asked = (
        select(deliveries, tenants.c.node)
        .join(tenants, tenants.c.id == deliveries.c.tenant)
        .where(
            deliveries.c.state == "waiting",
            deliveries.c.due <= now,
            deliveries.c.channel.in_(sorted(channels)),
        )
        .order_by(deliveries.c.due, deliveries.c.n)
        .limit(most)
    )
    return [(_delivery(row), row.node) for row in connection.execute(asked)]


def _delivery(row: Any) -> Delivery:
    return Delivery(*(row._mapping[name] for name in Delivery._fields))


def lease(connection: Connection, one: Delivery, until: float) -> bool:
    """Take a message to send it; nobody else takes it before `until`. Whether it was free."""
    free = (deliveries.c.n == one.n, deliveries.c.state == "waiting", deliveries.c.due == one.due)
    taken = update(deliveries).where(*free)
    taken = taken.values(due=until, attempts=deliveries.c.attempts + 1)
    return connection.execute(taken).rowcount == 1


def change_delivery(connection: Connection, n: int, **values: Any) -> None:
    """What became of a message."""
    connection.execute(update(deliveries).where(deliveries.c.n == n).values(values))


def take_into_digest(connection: Connection, tenant: int, channel: str, address: str) -> list[int]:
    """Messages to an address that nobody has tried to send go with its digest; their notices."""
    here = (
        deliveries.c.tenant == tenant,
        deliveries.c.channel == channel,
        deliveries.c.address == address,
        deliveries.c.state == "waiting",
        deliveries.c.attempts == 0,
        deliveries.c.notice.is_not(None),
    )
    found = list(connection.execute(select(deliveries.c.notice).where(*here)).scalars())
    connection.execute(update(deliveries).where(*here).values(state="digest"))
    return sorted(n for n in found if n is not None)


def list_deliveries(
    connection: Connection,
    tenant: int,
    before: int | None = None,
    limit: int = 100,
    *,
    channel: str = "",
    state: str = "",
) -> list[Delivery]:
    """The delivery log, newest first: those with a number below `before`.

    `channel`, `state`: of these only.
    """
    asked = select(deliveries).where(deliveries.c.tenant == tenant)
    if channel:
        asked = asked.where(deliveries.c.channel == channel)
    if state:
        asked = asked.where(deliveries.c.state == state)
    if before is not None:
        asked = asked.where(deliveries.c.n < before)
    found = connection.execute(asked.order_by(deliveries.c.n.desc()).limit(limit))
    return [_delivery(row) for row in found]
