"""The table of forms is the table of operations; what doesn't fit is named."""

from __future__ import annotations

import pytest

from node.domain.permissions import COMMANDS
from node.domain.triage import TRIAGE_COMMANDS
from node.service.work import OPERATIONS
from schemas.api.forms import FORMS, read
from tests.node.api.stand import FORM, Stand


def test_every_operation_has_a_form_and_every_form_an_operation() -> None:
    assert sorted(FORMS) == sorted(OPERATIONS)


def test_every_operation_is_a_command_with_roles() -> None:
    for name in OPERATIONS:
        kind, word = name.split(".", 1)
        assert word in (TRIAGE_COMMANDS if kind == "draft" else COMMANDS), name


def test_a_misspelt_member_is_refused_and_named() -> None:
    assert read("matter.issue", {"lead": "x", "cohandler": []}) == (
        {},
        "cohandler",
        "Unknown field.",
    )
    assert read("matter.register", {"indicators": [{"nmae": "x"}]})[1] == "indicators[0].nmae"
    assert read("assignment.sign", {}) == ({}, "", "")


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"{", 422, "bad-input"),
        (b"[]", 422, "bad-input"),
        (b'{"title":1}', 422, "bad-input"),
        (b'{"title":"a","title":"b"}', 422, "bad-input"),
        (b'{"title":NaN}', 422, "bad-input"),
        (b'{"title":"\\ud800"}', 422, "bad-input"),
        (b'{"title":"a\nb"}', 422, "bad-input"),
        (b'{"title":"a\\u0000b"}', 422, "bad-input"),
        (b"\xff", 422, "bad-input"),
        (b"[" * 5000, 422, "bad-input"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, 422, "bad-input"),
        (b'{"title":"' + b"x" * 5_000_000 + b'"}', 413, "oversize"),
    ],
)
def test_a_body_that_is_none_gets_a_problem(
    long_stand: Stand, raw: bytes, status: int, code: str
) -> None:
    token = long_stand.tokens["province", "supervisor"]
    answer = long_stand.client.post(
        "/api/v1/matters",
        data=raw,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json.get("code", "") == code


def test_a_body_over_several_lines_is_read(stand: Stand) -> None:
    import json

    token = stand.tokens["province", "supervisor"]
    answer = stand.client.post(
        "/api/v1/matters",
        data=json.dumps(FORM, indent=2, ensure_ascii=False).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    assert answer.status_code == 201, answer.text


def test_a_body_that_is_not_announced_as_json_is_not_dropped_in_silence(long_stand: Stand) -> None:
    token = long_stand.tokens["province", "supervisor"]
    answer = long_stand.client.post(
        "/api/v1/matters", data=b"title=x", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 415
    assert answer.content_type == "application/problem+json"


def test_a_fault_inside_a_batch_is_named_by_its_place(long_stand: Stand) -> None:
    before = long_stand.got("/picture")["matters"]
    commands = [
        {"op": "matter.register", "body": FORM},
        {"op": "matter.register", "body": FORM | {"contact": {"phne": "1"}}},
    ]
    answer = long_stand.ask("POST", "/batch", body={"commands": commands})
    assert answer.json is not None
    assert answer.json["where"] == "commands[1].body.contact.phne"
    assert long_stand.got("/picture")["matters"] == before
