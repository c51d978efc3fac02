"""Enrolment: request, invitation and join fit one another, once, in time; and nothing else does."""

from typing import Any

import pytest

from federation import dsse, enrolment
from federation.enrolment import ENROLMENT, INVITED, advance
from federation.ids import node_id
from federation.keys import SigningKey
from federation.lineage import document
from federation.roster import Roster
from schemas import membership as m
from schemas.refusals import Refused
from schemas.strict import dump, parse
from tests.federation.family import (
    AT,
    DOMAIN,
    GENESIS_ENVELOPE,
    LATER,
    Book,
    Json,
    epoch_of,
    event,
    grown,
    id_of,
    key_of,
    rotation,
    steps_to_town,
)

NOW = "2026-11-25T00:00:00.250Z"
PAST = "2026-12-01T05:03:28.001Z"
WEAK = {"alg": "ed25519", "pub": "AQ" + "A" * 41}
VILLAGE = key_of("village")
REQUEST = enrolment.make_request(VILLAGE, "示例乡", "township", "430102", AT, "request01")
OWN = enrolment.open_request(REQUEST)
STEPS = document(GENESIS_ENVELOPE, steps_to_town())
LINEAGE = {"genesis": GENESIS_ENVELOPE, "steps": STEPS["steps"][:2]}
URL = "http://10.0.0.1:8601/exchange/v1"


def _invite(key: SigningKey | None = None, **other: Any) -> Json:
    options = {
        "domain": DOMAIN,
        "parent": id_of("county"),
        "epoch": epoch_of("county"),
        "nonce": "invite0001",
        "at": AT,
        "expires": LATER,
        "lineage": LINEAGE,
        "address": URL,
    }
    return enrolment.make_invitation(OWN, key or key_of("county"), **(options | other))


INVITATION = _invite()
OFFERED = enrolment.open_invitation(INVITATION, key_of("county").public)
JOIN = enrolment.make_join(OFFERED, VILLAGE, epoch_of("village"), None, True, AT)
TREE = grown("city", "county")
STATED = parse(dsse.peek(JOIN, "join").payload, 65536)


def _joined(signer: SigningKey = VILLAGE, **other: Any) -> Json:
    return dsse.envelope("join", dump(STATED | other), [signer])


def _check(
    invitation: Json = INVITATION,
    join: Json = JOIN,
    now: str = NOW,
    used: dict[str, str] | None = None,
    tree: Roster = TREE,
) -> enrolment.Admission:
    parent = id_of("county")
    return enrolment.check_join(tree, parent, invitation, join, now, used or {})


def _code(call: Any) -> str:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.code


def test_a_child_is_enrolled_by_three_documents() -> None:
    found, above = enrolment.check_invitation(dump(INVITATION), OWN, DOMAIN)
    assert above.lineage(found.stated.parent)[-1] == above.root
    admission = _check()
    assert (admission.join.node, admission.repeated) == (node_id(VILLAGE.public.raw), False)
    assert admission.data["join"] == parse(dump(JOIN), 65536) or admission.data["join"]["payload"]
    tree = grown("city", "county")
    tree.apply(event("county", m.ADMITTED, parse(dump(admission.data), 65536)))
    assert tree.parent(admission.join.node) == id_of("county")
    known = tree.member(admission.join.node)
    assert known is not None
    assert (known.name, known.level, known.code, known.poll) == (
        "示例乡",
        "township",
        "430102",
        True,
    )

    book = Book("county").opened()
    book.write(m.ADMITTED, admission.data)
    answer = LINEAGE | {"steps": [*LINEAGE["steps"], book.proven(2).to_wire()]}
    roster = enrolment.check_admission(answer, found, admission.join)
    assert len(roster.lineage(admission.join.node)) == 4


def test_the_parent_may_enter_another_name_than_was_asked_for() -> None:
    invitation = _invite(entered={"name": "示例镇", "code": None})
    assert _check(invitation).data["name"] == "示例镇"


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"node": "a" * 32}, "bad-proof"),
        ({"key": key_of("other").public.record}, "bad-proof"),
        ({"key": WEAK}, "weak-key"),
        ({"key": {"alg": "sm2-sm3", "pub": "x"}}, "algorithm"),
        ({"level": "galaxy"}, "malformed"),
        ({"code": "12345"}, "malformed"),
        ({"name": ""}, "malformed"),
        ({"nonce": "short"}, "malformed"),
    ],
)
def test_a_faulty_request_is_refused_by_name(other: Json, code: str) -> None:
    stated = parse(dsse.peek(REQUEST, "join-request").payload, 65536)
    made = dsse.envelope("join-request", dump(stated | other), [VILLAGE])
    assert _code(lambda: enrolment.open_request(made)) == code


def test_a_request_without_possession_of_its_key_is_refused() -> None:
    payload = dsse.peek(REQUEST, "join-request").payload
    forged = dsse.envelope("join-request", payload, [key_of("mallory")])
    assert _code(lambda: enrolment.open_request(forged)) == "bad-proof"


def _invited(invitation: Json, expected: str | None = DOMAIN) -> str:
    return _code(lambda: enrolment.check_invitation(invitation, OWN, expected))


def test_a_child_sees_through_an_invitation_that_does_not_fit() -> None:
    other = "gov@" + "a" * 32
    stranger = enrolment.open_request(
        enrolment.make_request(key_of("x"), "x", "township", None, AT, "request02")
    )
    again = enrolment.open_request(
        enrolment.make_request(VILLAGE, "示例乡", "township", None, AT, "request03")
    )
    assert _invited(INVITATION, other) == "foreign-domain"
    assert _invited(_invite(domain=other)) == "invitation-misfit"
    assert _invited(_invite(key_of("mallory"))) == "bad-signature"
    assert _invited(_invite(parent=id_of("town"))) == "bad-lineage"
    assert _invited(_invite(epoch="1-ffffffff")) == "bad-lineage"
    assert _invited(_invite(lineage=LINEAGE | {"steps": LINEAGE["steps"][1:]})) == "bad-lineage"
    assert _invited(_invite(lineage={})) == "malformed"
    for request in (stranger, again):
        assert (
            _code(lambda one=request: enrolment.check_invitation(INVITATION, one, DOMAIN))
            == "invitation-misfit"
        )
    enrolment.check_invitation(INVITATION, OWN)


def test_an_invitation_opens_with_its_parent_s_key_only() -> None:
    assert (
        _code(lambda: enrolment.open_invitation(INVITATION, key_of("city").public))
        == "bad-signature"
    )
    stated = parse(dsse.peek(INVITATION, "invitation").payload, 10**6)
    for other, code in (({"key": WEAK}, "weak-key"), ({"address": "ftp://x"}, "malformed")):
        made = dsse.envelope("invitation", dump(stated | other), [key_of("county")])
        assert (
            _code(lambda one=made: enrolment.open_invitation(one, key_of("county").public)) == code
        )


def test_only_the_invited_key_makes_a_join() -> None:
    with pytest.raises(Refused) as caught:
        enrolment.make_join(OFFERED, key_of("x"), epoch_of("x"), None, True, AT)
    assert caught.value.code == "invitation-misfit"


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"nonce": "invite0002"}, "invitation-misfit"),
        ({"node": "a" * 32}, "invitation-misfit"),
        ({"key": key_of("x").public.record}, "invitation-misfit"),
        ({"parent": id_of("city")}, "invitation-misfit"),
        ({"domain": "gov@" + "a" * 32}, "invitation-misfit"),
        ({"key": WEAK}, "weak-key"),
        ({"key": {"alg": "sm2-sm3", "pub": "x"}}, "algorithm"),
        ({"epoch": "0-00000000"}, "malformed"),
        ({"poll": 1}, "malformed"),
    ],
)
def test_a_join_that_does_not_fit_its_invitation_is_refused(other: Json, code: str) -> None:
    assert _code(lambda: _check(join=_joined(**other))) == code


def test_a_join_signed_by_another_key_is_refused() -> None:
    assert _code(lambda: _check(join=_joined(key_of("mallory")))) == "bad-proof"


def test_an_invitation_for_a_key_that_is_not_the_node_s_first_is_refused() -> None:
    stated = parse(dsse.peek(INVITATION, "invitation").payload, 10**6)
    other = stated | {"node": id_of("x")}
    made = dsse.envelope("invitation", dump(other), [key_of("county")])
    assert _code(lambda: _check(made, _joined(node=id_of("x")))) == "invitation-misfit"


def test_the_parent_knows_its_own_invitations() -> None:
    assert _code(lambda: _check(_invite(key_of("mallory")))) == "bad-signature"
    assert _code(lambda: _check(_invite(epoch="1-ffffffff"))) == "bad-signature"
    assert _code(lambda: _check(_invite(parent=id_of("city")))) == "wrong-receiver"
    assert _code(lambda: _check(_invite(domain="gov@" + "a" * 32))) == "foreign-domain"


def test_an_invitation_survives_its_parent_s_rotation() -> None:
    tree = grown("city", "county")
    tree.accept_rotation(DOMAIN, id_of("county"), rotation("county", 1, 2))
    assert not _check(tree=tree).repeated


def test_an_expired_invitation_is_refused_to_the_millisecond() -> None:
    assert _code(lambda: _check(now=PAST)) == "invitation-expired"
    assert not _check(now=LATER).repeated


def test_an_invitation_fits_once_but_a_lost_answer_is_given_again() -> None:
    first = _check()
    assert _check(used={"invite0001": first.digest}, now=PAST).repeated
    other = _joined(epoch="1-ffffffff")
    used = {"invite0001": first.digest}
    assert _code(lambda: _check(join=other, used=used)) == "invitation-used"


def test_a_member_is_not_admitted_again() -> None:
    tree = grown("city", "county")
    tree.apply(event("county", m.ADMITTED, _check().data))
    assert _code(lambda: _check(tree=tree)) == "already-member"


def test_an_answer_that_shows_something_else_is_refused() -> None:
    admission = _check()
    assert (
        _code(lambda: enrolment.check_admission(LINEAGE, OFFERED, admission.join)) == "bad-lineage"
    )
    other = _check(join=_joined(epoch="1-ffffffff"))
    book = Book("county").opened()
    book.write(m.ADMITTED, other.data)
    answer = LINEAGE | {"steps": [*LINEAGE["steps"], book.proven(2).to_wire()]}
    assert (
        _code(lambda: enrolment.check_admission(answer, OFFERED, admission.join)) == "bad-lineage"
    )


def test_enrolment_goes_step_by_step() -> None:
    state: enrolment.State = "fresh"
    walk: list[enrolment.Step] = ["request", "invitation", "join", "admitted", "root receipt"]
    for step in walk:
        state = advance(ENROLMENT, state, step)
    assert state == "member"
    offer: enrolment.Offer = advance(INVITED, "none", "invite")
    assert advance(INVITED, offer, "join") == "used"


@pytest.mark.parametrize("table", [ENROLMENT, INVITED], ids=["child", "parent"])
def test_what_the_table_does_not_name_is_refused(table: Any) -> None:
    states = {state for state, _ in table} | set(table.values())
    for state in states:
        for step in {step for _, step in table}:
            if (state, step) in table:
                assert advance(table, state, step) in states
            else:
                assert _code(lambda a=state, b=step: advance(table, a, b)) == "wrong-state"
