"""The row of the province on PostgreSQL: both engines take every event, the ratio is of one run."""

from __future__ import annotations

from bench import postgresql


def test_every_event_arrives_on_either_engine_and_both_figures_are_told(database_url: str) -> None:
    found = postgresql.once(20, database_url if "postgresql" in database_url else None)
    assert set(found) == {"events/s", "ms an exchange of one event"}
    assert all(value > 0 for value in found.values())


def test_the_ratio_is_of_the_medians_and_the_bar_is_held_against_it() -> None:
    slow = {"events/s": 100.0, "ms an exchange of one event": 9.0}
    fast = {"events/s": 400.0, "ms an exchange of one event": 3.0}
    made = postgresql.figure(20, {"sqlite": [fast, fast, slow], "postgresql": [slow, slow, fast]})
    assert (made.ratio, made.reached) == (0.25, False)
    assert made.detail["postgresql"] == slow
    assert postgresql.figure(20, {"sqlite": [slow], "postgresql": [slow]}).reached
