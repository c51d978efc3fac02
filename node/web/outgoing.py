"""What leaves the node beside the exchange: webhooks with their log, and the log of messages.

Pages only, for the system administrator; node/service/hooks.py and notices.py decide, REST uses the
same. No content of a message is shown, and of an address only what its owner knows again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import request

from node.domain.commands import DomainRefused
from node.service import acts, hooks, notices
from node.storage import hooks as kept
from node.web import sayings
from node.web.door import Page, Shown, Visit, flash, go
from node.web.words import mark
from schemas.api import forms

ADMIN: Final = frozenset(("admin",))
BOTH: Final = ("GET", "POST")
PAGE: Final = 100
CHANNELS: Final = {"email": mark("邮件"), "sms": mark("短信"), "chat": mark("群机器人")}
STATES: Final = {
    "waiting": mark("待发送"), "sent": mark("已送达"), "refused": mark("对方不收"),
    "expired": mark("过期未送达"), "moot": mark("已无须发送"), "digest": mark("并入每日汇总"),
}  # fmt: skip


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("hooks", "/admin/hooks", subscriptions, ADMIN, BOTH)
    yield Page("hook_posts", "/admin/hooks/<id>", posts, ADMIN)
    yield Page("deliveries", "/admin/deliveries", deliveries, ADMIN)


def subscriptions(visit: Visit) -> Shown:
    """Webhooks: who is told of changes of state, how each fares; add one, end one."""
    told, secret, form = None, "", request.form
    if visit.posted:
        try:
            secret = _change(visit, form)
        except DomainRefused as refused:
            told = sayings.told(refused, "hook.add")
        else:
            if not secret:
                return go("hooks")
    with visit.host.database.read(visit.who.tenant.id) as connection:
        found = kept.list_hooks(connection, visit.who.tenant.id)
    rows = [hooks.row(*one) for one in found]
    return visit.show(
        "hooks.html", rows=rows, told=told, secret=secret, form=form if told else {},
        most=hooks.MOST_HOOKS, kinds=hooks.KINDS,
    )  # fmt: skip


def _change(visit: Visit, form: Mapping[str, Any]) -> str:
    """Do it; a new subscription's secret, which is shown once, else ""."""
    if form.get("what") == "drop":
        id = form.get("id", "")
        place = acts.own_place(visit.host, visit.who.tenant)
        hooks.unsubscribe(visit.host, place, visit.actor, id, visit.deed("hook.drop", id))
        flash("订阅已取消,此后不再推送")
        return ""
    asked = {"address": form.get("address", "").strip(), "kinds": request.form.getlist("kinds")}
    body, where, detail = forms.read("hook.add", asked)
    if detail:
        raise DomainRefused("bad-input", detail, mark("以 http:// 或 https:// 开头的地址"), where)
    address, kinds = body["address"], body.get("kinds", [])
    deed = visit.deed("hook.add", address, kinds)
    made, _ = hooks.subscribe(visit.host, visit.place, visit.actor, address, kinds, deed)
    flash("订阅已建立")
    return str(made.get("secret", ""))


def posts(visit: Visit, id: str) -> Shown:
    """What a subscriber was told, and what waits."""
    tenant, after = visit.who.tenant.id, request.args.get("after", "0")
    if not notices.number(after):
        raise DomainRefused("bad-input", f"after {after!r}", "`next` of the last page", "after")
    with visit.host.database.read(tenant) as connection:
        known = [one for one in kept.list_hooks(connection, tenant) if one[0].id == id]
        found = kept.list_posts(connection, tenant, id, int(after), PAGE)
    if not known:
        raise DomainRefused("not-found", f"no subscription {id[:70]}")
    return visit.show(
        "hook_posts.html", hook=hooks.row(*known[0]),
        rows=[hooks.log_row(visit.actor.node, one) for one in found],
        following=found[-1].n if len(found) == PAGE else None,
    )  # fmt: skip


def deliveries(visit: Visit) -> Shown:
    """The delivery log: what was sent to whom, what waits, and why it was not taken."""
    asked = request.args
    before = asked.get("after", "")
    if before and not notices.number(before):
        raise DomainRefused("bad-input", f"after {before!r}", "`next` of the last page", "after")
    wanted = {
        "channel": asked.get("channel", "") if asked.get("channel") in CHANNELS else "",
        "state": asked.get("state", "") if asked.get("state") in STATES else "",
    }
    told = notices.log(
        visit.host, visit.who.tenant, int(before) if before else None, PAGE, **wanted
    )
    return visit.show(
        "deliveries.html", rows=told["items"], following=told["next"], asked=asked,
        channels=CHANNELS, states=STATES, ways=visit.host.channels,
    )  # fmt: skip
