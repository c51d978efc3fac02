"""The command centre: every number opens the very list behind it; it lives, and says when not."""

from __future__ import annotations

import re
from html import unescape

import pytest

from node.storage.store import SqlStore
from node.web import screen
from tests.node.web.stand import Browser, WebStand
from tests.node.web.test_lists import many

ANCHOR = re.compile(r'<a[^>]*href="(/(?:matters|slips)\?[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)


@pytest.fixture(scope="module")
def seen(long_web: WebStand) -> tuple[WebStand, Browser]:
    many(long_web)
    return long_web, long_web.browser("leader")


def numbers(page: str) -> list[tuple[str, int]]:
    """Addresses of lists with the whole number that stands on the way there."""
    found = []
    for href, inner in ANCHOR.findall(page):
        text = re.sub(r"<span>.*?</span>|<[^>]+>", "", inner).strip()
        if text.isdigit():
            found.append((unescape(href), int(text)))
    return found


@pytest.mark.parametrize("where", ["/screen", "/screen/city"])
def test_every_number_opens_the_list_that_it_counts(
    seen: tuple[WebStand, Browser], where: str
) -> None:
    web, leader = seen
    page = leader.get(where.replace("city", web.nodes["city"]))
    ways = numbers(page)
    assert len(ways) > 20
    for href, number in ways:
        total = re.search(r"共 (\d+) [件张]", leader.get(href))
        assert total, href
        assert int(total[1]) == number, href


def test_a_leader_is_at_a_matter_in_two_clicks_from_a_red_city(
    seen: tuple[WebStand, Browser],
) -> None:
    _, leader = seen
    page = leader.get("/screen")
    city = re.search(r'lit-red[^"]*"><a class="tile-main" href="(/screen/[^"]+)"', page)
    assert city
    page = leader.get(city[1])
    matter = re.search(r'<ol class="worst-list"><li><a href="(/matters/[^"]+)"', page)
    assert matter
    page = leader.get(matter[1])
    for words in ("内容", "联系", "办理进度与时间节点", "王五"):
        assert words in page


def test_the_chart_has_its_table(seen: tuple[WebStand, Browser]) -> None:
    page = seen[1].get("/screen")
    assert page.count('role="img"') == 1
    assert re.search(r"<svg.*?</svg>\s*<table", page, re.DOTALL)


def test_few_submissions_are_not_ranked() -> None:
    def row(name: str, rate: float, expected: int) -> dict[str, object]:
        return {"name": name, "rate": rate, "expected": expected, "red": 0}

    made = screen.league([row("a", 0.5, 9), row("b", 1.0, 5), row("c", 1.0, 4), row("d", 0, 0)])
    assert [one["name"] for one in made["ranked"]] == ["b", "a"]
    assert [one["name"] for one in made["few"]] == ["c"]


def test_news_is_told_at_once_and_silence_is_broken_by_beats(web: WebStand) -> None:
    host, tenant = web.host, web.places["province"].tenant.id
    stream = screen._stream(host, tenant)
    assert "event: beat" in next(stream)
    many(web)
    assert "event: tick" in next(stream)


def test_streams_are_few_and_one_that_ends_leaves_its_place(long_web: WebStand) -> None:
    leader = long_web.browser("leader")
    held = [leader.client.get("/screen-live", buffered=False) for _ in range(screen.STREAMS)]
    assert all(one.mimetype == "text/event-stream" for one in held)
    refused = leader.client.get("/screen-live")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    for one in held:
        one.close()
    again = leader.client.get("/screen-live", buffered=False)
    assert again.status_code == 200
    again.close()


def test_a_wall_may_look_at_the_screen_and_at_nothing_else(web: WebStand) -> None:
    many(web)
    wall = web.browser("leader")
    wall.send("/screen", "设为大屏")
    assert "区域与部门" in wall.follow()
    for path in ("/matters", "/slips", "/triage", "/me", "/federation"):
        wall.get(path, 403)
    city = web.nodes["city"]
    wall.get(f"/screen/{city}")
    wall.get("/", 303)


def test_what_is_not_below_is_no_region(seen: tuple[WebStand, Browser]) -> None:
    seen[1].get("/screen/nowhere", 404)


def test_a_child_that_cannot_be_called_is_named_after_three_failures(web: WebStand) -> None:
    place, city = web.places["province"], web.nodes["city"]
    shown = []
    for failures in (0, 2, 3):

        def fail(store: SqlStore, _: object, failures: int = failures) -> None:
            link = store.link(city)
            assert link is not None
            link.failures, link.last_error = failures, "unreachable" if failures else None
            store.save_link(link)

        web.host.write(place, fail)
        shown.append("失去联系" in web.browser("leader").get("/screen"))
    assert shown == [False, False, True]
