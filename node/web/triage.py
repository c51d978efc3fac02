"""Intake and triage: the queue, one draft with its likely duplicates beside it, each act a form.

Decides what stands where; the gate's remarks and duplicates are the domain's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import request

from node.domain.commands import DomainRefused
from node.domain.commands.weighing import AXES, ENOUGH
from node.readmodel import drafts, register
from node.service import intake, units
from node.web import controls, labels, sayings
from node.web.controls import Special
from node.web.deeds import MOST_LISTED, _blamed, _give
from node.web.door import STAFF, Page, Shown, Visit, flash, go
from node.web.words import say
from schemas.api.outline import outline

BOTH: Final = ("GET", "POST")
ACTS: Final = ("draft", "edit", "propose", "approve", "reject", "decline", "merge", "judge")
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
        acts=[word for word in ACTS if word in found["allowed"]],
        axes=AXES,
        now=visit.now,
    )


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
                      remarks=[], duplicates=[], axes=AXES, enough=ENOUGH)  # fmt: skip


def act(visit: Visit, id: str, word: str) -> Shown:
    """One command on a draft."""
    if word not in ACTS:
        raise DomainRefused("not-found", f"no {word}", ", ".join(ACTS))
    found, operation = _whole(visit, id), f"draft.{word}"
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
        return go("do_matter", id=done["matter"], word="issue")
    flash("“{name}”已完成", name=say(labels.COMMANDS[f"draft.{word}"][0]))
    return go("draft", id=id)


def _write(visit: Visit, operation: str, id: str, found: Mapping[str, Any]) -> Shown:
    """The draft's own form, with the gate's remarks beside the words that they mean."""
    tree = units.tree(visit.host, visit.place)
    below = [(one.name, one.path) for one in tree.below()[:MOST_LISTED]]
    special = Special(kinds={"lead": "unit-text", "scores": "scores"}, options={"lead": below})
    values = (
        controls.posted(operation, request.form, special)
        if visit.posted
        else _begun(operation, found)
    )
    more = request.form.get("_more", "")
    made, told = controls.controls(operation, values, special, more), None
    duplicates = list[dict[str, Any]]()
    remarks = list[Mapping[str, Any]]()
    if visit.posted and not more and "_check" not in request.form:
        try:
            done = _give(visit, operation, id, values)
        except DomainRefused as refused:
            told = _blamed(made, refused, operation)
        else:
            flash("“{name}”已完成", name=say(labels.COMMANDS[operation][0]))
            return go("draft", id=done["id"])
    if values:
        now = visit.now
        looked = visit.host.read(
            visit.place, lambda store: intake.examine(store, values, now, True)
        )
        remarks = controls.note(made, [sayings.remark(each) for each in looked["remarks"]])
        duplicates = [each for each in looked["duplicates"] if each["id"] != id]
    return visit.show(
        "draft_form.html", made=made, told=told, operation=operation, found=found or None,
        remarks=remarks, duplicates=duplicates, axes=AXES, enough=ENOUGH,
    )  # fmt: skip


def _begun(operation: str, found: Mapping[str, Any]) -> dict[str, Any]:
    if not found:
        return {}
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
