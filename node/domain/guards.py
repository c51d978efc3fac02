"""What the states don't tell: pending requests, how often, and how late. One guard per command.

Decides whether a command comes at its time, by the object's book and the business instant. Never
looks at who asks (permissions.py), but for grades that ask for a leader, nor at a command's content
(commands/). Follows docs/machine.md, "guard".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from node.domain.instants import reached
from node.domain.matter import MatterState
from node.domain.record import AssignmentState

MOST_EXTENSIONS: Final = 2


class DomainRefused(Exception):
    """A command's no.

    `code`: wrong-role, wrong-node, wrong-state, gate, bad-input, not-found or conflict. `detail`:
    what is wrong. `accepted`: what would do, perhaps "". `where`: the member at fault, perhaps "".
    """

    def __init__(self, code: str, detail: str, accepted: str = "", where: str = "") -> None:
        self.code, self.detail, self.accepted, self.where = code, detail, accepted, where
        super().__init__(f"{code}: {detail}" + (f" ({accepted})" if accepted else ""))


Guard = Callable[[str, AssignmentState, str | None], None]


def guard(command: str, role: str, state: AssignmentState, now: str | None) -> None:
    """Refuse `wrong-state`, `conflict` or `wrong-role` when the command is untimely.

    `now`: the business instant; None: what hangs on time is not judged.
    """
    found = _GUARDS.get(command)
    if found is not None:
        found(role, state, now)


def guard_matter(command: str, state: MatterState) -> None:
    """The same of a matter: one pause at a time."""
    paused = state.paused_since is not None
    if command == "pause" and paused:
        raise DomainRefused(
            "conflict", f"paused since {state.paused_since} already", "resume first"
        )
    if command == "resume" and not paused:
        raise DomainRefused("wrong-state", "the matter isn't paused", "a paused matter")


def _pending(open_: object, what: str) -> None:
    if not open_:
        raise DomainRefused("wrong-state", f"no {what} is pending", f"a pending {what}")


def _deploy(_: str, state: AssignmentState, now: str | None) -> None:
    if state.state != "SIGNED" and state.deployed_at is not None:
        raise DomainRefused("conflict", f"deployed at {state.deployed_at} already", "once")


def _add_cohandler(_: str, state: AssignmentState, now: str | None) -> None:
    if state.kind != "lead":
        raise DomainRefused("conflict", "a co-handler's assignment", "the lead's")


def _refuse(_: str, state: AssignmentState, now: str | None) -> None:
    if state.refusals:
        raise DomainRefused("conflict", "asked to be relieved before", "once only")
    due = state.due.get("k1")
    if due is not None and now is not None and reached(due, now):
        raise DomainRefused("wrong-state", f"stage 1 ended at {due}", "within stage 1")


def _extend(_: str, state: AssignmentState, now: str | None) -> None:
    if state.extension is not None:
        raise DomainRefused("conflict", "a request for an extension is pending", "its answer first")
    if state.extensions >= MOST_EXTENSIONS:
        raise DomainRefused("conflict", f"asked {state.extensions} times", f"{MOST_EXTENSIONS}")
    running = state.last_clocks()
    if not running:
        raise DomainRefused("wrong-state", "no last clock runs", "a clock that runs")
    if now is not None and reached(running[-1].due, now):
        raise DomainRefused("wrong-state", f"due at {running[-1].due}", "before it is due")


def _answer_extension(role: str, state: AssignmentState, now: str | None) -> None:
    _pending(state.extension, "request for an extension")
    if state.grade != "general" and role != "leader":
        detail = f"a {state.grade} matter is extended by a leader"
        raise DomainRefused("wrong-role", detail, "leader")


def _grant_extension(role: str, state: AssignmentState, now: str | None) -> None:
    _answer_extension(role, state, now)
    if not state.last_clocks():
        raise DomainRefused("wrong-state", "no last clock runs", "a clock that runs")


def _plan(_: str, state: AssignmentState, now: str | None) -> None:
    if state.plan is not None:
        raise DomainRefused("conflict", "a plan is pending", "its answer first")


def _answer_plan(_: str, state: AssignmentState, now: str | None) -> None:
    _pending(state.plan, "plan")


def _reopen(_: str, state: AssignmentState, now: str | None) -> None:
    if state.struck:
        raise DomainRefused("wrong-state", "struck off", "before it is struck off")
    if state.round >= 9:
        raise DomainRefused("conflict", f"round {state.round}", "9 rounds")


def _ask_pause(_: str, state: AssignmentState, now: str | None) -> None:
    if state.pause_pending:
        raise DomainRefused("conflict", "a request for a pause is pending", "its answer first")


def _refuse_pause(_: str, state: AssignmentState, now: str | None) -> None:
    _pending(state.pause_pending, "request for a pause")


_GUARDS: Final[Mapping[str, Guard]] = {
    "add-cohandler": _add_cohandler,
    "deploy": _deploy,
    "refuse": _refuse,
    "extend": _extend,
    "grant-extension": _grant_extension,
    "refuse-extension": _answer_extension,
    "plan": _plan,
    "grant-plan": _answer_plan,
    "refuse-plan": _answer_plan,
    "reopen": _reopen,
    "ask-pause": _ask_pause,
    "refuse-pause": _refuse_pause,
}
