"""What the events say by which ledgers are defined and campaigns are run, one schema per type.

States the form of `data` only. Never judges who may publish (node/domain/authority.py), nor reads a
value by a definition (node/domain/ledger.py). Follows docs/spec/10-13710-events.md, "Ledgers and
campaigns".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from schemas.fields import Choice, Flag, Part, Rows, Rule, Shape, Text, Whole
from schemas.rulebook import DATE, POLICY_VERSION
from schemas.terms import BOARDS, CODE, GRADES, MOST_VALUES, NODE, PLACE, By

TYPES: Final = ("money", "number", "date", "choice", "text")
NUMERIC: Final = ("money", "number")
TOTALS: Final = ("sum", "count", "rate")
GROUPS: Final = ("city", "month", "field")
MONEY: Final[Mapping[str, int]] = {"元": 2, "万元": 6, "亿元": 10}  # unit -> digits down to 分
LEDGER_VERSION: Final = rf"^({'|'.join(BOARDS)})/[0-9]{{1,6}}(\.[0-9]{{1,6}})?\Z"
CLASS: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}\Z"
MOST_TERRITORY: Final = 900  # with the rest it fits in one payload line


class LedgerField(Shape):
    """One field. Numeric: `unit`, and by how many digits its smallest unit lies below (`scale`)."""

    code = Text(32, CODE)
    zh = Text(50)
    en = Text(100)
    type = Choice(TYPES)
    unit = Text(20, optional=True)
    scale = Whole(0, 10, optional=True)
    required = Flag()
    cumulative = Flag()
    choices = Rows(Text(50), 200, optional=True)


class LedgerTotal(Shape):
    """One number over rows: a sum, a count of those that have the field, or a rate of two."""

    code = Text(32, CODE)
    zh = Text(50)
    en = Text(100)
    kind = Choice(TOTALS)
    field = Text(32, CODE, optional=True)
    of = Text(32, CODE, optional=True)


class LedgerGroup(Shape):
    """One way to part the rows: by city, by the month of a date, by a field's value."""

    code = Text(32, CODE)
    zh = Text(50)
    en = Text(100)
    by = Choice(GROUPS)
    field = Text(32, CODE, optional=True)


def _types(data: Any) -> dict[str, str]:
    return {one["code"]: one["type"] for one in data["fields"]}


def _unique(names: Iterable[str]) -> bool:
    found = list(names)
    return len(set(found)) == len(found)


def _codes(member: str) -> Rule:
    return Rule(member, "each code once", lambda data: _unique(one["code"] for one in data[member]))


def _numeric(data: Any) -> bool:
    return all((one["type"] in NUMERIC) == ("scale" in one) for one in data["fields"])


def _money(data: Any) -> bool:
    return all(
        MONEY.get(one.get("unit", "")) == one["scale"]
        for one in data["fields"]
        if one["type"] == "money"
    )


def _chosen(data: Any) -> bool:
    return all((one["type"] == "choice") == bool(one.get("choices")) for one in data["fields"])


def _grows(data: Any) -> bool:
    return all(one["type"] in NUMERIC for one in data["fields"] if one["cumulative"])


def _totals(data: Any) -> bool:
    types = _types(data)
    return all(_total(one, types) for one in data["totals"])


def _total(one: Mapping[str, Any], types: Mapping[str, str]) -> bool:
    field, of = one.get("field"), one.get("of")
    if (field is not None and field not in types) or (of is not None and of not in types):
        return False
    if one["kind"] == "count":
        return of is None
    if one["kind"] == "sum":
        return of is None and types.get(field or "") in NUMERIC
    if field is None or of is None:
        return field is not None
    return (types[field] in NUMERIC) == (types[of] in NUMERIC)


def _groups(data: Any) -> bool:
    types = _types(data)
    wanted = {"month": ("date",), "field": ("choice", "text")}
    return all(
        types.get(one.get("field", "")) in wanted[one["by"]]
        if one["by"] in wanted
        else "field" not in one
        for one in data["groups"]
    )


class LedgerPublished(Shape):
    """A board's ledger, whole, under a version that is never used again."""

    RULES = (
        Rule(
            "version",
            "the board, a slash and a number",
            lambda data: data["version"].startswith(data["board"] + "/"),
        ),
        *(_codes(name) for name in ("fields", "totals", "groups")),
        Rule("fields", "money and number have a scale, others none", _numeric),
        Rule("fields", f"money is counted in {', '.join(MONEY)}, down to 分", _money),
        Rule("fields", "a choice has choices, others none", _chosen),
        Rule("fields", "only numbers are cumulative", _grows),
        Rule("totals", "sums of numbers; counts; rates of two numbers or two counts", _totals),
        Rule("groups", "month of a date field, field of a choice or a text", _groups),
    )
    version = Text(64, LEDGER_VERSION)
    board = Choice(BOARDS)
    fields = Rows(Part(LedgerField), MOST_VALUES)  # type: ignore[assignment]  # its name on the wire
    totals = Rows(Part(LedgerTotal), 60)
    groups = Rows(Part(LedgerGroup), 20)
    by = Part(By)


class CampaignClass(Shape):
    """One class of a campaign's matters."""

    code = Text(32, CLASS)
    name = Text(50)


class Territory(Shape):
    """Which unit answers for a place."""

    region = Text(12, PLACE)
    unit = Text(32, NODE)


class Goal(Shape):
    """A milestone: the share (percent) of the matters to be cleared by the end of a date."""

    name = Text(100)
    date = Text(10, DATE)
    share = Whole(0, 100)


def _real(data: Any) -> bool:
    try:
        for text in (data["starts"], data["ends"], *(one["date"] for one in data["milestones"])):
            date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _within(data: Any) -> bool:
    return all(data["starts"] <= one["date"] <= data["ends"] for one in data["milestones"])


class CampaignPublished(Shape):
    """A campaign, whole: its classes, its hard end (a date, inclusive), who answers for what."""

    RULES = (
        Rule("ends", "every date is a day of the calendar", _real),
        Rule("ends", "not before starts", lambda data: bool(data["starts"] <= data["ends"])),
        Rule("milestones", "within starts and ends", _within),
        Rule("classes", "one at least", lambda data: bool(data["classes"])),
        _codes("classes"),
        Rule(
            "territory",
            "each region once",
            lambda data: _unique(one["region"].ljust(12, "0") for one in data["territory"]),
        ),
    )
    version = Text(64, POLICY_VERSION)
    title = Text(100)
    board = Choice(BOARDS)
    grade = Choice(GRADES)
    starts = Text(10, DATE)
    ends = Text(10, DATE)
    classes = Rows(Part(CampaignClass), 50)
    territory = Rows(Part(Territory), MOST_TERRITORY)
    milestones = Rows(Part(Goal), 50)
    by = Part(By)


LEDGERS: Final[dict[str, type[Shape]]] = {
    "duban.ledger.published": LedgerPublished,
    "duban.campaign.published": CampaignPublished,
}
