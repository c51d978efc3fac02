"""Rivals: one that is absent is named with the reason, and how each works stands beside ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.rivals.run import LEAST, figure
from bench.rivals.table import RIVALS, SIZE, absent, ways

RATES = {"ours": [50.0, 70.0, 60.0], "postgresql": [100.0, 80.0, 90.0]}


@pytest.fixture
def _nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("_nothing_installed")
def test_a_rival_that_is_not_installed_is_named_with_what_is_missing() -> None:
    found = absent(("jetstream", "jetstream-always", "redis"))
    assert set(found) == {"jetstream", "jetstream-always", "redis"}
    assert "nats-server is not installed" in found["jetstream"]
    assert "redis-server is not installed" in found["redis"]


@pytest.mark.usefixtures("_nothing_installed")
def test_a_bar_against_an_absent_rival_is_not_reached_and_says_who_is_absent() -> None:
    made = figure("rivals", RATES, LEAST, "0.65 x PostgreSQL and 1.5 x JetStream", {})
    assert made.ratio == pytest.approx(60 / 90)
    assert not made.reached
    assert {"jetstream", "jetstream-always", "redis"} <= set(made.detail["absent"])


def test_a_bar_is_reached_only_when_every_rival_of_it_is_beaten_by_enough() -> None:
    both = RATES | {"jetstream": [39.0]}
    assert figure("rivals", both, LEAST, "", {}).reached
    assert not figure("rivals", both | {"jetstream": [41.0]}, LEAST, "", {}).reached


def test_sync_policy_publish_mode_and_payload_stand_side_by_side() -> None:
    found = ways()
    assert list(found) == ["ours", *RIVALS]
    for one in found.values():
        assert {"sync", "publish", "hops", "payload, bytes", "stores"} == set(one)
        assert one["payload, bytes"] == SIZE
    assert found["jetstream"]["sync"] != found["jetstream-always"]["sync"]
