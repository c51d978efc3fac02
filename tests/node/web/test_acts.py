"""Acts as forms: each command of the API has its page, drawn from its form, read back into it."""

from __future__ import annotations

import re

import pytest
from werkzeug.datastructures import MultiDict

from node.service.work import OPERATIONS
from node.web import controls, deeds, labels, triage
from node.web.controls import Control, Entry, Special
from schemas.api.outline import Field, outline
from tests.node.api.stand import FORM
from tests.node.web.stand import WebStand
from tests.node.web.test_journey import MATTER, fill, register

SAMPLE = {
    "line": "x", "prose": "甲\n乙", "day": "2026-03-02", "instant": "2026-03-02T01:00:00.000Z",
    "flag": True, "raw": "5",
}  # fmt: skip


def sample(one: Field) -> object:
    if one.kind in ("part", "rows"):
        row = {each.name: sample(each) for each in one.parts}
        return row if one.kind == "part" else [row, row]
    if one.kind == "lines":
        return ["x", "y"]
    if one.kind == "map":
        return {"k1": "2026-03-02T16:00:00.000Z"}
    return one.words[0] if one.kind == "choice" else SAMPLE[one.kind]


def sent(made: list[Control], value: dict[str, object]) -> MultiDict[str, str]:
    """What a browser sends of these controls."""
    found = MultiDict[str, str]()
    for one in controls.every(made):
        if one.kind == "lines":
            for text in one.value:
                found.add(one.path, text)
        elif one.kind == "flag":
            found.add(one.path, "true")
        elif one.kind == "instant":
            found.add(one.path, "2026-03-02T09:00")
        elif one.kind not in ("part", "rows", "map"):
            found.add(one.path, str(one.value).replace("\n", "\r\n"))
    return found


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_a_form_shows_is_read_back_as_it_was(operation: str) -> None:
    value = {one.name: sample(one) for one in outline(operation)}
    entries = {one.name: [Entry(name, name) for name in value[one.name]]  # type: ignore[attr-defined]
               for one in outline(operation) if one.kind == "map"}  # fmt: skip
    made = controls.controls(operation, value, Special(maps=entries))
    assert controls.posted(operation, sent(made, value)) == value


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_command_and_member_has_its_words(operation: str) -> None:
    assert operation in labels.COMMANDS
    for one in controls.every(controls.controls(operation, {})):
        assert re.search(r"[\u4e00-\u9fff]", one.label), one.path


def test_every_command_has_its_page() -> None:
    words = {one.partition(".") for one in OPERATIONS}
    for kind, _, word in words:
        if kind == "draft":
            assert word in (*triage.ACTS, "submit", "rate", "complain"), word
        elif word not in (*deeds.NOT_HERE, "register"):
            assert f"{kind}.{word}" in labels.COMMANDS


def test_the_gates_remarks_stand_beside_the_words_that_they_mean(web: WebStand) -> None:
    chief = web.browser("supervisor")
    vague = MATTER | {"content": "进一步加强安全管理", "indicators.0.target": "明显提升"}
    fields = {name.replace(".", "__"): value for name, value in vague.items()}
    page = chief.send("/matters/new", "登记立项", 200, _check="1", **fields)
    assert '<mark class="mark-warn">进一步</mark><mark class="mark-warn">加强</mark>' in page
    assert '<mark class="mark-refuse">提升</mark>' in page
    assert "还有必须修改之处" in page
    assert web.got("/matters")["items"] == [], "a check writes nothing"
    page = chief.send("/matters/new", "登记立项", 200, **fields)
    assert "未通过立项门槛" in page
    assert vague["content"] in page, "what was written is still there"
    assert web.got("/matters")["items"] == []


def test_what_is_missing_is_said_beside_its_control(web: WebStand) -> None:
    chief = web.browser("supervisor")
    page = chief.send("/matters/new", "登记立项", 200, title="只有标题")
    assert page.count("remark-refuse") >= 8
    assert "缺少“责任人”" in page


def test_another_row_is_offered_without_losing_a_word(web: WebStand) -> None:
    chief = web.browser("supervisor")
    fields = {name.replace(".", "__"): value for name, value in MATTER.items()}
    page = chief.send("/matters/new", "登记立项", 200, _more="indicators", **fields)
    assert 'name="indicators.1.name"' in page
    assert MATTER["content"] in page


def test_a_form_sent_twice_has_one_effect(web: WebStand) -> None:
    chief = web.browser("supervisor")
    fill(chief, "/matters/new", "登记立项", MATTER)
    where = chief.page.headers["Location"]
    again = chief.client.post("/matters/new", data=web.last(chief))
    assert again.headers["Location"] == where
    assert len(web.got("/matters")["items"]) == 1


def test_a_unit_is_named_and_one_that_two_units_are_called_is_asked_for(web: WebStand) -> None:
    chief = web.browser("supervisor")
    id = register(chief)
    page = fill(chief, f"/matters/{id}/issue", "严禁涉密", {"lead": "示例市"})
    assert "示例市" in chief.follow()
    del page
    other = web.done("POST", "/matters", FORM | {"title": "另一件"})["id"]
    page = chief.send(f"/matters/{other}/issue", "严禁涉密", 200, lead="没有这个县")
    assert "有 0 个单位叫" in page


def test_what_may_not_be_done_now_is_refused_with_its_reason(web: WebStand) -> None:
    chief = web.browser("supervisor")
    id = register(chief)
    page = chief.send(f"/matters/{id}/strike", "严禁涉密", 200, result="完成")
    assert "当前状态为“已立项”,不能执行此操作" in page
    chief.get(f"/matters/{id}/nothing", 404)
    chief.get("/matters/nowhere", 404)
    handler = web.browser("handler")
    page = handler.send(f"/matters/{id}/strike", "严禁涉密", 200, result="完成")
    assert "您的角色不能执行此操作" in page


def test_requests_wait_for_their_ruling_on_the_issuers_page(web: WebStand) -> None:
    chief, head = web.browser("supervisor"), web.browser("head", "city")
    id = register(chief)
    fill(chief, f"/matters/{id}/issue", "严禁涉密", {"lead": web.nodes["city"]})
    web.turn()
    slip = web.slip("city")
    deploy = {"leader": "甲", "responsible": "乙", "contact.name": "丙", "contact.phone": "1",
              "measures": "会商"}  # fmt: skip
    fill(head, f"/assignments/{slip}/sign", "严禁涉密", {})
    fill(head, f"/assignments/{slip}/deploy", "严禁涉密", deploy)
    day = web.day(12)
    fill(head, f"/assignments/{slip}/extend", "严禁涉密", {"reason": "等批复", "until": day})
    plan = {"solution": "分两步", "milestones.0.name": "完成批复", "milestones.0.date": web.day(20)}
    fill(head, f"/assignments/{slip}/plan", "严禁涉密", plan)
    fill(head, f"/assignments/{slip}/ask-pause", "严禁涉密", {"grounds": "法定公示期"})
    web.turn()
    page = chief.get("/approvals")
    for words in ("申请延期", "提出挂账方案", "申请中止", MATTER["title"]):
        assert words in page
    page = chief.get(f"/matters/{id}")
    assert "等批复" in page
    assert "完成批复" in page
    assert f'value="{day}"' in chief.get(f"/assignments/{slip}/grant-extension")
    fill(chief, f"/assignments/{slip}/refuse-extension", "严禁涉密", {"reason": "时间够"})
    page = chief.send(f"/assignments/{slip}/grant-plan", "严禁涉密")
    assert "挂账时间节点" in chief.follow()
    fill(chief, f"/matters/{id}/pause", "严禁涉密", {"grounds": "属实"})
    assert "没有等待批复的申请" in chief.get("/approvals")
    web.turn()
    assert "挂账办理" in head.get("/") or "中止" in head.get("/slips")
