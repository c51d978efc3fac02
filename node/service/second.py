"""A second factor set up, renewed, switched off; reset by the security administrator; demanded.

Decides what each of these needs: the password to begin, a code of the new secret to confirm, both
to switch off or to get new recovery codes, another person to reset. Never decides whether a code
fits (codes.py). Each is an act in the audit trail; no secret and no code is written there.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote, urlencode

from federation.keys import DIGITS, STEP
from node.domain.commands import Actor, DomainRefused
from node.readmodel import accounts
from node.service import acts, codes, passwords
from node.service.acts import Deed
from node.service.host import Host
from node.service.logins import Session
from node.storage import factors as kept
from node.storage import logins as sessions
from node.storage.engine import Connection
from node.storage.factors import Factor
from node.storage.hosts import Tenant, put_setting

ISSUER: Final = "督办"


def standing(host: Host, session: Session) -> dict[str, Any]:
    """Whether one's own is on, since when, how many recovery codes are left, what waits."""
    tenant, actor = session.who.tenant, session.who.actor
    with host.database.read(tenant.id) as connection:
        held = kept.find(connection, tenant.id, actor.user)
        left = kept.count_recovery(connection, tenant.id, actor.user)
        demanded = codes.demanded(connection, tenant.id, actor.role)
    waits = held is not None and not held.since
    return {
        "on": held is not None and held.since > 0,
        "since": held.since if held is not None else 0.0,
        "left": left,
        "demanded": demanded,
        "key": _shown(host, tenant, held) if held is not None and waits else None,
    }


def _shown(host: Host, tenant: Tenant, held: Factor) -> dict[str, str]:
    """The secret that waits to be confirmed: as text, and as the address that an app scans."""
    secret = codes.base32(host.vault.open(held.secret, codes.bound(tenant.node, held.user)))
    label = quote(f"{ISSUER} {tenant.name}:{held.user}", safe=":", errors="replace")
    asked = {"secret": secret, "issuer": f"{ISSUER} {tenant.name}", "algorithm": "SHA1",
             "digits": DIGITS, "period": STEP}  # fmt: skip
    return {
        "secret": secret,
        "address": f"otpauth://totp/{label}?{urlencode(asked, quote_via=quote)}",
    }


def begin(host: Host, session: Session, password: str) -> None:
    """A new secret that waits to be confirmed. DomainRefused `bad-input`, `conflict`."""
    tenant, actor = session.who.tenant, session.who.actor
    passwords.prove(host, tenant, actor, password)
    secret, nonce = host.chance.bytes(codes.SECRET), host.chance.bytes(12)
    locked = host.vault.lock(secret, codes.bound(tenant.node, actor.user), nonce)

    def work(connection: Connection) -> bool:
        if codes.confirmed(connection, tenant.id, actor.user):
            return False
        made = Factor(actor.user, locked, 0.0, 0, 0, 0.0)
        kept.put(connection, tenant.id, made)
        return True

    if not host.database.write(work, tenant.id):
        raise DomainRefused("conflict", "a second factor is set up already", "switch it off first")


def confirm(host: Host, session: Session, said: str) -> list[str]:
    """Switch it on with a code of the secret that waits; the recovery codes, shown once.

    DomainRefused `bad-input`, `conflict` where none waits. Other sessions of the user end.
    """
    tenant, actor = session.who.tenant, session.who.actor
    shown, hashes = codes.recovery(host)
    now = host.now().seconds

    def work(connection: Connection) -> DomainRefused | None:
        held = kept.find(connection, tenant.id, actor.user)
        if held is None or held.since:
            return DomainRefused("conflict", "no second factor waits to be confirmed")
        secret = host.vault.open(held.secret, codes.bound(tenant.node, actor.user))
        step = codes.step_of(secret, codes.tidy(said), now)
        if step is None:
            accepted = "the 6 digits that the app shows now; its clock and the host's must agree"
            return DomainRefused("bad-input", "the code is wrong", accepted, "code")
        kept.change(connection, tenant.id, actor.user, since=now, step=step)
        kept.put_recovery(connection, tenant.id, actor.user, hashes)
        sessions.drop_sessions(connection, tenant.id, actor.user, session.id)
        acts.note(host, connection, tenant, actor, Deed("second.on", actor.user), acts.DONE)
        return None

    refused = host.database.write(work, tenant.id)
    if refused is not None:
        raise refused
    return shown


def renew(host: Host, session: Session, password: str, code: str) -> list[str]:
    """New recovery codes in place of those before. DomainRefused `bad-input`, `throttled`."""
    tenant, actor = session.who.tenant, session.who.actor
    _both(host, session, password, code, "second.codes")
    shown, hashes = codes.recovery(host)

    def work(connection: Connection) -> None:
        kept.put_recovery(connection, tenant.id, actor.user, hashes)
        acts.note(host, connection, tenant, actor, Deed("second.codes", actor.user), acts.DONE)

    host.database.write(work, tenant.id)
    return shown


def switch_off(host: Host, session: Session, password: str, code: str) -> None:
    """One step from now on. DomainRefused `bad-input`, `throttled`, `conflict` where demanded."""
    tenant, actor = session.who.tenant, session.who.actor
    with host.database.read(tenant.id) as connection:
        roles = {one["role"] for one in accounts.accounts_of(connection, tenant.id, actor.user)}
        held = any(codes.demanded(connection, tenant.id, role) for role in roles)
    if held:
        raise DomainRefused("conflict", "this node demands a second factor of administrators")
    _both(host, session, password, code, "second.off")
    _drop(host, tenant, actor, actor.user, "second.off", keep=session.id)


def reset(host: Host, tenant: Tenant, by: Actor, user: str) -> None:
    """Take away another's second factor, who lost it; that user's sessions end.

    DomainRefused `wrong-role` for one's own, `not-found`.
    """
    deed = Deed("second.reset", user)
    if user == by.user:
        refused = DomainRefused("wrong-role", "nobody resets a second factor of one's own")
        acts.refuse(host, tenant, by, deed, refused)
        raise refused
    if not _drop(host, tenant, by, user, deed.act):
        raise DomainRefused("not-found", f"{user} has no second factor", where="user")


def demand(host: Host, tenant: Tenant, by: Actor, of: str) -> None:
    """Whether this node lets administrators do anything without one: `administrators`, or ``."""
    if of not in ("", codes.ADMINISTRATORS_ONLY):
        raise DomainRefused("bad-input", f"demanded of {of!r}"[:80], "administrators, or nobody")

    def work(connection: Connection) -> None:
        put_setting(connection, codes.DEMAND, of, tenant.id)
        acts.note(host, connection, tenant, by, Deed("second.demand", of or "nobody"), acts.DONE)

    host.database.write(work, tenant.id)


def _both(host: Host, session: Session, password: str, code: str, act: str) -> None:
    tenant, actor = session.who.tenant, session.who.actor
    passwords.prove(host, tenant, actor, password)
    codes.spend(host, tenant, actor, code, Deed(act, actor.user))


def _drop(host: Host, tenant: Tenant, by: Actor, user: str, act: str, keep: str = "") -> bool:
    def work(connection: Connection) -> bool:
        if not kept.drop(connection, tenant.id, user):
            return False
        sessions.drop_sessions(connection, tenant.id, user, keep)
        acts.note(host, connection, tenant, by, Deed(act, user), acts.DONE)
        return True

    return host.database.write(work, tenant.id)
