"""The OpenAPI document, its page, and one shape for every error."""

from __future__ import annotations

import re
from typing import Any

import pytest

from node.api.problems import DOMAIN_STATUS
from node.api.rest import rest_rows
from node.readmodel.scope import ROLES
from node.service.work import OPERATIONS
from tests.node.api.api_page import PAGE, written
from tests.node.api.stand import FORM, Stand

# shown by tests of their own: what they need is no part of this stand
ELSEWHERE = (
    *("read.calendar", "read.policy", "read.score-version", "read.export"),
    *("read.file", "read.content", "read.draft"),
    *("read.ledger", "read.ledger-rows", "read.ledger-totals"),
    *("read.campaign", "read.campaign-progress", "read.campaign-template"),
)
EMPTY = (
    "read.sync",
    "read.silence",
    "read.files",
    "calendar.preview",
    "read.withholding",
    "read.mine",
    "read.drafts",
    *("notice.list", "delivery.log"),  # see test_notices.py
    "read.campaigns",
)


def documented(path: str) -> str:
    """A path as OpenAPI writes it."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)


def _document(stand: Stand) -> dict[str, Any]:
    found: dict[str, Any] = stand.client.get("/api/openapi.json").json or {}
    return found


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*map(_references, value.values()))
    return set().union(*map(_references, value)) if isinstance(value, list) else set()


def test_the_document_states_every_row_as_a_path_of_its_own(long_stand: Stand) -> None:
    document = _document(long_stand)
    assert document["openapi"] == "3.1.0"
    said = {
        operation["operationId"]
        for item in document["paths"].values()
        for method, operation in item.items()
        if method in ("get", "post", "put", "delete")
    }
    assert said == {row.name for row in rest_rows(movable=True)}
    assert set(OPERATIONS) < said
    assert not [path for path in document["paths"] if "{word}" in path]


def test_every_reference_of_the_document_leads_somewhere(long_stand: Stand) -> None:
    document = _document(long_stand)
    found = _references(document)
    assert len(found) > 20
    for reference in found:
        at: Any = document
        for step in reference.removeprefix("#/").split("/"):
            at = at[step]


def test_patterns_are_those_of_ecma_262(long_stand: Stand) -> None:
    text = long_stand.client.get("/api/openapi.json").text
    assert '"pattern"' in text
    assert "\\Z" not in text


def test_the_page_needs_nothing_from_elsewhere(long_stand: Stand) -> None:
    page = long_stand.client.get("/api/docs")
    assert page.status_code == 200
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert re.findall(r'(?:src|href)="([^"#]+)"', page.text) == ["docs.css", "openapi.json"]
    for row in rest_rows(movable=True):
        assert documented(row.path) in page.text
    assert long_stand.client.get("/api/docs.css").content_type.startswith("text/css")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/nothing", 404),
        ("DELETE", "/api/v1/matters", 405),
        ("GET", "/api/v1/batch", 405),
        ("POST", "/api/docs", 405),
        ("POST", "/api/v1/matters/x/unheard", 404),
        ("GET", "/api/v1/matters?nonsense=1", 422),
        ("GET", "/api/v1/matters?limit=0", 422),
        ("GET", "/api/v1/matters?limit=501", 422),
        ("GET", "/api/v1/matters?domain=nowhere", 403),
    ],
)
def test_every_error_is_a_problem_document(
    long_stand: Stand, method: str, path: str, status: int
) -> None:
    answer = long_stand.ask(method, path)
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["status"] == status
    if status == 405:
        assert answer.headers["Allow"]


def test_real_answers_have_the_shapes_that_the_document_states(stand: Stand) -> None:
    made = stand.done("POST", "/matters", FORM)
    issued = stand.done("POST", f"/matters/{made['id']}/issue", {"lead": stand.nodes["city"]})
    given = issued["assignments"][0]["id"]
    stand.done("POST", "/hooks", {"address": "http://127.0.0.1:9/x"}, "admin")
    stand.done("POST", f"/matters/{made['id']}/cancel", {"grounds": "重复"})
    hook = stand.got("/hooks", "admin")["items"][0]["id"]
    ids = {"/matters/<id>": made["id"], "/assignments/<id>": given, "/hooks/<id>/posts": hook}
    for row in rest_rows(movable=True):
        if row.writes or row.name in ELSEWHERE:
            continue
        path = row.path.replace("<id>", ids.get(row.path, ""))
        found = stand.got(
            path, min(row.roles & {"supervisor", "admin", "auditor", "security"} or {"head"})
        )
        assert row.gives().validate(found) == {}, row.path
        if "items" in found and row.name not in EMPTY:
            assert found["items"], row.path


def test_the_page_of_docs_lists_every_route_as_it_is() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert written(page) == page, "python -m tests.node.api.api_page"


def test_the_page_of_docs_names_every_role_and_refusal() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for word in (*ROLES, *DOMAIN_STATUS):
        assert f"`{word}`" in page, word
