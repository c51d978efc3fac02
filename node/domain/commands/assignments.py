"""Commands on an assignment: its assignee's, its issuer's, and a superior's urging.

Decides by what is handed in: clocks and nonces are arguments. Never writes, never asks who else
holds what: parts and co-handlers are those that the caller knows. Follows
docs/spec/10-13710-events.md, "Assignments".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from federation.ids import owner_of
from node.domain.assignment import PREFIX, AssignmentState
from node.domain.authority import Parties
from node.domain.calendar import Calendar
from node.domain.clocks import REVIEW_DAYS, resumed_due, review_due
from node.domain.commands.base import (
    Actor,
    DomainRefused,
    Draft,
    checked,
    need,
    own,
    parties_of,
    ruled,
)
from node.domain.commands.handing import ClockRule, Given, hand_out, member_of
from node.domain.commands.matters import RULINGS, repeats
from node.domain.facts import Fact, Relations
from node.domain.instants import later, reached
from node.domain.permissions import permit

Form = Mapping[str, Any]
URGE_AGAIN: Final = timedelta(hours=1)
RELIEVED: Final = "改派其他单位"


def _told(form: Form, *optional: str) -> dict[str, Any]:
    """A report's text and readings, and what else there is."""
    need(form, "text")
    said = {"text": form["text"], "indicators": form.get("indicators") or []}
    return said | {name: form[name] for name in optional if form.get(name)}


def sign(actor: Actor, state: AssignmentState, relations: Relations) -> Draft:
    """Sign for an assignment; stops no clock."""
    permit(actor, "sign", state, relations)
    return own(actor, "signed", state, {}, relations)


def deploy(actor: Actor, state: AssignmentState, form: Form, relations: Relations) -> Draft:
    """Report the deployment: leader, responsible, contact (name, phone), measures; once."""
    permit(actor, "deploy", state, relations)
    need(form, "leader", "responsible", "contact.name", "contact.phone", "measures")
    said = {name: form[name] for name in ("leader", "responsible", "contact", "measures")}
    return own(actor, "deployed", state, said, relations)


def report(actor: Actor, state: AssignmentState, form: Form, relations: Relations) -> list[Draft]:
    """Report progress: text, indicators, attachments, perhaps the milestone that is reached.

    A co-handler's lead gets a copy.
    """
    permit(actor, "report", state, relations)
    milestone = form.get("milestone")
    clock = state.clock(str(milestone)) if milestone else None
    if milestone and (clock is None or clock.family != "kp" or not clock.open):
        accepted = ", ".join(one.kind for one in state.clocks if one.family == "kp" and one.open)
        raise DomainRefused("bad-input", f"no open milestone {milestone}", accepted, "milestone")
    said = _told(form, "attachments", "milestone", "ledger")
    drafts = [own(actor, "reported", state, said, relations)]
    if state.lead is not None:
        drafts.append(_copy(actor, state, state.lead, _told(form), relations))
    return drafts


def _copy(
    actor: Actor,
    state: AssignmentState,
    lead: Mapping[str, str],
    said: Form,
    relations: Relations,
) -> Draft:
    node, subject = lead["node"], lead["assignment"]
    draft = Draft(
        PREFIX + "copied", subject, f"to/{node}", {**said, "of": state.id, "by": actor.by()}
    )
    parties = Parties("", owner_of(subject), node, cohandlers=(state.assignee,))
    return checked(draft, actor.node, None, parties, relations)


def clear(
    actor: Actor,
    state: AssignmentState,
    form: Form,
    held: Sequence[AssignmentState],
    relations: Relations,
) -> Draft:
    """Apply for clearance, after its parts are closed and, of a lead, its co-handlers applied.

    `held`: its parts and its co-handlers' assignments, as far as they are known; others are
    ignored.
    """
    permit(actor, "clear", state, relations, held)
    return own(actor, "clearance_applied", state, _told(form), relations)


def split(
    actor: Actor,
    state: AssignmentState,
    content: Form,
    units: Sequence[str],
    relations: Relations,
    clock: ClockRule,
    nonces: Sequence[str],
    held: Sequence[AssignmentState] = (),
) -> list[Draft]:
    """Hand parts down: the same machine one level lower, due no later than the whole.

    `content`: what the whole's `issued` event says; `held`: its parts so far. Refuses `conflict`
    for a unit that has a part already, and as `hand_out` does.
    """
    permit(actor, "split", state, relations)
    having = {one.assignee for one in held if one.parent == state.id and one.state != "CANCELLED"}
    for index, unit in enumerate(units):
        if unit in having:
            raise DomainRefused("conflict", f"{unit} has a part already", where=member_of(index))
    return hand_out(actor, Given(content, state), units, relations, clock, nonces)


def grant(
    actor: Actor,
    state: AssignmentState,
    form: Form,
    relations: Relations,
    held: Sequence[AssignmentState] = (),
    calendar: Calendar | None = None,
    review: int = REVIEW_DAYS,
) -> Draft:
    """Grant clearance with a mark (excellent, good, pass) and perhaps a remark; a lead's last.

    `held`: the co-handlers' assignments, as far as they are known; others are ignored. `calendar`
    and `review`: the issuer's, and the working days that its policy gives its answer.
    """
    permit(actor, "grant", state, relations, held)
    need(form, "mark")
    said = {name: form[name] for name in ("mark", "remark") if form.get(name)}
    said |= _review(state, calendar, review)
    return ruled(actor, "granted", state, said, relations)


def _review(state: AssignmentState, calendar: Calendar | None, days: int) -> dict[str, str]:
    if calendar is None or state.applied_at is None:
        return {}
    return {"review_due": review_due(state.applied_at, calendar, days)}


def send_back(
    actor: Actor,
    state: AssignmentState,
    form: Form,
    now: str,
    relations: Relations,
    calendar: Calendar | None = None,
    review: int = REVIEW_DAYS,
) -> Draft:
    """Return an application, with a reason; the last clocks run on, the review given back.

    `now`: the business instant of the ruling; `calendar`: as for `grant`.
    """
    permit(actor, "return", state, relations)
    need(form, "reason")
    at = state.applied_at
    stopped = state.returned_clocks()
    if at is None or not stopped:
        raise DomainRefused("not-found", "the due instant to go on from was erased")
    due = {one.kind: resumed_due(one.due, at, now) for one in stopped}
    said = {"reason": form["reason"], "due": due, **_review(state, calendar, review)}
    return ruled(actor, "returned", state, said, relations)


def urge(
    actor: Actor, state: AssignmentState, text: str, relations: Relations, now: str | None = None
) -> Draft:
    """Urge the unit in charge; changes no state.

    `now`: the business instant; within an hour of the last urging `conflict`. None: no such rule.
    """
    permit(actor, "urge", state, relations)
    need({"text": text}, "text")
    last = state.last_urged_at
    if now is not None and last is not None and not reached(later(last, URGE_AGAIN), now):
        raise DomainRefused("conflict", f"urged at {last} already", f"{later(last, URGE_AGAIN)} on")
    draft = Draft(
        PREFIX + "urged", state.id, f"to/{state.assignee}", {"text": text, "by": actor.by()}
    )
    return checked(draft, actor.node, state.state, parties_of(state), relations)


def react(state: AssignmentState, ruling: Fact, held: Sequence[AssignmentState]) -> list[Draft]:
    """What the assignee's node repeats, by itself, to its own parts when a ruling counts.

    `state`: the whole after the ruling; `held`: its parts (others are ignored). Nothing for any
    other event.
    """
    if ruling.type not in RULINGS or ruling.subject != state.id:
        return []
    said = {name: value for name, value in (ruling.data or {}).items() if name != "by"}
    parts = [one for one in held if one.parent == state.id]
    if ruling.type == PREFIX + "relieved":
        said["grounds"] = RELIEVED
    return repeats(RULINGS[ruling.type], ruling.head, said, parts, state.assignee)
