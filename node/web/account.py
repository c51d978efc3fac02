"""Coming in and leaving: login, one's own account, language, domain, sessions.

Pages only; node/service/logins.py decides who comes in and for how long.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from flask import redirect, request, session

from node.domain.commands import DomainRefused
from node.service import acts, logins, notices, passwords, second
from node.service.host import Host
from node.service.logins import Gatekeeper
from node.storage.hosts import Tenant
from node.storage.logins import list_sessions
from node.web import controls, sayings, words
from node.web.door import COOKIE, EVERYBODY, STAFF, Page, Shown, Visit, flash, go
from schemas.api import forms

MOST_LISTED: Final = 300
HALF: Final = "duban_half"  # the cookie that holds the first step until the second
ADDRESSES: Final = "contact.put"
REACHED: Final = {
    "email": "one address as name@example.cn",
    "phone": "5 to 20 digits, a plus before and hyphens between are accepted",
    "chat": "the group's name at the gateway, 1 to 200 characters without blanks",
}
_doors = dict[int, Gatekeeper]()


def pages() -> Iterator[Page]:
    """The pages of this room."""
    both = ("GET", "POST")
    yield Page("login", "/login", login, methods=both, public="the password decides")
    yield Page("code", "/login/code", code, methods=both, public="the password and a code decide")
    yield Page("logout", "/logout", logout, EVERYBODY, ("POST",), wall=True, bare=True)
    yield Page("language", "/language/<code>", language, public="a choice of language")
    yield Page("account", "/me", account, EVERYBODY, both)


def gatekeeper(host: Host) -> Gatekeeper:
    """The host's door, made once: it counts tries in vain."""
    return _doors.setdefault(id(host), Gatekeeper(host))


def tenant_named(host: Host, said: str) -> Tenant | None:
    """The node meant: by id or by name; the only one where a host has one."""
    every = host.tenants()
    if len(every) == 1:
        return every[0]
    found = [one for one in every if said.strip() in (one.node, one.name)]
    return found[0] if len(found) == 1 else None


def back() -> str:
    """Where a form goes on: a path of this host, never another's address."""
    said = request.values.get("next", "/")
    place = urlsplit(said)
    inside = said.startswith("/") and not said.startswith(("//", "/\\")) and not place.netloc
    return said if inside and "\\" not in said else "/"


def login(visit: Visit) -> Shown:
    """Name and password."""
    told = None
    if visit.posted:
        try:
            return _begin(visit)
        except DomainRefused as refused:
            told = sayings.told(refused)
    every = visit.host.tenants()
    return visit.show(
        "login.html",
        tenants=every[:MOST_LISTED],
        many=len(every) > 1,
        form=request.form,
        next=back(),
        told=told,
    )


def _begin(visit: Visit) -> Shown:
    form = request.form
    tenant = tenant_named(visit.host, form.get("node", ""))
    user, address = form.get("user", "").strip()[:64], request.remote_addr or ""
    if tenant is None:
        raise DomainRefused("bad-input", words.say("没有这个单位"), where="node")
    token, made = gatekeeper(visit.host).login(tenant, user, form.get("password", ""), address)
    if made is None:
        response = go("code", next=back())
        give(response, token, logins.BETWEEN, HALF)
        return response
    return _in(token, made)


def _in(token: str, made: logins.Session) -> Shown:
    """A new session is the browser's."""
    session.clear()
    home = "/port/mine" if made.who.actor.role == "enterprise" else back()
    response = redirect(home, 303)
    give(response, token, logins.LONGEST)
    return response


def code(visit: Visit) -> Shown:
    """The second step, where the account has one: a code of the app, or a recovery code."""
    told, half = None, request.cookies.get(HALF, "")
    if not half:
        return go("login", next=back())
    if visit.posted:
        try:
            said, address = request.form.get("code", ""), request.remote_addr or ""
            response = _in(*gatekeeper(visit.host).second(half, said, address))
        except DomainRefused as refused:
            told = sayings.told(refused)
        else:
            assert not isinstance(response, str)  # noqa: S101
            response.delete_cookie(HALF, path="/")
            return response
    return visit.show("code.html", next=back(), told=told)


def give(response: Shown, token: str, seconds: float, name: str = COOKIE) -> None:
    """Let the browser hold a session."""
    assert not isinstance(response, str)  # noqa: S101
    response.set_cookie(
        name, token, max_age=int(seconds), httponly=True, samesite="Lax", path="/",
        secure=request.is_secure,
    )  # fmt: skip


def logout(visit: Visit) -> Shown:
    """End this session."""
    if visit.session is not None:
        logins.end(visit.host, visit.session)
    session.clear()
    response = go("login")
    response.delete_cookie(COOKIE, path="/")
    return response


def language(_: Visit, code: str) -> Shown:
    """Switch the interface's language."""
    response = redirect(back(), 303)
    if code in words.LANGUAGES:
        response.set_cookie(words.COOKIE, code, max_age=366 * 86400, samesite="Lax", path="/")
    return response


def account(visit: Visit) -> Shown:
    """One's own account: role, domain, password, second factor, addresses, sessions."""
    told, who, now = None, visit.who, visit.host.now().seconds
    known = dict[str, str]()
    if visit.may(*STAFF):
        said = notices.contacts(visit.host, who.tenant, who.actor.user)
        known = {name: said[name] or "" for name in ("email", "phone", "chat")}
    addresses = controls.controls(ADDRESSES, known)
    if visit.posted:
        try:
            return _change(visit)
        except DomainRefused as refused:
            told = sayings.told(refused, ADDRESSES)
            if request.form.get("what") == "addresses":
                addresses = controls.controls(ADDRESSES, request.form)
                controls.blame(addresses, told["where"], told["accepted"] or told["detail"])
    with visit.host.database.read(who.tenant.id) as connection:
        held = list_sessions(connection, who.tenant.id, who.actor.user, now)
    return visit.show(
        "account.html", sessions=held, told=told, addresses=addresses,
        second=second.standing(visit.host, visit.session) if visit.session else None,
    )  # fmt: skip


def _change(visit: Visit) -> Shown:
    form, found = request.form, visit.session
    if found is None:
        raise DomainRefused("no-token", "nobody has come in")
    what = form.get("what")
    if what == "password":
        passwords.change_password(
            visit.host,
            found.id,
            found.who.tenant,
            visit.actor,
            form.get("old", ""),
            form.get("password", ""),
        )
        flash("密码已修改,其他登录已退出")
    elif what == "addresses":
        _reach(visit)
        flash("通知地址已保存")
    elif what == "role":
        logins.switch(visit.host, found, form.get("account", ""))
        flash("已切换角色")
        return go("home")
    elif what == "domain":
        if form.get("domain") in visit.domains:
            session["domain"] = form["domain"]
        return go("home")
    elif what == "sessions":
        user = visit.actor.user
        logins.end_others(visit.host, visit.who.tenant, visit.actor, user, found.id)
        flash("其他登录已退出")
    return go("account")


def _reach(visit: Visit) -> None:
    """One's own addresses, as REST takes them. DomainRefused `bad-input`, naming the member."""
    body, where, detail = forms.read(ADDRESSES, controls.posted(ADDRESSES, request.form))
    if detail:
        raise DomainRefused("bad-input", detail, REACHED.get(where, ""), where)
    place, user = acts.own_place(visit.host, visit.who.tenant), visit.actor.user
    deed = visit.deed(ADDRESSES, user, sorted(body))
    notices.put_contacts(visit.host, place, visit.actor, user, body, deed)
