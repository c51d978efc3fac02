"""Who lives on this host: tenants, their keys, their memberships, settings.

Decides nothing; never gives out a key but to whoever holds the host's key. What concerns one tenant
names it; what names none is the host's own. Follows docs/spec/04-membership.md for what a
membership consists of.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from federation.keys import SigningKey, Vault
from node.storage.rosters import new_version
from node.storage.scope import Statement, execute, named, putting
from node.storage.tables import memberships, secrets, settings, tenants

HOST: Final = 0
"""stands for the tenant of a setting that is the host's"""
_TENANT_COLUMNS: Final = (
    tenants.c.id,
    tenants.c.node,
    tenants.c.name,
    tenants.c.level,
    tenants.c.code,
)
_MEMBERSHIP_COLUMNS: Final = (
    memberships.c.domain, memberships.c.genesis, memberships.c.parent, memberships.c.epoch,
    memberships.c.keyid, memberships.c.fence, memberships.c.lineage, memberships.c.joined_at,
)  # fmt: skip
_TENANT: Final = Statement(select(*_TENANT_COLUMNS).where(*named(tenants.c.node)))
_KEY: Final = Statement(select(secrets.c.blob).where(*named(secrets.c.tenant, secrets.c.keyid)))
_MEMBERSHIP: Final = Statement(
    select(*_MEMBERSHIP_COLUMNS).where(*named(memberships.c.tenant, memberships.c.domain))
)
_MEMBERSHIPS: Final = Statement(
    select(*_MEMBERSHIP_COLUMNS).where(*named(memberships.c.tenant)).order_by(memberships.c.domain)
)
_SEATS: Final = (
    select(tenants.c.node, memberships.c.domain)
    .join(memberships, memberships.c.tenant == tenants.c.id)
    .where(memberships.c.genesis.is_not(None))
    .order_by(tenants.c.id, memberships.c.domain)
)
_ROOTS: Final = _SEATS.where(memberships.c.parent.is_(None))
_SETTING: Final = Statement(
    select(settings.c.value).where(*named(settings.c.tenant, settings.c.name))
)
_PUT_SETTING: Final = putting(settings, "tenant", "name", "value")


class Tenant(msgspec.Struct, frozen=True):
    """A node that lives here."""

    id: int
    """its number on this host, in no other place of any meaning"""
    node: str
    name: str
    level: str | None = None
    code: str | None = None


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """A node's place in one domain, or in its own (`self@…`), which has neither genesis nor parent.

    `epoch` and `keyid` are those that it signs with now; `fence` is this copy's token.
    """

    domain: str
    genesis: str | None = None
    """the genesis' envelope, one JSON line"""
    parent: str | None = None
    epoch: str
    keyid: str
    fence: int = 1
    lineage: tuple[dict[str, Any], ...] = ()
    """proven events from the root's first child to the node"""
    joined_at: str
    """wire instant"""


def create_tenant(
    connection: Connection, node: str, name: str, level: str | None = None, code: str | None = None
) -> Tenant:
    """Let a node live here. The database refuses a node id that is here already."""
    made = insert(tenants).values(node=node, name=name, level=level, code=code)
    number: int = connection.execute(made.returning(tenants.c.id)).scalar_one()
    return Tenant(number, node, name, level, code)


def list_tenants(connection: Connection) -> list[Tenant]:
    """All nodes that live here, in the order in which they came."""
    asked = select(*_TENANT_COLUMNS).order_by(tenants.c.id)
    return [Tenant(*row) for row in connection.execute(asked)]


def find_tenant(connection: Connection, node: str) -> Tenant | None:
    """The tenant with this node id, None when it doesn't live here."""
    row = execute(connection, _TENANT, node=node).fetchone()
    return Tenant(*row) if row is not None else None


# keys


def put_key(
    connection: Connection, tenant: Tenant, key: SigningKey, vault: Vault, nonce: bytes
) -> None:
    """Keep a signing key, locked. `nonce`: 12 random bytes, never used twice."""
    blob = vault.lock(key.seed, _bound(tenant, key.public.keyid), nonce)
    values = {"tenant": tenant.id, "keyid": key.public.keyid, "blob": blob}
    connection.execute(insert(secrets).values(values))


def load_key(connection: Connection, tenant: Tenant, keyid: str, vault: Vault) -> SigningKey:
    """The signing key with this id. LookupError: none; ValueError: locked with another host key."""
    row = execute(connection, _KEY, tenant=tenant.id, keyid=keyid).fetchone()
    if row is None:
        raise LookupError(f"{tenant.node} has no key {keyid} here")
    return SigningKey.from_seed(vault.open(bytes(row[0]), _bound(tenant, keyid)))


def list_keys(connection: Connection, tenant: Tenant) -> list[str]:
    """The ids of the keys kept for a tenant, in order."""
    asked = select(secrets.c.keyid).where(secrets.c.tenant == tenant.id)
    return list(connection.execute(asked.order_by(secrets.c.keyid)).scalars())


def _bound(tenant: Tenant, keyid: str) -> bytes:
    """What a locked key is bound to, so that no other row's blob can stand in its place."""
    return f"duban key {keyid} of {tenant.node}".encode()


# memberships


def put_membership(connection: Connection, tenant: Tenant, made: Membership) -> None:
    """Keep a membership, new or changed; the roster and the rotations of a known one stay."""
    values = {
        "genesis": made.genesis,
        "parent": made.parent,
        "epoch": made.epoch,
        "keyid": made.keyid,
        "fence": made.fence,
        "lineage": msgspec.json.encode(made.lineage).decode(),
        "joined_at": made.joined_at,
    }
    place = (memberships.c.tenant == tenant.id, memberships.c.domain == made.domain)
    if connection.execute(update(memberships).where(*place).values(values)).rowcount:
        return
    new = {"tenant": tenant.id, "domain": made.domain, "rotations": "[]"}
    connection.execute(insert(memberships).values(new | values | {"version": new_version()}))


def find_membership(connection: Connection, tenant: Tenant, domain: str) -> Membership | None:
    """A tenant's place in `domain`, None when it has none."""
    row = execute(connection, _MEMBERSHIP, tenant=tenant.id, domain=domain).fetchone()
    return _membership(row) if row is not None else None


def list_memberships(connection: Connection, tenant: Tenant) -> list[Membership]:
    """All places of a tenant, by domain."""
    found = execute(connection, _MEMBERSHIPS, tenant=tenant.id).fetchall()
    return [_membership(row) for row in found]


def list_seats(connection: Connection, roots: bool = False) -> list[tuple[str, str]]:
    """(node, domain) of every place on this host, `self@…` left out; only of roots if asked.

    A place holds a lineage: whoever goes through all of them asks for one at a time.
    """
    return [(row.node, row.domain) for row in connection.execute(_ROOTS if roots else _SEATS)]


def _membership(row: tuple[Any, ...]) -> Membership:
    domain, genesis, parent, epoch, keyid, fence, lineage, joined_at = row
    return Membership(
        domain=domain,
        genesis=genesis,
        parent=parent,
        epoch=epoch,
        keyid=keyid,
        fence=fence,
        lineage=tuple(msgspec.json.decode(lineage)),
        joined_at=joined_at,
    )


# settings


def put_setting(connection: Connection, name: str, value: str, tenant: int = HOST) -> None:
    """Keep a setting of the host, or of one tenant."""
    execute(connection, _PUT_SETTING, tenant=tenant, name=name, value=value)


def find_setting(connection: Connection, name: str, tenant: int = HOST) -> str | None:
    """A setting, None when it was never made."""
    row = execute(connection, _SETTING, tenant=tenant, name=name).fetchone()
    return row[0] if row is not None else None


def settings_named(connection: Connection, name: str) -> dict[int, str]:
    """A setting of every tenant that has it, by the tenant's number."""
    asked = select(settings.c.tenant, settings.c.value).where(settings.c.name == name)
    return {row.tenant: row.value for row in connection.execute(asked)}


def drop_setting(connection: Connection, name: str, tenant: int = HOST) -> None:
    """Forget a setting."""
    place = (settings.c.tenant == tenant, settings.c.name == name)
    connection.execute(delete(settings).where(*place))


def list_settings(connection: Connection, tenant: int = HOST) -> Mapping[str, str]:
    """All settings of the host, or of one tenant, by name."""
    asked = select(settings.c.name, settings.c.value).where(settings.c.tenant == tenant)
    return {row.name: row.value for row in connection.execute(asked.order_by(settings.c.name))}
