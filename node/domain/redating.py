"""What a changed calendar would move: per assignment, from which due instant to which.

Decides which open clocks move and which stay, and why. A due instant that has passed stays, and
none is moved into the past: breaches are neither wiped nor made. An extension's date stays: a
person named it. Never writes (commands/rulings.py does). Follows docs/spec/10-13710-events.md,
"redated".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from node.domain.assignment import AssignmentState
from node.domain.calendar import Calendar, Policy
from node.domain.clocks import Clock, due_instants, part_due, provisional_kinds
from node.domain.instants import earlier, later, moment, reached

Why = Literal["due", "past", "extended", "round", "milestone", "unknown"]
WORDS: Final[dict[Why, str]] = {
    "due": "it is due already: the breach stays",
    "past": "its new instant would lie in the past",
    "extended": "an extension named its date",
    "round": "it is of a later round",
    "milestone": "a plan named its date",
    "unknown": "the policy or the calendar that it names is not held here",
}


@dataclass(frozen=True, slots=True)
class Move:
    """One open clock that moves, or whose mark `provisional` changes."""

    clock: str
    was: str
    becomes: str
    provisional: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would become of one assignment: its moves, and the open clocks that stay, with why."""

    moves: tuple[Move, ...]
    kept: tuple[tuple[str, Why], ...]


def propose(
    state: AssignmentState,
    policy: Policy | None,
    old: Calendar | None,
    new: Calendar,
    now: str,
    whole: Iterable[Clock] | None = None,
) -> Proposal:
    """What `new` would change of an assignment that was issued by `policy` and `old`.

    None: not held. `now`: the business instant; `whole`: the clocks of what this is a part of. A
    clock stays out of both lists when the calendar doesn't change it.
    """
    open_ones = [clock for clock in state.clocks if clock.open]
    if policy is None or old is None:
        return Proposal((), tuple((clock.kind, "unknown") for clock in open_ones))
    if not policy.asks():
        return Proposal((), ())
    before = due_instants(state.t0, state.grade, policy, old)
    after = due_instants(state.t0, state.grade, policy, new)
    unsure = provisional_kinds(state.t0, state.grade, policy, new)
    parent = None if whole is None else list(whole)
    moves, kept = list[Move](), list[tuple[str, Why]]()
    for clock in open_ones:
        fixed = _fixed(clock)
        if fixed is not None:
            kept.append((clock.kind, fixed))
            continue
        due = _moved(clock, before[clock.kind], after[clock.kind], parent)
        mark = clock.kind in unsure and due == after[clock.kind]
        if (due, mark) == (clock.due, clock.provisional):
            continue
        stays = _stays(clock, due, now)
        if stays is not None:
            kept.append((clock.kind, stays))
        else:
            moves.append(Move(clock.kind, clock.due, due, mark))
    return Proposal(tuple(moves), tuple(kept))


def _fixed(clock: Clock) -> Why | None:
    """Why no calendar moves this clock."""
    if clock.family == "kp":
        return "milestone"
    if clock.kind != clock.family:
        return "round"
    return "extended" if clock.first is not None else None


def _stays(clock: Clock, due: str, now: str) -> Why | None:
    """Why a clock that would move doesn't, at `now`."""
    if reached(clock.due, now):
        return "due"
    return "past" if reached(due, now) else None


def _moved(clock: Clock, before: str, after: str, whole: list[Clock] | None) -> str:
    """The clock's new due instant: as much later or earlier as its own days give.

    One that a whole or a matter had capped goes to its own new instant, no later than the whole's
    is now; where there is no whole it never gets later.
    """
    capped = not reached(before, clock.due)
    if capped:
        due = after if whole is not None else earlier(after, clock.due)
    else:
        due = later(clock.due, moment(after) - moment(before))
    return due if whole is None else part_due({clock.kind: due}, whole)[clock.kind]
