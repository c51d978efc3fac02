"""REST for attachments: /api/v1/attachments. Uploads in chunks that resume, downloads by range.

Decides who asks and reads bodies and headers, bounded; node/service/attachments.py decides the
rest. Errors are problem+json. Follows docs/spec/11-attachments.md, "REST".
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, request

from node.api.problems import answer
from node.domain.commands import Actor, DomainRefused
from node.service import attachments, users
from node.service.host import Host
from node.service.place import Place
from schemas.refusals import Refused
from sync.attachments import CHUNK

_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})\Z")
_DIGEST: Final = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):\Z")
MAX_FORM: Final = 4096


class Files:
    """The handlers, on one host."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def _asked(self) -> tuple[Place, Actor]:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        who = users.find(self._host, token) if kind == "Bearer" and token else None
        if who is None:
            raise DomainRefused("no-token", "a valid token is needed", "Authorization: Bearer …")
        return self._host.place(who.tenant.node, request.args.get("domain")), who.actor

    def create(self) -> tuple[Response, int]:
        """POST /attachments: declare an upload, or go on with it."""
        place, actor = self._asked()
        if (request.content_length or 0) > MAX_FORM:
            raise Refused("oversize", f"at most {MAX_FORM} bytes are accepted")
        form = request.get_json(silent=True)
        if not isinstance(form, dict):
            accepted = '{"sha256","size","name"}'
            raise DomainRefused("bad-input", "the body is not a JSON object", accepted)
        return jsonify(attachments.create(self._host, place, actor, form)), 201

    def put(self, hash: str, n: int) -> Response:
        """PUT /attachments/<sha256>/chunks/<n>: bytes, with Content-Digest (RFC 9530)."""
        place, actor = self._asked()
        stated = _DIGEST.match(request.headers.get("Content-Digest", ""))
        if stated is None:
            accepted = "Content-Digest: sha-256=:<base64>:"
            raise DomainRefused("bad-input", "a digest of the bytes is needed", accepted)
        if request.content_length is None or request.content_length > CHUNK:
            raise Refused("oversize", f"a chunk has at most {CHUNK} bytes, and says how many")
        data = request.stream.read(CHUNK + 1)
        try:
            digest = base64.b64decode(stated[1], validate=True)
        except binascii.Error:
            raise DomainRefused("bad-input", "the digest is not base64") from None
        return jsonify(attachments.put(self._host, place, actor, hash, n, data, digest))

    def complete(self, hash: str) -> Response:
        """POST /attachments/<sha256>/complete: check the whole."""
        place, actor = self._asked()
        return jsonify(attachments.complete(self._host, place, actor, hash))

    def fetch(self, hash: str) -> tuple[Response, int]:
        """POST /attachments/<sha256>/fetch: ask the side that named it."""
        place, actor = self._asked()
        return jsonify(attachments.fetch(self._host, place, actor, hash)), 202

    def remove(self, hash: str) -> tuple[str, int]:
        """DELETE /attachments/<sha256>: forget an upload that nothing names."""
        place, actor = self._asked()
        attachments.remove(self._host, place, actor, hash)
        return "", 204

    def listed(self) -> Response:
        """GET /attachments[?object=<id>]: what an object's events name, or one's own uploads."""
        place, actor = self._asked()
        subject = request.args.get("object")
        if subject is None:
            return jsonify({"items": attachments.uploads(self._host, place, actor)})
        return jsonify({"items": attachments.about(self._host, place, subject)})

    def one(self, hash: str) -> Response:
        """GET /attachments/<sha256>: how it stands."""
        place, actor = self._asked()
        return jsonify(attachments.standing(self._host, place, actor, hash))

    def content(self, hash: str) -> Response:
        """GET /attachments/<sha256>/content: the bytes, or a range of them."""
        place, actor = self._asked()
        found = attachments.opened(self._host, place, actor, hash)
        etag = f'"{hash}"'
        headers = {
            "Accept-Ranges": "bytes",
            "ETag": etag,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found['name'], safe='')}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private",
        }
        if request.headers.get("If-None-Match") == etag:
            return Response(status=304, headers=headers)
        size = found["size"]
        asked = _asked_range(etag)
        span = _span(asked, size) if asked else (0, size - 1)
        if span is None:
            refused = Refused("malformed", f"the range lies outside of {size} bytes")
            headers = {"Content-Range": f"bytes */{size}"}
            return _problem(416, refused, headers)
        first, last = span
        if asked:
            headers["Content-Range"] = f"bytes {first}-{last}/{size}"
        headers["Content-Length"] = str(last - first + 1)
        sent = attachments.content(self._host, place, actor, hash, first, last)
        return Response(sent, 206 if asked else 200, headers, mimetype=found["type"])


def _problem(status: int, refused: Refused, headers: dict[str, str]) -> Response:
    return answer(status, refused.problem() | {"status": status}, headers)


def _asked_range(etag: str) -> re.Match[str] | None:
    """The one range that is asked for and can be served; any other asks for the whole."""
    if request.headers.get("If-Range") not in (None, etag):
        return None
    found = _RANGE.match(request.headers.get("Range", ""))
    return None if found is None or found[0] == "bytes=-" else found


def _span(asked: re.Match[str], size: int) -> tuple[int, int] | None:
    """First and last byte of a range; None when it lies outside."""
    first, last = asked[1], asked[2]
    if not first:
        length = int(last)
        return (max(0, size - length), size - 1) if length else None
    end = min(int(last), size - 1) if last else size - 1
    return (int(first), end) if int(first) <= end else None


def attachments_door(host: Host) -> Blueprint:
    """The routes under /api/v1/attachments."""
    door = Blueprint("attachments", __name__, url_prefix="/api/v1/attachments")
    files: Any = Files(host)
    for method, path, handler in (
        ("POST", "", files.create),
        ("GET", "", files.listed),
        ("GET", "/<hash>", files.one),
        ("DELETE", "/<hash>", files.remove),
        ("PUT", "/<hash>/chunks/<int:n>", files.put),
        ("POST", "/<hash>/complete", files.complete),
        ("POST", "/<hash>/fetch", files.fetch),
        ("GET", "/<hash>/content", files.content),
    ):
        door.add_url_rule(path, view_func=handler, methods=[method])
    return door
