"""Commands on a matter: register, issue, strike, cancel; and how a ruling is repeated down.

Decides by what is handed in: clocks, numbers and nonces are arguments. Never writes. Follows
docs/spec/10-13710-events.md, "Matters".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from federation.ids import matter_id
from node.domain.assignment import PREFIX as ASSIGNMENT
from node.domain.assignment import AssignmentState
from node.domain.authority import matter_parties
from node.domain.commands.base import (
    Actor,
    DomainRefused,
    Draft,
    blank,
    checked,
    need,
    parties_of,
    re_of,
)
from node.domain.commands.gate import ACCEPTED, gate, source_word
from node.domain.commands.handing import ClockRule, hand_out, of_matter
from node.domain.facts import Relations
from node.domain.machine import ASSIGNMENT_MOVES
from node.domain.matter import PREFIX, MatterState
from node.domain.permissions import permit, require

FIELDS: Final = (
    "title", "board", "grade", "content", "source", "basis", "indicators", "responsible", "head",
    "contact",
)  # fmt: skip
OPTIONAL: Final = ("weight", "region", "campaign", "class")
RULINGS: Final = (ASSIGNMENT + "struck", ASSIGNMENT + "cancelled")


class _Nobody:
    """Relations that a ruling's repetition doesn't depend on."""

    def is_ancestor(self, above: str, below: str) -> bool:
        return False

    def guides(self, by: str, over: str) -> bool:
        return False


def register(
    actor: Actor, form: Mapping[str, Any], no: str, nonce: str, relations: Relations
) -> Draft:
    """Register a matter under the number `no`, without a draft before it.

    Refuses `gate` with all that is missing.
    """
    require(actor, "register")
    faults = gate(form)
    if faults:
        raise DomainRefused("gate", "; ".join(faults), ACCEPTED)
    return entered(actor, {**form, "source": source_word(form["source"])}, no, nonce, relations)


def entered(
    actor: Actor, form: Mapping[str, Any], no: str, nonce: str, relations: Relations
) -> Draft:
    """A form that has passed the gate, as the registration of a matter."""
    data = {name: form[name] for name in FIELDS}
    data |= {name: form[name] for name in OPTIONAL if not blank(form.get(name))}
    subject = matter_id(actor.node, nonce)
    draft = Draft(PREFIX + "registered", subject, "up", data | {"no": no, "by": actor.by()})
    return checked(draft, actor.node, None, matter_parties(subject), relations)


def issue(
    actor: Actor,
    matter: MatterState,
    held: Sequence[AssignmentState],
    units: Sequence[str],
    relations: Relations,
    clock: ClockRule,
    nonces: Sequence[str],
) -> list[Draft]:
    """Give a matter to `units`: the first leads, the others are co-handlers.

    `held`: the matter's assignments; `clock`: the instant of issue, policy and calendar, by which
    due instants are computed once; `nonces`: one per unit. Refuses `conflict` when it has been
    issued and not taken back from everybody, and as `hand_out` does.
    """
    permit(actor, "issue", matter, relations, held)
    return hand_out(actor, of_matter(matter), units, relations, clock, nonces)


def strike(
    actor: Actor, matter: MatterState, rolled: str, result: str, relations: Relations
) -> Draft:
    """Strike a matter off. `rolled`: its state, assignments counted in; only CLOSED will do."""
    permit(actor, "strike", matter, relations, rolled=rolled)
    return _ruled(actor, "struck", matter, {"result": result}, relations)


def cancel(
    actor: Actor, matter: MatterState, grounds: str, relations: Relations, rolled: str | None = None
) -> Draft:
    """Cancel a matter. `rolled`: its state, assignments counted in; a CLOSED one is refused."""
    permit(actor, "cancel", matter, relations, rolled=rolled)
    return _ruled(actor, "cancelled", matter, {"grounds": grounds}, relations)


def _ruled(
    actor: Actor, word: str, matter: MatterState, said: Mapping[str, Any], relations: Relations
) -> Draft:
    need(said, *said)
    draft = Draft(
        PREFIX + word, matter.id, "up", {**said, "by": actor.by()}, re_of(matter, actor.node)
    )
    return checked(draft, actor.node, matter.state, matter_parties(matter.id), relations)


def repeats(
    type: str,
    head: str,
    ruling: Mapping[str, Any],
    children: Iterable[AssignmentState],
    writer: str,
) -> list[Draft]:
    """A ruling (`head`, with its data) repeated to the assignees of those that `writer` issued.

    `type`: `struck` or `cancelled` of an assignment. Those that it can't change are left out: the
    struck, the ended, and those not closed yet where it strikes.
    """
    drafts = []
    for one in children:
        legal = ASSIGNMENT_MOVES.after(one.state, type) is not None and not one.struck
        if one.issuer != writer or not legal:
            continue
        data = {"matter": one.matter or ruling.get("matter"), "repeats": head}
        if type == ASSIGNMENT + "cancelled":
            data["grounds"] = ruling.get("grounds", "")
        if "by" in ruling:
            data["by"] = ruling["by"]
        draft = Draft(type, one.id, f"to/{one.assignee}", data, re_of(one, writer))
        drafts.append(checked(draft, writer, one.state, parties_of(one), _Nobody()))
    return drafts
