"""Users of a node and their tokens: added and revoked by events of its `own` stream.

A token is shown once; the journal and the read model hold its hash. Decides who a token belongs to,
never what that user may do (node/domain/permissions.py).
"""

from __future__ import annotations

from hashlib import sha256

import msgspec

from federation.ids import self_domain
from node.domain.commands import Actor
from node.readmodel.queries import token_row
from node.readmodel.rows import USER_ADDED, USER_REVOKED
from node.service.host import Host
from node.service.place import Place
from node.storage.hosts import Tenant, find_membership
from node.storage.store import SqlStore
from schemas.refusals import Refused
from sync.me import Me
from sync.publish import publish
from sync.writing import Draft

ROLES = (
    "registrar", "supervisor", "head", "handler", "leader", "admin", "security", "auditor",
    "enterprise",
)  # fmt: skip


class Token(msgspec.Struct, frozen=True):
    """A new user's token, shown once."""

    node: str
    user: str
    role: str
    token: str


class Who(msgspec.Struct, frozen=True):
    """Whose token it is."""

    tenant: Tenant
    actor: Actor


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def add(host: Host, node: str, user: str, role: str) -> Token:
    """Give `user` a role at `node`; return the token. Refused `malformed` for an unknown role."""
    if role not in ROLES:
        raise Refused("malformed", f"role {role!r}; accepted: {', '.join(ROLES)}")
    if not 1 <= len(user) <= 64:
        raise Refused("malformed", "a user's name has 1 to 64 characters")
    token = host.chance.bytes(24).hex()
    _write(host, node, USER_ADDED, user, role, token)
    return Token(node, user, role, token)


def revoke(host: Host, token: str) -> None:
    """Let a token open nothing any longer, from the next request on."""
    who = find(host, token)
    if who is not None:
        _write(host, who.tenant.node, USER_REVOKED, who.actor.user, who.actor.role, token)


def _write(host: Host, node: str, type: str, user: str, role: str, token: str) -> None:
    tenant = host.tenant(node)
    with host.database.read() as connection:
        membership = find_membership(connection, tenant, self_domain(node))
    if membership is None:
        raise Refused("wrong-receiver", f"{node} is not served here")
    subject = f"user:{node}:{host.chance.nonce()}"
    data = {"user": user, "role": role, "token": _hash(token)}
    draft = Draft(type, subject, "own", data)

    def work(store: SqlStore, me: Me) -> None:
        publish(store, me, [draft], host.now(), lambda: host.chance.bytes(16))

    host.write(Place(tenant, membership), work)


def find(host: Host, token: str) -> Who | None:
    """Whose token it is; None when it is nobody's or was revoked."""
    with host.database.read() as connection:
        row = token_row(connection, _hash(token))
    if row is None:
        return None
    tenant = Tenant(row["id"], row["node"], row["name"], row["level"], row["code"])
    return Who(tenant, Actor(row["node"], row["user"], row["role"]))
