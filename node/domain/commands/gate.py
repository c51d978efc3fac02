"""The gate: what a draft must say before it can be registered as a matter.

Decides what is missing, can't be measured, is vague, trivial, or several things in one: one remark
each, with its severity. What is put to a decision (`proposing`) must say more than what a
supervisor registers directly. Never refuses by itself (matters.py, drafts.py), never judges the
form of what is there (schemas). Follows docs/spec/10-13710-events.md, "Matters"; docs/intake.md has
the whole list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from node.domain.commands.base import blank
from node.domain.commands.weighing import TABLE, weigh
from node.domain.commands.wording import joined, vague
from schemas.intake import SOURCES

Severity = Literal["refuse", "warn", "hint"]

TEXTS: Final = ("title", "content", "board", "grade", "source", "basis")
PEOPLE: Final = ("responsible", "head")
MEASURE: Final = ("name", "unit", "target")
CALL: Final = ("name", "phone")
PROSE: Final = ("title", "content", "solution")
ACCEPTED: Final = "one matter, measurable indicators, a responsible person, a head, a contact"

# Chinese numerals count only where nothing but a number is said: not in 进一步, nor in 统一.
_HAN: Final = re.compile(
    r"(百分之|不少于|不低于|不超过|至少|[≥≤])?[零〇一二两三四五六七八九十百千万亿]+"
)
_DEMAND: Final = re.compile(r"请|要求|须|应当|务必|拟|方案|措施|解决|整改|责成|协调")
_SEVERAL: Final = re.compile(r"[、,,;;]|和|以及")


class Remark(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that the gate says: `where` is the member; `word` stands at `start` to `end`."""

    severity: Severity
    code: str
    where: str
    detail: str
    accepted: str = ""
    word: str = ""
    start: int | None = None
    end: int | None = None


def gate(form: Mapping[str, Any], proposing: bool = False) -> list[str]:
    """What keeps a draft from being registered, one line per fault; empty when nothing does."""
    return refusals(check(form, proposing))


def refusals(remarks: Sequence[Remark]) -> list[str]:
    """Those of the remarks that keep a draft from being registered, one line per fault."""
    return [one.detail for one in remarks if one.severity == "refuse"]


def check(form: Mapping[str, Any], proposing: bool = False) -> list[Remark]:
    """All that there is to remark, what refuses first. Writes and refuses nothing."""
    found = [
        *_present(form),
        *_measures(form.get("indicators"), proposing),
        *_lead(form.get("lead"), proposing),
        *_source(form.get("source")),
        *_weight(form, proposing),
        *_solution(form, proposing),
        *_worded(form),
    ]
    return sorted(found, key=_severity) if len(found) > 1 else found


def _severity(one: Remark) -> int:
    return ("refuse", "warn", "hint").index(one.severity)


def has_figure(indicator: Mapping[str, Any]) -> bool:
    """Whether the target says a number: in digits, or in Chinese numerals and nothing else."""
    target, unit = str(indicator["target"]).strip(), str(indicator["unit"]).strip()
    return bool(re.search(r"\d", target) or _HAN.fullmatch(target.removesuffix(unit)))


def _refuse(code: str, where: str, detail: str, accepted: str = "") -> Remark:
    return Remark("refuse", code, where, detail, accepted)


def _stated(must: bool, code: str, where: str, detail: str, accepted: str) -> Remark:
    """What must be said when a draft is put to a decision, and is missed otherwise."""
    return Remark("refuse" if must else "warn", code, where, detail, accepted)


def _present(form: Mapping[str, Any]) -> Iterator[Remark]:
    for name in (*TEXTS, *PEOPLE):
        if blank(form.get(name)):
            yield _refuse("missing", name, f"{name} is missing")
    contact = form.get("contact")
    if blank(contact):
        yield _refuse("missing", "contact", "contact is missing", "a name and a phone")
        return
    members = contact if isinstance(contact, Mapping) else {}
    for name in CALL:
        if blank(members.get(name)):
            yield _refuse("missing", f"contact.{name}", f"contact has no {name}")


def _measures(indicators: Any, proposing: bool) -> Iterator[Remark]:
    rows = indicators if isinstance(indicators, list | tuple) else []
    if not rows:
        detail = "indicators are missing: one at least, with name, unit and target"
        yield _refuse("measure", "indicators", detail)
        return
    whole = []
    for number, row in enumerate(rows, 1):
        members = row if isinstance(row, Mapping) else {}
        where = f"indicators[{number - 1}]"
        missing = [name for name in MEASURE if blank(members.get(name))]
        for name in missing:
            yield _refuse("measure", f"{where}.{name}", f"indicator {number} has no {name}")
        if not missing:
            whole.append(members)
            yield from _refined(members, number, where)
        if blank(members.get("evidence")):
            detail = f"indicator {number} says no evidence"
            accepted = "what will prove it, as 验收单"
            yield _stated(proposing, "evidence", f"{where}.evidence", detail, accepted)
    if whole and not any(map(has_figure, whole)):
        detail = "no indicator's target holds a figure"
        yield _refuse("measure", "indicators", detail, "a number in one target at least")


def _refined(row: Mapping[str, Any], number: int, where: str) -> Iterator[Remark]:
    """A vague word in an indicator that no figure makes measurable isn't refined yet."""
    if has_figure(row):
        return
    for name in ("name", "target"):
        for spot in vague(str(row[name])):
            detail = f"indicator {number} says {spot.word} and no figure"
            yield Remark(
                "refuse", "vague", f"{where}.{name}", detail, "a figure as target",
                spot.word, spot.start, spot.end,
            )  # fmt: skip


def _lead(lead: Any, proposing: bool) -> Iterator[Remark]:
    if blank(lead):
        yield _stated(proposing, "lead", "lead", "no lead is named", "one unit")
    elif not isinstance(lead, str) or _SEVERAL.search(lead):
        yield _refuse("lead", "lead", "more than one lead is named", "one unit; others co-handle")


def _source(source: Any) -> Iterator[Remark]:
    if isinstance(source, str) and source.strip() and source_word(source) not in SOURCES.values():
        accepted = ", ".join(f"{code} {word}" for code, word in SOURCES.items())
        yield Remark("warn", "source", "source", f"{source} is no source of the table", accepted)


def source_word(source: Any) -> Any:
    """The Chinese name of a source given by its code; anything else as it is."""
    return SOURCES.get(source, source) if isinstance(source, str) else source


def _weight(form: Mapping[str, Any], proposing: bool) -> Iterator[Remark]:
    scores = form.get("scores")
    if blank(scores):
        detail, accepted = "it is not weighed: 大事, 要事 or 急事", ", ".join(TABLE)
        yield _stated(proposing, "weight", "scores", detail, accepted)
        return
    members = scores if isinstance(scores, Mapping) else {"": ""}
    for code, option in members.items():
        if code not in TABLE:
            yield _refuse("weight", f"scores.{code}", f"no criterion {code!r}", ", ".join(TABLE))
            return
        if not isinstance(option, str) or option not in TABLE[code].options:
            accepted = ", ".join(TABLE[code].options)
            yield _refuse("weight", f"scores.{code}", f"no option {option!r}", accepted)
            return
    if not weigh(members).reached:
        accepted = "3 points on one axis; else decline it, or pass it on to 12345 or its department"
        yield _refuse("trivial", "scores", "neither 大事 nor 要事 nor 急事", accepted)


def _solution(form: Mapping[str, Any], proposing: bool) -> Iterator[Remark]:
    if blank(form.get("solution")) and not _DEMAND.search(str(form.get("content") or "")):
        detail = "neither a solution nor the demand for one"
        yield _stated(proposing, "solution", "solution", detail, "what is to be done, or found out")


def _worded(form: Mapping[str, Any]) -> Iterator[Remark]:
    for name in PROSE:
        text = form.get(name)
        if not isinstance(text, str):
            continue
        for spot in vague(text):
            detail = f"{name} says {spot.word} and no figure"
            accepted = "say it by an indicator with a figure"
            yield Remark("warn", "vague", name, detail, accepted, *spot)
        if name != "solution":
            for spot in joined(text, title=name == "title"):
                detail = f"{name} may hold several demands, joined by {spot.word.strip()}"
                yield Remark("hint", "several", name, detail, "one matter, one thing", *spot)
