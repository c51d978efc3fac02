"""What is operated: the ways into administration, nodes with what may be done to them, templates.

Pages only; node/service/members.py, rotation.py and numbers.py decide. What notices say is shown
as node/notify/words.py says it: it is no setting, so that everywhere the same is understood.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import request

from node.domain.calendar import LADDER
from node.domain.commands import DomainRefused
from node.notify import words as said_to
from node.service import acts, campaigns, members, rotation, units
from node.service.numbers import letters_of, set_letters
from node.web import sayings, titles
from node.web.door import STAFF, Page, Shown, Visit, flash, go
from node.web.policies import span
from node.web.publishing import PUBLISHES
from node.web.words import mark

ADMINISTERS: Final = frozenset(("admin", "security"))
RUNS: Final = STAFF | ADMINISTERS
BOTH: Final = ("GET", "POST")
MOST: Final = 500
WAYS: Final[tuple[tuple[str, str, str, frozenset[str]], ...]] = (
    ("/admin/nodes", mark("节点"), mark("目录、密钥、暂停与恢复"), RUNS),
    ("/federation", mark("联邦"), mark("联系、回执、隔离、失联、分叉"), STAFF | {"admin"}),
    ("/admin/users", mark("账号"), mark("账号、密码、两步登录"), frozenset(("security",))),
    ("/admin/audit", mark("审计"), mark("谁在何时做了什么"), frozenset(("auditor",))),
    ("/admin/lines", mark("条线"), mark("哪个部门业务指导哪个单位"), frozenset(("admin",))),
    (
        "/admin/hooks",
        mark("事件推送"),
        mark("把状态变化推送给别的系统(Webhook)"),
        frozenset(("admin",)),
    ),
    (
        "/admin/deliveries",
        mark("发送记录"),
        mark("邮件、短信、群消息送到了没有"),
        frozenset(("admin",)),
    ),
    (
        "/admin/erase",
        mark("删除内容"),
        mark("依法删除一条记录的内容,分两步"),
        frozenset(("security",)),
    ),
    ("/admin/calendars", mark("工作日历"), mark("节假日和调休,对时限的影响"), STAFF | {"admin"}),
    ("/admin/policies", mark("时限政策"), mark("各板块、等级的时限怎么算"), STAFF | {"admin"}),
    ("/admin/templates", mark("文号与模板"), mark("机关代字、提醒文字、表格模板"), STAFF),
    ("/stats/score/table", mark("评分表"), mark("月度评价怎么扣分、加分"), STAFF),
    ("/ledgers", mark("台账"), mark("六大板块台账的定义"), STAFF),
    ("/campaigns", mark("专项"), mark("专项的类别、属地、截止日期"), STAFF),
)


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("manage", "/admin", manage, RUNS | {"auditor"})
    yield Page("nodes", "/admin/nodes", nodes, RUNS, BOTH)
    yield Page("templates", "/admin/templates", templates, STAFF, BOTH)


def manage(visit: Visit) -> Shown:
    """The ways into administration that the role has."""
    return visit.show("manage.html", ways=[one for one in WAYS if visit.may(*one[3])])


def nodes(visit: Visit) -> Shown:
    """The directory: level, code, key, custody; suspend and resume, a new key."""
    told = None
    if visit.posted:
        try:
            _operate(visit)
        except DomainRefused as refused:
            told = sayings.told(refused)
        else:
            return go("nodes")
    tree = units.tree(visit.host, visit.place)
    rows = members.directory(visit.host, visit.place)
    below = set(tree.under(tree.me)) - {tree.me}
    return visit.show(
        "nodes.html", rows=rows[:MOST], count=len(rows), tree=tree, below=below, told=told,
        may={word: visit.may(*those) for word, those in members.ROLES.items()}, most=MOST,
    )  # fmt: skip


def _operate(visit: Visit) -> None:
    host, place, actor, form = visit.host, visit.place, visit.actor, request.form
    node, grounds = form.get("node", ""), form.get("grounds", "")
    what = form.get("what", "")
    if what == "suspend":
        deed = visit.deed("node.suspend", node, grounds)
        visit.around(deed, lambda: members.suspend(host, place, actor, node, grounds))
        flash("已暂停该节点:此后不再接受它的记录")
    elif what == "resume":
        deed = visit.deed("node.resume", node, grounds)
        visit.around(deed, lambda: members.resume(host, place, actor, node, grounds))
        flash("已恢复该节点")
    elif what == "rotate":
        members.require(actor, "rotate")
        visit.around(visit.deed("node.rotate"), lambda: rotation.rotate(host, actor.node))
        flash("本节点已更换密钥")
    else:
        raise DomainRefused("not-found", f"no {what}"[:80])


def templates(visit: Visit) -> Shown:
    """Letters of document numbers, what reminders say, and tables to download."""
    told, host, place = None, visit.host, visit.place
    tenant, domain = place.tenant, place.domain
    if visit.posted:
        try:
            _letter(visit, request.form.get("letters", "").strip())
        except DomainRefused as refused:
            told = sayings.told(refused)
        else:
            return go("templates")
    with host.database.read(tenant.id) as connection:
        letters = letters_of(connection, tenant.id, domain)
    return visit.show(
        "templates.html", letters=letters, year=visit.now[:4], told=told, said=_spoken(),
        titles=titles, span=span, may=visit.may(*PUBLISHES),
        campaigns=campaigns.listed(host, place)["items"],
        owner=lambda id: id.split(":")[1] == visit.actor.node,
    )  # fmt: skip


def _letter(visit: Visit, letters: str) -> None:
    """Number with these letters from the next document on, in this domain."""
    if not visit.may(*PUBLISHES):
        raise DomainRefused("wrong-role", f"{visit.actor.role} may not set letters")
    place, domain = visit.place, visit.place.domain
    deed = visit.deed("letters.set", letters)

    def work(store: Any, _: Any) -> dict[str, Any]:
        set_letters(store.connection, place.tenant.id, letters, domain)
        return {"letters": letters}

    acts.perform(visit.host, place, visit.actor, deed, work)
    flash("机关代字已更改,从下一个文号起使用")


def _spoken() -> list[dict[str, Any]]:
    """Each rung of the ladder with what is said at it, of a matter made up for the page."""
    row: Mapping[str, Any] = {
        "kind": "reminder", "clock": "k7", "no": "晋政督〔2026〕12号",
        "title": mark("整改某段连续长下坡警示标志缺失"), "due": "2026-03-10T16:00:00.000Z",
    }  # fmt: skip
    return [
        {"after": one.after, "minutes": one.minutes, "to": one.to,
         "text": said_to.put({**row, "after": one.after, "minutes": one.minutes, "to": one.to})[1]}
        for one in LADDER
    ]  # fmt: skip
