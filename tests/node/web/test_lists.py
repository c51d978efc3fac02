"""Lists: each filter means what it says, counts what it lists, and finds Chinese words of two
characters on both databases."""

from __future__ import annotations

import re

import pytest

from node.readmodel import register
from node.readmodel.register import Wanted
from node.readmodel.scope import Sight
from tests.node.api.stand import FORM
from tests.node.web.stand import WebStand

DAY = 86400
OTHERS = (
    {"title": "农产品冷链物流园用地批复", "board": "key-project", "grade": "major"},
    {"title": "普惠性幼儿园学位新增任务", "board": "key-work", "content": "新增公办学位300个"},
    {"title": "招商项目落地", "board": "investment", "region": "140105", "campaign": "清欠专项"},
)


def many(web: WebStand) -> dict[str, str]:
    """Four matters, the first three issued to the city, in different states and lights."""
    ids = {}
    for one in (FORM, *(FORM | other for other in OTHERS)):
        ids[one["title"]] = web.done("POST", "/matters", one)["id"]
    units = {"lead": web.nodes["city"]}
    for title in (FORM["title"], OTHERS[0]["title"]):
        web.done("POST", f"/matters/{ids[title]}/issue", units)
    web.turn()
    slips = web.got("/assignments?role=assignee", node="city")["items"]
    web.done("PUT", "/clock", {"advance_seconds": 2 * DAY}, "admin")
    first = next(one for one in slips if one["title"] == FORM["title"])
    web.done("POST", f"/assignments/{first['id']}/sign", None, "head", node="city")
    web.done("POST", f"/matters/{ids[OTHERS[1]['title']]}/issue", units)
    web.turn()
    return ids


@pytest.fixture(scope="module")
def full_web(long_web: WebStand) -> WebStand:
    many(long_web)
    return long_web


def listed(page: str) -> list[str]:
    return re.findall(r'<td class="title"><a href="/matters/[^"]+">([^<]+)</a>', page)


CASES = {
    "": 4,
    "board=key-work": 1,
    "grade=major": 1,
    "state=OPEN": 3,
    "state=APPROVED": 1,
    "light=red": 2,
    "light=green": 1,
    "light=yellow": 0,
    "text=冷链": 1,
    "text=学位": 1,
    "text=物流 用地": 1,
    "text=冷链 学位": 0,
    "text=300": 1,
    "text=%25": 0,
    "campaign=清欠专项": 1,
    "region=1401": 1,
    "registrar=me": 4,
    "unit=示例市": 3,
    "unit=nobody": 0,
    "stage=k1&verdict=overdue": 2,
    "stage=k1&verdict=on_time": 0,
    "from=2020-01-01&to=2020-01-02": 0,
    "from=2020-01-01": 4,
}


@pytest.mark.parametrize(("query", "count"), CASES.items())
def test_a_filter_lists_what_it_counts(full_web: WebStand, query: str, count: int) -> None:
    page = full_web.browser("supervisor").get(f"/matters?{query}")
    assert len(listed(page)) == count
    assert f"共 {count} 件" in page


SLIPS = {"": 3, "light=red": 2, "state=SIGNED": 1, "kind=co": 0, "issuer=me": 3, "asks=any": 0,
         "text=学位": 1, "stage=last&verdict=waiting": 3}  # fmt: skip


@pytest.mark.parametrize(("query", "count"), SLIPS.items())
def test_assignments_too(full_web: WebStand, query: str, count: int) -> None:
    page = full_web.browser("supervisor").get(f"/slips?{query}")
    assert len(listed(page)) == count
    assert f"共 {count} 张" in page


def test_a_search_says_when_it_finds_more_than_it_counts(
    full_web: WebStand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "MOST_COUNTED", 0)
    chief = full_web.browser("supervisor")
    assert "超过 0 件" in chief.get("/matters?text=学位")
    assert "超过 0 张" in chief.get("/slips?text=学位")
    assert "共 4 件" in chief.get("/matters"), "what isn't searched for is counted to the end"


def test_two_characters_are_found_on_both_databases(any_web: WebStand) -> None:
    many(any_web)
    chief = any_web.browser("supervisor")
    assert listed(chief.get("/matters?text=冷链")) == [OTHERS[0]["title"]]
    assert listed(chief.get("/matters?text=公办")) == [OTHERS[1]["title"]], "in the content"
    city = any_web.browser("supervisor", "city")
    assert listed(city.get("/slips?text=冷链")) == [OTHERS[0]["title"]], "where it was given to"


def test_pages_follow_one_another_without_a_gap(full_web: WebStand) -> None:
    place, now = full_web.places["province"], full_web.host.now().business
    seen, after = list[str](), ""
    with full_web.host.database.read() as connection:
        while True:
            rows = register.find_matters(
                connection, place.tenant.id, place.domain, now, Wanted(), after=after, limit=1
            )
            if not rows:
                break
            seen += [row["id"] for row in rows]
            after = rows[-1]["place"]
        none = register.count_matters(
            connection, place.tenant.id, place.domain, now, Wanted(), sight=Sight("nothing")
        )
    assert len(seen) == len(set(seen)) == 4
    assert none == 0


def test_a_view_is_kept_under_its_name_for_its_user_alone(full_web: WebStand) -> None:
    chief = full_web.browser("supervisor")
    chief.send("/matters?light=red", "保存", name="我的红灯", what="save")
    page = chief.get("/matters")
    assert "我的红灯" in page
    assert 'href="/matters?light=red"' in page
    assert "我的红灯" not in full_web.browser("leader").get("/matters")
    chief.send("/matters", "×", what="forget", name="我的红灯")
    assert "我的红灯" not in chief.get("/matters")


def test_several_matters_are_listed_at_once_or_none_is(full_web: WebStand) -> None:
    chief = full_web.browser("supervisor")
    chief.get("/matters?state=OPEN")
    ids = re.findall(r'name="id" value="([^"]+)"', chief.page.text)
    assert len(ids) == 3
    chief.send("/matters?state=OPEN", "批量", id=ids, word="list", result="领导要求", what="bulk")
    assert "已办理 3 件" in chief.follow()
    assert "挂牌督办" in chief.get(f"/matters/{ids[0]}")
    acts = full_web.audit(act="matter.list")
    assert [(one["outcome"], one["count"]) for one in acts] == [("done", 3)]
    chief.send("/matters", "批量", 409, id=ids, word="strike", result="完成", what="bulk")
    assert all(full_web.got(f"/matters/{id}")["state"] == "OPEN" for id in ids)
