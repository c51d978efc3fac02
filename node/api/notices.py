"""Reminders through REST: one's inbox and addresses; the system administrator's delivery log.

Decides nothing: node/service/notices.py does. The log names no content, so that who keeps the host
learns nothing of matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from node.api.admin import ADMIN
from node.api.routes import SEES, Asked, Route
from node.domain.commands import DomainRefused
from node.service import acts, notices
from node.service.acts import Answer
from schemas.api import answers, questions
from schemas.api.forms import admin


def notice_rows() -> Iterator[Route]:
    """Inbox, addresses, log."""
    yield Route(
        "GET", "/notices", "notice.list", SEES, list_notices, answers.inbox_page(),
        "The asking user's notices, newest first.", question=questions.Notices,
    )  # fmt: skip
    yield Route(
        "POST", "/notices/<id>/read", "notice.read", SEES, read_notice, answers.Done,
        "Mark a notice as read.",
    )  # fmt: skip
    yield Route(
        "GET", "/me/contacts", "contact.show", SEES, show_contacts, answers.ContactRow,
        "Where the asking user is reached.",
    )  # fmt: skip
    yield Route(
        "PUT", "/me/contacts", "contact.put", SEES, put_contacts, answers.ContactRow,
        "Be reached at these addresses from now on.", form=admin.Contacts,
    )  # fmt: skip
    yield Route(
        "GET", "/deliveries", "delivery.log", ADMIN, delivery_log,
        answers.page_of(answers.DeliveryRow),
        "What was sent to whom, and what waits; no content.", question=questions.Deliveries,
    )  # fmt: skip


def _after(asked: Asked) -> int | None:
    after = asked.query.get("after")
    if after is None:
        return None
    if not notices.number(after):
        raise DomainRefused("bad-input", f"after {after!r}", "`next` of the last page", "after")
    return int(after)


def list_notices(asked: Asked) -> Answer:
    """A page of notices."""
    return notices.listed(
        asked.host, asked.place, asked.actor, unread=asked.query.get("unread") == "yes",
        after=_after(asked), limit=asked.query["limit"],
    )  # fmt: skip


def read_notice(asked: Asked, id: str) -> tuple[Answer, bool]:
    """It is read."""
    return notices.read(asked.host, asked.place, asked.actor, id, asked.deed(id))


def show_contacts(asked: Asked) -> Answer:
    """Addresses."""
    return notices.contacts(asked.host, asked.who.tenant, asked.actor.user)


def put_contacts(asked: Asked, form: Mapping[str, Any]) -> tuple[Answer, bool]:
    """Other addresses."""
    place = acts.own_place(asked.host, asked.who.tenant)
    user = asked.actor.user
    return notices.put_contacts(asked.host, place, asked.actor, user, dict(form), asked.deed(user))


def delivery_log(asked: Asked) -> Answer:
    """A page of the log."""
    wanted = {name: asked.query.get(name) or "" for name in ("channel", "state")}
    limit = asked.query["limit"]
    return notices.log(asked.host, asked.who.tenant, _after(asked), limit, **wanted)
