"""One matter's whole life through pages alone, without scripts, as people click it."""

from __future__ import annotations

import io

from tests.node.web.stand import Browser, WebStand

MATTER = {
    "title": "整改某段连续长下坡警示标志缺失",
    "board": "daily",
    "grade": "general",
    "content": "补设标志并复核夜间可视距离",
    "source": "领导批示",
    "basis": "晋政办〔2026〕1号",
    "indicators.0.name": "补设标志",
    "indicators.0.unit": "块",
    "indicators.0.target": "12",
    "responsible": "张三",
    "head": "李四",
    "contact.name": "王五",
    "contact.phone": "0351-0000000",
}
DEPLOY = {
    "leader": "甲",
    "responsible": "乙",
    "contact.name": "丙",
    "contact.phone": "0351-1111111",
    "measures": "立即整改",
}


def fill(browser: Browser, path: str, named: str, fields: dict[str, object]) -> str:
    return browser.send(path, named, **{name.replace(".", "__"): v for name, v in fields.items()})


def register(browser: Browser) -> str:
    fill(browser, "/matters/new", "登记立项", MATTER)
    where = browser.page.headers["Location"]
    assert where.endswith("/issue"), browser.said()
    return where.removesuffix("/issue").removeprefix("/matters/")


def test_a_matter_lives_from_registration_to_strike_off_on_pages(web: WebStand) -> None:
    chief, head = web.browser("supervisor"), web.browser("head", "city")
    id = register(chief)
    fill(chief, f"/matters/{id}/issue", "严禁涉密", {"lead": web.nodes["city"]})
    page = chief.follow()
    assert "示例市" in page
    assert "待签收" in page
    web.turn()
    desk = head.get("/")
    assert "待签收" in desk
    assert MATTER["title"] in desk
    slip = web.slip("city")
    for word, fields in (
        ("sign", {}),
        ("deploy", DEPLOY),
        ("report", {"text": "已补设6块", "indicators.0.value": "6"}),
        ("clear", {"text": "已补设12块", "indicators.0.value": "12"}),
    ):
        files = (
            {"_files": (io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "验收单.pdf")} if word == "report" else {}
        )
        fill(head, f"/assignments/{slip}/{word}", "严禁涉密", fields | files)
        head.follow()
    web.turn()
    assert "待我审核办结" in chief.get("/")
    fill(chief, f"/assignments/{slip}/grant", "严禁涉密", {"mark": "good"})
    fill(chief, f"/matters/{id}/strike", "严禁涉密", {"result": "标志已补齐"})
    page = chief.follow()
    assert "已销号" in page
    assert "丙" in page, "whom to call at the unit"
    assert "0351-1111111" in page
    assert "来源证明" in page
    assert "验收单.pdf" in page
