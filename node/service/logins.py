"""How people come in by the pages: names and passwords, sessions that end, and firms that register.

Decides whether a password fits (argon2, in time that doesn't tell whether the name exists), how
often one may try, how long a session lasts, and that a changed or revoked account bites on the next
request. Never decides what a user may do. What was done is written into the audit trail; a
password, and what a browser holds, is never written anywhere but as a hash.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from hashlib import sha256
from typing import Any, Final

import msgspec

from node.domain import uscc
from node.domain.commands import Actor, DomainRefused
from node.readmodel import accounts
from node.readmodel.scope import ADMINISTRATORS
from node.service import acts, codes, passwords, users
from node.service.acts import Deed
from node.service.host import Host
from node.service.passwords import DUMMY, LOCKED, TRIES
from node.service.users import Who
from node.storage import logins as kept
from node.storage.engine import Connection
from node.storage.hosts import Tenant, find_setting, put_setting

IDLE: Final = 3600.0  # seconds without a request after which a person's session ends
LONGEST: Final = 12 * 3600.0
SCREEN: Final = 30 * 86400.0  # a wall's screen stays on
BETWEEN: Final = 300.0  # how long the second step may come after the first
HALF: Final = "half"  # the kind of a session whose second step has not come: it opens nothing
SEEN: Final = 60.0  # a session's last request is noted this often
ADDRESS_TRIES: Final = 40  # a minute, of one address, whatever the name
REMEMBERED: Final = 10_000
SECRET: Final = "web-secret"  # noqa: S105  the setting's name
BOUND: Final = b"duban web secret"
REGISTRATIONS: Final = 20  # an hour, of one address


class Session(msgspec.Struct, frozen=True):
    """A browser that has come in."""

    who: Who
    account: str
    kind: str
    id: str
    others: tuple[dict[str, Any], ...] = ()  # the user's other accounts here: id, role
    bare: bool = False  # a second factor is demanded of the role, and none is set up


class Tries:
    """How often was tried in vain, by key, within a span of seconds. Safe between threads."""

    def __init__(self, most: int, span: float) -> None:
        self._most, self._span = most, span
        self._at: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def full(self, key: str, now: float) -> bool:
        """Whether it was tried as often as is allowed."""
        with self._lock:
            return sum(now - at < self._span for at in self._at.get(key, ())) >= self._most

    def add(self, key: str, now: float) -> None:
        """Count one."""
        with self._lock:
            held = self._at.pop(key, [])
            self._at[key] = [*(at for at in held if now - at < self._span), now]
            while len(self._at) > REMEMBERED:
                self._at.popitem(last=False)


class Gatekeeper:
    """The door of a host for people; its counts of tries are this process's own."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._addresses = Tries(ADDRESS_TRIES, 60.0)
        self._unknown = Tries(TRIES, LOCKED)
        self._firms = Tries(REGISTRATIONS, 3600.0)

    def login(
        self, tenant: Tenant, user: str, password: str, address: str
    ) -> tuple[str, Session | None]:
        """A new session for name and password; what the browser is to hold.

        Who has a second factor gets no session, but what `second` asks for with a code. Refuses
        `no-token` (one of the two is wrong, or no account is left), `throttled`.
        """
        host, now = self._host, self._host.now().seconds
        if self._addresses.full(address, now):
            raise passwords.throttled(60.0)
        with host.database.read(tenant.id) as connection:
            held = kept.find_login(connection, tenant.id, user)
            open_ = accounts.accounts_of(connection, tenant.id, user)
        locked = (
            held.locked > now if held is not None else self._unknown.full(_key(tenant, user), now)
        )
        fits = (
            passwords.fits(held.hash if held is not None else DUMMY, password) and held is not None
        )
        if locked:
            self._addresses.add(address, now)
            raise passwords.throttled(LOCKED)
        if not fits or not open_ or held is None:
            self._failed(tenant, user, held, address)
            raise DomainRefused("no-token", "name or password is wrong", where="password")
        with host.database.read(tenant.id) as connection:
            two = codes.confirmed(connection, tenant.id, user)
        if two:
            return self._half(tenant, user, held, open_, now), None
        return self._begin(tenant, user, held, open_, now)

    def second(self, half: str, code: str, address: str) -> tuple[str, Session]:
        """The second step: a new session for what `login` gave and a code, used once.

        DomainRefused `no-token` (the first step is too long ago), `bad-input`, `throttled`.
        """
        host, now = self._host, self._host.now().seconds
        if self._addresses.full(address, now):
            raise passwords.throttled(60.0)
        with host.database.read() as connection:
            begun = kept.find_session(connection, _hash(half), now) if half else None
            if begun is None or begun.kind != HALF:
                detail = "the first step is too long ago"
                raise DomainRefused("no-token", detail, "name and password again", "password")
            held = kept.find_login(connection, begun.tenant, begun.user)
            open_ = accounts.accounts_of(connection, begun.tenant, begun.user)
        tenant, user = host.tenant(begun.node), begun.user
        if held is None or not open_:
            raise DomainRefused("no-token", "name or password is wrong", where="password")
        by = Actor(tenant.node, user, _first(open_)["role"])
        try:
            codes.spend(host, tenant, by, code, Deed("session.begin", user))
        except DomainRefused:
            self._addresses.add(address, now)
            raise
        return self._begin(tenant, user, held, open_, now, begun.id)

    def _half(
        self, tenant: Tenant, user: str, held: kept.Login, open_: list[dict[str, Any]], now: float
    ) -> str:
        """Remember that the password fits, for the second step."""
        token = self._host.chance.bytes(32).hex()
        place = (tenant.id, tenant.node, user, _first(open_)["id"])
        made = kept.Kept(_hash(token), *place, HALF, now, now, now + BETWEEN)

        def work(connection: Connection) -> None:
            passwords.forgive(connection, tenant, held)
            kept.put_session(connection, made)

        self._host.database.write(work, tenant.id)
        return token

    def _begin(
        self,
        tenant: Tenant,
        user: str,
        held: kept.Login,
        open_: list[dict[str, Any]],
        now: float,
        half: str = "",
    ) -> tuple[str, Session]:
        host, first = self._host, _first(open_)
        token = host.chance.bytes(32).hex()
        actor = Actor(tenant.node, user, first["role"])
        place = (tenant.id, tenant.node, user, first["id"])
        made = kept.Kept(_hash(token), *place, "person", now, now, now + LONGEST)

        def work(connection: Connection) -> None:
            if half:
                kept.drop_session(connection, half)
            else:
                passwords.forgive(connection, tenant, held)
            kept.put_session(connection, made)
            acts.note(host, connection, tenant, actor, Deed("session.begin", user), acts.DONE)

        host.database.write(work, tenant.id)
        others = tuple(one for one in open_ if one["id"] != first["id"])
        return token, Session(Who(tenant, actor), first["id"], "person", made.id, others)

    def _failed(self, tenant: Tenant, user: str, held: kept.Login | None, address: str) -> None:
        """Count a try in vain; only those for a known name are written down: at most a few."""
        now = self._host.now().seconds
        self._addresses.add(address, now)
        if held is None:
            self._unknown.add(_key(tenant, user), now)
            return
        by, deed = Actor(tenant.node, user, "?"), Deed("session.begin", user)
        passwords.missed(self._host, tenant, by, deed, f"from {address}")

    def register_firm(self, tenant: Tenant, form: dict[str, Any], address: str) -> list[str]:
        """An enterprise's own account at this node's port; what is to be warned of.

        DomainRefused `bad-input`, `conflict` (the name is taken), `throttled`.
        """
        now = self._host.now().seconds
        if self._firms.full(address, now):
            raise passwords.throttled(3600.0)
        user, password = str(form.get("user") or "").strip(), str(form.get("password") or "")
        profile, warnings = _applicant(form)
        passwords.good_password(user, password)
        host = self._host
        hashed = passwords.hashed(password)
        with host.database.read(tenant.id) as connection:
            if accounts.accounts_of(connection, tenant.id, user) or kept.find_login(
                connection, tenant.id, user
            ):
                raise DomainRefused("conflict", "the name is taken", "another name", "user")
        self._firms.add(address, now)
        by = Actor(tenant.node, "port", "system")
        users.create(host, tenant, by, user, "enterprise", Deed("port.register", user))
        told = json.dumps(profile, ensure_ascii=False)
        login = kept.Login(user, hashed, told, now, 0, 0.0)
        host.database.write(lambda one: kept.put_login(one, tenant.id, login), tenant.id)
        return warnings


def profile_of(host: Host, who: Who) -> dict[str, str]:
    """What a firm said of itself when it registered; empty for others."""
    with host.database.read(who.tenant.id) as connection:
        held = kept.find_login(connection, who.tenant.id, who.actor.user)
    found: dict[str, str] = json.loads(held.profile) if held and held.profile else {}
    return found


def _applicant(form: dict[str, Any]) -> tuple[dict[str, str], list[str]]:
    """The firm, and warnings: a wrong check digit refuses nothing, since real codes fail it."""
    said = {name: str(form.get(name) or "").strip()[:200] for name in ("name", "contact", "phone")}
    for name in ("name", "contact", "phone"):
        if not said[name]:
            raise DomainRefused("bad-input", f"{name} is missing", where=name)
    code = uscc.tidy(str(form.get("uscc") or ""))
    if not uscc.well_formed(code):
        detail = f"{code!r} is no unified social credit code"
        raise DomainRefused("bad-input", detail, uscc.ACCEPTED, "uscc")
    fits = uscc.fits(code)
    return said | {"uscc": code}, [] if fits else [uscc.check_digit(code)]


def _first(open_: list[dict[str, Any]]) -> dict[str, Any]:
    """The account that somebody who comes in works in at first."""
    return min(open_, key=lambda one: users.ROLES.index(one["role"]))


def find(host: Host, token: str) -> Session | None:
    """The session that a browser holds; None when it ended, or its account did."""
    now = host.now().seconds
    with host.database.read() as connection:
        held = kept.find_session(connection, _hash(token), now) if token else None
        if held is None or held.kind == HALF:
            return None
        open_ = accounts.accounts_of(connection, held.tenant, held.user)
    if held.kind == "person" and now - held.seen > IDLE:
        host.database.write(lambda one: kept.drop_session(one, held.id), held.tenant)
        return None
    mine = next((one for one in open_ if one["id"] == held.account), None)
    if mine is None:
        host.database.write(lambda one: kept.drop_session(one, held.id), held.tenant)
        return None
    if now - held.seen > SEEN:
        host.database.write(lambda one: kept.change_session(one, held.id, seen=now), held.tenant)
    who = Who(host.tenant(held.node), Actor(held.node, held.user, mine["role"]))
    others = tuple(one for one in open_ if one["id"] != held.account)
    return Session(who, held.account, held.kind, held.id, others, _bare(host, who))


def _bare(host: Host, who: Who) -> bool:
    """Whether a second factor is demanded of who came in, and none is set up."""
    tenant, actor = who.tenant.id, who.actor
    if actor.role not in ADMINISTRATORS:
        return False  # nothing to ask, on the way of every other request
    with host.database.read(tenant) as connection:
        demanded = codes.demanded(connection, tenant, actor.role)
        return demanded and not codes.confirmed(connection, tenant, actor.user)


def switch(host: Host, session: Session, account: str) -> None:
    """Work on in another of one's own accounts. DomainRefused `not-found`."""
    other = next((one for one in session.others if one["id"] == account), None)
    if other is None:
        raise DomainRefused("not-found", "no account of yours")
    tenant = session.who.tenant
    actor = Actor(tenant.node, session.who.actor.user, other["role"])

    def work(connection: Connection) -> None:
        kept.change_session(connection, session.id, account=account)
        acts.note(host, connection, tenant, actor, Deed("session.switch", actor.user), acts.DONE)

    host.database.write(work, tenant.id)


def end(host: Host, session: Session) -> None:
    """Leave."""
    tenant, actor = session.who.tenant, session.who.actor

    def work(connection: Connection) -> None:
        kept.drop_session(connection, session.id)
        acts.note(host, connection, tenant, actor, Deed("session.end", actor.user), acts.DONE)

    host.database.write(work, tenant.id)


def end_others(host: Host, tenant: Tenant, by: Actor, user: str, but: str = "") -> None:
    """End a user's sessions, all but one."""

    def work(connection: Connection) -> None:
        kept.drop_sessions(connection, tenant.id, user, but)
        acts.note(host, connection, tenant, by, Deed("session.end", user), acts.DONE)

    host.database.write(work, tenant.id)


def screen(host: Host, session: Session) -> str:
    """A session for a wall's screen, in the same account: it may look at the screen only."""
    now, tenant, actor = host.now().seconds, session.who.tenant, session.who.actor
    token = host.chance.bytes(32).hex()
    made = kept.Kept(
        _hash(token), tenant.id, tenant.node, actor.user, session.account, "screen",
        now, now, now + SCREEN,
    )  # fmt: skip

    def work(connection: Connection) -> None:
        kept.put_session(connection, made)
        acts.note(host, connection, tenant, actor, Deed("session.screen", actor.user), acts.DONE)

    host.database.write(work, tenant.id)
    return token


def web_secret(host: Host) -> bytes:
    """What forms are signed with: 32 bytes, made at the first call, the same for all processes."""

    def work(connection: Connection) -> bytes:
        held = find_setting(connection, SECRET)
        if held is not None:
            return host.vault.open(bytes.fromhex(held), BOUND)
        made = host.chance.bytes(32)
        locked = host.vault.lock(made, BOUND, host.chance.bytes(12))
        put_setting(connection, SECRET, locked.hex())
        return made

    return host.database.write(work)


def _hash(token: str) -> str:
    return sha256(f"duban-web-v1\0{token}".encode(errors="surrogatepass")).hexdigest()


def _key(tenant: Tenant, user: str) -> str:
    return f"{tenant.id} {user}"
