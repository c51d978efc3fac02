"""Two branches, four levels, seven real hosts: sideways, pushed and polled, stopped and killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from node.service.verify import verify
from tests.support.hosts import until
from tests.support.realm import DONE, Realm, Seat

HOUR = 3600
PLAN = {
    "province": Seat("", "province"),
    "city": Seat("province", "city"),
    "county": Seat("city", "county"),
    "town": Seat("county", "township", poll=True, works=False),
    "village": Seat("county", "township", works=False, every=HOUR),
    "other": Seat("province", "city"),
    "far": Seat("other", "county"),
}


@pytest.fixture(scope="module")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    made = Realm(tmp_path_factory.mktemp("branches"), PLAN)
    until(lambda: made.knows("province") == set(PLAN))
    yield made
    made.stop()


def _types(realm: Realm, name: str, id: str, by: str) -> list[str]:
    """What `name` holds of what `by` wrote about an assignment, as it counts there."""
    told = realm.user(name, "supervisor").get(f"/assignments/{id}")["events"]
    return [
        one["type"].rpartition(".")[2]
        for one in told
        if one["source"] == realm.node(by) and one["outcome"] in (None, "")
    ]


def test_a_cohandler_in_another_branch_reports_with_copy_to_the_lead(realm: Realm) -> None:
    whole, part = realm.hand("province", "city", "far")
    until(lambda: realm.has("city", whole) and realm.has("far", part))
    realm.act("far", part, "sign", "deploy", "report", "clear")
    until(lambda: _types(realm, "city", whole, "far"))
    assert _types(realm, "city", whole, "far") == ["copied"]
    said = ["signed", "deployed", "reported", "clearance_applied"]
    until(lambda: _types(realm, "province", part, "far") == said)
    # the copy climbed to the province and went down to the lead, and to nobody else
    stream = f"to/{realm.node('city')}"
    assert realm.held("city", "far", stream) == realm.held("far", "far", stream)
    assert realm.held("city", "far", "up") == []
    assert realm.held("county", "far", stream) == []


def test_the_cohandler_holds_the_receipts_of_all_who_read_it(realm: Realm) -> None:
    until(lambda: realm.missing("far") == {"other": 0, "province": 0})
    stream = f"to/{realm.node('city')}"
    until(lambda: realm.missing("far", stream) == {"other": 0, "province": 0, "city": 0})


def test_a_reachable_child_is_pushed_to_and_a_poll_only_one_fetches(realm: Realm) -> None:
    village, town = realm.hosts["village"], realm.hosts["town"]
    until(lambda: realm.link("county", "village")["next_call_in"] > HOUR / 2)
    served = village.host.exchanges
    lead, other = realm.hand("county", "village", "town")
    until(lambda: realm.has("village", lead))
    # neither child has called anybody, and the county's next poll is most of an hour away
    assert village.host.exchanges > served
    assert realm.link("county", "village")["next_call_in"] > HOUR / 2
    assert town.host.exchanges == 0
    assert realm.link("county", "town")["address"] is None
    assert realm.link("county", "town")["pending"] > 0
    assert not realm.has("town", other)
    town.turns()
    assert realm.has("town", other)
    realm.act("town", other, "sign", "deploy", "report")
    realm.act("village", lead, "sign", "deploy", "report")
    town.turns()
    village.turns()
    until(lambda: realm.held("province", "town") == realm.held("town", "town"))
    until(lambda: realm.held("province", "village") == realm.held("village", "village"))
    above = {"county": 0, "city": 0, "province": 0}
    until(lambda: town.turns() and realm.missing("town") == above)
    # the village is handed its receipts without a call of its own
    until(lambda: realm.missing("village") == above)


def _until_above(realm: Realm, name: str) -> None:
    """Let a child that doesn't work by itself call until the province holds all of it."""
    until(
        lambda: (
            realm.hosts[name].turns() >= 0
            and realm.held("province", name) == realm.held(name, name)
        )
    )


def test_a_parent_stopped_and_started_again_loses_nothing(realm: Realm) -> None:
    county = realm.hosts["county"]
    (given,) = realm.hand("county", "village")
    until(lambda: realm.has("village", given))
    county.stop()
    realm.act("village", given, "sign", "deploy", "report")
    realm.hosts["village"].turns()
    assert realm.noticed("village", "county") == ["unavailable"]
    (later,) = realm.hand("city", "county")
    until(lambda: "unavailable" in realm.noticed("city", "county"))
    county.start()
    _until_above(realm, "village")
    until(lambda: realm.has("county", later))
    assert realm.noticed("village", "county") == []
    until(lambda: realm.noticed("city", "county") == [])


@contextmanager
def _process(realm: Realm, name: str) -> Iterator[int]:
    """`duban serve` as a process in place of a node's host; its pid."""
    host = realm.hosts[name]
    words = ("serve", "--data", str(host.config.data), "--port", str(host.port), "--poll", "1")
    root = Path(__file__).parents[2]
    started = subprocess.Popen(
        [sys.executable, "-m", "node", *words], cwd=root, stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    try:
        assert started.stdout.readline().startswith("listening on ")
        yield started.pid
    finally:
        if started.poll() is None:
            started.terminate()
        started.wait(20)
        started.stdout.close()


def test_a_parent_killed_in_the_middle_goes_on_where_it_was(realm: Realm) -> None:
    county = realm.hosts["county"]
    given = next(one["id"] for one in realm.mine("village") if one["state"] == "DOING")
    county.stop()
    with _process(realm, "county") as pid:
        for _ in range(20):
            realm.act("village", given, "report")
        _until_above(realm, "village")
        report = {"op": "assignment.report", "id": given, "body": DONE}
        realm.user("village", "head").post("/batch", {"commands": [report] * 200})
        realm.hosts["village"].turns()
        os.kill(pid, signal.SIGKILL)
        realm.act("village", given, "report")
        realm.hosts["village"].turns()
        assert realm.noticed("village", "county") == ["unavailable"]
    county.start()
    _until_above(realm, "village")
    assert len(realm.held("province", "village")) > 220


def test_every_node_verifies_after_all_that(realm: Realm) -> None:
    for name in PLAN:
        assert verify(realm.hosts[name].host).findings == []
