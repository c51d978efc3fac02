"""Rotations: both keys sign, the epoch is greater, and nothing else opens an epoch."""

from typing import Any

import pytest

from federation import dsse
from federation.rotation import make_rotation
from schemas import membership as m
from schemas.refusals import Refused
from schemas.strict import dump
from tests.federation.family import (
    DOMAIN,
    agreed,
    epoch_of,
    event,
    grown,
    id_of,
    key_of,
    rotation,
)
from tests.federation.lawful import recovering, rotated

TOWN = id_of("town")


def _code(made: Any, domain: str = DOMAIN, node: str = TOWN, roster: Any = None) -> str:
    roster = roster or grown()
    before = dump(roster.dump())
    with pytest.raises(Refused) as caught:
        roster.accept_rotation(domain, node, made)
    assert dump(roster.dump()) == before
    return caught.value.code


def test_a_rotation_signed_by_both_keys_opens_an_epoch_once() -> None:
    roster = grown()
    made = make_rotation(
        DOMAIN, TOWN, epoch_of("town"), epoch_of("town", 2), key_of("town"), key_of("town", 2)
    )
    assert made == rotation("town", 1, 2)
    opened = roster.accept_rotation(DOMAIN, TOWN, made)
    assert (opened.epoch, opened.key) == (epoch_of("town", 2), key_of("town", 2).public)
    assert roster.accept_rotation(DOMAIN, TOWN, dump(made)) == opened
    assert len(roster.epochs(TOWN)) == 2


def test_an_epoch_may_be_opened_under_the_same_key() -> None:
    made = make_rotation(
        DOMAIN, TOWN, epoch_of("town"), epoch_of("town", 2), key_of("town"), key_of("town")
    )
    assert len(made["signatures"]) == 1
    assert grown().accept_rotation(DOMAIN, TOWN, made).key == key_of("town").public


@pytest.mark.parametrize("signers", [[1], [2], [2, 3], [1, 3], [3]])
def test_without_the_old_key_or_the_new_one_it_is_nothing(signers: list[int]) -> None:
    payload = dsse.peek(rotation("town", 1, 2), "rotation").payload
    keys = [key_of("town", counter) for counter in signers]
    assert _code(dsse.envelope("rotation", payload, keys)) == "bad-signature"


def test_what_does_not_fit_is_refused_by_name() -> None:
    other = "gov@" + "a" * 32
    weak = {"alg": "ed25519", "pub": "AQ" + "A" * 41}
    assert _code(rotation("town", 1, 2, domain=other)) == "foreign-domain"
    assert _code(rotation("town", 1, 2, domain=other), domain=other) == "foreign-domain"
    assert _code(rotation("town", 1, 2), domain=other) == "foreign-domain"
    assert _code(rotation("town", 1, 2), node=id_of("nobody")) == "unknown-member"
    assert _code(rotation("town", 1, 2), node=id_of("city")) == "bad-epoch"
    assert _code(rotation("town", 2, 3)) == "unknown-key"
    assert _code(rotation("town", 1, 2, key=weak)) == "weak-key"
    assert _code(rotation("town", 1, 2, key={"alg": "sm2-sm3", "pub": ""})) == "algorithm"
    assert _code(rotation("town", 1, 2, v=2)) == "malformed"


def test_an_epoch_never_goes_back_and_is_never_used_twice() -> None:
    roster = rotated()
    back = make_rotation(
        DOMAIN, TOWN, epoch_of("town", 2), "1-ffffffff", key_of("town", 2), key_of("town", 4)
    )
    assert _code(back, roster=roster) == "bad-epoch"
    again = make_rotation(
        DOMAIN, TOWN, epoch_of("town"), epoch_of("town", 2), key_of("town"), key_of("town", 9)
    )
    assert _code(again, roster=roster) == "bad-epoch"


def test_a_key_that_was_given_up_by_a_recovery_opens_nothing_later() -> None:
    roster = grown()
    data = agreed("recover", "town", recovering(counter=3), ["county", "city"])
    roster.apply(event("county", m.RECOVERED, data))
    assert _code(rotation("town", 1, 4), roster=roster) == "bad-epoch"
    roster.accept_rotation(DOMAIN, TOWN, rotation("town", 1, 2))
    assert _code(rotation("town", 2, 5), roster=roster) == "bad-epoch"
    assert roster.current_epoch(TOWN) == epoch_of("town", 3)
