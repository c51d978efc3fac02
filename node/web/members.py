"""What is decided about members beside suspension: lines of guidance, and what is erased.

Pages only; node/service/members.py decides, REST uses the same. An erasure takes two steps: the
event is looked at first, then its content goes for good, on grounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import request

from node.domain.commands import DomainRefused
from node.service import members, units
from node.service.units import Tree
from node.web import sayings
from node.web.door import Page, Shown, Visit, flash, go
from node.web.words import say

GUIDES: Final = frozenset(members.ROLES["line"])
ERASES: Final = frozenset(members.ROLES["erase"])
BOTH: Final = ("GET", "POST")


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("lines", "/admin/lines", lines, GUIDES, BOTH)
    yield Page("erasures", "/admin/erase", erasures, ERASES, BOTH)


def one_unit(tree: Tree, said: str, where: str) -> str:
    """The node that is named, by name, path or id. DomainRefused `bad-input` unless it is one."""
    hits = tree.find(said) if said else []
    if len(hits) == 1:
        return hits[0].node
    accepted = "、".join(one.path for one in hits[:8]) or say("单位的名称或全路径")
    raise DomainRefused("bad-input", f"no unit {said!r}"[:80], accepted, where)


def lines(visit: Visit) -> Shown:
    """Lines (条线): which department guides which node below; draw one, end one."""
    tree, told, form = units.tree(visit.host, visit.place), None, request.form
    if visit.posted:
        try:
            _line(visit, tree, form)
        except DomainRefused as refused:
            told = sayings.told(refused, "node.line")
        else:
            return go("lines")
    rows = [
        (one["node"], by)
        for one in members.directory(visit.host, visit.place)
        for by in one["lines"]
    ]
    return visit.show("lines.html", rows=rows, tree=tree, told=told, form=form if told else {})


def _line(visit: Visit, tree: Tree, form: Mapping[str, Any]) -> None:
    over = one_unit(tree, form.get("over", "").strip(), "over")
    by = one_unit(tree, form.get("by", "").strip(), "by")
    end = form.get("what") == "end"
    deed = visit.deed("node.line", over, [by, end])
    visit.around(deed, lambda: members.line(visit.host, visit.place, visit.actor, over, by, end))
    flash("条线已结束" if end else "条线已建立:该部门可以向下交办")


def erasures(visit: Visit) -> Shown:
    """Erase the content of one event: look at it first, then say on what grounds."""
    tree, told, found, form = units.tree(visit.host, visit.place), None, None, request.form
    if visit.posted:
        try:
            found = _looked_at(visit, tree, form)
            if form.get("what") == "erase":
                _erase(visit, found, form)
                return go("erasures")
        except DomainRefused as refused:
            told = sayings.told(refused, "node.erase")
    return visit.show("erase.html", tree=tree, told=told, form=form, found=found)


def _looked_at(visit: Visit, tree: Tree, form: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of the event that is named."""
    said = form.get("origin", "").strip()
    origin = one_unit(tree, said, "origin") if said else visit.actor.node
    return members.erasable(visit.host, visit.place, origin, form.get("id", "").strip())


def _erase(visit: Visit, found: Mapping[str, Any], form: Mapping[str, Any]) -> None:
    host, place, actor = visit.host, visit.place, visit.actor
    origin, id, grounds = found["origin"], found["id"], form.get("grounds", "")
    deed = visit.deed("node.erase", id, [origin, grounds])
    visit.around(deed, lambda: members.erase(host, place, actor, origin, id, grounds))
    flash("内容已删除,原处只留删除记录")
