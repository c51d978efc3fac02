"""What the domain goes by, published on pages: policies, scores, ledgers, campaigns, calendars."""

from __future__ import annotations

import io
from typing import Any

import pytest
from openpyxl import Workbook

from node.readmodel.scope import ROLES
from node.service import almanac, campaigns, ledgers, policies, scores
from tests.node.api.stand import FORM
from tests.node.web.stand import Browser, WebStand


def workbook(*lines: tuple[Any, ...]) -> io.BytesIO:
    book = Workbook()
    assert book.active is not None
    for line in lines:
        book.active.append(line)  # type: ignore[union-attr]
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    return out


def sent(browser: Browser, path: str, status: int, named: str = "公布", **more: Any) -> str:
    return browser.send(path, named, status, **more)


def test_a_policy_is_published_from_the_one_in_force_and_withdrawn(any_web: WebStand) -> None:
    web = any_web
    chief, place = web.browser("supervisor"), web.places["province"]
    chief.get("/admin/policies")
    assert "default/1" in chief.said()
    sent(chief, "/admin/policies/new", 303, version="workingdays/1", counts="working",
         boards="daily", days__k7="9", warn__k7="1440")  # fmt: skip
    chief.follow()
    assert "workingdays/1" in chief.said()
    held = policies.one(web.host, place, "workingdays/1")
    assert (held["counts"], held["boards"], held["days"]["k7"]) == ("working", ["daily"], 9)
    assert held["warn"] == {"k1": 720, "k3": 1440, "k7": 1440, "km": 10080}
    assert len(held["ladder"]) == 4
    force = policies.show(web.host, place)["in_force"]
    assert force["daily"]["general"] == "workingdays/1"
    assert force["reform"]["general"] == "default/1"
    sent(chief, "/admin/policies/new?from=workingdays/1", 303)  # the next number stands in it
    assert policies.one(web.host, place, "workingdays/2")["days"]["k7"] == 9
    chief.send("/admin/policies/withdraw?name=workingdays/2", "停用")
    assert policies.show(web.host, place)["in_force"]["daily"]["general"] == "default/1"
    assert web.audit(act="policy.publish")[0]["outcome"] == "done"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"version": "x"}, "如 workingdays/1"),
        ({"version": "workingdays/1", "days__k7": "many"}, "须为范围内的整数"),
        ({"version": "workingdays/1", "days__k7": "0"}, "须为范围内的整数"),
        ({"version": "workingdays/1", "ladder__0__minutes": "-5"}, "须为范围内的整数"),
    ],
)
def test_a_fault_stands_beside_its_member_and_what_was_filled_in_stays(
    web: WebStand, fields: dict[str, str], words: str
) -> None:
    chief = web.browser("supervisor")
    page = sent(chief, "/admin/policies/new", 422, tolerance="7", **fields)
    assert 'class="fault"' in page
    assert words in chief.said()
    assert 'name="tolerance" value="7"' in page
    assert not policies.show(web.host, web.places["province"])["published"]


def test_a_version_is_never_used_again(web: WebStand) -> None:
    chief = web.browser("supervisor")
    sent(chief, "/admin/policies/new", 303, version="workingdays/1")
    sent(chief, "/admin/policies/new", 422, version="workingdays/1")
    assert "workingdays/1 的序号没有大于已公布的 workingdays/1" in chief.said()


def test_rows_grow_without_scripts(web: WebStand) -> None:
    chief = web.browser("supervisor")
    page = sent(chief, "/admin/policies/new", 200, version="workingdays/1", _more="ladder")
    assert 'name="ladder.4.minutes"' in page
    assert 'name="version" value="workingdays/1"' in page


def test_a_score_table_is_published_for_the_months_to_come(web: WebStand) -> None:
    chief, place = web.browser("supervisor"), web.places["province"]
    sent(chief, "/admin/scores/new", 303, minimum="8", lines__0__points="250")
    chief.follow()
    told = scores.show(web.host, place)
    assert [one["version"] for one in told["published"]] == [told["next_month"]]
    held = scores.one(web.host, place, told["next_month"])
    assert (held["minimum"], held["lines"][0]["points"]) == (8, 250)
    assert len(held["lines"]) == len(told["in_force"]["lines"])
    page = sent(chief, "/admin/scores/new", 422, lines__0__points="20000")
    assert "须为范围内的整数" in page


@pytest.mark.parametrize("board", ["investment", "daily"])
def test_a_ledger_is_published_from_its_own_form_unchanged(web: WebStand, board: str) -> None:
    chief, place = web.browser("supervisor"), web.places["province"]
    before = ledgers.one(web.host, place, board)
    sent(chief, f"/admin/ledgers/new?board={board}", 303)
    after = ledgers.one(web.host, place, board)
    assert after["version"] == f"{board}/2"
    for name in ("fields", "totals", "groups"):
        assert after[name] == before[name]


def test_a_ledgers_field_keeps_its_type(web: WebStand) -> None:
    chief = web.browser("supervisor")
    fields = ledgers.one(web.host, web.places["province"], "investment")["fields"]
    at = next(number for number, one in enumerate(fields) if one["type"] == "money")
    said = {f"fields__{at}__{name}": "" for name in ("unit", "scale")}
    said |= {f"fields__{at}__type": "text", f"fields__{at}__cumulative": "false"}
    sent(chief, "/admin/ledgers/new?board=investment", 422, **said)
    assert "求和须为数值字段" in chief.said()


def campaign(web: WebStand) -> dict[str, str]:
    return {
        "version": "railwaysafe/1",
        "title": "铁路沿线治理",
        "starts": "2026-03-01",
        "ends": "2026-12-31",
        "classes": "A1 私搭乱建\n B2\t轻飘物 \n\n",
        "territory": f"140105 {web.nodes['city']}\n140106000000\t示例市",
        "milestones": "2026-06-30 60% 完成六成",
    }


def test_a_campaign_is_published_with_classes_territory_and_end(any_web: WebStand) -> None:
    web = any_web
    chief, place = web.browser("supervisor"), web.places["province"]
    sent(chief, "/admin/campaigns/new", 303, **campaign(web))
    chief.follow()
    assert "铁路沿线治理" in chief.said()
    held = campaigns.listed(web.host, place)["items"][0]
    assert held["classes"] == [{"code": "A1", "name": "私搭乱建"}, {"code": "B2", "name": "轻飘物"}]
    city = web.nodes["city"]
    assert [one["unit"] for one in held["territory"]] == [city, city]
    assert held["milestones"] == [{"date": "2026-06-30", "share": 60, "name": "完成六成"}]
    assert held["ends"] == "2026-12-31"
    sent(chief, f"/admin/campaigns/new?from={held['id']}", 303, title="第二版")
    assert campaigns.one(web.host, place, held["id"])["version"] == "railwaysafe/2"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("territory", "140105 没有这个县", "第 1 行: 没有这个单位"),
        ("territory", "14 示例市", "第 1 行: 格式不符"),
        ("classes", "A1", "第 1 行: 必填"),
        ("classes", "A1 甲\nA1 乙", "代码不能重复"),
        ("ends", "2025-01-01", "截止日期早于开始日期"),
        ("milestones", "2027-06-30 60 太晚", "时间节点须在起止日期之内"),
        ("milestones", "2026-06-30 六成 半", "第 1 行: 须为范围内的整数"),
    ],
)
def test_a_campaigns_fault_names_the_line(web: WebStand, name: str, value: str, words: str) -> None:
    chief = web.browser("supervisor")
    sent(chief, "/admin/campaigns/new", 422, **(campaign(web) | {name: value}))
    assert words in chief.said(), chief.said()
    assert not campaigns.listed(web.host, web.places["province"])["items"]


def test_a_campaign_is_filled_in_from_the_template(web: WebStand) -> None:
    chief = web.browser("supervisor")
    template = chief.client.get("/admin/campaigns/template").data
    form = {"_fill": "1", "file": (io.BytesIO(template), "专项定义表.xlsx")}
    page = sent(chief, "/admin/campaigns/new", 200, **form)
    for text in ('value="railwaysafe/1"', "铁路沿线安全环境专项治理", "A1 私搭乱建",
                 "140105 小店区", "2026-06-30 60 完成六成", 'value="2026-12-31"'):  # fmt: skip
        assert text in page, text


def test_a_workbook_with_faults_fills_in_nothing_and_names_them(web: WebStand) -> None:
    chief = web.browser("supervisor")
    head = ("栏目", "代码或日期", "名称或单位", "办结百分比")
    bad = workbook(
        head, ("类别", "A1", "甲", None), ("县", "1", "乙", None), ("节点", None, "丙", 5)
    )
    page = sent(chief, "/admin/campaigns/new", 200, _fill="1", file=(bad, "x.xlsx"))
    words = chief.said()
    assert "3 栏目 县 以下之一:名称、开始日期、截止日期、版本、类别、属地、节点" in words
    assert "4 代码或日期 (空) 必填" in words
    assert "A1 甲" not in page
    sent(chief, "/admin/campaigns/new", 200, _fill="1", file=(io.BytesIO(b"no"), "x.xlsx"))
    assert "不是 .xlsx 工作簿" in chief.said()
    sent(chief, "/admin/campaigns/new", 200, _fill="1", file=(workbook(("甲",)), "x.xlsx"))
    assert (
        "表头有“栏目”" in chief.said()
        or "表头须有“栏目”" in chief.said()
        or "没有内容" in chief.said()
    )


DAYS = "日期,类型,名称\n2027-01-01,放假,元旦\n2027-02-06,放假,春节\n2027-02-20,上班,调休\n"


def table(browser: Browser, status: int, text: str = DAYS, **more: Any) -> str:
    said = {"version": "cn/2027", "covered_until": "2027-12-31", "text": text} | more
    return browser.send("/admin/calendars", "核对", status, **said)


def test_a_calendar_is_checked_published_and_applied(any_web: WebStand) -> None:
    web = any_web
    chief, place = web.browser("supervisor"), web.places["province"]
    table(chief, 200)
    assert "3 行核对无误" in chief.said()
    assert "待公布 cn/2027" in chief.said()
    assert almanac.show(web.host, place)["in_force"]["version"] != "cn/2027"
    form = {"csrf_token": web.token(chief), "what": "publish", "region": "cn"}
    chief.post("/admin/calendars", form)
    chief.follow()
    assert "没有需要调整的时限" in chief.said()
    assert almanac.show(web.host, place)["in_force"]["version"] == "cn/2027"
    chief.get("/admin/calendars?version=cn/2027")
    assert "2027-02-20 上班 调休" in chief.said()
    assert "2027-12-31 节假日已知至" in chief.said()


def test_a_calendar_comes_as_a_workbook_too(web: WebStand) -> None:
    chief = web.browser("supervisor")
    book = workbook(("日期", "类型", "名称"), ("2027-01-01", "放假", "元旦"))
    table(chief, 200, "", file=(book, "x.xlsx"))
    assert "1 行核对无误" in chief.said()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (DAYS + "2028-01-01,放假,元旦\n", "4 日期 2028-01-01 2027-01-01 至 2027-12-31"),
        ("日期,类型\n2027-1-1,放假\n", "1 日期 2027-1-1 日期,如 2027-02-06"),
        ("日期,类型\n2027-01-01,半天\n", "1 类型 半天 放假,或上班"),
        ("日期,类型\n2027-01-04,上班\n", "上班只用于调休的周六、周日"),
        ("名称\n元旦\n", "表头缺少一栏"),
        ("", "没有表格,或表格里没有内容"),
    ],
)
def test_a_calendars_fault_names_row_column_and_what_is_accepted(
    web: WebStand, text: str, words: str
) -> None:
    chief = web.browser("supervisor")
    table(chief, 422, text)
    assert words in chief.said(), chief.said()
    assert not almanac.show(web.host, web.places["province"])["drafts"]


def test_what_a_calendar_moves_is_shown_first_and_applied_for_a_reason(web: WebStand) -> None:
    chief, place = web.browser("supervisor"), web.places["province"]
    sent(chief, "/admin/policies/new", 303, version="workingdays/1", counts="working")
    matter = web.done("POST", "/matters", FORM, "supervisor")
    web.done("POST", f"/matters/{matter['id']}/issue", {"lead": web.nodes["city"]}, "supervisor")
    last = almanac.show(web.host, place)["in_force"]["covered_until"]
    ahead = [web.day(days) for days in range(1, 5)]
    lines = "".join(f"{day},放假,假\n" for day in ahead)
    until = max(last, web.day(400))
    table(chief, 200, "日期,类型,名称\n" + lines, version="cn/2099", covered_until=until)
    form = {"csrf_token": web.token(chief), "what": "publish", "region": "cn"}
    chief.post("/admin/calendars", form)
    page = chief.get("/admin/calendars/preview")
    assert "本单位交办的 1 件需要调整" in chief.said()
    assert FORM["title"] in page
    form = {"csrf_token": web.token(chief), "token": "stale", "reason": "放假安排", "only": "x"}
    chief.post("/admin/calendars/preview", form, 422)
    assert "情况已经变化" in chief.said()
    slip = web.got("/assignments", "supervisor")["items"][0]["id"]
    chief.send("/admin/calendars/preview", "调整所选时限", reason="放假安排", only=slip)
    chief.follow()
    assert "已调整 1 件交办单的时限" in chief.said()
    chief.get("/admin/calendars/preview")
    assert "没有需要调整的时限" in chief.said()


def test_only_the_root_publishes_for_all_and_a_city_hears_why(web: WebStand) -> None:
    city = web.browser("supervisor", "city")
    sent(city, "/admin/scores/new", 422)
    assert "只有最高一级可以公布评分表" in city.said()
    table(city, 422)
    assert "只有最高一级可以公布工作日历" in city.said()


def test_letters_of_document_numbers_are_set_by_the_supervisor(web: WebStand) -> None:
    chief, head = web.browser("supervisor"), web.browser("head")
    chief.send("/admin/templates", "机关代字", letters="晋政督")
    assert "晋政督〔" in chief.follow()
    assert "请登录督办系统办理" in chief.said()
    made = web.done("POST", "/matters", FORM, "supervisor")
    assert made["no"].startswith("晋政督〔")
    chief.send("/admin/templates", "机关代字", 200, letters="12 3")
    assert "1至20个汉字或字母" in chief.said()
    form = {"csrf_token": web.token(head), "letters": "甲"}
    head.post("/admin/templates", form, 200)
    assert "您的角色不能更改机关代字" in head.said()


def test_a_node_below_is_suspended_with_grounds_and_resumed(web: WebStand) -> None:
    admin, city = web.browser("admin"), web.nodes["city"]
    form = {"csrf_token": web.token(admin), "node": city, "what": "suspend", "grounds": " "}
    admin.post("/admin/nodes", form, 200)
    assert "请写明理由" in admin.said()
    admin.post("/admin/nodes", form | {"grounds": "密钥可能泄露"})
    admin.follow()
    assert "已暂停" in admin.said()
    admin.post("/admin/nodes", form | {"what": "resume", "grounds": "已核实"})
    admin.follow()
    assert "已恢复该节点" in admin.said()
    chief = web.browser("supervisor")
    chief.post("/admin/nodes", form | {"csrf_token": web.token(chief), "grounds": "x"}, 200)
    assert "您的角色不能执行此操作" in chief.said()


def test_a_new_key_is_made_on_the_page(web: WebStand) -> None:
    admin = web.browser("admin")
    admin.send("/admin/nodes", "更换本节点密钥")
    admin.follow()
    assert "本节点已更换密钥" in admin.said()


@pytest.mark.parametrize("role", ROLES)
def test_administration_shows_only_what_the_role_may_open(long_web: WebStand, role: str) -> None:
    browser = long_web.browser(role)
    if role == "enterprise":
        browser.get("/admin", 403)
        return
    page = browser.get("/admin")
    for path in set(page.split('<h2><a href="')[1:]):
        browser.get(path.partition('"')[0])


def test_own_addresses_are_kept_and_a_wrong_one_says_what_is_accepted(any_web: WebStand) -> None:
    web = any_web
    head = web.browser("head")
    head.send("/me", "保存", email="a@example.cn", phone="", chat="")
    assert 'value="a@example.cn"' in head.follow()
    assert web.got("/me/contacts", "head")["email"] == "a@example.cn"
    page = head.send("/me", "保存", 200, email="nobody", phone="", chat="")
    assert "一个邮箱地址,如 name@example.cn" in head.said()
    assert 'value="nobody"' in page
    head.send("/me", "保存", email="", phone="+86 138".replace(" ", "") + "00000000", chat="")
    assert web.got("/me/contacts", "head")["email"] is None
