"""Accept and issue on one page, without scripts: what it proposes, keeps, refuses and does."""

from __future__ import annotations

import re
from typing import Any

from node.service import enrol, suggesting, units
from tests.node.api.stand import FORM as PLAIN
from tests.node.web.stand import Browser, WebStand

ASK = {"source": "hotline", "title": "某段警示标志缺失", "situation": "连续长下坡",
       "demand": "请补设标志", "difficulty": "无"}  # fmt: skip
GATE = {
    "responsible": "张三", "head": "李四", "contact__name": "王五", "contact__phone": "1",
    "indicators__0__name": "补设标志", "indicators__0__unit": "块", "indicators__0__target": "12",
    "indicators__0__evidence": "验收单",
}  # fmt: skip
NAMED = "严禁涉密"


def asked(web: WebStand, **more: Any) -> str:
    return str(web.done("POST", "/intake", ASK | more)["id"])


def chosen(page: str, name: str) -> list[str]:
    found = re.findall(r'<input type="radio" name="([^"]+)" value="([^"]+)" checked', page)
    return [value for one, value in found if one == name]


def test_the_page_proposes_unit_weight_policy_and_dates(web: WebStand) -> None:
    chief = web.browser("supervisor")
    id = asked(web, unit="示例市")
    assert f"/triage/{id}/accept" in chief.get("/triage"), "one click from the queue"
    page = chief.get(f"/triage/{id}/accept")
    assert chosen(page, "lead") == [web.nodes["city"]]
    assert chosen(page, "board") == ["daily"]
    assert chosen(page, "grade") == ["general"]
    assert chosen(page, "scores.livelihood") == ["direct"]
    assert "门槛评分已按来源预选" in page
    assert "申报中写明" in page
    assert web.day(1)[:8] in page, "the dates by which it is due"


def test_a_unit_is_proposed_by_what_it_led_before_and_by_matters_that_are_alike(
    web: WebStand,
) -> None:
    chief = web.browser("supervisor")
    made = web.done("POST", "/matters", PLAIN | {"title": "某段警示标志缺失一处"})
    web.done("POST", f"/matters/{made['id']}/issue", {"lead": web.nodes["city"]})
    page = chief.get(f"/triage/{asked(web)}/accept")
    assert "疑似重复" in page
    assert "承办过相似事项" in page
    assert "近期承办本板块 1 件" in page
    assert chosen(page, "lead") == [web.nodes["city"]]
    page = chief.get(f"/triage/{asked(web, title='公交站台照明损坏')}/accept")
    assert "近期承办本板块 1 件" in page
    assert chosen(page, "lead") == [], "of the same board alone is no reason to choose it"


def test_the_region_s_unit_is_the_one_directly_below_that_holds_it() -> None:
    class Tree(units.Tree):
        codes = {"a": "140100", "b": "140105", "c": "140200", "d": "140000", "e": None}

        def __init__(self) -> None:
            self.me = "me"

        def children(self, node: str) -> list[str]:
            return list(self.codes)

        def code(self, node: str) -> str | None:
            return self.codes[node]

        def level(self, node: str) -> str | None:
            return "department" if node == "d" else "city"

    found = {region: suggesting._of_region(Tree(), region)
             for region in ("140105001", "140121", "140221", "150000", "")}  # fmt: skip
    assert found == {"140105001": "b", "140121": "a", "140221": "c", "150000": None, "": None}


def test_one_form_accepts_and_issues(any_web: WebStand) -> None:
    chief = any_web.browser("supervisor")
    id = asked(any_web, unit="示例市")
    chief.send(f"/triage/{id}/accept", NAMED, **GATE)
    assert "已受理并交办,编号" in chief.follow()
    assert "待签收" in chief.page.text
    again = chief.client.post(f"/triage/{id}/accept", data=any_web.last(chief))
    assert again.status_code == 303, "a form sent twice has one effect"
    assert len(any_web.got("/matters")["items"]) == 1


def test_what_is_refused_stands_beside_its_control_and_nothing_typed_is_lost(web: WebStand) -> None:
    chief = web.browser("supervisor")
    id = asked(web)
    page = chief.send(f"/triage/{id}/accept", NAMED, 200, **GATE)
    assert "⚠ 必填" in page, "no unit is sure, so none was chosen"
    page = chief.send(f"/triage/{id}/accept", NAMED, 200, lead_other="没有这个县", **GATE)
    assert "有 0 个单位叫“没有这个县”" in page
    said = GATE | {"indicators__0__target": "明显提升", "content": "进一步加强"}
    page = chief.send(f"/triage/{id}/accept", NAMED, 200, lead_other="示例市", **said)
    assert '<mark class="mark-refuse">提升</mark>' in page
    assert '<mark class="mark-warn">进一步</mark>' in page
    assert 'value="验收单"' in page
    assert web.got("/matters")["items"] == []
    assert web.got(f"/drafts/{id}")["state"] == "LEAD"
    page = chief.send(f"/triage/{id}/accept", NAMED, 200, lead_other="示例市", _check="1", **GATE)
    assert "没有必须修改之处" in page
    assert web.got(f"/drafts/{id}")["state"] == "LEAD", "a check writes nothing"


def test_a_major_one_is_put_to_the_leader_and_then_issued_with_the_lead_kept(
    web: WebStand,
) -> None:
    chief, leader = web.browser("supervisor"), web.browser("leader")
    id = asked(web)
    chief.send(f"/triage/{id}/accept", NAMED, lead_other="示例市", grade="major", **GATE)
    assert "待领导批准" in chief.follow()
    assert "示例市" in chief.page.text, "the lead by its name"
    leader.send(f"/triage/{id}/approve", "确认即可")
    matter = leader.page.headers["Location"]
    assert not matter.endswith("/issue"), "the office issues"
    page = chief.get(f"{matter}/issue")
    assert chosen(page, "lead") == [web.nodes["city"]]


def test_only_parts_without_controls_come_while_somebody_types(web: WebStand) -> None:
    chief = web.browser("supervisor")
    id = asked(web, unit="示例市")
    for path in ("/matters/new", "/triage/new", f"/triage/{id}/draft", f"/triage/{id}/accept"):
        said = {"_live": "1", "title": "某段警示标志缺失", "content": "进一步加强", "_ledger": ""}
        page = live(web, chief, path, said)
        assert "疑似重复" in page or path.startswith(f"/triage/{id}"), path
        assert '<mark class="mark-warn">进一步</mark>' in page, path
        assert "还缺:" in page, path
        assert "<html" not in page
        assert not re.search(r"<(textarea|select)|<input(?! type=.hidden)", page), path
    page = live(web, chief, "/matters/new", {"board": "investment", "_ledger": ""})
    assert 'name="ledger.investor"' in page, "another board's ledger"
    page = live(web, chief, "/matters/new", {"board": "investment", "_ledger": "investment"})
    assert 'name="ledger.investor"' not in page, "what is typed into it stays"
    page = live(web, chief, "/matters/new", {"region": "x"})
    assert "格式不符" in page
    assert web.got("/matters")["items"] == []


def live(web: WebStand, browser: Browser, path: str, said: dict[str, str]) -> str:
    return browser.post(path, said | {"_live": "1", "csrf_token": web.token(browser)}, 200)


def test_a_page_whose_session_has_ended_gets_no_login_into_its_parts(web: WebStand) -> None:
    nobody = web.nobody()
    answer = nobody.client.get("/inbox/unread", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text) == (403, "")


def test_a_firm_is_shown_its_own_and_no_other_s(web: WebStand) -> None:
    firm, said = web.browser("enterprise"), {"title": ASK["title"], "situation": "进一步加强"}
    asked(web)
    page = live(web, firm, "/port/new", said)
    assert '<mark class="mark-warn">进一步</mark>' in page
    assert "类似的诉求" not in page
    applicant = {"name": "示例", "uscc": "91140100MA0KXXXX0T"}
    body = ASK | {"source": "enterprise", "applicant": applicant}
    web.done("POST", "/intake", body, "enterprise")
    page = live(web, firm, "/port/new", said)
    assert "您提交过类似的诉求" in page
    assert page.count("<li>") == 1


def test_a_unit_whose_name_holds_an_and_is_one_lead(web: WebStand) -> None:
    name = "示例发展和改革委员会"
    web.nodes["board"] = enrol.init(web.host, name, "department").node
    web.places["board"] = web._join("board")
    chief = web.browser("supervisor")
    said = GATE | {"title": "某项目核准", "content": "请核准", "source": "leader", "basis": "x",
                   "board": "daily", "grade": "general", "lead": name}  # fmt: skip
    page = chief.send("/triage/new", NAMED, 200, _check="1", **said)
    assert "主办单位须有一个" not in page
    assert f'value="{name}"' in page, "as it was typed"
    chief.send("/triage/new", NAMED, **said)
    (draft,) = web.got("/drafts")["items"]
    assert web.got(f"/drafts/{draft['id']}")["form"]["lead"] == web.nodes["board"]
    assert name in chief.follow()
    page = chief.send(f"/triage/{draft['id']}/edit", NAMED, 200, _check="1", lead="甲局和乙局")
    assert "主办单位须有一个,且只有一个" in page


def test_in_english_chinese_stands_only_where_people_wrote_it(web: WebStand) -> None:
    chief = web.browser("supervisor")
    id = asked(web, unit="示例市")
    chief.get("/language/en?next=/", 303)
    chief.get(f"/triage/{id}/accept")
    words = chief.said()
    for said in ("中文", "示例省", "示例市", "现状:", "诉求:", "难题:", *ASK.values(),
                 "晋政办〔2026〕1号", "(人)"):  # fmt: skip
        words = words.replace(said, "")
    assert re.findall("[\u4e00-\u9fff]", words) == []
