"""One shape for every error: problem+json (RFC 9457), one exit.

Decides how a refusal of the protocol, of the domain or of HTTP itself is put in words; never
whether to refuse. Follows docs/spec/08-refusals.md.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, Response
from flask_smorest import Api
from werkzeug.exceptions import HTTPException

from node.domain.commands import DomainRefused
from node.domain.sheet import SheetRefused
from node.domain.table import TableRefused
from node.storage.engine import Unavailable
from schemas.api.answers import Problem
from schemas.refusals import Refused

DOMAIN_STATUS = {
    "no-token": 401,
    "wrong-role": 403,
    "wrong-node": 403,
    "wrong-state": 409,
    "gate": 422,
    "bad-input": 422,
    "not-found": 404,
    "conflict": 409,
    "idempotency-key": 422,
    "throttled": 429,
}


def answer(status: int, problem: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    """A problem document as an answer."""
    body = json.dumps({"status": status, **problem}, ensure_ascii=False)
    response = Response(body, status, mimetype="application/problem+json")
    response.headers.extend(headers or {})
    return response


def _refused(error: Refused) -> Response:
    headers = {"Retry-After": "5"} if error.row.status in (429, 503) else {}
    return answer(error.row.status, error.problem(), headers)


def _domain(error: DomainRefused) -> Response:
    problem: dict[str, Any] = {
        "type": f"urn:duban:refusal:{error.code}",
        "title": error.code,
        "detail": error.detail,
        "code": error.code,
    }
    if error.accepted:
        problem["accepted"] = error.accepted
    if error.where:
        problem["where"] = error.where
    if isinstance(error, SheetRefused):
        problem["faults"] = error.told
    if isinstance(error, TableRefused):
        problem["faults"] = error.faults
    return answer(DOMAIN_STATUS.get(error.code, 400), problem)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status == 413:
        return _refused(Refused("oversize", error.description or ""))
    problem = {"type": "about:blank", "title": error.name, "detail": error.description or ""}
    kept = {}
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        value = error.get_response().headers.get(name)
        if value:
            kept[name] = value
    return answer(status, problem, kept)


class ProblemApi(Api):  # type: ignore[misc]  # flask-smorest is not typed
    """flask-smorest with our one shape for errors, in answers and in the specification."""

    ERROR_SCHEMA = Problem
    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask) -> None:
        super().__init__(app, spec_kwargs=SPEC)
        self.ma_plugin.converter.add_attribute_function(_pattern)

    def _register_error_handlers(self) -> None:
        """Errors leave through `install`: it keeps `Allow`."""


def _pattern(_: Any, field: Any, ret: dict[str, Any], **__: Any) -> dict[str, Any]:
    """A pattern as ECMA 262 writes it: Python's end of text is `$` there."""
    found = ret.get("pattern")
    return {"pattern": found.replace(r"\Z", "$")} if isinstance(found, str) else {}


SPEC = {
    "info": {"description": "督办: one node's matters, assignments and administration."},
    "components": {
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        "responses": {
            "Refused": {
                "description": "RFC 9457: what was wrong, where, and what is accepted",
                "content": {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                },
            }
        },
    },
}


def _unavailable(error: Unavailable) -> Response:
    return _refused(Refused("unavailable", str(error)))


def install(app: Flask) -> None:
    """Let every error of the application leave through here."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(DomainRefused, _domain)
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(HTTPException, _http)
