"""The figures that four years of 13710 are made from: what is reported, and what is assumed.

Decides shares and volumes, nothing else. `REPORTED` stands in the press and in the domain's page;
every share below it is invented, chosen to be plausible (docs/years.md says which is which).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

import msgspec

SEED: Final = 13710
MATTERS: Final = 76_788
INVESTMENT: Final = 6_248
RAILWAY: Final = 2_606
CLEARED: Final = 0.892
"""of those registered and neither cancelled nor merged"""
EARLY: Final = 380
"""registered in the first two months, to the end of 2016"""
FIRST: Final = date(2016, 11, 5)
LAST: Final = date(2020, 12, 31)
CAMPAIGN: Final = (date(2018, 4, 2), date(2018, 7, 1))
"""the railway's three months: the first and the last day"""


class Span(msgspec.Struct, frozen=True):
    """How much is played: so many matters, from a seed, between two days (both included)."""

    matters: int = MATTERS
    seed: int = SEED
    first: date = FIRST
    last: date = LAST

    def scaled(self, full: int) -> int:
        """What of the full figure falls to so many matters, rounded."""
        return round(full * self.matters / MATTERS)


YEARS: Final[Mapping[int, int]] = {
    2016: EARLY,
    2017: 15_900,
    2018: 19_800,
    2019: 20_300,
    2020: 20_408,
}
"""registered in each year, together all of them"""
MONTHS: Final = (0.8, 0.6, 1.2, 1.1, 1.05, 1.05, 1.0, 1.0, 1.1, 0.95, 1.05, 1.1)
"""how busy each month is: little before the spring festival, much after the sessions in March"""
ISSUED_BEFORE_REST: Final = 0.06
"""how much is issued on a day whose next one is a day of rest, when stage 1 would end"""

BOARDS: Final[Mapping[str, float]] = {
    "daily": 0.50,
    "key-work": 0.24,
    "reform": 0.06,
    "key-project": 0.11,
    "technical-upgrade": 0.09,
}
"""of the matters that are neither investment projects nor the railway's"""
MAJOR: Final[Mapping[str, float]] = {
    "daily": 0.15,
    "key-work": 0.6,
    "reform": 0.9,
    "key-project": 0.8,
    "technical-upgrade": 0.7,
    "investment": 0.75,
}
"""how many of a board's are major or complex, and have a month"""
COMPLEX: Final = 0.2
"""of those, how many are complex"""

REGISTRARS: Final[Mapping[str, float]] = {"province": 0.60, "city": 0.24, "county": 0.16}
LEADS: Final[Mapping[str, Mapping[str, float]]] = {
    "province": {"city": 0.80, "department": 0.20},
    "city": {"county": 0.70, "department": 0.30},
    "county": {"township": 0.45, "department": 0.55},
}
"""level of the registrar -> level of the lead"""
PARTS: Final[Mapping[str, Mapping[str, float]]] = {
    "city": {"": 0.76, "department": 0.05, "county": 0.13, "county/leaf": 0.06},
    "county": {"": 0.88, "leaf": 0.12},
}
"""level of a lead that is a government -> to whom it hands a part"""
COHANDLED: Final = 0.05

RETURNED: Final = 0.05
REOPENED: Final = 0.008
EXTENDED: Final = 0.07
PLANNED: Final = 0.025
PAUSED: Final = 0.01
URGED: Final = 0.25
"""of those that are not in time"""
REFUSED: Final = 0.012
CANCELLED: Final = 0.008
MERGED: Final = 0.003

STUCK: Final[Mapping[str, float]] = {
    "doing": 0.55,
    "hung": 0.22,
    "returned": 0.09,
    "paused": 0.07,
    "signed": 0.05,
    "unsigned": 0.02,
}
"""where those stand that are not cleared at the end, but for what was issued in the last weeks"""
GENERAL_DAYS: Final[Mapping[int, float]] = {
    2: 0.15,
    3: 0.28,
    4: 0.28,
    5: 0.2,
    6: 0.04,
    8: 0.03,
    12: 0.02,
}
"""working days from issue to the application for clearance, of a week's matter"""
MAJOR_DAYS: Final[Mapping[int, float]] = {
    6: 0.12, 9: 0.17, 12: 0.2, 15: 0.19, 18: 0.12, 20: 0.08, 23: 0.06, 28: 0.04, 36: 0.02,
}  # fmt: skip
"""the same of a month's"""
REPORT_LATE: Final[Mapping[int, float]] = {0: 0.9, 1: 0.06, 3: 0.04}
"""working days by which a first report comes after the last one in time"""
SIGN_DAYS: Final[Mapping[int, float]] = {1: 0.95, 2: 0.035, 3: 0.015}
DEPLOYED_LATER: Final = 0.04
REVIEW_DAYS: Final[Mapping[int, float]] = {1: 0.5, 2: 0.32, 3: 0.14, 5: 0.04}
STRIKE_DAYS: Final[Mapping[int, float]] = {0: 0.7, 3: 0.12, 5: 0.1, 20: 0.08}
