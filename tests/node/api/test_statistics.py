"""Statistics over REST: bad input told, files that hold what the list holds, nothing that runs."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from node.worker import Worker
from tests.node.api.stand import FORM, Stand
from tests.schemas.intake_examples import FORM as DRAFT
from tests.schemas.intake_examples import LAWFUL
from tests.support.counted import follow, rows
from tests.support.forms import DEPLOY, DONE

ASK = {
    name: LAWFUL["duban.draft.submitted"][name]
    for name in ("situation", "demand", "difficulty", "applicant")
}

TRICKS = ("=1+1", "+86351", "-1", "@SUM(A1)", "＝1+1", "\t=1")


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/statistics?month=2026-13", "month"),
        ("/statistics?month=2026-11&since=2026-11-01", "month"),
        ("/statistics?since=yesterday!", "since"),
        ("/statistics/ageing?since=2026-11-02&until=2026-11-01", "until"),
        ("/scores?month=11-2026", "month"),
        ("/scores?table=monthlyscore/9", "table"),
        ("/matters?count=late", "count"),
        ("/assignments?count=registered", "count"),
        ("/drafts?count=open", "count"),
        ("/clocks?count=cleared", "count"),
        ("/exports/secrets", "what"),
    ],
)
def test_what_can_t_be_counted_is_named(long_stand: Stand, path: str, where: str) -> None:
    answer = long_stand.ask("GET", path)
    assert answer.status_code in (404, 422)
    told: dict[str, Any] = answer.json or {}
    assert told["where"] == where
    assert told["detail"]


def _made(stand: Stand) -> list[str]:
    """Seven matters, titles among them that a spreadsheet would run."""
    titles = [FORM["title"], *(f"{one}整改某段连续长下坡警示标志" for one in TRICKS)]
    for at, title in enumerate(titles):
        form = {**FORM, "title": title.replace("\t", ""), "region": f"14010{at}"}
        made = stand.done("POST", "/matters", form)
        stand.done("POST", f"/matters/{made['id']}/issue", {"lead": stand.nodes["city"]})
    return titles


def _csv(stand: Stand, path: str) -> list[list[str]]:
    answer = stand.ask("GET", path)
    assert answer.status_code == 200, answer.text
    table = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert answer.headers["X-Row-Count"] == str(len(table) - 1)
    return table


def _xlsx(stand: Stand, path: str) -> list[list[Any]]:
    answer = stand.ask("GET", path)
    assert answer.status_code == 200, answer.text
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b"}
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_files_hold_what_the_lists_hold_and_nothing_that_runs(any_stand: Stand) -> None:
    stand = any_stand
    _made(stand)
    for what in ("matters", "assignments", "clocks"):
        for query in ("?count=open", "?region=none", "?until=2020-01-01", "?board=daily"):
            if what == "clocks" and "count" in query:
                query = "?count=expected"
            listed = rows(stand.got, f"/{what}{query}")
            assert len(_csv(stand, f"/exports/{what}{query}")) == len(listed) + 1
            sheet = _xlsx(stand, f"/exports/{what}{query}&form=xlsx")
            assert len(sheet) == len(listed) + 1
    titles = [row[1] for row in _csv(stand, "/exports/matters")[1:]]
    assert not any(title.startswith(("=", "+", "-", "@", "＝")) for title in titles)
    assert sum(title.startswith("'") for title in titles) == 6
    told = [row[1] for row in _xlsx(stand, "/exports/matters?form=xlsx")[1:]]
    assert sorted(told) == sorted(one["title"] for one in stand.got("/matters")["items"])
    # a matter's region is its place, an assignment's is its unit's
    assert len(_csv(stand, "/exports/matters?region=140103")) == 2
    assert len(_csv(stand, "/exports/assignments?region=none")) == 8


def test_statistics_and_scores_are_files_too_with_units_by_name(any_stand: Stand) -> None:
    _made(any_stand)
    heading, row = _csv(any_stand, "/exports/statistics?by=board")
    found = dict(zip(heading, row, strict=True))
    assert (found["key"], found["matters.registered"], found["assignments.open"]) == (
        "daily", "7", "7",
    )  # fmt: skip
    heading, *units = _csv(any_stand, "/exports/scores")
    (city,) = [dict(zip(heading, one, strict=True)) for one in units]
    assert (city["name"], city["score"], city["rank"], city["in_hand"]) == (
        "示例市", "100.0", "1", "7",
    )  # fmt: skip
    assert len(_xlsx(any_stand, "/exports/scores?form=xlsx&level=county")) == 1


def test_rows_by_unit_come_in_pages(long_stand: Stand) -> None:
    _made(long_stand)
    first = long_stand.got("/statistics?by=unit&limit=1")
    assert len(first["rows"]) == 1
    second = long_stand.got(f"/statistics?by=unit&limit=1&after={first['next']}")
    assert second["next"] is None
    assert {one["rows"][0]["name"] for one in (first, second)} == {"示例省", "示例市"}


def test_a_table_is_published_over_rest_by_the_root_s_supervisor_alone(any_stand: Stand) -> None:
    form = {"version": "monthlyscore/1", "minimum": 2}
    assert any_stand.ask("POST", "/score-table", "head", form).status_code == 403
    assert any_stand.ask("POST", "/score-table", body=form, node="city").status_code == 403
    made = any_stand.done("POST", "/score-table", form)
    assert made["minimum"] == 2
    told = any_stand.got("/score-table", "auditor")
    assert told["next_month"] == "monthlyscore/1"
    assert [one["version"] for one in told["published"]] == ["monthlyscore/1"]
    assert any_stand.got("/score-table/monthlyscore/1")["lines"] == told["in_force"]["lines"]
    wrong = {"version": "monthlyscore/2", "lines": [{"measure": "returned", "per": "share"}]}
    assert any_stand.ask("POST", "/score-table", body=wrong).status_code == 422


def test_who_sees_no_business_content_sees_no_statistic(long_stand: Stand) -> None:
    for path in ("/statistics", "/statistics/ageing", "/clocks", "/scores", "/exports/matters"):
        for role in ("enterprise", "admin", "security", "auditor"):
            assert long_stand.ask("GET", path, role).status_code == 403


def _cleared(stand: Stand, assignment: str) -> None:
    Worker(stand.host, threads=1).once()
    for word, form in (("sign", None), ("deploy", DEPLOY), ("report", DONE), ("clear", DONE)):
        stand.done("POST", f"/assignments/{assignment}/{word}", form, "head", node="city")
    Worker(stand.host, threads=1).once()
    stand.done("POST", f"/assignments/{assignment}/grant", {"mark": "good"})


def test_an_applicant_s_stars_count_for_the_lead_of_what_came_of_it(any_stand: Stand) -> None:
    stand = any_stand
    for stars in ("5", "2"):
        id = stand.done("POST", "/intake", ASK, "enterprise")["id"]
        stand.done("POST", f"/drafts/{id}/draft", DRAFT, "registrar")
        stand.done("POST", f"/drafts/{id}/propose", {"answer": "另有其事"}, "registrar")
        matter = stand.done("POST", f"/drafts/{id}/approve", None, "supervisor")["matter"]
        handed = stand.done("POST", f"/matters/{matter}/issue", {"lead": stand.nodes["city"]})
        _cleared(stand, handed["assignments"][0]["id"])
        stand.done("POST", f"/drafts/{id}/rate", {"score": stars}, "enterprise")
    told = stand.got("/statistics?by=unit")
    (city,) = [row for row in told["rows"] if row["key"] == stand.nodes["city"]]
    assert city["ratings"]["counts"] == {"satisfied": 1, "basic": 0, "unsatisfied": 1}
    assert follow(stand.got, city["ratings"]) == 2
    (scored,) = stand.got(f"/scores?unit={stand.nodes['city']}")["rows"]
    lines = {line["measure"]: line["points"] for line in scored["lines"]}
    assert (lines["satisfied"], lines["unsatisfied"]) == (0.5, -1.0)
    assert follow(stand.got, scored) == 3
    assert scored["score"] == 99.5
