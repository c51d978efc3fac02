"""From what came in to the unit that does it, in one command: taken up, proposed, approved, issued.

Decides only the order: each step is the command of its own (intake.py, work.py) under its own rule,
in one transaction, so that a refusal anywhere leaves nothing written. A draft on which a leader
decides ends PROPOSED, with the lead that is meant. Follows docs/intake.md, "In one go".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from node.domain import triage
from node.domain.commands import DomainRefused
from node.domain.draft import FORM
from node.service import intake

Form = Mapping[str, Any]
Result = dict[str, Any]


class Desk(intake.Desk, Protocol):
    """What is needed of work.Desk."""

    def issue(self, id: str, form: Form) -> Result:
        """Give a matter to a lead and co-handlers."""
        ...


def accept(desk: Desk, id: str, form: Form) -> Result:
    """T02, T04, T05, T07: take up, propose, approve and issue in one go, all or nothing.

    A major or complex one is put to its leader and waits there (`waits`: the role).
    """
    triage.permit_draft(desk.actor, "accept", intake.held(desk, id))
    lead = str(form.get("lead") or "")
    if desk.roster().member(lead) is None:
        raise DomainRefused("bad-input", f"no unit {lead}", "the id of a unit below", "lead")
    desk.reached([lead])
    _say(desk, id, {name: form[name] for name in FORM if name in form})
    if intake.held(desk, id).state == "DRAFT":
        intake.propose(desk, id, {"answer": form.get("answer")})
    decides = triage.decides(intake.held(desk, id))
    if decides != desk.actor.role:
        return {"id": id, "state": "PROPOSED", "waits": decides}
    made = intake.approve(desk, id, {})
    units = {"lead": lead, "cohandlers": list(form.get("cohandlers") or [])}
    return {**made, **desk.issue(str(made["matter"]), units)}


def _say(desk: Desk, id: str, said: Form) -> None:
    """Take it up with this form, or say anew what differs."""
    state = intake.held(desk, id)
    if state.state == "LEAD":
        intake.take_up(desk, id, said)
        return
    changed = {name: value for name, value in said.items() if state.form.get(name) != value}
    if changed:
        intake.change(desk, id, changed)


OPERATIONS: Final[Mapping[str, Callable[[Any, str, Form], Result]]] = {"draft.accept": accept}
