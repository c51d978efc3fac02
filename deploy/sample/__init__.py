"""Sample content: facts, and invented matters that say "synthetic" wherever they go.

Decides where the files lie and how they are read. Never reads anything outside this folder.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def divisions() -> dict[str, dict[str, str]]:
    """The place codes of the province: code -> {code, name, level, parent_code}."""
    with (HERE / "divisions.csv").open(encoding="utf-8", newline="") as lines:
        return {row["code"]: row for row in csv.DictReader(lines)}


def document(name: str) -> dict[str, Any]:
    """One JSON file of this folder, such as ``matters`` or ``railway``; OSError if absent."""
    found: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    return found
