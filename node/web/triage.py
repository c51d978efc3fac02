"""Intake and triage: the queue, one draft with its likely duplicates beside it, each act a form.

Decides what stands where; the gate's remarks and duplicates are the domain's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from flask import request

from node.domain.commands import DomainRefused
from node.domain.commands.weighing import AXES, ENOUGH
from node.readmodel import drafts, register
from node.service import intake, units
from node.web import accepting, controls, labels, live, sayings
from node.web.controls import Special
from node.web.deeds import MOST_LISTED, _blamed, _give
from node.web.door import STAFF, Page, Shown, Visit, flash, go
from node.web.words import say
from schemas.api.outline import outline
from schemas.intake import CRITERIA

BOTH: Final = ("GET", "POST")
ACTS: Final = (
    "accept",
    "draft",
    "edit",
    "propose",
    "approve",
    "reject",
    "decline",
    "merge",
    "judge",
)
STATES: Final = ("LEAD", "DRAFT", "PROPOSED", "APPROVED", "REJECTED", "MERGED")
WRITES: Final = ("draft", "edit")
PAGE: Final = 100


def pages() -> Iterator[Page]:
    """The pages of this room."""
    starts = frozenset(("registrar", "supervisor"))
    yield Page("triage", "/triage", queue)
    yield Page("submit", "/triage/submit", submit, starts | {"handler"}, BOTH)
    yield Page("start", "/triage/new", start, starts, BOTH)
    yield Page("draft", "/triage/<id>", one)
    yield Page("do_draft", "/triage/<id>/<word>", act, STAFF, BOTH)


def queue(visit: Visit) -> Shown:
    """The queue, by state."""
    chosen = request.args.get("state", "")
    states = [chosen] if chosen in STATES else ["LEAD", "DRAFT", "PROPOSED"]
    after = request.args.get("after") or None
    found = {
        state: visit.ask(drafts.list_drafts, state=state, limit=PAGE, after=after)
        for state in states
    }
    return visit.show("triage.html", found=found, states=STATES, chosen=chosen, now=visit.now)


def _whole(visit: Visit, id: str) -> dict[str, Any]:
    now = visit.now
    return visit.host.read(visit.place, lambda store: intake.whole(store, visit.actor, id, now))


def one(visit: Visit, id: str) -> Shown:
    """A draft: what was submitted, what it says now, remarks, likely duplicates, acts."""
    found = _whole(visit, id)
    said = {name: value for name, value in found["form"].items() if isinstance(value, str)}
    return visit.show(
        "draft.html",
        found=found,
        remarks=[sayings.remark(each) for each in found["remarks"]],
        marked={
            name: controls.marked(
                value, [each for each in found["remarks"] if each["where"] == name]
            )
            for name, value in said.items()
        },
        fields=outline("draft.edit"),
        lead=_unit_name(visit, found["form"].get("lead")),
        ledger=_values(visit, found["form"]),
        acts=[word for word in ACTS if word in found["allowed"]],
        axes=AXES,
        now=visit.now,
    )


def _unit_name(visit: Visit, said: str | None) -> str:
    """A unit's path, where a draft holds its id; else what was written."""
    tree = units.tree(visit.host, visit.place)
    return tree.path(said) if said and tree.has(said) else said or ""


def _values(visit: Visit, form: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a draft says for its board's ledger, with the fields' names."""
    told = form.get("ledger") or {}
    names = {one.name: one.label for one in live.entries(visit, form.get("board"))} if told else {}
    return [(names.get(code, code), value) for code, value in told.items()]


def start(visit: Visit) -> Shown:
    """A draft that is started here."""
    return _write(visit, "draft.draft", "", {})


def submit(visit: Visit) -> Shown:
    """A demand handed in for somebody else: hotline, a subordinate."""
    operation = "draft.submit"
    special = Special(hidden=frozenset(("applicant",)))
    values = controls.posted(operation, request.form, special) if visit.posted else {}
    made, told = controls.controls(operation, values, special), None
    if visit.posted:
        try:
            done = _give(visit, operation, "", values)
        except DomainRefused as refused:
            told = _blamed(made, refused, operation)
        else:
            flash("已收件,受理编号 {no},查询码 {code}(只显示这一次)",
                  no=done["receipt"], code=done["code"])  # fmt: skip
            return go("draft", id=done["id"])
    return visit.show("draft_form.html", made=made, told=told, operation=operation, found=None,
                      gate=None, path="", board="", axes=AXES, enough=ENOUGH)  # fmt: skip


def act(visit: Visit, id: str, word: str) -> Shown:
    """One command on a draft."""
    if word not in ACTS:
        raise DomainRefused("not-found", f"no {word}", ", ".join(ACTS))
    found, operation = _whole(visit, id), f"draft.{word}"
    if word == "accept":
        return accepting.page(visit, id, found)
    if word in WRITES:
        return _write(visit, operation, id, found)
    special, first = Special(), dict[str, Any]()
    if word == "merge":
        special = Special(kinds={"into": "matter"})
        first = {"into": request.args.get("into", "")}
    if word == "judge":
        open_ = [each for each in found["complaints"] if each["finding"] is None]
        named = [(each["head"], each["text"][:60]) for each in open_]
        special = Special(kinds={"complaint": "choice"}, options={"complaint": named})
    values = controls.posted(operation, request.form, special) if visit.posted else first
    made, told = controls.controls(operation, values, special), None
    if visit.posted:
        try:
            if word == "merge":
                values = values | {"into": _target(visit, str(values.get("into", "")))}
            done = _give(visit, operation, id, values)
        except DomainRefused as refused:
            told = _blamed(made, refused, operation)
        else:
            return _after(visit, word, id, done)
    return visit.show(
        "draft_deed.html", made=made, told=told, operation=operation, word=word, found=found,
        remarks=[sayings.remark(each) for each in found["remarks"]], now=visit.now,
    )  # fmt: skip


def _target(visit: Visit, said: str) -> str:
    """A matter by its number, or what was chosen by its id."""
    if said.startswith(("matter:", "draft:")) or not said:
        return said
    ids = visit.ask(register.matter_by_no, said)
    return ids[0] if len(ids) == 1 else said


def _after(visit: Visit, word: str, id: str, done: Mapping[str, Any]) -> Shown:
    if word == "approve":
        flash("已批准立项,编号 {no}", no=done["no"])
        if visit.may("leader"):  # the office issues
            return go("matter", id=done["matter"])
        return go("do_matter", id=done["matter"], word="issue")
    flash("“{name}”已完成", name=say(labels.COMMANDS[f"draft.{word}"][0]))
    return go("draft", id=id)


def _write(visit: Visit, operation: str, id: str, found: Mapping[str, Any]) -> Shown:
    """The draft's own form, with the gate's remarks beside the words that they mean."""
    tree = units.tree(visit.host, visit.place)
    below = [(one.path, one.path) for one in tree.below()[:MOST_LISTED]]
    said = request.form if visit.posted else _begun(found, tree)
    special = Special(
        kinds={"lead": "unit-text", "scores": "scores"}
        | dict.fromkeys(("board", "grade", *CRITERIA), "chips"),
        options={"lead": below},
        maps={"ledger": live.entries(visit, said.get("board"))},
    )
    values = controls.posted(operation, request.form, special) if visit.posted else dict(said)
    more = request.form.get("_more", "")
    made, told = controls.controls(operation, values, special, more), None
    meant = values | _meant(tree, values.get("lead"))
    if live.asked():
        beside = _gate(visit, id, made, meant, True)
        return live.part(visit, operation, made, meant, beside, merge=_mergeable(found))
    if visit.posted and not more and "_check" not in request.form:
        try:
            done = _give(visit, operation, id, meant)
        except DomainRefused as refused:
            told = _blamed(made, refused, operation)
        else:
            flash("“{name}”已完成", name=say(labels.COMMANDS[operation][0]))
            return go("draft", id=done["id"])
    beside = live.NOTHING
    if values:
        beside = _gate(visit, id, made, meant, not visit.posted)
    return visit.show(
        "draft_form.html", made=made, told=told, operation=operation, found=found or None,
        gate=beside, path=request.path, board=values.get("board", ""), axes=AXES, enough=ENOUGH,
    )  # fmt: skip


def _gate(
    visit: Visit, id: str, made: Sequence[controls.Control], said: Mapping[str, Any], early: bool
) -> Mapping[str, Any]:
    now = visit.now
    looked = visit.host.read(visit.place, lambda store: intake.examine(store, said, now, True))
    looked["duplicates"] = [each for each in looked["duplicates"] if each["id"] != id]
    return live.gate(made, looked, early=early)


def _mergeable(found: Mapping[str, Any]) -> str:
    """The draft's id, where it may be merged into another."""
    return str(found["id"]) if "merge" in found.get("allowed", ()) else ""


def _meant(tree: units.Tree, said: str | None) -> dict[str, str]:
    """The id of the unit that is named, where there is just one of that name."""
    hits = tree.find(said) if said else []
    return {"lead": hits[0].node} if len(hits) == 1 else {}


def _begun(found: Mapping[str, Any], tree: units.Tree) -> dict[str, Any]:
    if not found:
        return {}
    form = accepting.begun(found)
    if tree.has(str(form.get("lead", ""))):
        form["lead"] = tree.path(form["lead"])
    return form
