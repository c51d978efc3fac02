"""What the events about an assignment say: one schema per event type, in `ASSIGNMENTS`.

States the form of `data` only. Never judges who may write it (node/domain/authority.py), nor when
(node/domain/machine.py). Follows docs/spec/10-13710-events.md, "Assignments".
"""

from __future__ import annotations

from typing import Any, Final

from schemas.fields import PROSE, Choice, Pairs, Part, Rows, Rule, Shape, Text
from schemas.terms import (
    ASSIGNMENT,
    BOARDS,
    CLOCK,
    CLOCKS,
    DAY,
    GRADES,
    HASH,
    KINDS,
    LAST_CLOCK,
    MARKS,
    MATTER,
    MAX_TITLE,
    VERSIONED,
    Attachment,
    By,
    Contact,
    Due,
    Entered,
    Indicator,
    LeadRef,
    Reading,
    Warned,
    dues,
    instant,
    node_id,
    prose,
)


def _lead_named(data: Any) -> bool:
    return bool((data["kind"] == "co") == (data["lead"] is not None))


def _alone(data: Any) -> bool:
    return bool(data["kind"] == "lead" or not data["cohandlers"])


def _clock_fits(data: Any) -> bool:
    return bool((data["grade"] == "general") == ("k7" in data["due"]))


class Issued(Shape):
    """A matter, or a part of one, is given by one node to another."""

    RULES = (
        Rule("lead", "a co-handler's assignment names the lead, the lead's none", _lead_named),
        Rule("cohandlers", "only the lead's assignment lists co-handlers", _alone),
        Rule("due", "a general matter has k7, a major or complex one km", _clock_fits),
    )
    matter = Text(80, MATTER)
    no = Text(100)
    title = Text(MAX_TITLE)
    board = Choice(BOARDS)
    grade = Choice(GRADES)
    content = prose()
    indicators = Rows(Part(Indicator), 50)
    kind = Choice(KINDS)
    parent = Text(80, ASSIGNMENT, null=True)
    assignee = node_id()
    lead = Part(LeadRef, null=True)
    cohandlers = Rows(node_id(), 500)
    t0 = instant()
    due = Part(Due)
    policy = Text(64, VERSIONED)
    calendar = Text(64, VERSIONED)
    warn = Part(Warned, optional=True)
    provisional = Rows(Choice(CLOCKS), len(CLOCKS), optional=True)
    instead = Text(80, ASSIGNMENT, optional=True)
    campaign = Text(100, optional=True)
    class_ = Text(100, key="class", optional=True)
    by = Part(By)


class Signed(Shape):
    """The assignee has it in hand; no clock starts or stops."""

    by = Part(By)


class Deployed(Shape):
    """Who leads, who does it, whom to call, by which measures."""

    leader = Text(100)
    responsible = Text(100)
    contact = Part(Contact)
    measures = prose()
    by = Part(By)


class Reported(Shape):
    """How far it has come."""

    text = prose()
    indicators = Rows(Part(Reading), 50)
    attachments = Rows(Part(Attachment), 50, optional=True)
    milestone = Text(8, LAST_CLOCK, optional=True)
    ledger = Part(Entered, optional=True)
    by = Part(By)


class ClearanceApplied(Shape):
    """The assignee holds it for done."""

    text = prose()
    indicators = Rows(Part(Reading), 50)
    by = Part(By)


class Granted(Shape):
    """The issuer agrees, with a mark."""

    mark = Choice(MARKS)
    remark = Text(2000, PROSE, optional=True)
    review_due = instant(optional=True)
    by = Part(By)


class Returned(Shape):
    """The issuer sends it back; the remainder of the clock runs on to `due`."""

    reason = prose()
    due = dues()
    review_due = instant(optional=True)
    by = Part(By)


class AssignmentStruck(Shape):
    """A strike-off, repeated down."""

    matter = Text(80, MATTER)
    repeats = Text(64, HASH, null=True)
    by = Part(By, optional=True)


class AssignmentCancelled(Shape):
    """A cancellation, the issuer's own (`repeats` null) or repeated down."""

    matter = Text(80, MATTER)
    grounds = prose()
    repeats = Text(64, HASH, null=True)
    by = Part(By, optional=True)


class Refused(Shape):
    """The assignee asks to be relieved, as the matter isn't its business."""

    grounds = prose()
    proposed = Text(200)
    by = Part(By)


class Relieved(Shape):
    """The issuer agrees: another unit gets an assignment of its own."""

    to = Part(LeadRef)
    by = Part(By)


class Upheld(Shape):
    """The issuer doesn't agree: the assignment stays where it is."""

    reason = prose()
    by = Part(By)


class Regrouped(Shape):
    """Who leads and who may copy to the lead, from now on."""

    lead = Part(LeadRef, null=True)
    cohandlers = Rows(node_id(), 500)
    by = Part(By)


class ExtensionAsked(Shape):
    """The assignee asks for more time; moves nothing."""

    reason = prose()
    until = Text(10, DAY)
    by = Part(By)


class Extended(Shape):
    """The issuer gives more time; the first due instant is kept beside."""

    due = dues()
    by = Part(By)


class Said(Shape):
    """A no, with its reason."""

    reason = prose()
    by = Part(By)


class Proposed(Shape):
    """A milestone that the assignee offers."""

    name = Text(200)
    date = Text(10, DAY)


class Milestone(Shape):
    """A milestone that the issuer has set, its clock, and when it is due (exclusive)."""

    clock = Text(8, r"^kp[1-9][0-9]?(\.[2-9])?\Z")
    name = Text(200)
    due = instant()


def _some(member: str) -> Rule:
    return Rule(member, "one at least: never an open end", lambda data: bool(data[member]))


class PlanAsked(Shape):
    """What can't be solved in time: how it will be, step by step, each with its date."""

    RULES = (_some("milestones"),)
    solution = prose()
    milestones = Rows(Part(Proposed), 50)
    by = Part(By)


class Hung(Shape):
    """The issuer puts a plan in the last clock's place."""

    RULES = (_some("milestones"),)
    milestones = Rows(Part(Milestone), 50)
    by = Part(By)


class Restored(Shape):
    """Back from the plan to ordinary handling; its milestones go on."""

    reason = prose()
    by = Part(By)


class Reopened(Shape):
    """A cleared assignment is taken up again: a round with a clock of its own."""

    reason = prose()
    complaint = Text(500, optional=True)
    due = dues()
    by = Part(By)


class PauseAsked(Shape):
    """The assignee asks for a pause; pauses nothing."""

    grounds = prose()
    by = Part(By)


class PauseRefused(Shape):
    """A request for a pause (its head: `of`) is refused; changes no state."""

    of = Text(64, HASH)
    reason = prose()
    by = Part(By)


class Paused(Shape):
    """A pause of the matter, repeated down."""

    matter = Text(80, MATTER)
    since = instant()
    repeats = Text(64, HASH, null=True)
    by = Part(By, optional=True)


class Resumed(Shape):
    """The end of a pause, repeated down, with the due instants that the issuer signs."""

    matter = Text(80, MATTER)
    at = instant()
    due = Pairs(LAST_CLOCK, instant(), 100, least=0)
    repeats = Text(64, HASH, null=True)
    by = Part(By, optional=True)


class Ruled(Shape):
    """When something was submitted, whatever its header says: the node's finding or a person's.

    `of` is the head of the event that stopped the clock, `stated` its header's time.
    """

    clock = Text(8, CLOCK)
    of = Text(64, HASH)
    stated = instant()
    submitted = instant()
    reason = prose(optional=True)
    by = Part(By, optional=True)


class Redated(Shape):
    """A changed calendar moves open clocks; recorded breaches stay."""

    due = dues(CLOCK)
    calendar = Text(64, VERSIONED)
    policy = Text(64, VERSIONED, optional=True)
    provisional = Rows(Text(16, CLOCK), 100, optional=True)
    reason = prose()
    by = Part(By)


class Urged(Shape):
    """A superior asks for haste; changes no state."""

    text = prose()
    by = Part(By)


class Copied(Shape):
    """A co-handler tells the lead; changes no state."""

    of = Text(80, ASSIGNMENT)
    text = prose()
    indicators = Rows(Part(Reading), 50)
    by = Part(By)


ASSIGNMENTS: Final[dict[str, type[Shape]]] = {
    "duban.assignment.issued": Issued,
    "duban.assignment.signed": Signed,
    "duban.assignment.deployed": Deployed,
    "duban.assignment.reported": Reported,
    "duban.assignment.clearance_applied": ClearanceApplied,
    "duban.assignment.granted": Granted,
    "duban.assignment.returned": Returned,
    "duban.assignment.struck": AssignmentStruck,
    "duban.assignment.cancelled": AssignmentCancelled,
    "duban.assignment.urged": Urged,
    "duban.assignment.copied": Copied,
    "duban.assignment.refused": Refused,
    "duban.assignment.relieved": Relieved,
    "duban.assignment.upheld": Upheld,
    "duban.assignment.regrouped": Regrouped,
    "duban.assignment.extension_asked": ExtensionAsked,
    "duban.assignment.extended": Extended,
    "duban.assignment.extension_refused": Said,
    "duban.assignment.plan_asked": PlanAsked,
    "duban.assignment.hung": Hung,
    "duban.assignment.plan_refused": Said,
    "duban.assignment.restored": Restored,
    "duban.assignment.reopened": Reopened,
    "duban.assignment.pause_asked": PauseAsked,
    "duban.assignment.pause_refused": PauseRefused,
    "duban.assignment.paused": Paused,
    "duban.assignment.resumed": Resumed,
    "duban.assignment.ruled": Ruled,
    "duban.assignment.redated": Redated,
}
