"""Keys: which may be used, what verifies, what a vault gives back."""

import json
from pathlib import Path
from typing import Any

import pytest

from federation.keys import (
    STEP,
    PublicKey,
    SigningKey,
    Vault,
    one_time_code,
    passphrase_key,
)
from schemas.refusals import Refused
from tests.federation.family import key_of

CASES = json.loads((Path(__file__).parents[1] / "vectors" / "ed25519.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES["signatures"], ids=lambda case: case["why"])
def test_a_signature_verifies_exactly_when_the_vector_says_so(case: dict[str, Any]) -> None:
    key = PublicKey.from_raw(bytes.fromhex(case["pub"]))
    verified = key.verify(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
    assert verified is (case["result"] == "valid")


@pytest.mark.parametrize("case", CASES["keys"], ids=lambda case: case["why"])
def test_a_small_order_or_non_canonical_key_is_weak(case: dict[str, str]) -> None:
    with pytest.raises(Refused) as caught:
        PublicKey.from_raw(bytes.fromhex(case["pub"]))
    assert caught.value.code == "weak-key"


def test_a_key_survives_its_record() -> None:
    key = key_of("root").public
    assert PublicKey.from_record(key.record) is PublicKey.from_raw(key.raw)
    assert len({key, PublicKey.from_pub(key.pub)}) == 1
    assert key != key.raw


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"alg": "sm2-sm3", "pub": "AAAA"}, "algorithm"),
        ({"alg": "rsa", "pub": "AAAA"}, "algorithm"),
        ({"alg": "ed25519"}, "malformed"),
        ({"alg": "ed25519", "pub": 1}, "malformed"),
        ({"alg": "ed25519", "pub": "AAAA"}, "malformed"),
        ({"alg": "ed25519", "pub": "A" * 42 + "+"}, "malformed"),
        ({"alg": "ed25519", "pub": "A" * 42 + "="}, "malformed"),
        ({"alg": "ed25519", "pub": "A" * 41}, "malformed"),
        ({"alg": "ed25519", "pub": "督" * 43}, "malformed"),
        ({"alg": "ed25519", "pub": "A" * 43}, "weak-key"),
        ({"alg": "ed25519", "pub": "AQ" + "A" * 41}, "weak-key"),
        ({"alg": "ed25519", "pub": "_" * 42 + "8"}, "weak-key"),
    ],
)
def test_a_faulty_record_is_refused_by_name(record: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as caught:
        PublicKey.from_record(record)
    assert caught.value.code == code


def test_unused_bits_in_a_key_text_are_refused() -> None:
    pub = key_of("root").public.pub
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    with pytest.raises(Refused, match="one form"):
        PublicKey.from_pub(pub[:-1] + letters[letters.index(pub[-1]) + 1])


def test_no_secret_is_shown_by_accident() -> None:
    key = key_of("root")
    shown = repr(key) + repr(Vault(key.seed)) + repr(key.public)
    assert key.seed.hex() not in shown
    assert key.public.keyid in shown


def test_a_vault_opens_what_it_locked_and_nothing_else() -> None:
    vault = Vault(b"k" * 32)
    blob = vault.lock(b"secret", b"node a", b"n" * 12)
    assert b"secret" not in blob
    assert vault.open(blob, b"node a") == b"secret"
    for other, wrong, aad in (
        (Vault(b"x" * 32), blob, b"node a"),
        (vault, blob, b"node b"),
        (vault, blob[:-1] + bytes([blob[-1] ^ 1]), b"node a"),
        (vault, b"", b"node a"),
    ):
        with pytest.raises(ValueError, match="can't be opened"):
            other.open(wrong, aad)


def test_wrong_lengths_of_secrets_are_programming_errors() -> None:
    with pytest.raises(ValueError, match="seed"):
        SigningKey.from_seed(b"short")
    with pytest.raises(ValueError, match="host key"):
        Vault(b"short")
    with pytest.raises(ValueError, match="nonce"):
        Vault(b"k" * 32).lock(b"", b"", b"short")
    with pytest.raises(ValueError, match="salt"):
        passphrase_key("pass", b"short")


def test_a_passphrase_gives_the_same_key_in_every_way_of_typing_it() -> None:
    salt = b"s" * 16
    made = passphrase_key("督办1号", salt)
    assert len(made) == 32
    assert passphrase_key("督办１号", salt) == made
    assert passphrase_key("督办2号", salt) != made


# RFC 6238, appendix B: the instant, and the code by each hash of 20, 32 and 64 bytes of secret
VECTORS = [
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: str(one[0]))
def test_one_time_codes_are_those_of_rfc_6238(vector: tuple[int, str, str, str]) -> None:
    seconds, *told = vector
    for code, (algorithm, size) in zip(
        told, {"SHA1": 20, "SHA256": 32, "SHA512": 64}.items(), strict=True
    ):
        secret = (b"1234567890" * 7)[:size]
        assert one_time_code(secret, seconds // STEP, 8, algorithm) == code
    secret = b"1234567890" * 2
    assert one_time_code(secret, seconds // STEP) == told[0][2:], "six digits are the last six"
