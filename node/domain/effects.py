"""The effects of each applied fact on an assignment's book, beside its state.

Decides what is noted, and what becomes of the clocks. Never judges whether a fact applies. A fact
whose payload was erased still moves the state; what it told is lost. Follows
docs/spec/10-13710-events.md, "Assignments".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from node.domain.clocks import LAST, Clock, extend, judge, restart, rule, shift, submit
from node.domain.facts import Fact
from node.domain.instants import order, reached
from node.domain.machine import ASSIGNMENT_MOVES
from node.domain.record import PREFIX, AssignmentState, Turn

GRANTED: Final = PREFIX + "granted"
Effect = Callable[[AssignmentState, Fact], None]


def apply(state: AssignmentState, fact: Fact) -> None:
    """The effects of a fact that counts; `state` shows already where it led."""
    row = ASSIGNMENT_MOVES.rows[fact.type]
    if row.stops or row.ends:
        for clock in state.clocks:
            if clock.family in row.stops and clock.open:
                submit(clock, fact.time)
            clock.open = clock.open and not row.ends
    _EFFECTS[fact.type](state, fact)


def note(state: AssignmentState, fact: Fact) -> None:
    """The effects of a neutral fact: the same in any order."""
    if fact.type == PREFIX + "urged":
        state.urges += 1
        state.last_urged_at = _latest(state.last_urged_at, fact.time)
    elif fact.type == PREFIX + "pause_refused":
        state.pause_refused = sorted({*state.pause_refused, fact.datum("of", "")})
    else:
        state.copies += 1
        state.last_copied_at = _latest(state.last_copied_at, fact.time)


def _latest(one: str | None, other: str) -> str:
    """The later of two instants; of two ways to write one instant always the same."""
    return other if one is None else max(one, other, key=lambda at: (order(at), at))


def _dues(state: AssignmentState, fact: Fact, move: Callable[[Clock, str], None]) -> None:
    """Give the clocks that a fact names their new due instants."""
    told: Mapping[str, str] = fact.datum("due", {})
    for clock in state.clocks:
        if clock.kind in told:
            move(clock, told[clock.kind])
            state.due[clock.kind] = clock.due


def _asked(fact: Fact, *members: str) -> dict[str, Any]:
    """An open request: what it says, and when it was made."""
    return {name: fact.datum(name, "") for name in members} | {"at": fact.time}


def _signed(state: AssignmentState, fact: Fact) -> None:
    state.signed_at = fact.time


def _refused(state: AssignmentState, fact: Fact) -> None:
    state.refusals += 1
    state.refusal = _asked(fact, "grounds", "proposed")


def _relieved(state: AssignmentState, fact: Fact) -> None:
    state.refusal = None
    state.relieved_to = fact.datum("to")
    state.closed_at = fact.time


def _upheld(state: AssignmentState, fact: Fact) -> None:
    state.refusal = None


def _regrouped(state: AssignmentState, fact: Fact) -> None:
    state.lead = fact.datum("lead", state.lead)
    told = (one for one in fact.datum("cohandlers", ()) if one not in state.cohandlers)
    state.cohandlers = [*state.cohandlers, *told]


def _deployed(state: AssignmentState, fact: Fact) -> None:
    state.deployed_at = fact.time
    state.leader = fact.datum("leader")
    state.responsible = fact.datum("responsible")


def _reported(state: AssignmentState, fact: Fact) -> None:
    state.reports += 1
    state.last_report_text = fact.datum("text")
    state.last_report_at = fact.time
    told = fact.datum("ledger")
    if told:
        state.ledger = {**state.ledger, **told["values"]}
    milestone = fact.datum("milestone")
    clock = state.clock(milestone) if milestone else None
    if clock is not None and clock.family == "kp" and clock.open:
        submit(clock, fact.time)


def _extension_asked(state: AssignmentState, fact: Fact) -> None:
    state.extensions += 1
    state.extension = _asked(fact, "reason", "until")


def _extended(state: AssignmentState, fact: Fact) -> None:
    state.extension = None
    _dues(state, fact, extend)


def _extension_refused(state: AssignmentState, fact: Fact) -> None:
    state.extension = None


def _plan_asked(state: AssignmentState, fact: Fact) -> None:
    state.plan = _asked(fact, "solution") | {"milestones": list(fact.datum("milestones", ()))}


def _hung(state: AssignmentState, fact: Fact) -> None:
    """The last clock gives way to the milestones'; what was late when they were asked for stays."""
    told = list(fact.datum("milestones", ()))
    asked = state.plan["at"] if state.plan is not None else fact.time
    state.plan = None
    for clock in state.clocks if told else ():
        if clock.family in ("k7", "km") and clock.open:
            clock.open = False
            if reached(clock.due, asked):
                clock.stopped_at = asked
                judge(clock)
    known = {clock.kind for clock in state.clocks}
    for one in told:
        if one["clock"] not in known:
            state.clocks.append(Clock(one["clock"], one["due"], name=one["name"]))
            _promise(state, one["clock"], one["due"])
            known.add(one["clock"])


def _promise(state: AssignmentState, kind: str, due: str) -> None:
    state.due[kind] = due
    state.original_due = {**state.original_due, kind: due}


def _plan_refused(state: AssignmentState, fact: Fact) -> None:
    state.plan = None


def _restored(state: AssignmentState, fact: Fact) -> None:
    """The milestones go on."""


def _clearance_applied(state: AssignmentState, fact: Fact) -> None:
    state.applied_at = fact.time


def _review(state: AssignmentState, fact: Fact) -> None:
    due = fact.datum("review_due")
    state.late_reviews += due is not None and reached(due, fact.time)
    answer: Literal["granted", "returned"] = "granted" if fact.type == GRANTED else "returned"
    turn = Turn(answer, fact.time, state.applied_at, due, fact.datum("mark"))
    state.turns = [*state.turns, turn]


def _returned(state: AssignmentState, fact: Fact) -> None:
    state.returns += 1
    _review(state, fact)
    told: Mapping[str, str] = fact.datum("due", {})
    last = max(told.values(), key=order, default=None)
    for clock in state.returned_clocks():  # each runs on, be it unnamed or the payload erased
        restart(clock, told.get(clock.kind) or last or clock.due)
        state.due[clock.kind] = clock.due


def _granted(state: AssignmentState, fact: Fact) -> None:
    state.mark = fact.datum("mark")
    state.closed_at = fact.time
    _review(state, fact)


def _reopened(state: AssignmentState, fact: Fact) -> None:
    state.earlier = [*state.earlier, {"mark": state.mark, "closed_at": state.closed_at}]
    state.round += 1
    state.mark = state.closed_at = None
    complained = fact.datum("complaint") is not None
    state.complaints += complained
    state.turns = [*state.turns, Turn("reopened", fact.time, complaint=complained)]
    known = {clock.kind for clock in state.clocks}
    told: Mapping[str, str] = fact.datum("due", {})
    for kind in sorted(set(told) - known):
        warn = next((one.warn for one in state.clocks if one.family == kind[:2]), None)
        state.clocks.append(Clock(kind, told[kind], warn=warn))
        _promise(state, kind, told[kind])


def _pause_asked(state: AssignmentState, fact: Fact) -> None:
    state.pause_asked = _asked(fact, "grounds") | {"head": fact.head}


def _paused(state: AssignmentState, fact: Fact) -> None:
    state.pause_asked = None
    state.paused_since = fact.datum("since", fact.time)
    for clock in state.clocks:
        if clock.open and clock.family in LAST:
            clock.paused = state.paused_since


def _resumed(state: AssignmentState, fact: Fact) -> None:
    state.paused_since = None
    for clock in state.clocks:
        clock.paused = None
    _dues(state, fact, restart)


def _ruled(state: AssignmentState, fact: Fact) -> None:
    clock = state.clock(fact.datum("clock", ""))
    if clock is not None and clock.stopped_at == fact.datum("stated"):
        rule(clock, fact.datum("submitted"))


def _redated(state: AssignmentState, fact: Fact) -> None:
    """Open clocks only: a recorded breach, and one that has come about, stays."""

    def move(clock: Clock, due: str) -> None:
        if clock.open and not reached(clock.due, fact.time):
            shift(clock, due)
            clock.provisional = clock.kind in fact.datum("provisional", ())

    _dues(state, fact, move)
    state.calendar = fact.datum("calendar", state.calendar)
    state.policy = fact.datum("policy", state.policy)


def _struck(state: AssignmentState, fact: Fact) -> None:
    state.struck = True
    state.struck_at = fact.time


def _cancelled(state: AssignmentState, fact: Fact) -> None:
    state.cancelled = True
    state.cancelled_at = fact.time


_EFFECTS: Final[Mapping[str, Effect]] = {
    PREFIX + "signed": _signed,
    PREFIX + "refused": _refused,
    PREFIX + "relieved": _relieved,
    PREFIX + "upheld": _upheld,
    PREFIX + "regrouped": _regrouped,
    PREFIX + "deployed": _deployed,
    PREFIX + "reported": _reported,
    PREFIX + "extension_asked": _extension_asked,
    PREFIX + "extended": _extended,
    PREFIX + "extension_refused": _extension_refused,
    PREFIX + "plan_asked": _plan_asked,
    PREFIX + "hung": _hung,
    PREFIX + "plan_refused": _plan_refused,
    PREFIX + "restored": _restored,
    PREFIX + "clearance_applied": _clearance_applied,
    PREFIX + "returned": _returned,
    PREFIX + "granted": _granted,
    PREFIX + "reopened": _reopened,
    PREFIX + "pause_asked": _pause_asked,
    PREFIX + "paused": _paused,
    PREFIX + "resumed": _resumed,
    PREFIX + "ruled": _ruled,
    PREFIX + "redated": _redated,
    PREFIX + "struck": _struck,
    PREFIX + "cancelled": _cancelled,
}
