"""Attacks that only one check stands against: found by switching off each refusal in turn."""

from typing import Any

import msgspec
import pytest

from federation import dsse
from schemas import membership as m
from schemas.header import MAX_HEADER, head_of
from schemas.refusals import Refused
from schemas.sealed import Receipt, ReceiptStream
from schemas.strict import dump, parse
from sync import exchange, receipts, routes
from sync.body import open_rest, peek
from sync.event import Event, Tip
from sync.me import Limits, Me
from sync.writing import opening, seal, write
from tests.federation.family import (
    AT,
    DOMAIN,
    agreed,
    epoch_of,
    event,
    id_of,
    key_of,
    rotation,
)
from tests.federation.lawful import recovering
from tests.support.town import Town
from tests.sync.test_refusals import _answer, _birth, _made, _run, _salts, _send, _settled

OTHER = "gov@" + "a" * 32


def _code(call: Any) -> str:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.code


# receipts


def _receipt(by: str = "city", key: str = "city", **other: Any) -> dict[str, Any]:
    stream = ReceiptStream(epoch=epoch_of("town"), stream="up", seq=1, head="0" * 64)
    stated = {"domain": DOMAIN, "origin": id_of("town"), "at": AT, "time": AT, "counter": 1}
    stated |= {"v": 1, "by": id_of(by), "epoch": epoch_of(by), "streams": (stream,)}
    return dsse.envelope("receipt", dump(Receipt(**(stated | other))), [key_of(key)])


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (_receipt(key="mallory"), "bad-seal"),
        (_receipt(domain=OTHER), "bad-seal"),
        (_receipt(origin=id_of("nobody"), streams=()), "unknown-origin"),
    ],
)
def test_a_receipt_of_what_its_signer_reads_still_needs_key_domain_and_origin(
    made: Any, code: str
) -> None:
    roster = _settled().stores["county"].roster()
    assert receipts.judge(roster, _receipt(), DOMAIN)
    assert _code(lambda: receipts.judge(roster, made, DOMAIN)) == code


# idle seals


def test_idle_seals_that_prove_nothing_harm_nobody_wherever_they_stand() -> None:
    town = _settled()
    chain = (DOMAIN, id_of("nobody"), "1-00000000", "up")
    stranger = parse(seal(chain, Tip(1, "0" * 64), AT, AT, key_of("mallory")), 10**5)
    assert _send(town, idle=[{"payload": "x"}, stranger]) == []


# routes


@pytest.mark.parametrize("stream", ["up", "own", "to/" + id_of("city")])
def test_what_does_not_travel_down_is_not_taken_from_above(stream: str) -> None:
    roster = _settled().stores["town"].roster()
    chain = (DOMAIN, id_of("county"), epoch_of("county"), stream)
    check = routes.check_route
    assert _code(lambda: check(roster, id_of("town"), id_of("county"), chain)) == "bad-route"


def test_what_came_back_from_above_is_not_sent_up_again() -> None:
    town = _settled()
    town.note("town", count=3)
    town.settle(4)
    chain, lost = town.chain("town"), town.stores["town"]
    lost.journal.pop(chain)
    lost.seals.pop(chain)
    link = lost.link(id_of("county"))
    assert link is not None
    link.wants = ((*chain[1:], 1),)
    lost.save_link(link)
    before = lost.spool_end(id_of("county"))
    town.meet("town")
    town.meet("town")
    assert len(town.held("town", chain)) == 4
    assert lost.spool_end(id_of("county")) == before


# runs


def test_a_first_header_that_is_too_long_is_a_bad_header() -> None:
    spec, made, lines = _run("town", "up")
    lines[0] = lines[0][:-1] + b',"x":"' + b"x" * MAX_HEADER + b'"}'
    (result,) = _send(_settled(), (spec, made, lines))
    assert result["code"] == "bad-header"


def test_an_id_that_is_not_the_event_s_place_is_a_bad_header() -> None:
    chain = (DOMAIN, id_of("town"), epoch_of("town"), "up")
    (one,) = write(chain, Tip(0, "0" * 64), [opening(chain[1], "up", _birth())], AT, _salts())
    header = msgspec.structs.replace(one.header, id=f"{chain[2]}/up/9")
    line = dump(header)
    moved = Event(head_of(line), header, line, one.payload_line)
    made = parse(seal(chain, Tip(1, moved.head), AT, AT, key_of("town")), 10**5)
    spec = {"origin": chain[1], "epoch": chain[2], "stream": "up", "first": 1, "count": 1}
    (result,) = _send(_settled(), (spec, made, [line, one.payload_line]))
    assert result["code"] == "bad-header"


# keys that were given up


def _recovered() -> tuple[Town, dict[str, Any], Me]:
    """The town has been recovered into its third epoch; a thief rotates from the first."""
    town = _settled()
    data = agreed("recover", "town", recovering(counter=3), ["county", "city"])
    town.stores["county"].roster().apply(event("county", m.RECOVERED, data))
    thief = Me(id_of("town"), DOMAIN, epoch_of("town", 4), key_of("town", 4))
    return town, rotation("town", 1, 4), thief


def test_a_rotation_from_a_key_that_was_given_up_opens_no_body() -> None:
    town, envelope, thief = _recovered()
    first, _, rest = _made(town, thief).partition(b"\n")
    line = parse(first, 10**5) | {"rotation": envelope}
    assert _answer(town, dump(line) + b"\n" + rest) == "unknown-key"


def test_a_rotation_from_a_key_that_was_given_up_opens_no_chain() -> None:
    town, envelope, thief = _recovered()
    data = {"cause": "rotation", "last": None, "rotation": envelope}
    chain = (DOMAIN, thief.node, thief.epoch, "up")
    (one,) = write(chain, Tip(0, "0" * 64), [opening(thief.node, "up", data)], AT, _salts())
    made = parse(seal(chain, Tip(1, one.head), AT, AT, thief.key), 10**5)
    spec = {"origin": thief.node, "epoch": thief.epoch, "stream": "up", "first": 1, "count": 1}
    (result,) = _send(town, (spec, made, [one.header_line, one.payload_line]))
    assert result["code"] == "bad-opening"


# framing


def test_a_body_is_framed_to_the_last_line_feed() -> None:
    town = _settled()
    town.note("town")
    body = _made(town)
    rest = body.partition(b"\n")[2]
    manifest, *lines = rest[:-1].split(b"\n")
    without = dump(parse(manifest, 10**7) | {"seals": []})
    for wrong, said in (
        (lambda: peek(body.partition(b"\n")[0]), "no line feed"),
        (lambda: open_rest(rest[:-1]), "no line feed"),
        (lambda: open_rest(b"\n".join([without, *lines]) + b"\n"), "as many seals"),
        (lambda: open_rest(rest + b"{}\n"), "are announced"),
    ):
        with pytest.raises(Refused, match=said):
            wrong()


def test_nobody_is_called_without_a_link() -> None:
    town = _settled()
    store, me = town.stores["county"], town.me("county")
    call = exchange.call
    assert _code(lambda: call(store, me, "a" * 32, town.now(), "c", Limits())) == "not-linked"
