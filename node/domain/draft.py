"""The draft: what a matter is before it is registered, from its node's own events.

Decides what the facts in `own` about one draft add up to, and when its triage is due. Nobody else
writes about a draft, so nothing is crossed and nothing waits: its writer's order is the order.
Never registers a matter (commands/drafts.py). Follows docs/spec/10-13710-events.md, "Drafts".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from node.domain.calendar import Calendar, Policy, due_date
from node.domain.clocks import Clock, VerdictWord, light
from node.domain.facts import APPLIED, Fact, Verdict, quarantined
from node.domain.fold import read
from node.domain.instants import end_of, local_date, reached
from node.domain.machine import DRAFT_MOVES
from schemas.intake import DRAFTS

PREFIX: Final = "duban.draft."
DRAFT: Final = re.compile(r"draft:(?P<owner>[a-z2-7]{32}):[a-z0-9]{8,26}")
# Said beside the course of things, and in which states.
BESIDE: Final[Mapping[str, frozenset[str]]] = {
    PREFIX + "edited": frozenset({"DRAFT", "PROPOSED"}),
    PREFIX + "rated": frozenset({"APPROVED"}),
    PREFIX + "complained": frozenset({"APPROVED"}),
    PREFIX + "complaint_judged": frozenset({"APPROVED"}),
}
FORM: Final = tuple(
    field.data_key or name
    for name, field in DRAFTS[PREFIX + "edited"]().fields.items()
    if name != "by"
)
TRIAGE: Final = Policy("triage/1", counts="working", days={"kl": 1})
WARNING: Final = 720  # minutes of yellow: half a day, as of stage 1 (rule 16)


class Complaint(msgspec.Struct):
    """What an applicant says against the result, and what was found."""

    head: str
    time: str
    text: str
    finding: str | None = None
    grounds: str | None = None


class Step(msgspec.Struct):
    """A state, and since when."""

    state: str
    time: str


class DraftState(msgspec.Struct, kw_only=True):
    """A draft as its node's facts show it."""

    id: str
    state: str
    source: str
    submitter: str
    begun_at: str
    form: dict[str, Any] = msgspec.field(default_factory=dict)
    asked: dict[str, Any] = msgspec.field(default_factory=dict)  # as submitted
    receipt: str | None = None
    track: str | None = None  # hash of the tracking code
    due: str | None = None  # of triage; None: it was started here
    taken_at: str | None = None
    verdict: VerdictWord | None = None
    points: int | None = None
    weights: list[str] = msgspec.field(default_factory=list)
    answer: str | None = None
    reason: str | None = None
    to: str | None = None
    into: str | None = None
    matter: str | None = None
    no: str | None = None
    promised: str | None = None
    score: str | None = None
    rated_at: str | None = None
    remark: str | None = None
    complaints: list[Complaint] = msgspec.field(default_factory=list)
    steps: list[Step] = msgspec.field(default_factory=list)

    def word(self, name: str) -> str:
        """What the form says, or else what was submitted; "" when neither does."""
        return str(self.form.get(name) or self.asked.get(name) or "")


class FoldedDraft(msgspec.Struct):
    """The state (None: not made), and per head what became of each fact."""

    state: DraftState | None
    verdicts: dict[str, Verdict]


def draft_id(node: str, nonce: str) -> str:
    """The id of a draft of `node`."""
    return f"draft:{node}:{nonce}"


def owner(subject: str) -> str | None:
    """The node that a draft belongs to; None when this is no draft's id."""
    found = DRAFT.fullmatch(subject)
    return found["owner"] if found else None


def triage_due(at: str, calendar: Calendar, days: int = 1) -> str:
    """When whatever was submitted `at` must be taken up: the end of the next working day, or of
    that many."""
    policy = replace(TRIAGE, days={"kl": days})
    return end_of(due_date("kl", local_date(at), policy, calendar))


def triage_clock(due: str | None, taken_at: str | None) -> Clock | None:
    """The clock of triage (rule 2); None when it doesn't run."""
    return None if due is None or taken_at is not None else Clock("kl", due, warn=WARNING)


def triage_light(due: str | None, taken_at: str | None, now: str) -> str | None:
    """The light of the triage clock; None when it doesn't run."""
    clock = triage_clock(due, taken_at)
    return light(clock, now) if clock is not None else None


def fold_draft(facts: Iterable[Fact]) -> FoldedDraft:
    """Judge all facts held about one draft."""
    state: DraftState | None = None
    verdicts: dict[str, Verdict] = {}
    for fact in sorted(facts, key=lambda one: (*one.place, one.head)):
        found = read(fact)
        if isinstance(found, str):
            verdicts[fact.head] = quarantined(found)
            continue
        if found.stream != "own" or found.writer != owner(found.subject):
            verdicts[fact.head] = quarantined("no-authority")
            continue
        moved = after(state.state if state else None, found.type)
        if moved is None:
            verdicts[fact.head] = quarantined("wrong-state")
            continue
        verdicts[fact.head] = APPLIED
        state = _advance(state, found, moved)
    return FoldedDraft(state, verdicts)


def after(state: str | None, event: str) -> str | None:
    """The state that an event leads to; None when it isn't allowed there."""
    if state in BESIDE.get(event, ()):
        return state
    return DRAFT_MOVES.after(state, event)


def _advance(state: DraftState | None, fact: Fact, moved: str) -> DraftState:
    if state is None:
        state = DraftState(
            id=fact.subject,
            state=moved,
            source=fact.datum("source", ""),
            submitter=(fact.datum("by") or {}).get("user", ""),
            begun_at=fact.time,
        )
    if state.state != moved or not state.steps:
        state.steps.append(Step(moved, fact.time))
    state.state = moved
    if state.due is not None and state.taken_at is None:
        state.taken_at = fact.time
        state.verdict = "late" if reached(state.due, fact.time) else "on_time"
    effect = _EFFECTS.get(fact.type)
    if effect is not None and fact.data is not None:
        effect(state, fact)
    return state


def _submitted(state: DraftState, fact: Fact) -> None:
    state.asked = {name: value for name, value in (fact.data or {}).items() if name != "track"}
    state.receipt, state.track = fact.datum("receipt"), fact.datum("track")
    state.due = fact.datum("due")


def _said(state: DraftState, fact: Fact) -> None:
    state.form |= {name: fact.datum(name) for name in FORM if name in (fact.data or {})}
    state.source = state.form.get("source", state.source)


def _kept(*names: str) -> Callable[[DraftState, Fact], None]:
    def keep(state: DraftState, fact: Fact) -> None:
        for name in names:
            setattr(state, name, fact.datum(name, getattr(state, name)))

    return keep


def _rated(state: DraftState, fact: Fact) -> None:
    _kept("score", "remark")(state, fact)
    state.rated_at = fact.time


def _complained(state: DraftState, fact: Fact) -> None:
    state.complaints.append(Complaint(fact.head, fact.time, fact.datum("text")))


def _judged(state: DraftState, fact: Fact) -> None:
    for one in state.complaints:
        if one.head == fact.datum("complaint"):
            one.finding, one.grounds = fact.datum("finding"), fact.datum("grounds")


_EFFECTS: Final[Mapping[str, Callable[[DraftState, Fact], None]]] = {
    PREFIX + "submitted": _submitted,
    PREFIX + "drafted": _said,
    PREFIX + "edited": _said,
    PREFIX + "declined": _kept("reason", "to"),
    PREFIX + "proposed": _kept("points", "weights", "answer"),
    PREFIX + "approved": _kept("matter", "no", "promised"),
    PREFIX + "rejected": _kept("reason"),
    PREFIX + "merged": _kept("into", "reason"),
    PREFIX + "rated": _rated,
    PREFIX + "complained": _complained,
    PREFIX + "complaint_judged": _judged,
}
