"""Accept and issue, on one page: what came in, likely duplicates, the unit, the policy with dates.

Decides what is proposed where and how a choice is read; the one command behind it (draft.accept)
is the API's, and what is proposed comes from node/service/suggesting.py. Works as an ordinary form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import request

from node.domain.commands import DomainRefused
from node.domain.commands.weighing import AXES
from node.service import intake, suggesting, units
from node.service.suggesting import Proposal
from node.web import controls, labels, live
from node.web.controls import Special
from node.web.deeds import MOST_LISTED, _blamed, _give, _grouped, _unit
from node.web.door import Shown, Visit, flash, go
from node.web.words import mark, say
from schemas.intake import CRITERIA

OPERATION: Final = "draft.accept"
CHIPS: Final = ("board", "grade", *CRITERIA)
FIRST: Final = ("title", "content", "board", "grade")
THEN: Final = (
    "scores", "indicators", "basis", "responsible", "head", "contact", "solution", "answer",
)  # fmt: skip
REASONS: Final[Mapping[str, str]] = {
    "named": mark("申报中写明"),
    "region": mark("属地"),
    "alike": mark("承办过相似事项"),
    "board": mark("近期承办本板块 {count} 件"),
}
MOST_NEAR: Final = 16
DEFAULTS: Final = {"board": "daily", "grade": "general"}


def begun(found: Mapping[str, Any]) -> dict[str, Any]:
    """What a draft's form is filled in with: what it says, else what was submitted."""
    form = dict(found["form"])
    if not form:
        asked = found["asked"]
        form = {name: asked[name] for name in ("title", "region", "unit", "since") if name in asked}
        parts = (("现状", "situation"), ("诉求", "demand"), ("难题", "difficulty"))
        form["content"] = "\n".join(
            f"{word}:{asked[name]}" for word, name in parts if asked.get(name)
        )
    form.setdefault("source", found["source"])
    return form


def page(visit: Visit, id: str, found: Mapping[str, Any]) -> Shown:
    """The page of one draft, and what comes of it."""
    tree = units.tree(visit.host, visit.place)
    held = _proposed(found, tree)
    special = _special(visit, tree, request.form if visit.posted else held)
    values = _read(special) if visit.posted else held
    more = request.form.get("_more", "")
    if not visit.posted:
        values = values | _chosen(visit, tree, values, found["duplicates"])
    made, told = controls.controls(OPERATION, values, special, more), None
    if visit.posted and not (more or live.asked() or "_check" in request.form):
        try:
            done = _give(visit, OPERATION, id, _resolved(tree, values))
        except DomainRefused as refused:
            told = _blamed(made, refused, OPERATION)
        else:
            return _after(id, done)
    return _shown(visit, id, found, tree, made, values, told)


def _shown(
    visit: Visit,
    id: str,
    found: Mapping[str, Any],
    tree: units.Tree,
    made: Sequence[controls.Control],
    values: Mapping[str, Any],
    told: Mapping[str, str] | None,
) -> Shown:
    now, board = visit.now, str(values.get("board") or "")
    looked = visit.host.read(visit.place, lambda store: intake.examine(store, values, now, True))
    looked["duplicates"] = [one for one in looked["duplicates"] if one["id"] != id]
    early = live.asked() or not visit.posted
    beside = live.gate(made, looked, early=early)
    dues = suggesting.dues(visit.host, visit.place, board)
    merge = id if "merge" in found["allowed"] else ""
    if live.asked():
        return live.part(
            visit, OPERATION, made, values, beside, merge=merge, dues=dues
        )  # fmt: skip
    picks = _proposals(visit, tree, values, looked["duplicates"])
    return visit.show(
        "accept.html", found=found, told=told, gate=beside, merge=merge, dues=dues, board=board,
        by={one.path: one for one in made}, picks=picks, near=_near(tree, picks), tree=tree,
        suggested=not visit.posted and not found["form"].get("scores") and values.get("scores"),
        rest=[one for one in made if one.path not in (*FIRST, *THEN, "lead", "cohandlers")],
        lead=values.get("lead", ""), reasons=REASONS, grade=values.get("grade"), axes=AXES,
        path=request.path, now=now,
    )  # fmt: skip


def _special(visit: Visit, tree: units.Tree, said: Mapping[str, Any]) -> Special:
    every = tree.below()
    many = len(every) > MOST_LISTED
    paths = [(one.path, one.path) for one in every[:MOST_LISTED]]
    kind = "-text" if many else ""
    return Special(
        kinds={"scores": "scores", "lead": f"unit{kind}", "cohandlers": f"units{kind}"}
        | dict.fromkeys(CHIPS, "chips"),
        options={"lead": paths, "cohandlers": paths} if many else {},
        groups={} if many else dict.fromkeys(("lead", "cohandlers"), _grouped(every, tree)),
        maps={"ledger": live.entries(visit, said.get("board"))},
    )


def _read(special: Special) -> dict[str, Any]:
    """What was filled in; a unit that is named goes before one that was picked."""
    values = controls.posted(OPERATION, request.form, special)
    values["lead"] = request.form.get("lead_other", "").strip() or request.form.get("lead", "")
    return values


def _resolved(tree: units.Tree, values: Mapping[str, Any]) -> dict[str, Any]:
    """Units by their ids; the lead itself is no co-handler. Raises DomainRefused `bad-input`."""
    if not values.get("lead"):
        raise DomainRefused("bad-input", "Missing data for required field.", where="lead")
    lead = _unit(tree, str(values["lead"]), "lead")
    words = [one for text in values.get("cohandlers", ()) for one in text.splitlines() if one]
    others = [_unit(tree, one, "cohandlers") for one in words]
    kept = {name: said for name, said in values.items() if name != "cohandlers"} | {"lead": lead}
    return kept | ({"cohandlers": found} if (found := [o for o in others if o != lead]) else {})


def _proposed(found: Mapping[str, Any], tree: units.Tree) -> dict[str, Any]:
    """The form as it stands before anybody chose: what was submitted, and what follows from it."""
    form = DEFAULTS | begun(found)
    if not form.get("basis") and found.get("receipt"):
        source = labels.CHOICES["source"].get(found["source"], found["source"])
        form["basis"] = f"{source} {found['receipt']}"
    if not form.get("scores"):
        form["scores"] = suggesting.weight(tree, found["source"])
    return form


def _proposals(
    visit: Visit, tree: units.Tree, values: Mapping[str, Any], alike: Sequence[Mapping[str, Any]]
) -> list[Proposal]:
    ids = [str(one["id"]) for one in alike]
    return visit.host.read(visit.place, lambda store: suggesting.units(store, tree, values, ids))


def _near(tree: units.Tree, picks: Sequence[Proposal]) -> list[str]:
    """Units directly below that nothing speaks for: one click away all the same, if not many."""
    named = {one.node for one in picks}
    return [one for one in tree.children(tree.me) if one not in named][:MOST_NEAR]


def _chosen(
    visit: Visit, tree: units.Tree, values: Mapping[str, Any], alike: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    return {"lead": suggesting.first_sure(_proposals(visit, tree, values, alike))}


def _after(id: str, done: Mapping[str, Any]) -> Shown:
    if done["state"] == "PROPOSED":
        role = say(labels.ROLES[done["waits"]])
        flash("已提请立项,待{role}批准;主办单位已记下", role=role)
        return go("draft", id=id)
    flash("已受理并交办,编号 {no},已记入签名日志并上报", no=done["no"])
    return go("matter", id=done["matter"])
