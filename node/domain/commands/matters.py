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
from node.domain.clocks import resumed_due
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
from node.domain.commands.gate import ACCEPTED, Remark, check, refusals, source_word
from node.domain.commands.handing import ClockRule, hand_out, of_matter
from node.domain.crossing import NEUTRAL
from node.domain.facts import Relations
from node.domain.instants import earlier, order
from node.domain.machine import ASSIGNMENT_MOVES
from node.domain.matter import PREFIX, MatterState
from node.domain.permissions import permit, require

FIELDS: Final = (
    "title", "board", "grade", "content", "source", "basis", "indicators", "responsible", "head",
    "contact",
)  # fmt: skip
OPTIONAL: Final = ("weight", "region", "campaign", "class", "ledger")
# An assignee's node that hears the first repeats it to its parts' assignees as the second.
RULINGS: Final[Mapping[str, str]] = {
    ASSIGNMENT + "struck": ASSIGNMENT + "struck",
    ASSIGNMENT + "cancelled": ASSIGNMENT + "cancelled",
    ASSIGNMENT + "relieved": ASSIGNMENT + "cancelled",
    ASSIGNMENT + "paused": ASSIGNMENT + "paused",
    ASSIGNMENT + "resumed": ASSIGNMENT + "resumed",
}


class _Nobody:
    """Relations that a ruling's repetition doesn't depend on."""

    root = ""

    def is_ancestor(self, above: str, below: str) -> bool:
        return False

    def guides(self, by: str, over: str) -> bool:
        return False


def register(
    actor: Actor,
    form: Mapping[str, Any],
    no: str,
    nonce: str,
    relations: Relations,
    remarks: Sequence[Remark] | None = None,
) -> Draft:
    """Register a matter under the number `no`, without a draft before it.

    `remarks`: the gate's on this form, where the caller has asked for them already. Refuses `gate`
    with all that is missing.
    """
    require(actor, "register")
    faults = refusals(check(form) if remarks is None else remarks)
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
    refs = () if PREFIX + word in NEUTRAL else re_of(matter, actor.node)
    draft = Draft(PREFIX + word, matter.id, "up", {**said, "by": actor.by()}, refs)
    return checked(draft, actor.node, matter.state, matter_parties(matter.id), relations)


def merge(
    actor: Actor,
    matter: MatterState,
    form: Mapping[str, Any],
    relations: Relations,
    rolled: str | None = None,
) -> Draft:
    """Let a matter go on as another one (`into`), with grounds; its assignments are cancelled.

    `rolled`: its state, assignments counted in; a CLOSED one is refused.
    """
    permit(actor, "merge", matter, relations, rolled=rolled)
    if form.get("into") == matter.id:
        raise DomainRefused("bad-input", "a matter can't be merged into itself", where="into")
    said = {name: form.get(name) for name in ("into", "grounds")}
    return _ruled(actor, "merged", matter, said, relations)


def link(actor: Actor, matter: MatterState, form: Mapping[str, Any], relations: Relations) -> Draft:
    """Link a matter with another one (`to`) as its follow-up, as what it follows, or as related."""
    permit(actor, "link", matter, relations)
    if form.get("to") == matter.id:
        raise DomainRefused("bad-input", "a matter can't be linked to itself", where="to")
    return _ruled(actor, "linked", matter, {n: form.get(n) for n in ("to", "kind")}, relations)


def put_on_list(
    actor: Actor, matter: MatterState, form: Mapping[str, Any], relations: Relations, rolled: str
) -> Draft:
    """Put a matter under the leaders' eyes (挂牌督办), or take it off (`listed`: on, off).

    `rolled`: its state, assignments counted in; a CLOSED one can only be taken off.
    """
    permit(actor, "list", matter, relations, rolled=rolled)
    said = {"listed": form.get("listed") or "on", "grounds": form.get("grounds")}
    if rolled == "CLOSED" and said["listed"] == "on":
        detail = "what is closed is put on no list"
        raise DomainRefused("wrong-state", detail, "APPROVED, OPEN", "listed")
    return _ruled(actor, "listed", matter, said, relations)


def pause(
    actor: Actor,
    matter: MatterState,
    held: Sequence[AssignmentState],
    grounds: str,
    relations: Relations,
    rolled: str | None = None,
) -> Draft:
    """Grant a pause that one of the matter's assignees has asked for, from that request on.

    `held`: the matter's assignments that are known; the earliest request among them counts.
    Refuses `wrong-state` when none is pending.
    """
    permit(actor, "pause", matter, relations, rolled=rolled)
    pending = [one for one in held if one.pause_pending and one.pause_asked is not None]
    if not pending:
        raise DomainRefused("wrong-state", "nobody has asked for a pause", "a pending request")
    asked, id = min(((one.pause_asked or {}, one.id) for one in pending), key=_request)
    said = {"assignment": id, "asked": asked["head"], "since": asked["at"], "grounds": grounds}
    return _ruled(actor, "paused", matter, said, relations)


def _request(one: tuple[Mapping[str, str], str]) -> tuple[str, str]:
    return order(one[0]["at"]), one[0]["head"]


def resume(
    actor: Actor, matter: MatterState, now: str, relations: Relations, rolled: str | None = None
) -> Draft:
    """End the pause at the business instant `now`."""
    permit(actor, "resume", matter, relations, rolled=rolled)
    return _ruled(actor, "resumed", matter, {"at": now}, relations)


def resumed_dues(state: AssignmentState, at: str) -> dict[str, str]:
    """What a pause that ends at `at` gives back, in whole days: the new due instants by clock.

    From the request on; and of an application that the pause has met, from that on.
    """
    since = state.paused_since or at
    due = {one.kind: resumed_due(one.due, since, at) for one in state.clocks if one.paused}
    applied = state.applied_at or since
    for clock in state.applied_clocks():
        due[clock.kind] = resumed_due(clock.due, earlier(since, applied), at)
    return due


def repeats(
    type: str,
    head: str,
    ruling: Mapping[str, Any],
    children: Iterable[AssignmentState],
    writer: str,
) -> list[Draft]:
    """A ruling (`head`, with its data) repeated to the assignees of those that `writer` issued.

    `type`: what the assignees are told. Those that it can't change are left out: the struck, the
    ended, and those not closed yet where it strikes. Where a pause ends, each gets the due instants
    that its issuer computes.
    """
    drafts = []
    for one in children:
        legal = ASSIGNMENT_MOVES.after(one.state, type) is not None and not one.struck
        if one.issuer != writer or not legal:
            continue
        data = {"matter": one.matter or ruling.get("matter"), "repeats": head}
        data |= _repeated(type, ruling, one)
        if "by" in ruling:
            data["by"] = ruling["by"]
        draft = Draft(type, one.id, f"to/{one.assignee}", data, re_of(one, writer))
        drafts.append(checked(draft, writer, one.state, parties_of(one), _Nobody()))
    return drafts


def _repeated(type: str, ruling: Mapping[str, Any], one: AssignmentState) -> dict[str, Any]:
    """What a repetition says beside what it repeats."""
    if type == ASSIGNMENT + "cancelled":
        return {"grounds": ruling.get("grounds", "")}
    if type == ASSIGNMENT + "paused":
        return {"since": ruling["since"]}
    if type == ASSIGNMENT + "resumed":
        return {"at": ruling["at"], "due": resumed_dues(one, ruling["at"])}
    return {}
