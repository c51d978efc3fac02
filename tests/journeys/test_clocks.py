"""Clocks wrong by a day, in both directions: everything arrives, and the wrong clock is named."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from node.service.verify import verify
from tests.support.hosts import until
from tests.support.realm import Realm, Seat

DAY = timedelta(days=1)
WRONG = {"county": DAY, "late": -DAY, "early": DAY}
PLAN = {
    "province": Seat("", "province"),
    "city": Seat("province", "city"),
    "county": Seat("city", "county", skew=WRONG["county"]),
    "late": Seat("county", "township", skew=WRONG["late"]),
    "sound": Seat("city", "county"),
    "early": Seat("sound", "township", poll=True, skew=WRONG["early"]),
}


@pytest.fixture(scope="module")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    made = Realm(tmp_path_factory.mktemp("clocks"), PLAN)
    until(lambda: made.knows("province") == set(PLAN))
    yield made
    made.stop()


def _at(instant: str) -> datetime:
    return datetime.fromisoformat(instant)


@pytest.mark.parametrize(("parent", "child"), [("county", "late"), ("sound", "early")])
def test_everything_arrives_whatever_the_clocks_say(realm: Realm, parent: str, child: str) -> None:
    (given,) = realm.hand(parent, child)
    until(lambda: realm.has(child, given))
    realm.act(child, given, "sign", "deploy", "report", "clear")
    chief = realm.user(parent, "supervisor")
    until(lambda: chief.get(f"/assignments/{given}")["state"] == "CLOSE_REQ")
    chief.post(f"/assignments/{given}/grant", {"mark": "good"})
    until(lambda: realm.user(child, "head").get(f"/assignments/{given}")["state"] == "CLOSED")
    until(lambda: realm.held("province", child) == realm.held(child, child))
    above = {parent: 0, "city": 0, "province": 0}
    until(lambda: realm.missing(child) == above)


def test_a_report_dated_a_day_before_its_receipt_shows_as_such(realm: Realm) -> None:
    """The header says when the writer says it was, the receipt when it was held."""
    reported = realm.held("province", "late")[-1].header
    by_county = realm.receipt("province", "county", "late")
    by_province = realm.receipt("late", "province", "late")
    assert by_county is not None
    assert by_province is not None
    # the county's own clock is a day ahead, the township's a day behind
    assert timedelta(hours=47) < _at(by_county.time) - _at(reported.time) < timedelta(hours=49)
    assert timedelta(hours=23) < _at(by_province.time) - _at(reported.time) < timedelta(hours=25)


def test_a_report_dated_a_day_after_its_receipt_shows_as_such(realm: Realm) -> None:
    reported = realm.held("province", "early")[-1].header
    first = realm.receipt("province", "sound", "early")
    assert first is not None
    assert timedelta(hours=23) < _at(reported.time) - _at(first.time) < timedelta(hours=25)


@pytest.mark.parametrize(
    ("name", "peer"),
    [("city", "county"), ("county", "city"), ("county", "late"), ("late", "county"),
     ("sound", "early"), ("early", "sound")],
)  # fmt: skip
def test_each_side_names_the_clock_that_differs_from_its_own(
    realm: Realm, name: str, peer: str
) -> None:
    zero = timedelta(0)
    expected = (WRONG.get(peer, zero) - WRONG.get(name, zero)).total_seconds()
    link = realm.link(name, peer)
    assert abs(link["clock_skew_seconds"] - expected) < 60
    (notice,) = link["notices"]
    assert notice["code"] == "clock-skew"
    assert ("ahead of" if expected > 0 else "behind") in notice["detail"]


def test_clocks_that_agree_are_not_named(realm: Realm) -> None:
    assert realm.noticed("city", "sound") == []
    assert abs(realm.link("city", "sound")["clock_skew_seconds"]) < 60


def test_a_clock_put_right_is_no_reason_to_wait_a_day(realm: Realm) -> None:
    """A poll that was set by a clock a day ahead is made at once when the clock is put back."""
    early = realm.hosts["early"]
    early.stop()
    (given,) = realm.hand("sound", "early")
    early.skew = timedelta(0)
    early.start()
    until(lambda: realm.has("early", given))
    until(lambda: realm.noticed("sound", "early") == [])
    assert realm.noticed("early", "sound") == []


def test_every_node_verifies_with_its_wrong_clock(realm: Realm) -> None:
    for name in PLAN:
        assert verify(realm.hosts[name].host).findings == []
