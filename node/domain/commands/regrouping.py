"""Who works together on a matter, changed after issue: reassigning, and adding co-handlers.

Decides by what is handed in: clocks and nonces are arguments. One unit leads, whatever comes: the
new one leads where the old one led, and who comes later is a co-handler. Never writes. Follows
docs/spec/10-13710-events.md, "Requests and rulings".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from node.domain.assignment import AssignmentState
from node.domain.clocks import last_due
from node.domain.commands.base import Actor, DomainRefused, Draft, ruled
from node.domain.commands.handing import ClockRule, Given, hand_out
from node.domain.facts import Relations
from node.domain.instants import order
from node.domain.machine import ENDED
from node.domain.permissions import permit

Form = Mapping[str, Any]
GONE: Final = ("RELIEVED", "CANCELLED")


def reassign(
    actor: Actor,
    state: AssignmentState,
    content: Form,
    unit: str,
    held: Sequence[AssignmentState],
    relations: Relations,
    clock: ClockRule,
    nonce: str,
    whole: AssignmentState | None = None,
) -> list[Draft]:
    """Relieve the assignee and give the same to `unit`, with clocks of its own.

    They are capped by the last due instant of the old ones: the matter's doesn't move. `content`:
    what the old `issued` says; `held`: the other assignments of the matter that are known. The new
    one leads where the old one led, and those who work with it are told. Refuses `conflict` for a
    unit that has an assignment of this matter already, and as `hand_out` does. `whole`: of a part,
    what it is a part of.
    """
    permit(actor, "reassign", state, relations)
    peers = [one for one in held if _together(one, state)]
    if unit == state.assignee or unit in {one.assignee for one in peers}:
        raise DomainRefused("conflict", f"{unit} has an assignment of this already", where="to")
    given = Given(content, instead=state, cap=_cap(state, whole))
    issued, *_ = hand_out(actor, given, [unit], relations, clock, [nonce])
    to = {"node": unit, "assignment": issued.subject}
    drafts = [ruled(actor, "relieved", state, {"to": to}, relations), issued]
    for one in peers:
        said: dict[str, Any] | None = None
        if state.kind == "lead" and one.kind == "co":
            said = {"lead": to, "cohandlers": []}
        elif state.lead is not None and one.id == state.lead["assignment"]:
            said = {"lead": None, "cohandlers": [*one.cohandlers, unit]}
        if said is not None:
            drafts.append(ruled(actor, "regrouped", one, said, relations))
    return drafts


def add_cohandlers(
    actor: Actor,
    state: AssignmentState,
    content: Form,
    units: Sequence[str],
    held: Sequence[AssignmentState],
    relations: Relations,
    clock: ClockRule,
    nonces: Sequence[str],
    whole: AssignmentState | None = None,
) -> list[Draft]:
    """Let `units` work with the lead, whose assignment this is; the lead is told first.

    Their clocks are their own, from `clock`'s instant on, capped by the last due instant of the
    lead's. `content`: what the lead's `issued` says; `held`: the other assignments of the matter
    that are known; `nonces`: one per unit. Refuses `conflict` for a unit that has an open
    assignment of this matter already, and as `hand_out` does. `whole`: as for `reassign`.
    """
    permit(actor, "add-cohandler", state, relations)
    having = {one.assignee for one in held if _together(one, state)}
    for index, unit in enumerate(units):
        if unit == state.assignee or unit in having:
            where = f"cohandlers[{index}]"
            detail = f"{unit} has an assignment of this already"
            raise DomainRefused("conflict", detail, "another unit", where)
    given = Given(content, joins=state, cap=_cap(state, whole))
    issued = hand_out(actor, given, units, relations, clock, nonces)
    grown = {"lead": None, "cohandlers": [*state.cohandlers, *units]}
    return [ruled(actor, "regrouped", state, grown, relations), *issued]


def rejoin(
    actor: Actor,
    state: AssignmentState,
    held: Sequence[AssignmentState],
    relations: Relations,
) -> list[Draft]:
    """Tell a reopened co-handler its lead, where another unit has come to lead meanwhile.

    `state`: after reopening; `held`: the other assignments of the matter that are known.
    """
    if state.lead is None:
        return []
    said = state.lead["assignment"]
    leads = [one for one in held if _given_beside(one, state) and one.kind == "lead"]
    if any(one.id == said and one.state not in GONE for one in leads):
        return []
    now = [one for one in leads if one.state not in GONE]
    if not now:
        return []
    lead = {"node": now[0].assignee, "assignment": now[0].id}
    return [ruled(actor, "regrouped", state, {"lead": lead, "cohandlers": []}, relations)]


def _cap(state: AssignmentState, whole: AssignmentState | None) -> str | None:
    """The matter's deadline, as this assignment carries it; of a part also its whole's."""
    found = [last_due({k.kind: k.due for k in one.last_clocks()}) for one in (state, whole) if one]
    return min((due for one in found for due in one), key=order, default=None)


def _together(one: AssignmentState, state: AssignmentState) -> bool:
    """Whether two open assignments were given by one node as parts of the same."""
    return _given_beside(one, state) and one.state not in ENDED


def _given_beside(one: AssignmentState, state: AssignmentState) -> bool:
    same = (one.issuer, one.parent, one.matter) == (state.issuer, state.parent, state.matter)
    return same and one.id != state.id
