"""Who lives on a host is told without lineages, in every domain but their own."""

from __future__ import annotations

from pathlib import Path

from tests.support.onehost import OneHost


def test_seats_are_the_places_of_all_nodes_and_roots_those_without_a_parent(
    tmp_path: Path, database_url: str
) -> None:
    parents = {"province": None, "city": "province", "county": "city"}
    one = OneHost(tmp_path, database_url, parents)
    try:
        places = [(each.tenant.node, each.domain) for each in one.host.places()]
        assert one.host.seats() == places
        assert len(places) == 3
        root = one.places["province"]
        assert one.host.seats(roots=True) == [(one.node("province"), root.domain)]
    finally:
        one.close()
