"""Who may do what with a draft, and when: one table.

Decides by the actor's role, the draft's state and the matter's grade. Never looks at a command's
content (commands/drafts.py). Follows docs/spec/10-13710-events.md, "Drafts".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from node.domain.draft import BESIDE, PREFIX, DraftState, owner
from node.domain.guards import DomainRefused
from node.domain.machine import DRAFT_MOVES
from node.domain.permissions import Actor

APPLICANT: Final = "enterprise"


@dataclass(frozen=True, slots=True)
class Row:
    """One command: the roles that may, the event that it writes last, and from which states
    (none named: those from which the event leads on)."""

    roles: frozenset[str]
    event: str
    starts: frozenset[str] = frozenset()


def _row(roles: str, word: str, starts: str = "") -> Row:
    return Row(frozenset(roles.split()), PREFIX + word, frozenset(starts.split()))


TRIAGE_COMMANDS: Final[Mapping[str, Row]] = {
    "submit": _row("enterprise handler registrar supervisor system", "submitted"),
    "draft": _row("registrar supervisor", "drafted"),
    "edit": _row("registrar supervisor", "edited"),
    "decline": _row("supervisor", "declined"),
    "propose": _row("registrar supervisor", "proposed"),
    "approve": _row("supervisor leader", "approved"),
    "reject": _row("supervisor leader", "rejected"),
    "merge": _row("supervisor", "merged"),
    "rate": _row("enterprise", "rated"),
    "complain": _row("enterprise", "complained"),
    "judge": _row("supervisor", "complaint_judged"),
    # taken up, proposed, approved and issued in one go; each step by its own rule
    "accept": _row("supervisor", "approved", "LEAD DRAFT PROPOSED"),
}
# Who decides on a proposed draft, by its grade.
DECIDES: Final[Mapping[str, str]] = {
    "general": "supervisor",
    "major": "leader",
    "complex": "leader",
}


def decides(state: DraftState) -> str:
    """The role that decides on a draft of this grade."""
    return DECIDES.get(state.word("grade"), "leader")


def starts(command: str) -> frozenset[str]:
    """The states in which a command may be given; "" stands for: before there is a draft."""
    row = TRIAGE_COMMANDS[command]
    if row.starts:
        return row.starts
    event = row.event
    moved = {start or "" for name, start in DRAFT_MOVES.steps if name == event}
    return frozenset(moved) | BESIDE.get(event, frozenset())


def require_role(actor: Actor, command: str) -> None:
    """Refuse `wrong-role` unless the actor's role may give the command at all."""
    roles = TRIAGE_COMMANDS[command].roles
    if actor.role not in roles:
        accepted = ", ".join(sorted(roles))
        raise DomainRefused("wrong-role", f"{actor.role} may not {command} a draft", accepted)


def permit_draft(actor: Actor, command: str, state: DraftState | None) -> None:
    """Refuse unless the actor may give the command on a draft in this state (None: a new one).

    Refuses `wrong-role`, `wrong-node`, `not-found` for an applicant who is not this draft's, and
    `wrong-state`.
    """
    require_role(actor, command)
    if state is not None and owner(state.id) != actor.node:
        raise DomainRefused("wrong-node", "a draft is its own node's", owner(state.id) or "")
    if actor.role == APPLICANT and state is not None and state.submitter != actor.user:
        raise DomainRefused("not-found", f"no draft {state.id} of {actor.user} is held here")
    now = state.state if state is not None else ""
    if now not in starts(command):
        detail = f"no `{command}` of a draft in state {now or '(none)'}"
        raise DomainRefused("wrong-state", detail, ", ".join(sorted(starts(command))))
    if command == "approve" and state is not None:
        wanted = decides(state)
        if actor.role != wanted:
            detail = f"{actor.role} may not approve a {state.word('grade')} matter"
            raise DomainRefused("wrong-role", detail, wanted)


def allowed_on(actor: Actor, state: DraftState) -> tuple[str, ...]:
    """The commands that the actor may give on this draft now."""
    found = []
    for name in TRIAGE_COMMANDS:
        if name != "submit":
            try:
                permit_draft(actor, name, state)
            except DomainRefused:
                continue
            found.append(name)
    return tuple(found)
