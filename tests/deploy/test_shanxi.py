"""The tree of 8,907 nodes: its sums, its names, its hosts."""

from __future__ import annotations

from collections import Counter

import pytest

from deploy.topology.shanxi import main, tree
from node.service.topology import parse

LEVELS = {
    "province": 1,
    "city": 11,
    "county": 117,
    "zone": 4,
    "township": 1278,
    "department": 75 + 583 + 6786 + 52,
}


@pytest.mark.parametrize("hosts", [1, 12, 129])
def test_the_tree_has_exactly_8907_nodes_on_so_many_hosts(hosts: int) -> None:
    plan = parse(tree(hosts))
    assert len(plan.bodies) == 8907
    assert len(plan.hosts) == hosts
    assert Counter(one.level for one in plan.bodies.values()) == LEVELS
    assert len({one.name for one in plan.bodies.values() if one.level == "department"}) > 7000


def test_a_department_bears_its_place_and_the_kind_of_its_county() -> None:
    names = {one["key"]: one["name"] for one in tree()["nodes"]}
    assert names["140105-01"] == "小店区政府办公室"
    assert "小店区委办公室" in names.values()
    assert "清徐县委办公室" in names.values()
    assert "古交市委办公室" in names.values()
    assert not [name for name in names.values() if "区县委" in name or "县县委" in name]


def test_another_number_of_hosts_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["13"]) == 2
    assert "1, 12 or 129 are accepted" in capsys.readouterr().err
