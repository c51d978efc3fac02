"""Requests and rulings at the desk: relief, extension, plan, pause, reopening, merging.

One function per command. Decides nothing of the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from federation.roster import Roster
from node.domain import commands as c
from node.domain.assignment import AssignmentState
from node.domain.calendar import Calendar, Policy
from node.domain.commands import Actor, DomainRefused, Draft
from node.domain.facts import Fact
from node.domain.matter import MatterState
from node.readmodel.books import Books
from node.service.convert import fact_of
from node.storage.store import SqlStore
from sync.event import Event
from sync.me import Now

Form = Mapping[str, Any]
Result = dict[str, Any]
A = "duban.assignment."


class Desk(Protocol):
    """What these commands need of the desk (work.py has it)."""

    actor: Actor
    store: SqlStore
    now: Now

    @property
    def books(self) -> Books: ...  # noqa: D102
    def roster(self) -> Roster: ...  # noqa: D102
    def matter(self, id: str) -> MatterState: ...  # noqa: D102
    def assignment(self, id: str) -> AssignmentState: ...  # noqa: D102
    def clock(  # noqa: D102
        self, of: MatterState | AssignmentState
    ) -> tuple[str, Policy, Calendar]: ...
    def nonces(self, count: int) -> list[str]: ...  # noqa: D102
    def content(self, state: AssignmentState) -> dict[str, Any]: ...  # noqa: D102
    def reached(self, units: list[str]) -> list[str]: ...  # noqa: D102
    def write(self, drafts: Sequence[Draft]) -> list[Event]: ...  # noqa: D102
    def one(self, id: str, drafts: Sequence[Draft]) -> Result: ...  # noqa: D102
    def rule_matter(  # noqa: D102
        self, draft: Draft, type: str, held: Sequence[AssignmentState], state: str
    ) -> Result: ...


def _whole(desk: Desk, state: AssignmentState) -> AssignmentState | None:
    return desk.books.assignment(state.parent) if state.parent else None


def refuse(desk: Desk, id: str, form: Form) -> Result:
    """Ask to be relieved."""
    state, now = desk.assignment(id), desk.now.business
    return desk.one(id, [c.refuse(desk.actor, state, form, now, desk.roster())])


def reassign(desk: Desk, id: str, form: Form) -> Result:
    """Relieve the assignee, and give the assignment to another unit."""
    state, whole = desk.assignment(id), _whole(desk, desk.assignment(id))
    unit = desk.reached([str(form.get("to") or "")])[0]
    drafts = c.reassign(
        desk.actor,
        state,
        desk.content(state),
        unit,
        _beside(desk, state),
        desk.roster(),
        desk.clock(state),
        desk.nonces(1)[0],
        whole,
    )
    return desk.one(id, drafts) | {"to": drafts[1].subject}


def add_cohandlers(desk: Desk, id: str, form: Form) -> Result:
    """Let more units work with the lead."""
    state = desk.assignment(id)
    units = desk.reached([str(one) for one in form.get("cohandlers") or []])
    drafts = c.add_cohandlers(
        desk.actor,
        state,
        desk.content(state),
        units,
        _beside(desk, state),
        desk.roster(),
        desk.clock(state),
        desk.nonces(len(units)),
        _whole(desk, state),
    )
    made = [
        {"id": one.subject, "assignee": one.data["assignee"], "due": one.data["due"]}
        for one in drafts[1:]
    ]
    return desk.one(id, drafts) | {"assignments": made}


def _beside(desk: Desk, state: AssignmentState) -> list[AssignmentState]:
    """What was given as parts of the same."""
    return desk.books.parts(state.parent) if state.parent else desk.books.of_matter(state.matter)


def uphold(desk: Desk, id: str, form: Form) -> Result:
    """Don't relieve the assignee."""
    return desk.one(id, [c.uphold(desk.actor, desk.assignment(id), form, desk.roster())])


def extend(desk: Desk, id: str, form: Form) -> Result:
    """Ask for more time."""
    state, now = desk.assignment(id), desk.now.business
    return desk.one(id, [c.extend(desk.actor, state, form, now, desk.roster())])


def grant_extension(desk: Desk, id: str, form: Form) -> Result:
    """Give more time."""
    state = desk.assignment(id)
    whole = _whole(desk, state)
    return desk.one(id, [c.grant_extension(desk.actor, state, form, desk.roster(), whole)])


def refuse_extension(desk: Desk, id: str, form: Form) -> Result:
    """Give no more time."""
    state = desk.assignment(id)
    return desk.one(id, [c.refuse_extension(desk.actor, state, form, desk.roster())])


def plan(desk: Desk, id: str, form: Form) -> Result:
    """Offer a plan."""
    state, now = desk.assignment(id), desk.now.business
    return desk.one(id, [c.plan(desk.actor, state, form, now, desk.roster())])


def grant_plan(desk: Desk, id: str, form: Form) -> Result:
    """Put the plan in the last clock's place."""
    state, now = desk.assignment(id), desk.now.business
    whole = _whole(desk, state)
    return desk.one(id, [c.grant_plan(desk.actor, state, form, now, desk.roster(), whole)])


def refuse_plan(desk: Desk, id: str, form: Form) -> Result:
    """Don't accept the plan."""
    return desk.one(id, [c.refuse_plan(desk.actor, desk.assignment(id), form, desk.roster())])


def restore(desk: Desk, id: str, form: Form) -> Result:
    """Go back from the plan to ordinary handling."""
    return desk.one(id, [c.restore(desk.actor, desk.assignment(id), form, desk.roster())])


def reopen(desk: Desk, id: str, form: Form) -> Result:
    """Take a cleared assignment up again."""
    state = desk.assignment(id)
    whole, matter = _whole(desk, state), desk.books.matter(state.matter)
    rolled = desk.books.rolled(matter) if matter is not None else None
    draft = c.reopen(desk.actor, state, form, desk.roster(), desk.clock(state), whole, rolled)
    done = desk.one(id, [draft])
    told = c.rejoin(desk.actor, desk.assignment(id), _beside(desk, state), desk.roster())
    return desk.one(id, told) if told else done


def ask_pause(desk: Desk, id: str, form: Form) -> Result:
    """Ask for a pause."""
    return desk.one(id, [c.ask_pause(desk.actor, desk.assignment(id), form, desk.roster())])


def refuse_pause(desk: Desk, id: str, form: Form) -> Result:
    """Refuse the pause asked for."""
    return desk.one(id, [c.refuse_pause(desk.actor, desk.assignment(id), form, desk.roster())])


def rule(desk: Desk, id: str, form: Form) -> Result:
    """Rule when what stopped a clock was submitted."""
    state = desk.assignment(id)
    clock = state.clock(str(form.get("clock") or ""))
    at = clock.stopped_at if clock is not None else None
    of = _stopper(desk, state, at) if at is not None else None
    return desk.one(id, [c.rule(desk.actor, state, form, of, desk.roster())])


def _stopper(desk: Desk, state: AssignmentState, at: str) -> Fact | None:
    events = (one for one in desk.store.events_of(state.id) if one.header.time == at)
    return next((fact_of(one) for one in events if one.header.source == state.assignee), None)


def redate(desk: Desk, id: str, form: Form) -> Result:
    """Move open clocks, as a calendar changed."""
    state, due = desk.assignment(id), form.get("due")
    if not isinstance(due, dict) or not due:
        raise DomainRefused("bad-input", "no due instants", '{"k7":"…Z"}', "due")
    now = desk.now.business
    return desk.one(id, [c.redate(desk.actor, state, due, form, now, desk.roster())])


def pause(desk: Desk, id: str, form: Form) -> Result:
    """Grant the pause that an assignee has asked for, and tell every assignee."""
    matter, held = desk.matter(id), desk.books.of_matter(id)
    grounds, rolled = str(form.get("grounds") or ""), desk.books.rolled(matter)
    draft = c.pause(desk.actor, matter, held, grounds, desk.roster(), rolled)
    return desk.rule_matter(draft, A + "paused", held, rolled)


def resume(desk: Desk, id: str, form: Form) -> Result:
    """End the pause, and tell every assignee its new due instants."""
    matter, held = desk.matter(id), desk.books.of_matter(id)
    rolled = desk.books.rolled(matter)
    draft = c.resume(desk.actor, matter, desk.now.business, desk.roster(), rolled)
    return desk.rule_matter(draft, A + "resumed", held, rolled)


def merge(desk: Desk, id: str, form: Form) -> Result:
    """Let a matter go on as another one, and tell every assignee."""
    matter, held = desk.matter(id), desk.books.of_matter(id)
    into = desk.matter(str(form.get("into") or ""))
    if into.state in ("STRUCK", "CANCELLED", "MERGED"):
        raise DomainRefused("wrong-state", f"{into.no} is {into.state}", "an open matter", "into")
    draft = c.merge(desk.actor, matter, form, desk.roster(), desk.books.rolled(matter))
    return desk.rule_matter(draft, A + "cancelled", held, "MERGED")


BACK = {"follow-up": "follows", "follows": "follow-up", "related": "related"}


def link(desk: Desk, id: str, form: Form) -> Result:
    """Link two matters; shown on both where both were registered here."""
    draft = c.link(desk.actor, desk.matter(id), form, desk.roster())
    drafts: Sequence[Draft] = [draft]
    other = desk.books.matter(draft.data["to"])
    if other is not None and other.registrar == desk.actor.node:
        said = {"to": id, "kind": BACK[draft.data["kind"]]}
        drafts = [draft, c.link(desk.actor, other, said, desk.roster())]
    desk.write(drafts)
    return {"id": id, "links": [list(one) for one in desk.matter(id).links]}


def put_on_list(desk: Desk, id: str, form: Form) -> Result:
    """Put a matter under the leaders' eyes, or take it off."""
    matter = desk.matter(id)
    rolled = desk.books.rolled(matter)
    desk.write([c.put_on_list(desk.actor, matter, form, desk.roster(), rolled)])
    return {"id": id, "listed": desk.matter(id).listed}


OPERATIONS: Mapping[str, Callable[[Any, str, Form], Result]] = {
    "matter.pause": pause,
    "matter.resume": resume,
    "matter.merge": merge,
    "matter.link": link,
    "matter.list": put_on_list,
    "assignment.refuse": refuse,
    "assignment.reassign": reassign,
    "assignment.add-cohandler": add_cohandlers,
    "assignment.uphold": uphold,
    "assignment.extend": extend,
    "assignment.grant-extension": grant_extension,
    "assignment.refuse-extension": refuse_extension,
    "assignment.plan": plan,
    "assignment.grant-plan": grant_plan,
    "assignment.refuse-plan": refuse_plan,
    "assignment.restore": restore,
    "assignment.reopen": reopen,
    "assignment.ask-pause": ask_pause,
    "assignment.refuse-pause": refuse_pause,
    "assignment.rule": rule,
    "assignment.redate": redate,
}
