"""The enterprise's way: register, three pages, receipt, follow, rate, complain."""

from __future__ import annotations

import re

from tests.node.web.stand import PASSWORD, Browser, WebStand

FIRM = {
    "name": "示例制造有限公司",
    "uscc": "91140100MA0KXXXX0T",
    "contact": "钱某",
    "phone": "0351-2222222",
    "user": "示例制造",
    "password": PASSWORD,
}
DEMAND = {
    "title": "厂区专用线用电增容两年未批",
    "situation": "2025年3月申报,至今未批",
    "demand": "批复增容方案",
    "difficulty": "供电与规划两家意见不一",
}


def register(web: WebStand, **more: str) -> Browser:
    firm = web.nobody()
    firm.send("/port/register", "企业名称", node=web.nodes["province"], **FIRM | more)
    firm.login(web.nodes["province"], FIRM["user"])
    return firm


def submit(firm: Browser) -> tuple[str, str]:
    """The receipt's number and code."""
    page = firm.send("/port/new", "下一步", 200, **DEMAND)
    assert "请核对后提交" in page
    assert FIRM["uscc"] in page
    fields = {name: firm_field(page, name) for name in ("csrf_token", "_key", *DEMAND)}
    firm.post("/port/check", fields)
    page = firm.follow()
    found = re.findall(r'class="huge">([^<]+)<', page)
    return found[0], found[1]


def firm_field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def test_a_firm_registers_submits_in_three_pages_and_gets_a_receipt(any_web: WebStand) -> None:
    firm = register(any_web)
    number, code = submit(firm)
    assert re.fullmatch(r"\d{8}-0001", number)
    assert "承诺受理时限" in firm.page.text
    assert DEMAND["title"] in firm.get("/port/mine")
    nobody = any_web.nobody()
    page = nobody.send("/track", "受理编号", 200, number=number, code=code)
    assert DEMAND["title"] in page
    assert DEMAND["difficulty"] not in page, "public steps, no texts"
    nobody.send("/track", "受理编号", 200, number=number, code="2222-2222-2222")
    assert "没有与此编号和查询码对应的受理件" in nobody.said()


def test_a_receipts_code_is_shown_only_once(web: WebStand) -> None:
    firm = register(web)
    number, code = submit(firm)
    other = web.browser("enterprise")
    other.get(f"/port/done/{number}", 303)
    assert code not in firm.get("/port/mine")


def test_going_back_from_the_check_keeps_what_was_written(web: WebStand) -> None:
    firm = register(web)
    page = firm.send("/port/new", "下一步", 200, **DEMAND)
    fields = {name: firm_field(page, name) for name in ("csrf_token", *DEMAND)}
    page = firm.post("/port/new", fields | {"_back": "1"}, 200)
    assert DEMAND["difficulty"] in page
    assert "下一步" in page


def test_what_is_missing_is_said_beside_its_field(web: WebStand) -> None:
    firm = register(web)
    page = firm.send("/port/new", "下一步", 200, title="厂区用电")
    assert page.count("⚠ 必填") == 3


def test_a_code_that_is_none_is_refused_and_a_wrong_digit_only_warns(web: WebStand) -> None:
    nobody = web.nobody()
    said = FIRM | {"uscc": "12345"}
    nobody.send("/port/register", "企业名称", 200, node=web.nodes["province"], **said)
    assert "不是统一社会信用代码" in nobody.said()
    assert "18位" in nobody.said()
    firm = register(web)
    assert "我的诉求" in firm.get("/port/mine")
    other = web.nobody()
    other.send("/port/register", "企业名称", 200, node=web.nodes["province"], **FIRM)
    assert "用户名已被使用" in other.said()


def test_the_result_is_rated_and_a_complaint_is_heard(web: WebStand) -> None:
    firm = register(web)
    number, code = submit(firm)
    chief, head = web.browser("supervisor"), web.browser("head")
    draft = web.got("/drafts")["items"][0]["id"]
    form = {
        "source": "enterprise", "basis": "企业诉求第1号", "title": DEMAND["title"],
        "board": "daily", "grade": "general", "content": "请批复增容方案",
        "solution": "两家会商一次办结", "lead": "示例省", "responsible": "张三", "head": "李四",
        "contact.name": "王五", "contact.phone": "0351-0000000", "indicators.0.name": "批复",
        "indicators.0.unit": "件", "indicators.0.target": "1", "indicators.0.evidence": "批复文件",
        "scores.deadline": "days",
    }  # fmt: skip
    fields = {name.replace(".", "__"): value for name, value in form.items()}
    chief.send(f"/triage/{draft}/draft", "严禁涉密", **fields)
    page = chief.follow()
    assert "提请立项" in page
    chief.send(f"/triage/{draft}/propose", "处理说明", answer="无重复")
    chief.send(f"/triage/{draft}/approve", "确认即可")
    assert "/issue" in chief.page.headers["Location"], "straight on to the issue"
    matter = chief.page.headers["Location"].split("/")[2]
    chief.send(f"/matters/{matter}/issue", "严禁涉密", lead=web.nodes["city"])
    web.turn()
    head = web.browser("head", "city")
    slip = web.slip("city")
    deploy = {"leader": "甲", "responsible": "乙", "contact__name": "丙", "contact__phone": "1",
              "measures": "会商"}  # fmt: skip
    for word, more in (("sign", {}), ("deploy", deploy), ("report", {"text": "已会商"}),
                       ("clear", {"text": "已批复"})):  # fmt: skip
        head.send(f"/assignments/{slip}/{word}", "严禁涉密", **more)
    web.turn()
    nobody = web.nobody()
    page = nobody.send("/track", "受理编号", 200, number=number, code=code)
    assert "示例市" in page, "who holds it"
    assert "提交评价" not in page, "nothing to rate yet"
    chief.send(f"/assignments/{slip}/grant", "严禁涉密", mark="good")
    page = nobody.send("/track", "受理编号", 200, number=number, code=code)
    assert "提交评价" in page
    fields = {"csrf_token": firm_field(page, "csrf_token"), "number": number, "code": code}
    page = nobody.post("/track", fields | {"word": "rate", "score": "2"}, 200)
    assert "不满意" in page
    page = nobody.post("/track", fields | {"word": "complain", "text": "批复未送达"}, 200)
    assert "批复未送达" in page
    assert "待核查" in page
    chief.send(f"/triage/{draft}/judge", "核查结论", finding="proved",
               grounds="确未送达")  # fmt: skip
    assert "办理中" in chief.get(f"/matters/{matter}"), "sent back before strike-off"


def test_a_firm_sees_its_own_and_nobody_elses(web: WebStand) -> None:
    firm = register(web)
    submit(firm)
    draft = web.got("/drafts")["items"][0]["id"]
    firm.get(f"/port/mine/{draft}")
    web.browser("enterprise").get(f"/port/mine/{draft}", 404)
    for path in ("/matters", "/triage", f"/triage/{draft}", "/screen", "/federation", "/inbox"):
        firm.get(path, 403)
