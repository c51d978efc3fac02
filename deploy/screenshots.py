"""``python -m deploy.screenshots``: pictures of the main pages, from the demo's own federation.

Founds the small demo, lets an enterprise submit, and takes each page into docs/pictures/ with a
system chromium. Decides which pages and sizes; changes nothing but by the pages themselves.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console

from deploy.demo import found
from deploy.demo.__main__ import run
from deploy.demo.story import START, errands
from deploy.topology import DEMO
from node.service.topology import load

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEMAND = {
    "title": "某产业园专用线用电增容两年未批复",
    "situation": "2024年3月申报增容2000千伏安,材料齐全,至今未批",
    "demand": "请批复增容方案并明确送电日期",
    "difficulty": "供电与规划两家对路由意见不一,已函询三次",
}
OFFICE = (1280, 800)
WALL = (1920, 1080)
PHONE = (390, 844)


def main() -> int:
    """Take them all; 1 where no browser is installed."""
    binary = next((path for name in NAMES if (path := shutil.which(name))), None)
    if binary is None:
        print(f"no browser: none of {', '.join(NAMES)} (Debian: apt-get install chromium)")
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    console = Console()
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as player,
        closing(found.prepare(load(DEMO), Path(folder))) as fed,
    ):
        run(console, fed, errands(fed.topology, railway=False), START)
        browser = player.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        take(browser, fed)
        browser.close()
    for path in sorted(PICTURES.glob("*.png")):
        print(f"{path.relative_to(PICTURES.parent.parent)}  {path.stat().st_size // 1024} KiB")
    return 0


def take(browser: Browser, fed: found.Federation) -> None:
    """Each page, as the person whose page it is."""
    province = fed.machine("sx").url
    page = enter(browser, fed, "xd", "enterprise", OFFICE)
    submit(page)
    shot(page, "receipt")
    page = enter(browser, fed, "xd", "enterprise", PHONE)
    page.goto(f"{fed.machine('xd').url}/port/new")
    shot(page, "port-phone")
    page = enter(browser, fed, "xd", "enterprise", OFFICE)
    submit(page)
    page = enter(browser, fed, "xd", "supervisor", OFFICE)
    page.goto(f"{fed.machine('xd').url}/triage")
    page.locator("td.title a").first.click()
    shot(page, "triage")
    page.get_by_role("link", name="受理并交办").first.click()
    page.wait_for_load_state()
    shot(page, "accept")
    page = enter(browser, fed, "sx", "supervisor", OFFICE)
    for name, path in (("workbench", "/"), ("matters", "/matters"), ("federation", "/federation")):
        page.goto(province + path)
        shot(page, name)
    page.goto(f"{province}/matters?light=red")
    page.locator("td.title a").first.click()
    shot(page, "matter")
    page.goto(f"{province}/matters/new")
    fill(
        page,
        title="加强冷链物流园建设和用地保障",
        content="进一步加快推进园区建设,切实解决用地问题",
    )
    page.get_by_role("button", name="先检查").click()
    shot(page, "gate")
    page = enter(browser, fed, "sx", "leader", WALL)
    page.goto(f"{province}/screen")
    shot(page, "command")
    page.locator(".tile-main").first.click()
    page.wait_for_load_state()
    shot(page, "region")


def enter(
    browser: Browser, fed: found.Federation, body: str, role: str, size: tuple[int, int]
) -> Page:
    """Somebody's browser, come in."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.goto(f"{fed.machine(body).url}/login")
    if page.locator("#node").count():
        page.fill("#node", fed.topology.bodies[body].name)
    page.fill("#user", f"{body}-{role}")
    page.fill("#password", found.PASSWORD)
    page.locator("main form button").click()
    page.wait_for_load_state()
    return page


def submit(page: Page) -> None:
    """The enterprise's three pages."""
    page.get_by_role("link", name="提交诉求").first.click()
    fill(page, **DEMAND)
    page.get_by_role("button", name="下一步").click()
    fill(page, applicant__name="示例制造有限公司(虚构)", applicant__uscc="91140100MA0KXXXX0T")
    page.get_by_role("button", name="确认提交").click()
    page.wait_for_load_state()


def fill(page: Page, **said: str) -> None:
    """Fields by name; `__` stands for a point."""
    for name, value in said.items():
        page.locator(f'[name="{name.replace("__", ".")}"]').fill(value)


def shot(page: Page, name: str) -> None:
    """One picture, of what is seen without scrolling."""
    page.wait_for_timeout(400)  # what htmx loads by itself
    page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    sys.exit(main())
