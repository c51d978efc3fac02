"""Every route has a rule, and the rule holds for every role, for nobody, and for other tenants."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from node.api.app import make_app
from node.api.rest import rest_rows
from node.api.routes import PUBLIC
from node.readmodel.scope import ADMINISTRATORS, ROLES
from tests.node.api.stand import FORM, Stand

ROWS = list(rest_rows(movable=True))
BY_NAME = {row.name: row for row in ROWS}


def _app(stand: Stand) -> Flask:
    return make_app(stand.host, movable=True)


def test_a_route_without_a_rule_would_be_found(long_stand: Stand) -> None:
    app = _app(long_stand)
    ruled = {row.name.replace(".", "-") for row in ROWS}
    found = set()
    for rule in app.url_map.iter_rules():
        last = rule.endpoint.rpartition(".")[2]
        if rule.rule.startswith("/api/v1"):
            assert last in ruled, f"{rule.rule} has no row"
            row = BY_NAME[last.replace("-", ".", 1)] if "-" in last else BY_NAME[last]
            assert (f"/api/v1{row.path}", {row.method}) == (
                rule.rule,
                (rule.methods or set()) - {"OPTIONS", "HEAD"},
            )
            found.add(row.name)
        else:
            assert rule.endpoint in PUBLIC, f"{rule.rule} is neither a row nor public"
    assert found == set(BY_NAME)
    assert set(PUBLIC) <= {rule.endpoint for rule in app.url_map.iter_rules()}


def _path(path: str) -> str:
    return re.sub(r"<(\w+:)?\w+>", lambda found: "1" if found[1] == "int:" else "x", path)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_only_the_roles_of_the_row_pass(long_stand: Stand, row: object) -> None:
    one = BY_NAME[row.name]  # type: ignore[attr-defined]
    path = _path(one.path)
    body = {} if one.form is not None else None
    for role in ROLES:
        answer = long_stand.ask(one.method, path, role, body)
        if one.public:
            assert answer.status_code not in (401, 403, 405, 500), answer.text
        elif role in one.roles:
            assert answer.status_code not in (401, 405, 500), answer.text
            assert answer.status_code != 403 or one.writes, answer.text
        else:
            assert answer.status_code == 403, (role, answer.text)
            assert answer.json is not None
            assert answer.json["code"] == "wrong-role"
    if one.public:
        assert long_stand.ask(one.method, path, None, body).status_code in (200, 404, 422)
        return
    nobody = long_stand.ask(one.method, path, None, body)
    assert (nobody.status_code, nobody.content_type) == (401, "application/problem+json")
    stranger = long_stand.ask(one.method, path, None, body, Authorization="Bearer nonsense")
    assert stranger.status_code in (401, 429)


@pytest.mark.parametrize("role", ADMINISTRATORS)
def test_no_administrator_reads_business_content(long_stand: Stand, role: str) -> None:
    for path in ("/matters", "/matters/x", "/assignments", "/assignments/x", "/picture"):
        assert long_stand.ask("GET", path, role).status_code == 403


def test_another_tenants_user_sees_nothing_of_this_node(long_stand: Stand) -> None:
    made = long_stand.done("POST", "/matters", FORM)
    for role in ("registrar", "supervisor", "head", "handler", "leader"):
        assert long_stand.ask("GET", f"/matters/{made['id']}", role, node="city").status_code == 404
        assert long_stand.got("/matters", role, "city")["items"] == []
        assert long_stand.got("/picture", role, "city")["matters"] == 0
    struck = long_stand.ask(
        "POST", f"/matters/{made['id']}/strike", "supervisor", {"result": "x"}, node="city"
    )
    assert struck.status_code == 404
    users = {one["user"] for one in long_stand.got("/users", "security", "city")["items"]}
    assert users
    assert all(one.startswith("city-") for one in users)
    of_city = long_stand.got("/users", "security", "city")["items"][0]["id"]
    for method, body in (("PUT", {"role": "head"}), ("DELETE", None)):
        assert long_stand.ask(method, f"/users/{of_city}", "security", body).status_code == 404
