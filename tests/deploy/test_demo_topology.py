"""The demo's federation fits the place codes and the sizes that the demo promises."""

from __future__ import annotations

import copy
import json
from collections import Counter

import pytest

from deploy.sample import divisions, document
from deploy.sample.railway import problems
from deploy.topology import DEMO
from node.service.topology import TopologyError, load, parse

TOPOLOGY = load(DEMO)
LEVELS = {"province": "province", "city": "city", "county": "county", "township": "township"}


def test_it_has_the_promised_bodies() -> None:
    gov = Counter(body.level for body in TOPOLOGY.members("gov"))
    assert gov == {
        "province": 1, "city": 2, "county": 4, "zone": 1, "township": 8, "department": 11,
    }  # fmt: skip
    provincial = [b for b in TOPOLOGY.below("sx", "gov") if b.level == "department"]
    assert len(provincial) == 3
    assert len(TOPOLOGY.bodies) == 29


def test_it_has_five_hosts_and_one_township_that_only_polls() -> None:
    used = Counter(body.host for body in TOPOLOGY.bodies.values())
    assert used.keys() == TOPOLOGY.hosts.keys()
    assert len(used) == 5
    polling = [b for b in TOPOLOGY.bodies.values() if TOPOLOGY.hosts[b.host].poll]
    assert [b.level for b in polling] == ["township"]
    assert not any(b.host == "panlong" for b in TOPOLOGY.bodies.values() if b not in polling)


def test_the_party_has_its_own_root_and_one_node_belongs_to_both_domains() -> None:
    assert TOPOLOGY.bodies[TOPOLOGY.roots["party"]].name == "省委督查委员会"
    party = TOPOLOGY.members("party")
    both = [body for body in party if "gov" in body.domains]
    assert [len(party), len(both)] == [3, 1]
    assert any(body.code == "140100" and body.domains == ("party",) for body in party)


def test_places_and_their_parents_are_those_of_the_divisions() -> None:
    places = divisions()
    for body in TOPOLOGY.bodies.values():
        assert body.code in places
        if body.level in LEVELS:
            assert places[body.code]["name"] == body.name
            assert places[body.code]["level"] == body.level
        if body.level in LEVELS and body.parents:
            parent = TOPOLOGY.bodies[body.parents["gov"]]
            assert places[body.code]["parent_code"] == parent.code


def test_departments_bear_the_code_of_their_government_and_a_typical_name() -> None:
    organs = document("departments")
    provincial = {row["name"] for row in organs["provincial_units_75"]}
    county = {row["name"] for row in organs["county_departments_58"]}
    for body in TOPOLOGY.members("gov"):
        if body.level == "department":
            parent = TOPOLOGY.bodies[body.parents["gov"]]
            assert body.code == parent.code
            assert body.name in provincial or body.name.removeprefix(parent.name) in county


def test_every_township_has_its_stretch_of_railway() -> None:
    towns = {b.code for b in TOPOLOGY.bodies.values() if b.level == "township"}
    assert {row["township"] for row in problems()} == towns


def test_ranks_enrol_parents_before_children_and_everybody_once() -> None:
    enrolled = {(key, domain) for domain, key in TOPOLOGY.roots.items()}
    for rank in TOPOLOGY.ranks():
        assert all((parent, domain) in enrolled for _, domain, parent in rank)
        enrolled |= {(body.key, domain) for body, domain, _ in rank}
    assert len(enrolled) == 30
    assert TOPOLOGY.chain("wx-pl", "gov") == ["sx", "cz", "wx", "wx-pl"]


@pytest.mark.parametrize(
    ("row", "change", "message"),
    [
        (1, {"key": "sx"}, "twice"),
        (1, {"host": "nowhere"}, "unknown host"),
        (1, {"parents": {}}, "no domain"),
        (1, {"parents": {"army": "sx"}}, "army"),
        (1, {"parents": {"gov": "ty"}}, "no earlier member"),
        (1, {"parents": {"party": "sx"}}, "no earlier member"),
        (0, {"parents": {"gov": "ty"}}, "can't have a parent"),
    ],
)
def test_a_contradiction_is_refused(row: int, change: dict[str, object], message: str) -> None:
    document = copy.deepcopy(json.loads(DEMO.read_text(encoding="utf-8")))
    document["nodes"][row].update(change)
    with pytest.raises(TopologyError, match=message):
        parse(document)


def test_a_domain_without_its_root_is_refused() -> None:
    document = json.loads(DEMO.read_text(encoding="utf-8"))
    document["domains"]["central"] = "nobody"
    with pytest.raises(TopologyError, match="nobody"):
        parse(document)
