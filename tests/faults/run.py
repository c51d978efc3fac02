"""A fault run: thousands of steps from a printed seed, and at the end every book must be right.

Every `LOOK` steps the tree gets time to mend itself, and is reckoned up (check.py). `selftest`
plants one defect after the other and demands that each is found within 2,000 steps.
"""

from __future__ import annotations

import secrets
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from schemas.refusals import Refused
from tests.faults.box import Dead
from tests.faults.check import amiss
from tests.faults.defects import DEFECTS
from tests.faults.steps import Run
from tests.faults.tree import Tree

STEPS: Final = 2000
LOOK: Final = 100
SHOWN: Final = 12


def go(
    seed: int, steps: int, plant: Callable[[], None] | None = None, look: int = LOOK
) -> tuple[Run, list[str]]:
    """Run until something is wrong, at most `steps`; the run, and what is wrong.

    RuntimeError, Refused or Dead: the run itself could not go on, which finds nothing.
    """
    with tempfile.TemporaryDirectory() as folder, closing(Tree(Path(folder), plant)) as tree:
        run = Run(tree, seed)
        wrong = list[str]()
        while run.steps < steps and not wrong:
            wrong = _stretch(run, min(look, steps - run.steps))
        return run, wrong


def _stretch(run: Run, steps: int) -> list[str]:
    """Some steps, and the reckoning."""
    first = run.steps == 0
    for _ in range(steps):
        run.step()
        if run.wrong:
            return run.wrong
    if first:
        run.age()
        run.double()
    run.tree.settle()
    return amiss(run.tree)


def told(run: Run, wrong: list[str], seed: int, took: float) -> str:
    """The figures, and what is wrong."""
    lines = [f"seed {seed}: {run.steps} steps in {took:.0f} s"]
    lines += [f"  {count:5} {name}" for name, count in sorted(run.injected.items())]
    lines += [f"  WRONG: {line}" for line in wrong[:SHOWN]]
    lines.append(f"  {len(wrong)} things wrong: events lost, doubled, forged, or silently missing")
    return "\n".join(lines)


def selftest(seed: int, steps: int, names: list[str]) -> int:
    """Plant each defect; 1 unless every one was found."""
    missed = 0
    for name in names or list(DEFECTS):
        begun = time.monotonic()
        try:
            run, wrong = go(seed, steps, DEFECTS[name])
        except (RuntimeError, Refused, Dead) as error:
            sys.stdout.write(f"{name}: NOT found, the run broke: {error!r}\n")
            missed += 1
            continue
        took = time.monotonic() - begun
        verdict = f"found within {run.steps} steps" if wrong else f"NOT found in {run.steps} steps"
        sys.stdout.write(f"{name}: {verdict} ({took:.0f} s): {(wrong or ['-'])[0][:160]}\n")
        sys.stdout.flush()
        missed += not wrong
    sys.stdout.write(f"{missed} of the planted defects were not found (seed {seed})\n")
    return int(bool(missed))


def main(words: list[str]) -> int:
    """0 when all is as it must be."""
    given = {"steps": str(STEPS), "seed": str(secrets.randbelow(10**9))}
    rest = list[str]()
    while words:
        word = words.pop(0)
        if word in ("--steps", "--seed") and words:
            given[word.removeprefix("--")] = words.pop(0)
        else:
            rest.append(word)
    seed, steps = int(given["seed"]), int(given["steps"])
    sys.stdout.write(f"seed {seed}\n")
    sys.stdout.flush()
    if rest[:1] == ["selftest"]:
        return selftest(seed, steps, rest[1:])
    begun = time.monotonic()
    run, wrong = go(seed, steps)
    sys.stdout.write(told(run, wrong, seed, time.monotonic() - begun) + "\n")
    return int(bool(wrong))
