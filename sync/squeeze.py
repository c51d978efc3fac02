"""Compression of bodies on the way: bounded while inflating, so that a bomb costs its limit only.

Follows docs/spec/05-exchange.md, "HTTP" and step 1 of the checks. The signed bytes are those before
compression.
"""

from __future__ import annotations

import io

import zstandard

from schemas.refusals import Refused

LEVEL = 1
WORTH = 1024


def deflate(body: bytes) -> bytes:
    """The zstd frame of `body`."""
    return zstandard.ZstdCompressor(level=LEVEL).compress(body)


def inflate(untrusted: bytes, limit: int) -> bytes:
    """What a zstd frame holds, at most `limit` bytes. Raises Refused `bomb`, `malformed`."""
    try:
        reader = zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(
            io.BytesIO(untrusted), read_across_frames=False
        )
        found = reader.read(limit + 1)
    except zstandard.ZstdError as error:
        raise Refused("malformed", f"zstd: {error}") from None
    if len(found) > limit:
        raise Refused("bomb", f"inflates to more than {limit} bytes")
    return found
