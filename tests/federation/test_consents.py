"""Consents: every one that is needed, from whom it is needed, to exactly this."""

from typing import Any

import pytest

from federation import dsse
from federation.roster import Roster, RosterEvent
from schemas import membership as m
from schemas.refusals import Refused
from schemas.strict import dump
from tests.federation.family import (
    DOMAIN,
    agreed,
    consent,
    epoch_of,
    event,
    grown,
    head,
    id_of,
    key_of,
    rotation,
)
from tests.federation.lawful import cutting, moving, recovering, resolving, rotated

CITY_CUT = {"node": id_of("city"), "epoch": epoch_of("city"), "heads": []}
SUCCESSION = {"node": id_of("town"), "successor": id_of("county2")}
UP = moving("town", "county", "city")

# act, node, detail, type, writer, sets of signers that are enough and where each one is needed
ENOUGH: list[tuple[str, str, Any, str, str, list[str]]] = [
    ("move", "town", moving(), m.MOVED, "root", ["town", "county2", "county"]),
    ("move", "town", moving(), m.MOVED, "root", ["town", "county2", "root"]),
    ("move", "town", UP, m.MOVED, "city", ["town", "city"]),
    ("succeed", "town", SUCCESSION, m.SUCCEEDED, "county", ["county2", "county", "town"]),
    ("succeed", "town", SUCCESSION, m.SUCCEEDED, "county", ["county2", "county", "city"]),
    ("recover", "town", recovering(), m.RECOVERED, "county", ["county", "city"]),
    ("recover", "town", recovering(), m.RECOVERED, "county", ["county", "root"]),
    (
        *("recover", "city", recovering("city"), m.RECOVERED, "root"),
        ["root", "offline1", "offline2"],
    ),
    ("recover", "root", recovering("root"), m.RECOVERED, "root", ["offline2", "offline3"]),
    ("cut", "town", cutting("town", head(5)), m.CUT, "county", ["county", "town/2"]),
    ("cut", "town", cutting("town", head(5)), m.CUT, "county", ["county", "city"]),
    ("cut", "town", cutting("town", head(5)), m.CUT, "county", ["city", "town/2"]),
    ("cut", "town", cutting("town", head(5)), m.CUT, "county", ["county", "offline1", "offline2"]),
    ("cut", "city", CITY_CUT, m.CUT, "root", ["root", "offline1", "offline2"]),
    ("resolve", "town", resolving(), m.RESOLVED, "county", ["town/2", "county"]),
    ("resolve", "root", resolving("root"), m.RESOLVED, "root", ["offline1", "offline3"]),
]


def _world() -> Roster:
    return rotated()


def _made(row: tuple[str, str, Any, str, str, list[str]], signers: list[str]) -> RosterEvent:
    act, node, detail, kind, writer, _ = row
    return event(writer, kind, agreed(act, node, detail, signers))


def _refused(roster: Roster, one: RosterEvent) -> str:
    with pytest.raises(Refused) as caught:
        roster.judge(one)
    assert caught.value.code == "bad-consent"
    return caught.value.detail


@pytest.mark.parametrize("row", ENOUGH, ids=lambda row: f"{row[0]} {row[1]}: {' '.join(row[5])}")
def test_enough_is_enough_and_each_one_is_needed(row: Any) -> None:
    signers = row[5]
    _world().judge(_made(row, signers))
    for missing in signers:
        short = [one for one in signers if one != missing]
        assert "not all" in _refused(_world(), _made(row, short))


@pytest.mark.parametrize(
    ("row", "signers"),
    [
        (ENOUGH[0], ["town", "county2", "dept"]),
        (ENOUGH[0], ["town", "county2", "city"]),
        (ENOUGH[3], ["county2", "county", "dept"]),
        (ENOUGH[3], ["county2", "city", "town"]),
        (ENOUGH[5], ["county", "town"]),
        (ENOUGH[5], ["city", "root"]),
        (ENOUGH[5], ["county", "dept"]),
        (ENOUGH[5], ["county", "offline1", "offline2"]),
        (ENOUGH[8], ["offline1", "offline1"]),
        (ENOUGH[9], ["county", "dept"]),
        (ENOUGH[9], ["county", "county"]),
        (ENOUGH[9], ["offline1", "offline2"]),
        (ENOUGH[14], ["town/2", "city"]),
    ],
    ids=lambda one: " ".join(one) if isinstance(one[1], str) and len(one) < 5 else "",
)
def test_others_than_those_needed_do_not_make_up_for_them(row: Any, signers: list[str]) -> None:
    assert "not all" in _refused(_world(), _made(row, signers))


@pytest.mark.parametrize("row", [ENOUGH[9], ENOUGH[14]], ids=["cut", "resolve"])
def test_the_key_that_is_in_question_can_not_speak_for_itself(row: Any) -> None:
    assert "key of its own" in _refused(_world(), _made(row, ["county", "town"]))


def _with(*consents: Any) -> RosterEvent:
    detail = recovering()
    return event("county", m.RECOVERED, {**detail, "consents": list(consents)})


GOOD = [consent("recover", "town", by, recovering()) for by in ("county", "city")]


def _consent(**other: Any) -> Any:
    stated = {
        "v": 1,
        "domain": DOMAIN,
        "act": "recover",
        "node": id_of("town"),
        "by": id_of("city"),
        "detail": recovering(),
    }
    return dsse.envelope("consent", dump(stated | other), [key_of("city")])


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (_consent(domain="gov@" + "a" * 32), "another act"),
        (_consent(act="cut"), "another act"),
        (_consent(node=id_of("county")), "another act"),
        (_consent(detail=recovering(counter=4)), "other details"),
        (_consent(detail=recovering() | {"more": 1}), "other details"),
        (_consent(by=id_of("root")), "key of its own"),
        (_consent(by=id_of("stranger")), "key of its own"),
        (_consent(by="recovery"), "key of its own"),
        (_consent(by="anyone"), "Expected"),
        (dsse.envelope("consent", b"{}", [key_of("city")]), "missing required"),
        (dsse.envelope("seal", b"{}", [key_of("city")]), "not an envelope of this kind"),
    ],
)
def test_one_bad_consent_spoils_the_event(bad: Any, why: str) -> None:
    _world().judge(_with(*GOOD))
    assert why in _refused(_world(), _with(GOOD[0], bad))
    assert why in _refused(_world(), _with(*GOOD, bad))


def test_a_consent_has_one_signature() -> None:
    payload = dsse.peek(GOOD[1], "consent").payload
    twice = dsse.envelope("consent", payload, [key_of("city"), key_of("county")])
    assert "key of its own" in _refused(_world(), _with(GOOD[0], twice))


def test_true_is_not_one_in_the_details_of_a_consent() -> None:
    detail = recovering() | {"more": 1}
    consents = [
        consent("recover", "town", by, detail | {"more": True}) for by in ("county", "city")
    ]
    one = event("county", m.RECOVERED, {**detail, "consents": consents})
    assert "other details" in _refused(_world(), one)


def test_a_signer_that_rotates_does_not_unsay_what_it_said() -> None:
    roster = _world()
    roster.accept_rotation(DOMAIN, id_of("city"), rotation("city", 1, 2))
    roster.judge(_with(*GOOD))
    roster.judge(
        _with(GOOD[0], consent("recover", "town", "city", recovering(), key_of("city", 2)))
    )


def test_the_key_of_a_cut_epoch_speaks_for_nobody() -> None:
    roster = _world()
    data = agreed("cut", "city", CITY_CUT, ["root", "offline1", "offline2"])
    roster.apply(event("root", m.CUT, data))
    assert "key of its own" in _refused(roster, _with(*GOOD))


def test_nobody_is_the_parent_of_a_stranger() -> None:
    from federation.consents import Agreed, enough_to_recover

    by = Agreed(frozenset({id_of("root")}), recovery=True)
    assert not enough_to_recover(grown(), id_of("stranger"), by)
