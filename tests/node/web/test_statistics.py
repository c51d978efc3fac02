"""Pages of statistics and scores: every number opens a list of as many rows, and so its file."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from tests.node.api.stand import FORM
from tests.node.web.stand import Browser, WebStand
from tests.support.forms import DEPLOY

LINK = re.compile(r'<a(?: class="[^"]*")? href="(/stats/list/[^"]+)">(?:<b>)?([0-9,]+)(?:</b>)?')
PAGES = (
    "/stats/timeliness",
    "/stats/timeliness?by=board&basis=promised",
    "/stats/timeliness?by=region",
    "/stats/clearance",
    "/stats/clearance?by=board",
    "/stats/ageing",
    "/stats/regions",
    "/stats/score",
)


@pytest.fixture(scope="module")
def counted(long_web: WebStand) -> WebStand:
    """Six matters on three boards: two deployed in time, the others overdue."""
    web = long_web
    web.next_month()
    for at, board in enumerate(("daily", "daily", "reform", "reform", "investment", "daily")):
        form = FORM | {
            "title": f"第{at}件:补设标志",
            "board": board,
            "region": f"140{at % 2 + 1}05",
        }
        made = web.done("POST", "/matters", form)
        if at < 5:
            web.done("POST", f"/matters/{made['id']}/issue", {"lead": web.nodes["city"]})
    web.turn()
    for one in web.got("/assignments?role=assignee", "handler", "city")["items"][:2]:
        path = f"/assignments/{one['id']}"
        web.done("POST", f"{path}/sign", {}, "handler", node="city")
        web.done("POST", f"{path}/deploy", DEPLOY, "handler", node="city")
    web.turn()
    web.host.now.advance(timedelta(days=6))  # type: ignore[attr-defined]
    return web


def shown(browser: Browser, address: str) -> int:
    """How many rows a list has, by what it says and by what its file holds."""
    browser.get(address)
    said = re.search(r"共 ([0-9,]+) 条", browser.page.text)
    assert said, address
    browser.get(address.replace("/stats/list/", "/stats/file/") + "&form=csv")
    count = int(browser.page.headers["X-Row-Count"])
    assert count == int(said[1].replace(",", ""))
    return count


@pytest.mark.parametrize("path", PAGES)
def test_every_number_opens_a_list_of_as_many_rows(counted: WebStand, path: str) -> None:
    chief = counted.browser("supervisor")
    found = LINK.findall(chief.get(path))
    assert found
    for address, number in dict.fromkeys(found):
        where = unescape(address)
        if "overdue" in where and "clocks" in where:  # a sum of days, told on the list
            chief.get(where)
            assert f"逾期合计 {number} 天" in chief.said(), where
            continue
        assert shown(chief, where) == int(number.replace(",", "")), where


def test_what_is_late_is_counted_by_stage_and_by_unit(counted: WebStand) -> None:
    chief = counted.browser("supervisor")
    chief.get("/stats/timeliness")
    words = chief.said()
    assert "1天内研究部署 5 2 2 3 3 0 40.0% 40.0%" in words
    assert "3天内反馈办理情况 5 0 0 5 5 0 0.0% 0.0%" in words
    assert "示例市 10 2 2 8 8 20.0% 20.0%" in words


def test_a_period_and_a_unit_narrow_what_is_counted(counted: WebStand) -> None:
    chief = counted.browser("supervisor")
    chief.get("/stats/clearance?since=2020-01-01&until=2020-12-31")
    assert "这一时期没有数据" in chief.said()
    chief.get("/stats/clearance?unit=示例市")
    assert "交办单 0.0%" in chief.said()
    chief.get("/stats/timeliness?unit=没有这个单位", 422)
    chief.get("/stats/timeliness?month=2026-13", 422)
    chief.get("/stats/timeliness?basis=x", 422)
    chief.get("/stats/list/secrets?count=open", 404)
    chief.get("/stats/list/matters?count=late", 422)


def test_a_score_tells_what_gave_it_and_by_which_table(counted: WebStand) -> None:
    chief = counted.browser("supervisor")
    page = chief.get("/stats/score")
    assert "当月在办不足 5 件的不排名" in chief.said()
    assert re.search(r'class="rank"[^>]*>1</td><th scope="row">示例市', page)
    for words in ("1天内研究部署 · 超时 3 / 5 -6.00", "3天内反馈办理情况 · 超时 5 / 5 -15.00"):
        assert words in chief.said()
    chief.get("/stats/score/table?version=monthlyscore/0")
    assert "1天内研究部署 · 超时 扣分 10.00 按比例 10.00" in chief.said()
    chief.get("/stats/score/table?version=monthlyscore/9", 404)


def test_a_unit_below_the_minimum_is_shown_without_a_rank(web: WebStand) -> None:
    made = web.done("POST", "/matters", FORM)
    web.done("POST", f"/matters/{made['id']}/issue", {"lead": web.nodes["city"]})
    chief = web.browser("supervisor")
    page = chief.get("/stats/score")
    assert re.search(r'class="rank"[^>]*>—</td><th scope="row">示例市', page)
    assert "样本不足,不排名 1" in chief.said()


def test_the_backlog_is_told_by_age_and_by_days_overdue(counted: WebStand) -> None:
    chief = counted.browser("supervisor")
    chief.get("/stats/ageing")
    assert "0至7天 6" in chief.said()
    assert "示例市 5 0 0 0 0 0 5 2 3 0 0 5" in chief.said()


def test_a_chart_never_stands_without_its_table(counted: WebStand) -> None:
    chief = counted.browser("supervisor")
    for path in (*PAGES, "/ledgers/investment"):
        page = chief.get(path)
        for figure in re.finditer('<figure class="chart"', page):
            assert "<table" in page[figure.end() :], path
