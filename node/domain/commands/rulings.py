"""Rulings of an issuer: on requests, on reopening, on when something was submitted, on calendars.

Decides by what is handed in: clocks and nonces are arguments; due instants are computed here, once.
Never writes. Follows docs/spec/10-13710-events.md, "Requests and rulings".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from node.domain.assignment import PREFIX, AssignmentState
from node.domain.calendar import due_date
from node.domain.clocks import Clock, last_due
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
from node.domain.commands.handing import ClockRule
from node.domain.commands.requests import checked_milestones, day_of, later_than
from node.domain.facts import Fact, Relations
from node.domain.instants import earlier, end_of, local_date, reached
from node.domain.machine import ASSIGNMENT_MOVES
from node.domain.permissions import permit

Form = Mapping[str, Any]
MOST_MILESTONES: Final = 99
NOBODY: Final = Actor("", "", "system")


def uphold(actor: Actor, state: AssignmentState, form: Form, relations: Relations) -> Draft:
    """Don't relieve the assignee: the assignment stays where it is, with a reason."""
    permit(actor, "uphold", state, relations)
    return _no(actor, "upheld", state, form, relations)


def refuse_extension(
    actor: Actor, state: AssignmentState, form: Form, relations: Relations
) -> Draft:
    """Give no more time, with a reason."""
    permit(actor, "refuse-extension", state, relations)
    return _no(actor, "extension_refused", state, form, relations)


def refuse_plan(actor: Actor, state: AssignmentState, form: Form, relations: Relations) -> Draft:
    """Don't accept the plan, with a reason."""
    permit(actor, "refuse-plan", state, relations)
    return _no(actor, "plan_refused", state, form, relations)


def _no(actor: Actor, word: str, state: AssignmentState, form: Form, relations: Relations) -> Draft:
    need(form, "reason")
    return ruled(actor, word, state, {"reason": form["reason"]}, relations)


def grant_extension(
    actor: Actor,
    state: AssignmentState,
    form: Form,
    relations: Relations,
    whole: AssignmentState | None = None,
) -> Draft:
    """Give more time: until the date asked for, or another (`until`, inclusive).

    `whole`: of a part, what it is a part of; a part is due no later than that.
    """
    permit(actor, "grant-extension", state, relations)
    running = state.last_clocks()
    if not running or state.extension is None:
        raise DomainRefused("wrong-state", "no last clock runs", "a clock that runs")
    clock = running[-1]
    due = end_of(day_of(form.get("until") or state.extension["until"], "until"))
    if not later_than(due, clock.due):
        raise DomainRefused("bad-input", f"it is due at {clock.due}", "a later date", "until")
    _within(whole, due, "until")
    return ruled(actor, "extended", state, {"due": {clock.kind: due}}, relations)


def _within(whole: AssignmentState | None, due: str, where: str) -> None:
    running = whole.last_clocks() if whole is not None else []
    if running and later_than(due, running[-1].due):
        limit = running[-1].due
        raise DomainRefused("bad-input", f"the whole is due at {limit}", f"up to {limit}", where)


def grant_plan(
    actor: Actor,
    state: AssignmentState,
    form: Form,
    now: str,
    relations: Relations,
    whole: AssignmentState | None = None,
) -> Draft:
    """Put the plan in the last clock's place: as asked for, or with other `milestones`."""
    permit(actor, "grant-plan", state, relations, now=now)
    told = form.get("milestones") or (state.plan or {}).get("milestones")
    rows = checked_milestones(told, now)
    _within(whole, rows[-1][1], "milestones")
    used = sum(one.family == "kp" for one in state.clocks)
    if used + len(rows) > MOST_MILESTONES:
        detail = f"{used + len(rows)} milestones"
        raise DomainRefused("bad-input", detail, f"{MOST_MILESTONES} in all", "milestones")
    made = [
        {"clock": f"kp{used + number}", "name": name, "due": due}
        for number, (name, due) in enumerate(rows, 1)
    ]
    return ruled(actor, "hung", state, {"milestones": made}, relations)


def restore(actor: Actor, state: AssignmentState, form: Form, relations: Relations) -> Draft:
    """Go back from the plan to ordinary handling, with a reason; its milestones go on."""
    permit(actor, "restore", state, relations)
    need(form, "reason")
    said = {"reason": form["reason"]}
    if actor.node == state.assignee:
        return own(actor, "restored", state, said, relations)
    return ruled(actor, "restored", state, said, relations)


def reopen(
    actor: Actor,
    state: AssignmentState,
    form: Form,
    relations: Relations,
    clock: ClockRule,
    whole: AssignmentState | None = None,
    rolled: str | None = None,
) -> Draft:
    """Take a cleared assignment up again, with a reason and perhaps the `complaint` proved.

    A round with a week's clock of its own begins at `clock`'s instant. Of a part, the `whole` must
    be open. `rolled`: its matter's state, where it is known; one that has ended is refused.
    """
    permit(actor, "reopen", state, relations, [whole] if whole is not None else [], rolled)
    need(form, "reason")
    at, policy, calendar = clock
    due = end_of(due_date("k7", local_date(at), policy, calendar))
    if whole is not None:
        cap = last_due({one.kind: one.due for one in whole.last_clocks()})
        due = earlier(due, cap[0]) if cap else due
    said = {"reason": form["reason"], "due": {f"k7.{state.round + 1}": due}}
    if form.get("complaint"):
        said["complaint"] = form["complaint"]
    return ruled(actor, "reopened", state, said, relations)


def refuse_pause(actor: Actor, state: AssignmentState, form: Form, relations: Relations) -> Draft:
    """Refuse the pause asked for, with a reason."""
    permit(actor, "refuse-pause", state, relations)
    need(form, "reason")
    said = {"of": (state.pause_asked or {})["head"], "reason": form["reason"], "by": actor.by()}
    draft = Draft(PREFIX + "pause_refused", state.id, f"to/{state.assignee}", said)
    return checked(draft, actor.node, state.state, parties_of(state), relations)


def rule(
    actor: Actor, state: AssignmentState, form: Form, of: Fact | None, relations: Relations
) -> Draft:
    """Rule when what stopped a clock was submitted: `clock`, `submitted`, `reason`.

    `of`: the event that stopped it; None when it isn't known any longer.
    """
    permit(actor, "rule", state, relations)
    need(form, "clock", "submitted", "reason")
    clock = state.clock(str(form["clock"]))
    if clock is None or clock.stopped_at is None or of is None:
        accepted = ", ".join(one.kind for one in state.clocks if one.stopped_at)
        raise DomainRefused("bad-input", f"{form['clock']} was not stopped", accepted, "clock")
    said = {
        "clock": clock.kind,
        "of": of.head,
        "stated": clock.stopped_at,
        "submitted": form["submitted"],
        "reason": form["reason"],
    }
    return ruled(actor, "ruled", state, said, relations)


def ruled_by_itself(
    state: AssignmentState, event: Fact, submitted: str, relations: Relations
) -> list[Draft]:
    """What the issuer's node finds by itself: `event` stopped clocks, but came at `submitted`."""
    stops = ASSIGNMENT_MOVES.rows[event.type].stops if event.type in ASSIGNMENT_MOVES.rows else ()
    milestone = event.datum("milestone")
    drafts = []
    for clock in state.clocks:
        stopped = clock.family in stops or clock.kind == milestone
        if not stopped or clock.stopped_at != event.time or clock.ruled is not None:
            continue
        said = {
            "clock": clock.kind,
            "of": event.head,
            "stated": event.time,
            "submitted": submitted,
        }
        draft = ruled(replace(NOBODY, node=state.issuer), "ruled", state, said, relations)
        drafts.append(replace(draft, data={n: v for n, v in draft.data.items() if n != "by"}))
    return drafts


def redate(
    actor: Actor,
    state: AssignmentState,
    due: Mapping[str, str],
    said: Form,
    now: str,
    relations: Relations,
) -> Draft:
    """Move open clocks, as a calendar changed: `due` by clock; `said`: calendar, reason, policy?.

    Refuses `bad-input` for a clock that doesn't run on, or whose due instant has passed at `now`.
    """
    permit(actor, "redate", state, relations)
    need(said, "calendar", "reason")
    for kind in due:
        clock: Clock | None = state.clock(kind)
        if clock is None or not clock.open or reached(clock.due, now):
            detail = f"{kind} doesn't run, or is past due: breaches stay"
            raise DomainRefused("bad-input", detail, "clocks that run", f"due.{kind}")
    told = {
        name: said[name]
        for name in ("calendar", "reason", "policy", "provisional")
        if said.get(name)
    }
    return ruled(actor, "redated", state, {"due": dict(due), **told}, relations)
