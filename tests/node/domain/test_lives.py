"""Random lawful lives of matters: whatever is offered and done, no invariant breaks.

Exactly one lead, parts due within their whole when issued, no due instant moved without its event,
nothing running of what has ended. (With whole nodes and their totals: tests/node/test_lives.py.)
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from node.domain.permissions import COMMANDS
from tests.node.domain.lives import ACTS, Life

EXAMPLES = int(os.environ.get("DUBAN_LIVES", "40"))
COUNT: Counter[str] = Counter()


def test_every_command_on_an_object_is_one_of_the_steps() -> None:
    assert set(ACTS) == {name for name, row in COMMANDS.items() if row.on != "none"}


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(script=st.lists(st.integers(0, 2**32), min_size=120, max_size=120))
def test_a_random_lawful_life_breaks_no_invariant(script: Sequence[int]) -> None:
    life = Life()
    for number in script:
        life.step(number)
    COUNT.update(life.given)


def test_the_lives_were_lives() -> None:
    if not COUNT:
        pytest.skip("runs after the lives")

    assert COUNT.total() > 60 * EXAMPLES, COUNT
    assert len(COUNT) >= len(ACTS) - 3, set(ACTS) - set(COUNT)
