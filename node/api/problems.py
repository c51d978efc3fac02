"""One shape for every error: problem+json (RFC 9457), one exit.

Decides how a refusal of the protocol, of the domain or of HTTP itself is put in words; never
whether to refuse. Follows docs/spec/08-refusals.md.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from node.domain.commands import DomainRefused
from node.domain.table import TableRefused
from node.storage.engine import Unavailable
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
    if isinstance(error, TableRefused):
        problem["faults"] = error.faults
    return answer(DOMAIN_STATUS.get(error.code, 400), problem)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    problem = {"type": "about:blank", "title": error.name, "detail": error.description or ""}
    kept = {}
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        value = error.get_response().headers.get(name)
        if value:
            kept[name] = value
    return answer(status, problem, kept)


def _unavailable(error: Unavailable) -> Response:
    return _refused(Refused("unavailable", str(error)))


def install(app: Flask) -> None:
    """Let every error of the application leave through here."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(DomainRefused, _domain)
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(HTTPException, _http)
