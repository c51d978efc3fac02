"""Compression gives back what went in and never more than the limit."""

import pytest

from schemas.refusals import Refused
from sync.squeeze import deflate, inflate


def test_what_was_squeezed_comes_back() -> None:
    body = b"x" * 100_000
    assert len(deflate(body)) < 100
    assert inflate(deflate(body), len(body)) == body


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (deflate(b"x" * 5_000_000), "bomb"),
        (b"not zstd", "malformed"),
        (deflate(b"x" * 2000)[:-4] + b"????", "malformed"),
    ],
)
def test_bombs_and_rubbish_are_refused(made: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        inflate(made, 100_000)
    assert caught.value.code == code
