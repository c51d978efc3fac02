"""Forms drawn from the API's own forms, and what was posted read back into their shape.

Decides how a member is asked for (a line, a list to choose from, rows), never what is accepted: the
form (schemas/api/forms) and the command decide. An empty member is not sent. Works without
scripts: rows grow by a button that sends the form back to be drawn again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from node.web import labels, show
from node.web.words import say
from schemas.api.outline import Field, outline

SPARE: Final = 1  # empty rows offered
MOST_ROWS: Final = 99


@dataclass(slots=True)
class Control:
    """One control. `path`: its name in the posted form; `fault`: what was wrong with it."""

    path: str
    kind: str
    label: str
    hint: str = ""
    needed: bool = False
    most: int = 0
    value: Any = ""
    options: Sequence[tuple[str, str]] = ()
    groups: Sequence[tuple[str, Sequence[tuple[str, str]]]] = ()
    rows: list[list[Control]] = field(default_factory=list)
    parts: list[Control] = field(default_factory=list)
    fault: str = ""
    remarks: list[dict[str, Any]] = field(default_factory=list)
    marked: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Entry:
    """A name of a map that may be filled in: its label, and how it is asked for."""

    name: str
    label: str
    kind: str = "line"
    options: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Special:
    """Members that are asked for otherwise than their form says: by name, the control's kind."""

    kinds: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    groups: Mapping[str, Sequence[tuple[str, Sequence[tuple[str, str]]]]] = field(
        default_factory=dict
    )
    hidden: frozenset[str] = frozenset()
    maps: Mapping[str, Sequence[Entry]] = field(default_factory=dict)


def controls(
    operation: str, values: Mapping[str, Any], special: Special | None = None, more: str = ""
) -> list[Control]:
    """The controls of an operation's form, filled in. `more`: the rows that get another one."""
    given = special or Special()
    return [
        _control(operation, one, one.name, values.get(one.name), given, more)
        for one in outline(operation)
        if one.name not in given.hidden
    ]


def _control(
    operation: str, one: Field, path: str, value: Any, special: Special, more: str
) -> Control:
    label, hint = labels.member(path, operation)
    kind = special.kinds.get(one.name, one.kind)
    made = Control(path, kind, say(label), say(hint) if hint else "", one.needed, one.most)
    made.value = "" if value is None else value
    if one.name in special.options:
        made.options = special.options[one.name]
    elif one.words:
        named = labels.CHOICES.get(one.name, {})
        made.options = [(word, say(named.get(word, word))) for word in one.words]
    made.groups = special.groups.get(one.name, ())
    if one.kind == "part":
        held = value if isinstance(value, Mapping) else {}
        made.parts = [
            _control(operation, each, f"{path}.{each.name}", held.get(each.name), special, more)
            for each in one.parts
        ]
    elif one.kind == "map":
        held = value if isinstance(value, Mapping) else {}
        made.parts = [
            Control(
                f"{path}.{each.name}", each.kind, each.label,
                value=held.get(each.name, ""), options=each.options,
            )
            for each in special.maps.get(one.name, ())
        ]  # fmt: skip
    elif one.kind == "rows" and kind == "rows":
        made.rows = _rows(operation, one, path, value, special, more)
    for inside in (*made.rows, [] if one.needed else made.parts):
        for (
            each
        ) in inside:  # a row that is left empty is none, and so is a part that may be missing
            each.needed = False
    return made


def _rows(
    operation: str, one: Field, path: str, value: Any, special: Special, more: str
) -> list[list[Control]]:
    held = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else []
    count = min(max(1, len(held) + (SPARE if more == path else 0)), MOST_ROWS)
    held += [{}] * (count - len(held))
    return [
        [
            _control(
                operation, each, f"{path}.{number}.{each.name}",
                row.get(each.name) if isinstance(row, Mapping) else None, special, more,
            )
            for each in one.parts
        ]
        for number, row in enumerate(held)
    ]  # fmt: skip


def posted(
    operation: str, form: MultiDict[str, str], special: Special | None = None
) -> dict[str, Any]:
    """What was filled in, in the shape of the operation's form; empty members are left out."""
    given, found = special or Special(), dict[str, Any]()
    for one in outline(operation):
        if one.name not in given.hidden:
            value = _read(one, one.name, form)
            if value not in ("", None, [], {}):
                found[one.name] = value
    return found


def _read(one: Field, path: str, form: MultiDict[str, str]) -> Any:
    if one.kind == "part":
        return _whole({each.name: _read(each, f"{path}.{each.name}", form) for each in one.parts})
    if one.kind == "rows":
        return _read_rows(one, path, form)
    if one.kind == "lines":
        return [text.strip() for text in form.getlist(path) if text.strip()]
    if one.kind == "map":
        begin = f"{path}."
        said = {name[len(begin) :]: form[name].strip() for name in form if name.startswith(begin)}
        return _whole(said)
    if one.kind == "flag":
        return form.get(path) == "true"
    text = (form.get(path) or "").replace("\r\n", "\n").strip()
    return show.to_utc(text) if one.kind == "instant" and text else text


def _read_rows(one: Field, path: str, form: MultiDict[str, str]) -> list[dict[str, Any]]:
    pattern = re.compile(re.escape(path) + r"\.(\d{1,3})\.")
    numbers = sorted({int(hit[1]) for name in form if (hit := pattern.match(name))})
    rows = [
        _whole({each.name: _read(each, f"{path}.{number}.{each.name}", form) for each in one.parts})
        for number in numbers[:MOST_ROWS]
    ]
    return [row for row in rows if row]


def _whole(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value not in ("", None, [], {})}


def blame(made: Iterable[Control], where: str, words: str) -> bool:
    """Put a fault beside the control that it is about; False where none is."""
    place = where.replace("[", ".").replace("]", "")
    for one in every(made):
        if one.path == place or (
            one.kind in ("rows", "part", "lines", "table", "units")
            and (place == one.path or place.startswith(one.path + "."))
            and not _inside(one, place)
        ):
            one.fault = words
            return True
    return False


def _inside(one: Control, place: str) -> bool:
    return any(each.path == place for row in (*one.rows, one.parts) for each in row)


def every(made: Iterable[Control]) -> Iterable[Control]:
    """All controls, those inside others too."""
    for one in made:
        yield one
        for row in (*one.rows, one.parts):
            yield from every(row)


def note(made: Sequence[Control], remarks: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Put the gate's remarks beside the controls and words that they mean; give back the rest."""
    flat = {one.path: one for one in every(made)}
    rest = []
    for remark in remarks:
        place = str(remark["where"]).replace("[", ".").replace("]", "")
        one = flat.get(place)
        if one is None:
            rest.append(remark)
            continue
        one.remarks.append(dict(remark))
    for one in flat.values():
        if isinstance(one.value, str):
            one.marked = marked(one.value, one.remarks)
    return rest


def marked(text: str, remarks: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The text in pieces, each with the severity of the remark that means it, or ""."""
    spots = sorted(
        {
            (int(one["start"]), int(one["end"]), str(one["severity"]))
            for one in remarks
            if one.get("start") is not None and one.get("end") is not None
        }
    )
    pieces, at = list[tuple[str, str]](), 0
    for start, end, severity in spots:
        if start >= at:
            pieces += [(text[at:start], ""), (text[start:end], severity)]
            at = end
    return [*pieces, (text[at:], "")] if pieces else []
