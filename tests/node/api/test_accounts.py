"""Accounts: made, changed and revoked by the security administrator; the next request knows."""

from __future__ import annotations

import pytest

from node.readmodel.scope import ADMINISTRATORS
from tests.node.api.stand import FORM, Stand


def _as(stand: Stand, token: str, method: str = "POST", path: str = "/matters") -> int:
    body = FORM if method == "POST" else None
    answer = stand.ask(method, path, None, body, Authorization=f"Bearer {token}")
    return answer.status_code


def test_a_changed_role_and_a_revoked_account_bite_on_the_next_request(any_stand: Stand) -> None:
    stand = any_stand
    made = stand.done("POST", "/users", {"user": "新人", "role": "handler"}, "security")
    token, path = made["token"], f"/users/{made['id']}"
    assert _as(stand, token) == 403
    assert stand.done("PUT", path, {"role": "registrar"}, "security")["role"] == "registrar"
    assert _as(stand, token) == 201
    stand.done("PUT", path, {"role": "auditor"}, "security")
    assert _as(stand, token, "GET", "/matters") == 403
    assert _as(stand, token, "GET", "/audit") == 200
    stand.done("DELETE", path, None, "security")
    assert _as(stand, token, "GET", "/audit") == 401
    assert stand.ask("DELETE", path, "security").status_code == 404
    assert stand.ask("PUT", path, "security", {"role": "head"}).status_code == 404
    listed = stand.got("/users?limit=500", "security")["items"]
    assert {"id": made["id"], "user": "新人", "role": "auditor", "revoked": True} in listed


@pytest.mark.parametrize("first", ADMINISTRATORS)
def test_nobody_is_two_administrators(stand: Stand, first: str) -> None:
    stand.done("POST", "/users", {"user": "甲", "role": first}, "security")
    plain = stand.done("POST", "/users", {"user": "甲", "role": "head"}, "security")
    for second in set(ADMINISTRATORS) - {first}:
        added = stand.ask("POST", "/users", "security", {"user": "甲", "role": second})
        changed = stand.ask("PUT", f"/users/{plain['id']}", "security", {"role": second})
        for answer in (added, changed):
            assert answer.status_code == 409
            assert answer.json is not None
            assert answer.json["code"] == "conflict"


def test_an_administrator_may_change_posts_but_not_hold_two(stand: Stand) -> None:
    made = stand.done("POST", "/users", {"user": "甲", "role": "admin"}, "security")
    changed = stand.done("PUT", f"/users/{made['id']}", {"role": "auditor"}, "security")
    assert changed["role"] == "auditor"


def test_nobody_gives_oneself_a_role(stand: Stand) -> None:
    own = next(
        one
        for one in stand.got("/users?limit=500", "security")["items"]
        if one["role"] == "security"
    )
    for answer in (
        stand.ask("POST", "/users", "security", {"user": own["user"], "role": "supervisor"}),
        stand.ask("PUT", f"/users/{own['id']}", "security", {"role": "supervisor"}),
        stand.ask("DELETE", f"/users/{own['id']}", "security"),
    ):
        assert answer.status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"user": "甲", "role": "emperor"},
        {"user": "", "role": "head"},
        {"user": "a\nb", "role": "head"},
        {"user": "x" * 65, "role": "head"},
        {"user": "甲"},
    ],
)
def test_a_user_that_can_be_none_is_refused(stand: Stand, body: dict[str, str]) -> None:
    assert stand.ask("POST", "/users", "security", body).status_code == 422


def test_wrong_tokens_are_slowed_down_and_a_right_one_still_passes(stand: Stand) -> None:
    found = {_as(stand, f"wrong{number}", "GET") for number in range(40)}
    assert found == {401, 429}
    assert stand.ask("GET", "/matters").status_code == 200
    limited = stand.ask("GET", "/matters", None, Authorization="Bearer wrong")
    assert limited.headers["Retry-After"]
