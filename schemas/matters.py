"""What the 13710 events say: one schema per event type, in `MATTERS`.

States the form of `data` only. Never judges who may write it (node/domain/authority.py), nor when
(node/domain/machine.py). Follows docs/spec/10-13710-events.md.
"""

from __future__ import annotations

from typing import Any, Final

from schemas.fields import PROSE, Choice, Pairs, Part, Rows, Rule, Shape, Text, Whole

BOARDS: Final = (
    "daily",
    "key-work",
    "reform",
    "key-project",
    "technical-upgrade",
    "investment",
)
GRADES: Final = ("general", "major", "complex")
KINDS: Final = ("lead", "co")
MARKS: Final = ("excellent", "good", "pass")
LINKS: Final = ("follow-up", "follows", "related")
ROLES: Final = ("registrar", "supervisor", "head", "handler", "leader", "system")
FINAL_CLOCKS: Final = ("k7", "km")
CLOCKS: Final = ("k1", "k3", *FINAL_CLOCKS)

MAX_TITLE: Final = 200
MAX_PROSE: Final = 20_000
MAX_WARN: Final = 366 * 1440  # minutes

NODE: Final = r"^[a-z2-7]{32}\Z"
HASH: Final = r"^[0-9a-f]{64}\Z"
MATTER: Final = r"^matter:[a-z2-7]{32}:[a-z0-9]{8,26}\Z"
ASSIGNMENT: Final = r"^assignment:[a-z2-7]{32}:[a-z0-9]{8,26}\Z"
VERSIONED: Final = r"^[a-z][a-z0-9-]{0,31}/[0-9]{1,6}(\.[0-9]{1,6})?\Z"
INSTANT: Final = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{3})?Z\Z"
)
# A clock: of stage 1 or 3, the last one, or a plan's milestone; `.2` is its second round.
CLOCK: Final = r"^(k[137]|km|kp[1-9][0-9]?)(\.[2-9])?\Z"
LAST_CLOCK: Final = r"^(k7|km|kp[1-9][0-9]?)(\.[2-9])?\Z"
DAY: Final = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z"
PLACE: Final = r"^[0-9]{6,12}\Z"
CODE: Final = r"^[a-z][a-z0-9_]{0,31}\Z"
MOST_VALUES: Final = 60
MAX_VALUE: Final = 500


def _node() -> Text:
    return Text(32, NODE)


def _instant(*, optional: bool = False) -> Text:
    return Text(24, INSTANT, optional=optional)


def _prose(*, optional: bool = False) -> Text:
    return Text(MAX_PROSE, PROSE, optional=optional)


class By(Shape):
    """The person at the writer's node, as that node states it."""

    user = Text(64)
    role = Choice(ROLES)


class Contact(Shape):
    """Whom to call."""

    name = Text(100)
    phone = Text(50)


class Indicator(Shape):
    """What is to be reached, so that anyone can measure it."""

    name = Text(200)
    unit = Text(50)
    target = Text(200)
    evidence = Text(500, optional=True)


class Reading(Shape):
    """What an indicator has come to."""

    name = Text(200)
    value = Text(200)


class Attachment(Shape):
    """A file named by its hash; its bytes travel apart."""

    sha256 = Text(64, HASH)
    size = Whole()
    name = Text(255)
    type = Text(100)


class LeadRef(Shape):
    """The lead of the same matter: its node and its assignment."""

    node = _node()
    assignment = Text(80, ASSIGNMENT)


def _one_final(due: Any) -> bool:
    return sum(kind in due for kind in FINAL_CLOCKS) == 1


ONE_FINAL: Final = Rule("k7", "exactly one of k7 and km", _one_final)


class Due(Shape):
    """The due instants of a new assignment, each exclusive."""

    RULES = (ONE_FINAL,)
    k1 = _instant()
    k3 = _instant()
    k7 = _instant(optional=True)
    km = _instant(optional=True)


def _dues(pattern: str = LAST_CLOCK) -> Pairs:
    """New due instants by clock."""
    return Pairs(pattern, _instant(), 100)


class Warned(Shape):
    """How many minutes before its due instant a clock turns yellow."""

    k1 = Whole(0, MAX_WARN, optional=True)
    k3 = Whole(0, MAX_WARN, optional=True)
    k7 = Whole(0, MAX_WARN, optional=True)
    km = Whole(0, MAX_WARN, optional=True)


class Entered(Shape):
    """Values of a board's ledger, by the definition's version; amounts in the smallest unit."""

    version = Text(64, VERSIONED)
    values = Pairs(CODE, Text(MAX_VALUE), MOST_VALUES)


class Registered(Shape):
    """A matter enters the books under its number."""

    no = Text(100)
    title = Text(MAX_TITLE)
    board = Choice(BOARDS)
    grade = Choice(GRADES)
    content = _prose()
    source = Text(200)
    basis = Text(500)
    weight = Text(2000, PROSE, optional=True)
    indicators = Rows(Part(Indicator), 50)
    responsible = Text(100)
    head = Text(100)
    contact = Part(Contact)
    region = Text(12, PLACE, optional=True)
    campaign = Text(100, optional=True)
    class_ = Text(100, key="class", optional=True)
    ledger = Part(Entered, optional=True)
    by = Part(By)


class Valued(Shape):
    """The registrar enters or corrects values of the ledger; changes no state."""

    ledger = Part(Entered)
    by = Part(By)


class Struck(Shape):
    """The registrar closes the book on a matter."""

    result = _prose()
    by = Part(By)


class Cancelled(Shape):
    """The registrar takes a matter back."""

    grounds = _prose()
    by = Part(By)


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
    content = _prose()
    indicators = Rows(Part(Indicator), 50)
    kind = Choice(KINDS)
    parent = Text(80, ASSIGNMENT, null=True)
    assignee = _node()
    lead = Part(LeadRef, null=True)
    cohandlers = Rows(_node(), 500)
    t0 = _instant()
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
    measures = _prose()
    by = Part(By)


class Reported(Shape):
    """How far it has come."""

    text = _prose()
    indicators = Rows(Part(Reading), 50)
    attachments = Rows(Part(Attachment), 50, optional=True)
    milestone = Text(8, LAST_CLOCK, optional=True)
    ledger = Part(Entered, optional=True)
    by = Part(By)


class ClearanceApplied(Shape):
    """The assignee holds it for done."""

    text = _prose()
    indicators = Rows(Part(Reading), 50)
    by = Part(By)


class Granted(Shape):
    """The issuer agrees, with a mark."""

    mark = Choice(MARKS)
    remark = Text(2000, PROSE, optional=True)
    review_due = _instant(optional=True)
    by = Part(By)


class Returned(Shape):
    """The issuer sends it back; the remainder of the clock runs on to `due`."""

    reason = _prose()
    due = _dues()
    review_due = _instant(optional=True)
    by = Part(By)


class AssignmentStruck(Shape):
    """A strike-off, repeated down."""

    matter = Text(80, MATTER)
    repeats = Text(64, HASH, null=True)
    by = Part(By, optional=True)


class AssignmentCancelled(Shape):
    """A cancellation, the issuer's own (`repeats` null) or repeated down."""

    matter = Text(80, MATTER)
    grounds = _prose()
    repeats = Text(64, HASH, null=True)
    by = Part(By, optional=True)


class Merged(Shape):
    """A matter goes on as another one: ended, and outside all statistics."""

    into = Text(80, MATTER)
    grounds = _prose()
    by = Part(By)


class Linked(Shape):
    """A matter belongs with another one; changes no state."""

    to = Text(80, MATTER)
    kind = Choice(LINKS)
    by = Part(By)


class Listed(Shape):
    """A matter is put under the leaders' eyes (挂牌督办), or taken off; changes no state."""

    listed = Choice(("on", "off"))
    grounds = _prose()
    by = Part(By)


class MatterPaused(Shape):
    """The registrar grants a pause, from the instant of the request on."""

    assignment = Text(80, ASSIGNMENT)
    asked = Text(64, HASH)
    since = _instant()
    grounds = _prose()
    by = Part(By)


class MatterResumed(Shape):
    """The pause is over, at the instant `at`."""

    at = _instant()
    by = Part(By)


class Refused(Shape):
    """The assignee asks to be relieved, as the matter isn't its business."""

    grounds = _prose()
    proposed = Text(200)
    by = Part(By)


class Relieved(Shape):
    """The issuer agrees: another unit gets an assignment of its own."""

    to = Part(LeadRef)
    by = Part(By)


class Upheld(Shape):
    """The issuer doesn't agree: the assignment stays where it is."""

    reason = _prose()
    by = Part(By)


class Regrouped(Shape):
    """Who leads and who may copy to the lead, from now on."""

    lead = Part(LeadRef, null=True)
    cohandlers = Rows(_node(), 500)
    by = Part(By)


class ExtensionAsked(Shape):
    """The assignee asks for more time; moves nothing."""

    reason = _prose()
    until = Text(10, DAY)
    by = Part(By)


class Extended(Shape):
    """The issuer gives more time; the first due instant is kept beside."""

    due = _dues()
    by = Part(By)


class Said(Shape):
    """A no, with its reason."""

    reason = _prose()
    by = Part(By)


class Proposed(Shape):
    """A milestone that the assignee offers."""

    name = Text(200)
    date = Text(10, DAY)


class Milestone(Shape):
    """A milestone that the issuer has set, its clock, and when it is due (exclusive)."""

    clock = Text(8, r"^kp[1-9][0-9]?(\.[2-9])?\Z")
    name = Text(200)
    due = _instant()


def _some(member: str) -> Rule:
    return Rule(member, "one at least: never an open end", lambda data: bool(data[member]))


class PlanAsked(Shape):
    """What can't be solved in time: how it will be, step by step, each with its date."""

    RULES = (_some("milestones"),)
    solution = _prose()
    milestones = Rows(Part(Proposed), 50)
    by = Part(By)


class Hung(Shape):
    """The issuer puts a plan in the last clock's place."""

    RULES = (_some("milestones"),)
    milestones = Rows(Part(Milestone), 50)
    by = Part(By)


class Restored(Shape):
    """Back from the plan to ordinary handling; its milestones go on."""

    reason = _prose()
    by = Part(By)


class Reopened(Shape):
    """A cleared assignment is taken up again: a round with a clock of its own."""

    reason = _prose()
    complaint = Text(500, optional=True)
    due = _dues()
    by = Part(By)


class PauseAsked(Shape):
    """The assignee asks for a pause; pauses nothing."""

    grounds = _prose()
    by = Part(By)


class PauseRefused(Shape):
    """A request for a pause (its head: `of`) is refused; changes no state."""

    of = Text(64, HASH)
    reason = _prose()
    by = Part(By)


class Paused(Shape):
    """A pause of the matter, repeated down."""

    matter = Text(80, MATTER)
    since = _instant()
    repeats = Text(64, HASH, null=True)
    by = Part(By, optional=True)


class Resumed(Shape):
    """The end of a pause, repeated down, with the due instants that the issuer signs."""

    matter = Text(80, MATTER)
    at = _instant()
    due = Pairs(LAST_CLOCK, _instant(), 100, least=0)
    repeats = Text(64, HASH, null=True)
    by = Part(By, optional=True)


class Ruled(Shape):
    """When something was submitted, whatever its header says: the node's finding or a person's.

    `of` is the head of the event that stopped the clock, `stated` its header's time.
    """

    clock = Text(8, CLOCK)
    of = Text(64, HASH)
    stated = _instant()
    submitted = _instant()
    reason = _prose(optional=True)
    by = Part(By, optional=True)


class Redated(Shape):
    """A changed calendar moves open clocks; recorded breaches stay."""

    due = _dues(CLOCK)
    calendar = Text(64, VERSIONED)
    policy = Text(64, VERSIONED, optional=True)
    provisional = Rows(Text(16, CLOCK), 100, optional=True)
    reason = _prose()
    by = Part(By)


class Urged(Shape):
    """A superior asks for haste; changes no state."""

    text = _prose()
    by = Part(By)


class Copied(Shape):
    """A co-handler tells the lead; changes no state."""

    of = Text(80, ASSIGNMENT)
    text = _prose()
    indicators = Rows(Part(Reading), 50)
    by = Part(By)


MATTERS: Final[dict[str, type[Shape]]] = {
    "duban.matter.registered": Registered,
    "duban.matter.struck": Struck,
    "duban.matter.cancelled": Cancelled,
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
    "duban.matter.merged": Merged,
    "duban.matter.linked": Linked,
    "duban.matter.listed": Listed,
    "duban.matter.valued": Valued,
    "duban.matter.paused": MatterPaused,
    "duban.matter.resumed": MatterResumed,
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
