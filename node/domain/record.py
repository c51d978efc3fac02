"""The book of an assignment: what is known of it, as one record.

States shapes only, and reads of them; effects.py changes it. Follows
docs/spec/10-13710-events.md, "Assignments".
"""

from __future__ import annotations

import copy
from typing import Any, Final, Literal, Self

import msgspec

from node.domain.clocks import LAST, Clock
from node.domain.fold import Book
from node.domain.instants import order

PREFIX: Final = "duban.assignment."


class Turn(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer to an application for clearance, or a reopening."""

    kind: Literal["granted", "returned", "reopened"]
    at: str
    asked: str | None = None  # when clearance was applied for
    due: str | None = None  # when the answer was due, as the issuer states it
    mark: str | None = None
    complaint: bool = False  # whether a proved complaint is the reason


class AssignmentState(Book, kw_only=True, omit_defaults=True):
    """An assignment as its facts show it; texts are empty where a payload was erased."""

    matter: str
    no: str
    title: str
    board: str
    grade: str
    campaign: str | None
    class_: str | None = msgspec.field(name="class")
    kind: str  # lead or co
    parent: str | None  # the assignment of which this is a part
    part: bool  # given by an assignee, not by the matter's registrar
    issuer: str
    assignee: str
    lead: dict[str, str] | None  # for a co-handler: the lead's node and assignment
    cohandlers: list[str]
    issued_head: str
    t0: str
    due: dict[str, str]  # as it stands
    original_due: dict[str, str]  # as first promised
    policy: str
    calendar: str
    clocks: list[Clock]
    round: int = 1
    signed_at: str | None = None
    deployed_at: str | None = None
    leader: str | None = None
    responsible: str | None = None
    reports: int = 0
    last_report_text: str | None = None
    last_report_at: str | None = None
    applied_at: str | None = None  # the last application for clearance
    returns: int = 0
    mark: str | None = None
    closed_at: str | None = None
    struck: bool = False
    struck_at: str | None = None
    cancelled: bool = False
    cancelled_at: str | None = None
    urges: int = 0
    last_urged_at: str | None = None
    copies: int = 0
    last_copied_at: str | None = None
    instead: str | None = None  # the assignment of which this one takes the place
    refusals: int = 0  # requests to be relieved
    refusal: dict[str, str] | None = None  # the one that is open: grounds, proposed, at
    relieved_to: dict[str, str] | None = None
    extensions: int = 0  # requests for more time
    extension: dict[str, str] | None = None  # the one that is open: reason, until, at
    plan: dict[str, Any] | None = None  # the one that is open: solution, milestones, at
    pause_asked: dict[str, str] | None = None  # the last request: grounds, at, head
    pause_refused: list[str] = msgspec.field(default_factory=list)  # heads of requests
    paused_since: str | None = None
    earlier: list[dict[str, Any]] = msgspec.field(default_factory=list)  # rounds before this one
    complaints: int = 0
    late_reviews: int = 0
    ledger: dict[str, str] = msgspec.field(default_factory=dict)  # as reported, of each the last
    turns: list[Turn] = msgspec.field(default_factory=list)

    def twin(self) -> Self:
        """A copy that can be changed without changing this one."""
        found = super().twin()
        found.due = dict(self.due)
        found.clocks = [copy.copy(clock) for clock in self.clocks]
        return found

    @property
    def pause_pending(self) -> bool:
        """Whether a request for a pause waits for the registrar."""
        asked = self.pause_asked
        return asked is not None and asked["head"] not in self.pause_refused

    def clock(self, kind: str) -> Clock | None:
        """The clock of that kind; None when there is none."""
        return next((one for one in self.clocks if one.kind == kind), None)

    def last_clocks(self) -> list[Clock]:
        """Its last clocks that are open (of a plan: several), the latest due instant last."""
        found = [one for one in self.clocks if one.open and one.family in LAST]
        return sorted(found, key=lambda one: (order(one.due), one.kind))

    def applied_clocks(self) -> list[Clock]:
        """The last clocks that its latest application for clearance stopped."""
        at = self.applied_at
        return [one for one in self.clocks if one.stopped_at == at and one.family in LAST and at]

    def returned_clocks(self) -> list[Clock]:
        """The clocks that run on when the latest application is returned.

        Those that it stopped; where every milestone had been reported before, the last of them.
        """
        last = [one for one in self.clocks if one.stopped_at and one.family in LAST]
        latest = max(last, key=lambda one: (order(one.due), one.kind), default=None)
        return self.applied_clocks() or ([latest] if latest is not None and self.applied_at else [])
