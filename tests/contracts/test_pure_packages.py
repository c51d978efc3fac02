"""What import contracts cannot see: pure packages never ask for the time and open no file."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("schemas", "federation", "sync", "node/domain")
CLOCKS = {"now", "utcnow", "today", "fromtimestamp", "localtime"}
FILES = {"open", "read_text", "read_bytes", "write_text", "write_bytes"}
DATES = {"datetime", "date"}


def pure_modules() -> list[Path]:
    found = (ROOT.joinpath(name).rglob("*.py") for name in PACKAGES)
    return sorted(p for paths in found for p in paths if p.parent.name != "transports")


def impure_calls(source: str) -> list[str]:
    """Return "line: name" of each call that reads a clock or a file, in the order of the tree."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in {"open", "input", "print"}:
            found.append(f"{called.id}:{node.lineno}")
        elif isinstance(called, ast.Attribute):
            owner = called.value
            owner_name = owner.attr if isinstance(owner, ast.Attribute) else ast.unparse(owner)
            clock = called.attr in CLOCKS and owner_name in DATES
            file = called.attr in FILES and owner_name not in {"self", "cls"}
            if clock or file:
                found.append(f"{called.attr}:{node.lineno}")
    return found


@pytest.mark.parametrize("path", pure_modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_pure_module_reads_no_clock_and_no_file(path: Path) -> None:
    assert impure_calls(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "date.today()",
        "open('x')",
        "p.read_text()",
    ],
)
def test_an_impure_call_would_be_found(line: str) -> None:
    assert len(impure_calls(f"def f(p):\n    return {line}\n")) == 1


def test_a_clock_that_is_handed_in_is_no_fault() -> None:
    assert impure_calls("def f(clock):\n    return clock.now()\n") == []
