"""Passwords: what is one, set and changed, asked for once more, counted when it is in vain.

Decides how a password is kept (argon2id) and when a name is locked. Never decides who comes in
(logins.py). A password is written nowhere, not even into the audit trail.
"""

from __future__ import annotations

from typing import Final

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from node.domain.commands import Actor, DomainRefused
from node.readmodel import accounts
from node.service import acts
from node.service.acts import Answer, Deed
from node.service.host import Host
from node.storage import logins as kept
from node.storage.engine import Connection
from node.storage.hosts import Tenant
from node.storage.store import SqlStore
from sync.me import Me

TRIES: Final = 5
LOCKED: Final = 900.0
LEAST: Final = 10
MOST: Final = 200

_hasher: Final = PasswordHasher()
DUMMY: Final = _hasher.hash("nobody has this password")


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _hasher.hash(password)


def good_password(user: str, password: str) -> None:
    """Refuse a password that is too short, too long, or the name again."""
    if not LEAST <= len(password) <= MOST or password.lower() == user.lower():
        accepted = f"{LEAST} to {MOST} characters, not the name itself"
        raise DomainRefused("bad-input", "no password", accepted, "password")


def set_password(
    host: Host, tenant: Tenant, by: Actor, user: str, password: str, *, keep: str = ""
) -> Answer:
    """Give a user who has an account a password; sessions but `keep` end.

    DomainRefused `bad-input`, `not-found`.
    """
    good_password(user, password)
    held, now = hashed(password), host.now().seconds

    def work(store: SqlStore, _: Me) -> Answer:
        if not accounts.accounts_of(store.connection, tenant.id, user):
            raise DomainRefused("not-found", f"{user} has no account here", where="user")
        before = kept.find_login(store.connection, tenant.id, user)
        profile = before.profile if before is not None else None
        kept.put_login(store.connection, tenant.id, kept.Login(user, held, profile, now, 0, 0.0))
        kept.drop_sessions(store.connection, tenant.id, user, keep)
        return {"user": user}

    done, _ = acts.perform(
        host, acts.own_place(host, tenant), by, Deed("user.password", user), work
    )
    return done


def change_password(
    host: Host, session_id: str, tenant: Tenant, actor: Actor, old: str, new: str
) -> None:
    """One's own; the old one is asked for. DomainRefused `bad-input`, `throttled`."""
    good_password(actor.user, new)
    prove(host, tenant, actor, old, "the old password is wrong", "old")
    set_password(host, tenant, actor, actor.user, new, keep=session_id)


def prove(
    host: Host,
    tenant: Tenant,
    by: Actor,
    password: str,
    detail: str = "the password is wrong",
    where: str = "password",
) -> None:
    """Who has come in says the password once more; tries in vain count as at the door.

    DomainRefused `bad-input`, `throttled`.
    """
    with host.database.read(tenant.id) as connection:
        held = kept.find_login(connection, tenant.id, by.user)
    if held is not None and held.locked > host.now().seconds:
        raise throttled(LOCKED)
    if held is not None and fits(held.hash, password):
        host.database.write(lambda one: forgive(one, tenant, held), tenant.id)
        return
    missed(host, tenant, by, Deed("user.prove", by.user), "password")
    raise DomainRefused("bad-input", detail, where=where)


def forgive(connection: Connection, tenant: Tenant, held: kept.Login) -> None:
    """A password that fits ends the count of those in vain."""
    if held.failures or held.locked:
        clean = msgspec.structs.replace(held, failures=0, locked=0.0)
        kept.put_login(connection, tenant.id, clean)


def missed(host: Host, tenant: Tenant, by: Actor, deed: Deed, said: str) -> None:
    """Count a password in vain of a known name; the last that is allowed locks it."""
    now = host.now().seconds

    def work(connection: Connection) -> None:
        fresh = kept.find_login(connection, tenant.id, by.user)
        if fresh is None:
            return
        count = fresh.failures + 1
        full = count >= TRIES
        changed = msgspec.structs.replace(
            fresh, failures=0 if full else count, locked=now + LOCKED if full else 0.0
        )
        kept.put_login(connection, tenant.id, changed)
        detail = f"{said}, try {count}" + (", locked" if full else "")
        acts.note(host, connection, tenant, by, deed, "refused:no-token", detail)

    host.database.write(work, tenant.id)


def fits(hash: str, password: str) -> bool:
    """Whether a password is the one that was kept."""
    try:
        return _hasher.verify(hash, password[:MOST])
    except (VerificationError, InvalidHashError):
        return False


def throttled(wait: float) -> DomainRefused:
    """Too many in vain. `wait`: seconds."""
    return DomainRefused(
        "throttled", "tried too often", f"try again in {int(wait)} seconds", "password"
    )
