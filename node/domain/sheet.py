"""A campaign's table as somebody hands it in: which columns it has, what each cell takes.

Decides, row by row, whether a row can be registered and whom it goes to; names every faulty cell.
All or nothing is the caller's. Never opens a file (node/service/workbooks.py). Follows
docs/ledgers.md, "The table".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from node.domain.campaign import Campaign, unit_for
from node.domain.commands.gate import check as gate
from node.domain.guards import DomainRefused
from node.domain.ledger import BadValue, Definition, accepts, read_value, shown

SOURCE: Final = "import"
SHOWN: Final = 20  # faults that are told in words; `faults` has all
MOST_TITLE: Final = 200
LEDGER: Final = "ledger."

Cells = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its code stands in the heading behind its Chinese name."""

    code: str
    zh: str
    needed: bool
    accepted: str
    most: int = 0  # characters; 0: the ledger's field decides
    prose: bool = False

    @property
    def heading(self) -> str:
        """What stands above the column."""
        return f"{self.zh}{'*' if self.needed else ''} {self.code}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell. Rows count as in the sheet: the heading is row 1."""

    row: int
    column: str  # its code
    value: str
    accepted: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.value!r}; accepted: {self.accepted}"


@dataclass(frozen=True, slots=True)
class Taken:
    """One row that can be registered: its form, and the unit it goes to."""

    row: int
    form: dict[str, Any]
    unit: str


class SheetRefused(DomainRefused):
    """A table's no, `bad-input`: nothing of it was taken. `faults`: every cell at fault."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        told = "; ".join(str(one) for one in faults[:SHOWN])
        more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        first = faults[0]
        where = f"rows[{first.row}].{first.column}"
        super().__init__("bad-input", f"{len(faults)} faults: {told}{more}", first.accepted, where)
        self.faults = list(faults)

    @property
    def told(self) -> list[dict[str, Any]]:
        """Every fault for programs."""
        return [as_row(one) for one in self.faults]


def as_row(fault: Fault) -> dict[str, Any]:
    """A fault for programs."""
    return {name: getattr(fault, name) for name in ("row", "column", "value", "accepted")}


def _text(code: str, zh: str, most: int, needed: bool = True, prose: bool = False) -> Column:
    return Column(code, zh, needed, f"text of 1 to {most} letters", most, prose)


_FIRST: Final = (_text("title", "标题", MOST_TITLE),)
_REST: Final = (
    _text("content", "内容", 20_000, prose=True),
    _text("indicator", "指标", 200),
    _text("indicator_unit", "计量单位", 50),
    _text("target", "目标值", 200),
    _text("evidence", "佐证", 500, needed=False),
    _text("basis", "依据", 500),
    _text("responsible", "责任人", 100),
    _text("head", "负责人", 100),
    _text("contact", "联系人", 100),
    _text("phone", "电话", 50),
)
# where the gate finds fault -> the column
_PLACES: Final = {
    "contact.name": "contact",
    "contact.phone": "phone",
    "indicators": "target",
    "indicators[0].name": "indicator",
    "indicators[0].unit": "indicator_unit",
    "indicators[0].target": "target",
    "indicators[0].evidence": "evidence",
}


def columns(campaign: Campaign, definition: Definition) -> list[Column]:
    """The columns of a campaign's table, its board's ledger last."""
    classes = ", ".join(f"{one['code']} {one['name']}" for one in campaign["classes"])
    return [
        *_FIRST,
        Column("class", "类别", True, f"one of {classes}", 100),
        Column("region", "属地代码", True, "a place code of 6 to 12 digits in the territory", 12),
        *_REST,
        *(
            Column(LEDGER + one["code"], one["zh"], one["required"], accepts(one))
            for one in definition["fields"]
        ),
    ]


def headings(wanted: Sequence[Column], untrusted: Sequence[Any]) -> list[str]:
    """The codes of the sheet's columns, from its first row. Raises SheetRefused.

    A column is known by its code or by its Chinese name, in any order.
    """
    by_name = {name: one.code for one in wanted for name in (one.code, one.zh, one.heading)}
    found, faults = list[str](), list[Fault]()
    for given in untrusted:
        name = shown(given).strip()
        code = by_name.get(name) or by_name.get(name.rstrip("*")) or ""
        if name and not code:
            accepted = ", ".join(one.heading for one in wanted)
            faults.append(Fault(1, name, name, accepted))
        elif code and code in found:
            faults.append(Fault(1, code, name, "each column once"))
        found.append(code)
    faults += [
        Fault(1, one.code, "", f"the heading {one.heading}")
        for one in wanted
        if one.needed and one.code not in found
    ]
    if faults:
        raise SheetRefused(faults)
    return found


class Checker:
    """Reads the rows of one table, one after the other; knows what it has seen.

    `held`: title and region of what the campaign has registered already, with its number.
    """

    def __init__(
        self,
        campaign: Campaign,
        named: str,
        definition: Definition,
        held: Mapping[tuple[str, str], str],
        reached: Callable[[str], bool],
    ) -> None:
        self.campaign, self.named, self.definition = campaign, named, definition
        self.columns = columns(campaign, definition)
        self.faults = list[Fault]()
        self._classes = {one["code"] for one in campaign["classes"]}
        self._names = {one["name"]: one["code"] for one in campaign["classes"]}
        self._seen = {key: f"it is registered as {no}" for key, no in held.items()}
        self._reached = reached
        self._fields = {LEDGER + one["code"]: one for one in definition["fields"]}

    def row(self, number: int, cells: Cells) -> Taken | None:
        """What the row comes to; None where a cell is at fault: `faults` names it."""
        values, wrong = dict[str, str](), dict[str, Fault]()
        for column in self.columns:
            given = cells.get(column.code)
            try:
                found = self._cell(column, given)
            except BadValue as bad:
                wrong[column.code] = Fault(number, column.code, shown(given), bad.accepted)
            else:
                if found:
                    values[column.code] = found
        unit = self._place(number, values, wrong)
        form = self._form(values)
        for remark in gate(form):
            code = _PLACES.get(remark.where, remark.where)
            if remark.severity == "refuse" and code not in wrong and code in values:
                accepted = remark.accepted or remark.detail
                wrong[code] = Fault(number, code, shown(cells.get(code)), accepted)
        self.faults += [wrong[one.code] for one in self.columns if one.code in wrong]
        return Taken(number, form, unit) if not wrong else None

    def _cell(self, column: Column, given: Any) -> str:
        """A cell's text. Raises BadValue."""
        if isinstance(given, Odd):
            raise BadValue("", "a value: no formula, no error")
        if given is None or (isinstance(given, str) and not given.strip()):
            if column.needed:
                raise BadValue("", column.accepted)
            return ""
        field = self._fields.get(column.code)
        if field is not None:
            return read_value(field, given)
        text = _as_text(given)
        if text is None or len(text) > column.most or not _printable(text, column.prose):
            raise BadValue("", column.accepted)
        if column.code == "class":
            text = self._names.get(text, text)
            if text not in self._classes:
                raise BadValue("", column.accepted)
        return text

    def _place(self, number: int, values: dict[str, str], wrong: dict[str, Fault]) -> str:
        """The unit that answers for the row's place; and whether the row stands there once."""
        region = values.get("region", "")
        unit = None
        if region and "region" not in wrong:
            form = region.isascii() and region.isdigit() and len(region) >= 6
            unit = unit_for(self.campaign, region) if form else None
            if unit is None or not self._reached(unit):
                accepted = next(one.accepted for one in self.columns if one.code == "region")
                wrong["region"] = Fault(number, "region", region, accepted)
        key = (values.get("title", ""), region)
        if all(key) and not wrong.keys() & {"title", "region"}:
            if key in self._seen:
                accepted = f"each problem once: {self._seen[key]}"
                wrong["title"] = Fault(number, "title", key[0], accepted)
            self._seen.setdefault(key, f"row {number} has it")
        return unit or ""

    def _form(self, values: Mapping[str, str]) -> dict[str, Any]:
        indicator = {
            name: values[code]
            for name, code in (
                ("name", "indicator"),
                ("unit", "indicator_unit"),
                ("target", "target"),
                ("evidence", "evidence"),
            )
            if code in values
        }
        plain = ("title", "class", "region", "content", "basis", "responsible", "head")
        form: dict[str, Any] = {name: values[name] for name in plain if name in values}
        form |= {
            "board": self.campaign["board"],
            "grade": self.campaign["grade"],
            "source": SOURCE,
            "campaign": self.named,
            "indicators": [indicator],
            "contact": {"name": values.get("contact"), "phone": values.get("phone")},
        }
        told = {code: values[LEDGER + code] for code in self._codes() if LEDGER + code in values}
        if told:
            form["ledger"] = {"version": self.definition["version"], "values": told}
        return form

    def _codes(self) -> list[str]:
        return [one["code"] for one in self.definition["fields"]]


class Odd(str):
    """A cell that holds a formula or an error: never a value."""

    __slots__ = ()


def _as_text(given: Any) -> str | None:
    """A cell's words; a whole number without a point, as a telephone or a code is typed."""
    if isinstance(given, bool):
        return None
    if isinstance(given, float):
        return str(int(given)) if given.is_integer() else repr(given)
    return str(given).strip() if isinstance(given, int | str) else None


def _printable(text: str, prose: bool) -> bool:
    allowed = "\n\r\t" if prose else ""
    return all((letter >= " " and letter != "\x7f") or letter in allowed for letter in text)
