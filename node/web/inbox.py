"""The inbox: what was said to the visitor, as node/service/reminders.py decided it.

Decides nothing: whom a threshold concerns, once per clock, threshold and due date, is rule 15's
(docs/notices.md). Reading is marked by a button, for one or for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flask import request

from node.service import notices, units
from node.web.door import Page, Shown, Visit, go

SAID: Final = (
    "即将到期",
    "已到期",
    "逾期1天",
    "逾期3天",
    "逾期1天,提请交办方督办",
    "逾期3天,已在指挥中心亮红灯",
    "时限调整",
)
"""what node/notify/words.py says of the default ladder, for the catalogue"""
MOST: Final = 300


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("inbox", "/inbox", inbox, methods=("GET", "POST"))
    yield Page("unread", "/inbox/unread", unread)


def inbox(visit: Visit) -> Shown:
    """The newest of them; all of these, or one, are marked as read."""
    found = notices.listed(visit.host, visit.place, visit.actor, limit=MOST)
    if visit.posted:
        chosen = request.form.getlist("notice") or [one["id"] for one in found["items"]]
        notices.mark_read(visit.host, visit.who.tenant, visit.actor, chosen)
        return go("inbox")
    return visit.show(
        "inbox.html", rows=found["items"], unread=found["unread"], now=visit.now,
        tree=units.tree(visit.host, visit.place),
    )  # fmt: skip


def unread(visit: Visit) -> Shown:
    """How many are unread, for the bar at the top."""
    count = notices.count_unread(visit.host, visit.place, visit.actor)
    return str(count) if count < MOST else f"{MOST}+"
