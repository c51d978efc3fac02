"""What is before a matter's registration: sources, weights, and the events of drafts.

States the form of `data` only; these events stay in their node's `own` stream. Never judges who may
write them (node/domain/triage.py) nor whether a draft is good enough (commands/gate.py). Follows
docs/spec/10-13710-events.md, "Drafts".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from schemas.fields import PROSE, Choice, Pairs, Part, Rows, Rule, Shape, Text, Whole
from schemas.terms import (
    BOARDS,
    CODE,
    GRADES,
    HASH,
    INSTANT,
    MATTER,
    MAX_PROSE,
    MAX_TITLE,
    MAX_VALUE,
    MOST_VALUES,
    PLACE,
    ROLES,
    VERSIONED,
    Contact,
    Indicator,
)

# Where a matter may come from: the code, and what people read.
SOURCES: Final[Mapping[str, str]] = {
    "enterprise": "企业端口",
    "leader": "领导批示",
    "meeting": "会议议定",
    "work-report": "政府工作报告",
    "proposal": "建议提案",
    "hotline": "热线与网络留言",
    "subordinate": "下级请示",
    "domain": "其他督办系统",
    "import": "Excel导入",
    "api": "接口接入",
}
# How much a matter weighs: criterion -> its options, the lightest first. Points and the axes they
# count on are in node/domain/commands/weighing.py.
CRITERIA: Final[Mapping[str, tuple[str, ...]]] = {
    "scope": ("one", "several", "township", "county", "city"),
    "people": ("few", "tens", "hundreds", "thousands"),
    "money": ("none", "small", "middle", "large"),
    "instruction": ("none", "county", "city", "province"),
    "livelihood": ("no", "indirect", "direct"),
    "deadline": ("none", "month", "week", "days"),
    "danger": ("none", "possible", "present"),
}
WEIGHTS: Final = ("big", "key", "urgent")
STARS: Final = ("1", "2", "3", "4", "5")
FINDINGS: Final = ("proved", "unfounded")
LOCAL_ROLES: Final = (*ROLES, "enterprise")

MAX_LEAD: Final = 5_000  # each of situation, demand, difficulty: three fit into one payload
# GB 32100: 18 characters, no I O S V Z; the place code in the middle is digits.
USCC: Final = r"^[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}\Z"
DAY: Final = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z"
TARGET: Final = r"^(matter|draft):[a-z2-7]{32}:[a-z0-9]{8,26}\Z"
RECEIPT: Final = r"^[0-9]{8}-[0-9]{4,9}\Z"


class LocalBy(Shape):
    """The person at this node, who may be an enterprise's."""

    user = Text(64)
    role = Choice(LOCAL_ROLES)


class Applicant(Shape):
    """Who asks, and how to reach them."""

    name = Text(200)
    uscc = Text(18, USCC, optional=True)
    contact = Text(100, optional=True)
    phone = Text(50, optional=True)


class Scores(Shape):
    """The option chosen for each criterion."""

    scope = Choice(CRITERIA["scope"], optional=True)
    people = Choice(CRITERIA["people"], optional=True)
    money = Choice(CRITERIA["money"], optional=True)
    instruction = Choice(CRITERIA["instruction"], optional=True)
    livelihood = Choice(CRITERIA["livelihood"], optional=True)
    deadline = Choice(CRITERIA["deadline"], optional=True)
    danger = Choice(CRITERIA["danger"], optional=True)


def _firm_named(data: Any) -> bool:
    return data["source"] != "enterprise" or "uscc" in data.get("applicant", {})


class Submitted(Shape):
    """Somebody asks; a receipt is given."""

    RULES = (Rule("applicant", "an enterprise says who it is, with its code", _firm_named),)
    receipt = Text(24, RECEIPT)
    track = Text(64, HASH)
    source = Choice(tuple(SOURCES))
    title = Text(MAX_TITLE, optional=True)
    situation = Text(MAX_LEAD, PROSE)
    demand = Text(MAX_LEAD, PROSE)
    difficulty = Text(MAX_LEAD, PROSE)
    applicant = Part(Applicant, optional=True)
    region = Text(12, PLACE, optional=True)
    unit = Text(200, optional=True)
    since = Text(10, DAY, optional=True)
    due = Text(24, INSTANT)
    policy = Text(64, VERSIONED)
    calendar = Text(64, VERSIONED)
    by = Part(LocalBy)


class Said(Shape):
    """What a draft may say; all of it may still be missing."""

    source = Choice(tuple(SOURCES), optional=True)
    basis = Text(500, optional=True)
    title = Text(MAX_TITLE, optional=True)
    board = Choice(BOARDS, optional=True)
    grade = Choice(GRADES, optional=True)
    content = Text(MAX_PROSE, PROSE, optional=True)
    weight = Text(2000, PROSE, optional=True)
    scores = Part(Scores, optional=True)
    indicators = Rows(Part(Indicator), 50, optional=True)
    solution = Text(MAX_LEAD, PROSE, optional=True)
    lead = Text(200, optional=True)  # a unit's id, or its name
    responsible = Text(100, optional=True)
    head = Text(100, optional=True)
    contact = Part(Contact, optional=True)
    region = Text(12, PLACE, optional=True)
    unit = Text(200, optional=True)
    since = Text(10, DAY, optional=True)
    campaign = Text(100, optional=True)
    class_ = Text(100, key="class", optional=True)
    # as typed, in the fields' units: read by the definition in force when it is registered
    ledger = Pairs(CODE, Text(MAX_VALUE), MOST_VALUES, optional=True)


class Drafted(Said):
    """A registrar takes it up, or starts one: source and basis are stated."""

    source = Choice(tuple(SOURCES))
    basis = Text(500)
    by = Part(LocalBy)


class Edited(Said):
    """Members said anew; those not named stay."""

    by = Part(LocalBy)


class Declined(Shape):
    """Not taken up, or passed on to whoever is competent (`to`); the reason is told."""

    reason = Text(2000, PROSE)
    to = Text(200, optional=True)
    by = Part(LocalBy)


class Proposed(Shape):
    """Good enough to be decided on: its points, and how what was remarked was dealt with."""

    points = Whole()
    weights = Rows(Choice(WEIGHTS), len(WEIGHTS))
    answer = Text(2000, PROSE, optional=True)
    by = Part(LocalBy)


class Approved(Shape):
    """It became this matter; `promised`: when a result is due if it were given out now."""

    matter = Text(80, MATTER)
    no = Text(100)
    promised = Text(24, INSTANT)
    by = Part(LocalBy)


class Rejected(Shape):
    """It becomes no matter, for this reason."""

    reason = Text(2000, PROSE)
    by = Part(LocalBy)


class Merged(Shape):
    """The same as another draft or matter, which goes on for both."""

    into = Text(80, TARGET)
    reason = Text(2000, PROSE)
    by = Part(LocalBy)


class Rated(Shape):
    """What the applicant thinks of the result; the last one counts."""

    score = Choice(STARS)
    remark = Text(2000, PROSE, optional=True)
    by = Part(LocalBy)


class Complained(Shape):
    """The applicant says that the result is none."""

    text = Text(MAX_LEAD, PROSE)
    by = Part(LocalBy)


class ComplaintJudged(Shape):
    """Whether a complaint (named by its head) was found to be true."""

    complaint = Text(64, HASH)
    finding = Choice(FINDINGS)
    grounds = Text(2000, PROSE)
    by = Part(LocalBy)


DRAFTS: Final[dict[str, type[Shape]]] = {
    "duban.draft.submitted": Submitted,
    "duban.draft.drafted": Drafted,
    "duban.draft.edited": Edited,
    "duban.draft.declined": Declined,
    "duban.draft.proposed": Proposed,
    "duban.draft.approved": Approved,
    "duban.draft.rejected": Rejected,
    "duban.draft.merged": Merged,
    "duban.draft.rated": Rated,
    "duban.draft.complained": Complained,
    "duban.draft.complaint_judged": ComplaintJudged,
}
