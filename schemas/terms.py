"""The words of 13710 that many forms share: boards, grades, marks, ids, instants, contacts, clocks.

States patterns, bounds and small shapes only. What an event says with them stands in matters.py and
assignments.py. Follows docs/spec/10-13710-events.md.
"""

from __future__ import annotations

from typing import Any, Final

from schemas.fields import PROSE, Choice, Pairs, Rule, Shape, Text, Whole

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


def node_id() -> Text:
    """A node's id."""
    return Text(32, NODE)


def instant(*, optional: bool = False) -> Text:
    """An instant, RFC 3339 in UTC."""
    return Text(24, INSTANT, optional=optional)


def prose(*, optional: bool = False) -> Text:
    """What a person wrote, of more than one line."""
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

    node = node_id()
    assignment = Text(80, ASSIGNMENT)


def _one_final(due: Any) -> bool:
    return sum(kind in due for kind in FINAL_CLOCKS) == 1


ONE_FINAL: Final = Rule("k7", "exactly one of k7 and km", _one_final)


class Due(Shape):
    """The due instants of a new assignment, each exclusive."""

    RULES = (ONE_FINAL,)
    k1 = instant()
    k3 = instant()
    k7 = instant(optional=True)
    km = instant(optional=True)


def dues(pattern: str = LAST_CLOCK) -> Pairs:
    """New due instants by clock."""
    return Pairs(pattern, instant(), 100)


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
