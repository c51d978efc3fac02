"""A table by pages: checked first, faulty cells named, all rows or none, seen while it goes on."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from openpyxl import load_workbook

from node.service import jobs, users
from node.service.tasks import TASKS
from node.storage import jobs as kept
from tests.node.web.stand import Browser, WebStand
from tests.node.web.tables import campaign_form, packed, rows


@pytest.fixture
def campaign(web: WebStand) -> str:
    return str(web.done("POST", "/campaigns", campaign_form(web))["id"])


def upload(web: WebStand, browser: Browser, campaign: str, data: bytes, status: int = 303) -> str:
    """Hand a table in; where its job is."""
    fields = {"csrf_token": web.token(browser), "file": (io.BytesIO(data), "表.xlsx")}
    browser.post(f"/campaigns/{campaign}/import", fields, status)
    return browser.page.headers.get("Location", "")


def work(web: WebStand) -> int:
    return jobs.run_all(web.host, TASKS)


def faulty() -> list[dict[str, Any]]:
    found = rows(40)
    for at, column, value in ((4, "class", "R9"), (9, "target", "尽快推进"), (9, "title", None)):
        found[at] = found[at] | {column: value}
    return found


def test_a_faulty_table_is_refused_cell_by_cell_and_nothing_is_registered(
    web: WebStand, campaign: str
) -> None:
    chief = web.browser("supervisor")
    where = upload(web, chief, campaign, packed(faulty()))
    page = chief.get(where)
    assert "排队等候" in chief.said()
    assert '<noscript><meta http-equiv="refresh"' in page, "it goes on without scripts"
    assert work(web) == 1
    page = chief.get(where)
    assert "40 行中有 2 行、3 处需要修改" in chief.said()
    cells = re.findall(r'<td class="num"[^>]*><b>(\d+)</b></td><td class="cell"[^>]*>([^<]+)', page)
    assert cells == [("6", "类别"), ("11", "标题"), ("11", "目标值")]
    assert "以下之一:R1 水井封闭" in chief.said()
    assert "(空) 1至200个字" in chief.said()
    assert "导入并交办" not in page
    chief.post(where, {"csrf_token": web.token(chief)}, 409)
    marked = chief.client.get(f"{where}/errors")
    sheet = load_workbook(io.BytesIO(marked.data)).active
    assert sheet is not None
    coloured = {
        (cell.row, cell.column)
        for line in sheet.iter_rows()
        for cell in line
        if cell.fill.fill_type == "solid"
    }
    assert len(coloured) == 3
    assert web.got("/matters")["items"] == []


def test_a_table_in_order_is_brought_in_whole_after_it_was_confirmed(
    web: WebStand, campaign: str
) -> None:
    clerk = web.browser("registrar")
    assert "下载登记表模板" in clerk.get(f"/campaigns/{campaign}/import")
    empty = clerk.client.get(f"/campaigns/{campaign}/template")
    assert load_workbook(io.BytesIO(empty.data)).active is not None
    where = upload(web, clerk, campaign, packed(rows(25)))
    work(web)
    clerk.get(where)
    assert "25 行全部核对无误" in clerk.said()
    assert web.got("/matters")["items"] == [], "a check writes nothing"
    clerk.send(where, "导入并交办 25 件")
    second = clerk.page.headers["Location"]
    work(web)
    clerk.get(second)
    assert "已登记并交办 25 件" in clerk.said()
    assert len(web.got("/matters?limit=100")["items"]) == 25
    acts = web.audit(act="campaign.import")
    assert [(one["outcome"], one["role"]) for one in acts] == [("done", "registrar")]
    third = upload(web, clerk, campaign, packed(rows(25)))
    work(web)
    clerk.get(third)
    assert "25 处需要修改" in clerk.said()
    assert "同一问题只登记一次;已登记为" in clerk.said()


def test_an_import_that_a_crash_cut_off_is_done_again_with_one_effect(
    web: WebStand, campaign: str
) -> None:
    chief = web.browser("supervisor")
    where = upload(web, chief, campaign, packed(rows(5)))
    work(web)
    chief.send(where, "导入并交办 5 件")
    id = chief.page.headers["Location"].rpartition("/")[2]
    tenant = web.places["province"].tenant.id
    work(web)
    lost = {"state": "running", "lease": 0.0, "ended": 0.0, "result": None}
    with web.host.database.read() as connection:
        job = kept.find(connection, tenant, id)
    assert job is not None
    web.host.database.write(lambda one: kept.end(one, job, **lost), tenant)  # as before its end
    assert work(web) == 1
    chief.get(f"/imports/{id}")
    assert "已登记并交办 5 件" in chief.said()
    assert len(web.got("/matters")["items"]) == 5


def test_how_far_it_is_stands_on_its_page(web: WebStand, campaign: str) -> None:
    chief = web.browser("supervisor")
    where = upload(web, chief, campaign, packed(rows(300)))
    seen, tasks = [], dict(TASKS)

    def watched(*given: Any) -> Any:
        tell = given[-1]

        def told(step: str, done: int, total: int) -> None:
            tell(step, done, total)
            if done == total:
                seen.append(chief.get(f"{where}/part"))

        return TASKS["check"](*given[:-1], told)

    jobs.run_all(web.host, tasks | {"check": watched})
    assert "逐行核对" in seen[0]
    assert "300 / 300" in seen[0]
    assert "HX-Refresh" not in chief.page.headers
    chief.get(f"{where}/part")
    assert chief.page.headers["HX-Refresh"] == "true"


def test_what_is_no_workbook_is_said_so_and_writes_nothing(web: WebStand, campaign: str) -> None:
    chief = web.browser("supervisor")
    where = upload(web, chief, campaign, b"not a workbook")
    work(web)
    chief.get(where)
    assert "文件无法读取,不是 .xlsx 工作簿或已损坏" in chief.said()
    assert "可以接受的是:不超过 16 MiB 的 .xlsx 工作簿" in chief.said()
    chief.post(f"/campaigns/{campaign}/import", {"csrf_token": web.token(chief)}, 422)
    assert "没有选择文件" in chief.said()


def test_a_table_is_its_senders_and_a_lost_role_stops_it(web: WebStand, campaign: str) -> None:
    chief, clerk = web.browser("supervisor"), web.browser("registrar")
    where = upload(web, clerk, campaign, packed(rows(2)))
    chief.get(where, 404)
    users.revoke(web.host, web.tokens["province", "registrar"])
    work(web)
    (job,) = _jobs(web, "province-registrar")
    assert job.state == "refused"


def _jobs(web: WebStand, user: str) -> list[kept.Job]:
    with web.host.database.read() as connection:
        tenant = web.places["province"].tenant.id
        return kept.of_user(connection, tenant, user, ("check", "import"), 9)
