"""A calendar's table: every faulty cell named, all or nothing, laid over the years before."""

from datetime import date
from typing import Any

import pytest

from node.domain.table import MOST_ROWS, TableRefused, check_rows, overlay, read_csv

FROM, UNTIL = date(2027, 1, 1), date(2027, 12, 31)
GOOD = [
    {"date": "2027-01-01", "kind": "holiday", "name": "元旦"},
    {"date": "2027-02-06", "kind": "workday"},
]


def faults(rows: list[Any]) -> list[dict[str, Any]]:
    with pytest.raises(TableRefused) as refused:
        check_rows(rows, FROM, UNTIL)
    assert refused.value.code == "bad-input"
    return refused.value.faults


def test_a_sound_table_gives_holidays_and_make_up_workdays_with_their_names() -> None:
    assert check_rows(GOOD, FROM, UNTIL) == (
        {date(2027, 1, 1): "元旦"},
        {date(2027, 2, 6): ""},
    )


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ({"date": "2027-02-30", "kind": "holiday"}, "date", "2027-02-30"),
        ({"date": "20270206", "kind": "holiday"}, "date", "20270206"),
        ({"date": 20270206, "kind": "holiday"}, "date", "20270206"),
        ({"kind": "holiday"}, "date", ""),
        ({"date": "2026-12-31", "kind": "holiday"}, "date", "2026-12-31"),
        ({"date": "2028-01-01", "kind": "holiday"}, "date", "2028-01-01"),
        ({"date": "2027-01-01", "kind": "holiday"}, "date", "2027-01-01"),  # twice
        ({"date": "2027-03-01", "kind": "off"}, "kind", "off"),
        ({"date": "2027-03-01", "kind": None}, "kind", ""),
        ({"date": "2027-03-01", "kind": "workday"}, "kind", "workday on a Monday"),
        ({"date": "2027-03-01", "kind": "holiday", "name": "x" * 51}, "name", "x" * 51),
        ({"date": "2027-03-01", "kind": "holiday", "name": "a\nb"}, "name", "a\nb"),
        ({"date": "2027-03-01", "kind": "holiday", "name": 7}, "name", "7"),
        ("2027-03-01", "row", "2027-03-01"),
    ],
)
def test_each_faulty_cell_is_named_with_what_is_accepted(row: Any, column: str, value: str) -> None:
    (fault,) = faults([*GOOD, row])
    assert (fault["row"], fault["column"], fault["value"]) == (3, column, value)
    assert fault["accepted"]


def test_all_faults_are_told_at_once_the_first_twenty_in_words() -> None:
    with pytest.raises(TableRefused) as refused:
        check_rows([{"date": "?", "kind": "?"}] * 15, FROM, UNTIL)
    assert len(refused.value.faults) == 30
    assert refused.value.detail.startswith("30 faults: row 1, date: '?'; accepted: a date as ")
    assert refused.value.detail.endswith("; and 10 more")
    assert refused.value.where == "rows[0].date"


@pytest.mark.parametrize("count", [0, MOST_ROWS + 1])
def test_an_empty_table_and_an_endless_one_are_refused(count: int) -> None:
    assert faults([GOOD[0]] * count)[0]["column"] == "rows"


def test_csv_is_read_with_its_heading_in_any_order_and_a_byte_order_mark() -> None:
    text = '\ufeffname, kind,date\r\n"春节,调休",workday,2027-02-06\r\n'
    assert read_csv(text) == [{"date": "2027-02-06", "kind": "workday", "name": "春节,调休"}]
    assert read_csv("date,kind\n2027-02-06,workday\n") == [
        {"date": "2027-02-06", "kind": "workday"}
    ]


@pytest.mark.parametrize("text", ["", "day,kind\n2027-02-06,workday\n", 'date,kind\n"2027,x"y\n'])
def test_csv_without_its_columns_or_broken_is_refused(text: str) -> None:
    with pytest.raises(TableRefused):
        read_csv(text)


def test_the_table_replaces_all_from_its_first_year_on_and_keeps_what_was_before() -> None:
    known = [{"date": one} for one in ("2024-01-01", "2026-10-01", "2027-05-01")]
    fresh = {date(2027, 10, 1): "国庆", date(2027, 1, 1): ""}
    assert overlay(known, fresh, date(2025, 1, 1), FROM) == [
        {"date": "2026-10-01"},
        {"date": "2027-01-01"},
        {"date": "2027-10-01", "name": "国庆"},
    ]
