"""Each role's flow within its clicks, counted; the other flows are in test_five_minutes.py."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.clicks import Clicks
from tests.browser.test_five_minutes import DONE, GATE, sign_and_deploy, wait
from tests.browser.town import Town
from tests.node.api.stand import FORM


def issued(town: Town, title: str) -> str:
    """A matter of the city's; its id."""
    program = town.program("province")
    made = program.post("/matters", FORM | {"title": title})
    program.post(f"/matters/{made['id']}/issue", {"lead": town.node("city")})
    return str(made["id"])


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_handler_asks_for_time_in_three_clicks_and_a_clearance_is_accepted_in_three(
    chromium: Browser, town: Town, scripts: bool
) -> None:
    title = "农产品冷链物流园用地批复" + ("甲" if scripts else "乙")
    issued(town, title)
    with town.person(chromium, "city", "head", java_script_enabled=scripts) as page:
        wait(page, "/", title)
        sign_and_deploy(page, title)
        page.goto("/")
        click = Clicks(page)
        click(title)
        click("申请延期")
        until = (date.today() + timedelta(days=30)).isoformat()
        click.fill(reason="公示期未满", until=until)
        click("申请延期")
        expect(page.get_by_text(DONE)).to_be_visible()
        assert click.count == 3, "extension"
        click = Clicks(page)
        click("反馈进展")
        click.fill(text="已补设", indicators__0__value="12")
        click("反馈进展")
        click("申请办结")
        click.fill(text="已补设12块", indicators__0__value="12")
        click("申请办结")
        expect(page.get_by_text(DONE)).to_be_visible()
    with town.person(chromium, "province", "supervisor", java_script_enabled=scripts) as page:
        wait(page, "/", "待我审核办结")
        click = Clicks(page)
        section = page.locator("section", has_text="待我审核办结")
        click.on(section.get_by_role("link", name=title))
        click("同意办结")
        click("同意办结")
        expect(page.get_by_text(DONE)).to_be_visible()
        assert click.count == 3, "accept a clearance"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_supervisor_chooses_unit_and_policy_and_issues_in_four_clicks(
    chromium: Browser, town: Town, scripts: bool
) -> None:
    title = "公交站台照明损坏" if scripts else "老旧小区加装电梯缺少图纸"
    said = {name: "甲" if scripts else "乙" for name in ("situation", "demand", "difficulty")}
    town.program("province").post("/intake", said | {"source": "hotline", "title": title})
    with town.person(chromium, "province", "supervisor", java_script_enabled=scripts) as page:
        page.goto("/")
        click = Clicks(page)
        click(f"受理并交办 {title}")
        click.pick("lead", town.node("city"))
        click.pick("grade", "major")
        click.fill(**GATE)
        click("受理并交办", exact=True)
        expect(page.get_by_text("待领导批准")).to_be_visible()
        assert click.count == 4, "triage, unit, policy, issue"


def test_a_leader_is_at_a_matter_in_two_clicks_from_a_red_city(
    chromium: Browser, town: Town
) -> None:
    title = "普惠性幼儿园学位新增任务"
    issued(town, title)
    town.later(40 * 86400)
    with town.person(chromium, "province", "leader") as page:
        page.goto("/screen")
        click = Clicks(page)
        click.on(page.locator(".tile.lit-red .tile-main", has_text="示例市"))
        click.on(page.locator(".worst-list a", has_text=title))
        expect(page.get_by_role("heading", name=title).first).to_be_visible()
        assert click.count == 2, "red city, matter"
        click = Clicks(page)
        click("催办")
        click.fill(text="请抓紧")
        click("催办")
        expect(page.get_by_text(DONE)).to_be_visible()
        assert click.count == 2, "urge"


def test_what_stands_beside_a_form_follows_what_is_typed_and_nothing_typed_is_lost(
    chromium: Browser, town: Town
) -> None:
    issued(town, "整改某高速连续长下坡警示标志缺失")
    with town.person(chromium, "province", "supervisor") as page:
        for path in ("/matters/new", "/triage/new"):
            page.goto(path)
            page.locator('[name="title"]').press_sequentially("整改某高速连续长下坡警示标志")
            expect(page.locator("#beside")).to_contain_text("疑似重复")
            expect(page.locator("#beside")).to_contain_text("还缺:")
            content = page.locator('[name="content"]')
            content.press_sequentially("进一步加强夜间")
            expect(page.locator("#c-content-said mark").first).to_have_text("进一步")
            content.press_sequentially("可视距离复核")
            expect(content).to_be_focused()
            expect(content).to_have_value("进一步加强夜间可视距离复核")
            expect(page.locator(".remark-refuse")).to_have_count(0)
            expect(page.locator("#ledger-box fieldset")).to_have_count(0)
            page.locator('[name="board"][value="investment"]').check()
            value = page.locator('#ledger-box input[type="text"], #ledger-box input.form-control')
            value.first.fill("12")
            content.press_sequentially(",12块")
            expect(page.locator("#c-content-said mark")).to_have_count(0)
            expect(value.first).to_have_value("12")


def test_a_firm_sees_while_typing_what_it_asked_before_and_never_what_others_did(
    chromium: Browser, town: Town
) -> None:
    firm = town.program("province", "enterprise")
    applicant = {"name": "另一家", "uscc": "91140100MA0KXXXX0T"}
    said: dict[str, object] = {name: "a" for name in ("situation", "demand", "difficulty")}
    said |= {"title": "厂区专用线用电增容两年未批", "applicant": applicant}
    firm.post("/intake", said)
    with town.person(chromium, "province", "enterprise") as page:
        page.goto("/port/new")
        title = page.locator('[name="title"]')
        title.press_sequentially("厂区专用线用电增容两年未批")
        page.locator('[name="situation"]').fill("进一步加强")
        expect(page.locator("#c-situation-said mark").first).to_have_text("进一步")
        expect(page.locator("#beside")).not_to_contain_text("厂区")
        for name in ("demand", "difficulty"):
            page.locator(f'[name="{name}"]').fill("批复")
        click = Clicks(page)
        click("下一步")
        click.fill(applicant__name="示例制造有限公司", applicant__uscc="91140100MA0KXXXX0T")
        click("确认提交")
        page.goto("/port/new")
        title.fill("厂区专用线用电增容两年仍未批")
        expect(page.locator("#beside")).to_contain_text("您提交过类似的诉求")
        expect(page.locator("#beside li")).to_have_count(1)
