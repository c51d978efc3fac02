"""A county passes nothing on: its township turns to the city, and all see who withheld."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from node.service import appeals, ferrying, links, members, receipted, rotation, withheld
from node.worker import Loopback, Worker
from schemas.refusals import Refused
from schemas.strict import dump, parse
from sync import appeal
from sync.body import peek
from tests.support.onehost import DEPLOY, FORM, OneHost

TREE = {"province": None, "city": "province", "county": "city", "town": "county"}


@pytest.fixture
def tree(tmp_path: Path, database_url: str) -> Iterator[OneHost]:
    made = OneHost(tmp_path, database_url, dict(TREE))
    made.settle()
    yield made
    made.close()


def _withheld(tree: OneHost) -> str:
    """The town signs and deploys; only the county hears of the latter. The assignment's id."""
    id = tree.given("province", "town")
    tree.do("town", "assignment.sign", id)
    tree.settle()
    tree.do("town", "assignment.deploy", id, DEPLOY)
    tree.meet("town")
    tree.meet("town")
    return id


def _held(tree: OneHost, name: str) -> int:
    return sum(tree.chains(name, "town").values())


def _look(tree: OneHost) -> int:
    wire = Loopback(tree.host)
    return appeals.look(tree.host, wire, wire)


def _shown(tree: OneHost, name: str) -> list[tuple[str, str]]:
    rows = tree.host.read(tree.places[name], withheld.withholding)
    return [(row["by_name"], row["origin_name"]) for row in rows]


def test_a_day_after_the_parents_receipt_the_node_goes_past_it_and_not_before(
    tree: OneHost,
) -> None:
    _withheld(tree)
    assert (_held(tree, "county"), _held(tree, "city")) == (3, 2)
    assert _look(tree) == 0
    tree.ahead = timedelta(hours=23)
    assert _look(tree) == 0
    told = receipted.status(tree.host, tree.places["town"])
    assert [one["behind_since"] is not None for one in told["ancestors"]] == [False, True, True]
    tree.ahead = timedelta(hours=25)
    assert _look(tree) == 1
    assert _held(tree, "city") == 3
    assert _shown(tree, "city") == [("county", "town")]
    told = receipted.status(tree.host, tree.places["town"])
    city = told["ancestors"][1]
    assert (city["name"], city["streams"][0]["held"], city["behind_since"]) == ("city", 3, None)
    tree.meet("city")
    assert _held(tree, "province") == 3
    (link,) = [one for one in links.status(tree.host, tree.places["city"]) if one["side"] == "down"]
    assert "withholding" in {one["code"] for one in link["notices"]}
    tree.settle()
    assert _look(tree) == 0
    assert tree.findings() == []


def test_a_node_that_reports_every_hour_does_not_push_the_day_ahead_of_itself(
    tree: OneHost,
) -> None:
    _withheld(tree)
    heard = 0
    for hour in range(0, 27, 3):
        tree.ahead = timedelta(hours=hour)
        tree.do("town", "matter.register", form=FORM)
        tree.meet("town")
        tree.meet("town")
        heard += _look(tree)
    assert heard == 1  # at hour 24: the mark of hour 0 is a day old
    assert _held(tree, "city") >= 11


def test_the_next_ancestor_up_is_asked_when_the_city_withholds_too(tree: OneHost) -> None:
    _withheld(tree)
    tree.ahead = timedelta(hours=25)
    assert _look(tree) == 1
    assert _held(tree, "province") == 2
    tree.ahead = timedelta(hours=51)
    assert _look(tree) == 1
    assert _held(tree, "province") == 3
    assert {("city", "town"), ("county", "town")} >= set(_shown(tree, "province"))
    assert ("city", "town") in _shown(tree, "province")


def test_the_worker_takes_the_second_way_by_itself(tree: OneHost) -> None:
    _withheld(tree)
    tree.host.read(tree.places["town"], appeals.behind)
    assert appeals.overdue(tree.host, tree.places["town"]) == []
    tree.ahead = timedelta(hours=25)
    worker = Worker(tree.host)
    worker._appeal()
    worker._pool.shutdown()
    assert _held(tree, "city") == 3


def test_a_node_whose_very_admission_was_withheld_brings_its_lineage(tree: OneHost) -> None:
    tree.join("village", "county")
    tree.do("village", "matter.register", form=FORM)
    rotation.rotate(tree.host, tree.node("village"))
    tree.do("village", "matter.register", form=FORM)
    tree.meet("village")
    tree.meet("village")
    roster = tree.host.read(tree.places["city"], lambda store: store.roster())
    assert tree.node("village") not in roster
    wire = Loopback(tree.host)
    told = appeals.appeal_to(tree.host, tree.places["village"], tree.node("city"), wire, wire)
    assert told["refused"] == []
    assert sum(tree.chains("city", "village").values()) == sum(
        seq for seq in tree.chains("village", "village").values()
    )
    tree.settle()
    assert tree.findings() == []


def test_the_second_way_goes_by_file_too(tree: OneHost) -> None:
    _withheld(tree)
    file = appeals.out(tree.host, tree.places["town"], tree.node("city"))
    taken = ferrying.take(tree.host, file)
    assert (taken.bodies, taken.refused) == (1, [])
    assert _held(tree, "city") == 3
    answer = taken.answers[tree.node("town")]
    ferrying.take(tree.host, answer)
    told = receipted.status(tree.host, tree.places["town"])
    assert told["ancestors"][1]["streams"][0]["held"] == 3
    again = ferrying.take(tree.host, file)
    assert (again.refused, _held(tree, "city")) == ([], 3)


def _body(tree: OneHost, name: str = "town", to: str = "city", wanted: Any = ()) -> bytes:
    place, node = tree.places[name], tree.node(to)
    return tree.host.write(
        place, lambda store, me: appeal.make(store, me, node, wanted, tree.host.limits)
    )


def _code(tree: OneHost, body: bytes) -> str:
    with pytest.raises(Refused) as caught:
        tree.host.serve(body)
    return caught.value.code


def test_an_appeal_is_refused_from_whoever_may_not_make_it(tree: OneHost) -> None:
    _withheld(tree)
    assert _code(tree, _body(tree, "town", "county")) == "not-linked"
    assert _code(tree, _body(tree, "city", "town")) == "not-linked"
    tree.join("other", "province")
    assert _code(tree, _body(tree, "other", "city")) == "not-linked"
    assert _held(tree, "city") == 2


def test_an_appeal_changed_on_the_way_is_refused(tree: OneHost) -> None:
    _withheld(tree)
    (chain,) = tree.chains("town", "town")
    body = _body(tree, wanted=[(*chain[1:], 3)])
    changed = body.replace("立即整改".encode(), "立即办理".encode())
    assert changed != body
    assert _code(tree, changed) == "bad-signature"
    first, _, rest = body.partition(b"\n")
    line = parse(first, 65536, "envelope")
    line["signatures"][0]["sig"] = line["signatures"][0]["sig"][::-1].replace("=", "") + "=="
    assert _code(tree, dump(line) + b"\n" + rest) in ("bad-signature", "malformed")
    assert _held(tree, "city") == 2


def test_what_a_suspended_node_appeals_is_refused(tree: OneHost) -> None:
    _withheld(tree)
    members.suspend(
        tree.host, tree.places["city"], tree.actor("city", "admin"), tree.node("town"), "查"
    )
    assert _code(tree, _body(tree)) == "suspended"


def test_others_events_and_a_damaged_run_are_not_taken(tree: OneHost) -> None:
    _withheld(tree)
    tree.do("county", "matter.register", form=FORM)
    (chain,) = [one for one in tree.chains("county", "county") if one[3] == "up"]
    body = _body(tree, "town", wanted=[(*chain[1:], 1)])
    assert b'"runs":[]' in body.split(b"\n")[1]  # the town has nothing of others to bring
    answer = tree.host.serve(body)
    manifest = parse(answer.split(b"\n")[1], 10**6, "manifest")
    assert [one["from"] for one in manifest["wants"]] == [3]
    assert [len(manifest["receipts"]), manifest["results"]] == [1, []]


def test_an_answer_of_somebody_else_is_not_taken(tree: OneHost) -> None:
    _withheld(tree)
    answer = peek(tree.host.serve(_body(tree)))
    place, city = tree.places["town"], tree.node("city")

    def hear(name: str, to: str) -> Any:
        return tree.host.write(
            tree.places[name],
            lambda store, me: appeal.hear(store, me, answer, to, tree.host.limits),
        )

    wanted, results = hear("town", city)
    assert ([one[3] for one in wanted], results) == ([3], [])
    for name, to, code in (
        ("town", tree.node("county"), "not-linked"),
        ("county", city, "wrong-receiver"),
    ):
        with pytest.raises(Refused) as caught:
            hear(name, to)
        assert caught.value.code == code
    assert sha256(answer.rest).hexdigest() == answer.head.body
    assert place.domain == answer.head.domain


def test_without_an_address_the_way_is_named_by_hand(tree: OneHost, tmp_path: Path) -> None:
    wire = Loopback(tree.host)
    stranger = "a" * 32
    with pytest.raises(Refused, match="no address"):
        appeals.appeal_to(tree.host, tree.places["town"], stranger, wire, wire)
    appeals.set_address(tree.host, tree.places["town"], stranger, "http://example/exchange/v1")
    with pytest.raises(Refused, match="wrong-receiver"):
        appeals.appeal_to(tree.host, tree.places["town"], stranger, wire, wire)
