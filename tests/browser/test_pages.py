"""Every main page at three widths, by keyboard, and as axe-core sees it; the screen lives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.town import Town
from tests.node.api.stand import FORM

AXE = Path(__file__).with_name("axe.min.js").read_text(encoding="utf-8")
GRAVE = ("serious", "critical")
STAFF = ("/", "/matters", "/slips", "/matters/new", "/triage", "/triage/new", "/approvals",
         "/inbox", "/federation", "/screen", "/me", "/stats/timeliness", "/stats/clearance",
         "/stats/ageing", "/stats/regions", "/stats/score", "/stats/score/table", "/bulletins",
         "/stats/list/matters?count=registered", "/ledgers", "/ledgers/daily",
         "/ledgers/investment?print=1", "/campaigns", "/me/second", "/admin",
         "/admin/calendars", "/admin/calendars/preview", "/admin/policies", "/admin/policies/new",
         "/admin/scores/new", "/admin/ledgers/new?board=investment", "/admin/campaigns/new",
         "/admin/nodes", "/admin/templates")  # fmt: skip


@pytest.fixture(scope="module")
def lived(town: Town) -> Town:
    """A matter that is under way, and a second one that is red."""
    program = town.program("province")
    for title in ("农产品冷链物流园用地批复", "普惠性幼儿园学位新增任务"):
        made = program.post("/matters", FORM | {"title": title})
        program.post(f"/matters/{made['id']}/issue", {"lead": town.node("city")})
    program.post("/intake", {"source": "hotline", "title": "公交站台照明损坏", "situation": "a",
                             "demand": "b", "difficulty": "c"})  # fmt: skip
    return town


def waiting(page: Page) -> str:
    """Where the first draft of the queue is accepted."""
    page.goto("/triage")
    return str(page.locator("td a.btn-primary").first.get_attribute("href"))


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_no_page_is_wider_than_its_screen(chromium: Browser, lived: Town, width: int) -> None:
    size = {"width": width, "height": 900}
    with lived.person(chromium, "province", "supervisor", viewport=size) as page:
        page.goto("/matters")
        paths = [*STAFF, str(page.locator("td.title a").first.get_attribute("href")), waiting(page)]
        wide = {}
        for path in paths:
            page.goto(path)
            wide[path] = page.evaluate("document.documentElement.scrollWidth")
        assert {path: found for path, found in wide.items() if found > width} == {}


@pytest.mark.parametrize("role", ["supervisor", "security", "auditor", "admin", "enterprise"])
def test_axe_finds_nothing_serious(chromium: Browser, lived: Town, role: str) -> None:
    paths = {
        "supervisor": STAFF,
        "security": ("/admin/users", "/admin/nodes", "/admin/erase", "/admin"),
        "admin": ("/admin/hooks", "/admin/deliveries", "/admin/lines", "/admin"),
        "auditor": ("/admin/audit",),
        "enterprise": ("/port/mine", "/port/new", "/port", "/track", "/port/register"),
    }[role]
    with lived.person(chromium, "province", role, bypass_csp=True) as page:
        found = list[str]()
        if role == "supervisor":
            page.goto("/matters")
            matter = str(page.locator("td.title a").first.get_attribute("href"))
            paths = (*paths, matter, waiting(page), f"{matter}/issue")
        for path in paths:
            page.goto(path)
            page.evaluate(AXE)
            said = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            found += [
                f"{path}: {one['id']}: {one['nodes'][0]['html'][:200]}"
                for one in said["violations"]
                if one["impact"] in GRAVE
            ]
        assert found == []


def test_a_person_comes_in_and_finds_a_matter_by_keyboard_alone(
    chromium: Browser, lived: Town
) -> None:
    context = chromium.new_context(base_url=lived.hosts["province"].address)
    page = context.new_page()
    page.goto("/login")
    page.keyboard.press("Tab")
    expect(page.get_by_text("跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("#user").focus()
    page.keyboard.type("province-supervisor")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse 13710")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="工作台")).to_be_visible()
    page.goto("/matters")
    page.locator('[name="text"]').focus()
    page.keyboard.type("冷链")
    page.keyboard.press("Enter")
    expect(page.locator("td.title a")).to_have_count(1)
    page.locator("td.title a").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="农产品冷链物流园用地批复").first).to_be_visible()
    context.close()


def test_the_screen_shows_what_is_new_without_being_reloaded(
    chromium: Browser, lived: Town
) -> None:
    with lived.person(chromium, "province", "leader") as page:
        page.goto("/screen")
        figure = page.locator(".figure b").first
        before = int(figure.inner_text())
        program = lived.program("province", "registrar")
        made = program.post("/matters", FORM | {"title": "新的一件"})
        program.post(f"/matters/{made['id']}/issue", {"lead": lived.node("city")})
        expect(figure).to_have_text(str(before + 1), timeout=10000)


def test_the_screen_says_so_when_nothing_comes_any_longer(chromium: Browser, lived: Town) -> None:
    with lived.person(chromium, "province", "leader", errors=True) as page:
        page.route("**/screen-live", lambda route: route.abort())
        page.clock.install()
        page.goto("/screen")
        expect(page.locator("#stale")).to_be_hidden()
        page.clock.run_for(26000)
        expect(page.locator("#stale")).to_contain_text("数据可能不是最新")


@pytest.mark.parametrize("width", [1280, 1920])
def test_the_bar_at_the_top_is_one_line(chromium: Browser, lived: Town, width: int) -> None:
    size = {"width": width, "height": 900}
    with lived.person(chromium, "province", "supervisor", viewport=size) as page:
        for language in ("zh", "en"):
            page.goto(f"/language/{language}?next=/")
            tops = page.evaluate(
                "[...document.querySelectorAll('.bar nav>a,.bar nav summary,.tools>a')]"
                ".map(one => Math.round(one.getBoundingClientRect().y + one.offsetHeight / 2))"
            )
            assert max(tops) - min(tops) < 12, (language, tops)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_menu_opens_without_scripts(chromium: Browser, lived: Town, width: int) -> None:
    size = {"width": width, "height": 900}
    with lived.person(
        chromium, "province", "supervisor", viewport=size, java_script_enabled=False
    ) as page:
        page.goto("/")
        slips = page.get_by_role("link", name="交办单", exact=True)
        expect(slips).not_to_be_visible()
        page.get_by_text("更多", exact=True).click()
        expect(slips).to_be_in_viewport()
        slips.click()
        expect(page).to_have_url(re.compile("/slips$"))
