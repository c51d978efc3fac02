"""Campaigns as pages: how far each has come, by class, territory and milestone, each number's list.

Decides what stands on a page. Counts are node/service/campaigns.py's. Follows docs/ledgers.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from flask import request

from federation.ids import owner_of
from node.service import campaigns, units
from node.web import tallies
from node.web.door import Page, Shown, Visit
from node.web.statistics import Names
from node.web.words import say

PAGE: Final = 50
WORDS: Final[Mapping[str, str]] = {
    "matters": "问题总数",
    "issued": "已交办",
    "cleared": "已办结",
    "overdue": "逾期",
}
MILESTONES: Final[Mapping[str, str]] = {
    "reached": "已达到",
    "missed": "未达到",
    "open": "未到期",
}


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("campaigns", "/campaigns", every)
    yield Page("campaign", "/campaigns/<id>", campaign)
    yield Page("problems", "/campaigns/<id>/list", problems)


def every(visit: Visit) -> Shown:
    """All campaigns held, each with its progress."""
    held = campaigns.listed(visit.host, visit.place)["items"]
    rows = [
        one | {"progress": campaigns.progress(visit.host, visit.place, one["id"], visit.sight)}
        for one in held
    ]
    return visit.show(
        "campaigns.html", rows=rows, words=WORDS, me=visit.actor.node,
        fills=visit.may("registrar", "supervisor"), now=visit.now,
        tree=units.tree(visit.host, visit.place), owner=owner_of, bars=bars_of,
    )  # fmt: skip


def campaign(visit: Visit, id: str) -> Shown:
    """One campaign's progress."""
    told = campaigns.one(visit.host, visit.place, id)
    progress = campaigns.progress(visit.host, visit.place, id, visit.sight)
    tree = units.tree(visit.host, visit.place)
    names = Names(tree)
    for row in progress["territory"]:
        row["label"] = names(row["region"])
    mine = owner_of(id) == visit.actor.node
    return visit.show(
        "campaign.html",
        one=told,
        progress=progress,
        words=WORDS,
        milestones=MILESTONES,
        classes=tallies.stacked(
            (_bar(f"{row['class']} {row['name']}", row) for row in progress["classes"]),
            ("cleared", "open"),
        ),
        territory=tallies.stacked(
            (_bar(row["label"], row) for row in progress["territory"]), ("cleared", "open")
        ),
        whole=bars_of(progress),
        tree=tree,
        owner=owner_of(id),
        fills=mine and visit.may("registrar", "supervisor"),
        now=visit.now,
        link=lambda word, **more: f"/campaigns/{id}/list?{urlencode({'count': word, **more})}",
    )


def _bar(label: str, row: Mapping[str, Any]) -> dict[str, Any]:
    rate = row["rate"]
    counts = {"cleared": row["cleared"], "open": row["matters"] - row["cleared"]}
    return {"label": label, "counts": counts,
            "text": "—" if rate is None else f"{rate * 100:.1f}%"}  # fmt: skip


def bars_of(progress: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A campaign's progress as one bar."""
    return tallies.stacked([_bar(say("全部"), progress)], ("cleared", "open"))


def problems(visit: Visit, id: str) -> Shown:
    """The list behind a number."""
    query = {name: value for name, value in request.args.items() if value}
    found = campaigns.problems(visit.host, visit.place, id, query, visit.sight, PAGE)
    more = ""
    if found["next"]:
        more = f"{request.path}?{urlencode(query | {'after': found['next']})}"
    told = campaigns.one(visit.host, visit.place, id)
    classes = {one["code"]: one["name"] for one in told["classes"]}
    tree = units.tree(visit.host, visit.place)
    names = Names(tree)
    scope = [say(WORDS[query.get("count", "matters")])]
    scope += [classes.get(query["class"], query["class"])] if query.get("class") else []
    scope += [names(query["region"])] if query.get("region") else []
    scope += [say("{day} 24:00 前申请办结", day=query["until"])] if query.get("until") else []
    return visit.show(
        "problems.html", found=found, id=id, more=more, scope=scope, classes=classes,
        names=names, now=visit.now,
    )  # fmt: skip
