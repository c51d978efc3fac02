"""Who may give which command, and when: one table, and what a person may do now.

Decides by the actor's role, by what the actor's node is to the object, and by what is known of the
object's state. Never looks at a command's content (commands/), nor at what a peer may write
(authority.py). Follows docs/spec/07-apply.md, "Authority table" and "States".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from federation.ids import owner_of
from node.domain.assignment import AssignmentState
from node.domain.facts import Relations
from node.domain.guards import DomainRefused, guard, guard_matter
from node.domain.machine import (
    ASSIGNMENT_MOVES,
    ASSIGNMENT_TRANSITIONS,
    ENDED,
    MATTER_STATES,
    MATTER_TRANSITIONS,
    Transition,
)
from node.domain.matter import MatterState
from node.domain.picture import OPEN_STATES, matter_state

Party = Literal["anyone", "registrar", "issuer", "assignee", "superior", "either", "ruler"]
Kind = Literal["none", "matter", "assignment"]

_M, _A = "duban.matter.", "duban.assignment."


@dataclass(frozen=True, slots=True)
class Actor:
    """A user acting at a node in one role."""

    node: str
    user: str
    role: str

    def by(self) -> dict[str, str]:
        """The actor as payloads name it."""
        return {"user": self.user, "role": self.role}


@dataclass(frozen=True, slots=True)
class Command:
    """One row: the roles that may, what it acts on, what the actor's node must be to that."""

    roles: frozenset[str]
    on: Kind
    party: Party
    event: str  # the type that it writes first


def _row(roles: str, on: Kind, party: Party, event: str) -> Command:
    return Command(frozenset(roles.split()), on, party, event)


COMMANDS: Final[Mapping[str, Command]] = {
    "register": _row("registrar supervisor", "none", "anyone", _M + "registered"),
    "issue": _row("registrar supervisor", "matter", "registrar", _A + "issued"),
    "strike": _row("supervisor", "matter", "registrar", _M + "struck"),
    "cancel": _row("supervisor", "matter", "registrar", _M + "cancelled"),
    "sign": _row("handler head", "assignment", "assignee", _A + "signed"),
    "deploy": _row("handler head", "assignment", "assignee", _A + "deployed"),
    "split": _row("registrar supervisor handler head", "assignment", "assignee", _A + "issued"),
    "report": _row("handler head", "assignment", "assignee", _A + "reported"),
    "clear": _row("head", "assignment", "assignee", _A + "clearance_applied"),
    "grant": _row("supervisor", "assignment", "issuer", _A + "granted"),
    "return": _row("registrar supervisor", "assignment", "issuer", _A + "returned"),
    "urge": _row("supervisor leader", "assignment", "superior", _A + "urged"),
    "pause": _row("supervisor", "matter", "registrar", _M + "paused"),
    "resume": _row("supervisor", "matter", "registrar", _M + "resumed"),
    "merge": _row("supervisor", "matter", "registrar", _M + "merged"),
    "link": _row("registrar supervisor", "matter", "registrar", _M + "linked"),
    "list": _row("supervisor leader", "matter", "registrar", _M + "listed"),
    "value": _row("registrar supervisor", "matter", "registrar", _M + "valued"),
    "refuse": _row("head", "assignment", "assignee", _A + "refused"),
    "reassign": _row("supervisor", "assignment", "issuer", _A + "relieved"),
    "add-cohandler": _row("registrar supervisor", "assignment", "issuer", _A + "regrouped"),
    "uphold": _row("supervisor", "assignment", "issuer", _A + "upheld"),
    "extend": _row("head", "assignment", "assignee", _A + "extension_asked"),
    "grant-extension": _row("supervisor leader", "assignment", "issuer", _A + "extended"),
    "refuse-extension": _row("supervisor leader", "assignment", "issuer", _A + "extension_refused"),
    "plan": _row("head", "assignment", "assignee", _A + "plan_asked"),
    "grant-plan": _row("supervisor", "assignment", "issuer", _A + "hung"),
    "refuse-plan": _row("supervisor", "assignment", "issuer", _A + "plan_refused"),
    "restore": _row("supervisor head", "assignment", "either", _A + "restored"),
    "reopen": _row("supervisor", "assignment", "issuer", _A + "reopened"),
    "ask-pause": _row("head", "assignment", "assignee", _A + "pause_asked"),
    "refuse-pause": _row("supervisor", "assignment", "ruler", _A + "pause_refused"),
    "rule": _row("supervisor", "assignment", "issuer", _A + "ruled"),
    "redate": _row("supervisor system", "assignment", "issuer", _A + "redated"),
    "publish-calendar": _row("supervisor", "none", "anyone", "duban.calendar.published"),
    "publish-policy": _row("supervisor", "none", "anyone", "duban.policy.published"),
    "publish-ledger": _row("supervisor", "none", "anyone", "duban.ledger.published"),
    "publish-campaign": _row("supervisor", "none", "anyone", "duban.campaign.published"),
    "publish-score": _row("supervisor", "none", "anyone", "duban.score.published"),
}


def _starts(table: Iterable[Transition], event: str, on: str = "self") -> frozenset[str]:
    """The states in which the table's row for an event may start."""
    return frozenset(
        start
        for row in table
        if row.event == event and row.on == on
        for start in row.start
        if start
    )


# command -> the states in which it may be given. Of a matter: its assignments counted in.
STATES: Final[Mapping[str, frozenset[str]]] = {
    "strike": _starts(MATTER_TRANSITIONS, _M + "struck"),
    "cancel": _starts(MATTER_TRANSITIONS, _M + "cancelled"),
    "split": _starts(ASSIGNMENT_TRANSITIONS, _A + "issued", "part"),
    "urge": OPEN_STATES,
    "refuse-pause": OPEN_STATES,
    "pause": _starts(MATTER_TRANSITIONS, _M + "paused"),
    "resume": _starts(MATTER_TRANSITIONS, _M + "resumed"),
    "merge": _starts(MATTER_TRANSITIONS, _M + "merged"),
    "link": frozenset(MATTER_STATES),
    "list": _starts(MATTER_TRANSITIONS, _M + "cancelled") | {"CLOSED"},  # only to take it off
    "value": _starts(MATTER_TRANSITIONS, _M + "cancelled") | {"CLOSED"},
    **{
        name: _starts(ASSIGNMENT_TRANSITIONS, row.event)
        for name, row in COMMANDS.items()
        if row.on == "assignment" and row.event in ASSIGNMENT_MOVES.rows and name != "split"
    },
    # not while its lead is on the way out, paused, or has applied: the lead applies last
    "add-cohandler": frozenset(("ISSUED", "SIGNED", "DOING", "HUNG")),
}


OVER: Final = frozenset(("STRUCK", "CANCELLED", "MERGED"))  # of a matter: nothing begins again


def may(role: str, command: str) -> bool:
    """Whether `role` may give `command` at all."""
    row = COMMANDS.get(command)
    return row is not None and role in row.roles


def require(actor: Actor, command: str) -> None:
    """Refuse `wrong-role` unless the actor's role may give the command."""
    if not may(actor.role, command):
        roles = ", ".join(sorted(COMMANDS[command].roles))
        raise DomainRefused("wrong-role", f"{actor.role} may not {command}", roles)


def permit(
    actor: Actor,
    command: str,
    state: MatterState | AssignmentState,
    relations: Relations,
    held: Sequence[AssignmentState] = (),
    rolled: str | None = None,
    now: str | None = None,
) -> None:
    """Refuse unless the actor may give the command on an object in this state, now.

    `held`: of a matter, all its assignments that are known; of an assignment, its parts, of a lead
    its co-handlers', of a part its whole (others are ignored). `rolled`: the matter's state (of an
    assignment: that of its matter) with its assignments counted in, where the caller knows it.
    `now`: the business instant; None: what hangs on time is not judged. Refuses `wrong-role`,
    `wrong-node`, `wrong-state`, and `conflict`.
    """
    require(actor, command)
    if isinstance(state, MatterState):
        _at(actor.node, state.registrar, "registrar")
        if command == "issue":
            _issuable(state, held)
        else:
            now_in = rolled or _rolled(state, held)
            _in(command, now_in, "matter")
            if command == "list" and now_in == "CLOSED" and not state.listed:
                detail = "what is closed is put on no list"
                raise DomainRefused("wrong-state", detail, "APPROVED, OPEN")
            guard_matter(command, state)
            if command == "pause":
                _asked(held)
    else:
        _party(actor.node, COMMANDS[command].party, state, relations)
        _in(command, state.state, "assignment")
        _of_assignment(command, state, held)
        if command == "reopen" and rolled in OVER:
            raise DomainRefused("wrong-state", f"its matter is {rolled}", "a matter that goes on")
        guard(command, actor.role, state, now)


def explain(
    actor: Actor,
    state: MatterState | AssignmentState,
    relations: Relations,
    held: Sequence[AssignmentState] = (),
    now: str | None = None,
    rolled: str | None = None,
) -> dict[str, DomainRefused | None]:
    """Each command on such an object: None when the actor may give it now, else why not."""
    on = "matter" if isinstance(state, MatterState) else "assignment"
    found: dict[str, DomainRefused | None] = {}
    for name, row in COMMANDS.items():
        if row.on == on:
            try:
                permit(actor, name, state, relations, held, rolled, now)
            except DomainRefused as refused:
                found[name] = refused
            else:
                found[name] = None
    return found


def allowed(
    actor: Actor,
    state: MatterState | AssignmentState,
    relations: Relations,
    held: Sequence[AssignmentState] = (),
    now: str | None = None,
    rolled: str | None = None,
) -> tuple[str, ...]:
    """The commands that the actor may give on this object now, as far as its node knows."""
    told = explain(actor, state, relations, held, now, rolled)
    return tuple(name for name, refused in told.items() if refused is None)


def _party(node: str, party: Party, state: AssignmentState, relations: Relations) -> None:
    if party == "superior":
        _above(node, state, relations)
    elif party == "either":
        if node not in (state.issuer, state.assignee):
            _at(node, state.issuer, "issuer's or assignee")
    elif party == "ruler":
        registrar = owner_of(state.matter) if state.matter else ""
        if node not in (state.issuer, registrar):
            _at(node, state.issuer, "issuer's or registrar")
    else:
        _at(node, state.issuer if party == "issuer" else state.assignee, party)


def _at(node: str, wanted: str, party: str) -> None:
    if node != wanted:
        raise DomainRefused("wrong-node", f"only the {party}'s node may do this", wanted)


def _above(node: str, state: AssignmentState, relations: Relations) -> None:
    registrar = owner_of(state.matter) if state.matter else ""
    if node not in (state.issuer, registrar) and not relations.is_ancestor(node, state.assignee):
        accepted = "the issuer, the registrar, or a node above the assignee"
        raise DomainRefused("wrong-node", "only a superior may do this", accepted)


def _in(command: str, state: str, what: str) -> None:
    if state not in STATES[command]:
        accepted = ", ".join(sorted(STATES[command]))
        raise DomainRefused("wrong-state", f"no {command} while the {what} is {state}", accepted)


def _rolled(matter: MatterState, held: Sequence[AssignmentState]) -> str:
    return matter_state(matter.state, ((one.kind, one.state, one.part) for one in held))


def _issuable(matter: MatterState, held: Sequence[AssignmentState]) -> None:
    if matter.state != "APPROVED":
        detail = f"no issue while the matter is {matter.state}"
        raise DomainRefused("wrong-state", detail, "APPROVED")
    if any(not one.part and one.state != "CANCELLED" for one in held):
        raise DomainRefused("conflict", "the matter has been issued: one unit leads it, no more")


def _of_assignment(command: str, state: AssignmentState, held: Sequence[AssignmentState]) -> None:
    """A whole is cleared after its parts; a lead applies last, and is granted last."""
    parts = [one for one in held if one.parent == state.id]
    others = [one for one in held if one.lead is not None and one.lead["assignment"] == state.id]
    if command == "clear":
        _done("parts", parts, OPEN_STATES)
        _done("co-handlers", others, OPEN_STATES - {"CLOSE_REQ"})
    elif command == "grant":
        _done("co-handlers", others, OPEN_STATES)
    elif command == "reopen":
        _goes_on(one for one in held if one.id == state.parent)


def _goes_on(wholes: Iterable[AssignmentState]) -> None:
    for whole in wholes:
        if whole.state in ENDED:
            raise DomainRefused("wrong-state", f"its whole is {whole.state}", "the whole first")


def _asked(held: Sequence[AssignmentState]) -> None:
    """A pause is granted to who asks for it; nobody known: not judged."""
    if held and not any(one.pause_pending for one in held):
        raise DomainRefused("wrong-state", "nobody has asked for a pause", "a pending request")


def _done(what: str, held: Sequence[AssignmentState], undone: frozenset[str]) -> None:
    still = [one.id for one in held if one.state in undone]
    if still:
        detail = f"{len(still)} of its {what} not done: {', '.join(still[:3])}"
        raise DomainRefused("wrong-state", detail, f"all {what} first")
