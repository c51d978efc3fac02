"""The inbox: reminders of clocks that turn yellow or red, once per clock, threshold and due date.

Decides whom a threshold concerns (domain rule 15: yellow the unit; due its head; a day later the
issuing office; three days later its leader). Only the latest threshold of a clock is shown. What
was read is kept per user; what is due follows from the clocks, so nothing is lost or sent twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from flask import request

from node.domain.instants import later, reached
from node.readmodel import register
from node.service import units
from node.storage import logins
from node.web.door import Page, Shown, Visit, go

LADDER: Final = (("yellow", timedelta(0)), ("due", timedelta(0)), ("day", timedelta(days=1)),
                 ("listed", timedelta(days=3)))  # fmt: skip
WORDS: Final = {
    "yellow": "即将到期",
    "due": "已到期",
    "day": "逾期1天,提请交办方督办",
    "listed": "逾期3天,已在指挥中心亮红灯",
}
MOST: Final = 300


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("inbox", "/inbox", inbox, methods=("GET", "POST"))
    yield Page("unread", "/inbox/unread", unread)


def notices(visit: Visit) -> list[dict[str, Any]]:
    """What concerns the visitor's node now, the newest first; `id` is unique per clock, threshold
    and due instant."""
    node, now = visit.actor.node, visit.now
    found = []
    for row in visit.ask(register.notices, node, limit=MOST):
        step, at = _step(row, now, own=row["assignee"] == node)
        if step:
            id = f"{row['id']}/{row['kind']}/{step}/{row['due']}"
            found.append(row | {"step": step, "at": at, "notice": id, "words": WORDS[step]})
    return sorted(found, key=lambda one: one["at"], reverse=True)


def _step(row: dict[str, Any], now: str, own: bool) -> tuple[str, str]:
    """The latest threshold that was reached and concerns this side; "" for none."""
    steps = [("yellow", row["yellow"]), ("due", row["due"])] if own else []
    for word, span in LADDER[2:]:
        if not own or word == "listed":
            steps.append((word, later(row["due"], span)))
    reached_ones = [(word, at) for word, at in steps if reached(at, now)]
    return max(reached_ones, key=lambda one: one[1]) if reached_ones else ("", "")


def _read(visit: Visit) -> set[str]:
    with visit.host.database.read() as connection:
        return logins.reads(connection, visit.who.tenant.id, visit.actor.user)


def inbox(visit: Visit) -> Shown:
    """All of them; reading is marked by a button, for one or for all."""
    found = notices(visit)
    if visit.posted:
        chosen = request.form.getlist("notice") or [one["notice"] for one in found]
        known = {one["notice"] for one in found}
        tenant, user, now = visit.who.tenant.id, visit.actor.user, visit.host.now().seconds
        ids = [one for one in chosen if one in known]
        visit.host.database.write(lambda one: logins.put_reads(one, tenant, user, ids, now), tenant)
        return go("inbox")
    return visit.show(
        "inbox.html", rows=found, read=_read(visit), now=visit.now,
        tree=units.tree(visit.host, visit.place),
    )  # fmt: skip


def unread(visit: Visit) -> Shown:
    """How many are unread, for the bar at the top."""
    read = _read(visit)
    count = sum(one["notice"] not in read for one in notices(visit))
    return str(count) if count < MOST else f"{MOST}+"
