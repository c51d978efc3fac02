"""REST for attachments: /api/v1/attachments. Uploads in chunks that resume, downloads by range.

Decides who asks and reads bodies and headers, bounded; node/service/attachments.py decides the
rest. Errors are problem+json. Follows docs/spec/11-attachments.md, "REST".
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from flask import Response, request

from node.api.problems import answer
from node.api.routes import Asked, Route
from node.domain.commands import DomainRefused
from node.readmodel.scope import BUSINESS
from node.service import attachments
from node.service.acts import Answer
from schemas.api import answers, questions
from schemas.api.forms import shape
from schemas.refusals import Refused
from sync.attachments import CHUNK

_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})\Z")
_DIGEST: Final = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):\Z")
MAX_FORM: Final = 4096


def attachment_rows() -> Iterator[Route]:
    """The routes under /attachments."""
    who, any_ = frozenset(BUSINESS), answers.Anything
    yield from (
        Route(
            "POST",
            "/attachments",
            "file.declare",
            who,
            create,
            any_,
            "Declare an upload, or go on with it.",
            form=shape.Free,
            status=201,
            limit=MAX_FORM,
        ),
        Route(
            "GET",
            "/attachments",
            "read.files",
            who,
            listed,
            answers.page_of(any_),
            "What an object's events name (`object`), or one's own uploads.",
            question=questions.Files,
        ),
        Route("GET", "/attachments/<hash>", "read.file", who, one, any_, "How it stands."),
        Route(
            "DELETE",
            "/attachments/<hash>",
            "file.remove",
            who,
            remove,
            any_,
            "Forget an upload that nothing names.",
            status=204,
        ),
        Route(
            "PUT",
            "/attachments/<hash>/chunks/<int:n>",
            "file.put",
            who,
            put,
            any_,
            "A chunk's bytes, with Content-Digest (RFC 9530).",
            limit=CHUNK,
        ),
        Route(
            "POST",
            "/attachments/<hash>/complete",
            "file.complete",
            who,
            complete,
            any_,
            "Check the whole.",
        ),
        Route(
            "POST",
            "/attachments/<hash>/fetch",
            "file.fetch",
            who,
            fetch,
            any_,
            "Ask the side that named it.",
            status=202,
        ),
        Route(
            "GET",
            "/attachments/<hash>/content",
            "read.content",
            who,
            content,
            any_,
            "The bytes, or a range of them.",
        ),
    )


def create(asked: Asked, form: Mapping[str, Any]) -> tuple[Answer, bool]:
    """Declare an upload."""
    host, place, actor = asked.host, asked.place, asked.actor
    return asked.around(lambda: attachments.create(host, place, actor, form))


def put(asked: Asked, hash: str, n: int) -> Answer:
    """Take a chunk; the whole is one act, at its completion."""
    stated = _DIGEST.match(request.headers.get("Content-Digest", ""))
    if stated is None:
        accepted = "Content-Digest: sha-256=:<base64>:"
        raise DomainRefused("bad-input", "a digest of the bytes is needed", accepted)
    if request.content_length is None or request.content_length > CHUNK:
        raise Refused("oversize", f"a chunk has at most {CHUNK} bytes, and says how many")
    data = request.get_data(cache=True)
    try:
        digest = base64.b64decode(stated[1], validate=True)
    except binascii.Error:
        raise DomainRefused("bad-input", "the digest is not base64") from None
    return attachments.put(asked.host, asked.place, asked.actor, hash, n, data, digest)


def complete(asked: Asked, hash: str) -> tuple[Answer, bool]:
    """Check the whole."""
    host, place, actor = asked.host, asked.place, asked.actor
    return asked.around(lambda: attachments.complete(host, place, actor, hash), hash)


def fetch(asked: Asked, hash: str) -> tuple[Answer, bool]:
    """Ask for it."""
    host, place, actor = asked.host, asked.place, asked.actor
    return asked.around(lambda: attachments.fetch(host, place, actor, hash), hash)


def remove(asked: Asked, hash: str) -> Response:
    """Forget an upload."""
    host, place, actor = asked.host, asked.place, asked.actor

    def work() -> Answer:
        attachments.remove(host, place, actor, hash)
        return {}

    asked.around(work, hash)
    return Response(status=204)


def listed(asked: Asked) -> Answer:
    """What an object's events name, or one's own uploads."""
    subject = asked.query.get("object")
    if subject is None:
        found = attachments.uploads(asked.host, asked.place, asked.actor)
    else:
        found = attachments.about(asked.host, asked.place, subject)
    return {"items": found, "next": None}


def one(asked: Asked, hash: str) -> Answer:
    """How it stands."""
    return attachments.standing(asked.host, asked.place, asked.actor, hash)


def content(asked: Asked, hash: str) -> Response:
    """The bytes, or a range of them."""
    host, place, actor = asked.host, asked.place, asked.actor
    found = attachments.opened(host, place, actor, hash)
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
    ranged = _asked_range(etag)
    span = _span(ranged, size) if ranged else (0, size - 1)
    if span is None:
        refused = Refused("malformed", f"the range lies outside of {size} bytes")
        headers = {"Content-Range": f"bytes */{size}"}
        return _problem(416, refused, headers)
    first, last = span
    if ranged:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    headers["Content-Length"] = str(last - first + 1)
    sent = attachments.content(host, place, actor, hash, first, last)
    return Response(sent, 206 if ranged else 200, headers, mimetype=found["type"])


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
