"""The first five minutes, in a browser, across three nodes: and each flow within its clicks."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.town import Town

DEMAND = {
    "title": "某园区供电增容两年未批复",
    "situation": "2025年3月申报,至今未批",
    "demand": "批复增容方案",
    "difficulty": "供电与规划两家意见不一",
}
DRAFT = {
    "basis": "企业诉求第1号", "content": "请批复增容方案", "solution": "两家会商一次办结",
    "lead": "示例市", "responsible": "张三", "head": "李四", "contact.name": "王五",
    "contact.phone": "0351-0000000", "indicators.0.name": "批复", "indicators.0.unit": "件",
    "indicators.0.target": "1", "indicators.0.evidence": "批复文件",
}  # fmt: skip


class Clicks:
    """A page on which clicks are counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def __call__(self, words: str, exact: bool = False) -> None:
        self.count += 1
        found = self.page.get_by_role("link", name=words, exact=exact).or_(
            self.page.get_by_role("button", name=words, exact=exact)
        )
        found.first.click()

    def fill(self, **said: str) -> None:
        for name, value in said.items():
            self.page.locator(f'[name="{name.replace("__", ".")}"]').fill(value)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_first_five_minutes(chromium: Browser, town: Town, scripts: bool) -> None:
    title = DEMAND["title"] + ("甲" if scripts else "乙")
    with town.person(chromium, "province", "enterprise", java_script_enabled=scripts) as page:
        click = Clicks(page)
        click("提交诉求")
        click.fill(**DEMAND | {"title": title})
        click("下一步")
        click.fill(applicant__name="示例制造有限公司", applicant__uscc="91140100MA0KXXXX0T")
        click("确认提交")
        expect(page.get_by_text("承诺受理时限")).to_be_visible()
        assert click.count == 3, "three pages"
        number = page.locator(".huge").nth(0).inner_text()

    with town.person(chromium, "province", "supervisor", java_script_enabled=scripts) as page:
        click = Clicks(page)
        click("受理", exact=True)
        click(title)
        if not scripts:
            expect(page.get_by_text("疑似重复")).to_be_visible()
        click("受理拟办")
        page.select_option('select[name="board"]', "daily")
        page.select_option('select[name="grade"]', "general")
        page.select_option('select[name="scores.deadline"]', "days")
        click.fill(**{name.replace(".", "__"): value for name, value in DRAFT.items()})
        page.get_by_role("button", name="受理拟办").click()
        click("提请立项")
        click.fill(answer="与前件不是同一园区")
        page.get_by_role("button", name="提请立项").click()
        click("批准立项")
        page.get_by_role("button", name="批准立项").click()
        page.select_option('select[name="lead"]', town.node("city"))
        page.get_by_role("button", name="交办").click()
        expect(page.get_by_text("已记入签名日志")).to_be_visible()
        address = page.url

    with town.person(chromium, "city", "head", java_script_enabled=scripts) as page:
        wait(page, "/", title)
        click = Clicks(page)
        click(title)
        click("签收")
        page.get_by_role("button", name="签收").click()
        click("研究部署")
        click.fill(leader="甲", responsible="乙", contact__name="丙",
                   contact__phone="0351-1111111", measures="会商")  # fmt: skip
        page.get_by_role("button", name="研究部署").click()
        click("分解下交")
        page.select_option('select[name="lead"]', town.node("county"))
        page.get_by_role("button", name="分解下交").click()
        expect(page.get_by_text("已记入签名日志")).to_be_visible()

    with town.person(chromium, "county", "handler", java_script_enabled=scripts) as page:
        wait(page, "/", title)
        click = Clicks(page)
        click(title)
        click("签收")
        page.get_by_role("button", name="签收").click()
        click("研究部署")
        click.fill(leader="丁", responsible="戊", contact__name="己", contact__phone="1",
                   measures="到场")  # fmt: skip
        page.get_by_role("button", name="研究部署").click()
        page.goto("/")
        click.count = 0
        click(title)
        click("反馈进展")
        click.fill(text="已到场核实")
        click("反馈进展")
        expect(page.get_by_text("已记入签名日志")).to_be_visible()
        assert click.count == 3, "a handler reports in three clicks"

    with town.person(chromium, "province", "leader", java_script_enabled=scripts) as page:
        wait(page, address, "已到场核实")
        step = page.locator(".line > li", has_text="已到场核实")
        expect(step).to_contain_text("示例县")
        wait_until(page, address, lambda: "示例市 已收到" in step.first.inner_text()
                   or "示例市 转来" in step.first.inner_text())  # fmt: skip
        expect(step.first).to_contain_text("示例省(本节点)")
        step.first.get_by_text("来源证明").click()
        expect(step.first).to_contain_text("签名密钥")
        click = Clicks(page)
        page.goto("/matters")
        click.count = 0
        click(title)
        click("催办")
        page.locator('[name="text"]').fill("请抓紧")
        page.get_by_role("button", name="催办").click()
        expect(page.get_by_text("已记入签名日志")).to_be_visible()
        assert click.count == 2, "a leader urges in two clicks and a word"
    assert number


def wait(page: Page, path: str, words: str) -> None:
    """Until a page holds the words, as other hosts' news arrive."""
    wait_until(page, path, lambda: words in page.locator("main").inner_text())


def wait_until(page: Page, path: str, holds: object) -> None:
    for _ in range(60):
        page.goto(path)
        if holds():  # type: ignore[operator]
            return
        page.wait_for_timeout(250)
    raise AssertionError(page.locator("main").inner_text())
