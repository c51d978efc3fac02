"""Whatever comes in by REST, the answer is one that the document states, and never a 5xx.

The requests are made from the OpenAPI document: for each operation bodies and queries that nearly
fit its schema, headers and paths of odd text; every answer below 300 has the stated shape and every
other one is a problem document.
"""

from __future__ import annotations

import functools
import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.api.app import make_app
from node.api.rest import rest_rows
from node.readmodel.scope import ROLES
from tests.node.api.stand import FORM, Stand
from tests.node.api.test_documents import documented

EXAMPLES = int(os.environ.get("DUBAN_FUZZ", "40"))
# not tried here: what moves the clock or the key under the other tests' feet
APART = ("clock", "node.rotate")
ROWS = [row for row in rest_rows(movable=True) if row.name not in APART]
TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "0", "null", "x" * 300, "\u0000", "'; --", "%", "../..", "督〔2026〕1号", "\ufffe"]
    ),
)
SCALARS = st.one_of(
    TEXTS, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)


@functools.cache
def _fits(schema: str, document: str) -> st.SearchStrategy[Any]:
    """Values that mostly fit a schema of the document (both as JSON)."""
    said, whole = json.loads(schema), json.loads(document)
    if "$ref" in said:
        name = said["$ref"].rpartition("/")[2]
        return _fits(json.dumps(whole["components"]["schemas"][name]), document)
    if "enum" in said:
        return st.one_of(st.sampled_from(said["enum"]), SCALARS)
    kind = said.get("type")
    if kind == "array":
        items = _fits(json.dumps(said.get("items", {})), document)
        return st.one_of(st.lists(items, max_size=3), ANYTHING)
    if kind == "object" and "properties" in said:
        members = {
            name: _fits(json.dumps(one), document) for name, one in said["properties"].items()
        }
        return st.fixed_dictionaries({}, optional=members | {"odd": ANYTHING})
    if kind == "string":
        return st.one_of(TEXTS, ANYTHING)
    return ANYTHING


@pytest.fixture(scope="module")
def known(long_stand: Stand) -> dict[str, str]:
    made = long_stand.done("POST", "/matters", FORM)
    issued = long_stand.done(
        "POST", f"/matters/{made['id']}/issue", {"lead": long_stand.nodes["city"]}
    )
    hook = long_stand.done("POST", "/hooks", {"address": "http://127.0.0.1:9/x"}, "admin")
    account = long_stand.done("POST", "/users", {"user": "乙", "role": "head"}, "security")
    return {
        "matters": made["id"],
        "assignments": issued["assignments"][0]["id"],
        "hooks": hook["id"],
        "users": account["id"],
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_answer_is_one_that_the_document_states(
    row: Any, long_stand: Stand, known: dict[str, str]
) -> None:
    document = long_stand.client.get("/api/openapi.json").text
    operation = json.loads(document)["paths"]["/api/v1" + documented(row.path)][row.method.lower()]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    bodies = _fits(json.dumps(content["schema"]), document) if content else st.none()
    names = [one["name"] for one in operation["parameters"] if one.get("in") == "query"]
    asks = st.dictionaries(st.sampled_from([*names, "odd"]), TEXTS, max_size=3)
    ids = st.one_of(st.just(known.get(row.path.split("/")[1], "x")), TEXTS)
    roles = st.one_of(
        st.sampled_from(sorted(row.roles & set(ROLES)) or ROLES), st.sampled_from(ROLES)
    )
    headers = st.dictionaries(
        st.sampled_from(["Idempotency-Key", "If-None-Match"]),
        st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=140),
    )

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(body=bodies, query=asks, id=ids, role=roles, sent=headers)
    def check(body: Any, query: dict[str, str], id: str, role: str, sent: dict[str, str]) -> None:
        said = quote(id, safe="") or "x"
        path = "/api/v1" + re.sub(
            r"<(\w+:)?\w+>", lambda one: "1" if one[1] == "int:" else said, row.path
        )
        token = long_stand.tokens["province", role]
        answer = long_stand.client.open(
            path,
            method=row.method,
            json=body if row.form is not None else None,
            query_string=query,
            headers={**sent, "Authorization": f"Bearer {token}"},
        )
        stated = {*operation["responses"], "405", "308"}
        assert str(answer.status_code) in stated, (answer.status_code, answer.text)
        if answer.status_code < 300:
            assert row.gives().validate(answer.json) == {}
        elif answer.status_code >= 400:
            assert answer.content_type == "application/problem+json"
            assert {"type", "title", "status"} <= set(answer.json or {})

    check()


def test_a_handler_that_fails_is_a_500_and_so_would_be_found(tmp_path: Path) -> None:
    stand = Stand(tmp_path, f"sqlite:///{tmp_path}/host.db")
    app = make_app(stand.host)

    def broken(**_: Any) -> Any:
        raise ZeroDivisionError

    app.view_functions["reading.read-picture"] = broken
    token = stand.tokens["province", "head"]
    answer = app.test_client().get("/api/v1/picture", headers={"Authorization": f"Bearer {token}"})
    stand.close()
    assert answer.status_code == 500
    assert answer.content_type == "application/problem+json"
