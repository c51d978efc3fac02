"""Which dates are working days in China, as the domain's calendar table.

From `chinesecalendar`, as far as it goes; the domain takes weekends alone beyond that, marked
provisional (domain rule 6).
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from chinese_calendar import constants

from node.domain.calendar import Calendar


@lru_cache(maxsize=1)
def national() -> Calendar:
    """The national calendar that the library knows."""
    last = max(one.year for one in constants.holidays)
    return Calendar(
        version=f"cn/{last}",
        covered_until=date(last, 12, 31),
        holidays=frozenset(constants.holidays),
        workdays=frozenset(constants.workdays),
    )
