"""Requests of an assignee: to be relieved, for more time, with a plan, for a pause.

Decides by what is handed in. A request moves nothing (that is rulings.py) but the state where the
table says so. Follows docs/spec/10-13710-events.md, "Requests and rulings".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from node.domain.assignment import AssignmentState
from node.domain.commands.base import Actor, DomainRefused, Draft, need, own
from node.domain.facts import Relations
from node.domain.instants import end_of, reached
from node.domain.permissions import permit

Form = Mapping[str, Any]


def day_of(text: Any, where: str) -> date:
    """The date that a form's member names. Refuses `bad-input`."""
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise DomainRefused("bad-input", f"{text!r} is no date", "YYYY-MM-DD", where) from None


def later_than(due: str, other: str) -> bool:
    """Whether one due instant lies past another."""
    return due != other and reached(other, due)


def refuse(
    actor: Actor, state: AssignmentState, form: Form, now: str, relations: Relations
) -> Draft:
    """Ask to be relieved: grounds, and the unit proposed; within stage 1, once."""
    permit(actor, "refuse", state, relations, now=now)
    need(form, "grounds", "proposed")
    said = {name: form[name] for name in ("grounds", "proposed")}
    return own(actor, "refused", state, said, relations)


def extend(
    actor: Actor, state: AssignmentState, form: Form, now: str, relations: Relations
) -> Draft:
    """Ask for more time: a reason and the new date (`until`, inclusive); before it is due."""
    permit(actor, "extend", state, relations, now=now)
    need(form, "reason", "until")
    due = state.last_clocks()[-1].due
    if not later_than(end_of(day_of(form["until"], "until")), due):
        raise DomainRefused("bad-input", f"it is due at {due} already", "a later date", "until")
    said = {name: form[name] for name in ("reason", "until")}
    return own(actor, "extension_asked", state, said, relations)


def plan(actor: Actor, state: AssignmentState, form: Form, now: str, relations: Relations) -> Draft:
    """Offer a plan: a solution, and milestones with name and date, in order, none in the past."""
    permit(actor, "plan", state, relations, now=now)
    need(form, "solution", "milestones")
    checked_milestones(form["milestones"], now)
    said = {name: form[name] for name in ("solution", "milestones")}
    return own(actor, "plan_asked", state, said, relations)


def checked_milestones(untrusted: Any, now: str) -> list[tuple[str, str]]:
    """Each milestone's name and due instant. Refuses `bad-input`, naming the milestone."""
    rows = untrusted if isinstance(untrusted, list) else []
    if not rows:
        accepted = "one at least, with name and date: never an open end"
        raise DomainRefused("bad-input", "no milestones", accepted, "milestones")
    found, before = list[tuple[str, str]](), now
    for index, row in enumerate(rows):
        where = f"milestones[{index}]"
        members = row if isinstance(row, Mapping) else {}
        if not str(members.get("name") or "").strip():
            raise DomainRefused("bad-input", "a milestone without a name", "a name", where)
        due = end_of(day_of(members.get("date"), f"{where}.date"))
        if later_than(before, due):
            accepted = "dates in order, none in the past"
            raise DomainRefused("bad-input", f"{members['date']} is too early", accepted, where)
        found.append((str(members["name"]), due))
        before = due
    return found


def ask_pause(actor: Actor, state: AssignmentState, form: Form, relations: Relations) -> Draft:
    """Ask for a pause, with grounds: the registrar rules."""
    permit(actor, "ask-pause", state, relations)
    need(form, "grounds")
    return own(actor, "pause_asked", state, {"grounds": form["grounds"]}, relations)
