"""Intake through the real application: port, triage, decision, tracking, numbers, duplicates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from node.domain.commands import DomainRefused
from node.service.numbers import Numbers, set_letters
from node.service.tracking import TRIES, Throttle
from node.service.verify import verify
from node.storage.hosts import find_setting, put_setting
from schemas.fields import NO_CLASSIFIED
from tests.node.service.house import House
from tests.schemas.intake_examples import FORM, LAWFUL

ASK = {name: LAWFUL["duban.draft.submitted"][name] for name in (
    "title", "situation", "demand", "difficulty", "applicant", "region")}  # fmt: skip
PLAIN = {name: value for name, value in FORM.items() if name != "campaign"}
FIRM = "示例公司"


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    made = House(tmp_path, database_url)
    yield made
    made.close()


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


def submitted(house: House, **change: Any) -> Any:
    return house.post("/intake", ASK | change, "enterprise", FIRM)


def taken(house: House, **change: Any) -> str:
    """A draft that was submitted and taken up, with a whole form; its id."""
    id = submitted(house)["id"]
    house.post(f"/drafts/{id}/draft", PLAIN | change, "registrar")
    return str(id)


def approved(house: House) -> tuple[Any, Any]:
    receipt = submitted(house)
    house.post(f"/drafts/{receipt['id']}/draft", PLAIN, "registrar")
    house.post(f"/drafts/{receipt['id']}/propose", {}, "registrar")
    return receipt, house.post(f"/drafts/{receipt['id']}/approve", {}, "supervisor")


def ticket(receipt: Any, **more: Any) -> dict[str, Any]:
    return {"number": receipt["receipt"], "code": receipt["code"], **more}


def test_from_the_port_to_the_register_and_back_to_the_applicant(house: House) -> None:
    receipt, made = approved(house)
    assert receipt["promised"].endswith("16:00:00Z")
    matter = house.get(f"/matters/{made['matter']}", "supervisor")
    assert (matter["no"], matter["state"], matter["source"]) == (made["no"], "APPROVED", "企业端口")
    told = house.post("/track", ticket(receipt))
    assert [one["step"] for one in told["steps"]] == ["线索/申报", "拟办", "已立项"]
    assert (told["no"], told["stage"], told["promised"]) == (made["no"], "已立项", made["promised"])
    assert receipt["code"] not in str(house.get(f"/drafts/{receipt['id']}", "supervisor"))
    report = verify(house.host)
    assert report.findings == []
    # the matter, its draft, what is compared, what is summed up; three users, and what they did:
    # made, four commands
    assert report.rows == 4 + 3 + (3 + 4)


def test_the_queue_shows_state_source_due_and_light(lite: House) -> None:
    submitted(lite)
    (row,) = lite.get("/drafts?state=LEAD&source=enterprise", "registrar")["items"]
    assert (row["title"], row["light"], row["submitter"]) == ("断头路影响运输", "green", FIRM)
    assert lite.get("/drafts?state=DRAFT", "registrar")["items"] == []
    clock: Any = lite.host.now
    clock.advance(timedelta(days=12))
    assert lite.get("/drafts", "registrar")["items"][0]["light"] == "red"


def test_an_enterprise_sees_its_own_submissions_and_nothing_else(lite: House) -> None:
    mine = submitted(lite)["id"]
    lite.post("/intake", ASK, "enterprise", "另一公司")
    assert [one["id"] for one in lite.get("/intake/mine", "enterprise", FIRM)["items"]] == [mine]
    told = lite.get(f"/drafts/{mine}", "enterprise", FIRM)
    assert "form" not in told
    assert "duplicates" not in told
    for path in ("/drafts", "/matters", "/picture", "/assignments"):
        answer = lite.call("GET", path, None, "enterprise", FIRM)
        assert (answer.status_code, answer.json["code"]) == (403, "wrong-role"), path
    answer = lite.call("GET", f"/drafts/{mine}", None, "enterprise", "另一公司")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"situation": ""}, "situation"),
        ({"applicant": {"name": "甲", "uscc": "123"}}, "applicant.uscc"),
        ({"applicant": []}, "applicant"),
        ({"demand": 7}, "demand"),
        ({"region": "x"}, "region"),
    ],
)
def test_a_submission_out_of_form_says_where_and_writes_nothing(
    lite: House, change: dict[str, Any], where: str
) -> None:
    answer = lite.call("POST", "/intake", ASK | change, "enterprise", FIRM)
    assert (answer.status_code, answer.json["where"]) == (422, where)
    assert lite.get("/intake/mine", "enterprise", FIRM)["items"] == []


def test_a_declined_one_is_told_the_reason_and_where_it_went(lite: House) -> None:
    receipt = submitted(lite)
    said = {"reason": "属12345受理范围", "to": "12345"}
    lite.post(f"/drafts/{receipt['id']}/decline", said, "supervisor")
    told = lite.post("/track", ticket(receipt))
    assert (told["stage"], told["reason"], told["transferred_to"]) == (
        "不予立项", "属12345受理范围", "12345",
    )  # fmt: skip


def test_receipt_numbers_count_on_and_codes_differ(lite: House) -> None:
    one, two = submitted(lite), submitted(lite)
    assert one["receipt"].endswith("-0001")
    assert two["receipt"].endswith("-0002")
    assert one["code"] != two["code"]


def test_tracking_needs_the_right_code_and_slows_down_who_guesses(lite: House) -> None:
    one, two = submitted(lite), submitted(lite)
    wrong = ticket(one, code=two["code"])
    for _ in range(TRIES):
        answer = lite.call("POST", "/track", wrong)
        assert (answer.status_code, answer.json["code"]) == (404, "not-found")
    answer = lite.call("POST", "/track", ticket(one))
    assert (answer.status_code, answer.json["code"]) == (429, "throttled")
    assert lite.post("/track", ticket(two, code=two["code"].replace("-", "").lower()))
    unknown = lite.call("POST", "/track", {"number": "20200101-0001", "code": "x"})
    assert (
        unknown.json["detail"] == lite.call("POST", "/track", ticket(two, code="x")).json["detail"]
    )
    assert lite.call("POST", "/track", {"number": 1}).status_code == 422


def test_failed_tries_are_forgotten_after_ten_minutes() -> None:
    throttle = Throttle()
    for at in range(TRIES):
        throttle.check("n", float(at))
        throttle.failed("n", float(at))
    with pytest.raises(DomainRefused, match="throttled"):
        throttle.check("n", 10.0)
    throttle.check("other", 10.0)
    throttle.check("n", 600.0)


def test_rating_waits_for_clearance_and_a_complaint_is_judged(lite: House) -> None:
    receipt, _ = approved(lite)
    answer = lite.call("POST", "/track/rate", ticket(receipt, score=5))
    assert (answer.status_code, answer.json["code"]) == (409, "wrong-state")
    lite.post("/track/complain", ticket(receipt, text="仍未通车"))
    said = {"finding": "unfounded", "grounds": "在期限内"}
    assert lite.post(f"/drafts/{receipt['id']}/judge", said, "supervisor")["reopened"] is None
    (one,) = lite.post("/track", ticket(receipt))["complaints"]
    assert (one["text"], one["finding"]) == ("仍未通车", "unfounded")
    assert lite.call("POST", "/track/approve", ticket(receipt)).status_code == 404


def test_a_refused_decision_leaves_no_number_behind(lite: House) -> None:
    id = taken(lite, grade="major")
    lite.post(f"/drafts/{id}/propose", {}, "registrar")
    answer = lite.call("POST", f"/drafts/{id}/approve", {}, "supervisor")
    assert (answer.status_code, answer.json["accepted"]) == (403, "leader")
    assert lite.post(f"/drafts/{id}/approve", {}, "leader")["no"].endswith("〕1号")


def test_likely_duplicates_are_shown_and_must_be_dealt_with(house: House) -> None:
    made = house.run("matter.register", "", PLAIN, "supervisor")
    assert made["duplicates"] == []
    again = house.run("matter.register", "", PLAIN, "supervisor")
    assert [one["id"] for one in again["duplicates"]] == [made["id"]]
    id = taken(house)
    told = house.get(f"/drafts/{id}", "supervisor")
    assert {one["id"] for one in told["duplicates"]} == {made["id"], again["id"]}
    assert "same place" in told["duplicates"][0]["reasons"]
    refused = house.call("POST", f"/drafts/{id}/propose", {}, "registrar")
    assert (refused.status_code, refused.json["where"]) == (422, "answer")
    into = {"into": made["id"], "reason": "同一路段"}
    house.post(f"/drafts/{id}/merge", into, "supervisor")
    assert house.get(f"/drafts/{id}", "supervisor")["state"] == "MERGED"
    assert verify(house.host).findings == []


def test_a_merged_ones_applicant_follows_the_other(lite: House) -> None:
    first, made = approved(lite)
    receipt = submitted(lite)
    said = {"into": first["id"], "reason": "同一诉求"}
    lite.post(f"/drafts/{receipt['id']}/merge", said, "supervisor")
    told = lite.post("/track", ticket(receipt))
    assert (told["no"], told["reason"]) == (made["no"], "同一诉求")
    bad = {"into": "draft:x", "reason": "x"}
    other = submitted(lite)["id"]
    assert lite.call("POST", f"/drafts/{other}/merge", bad, "supervisor").status_code == 404


def test_check_says_all_and_writes_nothing(lite: House) -> None:
    found = lite.post("/drafts/check", {"title": "切实加强管理"}, "registrar")
    assert not found["passes"]
    assert [one["word"] for one in found["remarks"] if one["code"] == "vague"] == ["切实", "加强"]
    assert lite.post("/drafts/check", PLAIN, "registrar") == {
        "passes": True, "remarks": [], "duplicates": [],
    }  # fmt: skip
    assert lite.get("/drafts", "registrar")["items"] == []


def test_the_forms_say_that_nothing_classified_may_be_filled_in(lite: House) -> None:
    told = lite.call("GET", "/intake/forms").json
    assert told["notice"] == NO_CLASSIFIED
    assert told["sources"]["enterprise"] == "企业端口"
    assert told["criteria"]["danger"]["options"]["present"]["points"] == 4


def test_numbers_are_per_body_and_year_and_go_on_above_what_is_held(lite: House) -> None:
    with pytest.raises(DomainRefused, match="letters"):
        lite.host.database.write(lambda one: set_letters(one, lite.place.tenant.id, "晋〔1"))
    lite.host.database.write(lambda one: set_letters(one, lite.place.tenant.id, "晋政督"))
    first = lite.run("matter.register", "", FORM, "supervisor")["no"]
    year = lite.host.now().business[:4]
    assert first == f"晋政督〔{year}〕1号"
    assert lite.run("matter.register", "", FORM, "supervisor")["no"] == f"晋政督〔{year}〕2号"
    setting = f"number 晋政督〔{year}〕"
    with lite.host.database.read() as one:
        assert find_setting(one, setting, lite.place.tenant.id) == "2"
    # an old backup's counter: the books hold more
    lite.host.database.write(lambda one: put_setting(one, setting, "1", lite.place.tenant.id))
    assert lite.run("matter.register", "", FORM, "supervisor")["no"] == f"晋政督〔{year}〕3号"


def test_a_number_s_year_is_the_year_in_shanghai(lite: House) -> None:
    def first(at: str) -> str:
        store = lambda store: Numbers(store, lite.place.domain, at).next()  # noqa: E731
        return str(lite.host.read(lite.place, store))

    assert first("2026-12-31T15:59:59Z") == "督〔2026〕1号"
    assert first("2026-12-31T16:00:00Z") == "督〔2027〕1号"
