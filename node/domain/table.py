"""A calendar's table as somebody hands it in: read row by row, all or nothing.

Decides whether each row says a date, what that date is and what it is called, and lays the rows
over what was known of the years before. Never opens a file, never publishes. Follows
docs/spec/10-13710-events.md, "Calendars and policies".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from node.domain.guards import DomainRefused

COLUMNS: Final = ("date", "kind", "name")
KINDS: Final = ("holiday", "workday")
MOST_ROWS: Final = 3000
MOST_NAME: Final = 50
SHOWN: Final = 20  # faults that are told in words; `faults` has all

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell. Rows count from 1, the heading not counted."""

    row: int
    column: str
    value: str
    accepted: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.value!r}; accepted: {self.accepted}"


class TableRefused(DomainRefused):
    """A table's no, `bad-input`: nothing of it was taken. `faults`: every cell at fault."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        told = "; ".join(str(one) for one in faults[:SHOWN])
        more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        first = faults[0]
        where = f"rows[{first.row - 1}].{first.column}"
        super().__init__("bad-input", f"{len(faults)} faults: {told}{more}", first.accepted, where)
        self.faults = [
            {"row": one.row, "column": one.column, "value": one.value, "accepted": one.accepted}
            for one in faults
        ]


def read_csv(untrusted: str) -> list[Row]:
    """The rows of a CSV text with the heading date,kind,name (name may be left out).

    Raises TableRefused for a heading that lacks a column.
    """
    reader = csv.DictReader(io.StringIO(untrusted.removeprefix("\ufeff"), newline=""), strict=True)
    heading = [(name or "").strip() for name in reader.fieldnames or ()]
    reader.fieldnames = heading
    lacking = [name for name in COLUMNS[:2] if name not in heading]
    if lacking:
        raise TableRefused([Fault(0, lacking[0], ",".join(heading), ",".join(COLUMNS))])
    try:
        return [{name: row[name] for name in COLUMNS if name in row} for row in reader]
    except csv.Error as error:
        broken = Fault(reader.line_num - 1, "date", str(error), "CSV, RFC 4180")
        raise TableRefused([broken]) from None


def check_rows(
    untrusted: Sequence[Any], covered_from: date, covered_until: date
) -> tuple[dict[date, str], dict[date, str]]:
    """Holidays and make-up workdays with their names. Raises TableRefused with every fault.

    A date lies between the two dates, stands once, and a workday is a Saturday or a Sunday.
    """
    if not 1 <= len(untrusted) <= MOST_ROWS:
        raise TableRefused([Fault(1, "rows", str(len(untrusted)), f"1 to {MOST_ROWS} rows")])
    found: dict[str, dict[date, str]] = {kind: {} for kind in KINDS}
    faults: list[Fault] = []
    seen: dict[date, int] = {}
    for number, row in enumerate(untrusted, 1):
        if not isinstance(row, Mapping):
            faults.append(Fault(number, "row", _shown(row), '{"date","kind","name"}'))
            continue
        wrong, day = _row(number, row, (covered_from, covered_until))
        if day is not None and day in seen:
            wrong.append(Fault(number, "date", str(day), f"each date once; row {seen[day]} has it"))
        if wrong or day is None:
            faults += wrong
            continue
        seen[day] = number
        found[str(row["kind"]).strip()][day] = str(row.get("name") or "").strip()
    if faults:
        raise TableRefused(faults)
    return found["holiday"], found["workday"]


def _row(number: int, row: Row, covered: tuple[date, date]) -> tuple[list[Fault], date | None]:
    """The faults of one row, and its date if that is one."""
    faults = []
    day, kind = _day(row.get("date")), str(row.get("kind") or "").strip()
    if day is None:
        faults.append(Fault(number, "date", _shown(row.get("date")), "a date as 2027-02-06"))
    elif not covered[0] <= day <= covered[1]:
        faults.append(Fault(number, "date", str(day), f"{covered[0]} to {covered[1]}"))
    if kind not in KINDS:
        faults.append(Fault(number, "kind", _shown(row.get("kind")), " or ".join(KINDS)))
    elif day is not None and kind == "workday" and day.weekday() < 5:
        accepted = "workday for a Saturday or a Sunday that is made up"
        faults.append(Fault(number, "kind", f"workday on a {day:%A}", accepted))
    name = row.get("name")
    text = "" if name is None else name
    if not isinstance(text, str) or len(text.strip()) > MOST_NAME or not _printable(text):
        faults.append(Fault(number, "name", _shown(name), f"one line of up to {MOST_NAME} letters"))
    return faults, day


def _day(value: Any) -> date | None:
    """The date that a cell says, written as 2027-02-06 and in no other way."""
    text = value.strip() if isinstance(value, str) else ""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


def _printable(text: str) -> bool:
    return all(letter >= " " and letter != "\x7f" for letter in text)


def _shown(value: Any) -> str:
    return "" if value is None else str(value)[:60]


def overlay(
    known: Iterable[Mapping[str, Any]], fresh: Mapping[date, str], since: date, until: date
) -> list[dict[str, Any]]:
    """Published days: of `known` those from `since` up to before `until`, then all of `fresh`."""
    kept = [dict(one) for one in known if since.isoformat() <= one["date"] < until.isoformat()]
    new = [
        {"date": day.isoformat(), "name": name} if name else {"date": day.isoformat()}
        for day, name in sorted(fresh.items())
    ]
    return sorted([*kept, *new], key=lambda one: str(one["date"]))
