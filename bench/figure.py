"""One measured figure, and the machine that it was taken on.

Decides the form that every row prints (`--json`: one object) and keeps (bench/results/NAME.json):
name, value, unit, ratio, against, runs, machine. A ratio is to a limit or a rival of the same run.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import statistics
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

RESULTS: Final = Path(__file__).parent / "results"


class Figure(msgspec.Struct, kw_only=True):
    """`value` in `unit`: the median of `runs`. `ratio`: value ÷ that of `against`, null where the
    bar is a plain limit; `bar`: what must be reached, in words; `reached`: whether it was."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    against: str | None = None
    runs: list[float]
    bar: str
    reached: bool
    detail: Mapping[str, Any] = {}


def median(runs: Sequence[float]) -> float:
    """The median, three digits kept."""
    return float(f"{statistics.median(runs):.4g}")


def machine() -> dict[str, Any]:
    """What ran it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": os.cpu_count(),
        "memory GiB": round(memory),
        "load before": round(os.getloadavg()[1], 1),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "date": datetime.now(UTC).date().isoformat(),
    }


def tell(figure: Figure, as_json: bool) -> int:
    """Print and keep a figure; 1 when its bar was not reached."""
    told = msgspec.to_builtins(figure) | {"machine": machine()}
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(told, ensure_ascii=False, indent=1)
    (RESULTS / f"{figure.name}.json").write_text(text + "\n", encoding="utf-8")
    if as_json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        ratio = f", {figure.ratio:.2f} x {figure.against}" if figure.ratio is not None else ""
        verdict = "reached" if figure.reached else "NOT reached"
        line = f"{figure.name}: {figure.value:g} {figure.unit}{ratio}; bar {figure.bar}: {verdict}"
        sys.stdout.write(f"{line} ({len(figure.runs)} runs)\n")
        for name, value in figure.detail.items():
            sys.stdout.write(f"  {name}: {value}\n")
    return int(not figure.reached)
