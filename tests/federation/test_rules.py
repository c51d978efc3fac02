"""Proofs: each check refuses what no other check would, and each is needed."""

from collections.abc import Callable
from typing import Any

import pytest

from federation import dsse, rules
from federation.roster import Floor, Roster, RosterEvent
from federation.rules import CHECKS
from schemas import membership as m
from schemas.refusals import Refused
from schemas.strict import dump
from tests.federation.family import (
    DOMAIN,
    admission,
    admitted,
    agreed,
    epoch_of,
    event,
    grown,
    head,
    id_of,
    join_of,
    key_of,
    rotation,
)
from tests.federation.lawful import cutting, moving, recovering, resolving, rotated

Bad = tuple[Roster, RosterEvent, Floor]
WEAK = {"alg": "ed25519", "pub": "AQ" + "A" * 41}


def _opened(seq: int = 1, counter: int = 2, **data: Any) -> RosterEvent:
    stated = {"cause": "rotation", "last": None} | data
    epoch = epoch_of("town", counter)
    return event("town", m.OPENED, stated, stream="up", seq=seq, epoch=epoch)


def opened_twice() -> Bad:
    return rotated(), _opened(seq=2), {}


def opened_without_key() -> Bad:
    return grown(), _opened(), {}


def opened_leaving_out() -> Bad:
    last = {"epoch": epoch_of("town"), "seq": 4, "head": "0" * 64}
    one = _opened(rotation=rotation("town", 1, 2), last=last)
    return grown(), one, {(epoch_of("town"), "up"): 5, (epoch_of("town"), "all"): 9}


def admitted_with_foreign_id() -> Bad:
    key = key_of("stranger")
    join = join_of("stranger", "city", node=id_of("county"))
    other = {"node": id_of("county"), "key": key.public.record, "join": join}
    return grown("city"), admission("stranger", "city", **other), {}


def admitted_by_another_join() -> Bad:
    join = join_of("county", "city", domain="gov@" + "a" * 32)
    return grown("city"), admission("county", join=join), {}


def admitted_without_possession() -> Bad:
    payload = dsse.peek(join_of("county", "city"), "join").payload
    forged = dsse.envelope("join", payload, [key_of("city")])
    return grown("city"), admission("county", join=forged), {}


def admitted_twice() -> Bad:
    return grown(), admission("town", "county2"), {}


def rekeyed_by_the_parent_alone() -> Bad:
    key = key_of("mallory").public.record
    data = {"node": id_of("town"), "epoch": epoch_of("town", 2), "key": key, "opened": "0" * 64}
    return grown(), event("county", m.REKEYED, data), {}


def _moved(writer: str, detail: Any, *signers: str) -> RosterEvent:
    return event(writer, m.MOVED, agreed("move", "town", detail, signers))


def moved_without_consent() -> Bad:
    return grown(), _moved("root", moving(), "county2", "county"), {}


def moved_into_the_first_epoch() -> Bad:
    return grown(), _moved("root", moving(counter=1), "town", "county2", "county"), {}


def moved_from_elsewhere() -> Bad:
    return grown(), _moved("root", moving(old="dept"), "town", "county2", "dept"), {}


def moved_below_itself() -> Bad:
    detail = moving("city", "root", "county")
    data = agreed("move", "city", detail, ["city", "county", "root"])
    return grown(), event("root", m.MOVED, data), {}


def _succeeded(successor: str, *signers: str) -> RosterEvent:
    detail = {"node": id_of("town"), "successor": id_of(successor)}
    return event("county", m.SUCCEEDED, agreed("succeed", "town", detail, signers))


def succeeded_without_consent() -> Bad:
    return grown(), _succeeded("county2", "county", "town"), {}


def succeeded_by_itself() -> Bad:
    return grown(), _succeeded("town", "county", "town"), {}


def _recovered(detail: Any, *signers: str) -> RosterEvent:
    return event("county", m.RECOVERED, agreed("recover", "town", detail, signers))


def recovered_with_a_weak_key() -> Bad:
    return grown(), _recovered(recovering() | {"key": WEAK}, "county", "city"), {}


def recovered_into_a_used_epoch() -> Bad:
    return rotated(), _recovered(recovering(counter=2), "county", "city"), {}


def recovered_without_consent() -> Bad:
    return grown(), _recovered(recovering(), "county"), {}


def recovered_below_a_receipt() -> Bad:
    one = _recovered(recovering(counter=2), "county", "city")
    return grown(), one, {("3-00000000", "up"): 1, (epoch_of("town", 2), "up"): 1}


def _cut(detail: Any, *signers: str) -> RosterEvent:
    return event("county", m.CUT, agreed("cut", "town", detail, signers))


def cut_of_an_unknown_epoch() -> Bad:
    detail = cutting() | {"epoch": "7-00000000"}
    return grown(), _cut(detail, "county", "city"), {}


def cut_at_heads_of_another_epoch() -> Bad:
    return rotated(), _cut(cutting("town", head(5, counter=2)), "county", "city"), {}


def cut_without_consent() -> Bad:
    return rotated(), _cut(cutting("town", head(5)), "county"), {}


def cut_below_a_receipt() -> Bad:
    one = _cut(cutting("town", head(5), head(7, "all")), "county", "city")
    floor = {(epoch_of("town"), "up"): 6, (epoch_of("town"), "all"): 7, ("2-0a0a0a0a", "up"): 9}
    return rotated(), one, floor


def resolved_of_an_unknown_epoch() -> Bad:
    detail = resolving() | {"epoch": "1-ffffffff"}
    data = agreed("resolve", "town", detail, ["town/2", "county"])
    return rotated(), event("county", m.RESOLVED, data), {}


def resolved_without_consent() -> Bad:
    data = agreed("resolve", "town", resolving(), ["county", "city"])
    return rotated(), event("county", m.RESOLVED, data), {}


BAD: list[tuple[str, str, str, Callable[[], Bad]]] = [
    (m.OPENED, "opening_first", "wrong-state", opened_twice),
    (m.OPENED, "opening_epoch", "bad-epoch", opened_without_key),
    (m.OPENED, "opening_floor", "below-receipt", opened_leaving_out),
    (m.ADMITTED, "admission_key", "bad-proof", admitted_with_foreign_id),
    (m.ADMITTED, "admission_fit", "bad-proof", admitted_by_another_join),
    (m.ADMITTED, "admission_proof", "bad-proof", admitted_without_possession),
    (m.ADMITTED, "admission_single", "already-member", admitted_twice),
    (m.REKEYED, "rekey_known", "bad-epoch", rekeyed_by_the_parent_alone),
    (m.MOVED, "move_consents", "bad-consent", moved_without_consent),
    (m.MOVED, "move_epoch", "bad-epoch", moved_into_the_first_epoch),
    (m.MOVED, "move_start", "wrong-state", moved_from_elsewhere),
    (m.MOVED, "move_cycle", "cycle", moved_below_itself),
    (m.SUCCEEDED, "succeed_consents", "bad-consent", succeeded_without_consent),
    (m.SUCCEEDED, "succeed_once", "cycle", succeeded_by_itself),
    (m.RECOVERED, "recovery_key", "weak-key", recovered_with_a_weak_key),
    (m.RECOVERED, "recovery_epoch", "bad-epoch", recovered_into_a_used_epoch),
    (m.RECOVERED, "recovery_consents", "bad-consent", recovered_without_consent),
    (m.RECOVERED, "recovery_floor", "below-receipt", recovered_below_a_receipt),
    (m.CUT, "epoch_known", "bad-epoch", cut_of_an_unknown_epoch),
    (m.CUT, "cut_heads", "bad-payload", cut_at_heads_of_another_epoch),
    (m.CUT, "cut_consents", "bad-consent", cut_without_consent),
    (m.CUT, "cut_floor", "below-receipt", cut_below_a_receipt),
    (m.RESOLVED, "epoch_known", "bad-epoch", resolved_of_an_unknown_epoch),
    (m.RESOLVED, "resolve_consents", "bad-consent", resolved_without_consent),
]


def _code(roster: Roster, one: RosterEvent, floor: Floor | None = None) -> str:
    before = dump(roster.dump())
    with pytest.raises(Refused) as caught:
        roster.apply(one, floor)
    assert dump(roster.dump()) == before
    return caught.value.code


def test_every_check_has_an_event_that_it_refuses() -> None:
    named = [(kind, check.__name__) for kind, checks in CHECKS.items() for check in checks]
    assert [(kind, name) for kind, name, _, _ in BAD] == named


@pytest.mark.parametrize(("kind", "name", "code", "make"), BAD)
def test_a_check_refuses_and_switched_off_lets_in(
    kind: str, name: str, code: str, make: Callable[[], Bad]
) -> None:
    roster, one, floor = make()
    assert _code(roster, one, floor) == code
    off = tuple(check for check in CHECKS[kind] if check.__name__ != name)
    roster._checks = {**CHECKS, kind: off}
    roster.judge(one, floor)


def test_what_keeps_to_the_floor_is_let_in() -> None:
    last = {"epoch": epoch_of("town"), "seq": 5, "head": "0" * 64}
    opening = _opened(rotation=rotation("town", 1, 2), last=last)
    grown().apply(opening, {(epoch_of("town"), "up"): 5, (epoch_of("town", 2), "up"): 3})
    cut = _cut(cutting("town", head(5)), "county", "city")
    rotated().apply(cut, {(epoch_of("town"), "up"): 5})


@pytest.mark.parametrize("cause", ["restore", "fork"])
def test_the_links_of_a_restore_or_a_fork_may_lie_below_a_receipt(cause: str) -> None:
    opening = _opened(rotation=rotation("town", 1, 2), cause=cause)
    grown().apply(opening, {(epoch_of("town"), "up"): 5})


def test_a_rotation_that_opens_another_epoch_opens_nothing() -> None:
    roster = grown()
    assert _code(roster, _opened(counter=3, rotation=rotation("town", 1, 2))) == "bad-epoch"


@pytest.mark.parametrize(
    "join",
    [
        {"node": id_of("city2")},
        {"epoch": "1-ffffffff"},
        {"key": key_of("city").public.record},
    ],
)
def test_a_join_about_something_else_is_no_proof(join: dict[str, Any]) -> None:
    one = admission("county", join=join_of("county", "city", **join))
    assert _code(grown("city"), one) == "bad-proof"


def test_a_join_with_another_parent_gives_the_writer_no_authority() -> None:
    one = admission("county", join=join_of("county", "root"))
    assert _code(grown("city"), one) == "no-authority"


def test_an_admission_without_a_readable_join_is_no_proof() -> None:
    for payload, kind in ((b"{}", "join"), (b"", "join"), (b"{}", "seal")):
        join = dsse.envelope(kind, payload, [key_of("county")])
        assert _code(grown("city"), admission("county", join=join)) == "bad-proof"
    stated = {name: value for name, value in admitted("county", "city").items() if name != "join"}
    assert _code(grown("city"), event("city", m.ADMITTED, stated)) == "bad-payload"


@pytest.mark.parametrize(
    ("key", "code"),
    [(WEAK, "weak-key"), ({"alg": "sm2-sm3", "pub": "AAAA"}, "algorithm")],
)
def test_a_weak_or_foreign_key_is_not_admitted(key: dict[str, str], code: str) -> None:
    assert _code(grown("city"), admission("county", key=key)) == code


def test_the_root_can_not_be_admitted() -> None:
    assert _code(grown(), admission("root", "city")) == "already-member"


def test_the_same_admission_again_changes_attributes_and_the_latest_word_counts() -> None:
    roster = grown()
    first = event("county", m.ADMITTED, admitted("town", "county", name="新名"), seq=90_000_002)
    older = event("county", m.ADMITTED, admitted("town", "county", name="旧名"), seq=90_000_001)
    assert roster.apply(first) == (id_of("town"),)
    assert roster.apply(first) == ()
    assert roster.apply(older) == ()
    known = roster.member(id_of("town"))
    assert known is not None
    assert known.name == "新名"
    other = join_of("town", "county", nonce="nonce0002")
    assert _code(roster, admission("town", join=other)) == "already-member"


def test_a_node_has_one_successor_and_none_in_a_circle() -> None:
    roster = grown()
    one = _succeeded("county2", "county2", "county", "town")
    roster.apply(one)
    assert roster.apply(one) == ()
    assert roster.successor(id_of("town")) == id_of("county2")
    assert _code(roster, _succeeded("dept", "dept", "county", "town")) == "wrong-state"
    detail = {"node": id_of("county2"), "successor": id_of("town")}
    data = agreed("succeed", "county2", detail, ["county2", "city2", "town"])
    assert _code(roster, event("city2", m.SUCCEEDED, data)) == "cycle"


def test_a_recovery_comes_after_the_first_epoch_and_twice_is_as_once() -> None:
    roster = grown()
    one = _recovered(recovering(), "county", "city")
    assert roster.apply(one) == (id_of("town"),)
    assert roster.apply(one) == ()
    assert roster.current_epoch(id_of("town")) == epoch_of("town", 3)
    early = recovering() | {"epoch": "1-ffffffff"}
    assert _code(roster, _recovered(early, "county", "city")) == "bad-epoch"


def test_a_cut_names_each_stream_once() -> None:
    twice = cutting("town", head(5), head(6))
    assert _code(rotated(), _cut(twice, "county", "city")) == "bad-payload"


def test_effects_of_unknown_members_are_never_reached() -> None:
    case: Any = rules.Case(grown("city"), admission("town"), None, id_of("town"))
    with pytest.raises(Refused, match="not a member"):
        rules.subject(case)
    assert grown("city").domain == DOMAIN
