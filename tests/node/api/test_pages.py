"""Lists come in keyset pages, and what hasn't changed isn't sent twice."""

from __future__ import annotations

import pytest

from tests.node.api.stand import FORM, Stand


@pytest.fixture(scope="module")
def filled(long_stand: Stand) -> Stand:
    good = {"op": "matter.register", "body": FORM}
    long_stand.done("POST", "/batch", {"commands": [good] * 7})
    for one in long_stand.got("/matters")["items"][:5]:
        long_stand.done("POST", f"/matters/{one['id']}/issue", {"lead": long_stand.nodes["city"]})
    for number in range(4):
        long_stand.done("POST", "/hooks", {"address": f"http://127.0.0.1:9/{number}"}, role="admin")
    return long_stand


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/matters", "leader"),
        ("/assignments", "leader"),
        ("/users", "security"),
        ("/hooks", "admin"),
    ],
)
def test_pages_together_are_the_list(filled: Stand, path: str, role: str) -> None:
    whole = [one["id"] for one in filled.got(f"{path}?limit=500", role)["items"]]
    assert len(whole) >= 4
    assert len(set(whole)) == len(whole)
    found, after = [], ""
    while True:
        page = filled.got(f"{path}?limit=2{after}", role)
        found += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert found == whole


def test_the_audit_trail_has_pages_newest_first(filled: Stand) -> None:
    first = filled.audit(limit="3")
    second = filled.got(f"/audit?limit=3&after={first[-1]['id']}", "auditor")["items"]
    times = [one["id"] for one in (*first, *second)]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == 6


def test_filters_narrow_a_list(filled: Stand) -> None:
    matters = filled.got("/matters?state=OPEN")["items"]
    assert len(matters) == 5
    assert filled.got("/matters?board=reform")["items"] == []
    assert filled.got(f"/matters?no={matters[0]['no']}")["items"] == [matters[0]]
    assert filled.got("/assignments?role=assignee")["items"] == []
    assert len(filled.got("/assignments?role=issuer")["items"]) == 5


@pytest.mark.parametrize(
    ("path", "role"),
    [("/matters", "head"), ("/picture", "head"), ("/users", "security"), ("/me", "admin")],
)
def test_the_same_answer_is_not_sent_twice(filled: Stand, path: str, role: str) -> None:
    first = filled.ask("GET", path, role)
    tag = first.headers["ETag"]
    again = filled.ask("GET", path, role, If_None_Match=tag)
    assert (again.status_code, again.data) == (304, b"")
    assert "Authorization" in first.headers["Vary"]
    assert filled.ask("GET", path, role, If_None_Match='"other"').status_code == 200


def test_a_change_gives_another_etag(filled: Stand) -> None:
    before = filled.ask("GET", "/picture").headers["ETag"]
    filled.done("POST", "/matters", FORM)
    assert filled.ask("GET", "/picture", If_None_Match=before).status_code == 200


def test_what_one_may_do_now_is_said(filled: Stand) -> None:
    one = filled.got("/assignments")["items"][0]
    path = f"/assignments/{one['id']}"
    assert filled.got(path, "supervisor")["allowed"] == ["urge", "add-cohandler", "rule", "redate"]
    assert filled.got(path, "handler")["allowed"] == []
    fresh = filled.got("/matters?state=APPROVED")["items"][0]["id"]
    chief = set(filled.got(f"/matters/{fresh}")["allowed"])
    assert {"issue", "cancel"} <= chief
    assert chief.isdisjoint({"strike", "sign"})
    clerk = set(filled.got(f"/matters/{fresh}", "registrar")["allowed"])
    assert "issue" in clerk
    assert "cancel" not in clerk
