"""The workbench: what waits for the visitor, by light; and what waits for a ruling.

Decides which work belongs to which role, from the commands' own table; never whether a command may
be given (node/domain/permissions.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from node.readmodel import drafts, register
from node.readmodel.register import Wanted
from node.service import timeline, units
from node.web.door import EVERYBODY, Page, Shown, Visit, go

MOST: Final = 12
ASKING: Final = ("supervisor", "leader")


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("home", "/", home, EVERYBODY, wall=True)
    yield Page("approvals", "/approvals", approvals)


def home(visit: Visit) -> Shown:
    """The workbench of a role."""
    if visit.session is not None and visit.session.kind == "screen":
        return go("screen")
    if visit.may("enterprise"):
        return go("mine")
    if visit.may("security"):
        return go("users")
    if visit.may("auditor"):
        return go("audit")
    if visit.may("admin"):
        return go("federation")
    return visit.show("workbench.html", tree=units.tree(visit.host, visit.place), **_work(visit))


def _work(visit: Visit) -> dict[str, Any]:
    node, mine = visit.actor.node, (visit.actor.node,)
    running = Wanted(state="running", units=mine)
    given = Wanted(state="running", issuer=node)
    lists = [
        ("待签收", "ISSUED", Wanted(state="ISSUED", units=mine)),
        ("待部署", "SIGNED", Wanted(state="SIGNED", units=mine)),
        ("正在办理", "DOING", Wanted(state="DOING", units=mine)),
        ("挂账办理", "HUNG", Wanted(state="HUNG", units=mine)),
        ("待我审核办结", "CLOSE_REQ", Wanted(state="CLOSE_REQ", issuer=node)),
        ("待我批复申请", "asks", Wanted(asks="any", state="running", issuer=node)),
    ]
    sections = []
    for title, name, wanted in lists:
        count = visit.ask(register.count_slips, wanted)
        if count:
            rows = reviewed(visit, visit.ask(register.soonest, wanted, limit=MOST))
            sections.append({"title": title, "name": name, "count": count, "rows": rows})
    lights = {
        whose: visit.ask(register.lights, wanted)
        for whose, wanted in (("mine", running), ("given", given))
    }
    waiting = [
        row
        for state in ("LEAD", "DRAFT", "PROPOSED")
        for row in visit.ask(drafts.list_drafts, state=state, limit=MOST)
    ]
    approved = visit.ask(
        register.find_matters, Wanted(state="APPROVED", registrar=node), limit=MOST
    )
    closed = visit.ask(register.find_matters, Wanted(state="CLOSED", registrar=node), limit=MOST)
    return {
        "sections": sections,
        "lights": lights,
        "drafts": waiting,
        "approved": approved,
        "closed": closed,
        "now": visit.now,
    }


def reviewed(visit: Visit, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Applications show the light of this node's own clock: the answer's."""
    waiting = [row["id"] for row in rows if row["state"] == "CLOSE_REQ"]
    due = timeline.reviews(visit.host, visit.place, waiting)
    for row in rows:
        if row["id"] in due:
            clock = {"kind": "ka", "stopped_at": None, "verdict": None, **due[row["id"]]}
            row["clocks"], row["light"] = [*row["clocks"], clock], clock["light"]
    return rows


def approvals(visit: Visit) -> Shown:
    """What waits for this node's ruling: clearances, extensions, plans, pauses, refusals."""
    node = visit.actor.node
    found = []
    for title, wanted in (
        ("申请办结", Wanted(state="CLOSE_REQ", issuer=node)),
        ("申请延期", Wanted(asks="extension", issuer=node)),
        ("提出挂账方案", Wanted(asks="plan", issuer=node)),
        ("申请中止", Wanted(asks="pause")),
        ("申请退回", Wanted(asks="refusal", issuer=node)),
    ):
        rows = reviewed(visit, visit.ask(register.soonest, wanted, limit=100))
        found.append({"title": title, "rows": rows, "count": len(rows)})
    proposed = visit.ask(drafts.list_drafts, state="PROPOSED", limit=100)
    return visit.show(
        "approvals.html",
        sections=found,
        drafts=proposed,
        now=visit.now,
        tree=units.tree(visit.host, visit.place),
    )
