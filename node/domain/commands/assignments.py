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
from node.domain.assignment import LAST_CLOCKS, PREFIX, AssignmentState
from node.domain.authority import Parties, home
from node.domain.clocks import resumed_due
from node.domain.commands.base import (
    Actor,
    DomainRefused,
    Draft,
    checked,
    need,
    parties_of,
    re_of,
)
from node.domain.commands.handing import ClockRule, Given, hand_out, member_of
from node.domain.commands.matters import RULINGS, repeats
from node.domain.facts import Fact, Relations
from node.domain.instants import later, reached
from node.domain.permissions import permit

Form = Mapping[str, Any]
URGE_AGAIN: Final = timedelta(hours=1)


def _own(
    actor: Actor, word: str, state: AssignmentState, said: Form, relations: Relations
) -> Draft:
    """What the assignee writes about its assignment."""
    parties = parties_of(state)
    stream, refs = home(parties, relations), re_of(state, actor.node)
    draft = Draft(PREFIX + word, state.id, stream, {**said, "by": actor.by()}, refs)
    return checked(draft, actor.node, state.state, parties, relations)


def _ruled(
    actor: Actor, word: str, state: AssignmentState, said: Form, relations: Relations
) -> Draft:
    """What the issuer writes to the assignee."""
    data, refs = {**said, "by": actor.by()}, re_of(state, actor.node)
    draft = Draft(PREFIX + word, state.id, f"to/{state.assignee}", data, refs)
    return checked(draft, actor.node, state.state, parties_of(state), relations)


def _told(form: Form, *optional: str) -> dict[str, Any]:
    """A report's text and readings, and what else there is."""
    need(form, "text")
    said = {"text": form["text"], "indicators": form.get("indicators") or []}
    return said | {name: form[name] for name in optional if form.get(name)}


def sign(actor: Actor, state: AssignmentState, relations: Relations) -> Draft:
    """Sign for an assignment; stops no clock."""
    permit(actor, "sign", state, relations)
    return _own(actor, "signed", state, {}, relations)


def deploy(actor: Actor, state: AssignmentState, form: Form, relations: Relations) -> Draft:
    """Report the deployment: leader, responsible, contact (name, phone), measures."""
    permit(actor, "deploy", state, relations)
    need(form, "leader", "responsible", "contact.name", "contact.phone", "measures")
    said = {name: form[name] for name in ("leader", "responsible", "contact", "measures")}
    return _own(actor, "deployed", state, said, relations)


def report(actor: Actor, state: AssignmentState, form: Form, relations: Relations) -> list[Draft]:
    """Report progress: text, indicators, attachments. A co-handler's lead gets a copy."""
    permit(actor, "report", state, relations)
    drafts = [_own(actor, "reported", state, _told(form, "attachments"), relations)]
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
    return _own(actor, "clearance_applied", state, _told(form), relations)


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
) -> Draft:
    """Grant clearance with a mark (excellent, good, pass) and perhaps a remark; a lead's last.

    `held`: the co-handlers' assignments, as far as they are known; others are ignored.
    """
    permit(actor, "grant", state, relations, held)
    need(form, "mark")
    said = {name: form[name] for name in ("mark", "remark") if form.get(name)}
    return _ruled(actor, "granted", state, said, relations)


def send_back(
    actor: Actor, state: AssignmentState, form: Form, now: str, relations: Relations
) -> Draft:
    """Return an application, with a reason; the last clock runs on, the review given back.

    `now`: the business instant of the ruling.
    """
    permit(actor, "return", state, relations)
    need(form, "reason")
    last = next((kind for kind in LAST_CLOCKS if kind in state.due), None)
    if last is None or state.applied_at is None:
        raise DomainRefused("not-found", "the due instant to go on from was erased")
    due = {last: resumed_due(state.due[last], state.applied_at, now)}
    return _ruled(actor, "returned", state, {"reason": form["reason"], "due": due}, relations)


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
    return repeats(ruling.type, ruling.head, said, parts, state.assignee)
