"""The first five minutes of the product, in a browser, from start to end across three hosts.

A province, a city and a county with two townships; and each flow within its clicks.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.clicks import Clicks
from tests.browser.test_import import _Stage
from tests.browser.town import Town
from tests.node.api.stand import FORM
from tests.node.web.stand import WebStand
from tests.node.web.tables import campaign_form, packed, rows

DEMAND = {
    "title": "某园区供电增容两年未批复",
    "situation": "2025年3月申报,至今未批",
    "demand": "批复增容方案",
    "difficulty": "供电与规划两家意见不一",
}
GATE = {
    "content": "请批复增容方案,两家会商一次办结", "responsible": "张三", "head": "李四",
    "contact__name": "王五", "contact__phone": "0351-0000000", "indicators__0__name": "批复",
    "indicators__0__unit": "件", "indicators__0__target": "1",
    "indicators__0__evidence": "批复文件", "answer": "与前件不是同一园区",
}  # fmt: skip
DEPLOY = {"leader": "甲", "responsible": "乙", "contact__name": "丙",
          "contact__phone": "0351-1111111", "measures": "会商"}  # fmt: skip
DONE = "已记入签名日志"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_first_five_minutes(
    chromium: Browser, town: Town, tmp_path: Path, scripts: bool
) -> None:
    title = DEMAND["title"] + ("甲" if scripts else "乙")
    town.program("province").post("/matters", FORM | {"title": "某园区供电增容迟迟未批复"})
    submit(chromium, town, title, scripts)
    address = accept(chromium, town, title, scripts)
    split(chromium, town, "city", title, ["county"], scripts)
    split(chromium, town, "county", title, ["east", "west"], scripts)
    report(chromium, town, title, scripts)
    prove(chromium, town, address, title, scripts)
    a_day_later(chromium, town, title, scripts)
    a_bad_table(chromium, town, tmp_path, scripts)
    print_and_audit(chromium, town, title, scripts)


def submit(chromium: Browser, town: Town, title: str, scripts: bool) -> None:
    """An enterprise's three pages; the receipt shows the promised date; tracked by one click."""
    with town.person(chromium, "province", "enterprise", java_script_enabled=scripts) as page:
        click = Clicks(page)
        click("提交诉求", within="body")
        click.fill(**DEMAND | {"title": title, "unit": "示例市"})
        click("下一步")
        click.fill(applicant__name="示例制造有限公司", applicant__uscc="91140100MA0KXXXX0T")
        click("确认提交")
        expect(page.get_by_text("承诺受理时限")).to_be_visible()
        assert click.count == 3, "three pages"
        number, code = (page.locator(".huge").nth(n).inner_text() for n in (0, 1))
        page.goto("/track")
        click = Clicks(page)
        click.fill(number=number, code=code)
        click.on(page.locator("main form button").first)
        expect(page.get_by_text(title).first).to_be_visible()
        assert click.count == 1, "tracked by one click"


def accept(chromium: Browser, town: Town, title: str, scripts: bool) -> str:
    """Triage, unit, policy, issue: four clicks from the workbench; the matter's address."""
    with town.person(chromium, "province", "supervisor", java_script_enabled=scripts) as page:
        page.goto("/")
        click = Clicks(page)
        click(f"受理并交办 {title}")
        expect(page.get_by_role("heading", name="疑似重复")).to_be_visible()
        expect(page.locator("#beside")).to_contain_text("某园区供电增容迟迟未批复")
        expect(page.locator("#dues tr.chosen")).to_contain_text("一般")
        click.pick("lead", town.node("city"))
        click.pick("board", "key-work")
        click.fill(**GATE)
        if scripts:  # what stands beside the form follows what is typed
            expect(page.locator("#beside")).to_contain_text("没有必须修改之处")
        click("受理并交办", exact=True)
        expect(page.get_by_text("已受理并交办")).to_be_visible()
        assert click.count <= 4, "triage, unit, policy, issue"
        return str(page.url)


def split(
    chromium: Browser, town: Town, by: str, title: str, units: list[str], scripts: bool
) -> None:
    """A handler signs, deploys, and subdivides in five clicks."""
    with town.person(chromium, by, "handler", java_script_enabled=scripts) as page:
        wait(page, "/", title)
        sign_and_deploy(page, title)
        page.goto("/")
        click = Clicks(page)
        click(title)
        click("分解下交")
        click.pick("lead", town.node(units[0]))
        for other in units[1:]:
            click.pick("cohandlers", town.node(other))
        click("分解下交")
        expect(page.get_by_text(DONE)).to_be_visible()
        assert click.count <= 5, "a handler subdivides in five clicks"


def sign_and_deploy(page: Page, title: str) -> None:
    click = Clicks(page)
    click(title)
    click("签收")
    click("签收")
    click("研究部署")
    click.fill(**DEPLOY)
    click("研究部署")
    expect(page.get_by_text(DONE)).to_be_visible()


def report(chromium: Browser, town: Town, title: str, scripts: bool) -> None:
    """One of the townships reports, in three clicks."""
    with town.person(chromium, "east", "handler", java_script_enabled=scripts) as page:
        wait(page, "/", title)
        sign_and_deploy(page, title)
        page.goto("/")
        click = Clicks(page)
        click(title)
        click("反馈进展")
        click.fill(text="已到场核实")
        click("反馈进展")
        expect(page.get_by_text(DONE)).to_be_visible()
        assert click.count == 3, "a handler reports in three clicks"


def prove(chromium: Browser, town: Town, address: str, title: str, scripts: bool) -> None:
    """The province sees the township's report with its proof of origin; its leader urges in two."""
    with town.person(chromium, "province", "leader", java_script_enabled=scripts) as page:
        wait(page, address, "已到场核实")
        step = page.locator(".line > li", has_text="已到场核实")
        expect(step).to_contain_text("示例东镇")
        wait_until(page, address, lambda: "示例市 已收到" in step.first.inner_text()
                   or "示例市 转来" in step.first.inner_text())  # fmt: skip
        expect(step.first).to_contain_text("示例省(本节点)")
        step.first.get_by_text("来源证明").click()
        expect(step.first).to_contain_text("签名密钥")
        click = Clicks(page)
        click("催办")
        click.fill(text="请抓紧")
        click("催办")
        expect(page.get_by_text(DONE)).to_be_visible()
        assert click.count == 2, "a leader urges in two clicks and a word"


def a_day_later(chromium: Browser, town: Town, title: str, scripts: bool) -> None:
    """Past the first stage's end the silent township is red, is told so, and so is its issuer; the
    command screen has red on it, and a leader is at the matter in two clicks."""
    with town.person(chromium, "west", "head", java_script_enabled=scripts) as page:
        wait(page, "/", title)
        expect(page.locator("tr", has_text=title)).to_contain_text("正常")
        program = town.program("west")
        slip = next(one for one in program.get("/assignments?role=assignee")["items"]
                    if one["title"] == title)  # fmt: skip
        due = next(one["due"] for one in slip["clocks"] if one["kind"] == "k1")
        now = town.hosts["west"].host.now().business
        town.later((instant(due) - instant(now)).total_seconds() + 60)
        page.goto("/")
        expect(page.locator("tr", has_text=title)).to_contain_text("逾期")
        wait(page, "/inbox", title)
        notice = page.locator(".notices li", has_text=title).first
        expect(notice).to_contain_text("1天内研究部署")
    with town.person(chromium, "county", "supervisor", java_script_enabled=scripts) as page:
        click = Clicks(page)
        page.goto("/screen")
        click.on(page.locator(".tile.lit-red .tile-main", has_text="示例西镇"))
        click.on(page.locator(".worst-list a", has_text=title))
        expect(page.get_by_role("heading", name=title).first).to_be_visible()
        assert click.count == 2, "from a red tile to the matter"


def a_bad_table(chromium: Browser, town: Town, path: Path, scripts: bool) -> None:
    """A bad table is refused row by row, and nothing of it is taken."""
    form = campaign_form(cast(WebStand, _Stage(town)))
    form |= {"version": f"railway{'1' if scripts else '2'}/1"}
    program = town.program("province")
    campaign = str(program.post("/campaigns", form)["id"])
    bad = [row | {"region": "310101"} if n in (2, 4) else row for n, row in enumerate(rows(6))]
    table = path / "bad.xlsx"
    table.write_bytes(packed(bad))
    with town.person(chromium, "province", "supervisor", java_script_enabled=scripts) as page:
        page.goto(f"/campaigns/{campaign}/import")
        page.set_input_files("#file", table)
        page.get_by_role("button", name="上传并核对").click()
        expect(page.get_by_text("6 行中有 2 行、2 处需要修改")).to_be_visible(timeout=60000)
        lines = page.locator("table.faults tbody tr")
        expect(lines).to_have_count(2)
        for n, row in ((0, "4"), (1, "6")):
            expect(lines.nth(n)).to_contain_text(row)
            expect(lines.nth(n)).to_contain_text("310101")
    assert program.get(f"/matters?campaign={campaign}")["items"] == []


def print_and_audit(chromium: Browser, town: Town, title: str, scripts: bool) -> None:
    """The ledger prints; the audit trail shows it all."""
    with town.person(chromium, "province", "supervisor", java_script_enabled=scripts) as page:
        page.goto("/ledgers/key-work?print=1")
        expect(page.locator("main")).to_contain_text(title)
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF-")
        page.emulate_media(media="print")
        expect(page.locator("header.bar")).to_be_hidden()
    trail = {
        "province": ("提交诉求", "受理并交办", "催办"),
        "county": ("签收", "研究部署", "分解下交"),
        "east": ("签收", "研究部署", "反馈进展"),
    }
    for name, words in trail.items():
        with town.person(chromium, name, "auditor", java_script_enabled=scripts) as page:
            page.goto("/admin/audit")
            for word in words:
                expect(page.locator("main tbody")).to_contain_text(word)


def instant(said: str) -> datetime:
    return datetime.fromisoformat(said.replace("Z", "+00:00"))


def wait(page: Page, path: str, words: str) -> None:
    """Until a page holds the words, as other hosts' news arrive."""
    wait_until(page, path, lambda: words in page.locator("main").inner_text())


def wait_until(page: Page, path: str, holds: object) -> None:
    for _ in range(80):
        page.goto(path)
        if holds():  # type: ignore[operator]
            return
        page.wait_for_timeout(250)
    raise AssertionError(page.locator("main").inner_text())
