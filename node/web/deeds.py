"""The acts as forms: one task a page, drawn from the API's own form of each command.

Decides how a member is asked for where its form alone doesn't say (units, matters, clocks, files);
the command itself is given through the services, as REST gives it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec
from flask import request
from werkzeug.datastructures import FileStorage

from node.domain.commands import DomainRefused
from node.readmodel import register
from node.readmodel.queries import list_assignments
from node.service import attachments, intake, units
from node.service.acts import Answer, Deed
from node.service.work import OPERATIONS
from node.web import controls, labels, live, matters, sayings
from node.web.controls import Control, Entry, Special
from node.web.door import Page, Shown, Visit, flash, go
from node.web.words import say
from schemas.api import forms
from schemas.media import ACCEPTED
from schemas.refusals import Refused
from sync.attachments import CHUNK

BOTH: Final = ("GET", "POST")
UNITS: Final[Mapping[str, Sequence[str]]] = {
    "issue": ("lead", "cohandlers"),
    "split": ("lead", "cohandlers"),
    "reassign": ("to",),
    "refuse": ("proposed",),
    "add-cohandler": ("cohandlers",),
}
VALUED: Final = ("report", "value")  # commands that may carry values of a ledger
MATTERS: Final[Mapping[str, str]] = {"merge": "into", "link": "to"}
NOT_HERE: Final = frozenset(("redate",))  # the calendar's page moves clocks, all at once
MOST_LISTED: Final = 400  # units to choose from; with more, a name is typed
MOST_FILE: Final = 20 * 1024 * 1024


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("new", "/matters/new", new, frozenset(("registrar", "supervisor")), BOTH)
    yield Page("do_matter", "/matters/<id>/<word>", on_matter, methods=BOTH)
    yield Page("do_assignment", "/assignments/<id>/<word>", on_assignment, methods=BOTH)


# registering without a draft


def new(visit: Visit) -> Shown:
    """Register a matter: the gate's remarks stand beside the words that they mean."""
    operation, board = "matter.register", request.form.get("board", "")
    special = Special(
        kinds={"source": "choice", "class": "line", "board": "chips", "grade": "chips"},
        options={"source": [(word, say(word)) for word in labels.CHOICES["source"].values()]},
        maps={"ledger": live.entries(visit, board)},
    )
    values = controls.posted(operation, request.form, special) if visit.posted else {}
    more = request.form.get("_more", "")
    made, told = controls.controls(operation, values, special, more), None
    if live.asked():
        return live.part(visit, operation, made, values, _gate(visit, made, values, True))
    beside: Mapping[str, Any] = live.NOTHING
    if visit.posted and not more:
        if "_check" not in request.form:
            try:
                done = _give(visit, operation, "", values)
            except DomainRefused as refused:
                told = _blamed(made, refused, operation)
            else:
                flash("已登记,编号 {no}", no=done["no"])
                return go("do_matter", id=done["id"], word="issue")
        beside = _gate(visit, made, values, False)
    return visit.show(
        "register.html", made=made, operation=operation, told=told, gate=beside, board=board,
        path=request.path,
    )  # fmt: skip


def _gate(
    visit: Visit, made: Sequence[Control], values: Mapping[str, Any], early: bool
) -> dict[str, Any]:
    """What the gate remarks of a form, put beside its controls; the rest, and likely duplicates."""
    now = visit.now
    looked = visit.host.read(visit.place, lambda store: intake.examine(store, values, now, False))
    # direct registration names its lead when it issues, and states its weight in words
    return live.gate(made, looked, early=early, without=("lead", "scores"))


def _give(visit: Visit, operation: str, id: str, values: Mapping[str, Any]) -> Answer:
    """Read the values by the operation's form, then give the command. Raises DomainRefused."""
    body, where, detail = forms.read(operation, values)
    if detail:
        raise DomainRefused("bad-input", detail, where=where)
    return visit.command(operation, id, body)


def _blamed(made: Sequence[Control], refused: DomainRefused, operation: str) -> dict[str, str]:
    told = sayings.told(refused, operation)
    words = told["detail"] + (f" · {told['accepted']}" if told["accepted"] else "")
    if told["where"] and controls.blame(made, told["where"], words):
        told["placed"] = "yes"
    return told


# commands on what there is


def on_matter(visit: Visit, id: str, word: str) -> Shown:
    """A command on a matter."""
    found = matters.whole(visit, id)
    return _act(visit, f"matter.{word}", id, found, None)


def on_assignment(visit: Visit, id: str, word: str) -> Shown:
    """A command on an assignment."""
    rows = visit.ask(register_one, id)
    if rows is None:
        raise DomainRefused("not-found", f"no assignment {id} is held here")
    found = matters.whole(visit, rows["matter"])
    return _act(visit, f"assignment.{word}", id, found, found["states"].get(id))


def register_one(*args: Any, **named: Any) -> dict[str, Any] | None:
    """One assignment's row."""
    *place, id = args
    rows = list_assignments(*place, id=id, **named)
    return rows[0] if rows else None


def _act(visit: Visit, operation: str, id: str, found: dict[str, Any], state: Any) -> Shown:
    word = operation.partition(".")[2]
    if operation not in OPERATIONS or word in NOT_HERE or operation not in labels.COMMANDS:
        raise DomainRefused("not-found", f"no {word}")
    tree = units.tree(visit.host, visit.place)
    entries = live.entries(visit, found["matter"]["board"]) if word in VALUED else []
    special = _special(word, found, state, tree, entries)
    values = (
        controls.posted(operation, request.form, special)
        if visit.posted
        else _first(word, found, state) | _meant(visit, word, id, tree)
    )
    more = request.form.get("_more", "")
    made = controls.controls(operation, values, special, more)
    told = None
    if visit.posted and not more:
        try:
            resolved = _resolved(visit, word, values, tree)
            if word == "report":
                resolved |= _uploaded(visit)
            _give(visit, operation, id, resolved)
        except (DomainRefused, Refused) as refused:
            told = (
                _blamed(made, refused, operation)
                if isinstance(refused, DomainRefused)
                else sayings.told(refused)
            )
        else:
            return _after(operation, found)
    return visit.show(
        "deed.html",
        operation=operation,
        word=word,
        made=made,
        told=told,
        matter=found["matter"],
        row=next((one for one in found["rows"] if one["id"] == id), None),
        state=state,
        tree=tree,
        files=word == "report",
        endings=ACCEPTED,
        now=visit.now,
        deployed=found["deployed"],
    )


def _after(operation: str, found: dict[str, Any]) -> Shown:
    name = say(labels.COMMANDS[operation][0])
    flash("“{name}”已完成,已记入签名日志并上报", name=name)
    return go("matter", id=found["matter"]["id"])


def _special(
    word: str, found: dict[str, Any], state: Any, tree: units.Tree, entries: Sequence[Entry]
) -> Special:
    kinds, options = dict[str, str](), dict[str, Sequence[tuple[str, str]]]()
    groups = dict[str, Sequence[tuple[str, Sequence[tuple[str, str]]]]]()
    for name in UNITS.get(word, ()):
        every = tree.all() if name == "proposed" else tree.below()
        many = len(every) > MOST_LISTED
        one = "units" if name == "cohandlers" else "unit"
        kinds[name] = f"{one}-text" if many else one
        if many:
            options[name] = [(each.path, each.path) for each in every[:MOST_LISTED]]
        else:
            groups[name] = _grouped(every, tree)
    if word in MATTERS:
        kinds[MATTERS[word]] = "matter"
    if word in ("report", "rule"):
        clocks = state.clocks if state is not None else []
        name = "milestone" if word == "report" else "clock"
        kinds[name] = "choice"
        options[name] = [
            (one.kind, one.name or say(labels.clock(one.kind)))
            for one in clocks
            if (one.family == "kp" and one.open if word == "report" else one.stopped_at)
        ]
    hidden = {"attachments"} if word == "report" else set[str]()
    if word == "report" and not options["milestone"]:
        hidden.add("milestone")
    return Special(kinds, options, groups, frozenset(hidden), {"ledger": entries})


def _grouped(
    every: Sequence[units.Unit], tree: units.Tree
) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    """Units under the one above them, in the tree's order."""
    found = dict[str, list[tuple[str, str]]]()
    for one in every:
        found.setdefault(tree.path(one.parent) if one.parent else "", []).append(
            (one.node, one.name)
        )
    return list(found.items())


def _first(word: str, found: dict[str, Any], state: Any) -> dict[str, Any]:
    """What a form is filled in with before anybody wrote into it."""
    if word in ("report", "clear"):
        rows = found["matter"].get("indicators") or []
        return {"indicators": [{"name": one.get("name", ""), "value": ""} for one in rows]}
    if word == "value":
        return {"ledger": found["matter"].get("ledger") or {}}
    if state is None:
        return {}
    if word == "grant-extension" and state.extension:
        return {"until": state.extension.get("until", "")}
    if word == "grant-plan" and state.plan:
        return {"milestones": state.plan.get("milestones", [])}
    if word == "grant":
        return {"mark": "good"}
    return {}


def _meant(visit: Visit, word: str, id: str, tree: units.Tree) -> dict[str, Any]:
    """The lead that the matter's draft named, where the matter is issued and it is one unit."""
    if word != "issue":
        return {}
    hits = tree.find(visit.host.read(visit.place, lambda store: intake.meant_lead(store, id)))
    if len(hits) != 1:
        return {}
    return {"lead": hits[0].path if len(tree.below()) > MOST_LISTED else hits[0].node}


def _resolved(visit: Visit, word: str, values: dict[str, Any], tree: units.Tree) -> dict[str, Any]:
    """Names of units and numbers of matters as ids. DomainRefused `bad-input`, saying which."""
    found = dict(values)
    for name in UNITS.get(word, ()):
        said = found.get(name)
        if isinstance(said, str):
            found[name] = _unit(tree, said, name)
        elif isinstance(said, list):
            words = [one for text in said for one in text.splitlines() if one.strip()]
            found[name] = [_unit(tree, one, name) for one in words]
            found[name] = [one for one in found[name] if one != found.get("lead")]
            if not found[name]:
                del found[name]
    name = MATTERS.get(word, "")
    if name and name in found and not found[name].startswith("matter:"):
        ids = visit.ask(register.matter_by_no, found[name])
        if len(ids) != 1:
            raise DomainRefused("not-found", f"no matter {found[name]}", say("事项编号"), name)
        found[name] = ids[0]
    if word in ("report", "clear") and "indicators" in found:
        found["indicators"] = [one for one in found["indicators"] if one.get("value")]
        if not found["indicators"]:
            del found["indicators"]
    return found


def _unit(tree: units.Tree, said: str, where: str) -> str:
    hits = tree.find(said)
    if len(hits) == 1:
        return hits[0].node
    accepted = "、".join(one.path for one in hits[:8]) or say("单位的名称或全路径")
    detail = say("有 {count} 个单位叫“{name}”", count=len(hits), name=said)
    raise DomainRefused("bad-input", detail, accepted, where)


def _uploaded(visit: Visit) -> dict[str, Any]:
    """The files that were sent with a report, taken in through the attachments' service."""
    sent = [one for one in request.files.getlist("_files") if one.filename]
    rows = [_upload(visit, one) for one in sent]
    return {"attachments": rows} if rows else {}


def _upload(visit: Visit, sent: FileStorage) -> dict[str, Any]:
    host, place, actor = visit.host, visit.place, visit.actor
    raw, name = sent.stream.read(MOST_FILE + 1), (sent.filename or "")[-255:]
    if len(raw) > MOST_FILE:
        raise Refused("too-large", f"{name}: > {MOST_FILE} B")
    hash = sha256(raw).hexdigest()
    form = {"sha256": hash, "size": len(raw), "name": name}
    deed = visit.deed("file.declare", hash, form)
    visit.around(_unkeyed(deed), lambda: attachments.create(host, place, actor, form))
    for n in range(-(-len(raw) // CHUNK)):
        part = raw[n * CHUNK : (n + 1) * CHUNK]
        attachments.put(host, place, actor, hash, n, part, sha256(part).digest())
    done = visit.around(
        _unkeyed(visit.deed("file.complete", hash)),
        lambda: attachments.complete(host, place, actor, hash),
    )
    return {"sha256": hash, "size": len(raw), "name": name, "type": done["type"]}


def _unkeyed(deed: Deed) -> Deed:
    """A deed of its own within a form: the form's key belongs to its command."""
    return msgspec.structs.replace(deed, key="")
