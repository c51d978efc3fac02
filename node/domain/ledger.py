"""Values of a ledger: what each field accepts, how it is written down and shown, what a total is.

Decides by a definition's version. Amounts leave as whole numbers of the smallest unit (of money 分)
in decimal digits, so that nothing is rounded. Never asks who enters them. Follows
docs/spec/10-13710-events.md, "Ledgers and campaigns".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from node.domain.guards import DomainRefused
from schemas.ledgers import NUMERIC
from schemas.terms import MAX_VALUE

Definition = Mapping[str, Any]
Field = Mapping[str, Any]
MOST: Final = 10**15  # smallest units: 10,000,000,000,000 元 in 分
WHOLE: Final = re.compile(r"0|[1-9][0-9]{0,15}")


class BadValue(ValueError):
    """A value that its field doesn't take; `accepted` says what it takes."""

    def __init__(self, detail: str, accepted: str) -> None:
        super().__init__(detail)
        self.accepted = accepted


def field_of(definition: Definition, code: str) -> Field | None:
    """The field of that code; None when there is none."""
    return next((one for one in definition["fields"] if one["code"] == code), None)


def accepts(field: Field) -> str:
    """What a field takes, in words."""
    if field["type"] in NUMERIC:
        digits = f"up to {field['scale']} digits after the point" if field["scale"] else "whole"
        return f"a number from 0 in {field.get('unit', '')}, {digits}, as 1250"
    if field["type"] == "date":
        return "a date as 2026-03-02"
    if field["type"] == "choice":
        return "one of " + ", ".join(field["choices"])
    return f"one line of 1 to {MAX_VALUE} letters"


def read_value(field: Field, untrusted: Any) -> str:
    """A value as events hold it. Numbers come in the field's unit, dates as text or as a date.

    Raises BadValue.
    """
    if field["type"] in NUMERIC:
        found = _number(untrusted, field["scale"])
    elif field["type"] == "date":
        found = _date(untrusted)
    else:
        text = untrusted.strip() if isinstance(untrusted, str) else ""
        if not isinstance(untrusted, str) and isinstance(untrusted, int | float):
            text = str(untrusted)
        chosen = field["type"] == "text" or text in field["choices"]
        found = text if chosen and _line(text) else None
    if found is None:
        raise BadValue(f"{field['zh']} {field['code']}: {shown(untrusted)!r}", accepts(field))
    return found


def shown(value: Any) -> str:
    """A cell's or a member's value as a fault names it."""
    return "" if value is None else str(value)[:60]


def _line(text: str) -> bool:
    printable = all(letter >= " " and letter != "\x7f" for letter in text)
    return 0 < len(text) <= MAX_VALUE and printable


def _number(untrusted: Any, scale: int) -> str | None:
    if isinstance(untrusted, bool) or not isinstance(untrusted, int | float | str):
        return None
    text = repr(untrusted) if isinstance(untrusted, float) else str(untrusted).strip()
    if len(text) > 40 or not text.isascii() or "_" in text:
        return None
    try:
        given = Decimal(text)
    except InvalidOperation:
        return None
    if not given.is_finite() or given < 0 or given.adjusted() > 15:
        return None
    least = given.scaleb(scale)
    if least != least.to_integral_value() or least > MOST:
        return None
    return str(int(least))


def _date(untrusted: Any) -> str | None:
    if isinstance(untrusted, datetime):
        return untrusted.date().isoformat() if untrusted.time() == time.min else None
    if isinstance(untrusted, date):
        return untrusted.isoformat()
    text = untrusted.strip() if isinstance(untrusted, str) else ""
    try:
        return text if date.fromisoformat(text).isoformat() == text else None
    except ValueError:
        return None


def read_values(
    definition: Definition, untrusted: Mapping[str, Any], whole: bool
) -> dict[str, Any]:
    """What an event says under `ledger`. `whole`: every required field must be there.

    Refuses `bad-input`, naming the member: a field that isn't in the definition, a value that it
    doesn't take, what is missing.
    """
    version, values = definition["version"], dict[str, str]()
    for code, given in untrusted.items():
        field, where = field_of(definition, str(code)), f"ledger.{code}"
        if field is None:
            accepted = ", ".join(one["code"] for one in definition["fields"])
            raise DomainRefused("bad-input", f"{version} has no field {code}", accepted, where)
        try:
            values[str(code)] = read_value(field, given)
        except BadValue as bad:
            raise DomainRefused("bad-input", str(bad), bad.accepted, where) from None
    lacking = missing(definition, values) if whole else []
    if lacking:
        detail = f"{version} asks for {', '.join(lacking)}"
        raise DomainRefused("bad-input", detail, "something in each", f"ledger.{lacking[0]}")
    if not values:
        raise DomainRefused("bad-input", "no value", "one at least", "ledger")
    return {"version": version, "values": values}


def missing(definition: Definition, values: Mapping[str, Any]) -> list[str]:
    """The codes of required fields that have no value."""
    return [
        one["code"] for one in definition["fields"] if one["required"] and one["code"] not in values
    ]


def shrinking(
    definition: Definition, before: Mapping[str, str], now: Mapping[str, str]
) -> list[str]:
    """The codes of cumulative fields whose value would become less than it was."""
    return [
        one["code"]
        for one in definition["fields"]
        if one["cumulative"] and one["code"] in now and one["code"] in before
        if (number(now[one["code"]]) or 0) < (number(before[one["code"]]) or 0)
    ]


def number(value: str) -> int | None:
    """A value as a count of smallest units; None when it is no such count."""
    return int(value) if WHOLE.fullmatch(value) else None


def in_unit(field: Field, units: int | None) -> str | None:
    """Smallest units in the field's unit, as decimal digits without a rounding."""
    if units is None:
        return None
    scale = field.get("scale", 0)
    text = f"{Decimal(units).scaleb(-scale):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def effective(entered: Mapping[str, str], reported: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """A matter's values: what its lead reported stands over what the registrar entered.

    `reported`: by the lead's assignments, the first given first.
    """
    found = dict(entered)
    for values in reported:
        found |= values
    return found


def rate(numerator: int, denominator: int) -> float | None:
    """A rate to four digits; None over nothing."""
    return round(numerator / denominator, 4) if denominator else None


def changed(before: Definition, after: Definition) -> str | None:
    """The code of a field that is still there and would mean something else; None: none would."""
    for one in before["fields"]:
        other = field_of(after, one["code"])
        if other is not None and any(one.get(n) != other.get(n) for n in ("type", "scale")):
            return str(one["code"])
    return None
