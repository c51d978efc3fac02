"""The exchange's door over HTTP: size, inflation, and nothing else before the protocol decides.

Follows docs/spec/05-exchange.md, "HTTP", and docs/spec/04-membership.md, "Join".
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from node.api.problems import answer
from node.service import enrol
from node.service.host import Host
from schemas.refusals import Refused
from schemas.strict import parse
from sync.squeeze import WORTH, deflate, inflate
from sync.transports.http import CONTENT_TYPE

MAX_JOIN = 8 * 1024 * 1024


def exchange_door(host: Host) -> Blueprint:
    """The routes under /exchange/v1."""
    door = Blueprint("exchange", __name__)
    limit = host.limits.bytes + 4 * 1024 * 1024

    @door.post("/exchange/v1")
    def take() -> Response:
        encoding = request.headers.get("Content-Encoding", "")
        if encoding not in ("", "identity", "zstd"):
            refusal = Refused("malformed", "Content-Encoding: zstd or none is accepted")
            return answer(415, refusal.problem() | {"status": 415})
        try:
            raw = inflate(_read(limit), limit) if encoding == "zstd" else _read(limit)
        except Refused as refusal:
            host.refused[refusal.code] += 1
            raise
        body = host.serve(raw)
        response = Response(body, mimetype=CONTENT_TYPE)
        if len(body) >= WORTH and "zstd" in request.headers.get("Accept-Encoding", ""):
            response.set_data(deflate(body))
            response.headers["Content-Encoding"] = "zstd"
        return response

    @door.post("/exchange/v1/join")
    def join() -> Response:
        from flask import jsonify

        return jsonify(enrol.admit(host, parse(_read(MAX_JOIN), MAX_JOIN, "join")))

    return door


def _read(limit: int) -> bytes:
    """The request's bytes, at most `limit` of them. Raises Refused `oversize`."""
    if request.content_length is not None and request.content_length > limit:
        raise Refused("oversize", f"{request.content_length} bytes, at most {limit} are accepted")
    raw = request.stream.read(limit + 1)
    if len(raw) > limit:
        raise Refused("oversize", f"more than {limit} bytes")
    return raw
