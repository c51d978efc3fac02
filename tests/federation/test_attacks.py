"""Attacks that only one check stands against: found by switching off each refusal in turn."""

from typing import Any

import pytest

from federation import dsse, enrolment
from federation.lineage import verify_step
from federation.rotation import make_rotation, prove_rotation
from schemas import membership as m
from schemas.refusals import Refused
from schemas.strict import dump, parse
from tests.federation.family import (
    DOMAIN,
    Book,
    admitted,
    agreed,
    epoch_of,
    event,
    grown,
    id_of,
    key_of,
    rotation,
)
from tests.federation.lawful import recovering
from tests.federation.test_enrolment import (
    INVITATION,
    LINEAGE,
    OFFERED,
    OWN,
    _check,
    _invited,
)


def _code(call: Any) -> str:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.code


def test_an_invitation_that_quotes_the_request_is_still_for_one_node_and_key() -> None:
    stated = parse(dsse.peek(INVITATION, "invitation").payload, 10**6)
    assert stated["request"] == OWN.digest
    for other in ({"node": id_of("x")}, {"key": key_of("x").public.record}):
        made = dsse.envelope("invitation", dump(stated | other), [key_of("county")])
        assert _invited(made) == "invitation-misfit"


def test_an_answer_that_shows_the_node_below_another_parent_is_refused() -> None:
    book = Book("city").opened()
    book.write(m.ADMITTED, admitted("village", "city"))
    answer = LINEAGE | {"steps": [LINEAGE["steps"][0], book.proven(2).to_wire()]}
    join = _check().join
    check = enrolment.check_admission
    assert _code(lambda: check(answer, OFFERED, join)) == "bad-lineage"


@pytest.mark.parametrize("new", ["1-ffffffff", "2-ffffffff"])
def test_a_rotation_into_an_epoch_that_is_not_above_proves_nothing(new: str) -> None:
    roster, node = grown(), id_of("town")
    roster.accept_rotation(DOMAIN, node, rotation("town", 1, 2))
    back = make_rotation(DOMAIN, node, epoch_of("town", 2), new, key_of("town", 2), key_of("x"))
    assert _code(lambda: prove_rotation(roster, DOMAIN, node, back)) == "bad-epoch"


def test_a_proof_whose_later_headers_are_of_another_chain_is_refused() -> None:
    book = Book("root").opened()
    book.write(m.ADMITTED, admitted("city", "root"))
    book.write(m.OPENED, {"cause": "birth", "last": None}, stream="up")
    assert _code(lambda: verify_step(grown("city"), book.proven(2))) == "bad-chain"


def test_a_proof_from_a_key_that_was_given_up_is_refused() -> None:
    roster = grown()
    data = agreed("recover", "town", recovering(counter=3), ["county", "city"])
    roster.apply(event("county", m.RECOVERED, data))
    book = Book("town", 4).opened(cause="rotation", rotation=rotation("town", 1, 4))
    assert _code(lambda: verify_step(roster, book.proven(1))) == "bad-epoch"


def test_a_parent_records_an_epoch_under_its_own_key_only() -> None:
    roster = grown()
    roster.accept_rotation(DOMAIN, id_of("town"), rotation("town", 1, 2))
    data = {"node": id_of("town"), "epoch": epoch_of("town", 2), "key": key_of("x").public.record}
    data |= {"opened": "0" * 64}
    assert _code(lambda: roster.apply(event("county", m.REKEYED, data))) == "bad-epoch"
    roster.apply(event("county", m.REKEYED, data | {"key": key_of("town", 2).public.record}))
