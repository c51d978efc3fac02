"""What of an assignment is counted, and as what: rule 17 over its clocks, reviews and rulings.

Decides, for each clock and each application, whether it stands in the statistics, apart, or
nowhere; and of those that stand, which were expected, submitted, on time, late. The read model
keeps one row each (node/readmodel/tables.py, `clocks`) and counts them in the database by the same
words (node/readmodel/counts.py). Never asks what time it is. Follows docs/statistics.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from node.domain.clocks import Clock, VerdictWord
from node.domain.evaluation.periods import Period
from node.domain.instants import local_date, reached
from node.domain.record import AssignmentState, Turn

Basis = Literal["due", "promised"]
Standing = Literal["counts", "paused", "void", "apart"]

BASES: Final[tuple[Basis, ...]] = ("due", "promised")
STAGES: Final = ("k1", "k3", "k7", "km", "kp", "ka")
REVIEW, REOPENING = "ka", "kr"
NOT_HANDLED: Final = (REVIEW, REOPENING)  # stages that are not the assignee's
APART: Final = ("CANCELLED", "RELIEVED")  # states whose clocks stand apart
RETURNED: Final = "returned"
REOPENED: Final = ("reopened", "complained")
COUNTS: Final = ("expected", "submitted", "on_time", "late", "missing", "paused")


@dataclass(frozen=True, slots=True)
class Counted:
    """One clock, review or reopening. Instants in UTC; `due` None: stated by nobody yet."""

    kind: str  # of the clock; ka1, ka2 …: an application; kr1 …: a reopening
    stage: str
    due: str | None
    promised: str | None  # as first promised
    stopped_at: str | None
    verdict: VerdictWord | None
    promised_verdict: VerdictWord | None
    standing: Standing
    open: bool = False
    days: int = 0  # days late, once that is settled
    word: str | None = None  # returned, or the mark; reopened, or complained
    asked: str | None = None  # when the answer was asked for


def counted_of(state: AssignmentState) -> Iterator[Counted]:
    """All that is counted of an assignment."""
    planned = any(clock.family == "kp" for clock in state.clocks)
    for clock in state.clocks:
        yield _of_clock(state, clock, planned)
    yield from _of_turns(state)


def _of_clock(state: AssignmentState, clock: Clock, planned: bool) -> Counted:
    return Counted(
        kind=clock.kind,
        stage=clock.family,
        due=clock.due,
        promised=clock.first or clock.due,
        stopped_at=clock.stopped_at,
        verdict=clock.verdict,
        promised_verdict=clock.verdict if clock.first is None else clock.first_verdict,
        standing=_standing(state, clock, planned),
        open=clock.runs,
        days=_settled(state, clock),
    )


def _standing(state: AssignmentState, clock: Clock, planned: bool) -> Standing:
    if state.state in APART:
        return "apart"
    if clock.open and clock.paused is not None:
        return "paused"
    replaced = planned and clock.family in ("k7", "km")
    gone = not clock.open and clock.stopped_at is None
    return "void" if gone and replaced else "counts"


def _settled(state: AssignmentState, clock: Clock) -> int:
    """Days late of a clock that runs no longer: by its submission, else by the clearance."""
    at = clock.ruled or clock.stopped_at or (None if clock.open else state.closed_at)
    return days_late(clock.due, at) if at is not None else 0


def days_late(due: str, at: str) -> int:
    """Days begun in Asia/Shanghai since an exclusive due instant; 0 before it."""
    if not reached(due, at):
        return 0
    try:
        return (local_date(at) - local_date(due)).days + 1
    except ValueError:  # a header may name a day that no month has
        return 0


def _of_turns(state: AssignmentState) -> Iterator[Counted]:
    standing: Standing = "apart" if state.state in APART else "counts"
    answers = [turn for turn in state.turns if turn.kind != "reopened"]
    for number, turn in enumerate(answers, 1):
        yield _review(f"{REVIEW}{number}", turn, standing)
    if state.applied_at is not None and all(one.asked != state.applied_at for one in answers):
        waits: Standing = "counts" if state.state == "CLOSE_REQ" else "void"
        kind = f"{REVIEW}{len(answers) + 1}"
        yield Counted(
            kind, REVIEW, None, None, None, None, None,
            standing if standing == "apart" else waits, asked=state.applied_at,
        )  # fmt: skip
    again = [turn for turn in state.turns if turn.kind == "reopened"]
    for number, turn in enumerate(again, 1):
        word = "complained" if turn.complaint else "reopened"
        yield Counted(
            f"{REOPENING}{number}", REOPENING, None, None, turn.at, None, None, standing, word=word
        )


def _review(kind: str, turn: Turn, standing: Standing) -> Counted:
    """An answer; without a due instant (erased, or by an older client) it is in no rate."""
    verdict: VerdictWord | None = None
    if turn.due is not None:
        verdict = "late" if reached(turn.due, turn.at) else "on_time"
    word = RETURNED if turn.kind == "returned" else turn.mark
    return Counted(
        kind, REVIEW, turn.due, turn.due, turn.at, verdict, verdict, standing, word=word,
        asked=turn.asked, days=days_late(turn.due, turn.at) if turn.due else 0,
    )  # fmt: skip


def counts_as(one: Counted, period: Period, now: str, basis: Basis = "due") -> frozenset[str]:
    """The words of COUNTS that fit one clock or answered review; empty when it is outside.

    Expected: its due instant has come, or it was submitted before. Never submitted counts as late.
    """
    due = one.due if basis == "due" else one.promised
    verdict = one.verdict if basis == "due" else one.promised_verdict
    if due is None or not period.holds_due(due) or one.standing in ("void", "apart"):
        return frozenset()
    if one.standing == "paused":
        return frozenset({"paused"})
    if one.stopped_at is None:
        late = reached(due, now)
        return frozenset({"expected", "late", "missing"}) if late else frozenset()
    said = "on_time" if verdict == "on_time" else "late"
    return frozenset({"expected", "submitted", said})


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of each word of COUNTS."""

    counts: Counter[str]

    @property
    def completeness(self) -> float | None:
        """Submitted / expected, 0 to 1; None when nothing was expected."""
        return rate(self.counts["submitted"], self.counts["expected"])

    @property
    def timeliness(self) -> float | None:
        """On time / expected, 0 to 1; None when nothing was expected."""
        return rate(self.counts["on_time"], self.counts["expected"])


def tally(
    rows: Iterable[Counted], stage: str, period: Period, now: str, basis: Basis = "due"
) -> Tally:
    """Count one stage over a period."""
    found: Counter[str] = Counter()
    for one in rows:
        if one.stage == stage:
            found.update(counts_as(one, period, now, basis))
    return Tally(found)


def rate(part: int, whole: int) -> float | None:
    """A share with four decimals; None of nothing."""
    return round(part / whole, 4) if whole else None


def clearance_rate(cleared: int, registered: int, cancelled: int, merged: int) -> float | None:
    """Cleared / (registered - cancelled - merged), 0 to 1; None when nothing counts."""
    return rate(cleared, registered - cancelled - merged)
