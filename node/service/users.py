"""Users of a node and their accounts: added, changed and revoked by events of its `own` stream.

An account is one user in one role with one token; the token is shown once, the journal and the read
model hold its hash. Decides who a token belongs to and that the three administrators stay apart;
never what a user may do (node/api/routes.py, node/domain/permissions.py). A change is seen by the
next request, since every request asks the read model.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any, Final

import msgspec

from node.domain.commands import Actor, DomainRefused
from node.readmodel import accounts, queries
from node.readmodel.rows import USER_ADDED, USER_REVOKED
from node.readmodel.scope import ADMINISTRATORS, ROLES
from node.service.acts import Answer, Deed, own_place, perform
from node.service.host import Host
from node.storage.hosts import Tenant
from node.storage.store import SqlStore
from schemas.fields import LINE
from schemas.refusals import Refused
from sync.me import Me
from sync.publish import publish
from sync.writing import Draft

__all__ = ["ROLES", "Token", "Who", "add", "change", "create", "drop", "find", "revoke"]

TERMINAL: Final = "terminal"


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
    return sha256(token.encode(errors="surrogatepass")).hexdigest()


def operator(node: str) -> Actor:
    """Whoever holds the host's own files: the terminal, where no user is named."""
    return Actor(node, TERMINAL, "system")


def add(host: Host, node: str, user: str, role: str) -> Token:
    """Give `user` an account at `node`, as the terminal; return its token. Refused `malformed`."""
    tenant = host.tenant(node)
    try:
        made, _ = create(host, tenant, operator(node), user, role, Deed("user.add", user))
    except DomainRefused as refused:
        raise Refused("malformed", f"{refused.detail}; accepted: {refused.accepted}") from None
    return Token(node, user, role, made["token"])


def create(
    host: Host, tenant: Tenant, by: Actor, user: str, role: str, deed: Deed
) -> tuple[Answer, bool]:
    """A new account with its token. DomainRefused `bad-input`, `conflict`, `wrong-role`."""
    token = host.chance.bytes(24).hex()

    def work(store: SqlStore, me: Me) -> Answer:
        _checked(store, by, user, role)
        if not 1 <= len(user) <= 64 or not _line(user):
            raise DomainRefused(
                "bad-input", "no user's name", "1 to 64 characters, one line", "user"
            )
        id = _hash(token)
        _write(host, store, me, USER_ADDED, user, role, id)
        return {"id": id, "user": user, "role": role, "revoked": False, "token": token}

    return perform(host, own_place(host, tenant), by, deed, work)


def change(
    host: Host, tenant: Tenant, by: Actor, id: str, role: str, deed: Deed
) -> tuple[Answer, bool]:
    """Give an account another role; its token stays, and bites on the next request."""

    def work(store: SqlStore, me: Me) -> Answer:
        held = _account(store, by, id)
        _checked(store, by, held["user"], role, besides=id)
        _write(host, store, me, USER_ADDED, held["user"], role, id)
        return {"id": id, "user": held["user"], "role": role, "revoked": False}

    return perform(host, own_place(host, tenant), by, deed, work)


def drop(host: Host, tenant: Tenant, by: Actor, id: str, deed: Deed) -> tuple[Answer, bool]:
    """Let an account open nothing any longer. DomainRefused `not-found`."""

    def work(store: SqlStore, me: Me) -> Answer:
        held = _account(store, by, id)
        _write(host, store, me, USER_REVOKED, held["user"], held["role"], id)
        return {"id": id, "user": held["user"], "role": held["role"], "revoked": True}

    return perform(host, own_place(host, tenant), by, deed, work)


def revoke(host: Host, token: str) -> None:
    """Let a token open nothing any longer, from the next request on."""
    who = find(host, token)
    if who is not None:
        node = who.tenant.node
        drop(host, who.tenant, operator(node), _hash(token), Deed("user.revoke", who.actor.user))


def _checked(store: SqlStore, by: Actor, user: str, role: str, besides: str = "") -> None:
    """Refuse an unknown role, one's own account, and two administrators in one person."""
    if role not in ROLES:
        raise DomainRefused("bad-input", f"role {role!r}", ", ".join(ROLES), "role")
    if user == by.user and by.role != "system":
        raise DomainRefused("wrong-role", "nobody changes an account of one's own")
    if role not in ADMINISTRATORS:
        return
    held = [one for one in accounts.accounts_of(store.connection, store.tenant, user)]
    other = [
        one["role"]
        for one in held
        if one["id"] != besides and one["role"] in ADMINISTRATORS and one["role"] != role
    ]
    if other:
        detail = f"{user} is {other[0]}: the three administrators are three people"
        raise DomainRefused("conflict", detail, "another user", "user")


def _account(store: SqlStore, by: Actor, id: str) -> dict[str, Any]:
    held = accounts.account(store.connection, store.tenant, id)
    if held is None:
        raise DomainRefused("not-found", f"no account {id[:70]}")
    if held["user"] == by.user and by.role != "system":
        raise DomainRefused("wrong-role", "nobody changes an account of one's own")
    return held


def _line(text: str) -> bool:
    return re.match(LINE, text) is not None


def _write(
    host: Host, store: SqlStore, me: Me, type: str, user: str, role: str, token: str
) -> None:
    subject = f"user:{store.node}:{host.chance.nonce()}"
    draft = Draft(type, subject, "own", {"user": user, "role": role, "token": token})
    publish(store, me, [draft], host.now(), lambda: host.chance.bytes(16))


def find(host: Host, token: str) -> Who | None:
    """Whose token it is; None when it is nobody's or was revoked."""
    with host.database.read() as connection:
        row = queries.token_row(connection, _hash(token))
    return _who(row) if row is not None else None


def former(host: Host, token: str) -> Who | None:
    """Whose token it is or was."""
    with host.database.read() as connection:
        row = accounts.owner_of_token(connection, _hash(token))
    return _who(row) if row is not None else None


def _who(row: Any) -> Who:
    tenant = Tenant(row["id"], row["node"], row["name"], row["level"], row["code"])
    return Who(tenant, Actor(row["node"], row["user"], row["role"]))
