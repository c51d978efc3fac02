"""What the strict JSON line lets in, and what it refuses, on both of its paths."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.refusals import Refused
from schemas.strict import _fast, _slow, dump, parse

FAULTS = {
    b'{"a":NaN}': "NaN",
    b'{"a":-Infinity}': "Infinity",
    b'{"a":1e999}': "double",
    b'{"a":1,"a":1}': "twice",
    b'{"\\u0061":1,"a":2}': "twice",
    b'{"a":"\\ud800"}': "surrogate",
    b'{"\\udfff":1}': "surrogate",
    b'{"a":"\xed\xa0\x80"}': "UTF-8",
    b'{"a":9007199254740992}': "2^53",
    b'{"a":99999999999999999999}': "2^53",
    b'{"a":"x\ny"}': "line break",
    b"[1]": "object",
    b"{": "JSON",
    b"": "JSON",
    b'{"a":' * 17 + b"1" + b"}" * 17: "deeper",
}


@pytest.mark.parametrize("line", FAULTS)
def test_a_faulty_line_is_refused_with_its_reason(line: bytes) -> None:
    with pytest.raises(Refused, match=FAULTS[line].replace("^", r"\^")) as caught:
        parse(line, 1000)
    assert caught.value.problem()["status"] == 400


def test_brackets_inside_strings_do_not_count_as_depth() -> None:
    assert parse(b'{"a":"' + b'\\"{[' * 40 + b'"}', 1000) == {"a": '"{[' * 40}


def test_an_oversize_line_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(Refused) as caught:
        parse(b"x" * 11, 10)
    assert caught.value.code == "oversize"


def test_spaces_and_escapes_of_other_writers_are_accepted() -> None:
    assert parse(b'{ "a": "\\u7763", "b": 1.0 }', 100) == {"a": "督", "b": 1.0}


_text = st.text(st.characters(exclude_categories=("Cs",)))
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(_text, _values, max_size=4), st.booleans())
def test_what_the_fast_path_takes_the_slow_path_takes_alike(value: dict, ascii_only: bool) -> None:
    line = json.dumps(value, ensure_ascii=ascii_only, separators=(",", ":")).encode()
    for candidate in (line, dump(value)):
        fast = _fast(candidate)
        if fast is not None:
            assert _slow(candidate, "line") == fast
