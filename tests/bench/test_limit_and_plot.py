"""The one-process limit reads what a node wrote; the picture of a run shows every cost of it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as Xml

import msgspec
import pytest

from bench import limit, plot, size
from node.storage.store import SqlStore
from sync.event import Event
from tests.support.forms import FORM
from tests.support.onehost import OneHost

COSTS = {
    "100": {"a report": {"ms": 2.0, "CPU ms": 1.0}, "a page": {"ms": 9.0, "CPU ms": 8.0}},
    "1000": {"a report": {"ms": 2.0, "CPU ms": 1.5}, "a page": {"ms": 9.0, "CPU ms": 8.0}},
    "8907": {"a report": {"ms": 2.0, "CPU ms": 1.2}, "a page": {"ms": 9.0, "CPU ms": 20.0}},
}


@pytest.fixture
def written(tmp_path: Path) -> list[Event]:
    """Ten registrations as they stand in a journal."""
    one = OneHost(tmp_path, f"sqlite:///{tmp_path}/host.db", {"province": None})
    try:
        for _ in range(10):
            one.do("province", "matter.register", form=FORM)

        def held(store: SqlStore) -> list[Event]:
            ((chain, tip),) = [each for each in store.chains() if each[0][3] == "up"]
            return store.events(chain, 2, tip.seq)

        return one.host.read(one.places["province"], held)
    finally:
        one.close()


def test_the_limit_takes_a_chain_in_and_says_what_it_cost(
    written: list[Event], tmp_path: Path
) -> None:
    rate, cpu = limit.rate(written, tmp_path)
    assert rate > 0
    assert cpu > 0


def test_the_limit_does_not_pass_over_a_payload_that_was_changed(
    written: list[Event], tmp_path: Path
) -> None:
    line = (written[3].payload_line or b"").replace(b"13710", b"0").replace("警".encode(), b"x")
    written[3] = msgspec.structs.replace(written[3], payload_line=line)
    with pytest.raises(ValueError, match="does not follow"):
        limit.rate(written, tmp_path)


def test_growth_is_the_last_size_against_the_first() -> None:
    assert size.growth(COSTS) == {"a report": 1.2, "a page": 2.5}


def test_the_picture_has_a_line_per_cost_and_panel_and_a_title() -> None:
    detail = {"by nodes": COSTS, "by matters": COSTS}
    found = Xml.fromstring(plot.svg(detail, "2 cores"))
    tag = "{http://www.w3.org/2000/svg}"
    assert len(list(found.iter(f"{tag}polyline"))) == 4
    assert len(list(found.iter(f"{tag}circle"))) == 12
    assert next(found.iter(f"{tag}title")).text == "Cost against size"
    texts = {one.text for one in found.iter(f"{tag}text")}
    assert {"8,907", "a report", "a page", "2 cores"} <= texts
