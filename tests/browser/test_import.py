"""A table by pages, before a real browser and a real worker: refused by cells, then brought in."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

from playwright.sync_api import Browser, Page, expect

from tests.browser.clicks import Clicks
from tests.browser.town import Town
from tests.node.web.stand import WebStand
from tests.node.web.tables import campaign_form, packed, rows


class _Stage:
    """What a campaign's form asks of its stand."""

    def __init__(self, town: Town) -> None:
        self.nodes = {"city": town.node("city")}

    def day(self, ahead: int) -> str:
        return (date.today() + timedelta(days=ahead)).isoformat()


def upload(page: Page, table: Path) -> Clicks:
    page.goto("/")
    click = Clicks(page)
    click("专项", within="header", exact=True)
    click("Excel导入")
    click.file("#file", table)
    click("上传并核对")
    return click


def test_a_table_is_refused_then_mended_and_brought_in_within_five_clicks(
    chromium: Browser, town: Town, tmp_path: Path
) -> None:
    form = campaign_form(cast(WebStand, _Stage(town)))
    town.program("province").post("/campaigns", form)
    bad: list[dict[str, Any]] = rows(400)
    bad[7] = bad[7] | {"region": "310101"}
    faulty, mended = tmp_path / "faulty.xlsx", tmp_path / "mended.xlsx"
    faulty.write_bytes(packed(bad))
    mended.write_bytes(packed(rows(400)))
    with town.person(chromium, "province", "supervisor") as page:
        upload(page, faulty)
        expect(page.get_by_text("400 行中有 1 行、1 处需要修改")).to_be_visible()
        expect(page.locator("table.faults tbody tr")).to_have_count(1)
        expect(page.locator("table.faults tbody")).to_contain_text("310101")
        click = upload(page, mended)
        click("导入并交办 400 件")
        expect(page.get_by_text("已登记并交办 400 件")).to_be_visible(timeout=60000)
        assert click.count == 5, "from the workbench to the last row"
        page.get_by_role("link", name="查看专项进度").click()
        expect(page.locator(".tally-one").first).to_contain_text("400")
