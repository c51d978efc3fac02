"""Random lawful lives of matters in whole nodes: whatever is offered and done, the books are sound.

The same invariants as in tests/node/domain/test_lives.py, in fewer and shorter lives, after every
step and every exchange; and every total is the sum of its rows, at every level.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sync.me import Limits
from tests.node.living import Living
from tests.node.settling import NODES, World, found

WEIGHTED = ("province", "province", "city", "city", "county", "county", "township", "department")
steps = st.tuples(st.sampled_from(WEIGHTED), st.integers(0, 2**32))
COUNT: Counter[str] = Counter()
EXAMPLES = int(os.environ.get("DUBAN_LIVES", "4"))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    found(folder)
    return folder


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),  # shrinking takes minutes: ask for it
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(script=st.lists(steps, min_size=60, max_size=60))
def test_a_random_lawful_life_breaks_no_invariant(
    template: Path, tmp_path: Path, script: Sequence[tuple[str, int]]
) -> None:
    world = World.copy(template, tmp_path / "world", "life")
    try:
        for host in world.hosts.values():
            host.limits = Limits()
        living = Living(world)
        for turn, (name, number) in enumerate(script, 1):
            living.step(name, number)
            living.look(name)
            if number % 5 == 0:
                world.clock.moment += timedelta(hours=number % 31)
            if turn % 4 == 0:
                living.spread()
                living.look(NODES[number % len(NODES)])
                living.totals(NODES[turn % len(NODES)])
        world.settle()
        for name in NODES:
            living.look(name)
            living.totals(name)
        living.levels()
        COUNT.update(living.given)
    finally:
        world.close()


def test_the_lives_were_lives() -> None:
    if not COUNT:
        pytest.skip("runs after the lives")
    assert COUNT.total() > 15 * EXAMPLES, COUNT
