"""Genesis: signed by its own root, with recovery keys that make sense."""

from typing import Any

import pytest

from federation import dsse
from federation.genesis import make_genesis, open_genesis
from federation.keys import PublicKey
from schemas.refusals import Refused
from schemas.strict import dump, parse
from tests.federation.family import AT, GENESIS_ENVELOPE, OFFLINE, epoch_of, id_of, key_of

PAYLOAD = dsse.peek(GENESIS_ENVELOPE, "genesis").payload
STATED = parse(PAYLOAD, 65536)
WEAK = {"alg": "ed25519", "pub": "AQ" + "A" * 41}
TWICE = [OFFLINE[0].public.record] * 2


def test_a_genesis_founds_the_domain_of_its_hash() -> None:
    opened = open_genesis(dump(GENESIS_ENVELOPE))
    assert opened.domain.startswith("gov@")
    assert (opened.root, opened.key) == (id_of("root"), key_of("root").public)
    assert (opened.threshold, len(opened.recovery)) == (2, 3)
    other = dump(STATED | {"title": "另一个省"})
    again = open_genesis(dsse.envelope("genesis", other, [key_of("root")]))
    assert again.domain != opened.domain


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"name": "self"}, "malformed"),
        ({"name": "Gov"}, "malformed"),
        ({"title": "a\nb"}, "malformed"),
        ({"epoch": "0-00000000"}, "malformed"),
        ({"at": "2026-11-24T05:03:28+08:00"}, "malformed"),
        ({"at": "2026-13-24T05:03:28Z"}, "malformed"),
        ({"recovery": {"k": 1, "keys": []}}, "malformed"),
        ({"recovery": {"k": 0, "keys": TWICE[:1]}}, "malformed"),
        ({"recovery": {"k": 2, "keys": TWICE[:1]}}, "malformed"),
        ({"recovery": {"k": 1, "keys": TWICE}}, "malformed"),
        ({"recovery": {"k": 1, "keys": [WEAK]}}, "weak-key"),
        ({"key": WEAK}, "weak-key"),
        ({"key": {"alg": "sm2-sm3", "pub": "AAAA"}}, "algorithm"),
        ({"key": OFFLINE[0].public.record}, "bad-signature"),
        ({"root": "a" * 32}, "bad-proof"),
        ({"v": 2}, "malformed"),
        ({"v": True}, "malformed"),
    ],
)
def test_a_faulty_genesis_is_refused_by_name(other: dict[str, Any], code: str) -> None:
    made = dsse.envelope("genesis", dump(STATED | other), [key_of("root")])
    with pytest.raises(Refused) as caught:
        open_genesis(made)
    assert caught.value.code == code


def test_a_genesis_is_checked_when_it_is_made() -> None:
    def make(recovery: list[PublicKey], threshold: int) -> None:
        make_genesis("gov", "示例省", key_of("root"), epoch_of("root"), recovery, threshold, AT)

    make([OFFLINE[0].public], 1)
    with pytest.raises(Refused):
        make([OFFLINE[0].public], 2)
