"""What the three administrators do through REST: accounts, the audit trail, webhooks.

Decides nothing: services do. The security administrator keeps accounts, the auditor reads the
trail, the system administrator keeps webhooks; none of them reads business content.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from node.api.routes import Asked, Route
from node.domain.commands import DomainRefused
from node.readmodel import accounts
from node.service import acts, hooks, users
from node.service.acts import Answer
from node.storage import hooks as kept
from schemas.api import answers, questions
from schemas.api.forms import admin

SECURITY: Final = frozenset(("security",))
AUDITOR: Final = frozenset(("auditor",))
ADMIN: Final = frozenset(("admin",))


def admin_rows() -> Iterator[Route]:
    """Accounts and audit."""
    yield Route(
        "GET", "/users", "user.list", SECURITY, list_users, answers.page_of(answers.UserRow),
        "The accounts of this node.", question=questions.Page,
    )  # fmt: skip
    yield Route(
        "POST", "/users", "user.add", SECURITY, add_user, answers.NewToken,
        "Make an account; its token is shown only now.", form=admin.NewUser, status=201,
    )  # fmt: skip
    yield Route(
        "PUT", "/users/<id>", "user.change", SECURITY, change_user, answers.UserRow,
        "Give an account another role, from the next request on.", form=admin.NewRole,
    )  # fmt: skip
    yield Route(
        "DELETE", "/users/<id>", "user.revoke", SECURITY, revoke_user, answers.UserRow,
        "Let an account open nothing, from the next request on.",
    )  # fmt: skip
    yield Route(
        "GET", "/audit", "audit.list", AUDITOR, audit, answers.page_of(answers.Act),
        "Every user's acts, newest first.", question=questions.Acts,
    )  # fmt: skip
    yield Route(
        "GET", "/hooks", "hook.list", ADMIN, list_hooks, answers.page_of(answers.HookRow),
        "Webhook subscriptions, and how each fares.", question=questions.Page,
    )  # fmt: skip
    yield Route(
        "POST", "/hooks", "hook.add", ADMIN, add_hook, answers.Subscribed,
        "Subscribe to changes of state; the secret is shown only now.",
        form=admin.NewHook, status=201,
    )  # fmt: skip
    yield Route(
        "DELETE", "/hooks/<id>", "hook.drop", ADMIN, drop_hook, answers.Done,
        "Tell this subscriber nothing any longer.",
    )  # fmt: skip
    yield Route(
        "GET", "/hooks/<id>/posts", "hook.log", ADMIN, hook_log, answers.page_of(answers.Post),
        "What a subscriber was told, and what waits.", question=questions.Page,
    )  # fmt: skip


def _listed(rows: list[dict[str, Any]], limit: int) -> Answer:
    return {"items": rows, "next": rows[-1]["id"] if len(rows) == limit else None}


def list_users(asked: Asked) -> Answer:
    """A page of accounts."""
    limit, after = asked.query["limit"], asked.query.get("after")
    with asked.host.database.read(asked.who.tenant.id) as connection:
        rows = accounts.list_users(connection, asked.who.tenant.id, after=after, limit=limit)
    return _listed(rows, limit)


def add_user(asked: Asked, form: Mapping[str, Any]) -> tuple[Answer, bool]:
    """A new account."""
    user, role = form["user"], form["role"]
    return users.create(
        asked.host, asked.who.tenant, asked.actor, user, role, asked.deed(f"{user} as {role}")
    )


def change_user(asked: Asked, form: Mapping[str, Any], id: str) -> tuple[Answer, bool]:
    """Another role."""
    deed = asked.deed(id)
    return users.change(asked.host, asked.who.tenant, asked.actor, id, form["role"], deed)


def revoke_user(asked: Asked, id: str) -> tuple[Answer, bool]:
    """No account any longer."""
    return users.drop(asked.host, asked.who.tenant, asked.actor, id, asked.deed(id))


def audit(asked: Asked) -> Answer:
    """A page of the audit trail; reading it is an act too."""
    asks = {name: value for name, value in asked.query.items() if name != "domain"}
    with asked.host.database.read(asked.who.tenant.id) as connection:
        rows = accounts.list_acts(connection, asked.who.tenant.id, **asks)
    acts.done(asked.host, asked.who.tenant, asked.actor, asked.deed())
    return _listed(rows, asks["limit"])


def list_hooks(asked: Asked) -> Answer:
    """A page of subscriptions."""
    limit, after = asked.query["limit"], asked.query.get("after")
    with asked.host.database.read(asked.who.tenant.id) as connection:
        found = kept.list_hooks(connection, asked.who.tenant.id, after, limit)
    return _listed([hooks.row(*one) for one in found], limit)


def add_hook(asked: Asked, form: Mapping[str, Any]) -> tuple[Answer, bool]:
    """A new subscription."""
    address, kinds = form["address"], form.get("kinds", [])
    deed = asked.deed(address)
    return hooks.subscribe(asked.host, asked.place, asked.actor, address, kinds, deed)


def drop_hook(asked: Asked, id: str) -> tuple[Answer, bool]:
    """No subscription any longer."""
    place = acts.own_place(asked.host, asked.who.tenant)
    return hooks.unsubscribe(asked.host, place, asked.actor, id, asked.deed(id))


def hook_log(asked: Asked, id: str) -> Answer:
    """A page of a subscription's messages, oldest first."""
    limit, after = asked.query["limit"], asked.query.get("after") or "0"
    if not (after.isascii() and after.isdigit() and len(after) < 16):
        raise DomainRefused("bad-input", f"after {after!r}", "`next` of the last page", "after")
    node = asked.actor.node
    with asked.host.database.read(asked.who.tenant.id) as connection:
        found = kept.list_posts(connection, asked.who.tenant.id, id, int(after), limit)
    last = str(found[-1].n) if len(found) == limit else None
    return {"items": [hooks.log_row(node, one) for one in found], "next": last}
