"""Envelopes: signed bytes come back as they were; everything else is refused."""

import base64
from typing import Any

import pytest

from federation import dsse
from schemas.documents import Envelope
from schemas.refusals import Refused
from schemas.shapes import read_object
from schemas.strict import dump
from tests.federation.family import key_of

ONE, TWO, THREE = (key_of(name) for name in ("one", "two", "three"))
BODY = '{"v":1,"名":"督办"}'.encode()


def test_the_signed_bytes_are_those_of_the_dsse_specification() -> None:
    assert dsse.pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_bytes_mapping_and_struct_of_an_envelope_are_the_same_envelope() -> None:
    line = dsse.sign("seal", BODY, [ONE])
    made = dsse.envelope("seal", BODY, [ONE])
    struct = read_object(made, Envelope, "seal")
    assert line == dump(made)
    for one in (line, made, struct):
        assert dsse.verify(one, "seal", ONE.public) == BODY
    assert dump(dsse.as_object(struct)) == dump(dsse.as_object(made | {"more": 1})) == line


def test_members_beside_the_three_are_ignored() -> None:
    made = dsse.envelope("exchange", BODY, [ONE]) | {"rotation": {"x": 1}}
    assert dsse.verify(dump(made), "exchange", ONE.public) == BODY


def _code(call: Any) -> str:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.code


def test_the_keyid_decides_nothing() -> None:
    made = dsse.envelope("seal", BODY, [ONE])
    made["signatures"][0]["keyid"] = TWO.public.keyid
    assert dsse.verify(made, "seal", ONE.public) == BODY
    assert _code(lambda: dsse.verify(made, "seal", TWO.public)) == "bad-signature"


def test_an_envelope_of_another_kind_is_refused_even_when_it_is_signed() -> None:
    line = dsse.sign("receipt", BODY, [ONE])
    assert _code(lambda: dsse.verify(line, "seal", ONE.public)) == "malformed"


def test_an_altered_payload_or_type_does_not_verify() -> None:
    made = dsse.envelope("seal", BODY, [ONE])
    other = made | {"payload": base64.b64encode(BODY + b" ").decode()}
    moved = made | {"payloadType": dsse.KINDS["receipt"]}
    assert _code(lambda: dsse.verify(other, "seal", ONE.public)) == "bad-signature"
    assert _code(lambda: dsse.verify(moved, "receipt", ONE.public)) == "bad-signature"


def test_one_signer_means_one_signature() -> None:
    line = dsse.sign("seal", BODY, [ONE, TWO])
    assert _code(lambda: dsse.verify(line, "seal", ONE.public)) == "malformed"


def test_all_means_every_one() -> None:
    both = dsse.sign("rotation", BODY, [ONE, TWO])
    keys = [ONE.public, TWO.public]
    assert dsse.verify_all(both, "rotation", keys) == BODY
    assert dsse.verify_all(dsse.sign("rotation", BODY, [ONE]), "rotation", [ONE.public] * 2) == BODY
    single = dsse.sign("rotation", BODY, [TWO, TWO])
    assert _code(lambda: dsse.verify_all(single, "rotation", keys)) == "bad-signature"


def test_a_threshold_counts_different_keys_once() -> None:
    keys = [ONE.public, TWO.public, THREE.public]
    enough = dsse.sign("consent", BODY, [ONE, THREE])
    twice = dsse.sign("consent", BODY, [ONE, ONE])
    assert dsse.verify_threshold(enough, "consent", keys, 2) == BODY
    for offered in (keys, [ONE.public] * 2):
        refused = _code(lambda by=offered: dsse.verify_threshold(twice, "consent", by, 2))
        assert refused == "bad-signature"
    with pytest.raises(ValueError, match="at least one"):
        dsse.verify_all(twice, "consent", [])


GOOD = dsse.envelope("seal", BODY, [ONE])
SIG = GOOD["signatures"][0]


@pytest.mark.parametrize(
    "faulty",
    [
        GOOD | {"payload": "not base64!"},
        GOOD | {"payload": "e30"},
        GOOD | {"payload": "e31="},
        GOOD | {"payload": "e30=\n"},
        GOOD | {"payload": "督"},
        GOOD | {"payload": 1},
        GOOD | {"signatures": []},
        GOOD | {"signatures": [SIG] * 9},
        GOOD | {"signatures": {}},
        GOOD | {"signatures": [{"keyid": "x"}]},
        GOOD | {"signatures": [SIG | {"sig": "%"}]},
        {key: value for key, value in GOOD.items() if key != "payloadType"},
    ],
)
def test_what_is_no_envelope_is_malformed(faulty: dict[str, Any]) -> None:
    for untrusted in (faulty, dump(faulty)):
        assert _code(lambda one=untrusted: dsse.peek(one, "seal")) == "malformed"


def test_a_signature_of_another_length_is_no_signature() -> None:
    for raw in (b"", b"x" * 63, b"x" * 65):
        faulty = GOOD | {"signatures": [SIG | {"sig": base64.b64encode(raw).decode()}]}
        assert _code(lambda one=faulty: dsse.verify(one, "seal", ONE.public)) == "bad-signature"


def test_an_envelope_line_is_strict_and_bounded() -> None:
    doubled = dump(GOOD)[:-1] + b',"payload":"e30="}'
    long = b" " * (dsse.MAX_ENVELOPE + 1)
    assert _code(lambda: dsse.peek(doubled, "seal")) == "malformed"
    assert _code(lambda: dsse.peek(long, "seal")) == "oversize"
    assert _code(lambda: dsse.peek(long, "invitation")) == "malformed"
