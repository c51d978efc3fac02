"""How a request's body and query are read: strictly, by schema, with one kind of no.

Decides that JSON is JSON (no NaN, no name twice, no lone surrogate, bounded depth) and that a body
is announced as JSON; what it must hold, the schemas say (schemas/api). Faults leave as
DomainRefused `bad-input` with the member's path.
"""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

from flask import Request
from webargs.core import missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from node.domain.commands import DomainRefused
from schemas.api.forms import fault
from schemas.refusals import Refused
from schemas.strict import parse

MOST_BODY: Final = 4 * 1024 * 1024


class Reader(FlaskParser):
    """The parser behind every route of REST."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": None, "query": "raise"}  # json: as the schema says

    def _raw_load_json(self, req: Request) -> Any:
        raw = req.get_data(cache=True)
        if not raw.strip():
            return missing
        if not req.is_json:
            raise UnsupportedMediaType("a body is read only as application/json")
        try:
            return parse(_one_line(raw), MOST_BODY, "the body")
        except Refused as refused:
            if refused.code == "oversize":
                raise
            raise DomainRefused("bad-input", refused.detail, "one JSON object") from None

    def handle_error(
        self, error: Any, req: Any, schema: Any, *, error_status_code: Any, error_headers: Any
    ) -> NoReturn:
        """Say which member is wrong and why."""
        messages = error.messages
        for location in ("json", "query"):
            if isinstance(messages, dict) and location in messages:
                messages = messages[location]
        where, detail = fault(messages)
        raise DomainRefused("bad-input", detail, _accepted(schema, detail), where)


def _one_line(raw: bytes) -> bytes:
    """The same JSON without line breaks; they stand between its tokens, never in a string."""
    if not any(one in raw for one in (b"\n", b"\r")):
        return raw
    try:
        json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise DomainRefused("bad-input", f"not JSON ({error})", "one JSON object") from None
    return raw.translate(bytes.maketrans(b"\r\n", b"  "))


def _accepted(schema: Any, detail: str) -> str:
    known = [field.data_key or name for name, field in schema.fields.items()]
    return f"members: {', '.join(known)}" if detail == "Unknown field." else ""
