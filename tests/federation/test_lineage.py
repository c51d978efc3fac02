"""Lineage: each step proved by chain, seal and authority, or the whole is worth nothing."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from federation import dsse
from federation.lineage import Proven, document, verify_lineage, verify_step
from federation.roster import Roster
from schemas import membership as m
from schemas.refusals import Refused
from schemas.strict import dump, parse
from tests.federation.family import (
    DOMAIN,
    GENESIS,
    GENESIS_ENVELOPE,
    Book,
    admitted,
    agreed,
    epoch_of,
    grown,
    id_of,
    key_of,
    rotation,
    steps_to_town,
)
from tests.federation.lawful import recovering


def _lineage(*steps: Proven) -> dict[str, Any]:
    return parse(dump(document(GENESIS_ENVELOPE, steps)), 10**7)


def _code(step: Proven, roster: Roster | None = None) -> str:
    roster = roster or Roster(GENESIS)
    before = dump(roster.dump())
    with pytest.raises(Refused) as caught:
        verify_step(roster, step)
    assert dump(roster.dump()) == before
    return caught.value.code


def test_a_lineage_leads_from_the_domain_s_id_to_a_node() -> None:
    roster = verify_lineage(_lineage(*steps_to_town()), DOMAIN)
    names = ("town", "county", "city", "root")
    assert roster.lineage(id_of("town")) == tuple(id_of(name) for name in names)
    assert len(verify_lineage(_lineage())) == 1


def test_steps_that_are_known_already_change_nothing() -> None:
    roster = verify_lineage(_lineage(*steps_to_town()))
    for step in steps_to_town():
        assert verify_step(roster, step) == ()


def test_a_proven_event_survives_its_travel() -> None:
    for step in steps_to_town():
        assert Proven.from_wire(step.to_wire()) == step
    with pytest.raises(Refused, match="headers"):
        Proven.from_wire(steps_to_town()[0].to_wire() | {"headers": [1]})


def _city_book() -> Book:
    book = Book("root").opened()
    book.write(m.ADMITTED, admitted("city", "root"))
    book.write(m.ADMITTED, admitted("city2", "root"))
    book.write(m.ADMITTED, admitted("dept", "root"))
    return book


def test_a_step_may_lie_before_its_seal() -> None:
    book = _city_book()
    roster = Roster(GENESIS)
    for seq in (4, 2, 3):
        verify_step(roster, book.proven(seq))
    assert len(roster) == 4


def test_another_domain_than_the_expected_one_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        verify_lineage(_lineage(*steps_to_town()), "gov@" + "a" * 32)
    assert caught.value.code == "foreign-domain"


@pytest.mark.parametrize("order", [(1, 2), (0, 2), (0, 2, 1)])
def test_a_lineage_with_a_hole_or_out_of_order_is_refused_at_that_step(
    order: tuple[int, ...],
) -> None:
    steps = steps_to_town()
    with pytest.raises(Refused, match=r"step [12]: unknown-member") as caught:
        verify_lineage(_lineage(*(steps[index] for index in order)))
    assert caught.value.code == "bad-lineage"


def test_a_forged_genesis_or_no_lineage_at_all_is_refused() -> None:
    payload = dsse.peek(GENESIS_ENVELOPE, "genesis").payload
    forged = dsse.envelope("genesis", payload, [key_of("mallory")])
    with pytest.raises(Refused, match="genesis: bad-signature") as caught:
        verify_lineage(_lineage() | {"genesis": forged})
    assert caught.value.code == "bad-lineage"
    with pytest.raises(Refused, match="lineage") as caught:
        verify_lineage({"genesis": GENESIS_ENVELOPE})
    assert caught.value.code == "malformed"


def _altered(**change: Any) -> Proven:
    return dataclasses.replace(_city_book().proven(2), **change)


def _rewritten(**header: Any) -> Proven:
    book = Book("root").opened()
    book.write(m.ADMITTED, admitted("city", "root"), **header)
    return book.proven(2)


def _by_stranger() -> Proven:
    book = Book("nobody").opened()
    book.write(m.ADMITTED, admitted("city", "nobody"))
    return book.proven(2)


def _by_other_key() -> Proven:
    book = _city_book()
    return book.proven(2, book.seal(key_of("mallory")))


def _sealed(**other: Any) -> Proven:
    book = _city_book()
    return book.proven(2, book.seal(**other))


def _without_rotation() -> Proven:
    return Book("root", 2).opened(cause="rotation").proven(1)


def _admitted_in_unknown_epoch() -> Proven:
    book = Book("root", 2).opened()
    book.write(m.ADMITTED, admitted("city", "root"))
    return book.proven(2)


def _with_foreign_rotation() -> Proven:
    return Book("root", 3).opened(cause="rotation", rotation=rotation("root", 1, 2)).proven(1)


BOOK = _city_book()
FAULTS: list[tuple[str, Callable[[], Proven]]] = [
    ("malformed", lambda: _altered(header=b"{}")),
    ("oversize", lambda: _altered(header=b" " * 2049)),
    ("bad-datahash", lambda: _altered(payload=b"{}")),
    ("bad-chain", lambda: _altered(headers=tuple(line for line, _ in BOOK.lines[3:]))),
    ("bad-chain", lambda: _altered(headers=tuple(line for line, _ in BOOK.lines[:1]))),
    ("bad-chain", lambda: _altered(headers=(Book("city").opened().lines[0][0],))),
    ("malformed", lambda: _altered(headers=(b"",))),
    ("bad-seal", lambda: _altered(headers=())),
    ("bad-seal", _by_other_key),
    ("bad-seal", lambda: _sealed(domain="gov@" + "a" * 32)),
    ("bad-seal", lambda: _sealed(origin=id_of("city"))),
    ("bad-seal", lambda: _sealed(epoch="1-ffffffff")),
    ("bad-seal", lambda: _sealed(stream="up")),
    ("bad-seal", lambda: _sealed(seq=3)),
    ("bad-seal", lambda: _sealed(head="1" * 64)),
    ("bad-seal", lambda: _sealed(seq="x")),
    ("bad-header", lambda: _rewritten(id="1-00000000/all/2")),
    ("foreign-domain", lambda: _rewritten(domain="gov@" + "a" * 32)),
    ("unknown-key", lambda: _rewritten(epoch="1-ffffffff", id="1-ffffffff/all/2")),
    ("unknown-member", _by_stranger),
    ("unknown-key", _without_rotation),
    ("unknown-key", _admitted_in_unknown_epoch),
    ("unknown-key", _with_foreign_rotation),
    ("unknown-type", lambda: _rewritten(type="duban.matter.registered")),
]


@pytest.mark.parametrize(("code", "make"), FAULTS)
def test_a_faulty_step_is_refused_by_name_and_changes_nothing(
    code: str, make: Callable[[], Proven]
) -> None:
    assert _code(make()) == code
    with pytest.raises(Refused) as caught:
        verify_lineage(_lineage(make()) if code != "oversize" else _lineage(_altered(header=b"")))
    assert caught.value.code == "bad-lineage"


def test_a_step_without_authority_is_refused_though_it_is_sealed() -> None:
    roster = grown("city")
    book = Book("city").opened()
    book.write(m.OBSERVER, {"node": id_of("city")})
    assert _code(book.proven(2), roster) == "no-authority"


def test_a_rotation_in_the_opening_makes_the_new_epoch_known() -> None:
    roster = grown("city")
    book = Book("city", 2).opened(cause="rotation", rotation=rotation("city", 1, 2))
    book.write(m.ADMITTED, admitted("county", "city"))
    assert _code(book.proven(2), roster) == "unknown-key"
    assert verify_step(roster, book.proven(1)) == (id_of("city"),)
    verify_step(roster, book.proven(2))
    assert roster.parent(id_of("county")) == id_of("city")
    assert roster.current_epoch(id_of("city")) == epoch_of("city", 2)


def test_the_root_s_own_recovery_is_proved_by_its_recovery_keys() -> None:
    for signers, proved in ((["offline1", "offline2"], True), (["offline1"], False)):
        roster = Roster(GENESIS)
        book = Book("root", 3).opened(cause="recovery")
        book.write(m.RECOVERED, agreed("recover", "root", recovering("root"), signers))
        if proved:
            verify_step(roster, book.proven(2))
            assert roster.current_epoch(id_of("root")) == epoch_of("root", 3)
            verify_step(roster, book.proven(1))
        else:
            assert _code(book.proven(2), roster) == "bad-consent"
            assert _code(book.proven(1), roster) == "unknown-key"


def test_a_recovery_written_in_yet_another_epoch_proves_no_key() -> None:
    book = Book("root", 4).opened(cause="recovery")
    data = agreed("recover", "root", recovering("root"), ["offline1", "offline2"])
    book.write(m.RECOVERED, data)
    assert _code(book.proven(2)) == "unknown-key"
