"""Handing out: a matter, or the parts of an assignment, to units below or along a line.

Decides to whom (one lead, any number of co-handlers), and computes the due instants, once. Never
asks whether it may be handed out now (permissions.py). Follows docs/spec/10-13710-events.md,
"issued".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from federation.ids import assignment_id, owner_of
from node.domain.assignment import PREFIX, AssignmentState
from node.domain.authority import Parties, may_assign
from node.domain.calendar import WARN, Calendar, Policy
from node.domain.clocks import due_instants, part_due, provisional_kinds
from node.domain.commands.base import Actor, DomainRefused, Draft, checked
from node.domain.facts import Relations
from node.domain.instants import earlier
from node.domain.matter import MatterState

ClockRule = tuple[str, Policy, Calendar]


@dataclass(frozen=True, slots=True)
class Given:
    """What is handed out: a matter, or an assignment of which these are parts."""

    content: Mapping[str, Any]  # as `issued` carries it
    parent: AssignmentState | None = None
    instead: AssignmentState | None = None  # the one whose place is taken
    joins: AssignmentState | None = None  # the lead's, that co-handlers are added to
    cap: str | None = None  # no due instant lies past this one


def of_matter(matter: MatterState) -> Given:
    """The content of a matter for its registrar's assignments."""
    content: dict[str, Any] = {
        "matter": matter.id,
        "no": matter.no,
        "title": matter.title,
        "board": matter.board,
        "grade": matter.grade,
        "content": matter.content,
        "indicators": matter.indicators,
    }
    extra = {"campaign": matter.campaign, "class": matter.class_}
    return Given(content | {name: value for name, value in extra.items() if value is not None})


def hand_out(
    actor: Actor,
    given: Given,
    units: Sequence[str],
    relations: Relations,
    clock: ClockRule,
    nonces: Sequence[str],
) -> list[Draft]:
    """One assignment per unit; the first leads, the others are its co-handlers.

    Where they join a lead's, all are that one's co-handlers.

    `clock`: the instant of issue, policy and calendar; a part is due no later than its whole.
    `nonces`: one per unit. Refuses `bad-input` for no unit or one named twice, `wrong-node` for one
    that the actor's node may give nothing; `where` names it.
    """
    _units(actor.node, units, relations, given.joins is None)
    t0, policy, calendar = clock
    own = due = due_instants(t0, given.content["grade"], policy, calendar)
    if given.parent is not None:
        due = part_due(own, given.parent.clocks)
    if given.cap is not None:
        due = {kind: earlier(at, given.cap) for kind, at in due.items()}
    old = given.instead
    beside = given.instead or given.joins  # what is given now is part of the same as this
    part = given.parent is not None or (beside is not None and beside.part)
    ids = [assignment_id(actor.node, nonce) for nonce in nonces]
    common = {
        **given.content,
        "parent": given.parent.id if given.parent is not None else beside and beside.parent,
        "t0": t0,
        "due": due,
        "policy": policy.version,
        "calendar": calendar.version,
        **_marks(own, due, given, clock),
        **({"instead": old.id} if old is not None else {}),
        "by": actor.by(),
    }
    drafts = []
    for unit, subject in zip(units, ids, strict=True):
        role = _role(given, unit, units, ids[0])
        parties = Parties(
            registrar=owner_of(given.content["matter"]),
            issuer=actor.node,
            assignee=unit,
            cohandlers=tuple(role["cohandlers"]),
            part=part,
        )
        data = {**common, **role, "assignee": unit}
        draft = Draft(PREFIX + "issued", subject, f"to/{unit}", data)
        drafts.append(checked(draft, actor.node, None, parties, relations))
    return drafts


def _role(given: Given, unit: str, units: Sequence[str], first: str) -> dict[str, Any]:
    """Whether a unit leads, and with whom it works. `first`: the id of the first assignment."""
    old, lead = given.instead, given.joins
    if old is not None:
        return {"kind": old.kind, "lead": old.lead, "cohandlers": list(old.cohandlers)}
    if lead is None and unit == units[0]:
        return {"kind": "lead", "lead": None, "cohandlers": list(units[1:])}
    led = {"node": units[0], "assignment": first}
    if lead is not None:
        led = {"node": lead.assignee, "assignment": lead.id}
    return {"kind": "co", "lead": led, "cohandlers": []}


def _marks(
    own: Mapping[str, str], due: Mapping[str, str], given: Given, clock: ClockRule
) -> dict[str, Any]:
    """What is frozen at issue beside the due instants: minutes of yellow, what is provisional.

    A part's instant that its whole caps is no more provisional than the whole's.
    """
    t0, policy, calendar = clock
    marks: dict[str, Any] = {}
    if any(policy.warn[kind] != WARN[kind] for kind in due):
        marks["warn"] = {kind: policy.warn[kind] for kind in due}
    unsure = provisional_kinds(t0, given.content["grade"], policy, calendar)
    unsure = tuple(kind for kind in unsure if due[kind] == own[kind])
    if unsure:
        marks["provisional"] = list(unsure)
    return marks


def member_of(index: int, led: bool = True) -> str:
    """The form's member that names the unit at `index`; `led`: whether the first one leads."""
    if not led:
        return f"cohandlers[{index}]"
    return f"cohandlers[{index - 1}]" if index else "lead"


def _units(issuer: str, units: Sequence[str], relations: Relations, led: bool) -> None:
    if not units:
        where = "lead" if led else "cohandlers"
        raise DomainRefused("bad-input", "nobody to give it to", "one unit at least", where)
    for index, unit in enumerate(units):
        where = member_of(index, led)
        if unit in units[:index]:
            raise DomainRefused("bad-input", f"{unit} twice", "each unit once", where)
        if unit == issuer or not may_assign(issuer, unit, relations):
            detail = f"{unit} is neither below this node nor guided by it"
            accepted = "a unit below, or along a line"
            raise DomainRefused("wrong-node", detail, accepted, where)
