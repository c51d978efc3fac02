"""Keys, suspensions, lines, erasures: decided at one node, felt at every other, on real stores."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from federation.ids import member_id
from node.domain.commands import Actor, DomainRefused
from node.readmodel import queries
from node.service import enrol, heartbeats, members, receipted, rotation, users
from node.service.picture import picture
from node.service.timeline import assignment as timeline
from schemas.membership import REKEYED
from tests.support.forms import DEPLOY, DONE
from tests.support.onehost import OneHost

TREE = {
    "province": None,
    "city": "province",
    "bureau": "province",
    "county": "city",
    "branch": "city",
    "town": "county",
}


@pytest.fixture
def tree(tmp_path: Path, database_url: str) -> Iterator[OneHost]:
    made = OneHost(tmp_path, database_url, dict(TREE))
    made.settle()
    yield made
    made.close()


def _state(tree: OneHost, name: str, id: str) -> str:
    place = tree.places[name]
    with tree.host.database.read() as connection:
        rows = queries.list_assignments(
            connection, place.tenant.id, place.domain, tree.host.now().business, id=id
        )
    return str(rows[0]["state"]) if rows else "absent"


def _everywhere(tree: OneHost, id: str) -> list[str]:
    return [_state(tree, name, id) for name in ("town", "county", "city", "province")]


def test_a_township_changes_its_key_in_the_middle_of_its_work(tree: OneHost) -> None:
    id = tree.given("province", "town")
    tree.do("town", "assignment.sign", id)
    made = rotation.rotate(tree.host, tree.node("town"))
    assert {one["epoch"].partition("-")[0] for one in made["domains"]} == {"2"}
    assert {one["domain"].partition("@")[0] for one in made["domains"]} == {"gov", "self"}
    tree.do("town", "assignment.deploy", id, DEPLOY)
    tree.do("town", "assignment.report", id, DONE)
    tree.settle()
    assert _everywhere(tree, id) == ["DOING"] * 4
    for name in ("county", "city", "province"):
        member = tree.host.read(tree.places[name], lambda s: s.roster().member(tree.node("town")))
        assert [one.recorded is not None for one in member.epochs] == [False, True], name
        assert [one.cause for one in member.epochs] == ["birth", "rotation"]
    written = tree.host.read(
        tree.places["county"],
        lambda store: [
            one
            for one in store.events_of(member_id(tree.node("town")))
            if one.header.type == REKEYED
        ],
    )
    assert [one.header.source for one in written] == [tree.node("county")]
    held = {chain[2:]: seq for chain, seq in tree.chains("province", "town").items()}
    assert sorted((e.partition("-")[0], s) for e, s in held) == [
        ("1", "up"), ("2", "all"), ("2", "up"),
    ]  # fmt: skip
    assert tree.findings() == []


def test_a_member_admitted_under_a_changed_key_knows_the_whole_line(tree: OneHost) -> None:
    for name in ("province", "county", "county"):
        rotation.rotate(tree.host, tree.node(name))
    tree.settle()
    tree.join("village", "county")
    tree.settle()
    id = tree.given("city", "village")
    tree.do("village", "assignment.sign", id)
    tree.settle()
    assert _state(tree, "province", id) == "SIGNED"
    found = receipted.status(tree.host, tree.places["village"])
    assert not found["provisional"]
    assert [one["name"] for one in found["ancestors"]] == ["county", "city", "province"]
    assert tree.findings() == []


def test_a_node_that_changed_its_key_joins_with_its_first_and_goes_on_under_its_last(
    tree: OneHost,
) -> None:
    tree.born["late"] = enrol.init(tree.host, "late", "department")
    key = rotation.rotate(tree.host, tree.born["late"].node)["keyid"]
    tree.join("late", "county")
    tree.settle()
    assert tree.host.place(tree.node("late")).membership.keyid == key
    roster = tree.host.read(tree.places["province"], lambda store: store.roster())
    assert len(roster.epochs(tree.node("late"))) == 2


def test_a_changed_key_is_known_in_another_branch_before_it_speaks_there(tree: OneHost) -> None:
    members.line(
        tree.host, tree.places["province"], tree.actor("province", "admin"),
        tree.node("branch"), tree.node("bureau"),
    )  # fmt: skip
    tree.settle()
    id = tree.given("bureau", "branch")
    rotation.rotate(tree.host, tree.node("bureau"))
    rotation.rotate(tree.host, tree.node("branch"))
    tree.do("branch", "assignment.sign", id)
    tree.settle(6)
    about = tree.host.read(
        tree.places["branch"], lambda store: store.receipts_about(tree.node("branch"))
    )
    assert tree.node("bureau") in {one.signer for one in about}
    for name, other in (("bureau", "branch"), ("branch", "bureau")):
        roster = tree.host.read(tree.places[name], lambda store: store.roster())
        assert len(roster.epochs(tree.node(other))) == 2, name
    assert _state(tree, "bureau", id) == "SIGNED"


def test_a_department_issues_along_a_line_to_a_lower_one_and_only_while_it_lies(
    tree: OneHost,
) -> None:
    ends = tree.node("branch"), tree.node("bureau")
    with pytest.raises(DomainRefused, match="wrong-node"):
        tree.given("bureau", "branch")
    chief = tree.actor("province", "admin")
    made = members.line(tree.host, tree.places["province"], chief, *ends)
    assert made["lies"]
    tree.settle()
    id = tree.given("bureau", "branch")
    for word, form in (("sign", None), ("deploy", DEPLOY), ("report", DONE), ("clear", DONE)):
        tree.do("branch", f"assignment.{word}", id, form)
    tree.settle()
    assert [_state(tree, one, id) for one in ("bureau", "city", "province")] == ["CLOSE_REQ"] * 3
    tree.do("bureau", "assignment.grant", id, {"mark": "good"})
    tree.settle()
    assert _state(tree, "branch", id) == "CLOSED"
    rows = {one["node"]: one for one in members.directory(tree.host, tree.places["province"])}
    assert rows[tree.node("branch")]["lines"] == [tree.node("bureau")]
    members.line(tree.host, tree.places["province"], chief, *ends, end=True)
    tree.settle()
    with pytest.raises(DomainRefused, match="wrong-node"):
        tree.given("bureau", "branch")
    assert tree.findings() == []


def test_what_a_suspended_node_writes_is_refused_and_counts_once_it_is_resumed(
    tree: OneHost,
) -> None:
    id = tree.given("province", "town")
    tree.do("town", "assignment.sign", id)
    tree.settle()
    guard = tree.actor("county", "security")
    made = members.suspend(
        tree.host, tree.places["county"], guard, tree.node("town"), "私钥疑似泄露"
    )
    assert [(one["stream"], one["seq"]) for one in made["heads"]] == [("up", 2)]
    tree.do("town", "assignment.deploy", id, DEPLOY)
    assert tree.meet("town") == "suspended"
    tree.settle()
    assert _everywhere(tree, id) == ["DOING", "SIGNED", "SIGNED", "SIGNED"]
    rows = {one["node"]: one for one in members.directory(tree.host, tree.places["province"])}
    assert [one for one in rows if rows[one]["suspended"]] == [tree.node("town")]
    with pytest.raises(DomainRefused, match="wrong-state"):
        members.suspend(tree.host, tree.places["city"], tree.actor("city", "admin"),
                        tree.node("town"), "再次")  # fmt: skip
    members.resume(tree.host, tree.places["county"], guard, tree.node("town"), "已核实")
    tree.settle()
    assert _everywhere(tree, id) == ["DOING"] * 4
    assert tree.findings() == []


def test_what_lies_past_a_suspension_is_disputed_even_where_it_had_counted(tree: OneHost) -> None:
    id = tree.given("province", "town")
    tree.do("town", "assignment.sign", id)
    tree.settle()
    tree.do("town", "assignment.deploy", id, DEPLOY)
    tree.meet("town")
    assert _state(tree, "county", id) == "DOING"
    assert _state(tree, "province", id) == "SIGNED"
    members.suspend(
        tree.host, tree.places["province"], tree.actor("province", "admin"), tree.node("town"), "查"
    )
    tree.settle()
    assert _everywhere(tree, id)[1:] == ["SIGNED"] * 3
    assert len(tree.disputed("province", id)) == 1
    with pytest.raises(DomainRefused, match="wrong-node"):
        members.resume(
            tree.host, tree.places["county"], tree.actor("county", "admin"), tree.node("town"), "x"
        )
    assert tree.findings() == []
    members.resume(
        tree.host, tree.places["province"], tree.actor("province", "admin"), tree.node("town"), "毕"
    )
    tree.settle()
    assert _everywhere(tree, id) == ["DOING"] * 4
    assert tree.findings() == []


def test_a_higher_node_ends_what_a_lower_one_began(tree: OneHost) -> None:
    members.suspend(
        tree.host, tree.places["county"], tree.actor("county", "admin"), tree.node("town"), "查"
    )
    tree.settle()
    members.resume(
        tree.host, tree.places["city"], tree.actor("city", "admin"), tree.node("town"), "毕"
    )
    tree.settle()
    for name in ("province", "city", "county", "town"):
        roster = tree.host.read(tree.places[name], lambda store: store.roster())
        assert roster.suspended(tree.node("town")) is None, name


def test_a_payload_is_erased_everywhere_and_everything_still_verifies(tree: OneHost) -> None:
    id = tree.given("province", "town")
    for word, form in (("sign", None), ("deploy", DEPLOY), ("report", DONE)):
        tree.do("town", f"assignment.{word}", id, form)
    tree.settle()
    events = timeline(tree.host, tree.places["town"], id)["events"]
    report = next(one for one in events if one["type"].endswith(".reported"))
    guard = tree.actor("town", "security")
    made = members.erase(
        tree.host, tree.places["town"], guard, tree.node("town"), report["id"], "个人信息"
    )
    assert made["erased"] == report["head"]
    tree.settle()
    for name in ("town", "county", "city", "province"):
        told = {one["head"]: one for one in timeline(tree.host, tree.places[name], id)["events"]}
        assert told[report["head"]]["data"] is None, name
    deploy = next(one for one in events if one["type"].endswith(".deployed"))
    members.erase(
        tree.host, tree.places["province"], tree.actor("province", "security"),
        tree.node("town"), deploy["id"], "含个人信息",
    )  # fmt: skip
    tree.settle()
    assert timeline(tree.host, tree.places["town"], id)["events"][2]["data"] is None
    assert _everywhere(tree, id) == ["DOING"] * 4
    assert tree.findings() == []


def test_the_directory_says_where_keys_lie_and_who_is_provisional(tree: OneHost) -> None:
    tree.join("late", "county")
    rows = {one["node"]: one for one in members.directory(tree.host, tree.places["late"])}
    late = rows[tree.node("late")]
    assert (late["parent"], late["provisional"]) == (tree.node("county"), True)
    assert late["custody"] == tree.node("late")
    assert rows[tree.node("county")]["provisional"] is None
    tree.settle()
    rows = {one["node"]: one for one in members.directory(tree.host, tree.places["county"])}
    found = [rows[tree.node(one)]["provisional"] for one in ("county", "late", "town")]
    assert found == [False, True, True]  # the latter two have not written anything yet
    assert [one["name"] for one in rows.values()][:3] == ["province", "city", "county"]


def test_custody_stands_beside_every_proof(tree: OneHost) -> None:
    id = tree.given("province", "town")
    units = picture(tree.host, tree.places["province"])["units"]
    assert [(one["name"], one["custody"]) for one in units] == [("town", tree.node("town"))]
    (event,) = timeline(tree.host, tree.places["province"], id)["events"]
    assert event["custody"] == tree.node("province")


def test_receipts_say_who_holds_what(tree: OneHost) -> None:
    before = receipted.status(tree.host, tree.places["town"])
    assert before["provisional"]
    assert before["streams"] == []
    assert "provisional" in receipted.sentence(before)
    id = tree.given("province", "town")
    tree.do("town", "assignment.sign", id)
    tree.settle()
    tree.do("town", "assignment.deploy", id, DEPLOY)
    found = receipted.status(tree.host, tree.places["town"])
    assert [one["name"] for one in found["ancestors"]] == ["county", "city", "province"]
    for one in found["ancestors"]:
        (stream,) = one["streams"]
        assert (stream["held"], stream["of"], stream["contradicts"]) == (2, 3, False)
        assert one["at"] is not None
    assert "received by county 2/3, city 2/3, province 2/3" in receipted.sentence(found)


@pytest.mark.parametrize(
    ("command", "name", "given", "code"),
    [
        (members.suspend, "county", ("town", "查", "handler"), "wrong-role"),
        (members.suspend, "county", ("town", "  ", "admin"), "bad-input"),
        (members.suspend, "county", ("city", "查", "admin"), "wrong-node"),
        (members.suspend, "county", ("county", "查", "admin"), "wrong-node"),
        (members.suspend, "county", ("nobody", "查", "admin"), "not-found"),
        (members.resume, "county", ("town", "查", "admin"), "wrong-state"),
        (members.line, "province", ("town", "county", "admin"), "wrong-node"),
        (members.line, "city", ("branch", "bureau", "admin"), "not-found"),
        (members.line, "province", ("branch", "bureau", "security"), "wrong-role"),
    ],
)
def test_a_command_that_may_not_be_is_refused(
    tree: OneHost, command: Any, name: str, given: tuple[str, str, str], code: str
) -> None:
    first, second, role = given
    node = tree.node(first) if first in tree.places else "a" * 32
    other = tree.node(second) if second in tree.places else second
    with pytest.raises(DomainRefused) as caught:
        command(tree.host, tree.places[name], tree.actor(name, role), node, other)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("name", "role", "id", "code"),
    [
        ("county", "security", "{epoch}/up/2", "wrong-node"),
        ("town", "admin", "{epoch}/up/2", "wrong-role"),
        ("town", "security", "{epoch}/up/1", "wrong-state"),
        ("town", "security", "{epoch}/up/9", "not-found"),
        ("town", "security", "nonsense", "bad-input"),
        ("province", "security", "{epoch}/up/2", "bad-input"),
    ],
)
def test_an_erasure_that_may_not_be_is_refused(
    tree: OneHost, name: str, role: str, id: str, code: str
) -> None:
    given = tree.given("province", "town")
    tree.do("town", "assignment.sign", given)
    tree.settle()
    (chain,) = tree.chains("town", "town")
    with pytest.raises(DomainRefused) as caught:
        members.erase(
            tree.host, tree.places[name], Actor(tree.node(name), "u", role),
            tree.node("town"), id.format(epoch=chain[2]), None,
        )  # fmt: skip
    assert caught.value.code == code


def test_a_waiting_heartbeat_and_a_users_older_keys_are_no_findings(tree: OneHost) -> None:
    users.add(tree.host, tree.node("town"), "甲", "head")
    for _ in range(2):
        rotation.rotate(tree.host, tree.node("town"))
        users.add(tree.host, tree.node("town"), "乙", "head")
    tree.settle()
    tree.ahead = timedelta(hours=23)
    assert heartbeats.beat(tree.host) > 0
    assert tree.findings() == []
    tree.settle(5)
    assert tree.findings() == []
