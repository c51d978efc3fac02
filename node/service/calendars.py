"""Which dates are working days in China, as the domain's calendar table.

From `chinesecalendar`, as far as it goes; the domain takes weekends alone beyond that, marked
provisional (domain rule 6). What the root publishes counts before it (rulebook.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from chinese_calendar import constants

from node.domain.calendar import Calendar


@lru_cache(maxsize=1)
def national() -> Calendar:
    """The national calendar that the library knows."""
    first, last = (edge(one.year for one in constants.holidays) for edge in (min, max))
    return Calendar(
        version=f"cn/{last}",
        covered_from=date(first, 1, 1),
        covered_until=date(last, 12, 31),
        holidays=frozenset(constants.holidays),
        workdays=frozenset(constants.workdays),
    )


def library() -> dict[str, Any]:
    """The library's calendar as a publication would state it."""
    known = national()
    return {
        "version": known.version,
        "covered_from": known.covered_from.isoformat(),
        "covered_until": known.covered_until.isoformat(),
        "holidays": _days(constants.holidays),
        "workdays": _days(constants.workdays),
    }


def _days(named: Mapping[date, str]) -> list[dict[str, Any]]:
    return [{"date": day.isoformat(), "name": str(name)} for day, name in sorted(named.items())]
