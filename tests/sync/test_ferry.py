"""A township without any network gets its assignments and reports by file."""

from pathlib import Path

import pytest

from schemas.refusals import Refused
from sync import exchange
from sync.body import peek
from sync.checks import CHECKS
from sync.ferry import pack, unpack
from tests.federation.family import DOMAIN, id_of
from tests.support.town import LINK, Town

LINE: dict[str, str | None] = {"root": None, "city": "root", "county": "city", "town": "county"}
VECTOR = Path(__file__).parents[1] / "vectors" / "wire" / "ferry.txt"


def _cut_off() -> Town:
    town = Town(LINE)
    town.settle(3)
    for name, peer in (("town", "county"), ("county", "town")):
        link = town.stores[name].link(id_of(peer))
        assert link is not None
        link.kind = "ferry"
        town.stores[name].save_link(link)
    return town


def _out(town: Town, name: str, peer: str) -> bytes:
    bodies = exchange.load(town.stores[name], town.me(name), id_of(peer), town.now(), town.limits)
    return pack(id_of(name), id_of(peer), DOMAIN, LINK, bodies)


def _in(town: Town, name: str, file: bytes) -> int:
    cargo = unpack(file)
    for body in cargo.bodies:
        exchange.unload(town.stores[name], town.me(name), peek(body), town.now(), town.limits)
    return len(cargo.bodies)


def test_the_vector_is_read_and_packed_back() -> None:
    file = VECTOR.read_bytes()
    cargo = unpack(file)
    one = cargo.label
    assert pack(one.sender, one.to, one.domain, one.link, cargo.bodies) == file


def test_assignments_go_out_and_reports_come_back_on_discs() -> None:
    town = _cut_off()
    town.note("county", f"to/{id_of('town')}")
    _in(town, "town", _out(town, "county", "town"))
    assert len(town.held("town", town.chain("county", f"to/{id_of('town')}"))) == 2
    town.note("town", count=700)
    disc = _out(town, "town", "county")
    assert _in(town, "county", disc) > 1
    assert len(town.held("county", town.chain("town"))) == 701
    _in(town, "town", _out(town, "county", "town"))
    assert "county" in town.receipts("town")
    assert town.stores["town"].spooled(id_of("county"), 0, 10) == []


def test_a_disc_read_twice_or_late_changes_nothing_and_says_what_is_missing() -> None:
    town = _cut_off()
    town.note("town")
    first = _out(town, "town", "county")
    town.note("town")
    second = _out(town, "town", "county")
    _in(town, "county", second)
    _in(town, "county", first)
    _in(town, "county", second)
    assert len(town.held("county", town.chain("town"))) == 3


def test_a_body_from_a_disc_is_not_taken_over_http_and_a_link_must_be_a_ferry() -> None:
    town = _cut_off()
    town.note("town")
    (body,) = unpack(_out(town, "town", "county")).bodies
    with pytest.raises(Refused) as caught:
        town.serve("county", body)
    assert caught.value.code == "stale-fence"
    link = town.stores["county"].link(id_of("town"))
    assert link is not None
    link.kind = "http"
    town.stores["county"].save_link(link)
    with pytest.raises(Refused) as caught:
        _in(town, "county", _out(town, "town", "county"))
    assert caught.value.code == "not-linked"


def test_the_checks_hold_for_discs_too() -> None:
    town = _cut_off()
    town.note("town")
    (body,) = unpack(_out(town, "town", "county")).bodies
    spoilt = peek(body.replace(b'"text":"x"', b'"text":"y"'))
    with pytest.raises(Refused) as caught:
        exchange.unload(
            town.stores["county"], town.me("county"), spoilt, town.now(), town.limits, CHECKS
        )
    assert caught.value.code == "bad-signature"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file.partition(b"\n")[0],
        lambda file: b"{}\n",
        lambda file: file + b"x",
        lambda file: file[:-2],
        lambda file: file.replace(b'"bodies":1', b'"bodies":2'),
        lambda file: file.replace(b"\n", b"\n0", 1),
        lambda file: file.replace(b"\n", b"\n99999999999", 1),
    ],
)
def test_a_file_of_another_form_is_refused_whole(spoil) -> None:
    with pytest.raises(Refused) as caught:
        unpack(spoil(VECTOR.read_bytes()))
    assert caught.value.code == "malformed"
