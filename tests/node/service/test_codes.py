"""Codes of the second factor by RFC 6238's own vectors, at instants that are handed in."""

from __future__ import annotations

import pytest

from node.service import codes

SECRET = b"12345678901234567890"
AT = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}


@pytest.mark.parametrize("seconds", AT)
def test_a_code_is_taken_one_step_early_and_late_and_no_further(seconds: int) -> None:
    code, step = AT[seconds], seconds // 30
    first = step * 30
    for instant in (first - 30, first - 0.5, first, first + 29.9, first + 30, first + 59.9):
        assert codes.step_of(SECRET, code, instant) == step, instant
    for instant in (first - 30.1, first + 60):
        assert codes.step_of(SECRET, code, instant) is None, instant


@pytest.mark.parametrize(
    "said", ["", "28708", "2870820", "28708a", "２８７０８２", "-28708", "94287082", "287 082"]
)
def test_what_is_no_code_fits_never(said: str) -> None:
    assert codes.step_of(SECRET, said, 59) is None


def test_blanks_and_hyphens_that_people_write_are_left_out() -> None:
    assert codes.tidy(" 287 082\n") == "287082"
    assert codes.tidy("abcd-efgh ijkl-mnop") == "ABCDEFGHIJKLMNOP"
    assert codes.base32(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
