"""What the three administrators do through REST: accounts, the audit trail, webhooks.

Decides nothing: services do. The security administrator keeps accounts, the auditor reads the
trail, the system administrator keeps webhooks; none of them reads business content.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from node.api.routes import Asked, Route
from node.readmodel import queries
from node.service import acts, users
from node.service.acts import Answer
from schemas.api import answers, forms, questions

SECURITY: Final = frozenset(("security",))
AUDITOR: Final = frozenset(("auditor",))


def admin_rows() -> Iterator[Route]:
    """Accounts and audit."""
    yield Route(
        "GET", "/users", "user.list", SECURITY, list_users, answers.page_of(answers.UserRow),
        "The accounts of this node.", question=questions.Page,
    )  # fmt: skip
    yield Route(
        "POST", "/users", "user.add", SECURITY, add_user, answers.NewToken,
        "Make an account; its token is shown only now.", form=forms.NewUser, status=201,
    )  # fmt: skip
    yield Route(
        "PUT", "/users/<id>", "user.change", SECURITY, change_user, answers.UserRow,
        "Give an account another role, from the next request on.", form=forms.NewRole,
    )  # fmt: skip
    yield Route(
        "DELETE", "/users/<id>", "user.revoke", SECURITY, revoke_user, answers.UserRow,
        "Let an account open nothing, from the next request on.",
    )  # fmt: skip
    yield Route(
        "GET", "/audit", "audit.list", AUDITOR, audit, answers.page_of(answers.Act),
        "Every user's acts, newest first.", question=questions.Acts,
    )  # fmt: skip


def _listed(rows: list[dict[str, Any]], limit: int) -> Answer:
    return {"items": rows, "next": rows[-1]["id"] if len(rows) == limit else None}


def list_users(asked: Asked) -> Answer:
    """A page of accounts."""
    limit, after = asked.query["limit"], asked.query.get("after")
    with asked.host.database.read() as connection:
        rows = queries.list_users(connection, asked.who.tenant.id, after=after, limit=limit)
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
    with asked.host.database.read() as connection:
        rows = queries.list_acts(connection, asked.who.tenant.id, **asks)
    acts.done(asked.host, asked.who.tenant, asked.actor, asked.deed())
    return _listed(rows, asks["limit"])
