"""The gate: what a draft must say before it can be registered as a matter.

Decides what is missing or can't be measured, in one line each. Never refuses by itself
(matters.py), never judges the form of what is there (schemas). Follows
docs/spec/10-13710-events.md, "Matters".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from node.domain.commands.base import blank

TEXTS: Final = ("title", "content", "board", "grade", "source", "basis")
PEOPLE: Final = ("responsible", "head")
MEASURE: Final = ("name", "unit", "target")
CALL: Final = ("name", "phone")

# Chinese numerals count only where nothing but a number is said: not in 进一步, nor in 统一.
_HAN: Final = re.compile(
    r"(百分之|不少于|不低于|不超过|至少|[≥≤])?[零〇一二两三四五六七八九十百千万亿]+"
)


def gate(form: Mapping[str, Any]) -> list[str]:
    """What keeps a draft from being registered, one line per fault; empty when nothing does."""
    faults = [f"{name} is missing" for name in (*TEXTS, *PEOPLE) if blank(form.get(name))]
    return faults + _call(form.get("contact")) + _measures(form.get("indicators"))


def has_figure(indicator: Mapping[str, Any]) -> bool:
    """Whether the target says a number: in digits, or in Chinese numerals and nothing else."""
    target, unit = str(indicator["target"]).strip(), str(indicator["unit"]).strip()
    return bool(re.search(r"\d", target) or _HAN.fullmatch(target.removesuffix(unit)))


def _call(contact: Any) -> list[str]:
    if blank(contact):
        return ["contact is missing"]
    members = contact if isinstance(contact, Mapping) else {}
    return [f"contact has no {name}" for name in CALL if blank(members.get(name))]


def _measures(indicators: Any) -> list[str]:
    rows = indicators if isinstance(indicators, list) else []
    if not rows:
        return ["indicators are missing: one at least, with name, unit and target"]
    faults, whole = [], []
    for number, row in enumerate(rows, 1):
        members = row if isinstance(row, Mapping) else {}
        missing = [name for name in MEASURE if blank(members.get(name))]
        faults += [f"indicator {number} has no {name}" for name in missing]
        whole += [] if missing else [members]
    if whole and not any(map(has_figure, whole)):
        faults.append("no indicator's target holds a figure")
    return faults
