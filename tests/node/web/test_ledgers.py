"""Pages of ledgers and campaigns: totals, groups, rows, print, files; each number its list."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest
from openpyxl import load_workbook

from node.service import jobs
from node.service.tasks import TASKS
from tests.node.api.stand import FORM
from tests.node.web.stand import WebStand
from tests.node.web.tables import campaign_form, packed, rows

SIGNED = ("12500.5", "8000", "300.25")


@pytest.fixture(scope="module")
def books(long_web: WebStand) -> WebStand:
    """Three investments, of which two are begun and one has funds; a campaign of 30 problems."""
    web = long_web
    for at, amount in enumerate(SIGNED):
        ledger = {"investor": f"=某集团{at}", "industry": ("能源", "新材料")[at % 2],
                  "signed_amount": amount, "signed_on": f"2026-0{3 + at}-02"}  # fmt: skip
        if at < 2:
            ledger["started_on"] = "2026-06-01"
        if at == 0:
            ledger["funds"] = "625.05"
        form = FORM | {"title": f"第{at}个项目", "board": "investment", "region": "140105"}
        web.done("POST", "/matters", form | {"ledger": ledger})
    id = str(web.done("POST", "/campaigns", campaign_form(web))["id"])
    actor = web.browser("supervisor")
    actor.get(f"/campaigns/{id}/import")
    data = {"csrf_token": web.token(actor), "file": (io.BytesIO(packed(rows(30))), "t.xlsx")}
    actor.post(f"/campaigns/{id}/import", data)
    where = actor.page.headers["Location"]
    jobs.run_all(web.host, TASKS)
    actor.send(where, "导入并交办 30 件")
    jobs.run_all(web.host, TASKS)
    return web


def test_an_investment_ledger_tells_signing_construction_and_funds(books: WebStand) -> None:
    chief = books.browser("supervisor")
    chief.get("/ledgers/investment?group=industry")
    words = chief.said()
    assert "签约总额 20,800.75 万元 开工项目 2 开工率 66.7% 到位资金 625.05 万元" in words
    assert "能源 2 2 12,800.75 1 50.0% 625.05 4.9% 0 0.0%" in words
    assert "合计 3 3 20,800.75 2 66.7% 625.05 3.0% 0 0.0%" in words
    chief.get("/ledgers")
    assert "受益人数合计 360 人" in chief.said()
    chief.get("/ledgers/secrets", 404)
    chief.get("/ledgers/investment?field=signed_amount&least=many", 422)


@pytest.mark.parametrize("group", ["city", "month", "industry"])
def test_totals_and_groups_open_their_rows(books: WebStand, group: str) -> None:
    chief = books.browser("supervisor")
    page = chief.get(f"/ledgers/investment?group={group}")
    found = re.findall(
        r'<th scope="row"><a href="([^"#]+)#rows">[^<]*</a></th><td[^>]*>(\d+)', page
    )
    sums = r'href="(/ledgers/investment\?field=(?:started_on|funds)[^"#]*)#rows">(\d+)<'
    found += re.findall(sums, page)
    assert len(found) > 1
    for address, number in found:
        chief.get(unescape(address))
        assert f"明细 {number} " in chief.said(), address


def test_files_hold_all_rows_and_nothing_that_runs(books: WebStand) -> None:
    chief = books.browser("supervisor")
    answer = chief.client.get("/ledgers/investment/file?form=csv")
    table = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert answer.headers["X-Row-Count"] == str(len(table) - 1) == "3"
    assert table[0][7] == "签约金额(万元) signed_amount"
    assert {row[5] for row in table[1:]} == {f"'=某集团{at}" for at in range(3)}
    answer = chief.client.get("/ledgers/investment/file?form=xlsx&field=funds&present=true")
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    assert answer.headers["X-Row-Count"] == str(sheet.max_row - 1) == "1"
    assert sheet["H2"].value == 12500.5
    assert sheet["F2"].data_type == "s"
    assert chief.client.get("/ledgers/investment/file?form=exe").status_code == 422


def test_the_print_view_has_every_row_on_one_page(books: WebStand) -> None:
    chief = books.browser("supervisor")
    page = chief.get("/ledgers/daily?print=1")
    assert page.count('<td class="num l"') == 30
    assert "下一页" not in page
    assert "打印版" in chief.said()


def test_a_campaigns_numbers_open_their_problems(books: WebStand) -> None:
    chief = books.browser("leader")
    page = chief.get("/campaigns")
    where = re.search(r'href="(/campaigns/campaign:[^"/]+)"', page)
    assert where
    page = chief.get(where[1])
    found = re.findall(r'href="(/campaigns/[^"]+/list\?[^"]+)">(?:<b[^>]*>)?([0-9,]+)<', page)
    assert len(found) > 8
    for address, number in found:
        chief.get(unescape(address))
        assert f"共 {number} 件" in chief.said(), address
    assert (
        sum(int(number) for address, number in found if "count=matters&amp;class=" in address) == 30
    )
    chief.get(f"{where[1]}/list?count=secrets", 422)
    chief.get("/campaigns/campaign:x:y", 404)
    assert "完成六成" in page
    assert "Excel导入" not in page, "a leader fills no tables"
