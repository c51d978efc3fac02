"""A short fault run loses nothing; and the run notices when something does get lost.

`make faults` takes thousands of steps, `make faults-selftest` all ten defects.
"""

from __future__ import annotations

from tests.faults.defects import DEFECTS
from tests.faults.run import go

SEED = 13710


def test_a_small_tree_under_faults_loses_and_doubles_nothing() -> None:
    run, wrong = go(SEED, steps=40)
    assert wrong == []
    assert run.steps == 40
    assert run.injected["duplicated node"] == run.injected["restored backup"] == 1
    assert sum(run.injected.values()) > 10


def test_a_relay_that_forgets_is_found() -> None:
    run, wrong = go(SEED, steps=200, plant=DEFECTS["spool-forgotten"], look=40)
    assert wrong
    assert run.steps <= 200


def test_there_are_ten_defects_to_be_found() -> None:
    assert len(DEFECTS) == 10
