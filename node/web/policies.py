"""Policies by which clocks are given: which are in force where, what each says, withdrawn.

Pages only; node/service/policies.py decides. A new version is published in publishing.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flask import request

from node.domain.commands import DomainRefused
from node.service import policies, units
from node.web import labels, sayings, titles
from node.web.door import STAFF, Page, Shown, Visit, flash, go
from node.web.publishing import PUBLISHES
from node.web.words import say

READS: Final = STAFF | {"admin"}


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("policies", "/admin/policies", every, READS)
    yield Page("withdraw", "/admin/policies/withdraw", withdraw, PUBLISHES, ("GET", "POST"))


def every(visit: Visit) -> Shown:
    """Which policy is in force per board and grade, every version held, and what one says."""
    host, place = visit.host, visit.place
    told = policies.show(host, place)
    version = request.args.get("version", "").strip()
    if not version:
        version = next(iter(told["in_force"].values()))["general"]
    return visit.show(
        "policies.html", told=told, shown=policies.one(host, place, version), titles=titles,
        tree=units.tree(host, place), may=visit.may(*PUBLISHES), me=visit.actor.node,
        span=span,
    )  # fmt: skip


def span(minutes: int) -> str:
    """Minutes as people say them."""
    days, rest = divmod(minutes, 1440)
    if days and not rest:
        return say("{count} 天", count=days)
    hours, rest = divmod(minutes, 60)
    return say("{count} 分钟", count=minutes) if rest else say("{count} 小时", count=hours)


def withdraw(visit: Visit) -> Shown:
    """Give a policy of this node's to no new matter any longer."""
    name, told = request.values.get("name", "").partition("/")[0][:80], None
    if visit.posted:
        host, place, actor = visit.host, visit.place, visit.actor
        deed = visit.deed("policy.withdraw", name)
        try:
            visit.around(deed, lambda: policies.withdraw(host, place, actor, name))
        except DomainRefused as refused:
            told = sayings.told(refused)
        else:
            flash("政策 {name} 已停用,以后交办的事项不再采用", name=name)
            return go("policies")
    return visit.show("policy_withdraw.html", name=name, told=told, boards=labels.BOARDS)
