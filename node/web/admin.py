"""Accounts and the audit trail: the security administrator's and the auditor's pages.

Pages only: node/service/users.py and logins.py decide, REST uses the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import request

from node.domain.commands import DomainRefused
from node.readmodel import accounts
from node.service import acts, codes, logins, passwords, second, users
from node.storage.factors import users_with_factor
from node.storage.hosts import find_setting
from node.storage.logins import users_with_login
from node.web import sayings
from node.web.door import Page, Shown, Visit, flash, go
from node.web.matters import edge

SECURITY: Final = frozenset(("security",))
AUDITS: Final = frozenset(("auditor",))
PAGE: Final = 100


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("users", "/admin/users", people, SECURITY, ("GET", "POST"))
    yield Page("audit", "/admin/audit", audit, AUDITS)


def people(visit: Visit) -> Shown:
    """Accounts: make, change, revoke; passwords; sessions."""
    told, token = None, ""
    if visit.posted:
        try:
            token = _change(visit)
            if not token:
                return go("users")
        except DomainRefused as refused:
            told = sayings.told(refused)
    tenant = visit.who.tenant.id
    with visit.host.database.read(tenant) as connection:
        rows = list[dict[str, Any]]()
        while page := accounts.list_users(
            connection, tenant, after=rows[-1]["id"] if rows else None, limit=500
        ):
            rows += page
        words = users_with_login(connection, tenant)
        factors = users_with_factor(connection, tenant)
        demanded = find_setting(connection, codes.DEMAND, tenant) or ""
    rows.sort(key=lambda one: (one["revoked"], one["user"], one["role"]))
    return visit.show(
        "users.html", rows=rows, words=words, roles=users.ROLES, told=told,
        shown_token=token,
        form=request.form,
        factors=factors,
        demanded=demanded,
    )  # fmt: skip


def _change(visit: Visit) -> str:
    """Do it; a new account's token, which is shown once, else ""."""
    form, host, tenant, by = request.form, visit.host, visit.who.tenant, visit.actor
    what, id, user = form.get("what"), form.get("id", ""), form.get("user", "").strip()
    if what == "add":
        return _add(visit, user, form.get("role", ""), form.get("password", ""))
    if what == "role":
        role = form.get("role", "")
        users.change(host, tenant, by, id, role, visit.deed("user.change", id, role))
        flash("角色已更改,立即生效")
    elif what == "revoke":
        users.drop(host, tenant, by, id, visit.deed("user.revoke", id))
        flash("账号已停用,立即生效")
    elif what == "password":
        if user == by.user:
            raise DomainRefused("wrong-role", "nobody changes an account of one's own")
        passwords.set_password(host, tenant, by, user, form.get("password", ""))
        flash("密码已设置,该用户须重新登录")
    elif what == "sessions":
        logins.end_others(host, tenant, by, user)
        flash("该用户的登录已全部退出")
    elif what == "second":
        second.reset(host, tenant, by, user)
        flash("该用户的两步登录已重置")
    elif what == "demand":
        second.demand(host, tenant, by, form.get("of", ""))
        flash("登录要求已更改,立即生效")
    else:
        raise DomainRefused("not-found", f"no {what}")
    return ""


def _add(visit: Visit, user: str, role: str, password: str) -> str:
    host, tenant, by = visit.host, visit.who.tenant, visit.actor
    if password:
        passwords.good_password(user, password)
    deed = visit.deed("user.add", f"{user} as {role}", role)
    made, _ = users.create(host, tenant, by, user, role, deed)
    if password:
        passwords.set_password(host, tenant, by, user, password)
    flash("账号已建立")
    return str(made["token"])


def audit(visit: Visit) -> Shown:
    """The audit trail with its search; reading it is an act too."""
    asks: dict[str, Any] = {
        name: request.args.get(name, "").strip() or None
        for name in ("user", "act", "object", "outcome", "after")
    }
    for name, word in (("since", "from"), ("until", "to")):
        day = request.args.get(word, "")
        asks[name] = edge(day, name == "until") if day else None
    with visit.host.database.read(visit.who.tenant.id) as connection:
        rows = accounts.list_acts(connection, visit.who.tenant.id, limit=PAGE, **asks)
    acts.done(visit.host, visit.who.tenant, visit.actor, visit.deed("read.audit"))
    after = rows[-1]["id"] if len(rows) == PAGE else ""
    return visit.show("audit.html", rows=rows, asked=request.args, after=after)
