"""Every refusal that the code can say, read from the code: what is told, and what is accepted.

A text that is put together is told with stand-ins: `3` where a number is counted, else `x`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[3]
KINDS = {"DomainRefused": 0}
ROOMS = ("node/domain", "node/service", "node/readmodel", "node/storage", "node/web")
NUMBERS = ("len(", "count", "int(", "size", "MOST", "LEAST", "most", "number", "MAX", ">> 20")


class Said(NamedTuple):
    """A refusal where it stands in the code."""

    place: str
    code: str
    detail: str
    accepted: str


def refusals() -> Iterator[Said]:
    """Every refusal whose words stand where it is raised."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            scopes = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
            for scope in scopes:
                named = _named(scope)
                for one in ast.walk(scope):
                    if isinstance(one, ast.Call) and _name(one.func) in KINDS:
                        said = _said(one, named)
                        if said is not None:
                            yield Said(f"{path.relative_to(ROOT)}:{one.lineno}", *said)


def _named(scope: ast.FunctionDef) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for one in ast.walk(scope):
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
            found.setdefault(one.targets[0].id, []).append(one.value)
    return found


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _said(call: ast.Call, named: dict[str, list[ast.expr]]) -> tuple[str, str, str] | None:
    args = list(call.args)
    if len(args) < 2:
        return None
    code, detail = _text(args[0], named), _text(args[1], named)
    accepted = _text(args[2], named) if len(args) > 2 else ""
    if code is None or detail is None:
        return None
    return code, detail, accepted if accepted is not None else ""


def _text(one: ast.expr, named: dict[str, list[ast.expr]]) -> str | None:
    """The text of an expression with stand-ins; None where it comes from elsewhere."""
    if isinstance(one, ast.Constant) and isinstance(one.value, str):
        return one.value
    if isinstance(one, ast.JoinedStr):
        return "".join(_piece(each) for each in one.values)
    if isinstance(one, ast.BinOp):
        left, right = _text(one.left, named), _text(one.right, named)
        return left + right if left is not None and right is not None else None
    if isinstance(one, ast.Subscript):
        return _text(one.value, named)
    if isinstance(one, ast.Name) and len(named.get(one.id, ())) == 1:
        return _text(named[one.id][0], {})
    return None


def _piece(one: ast.expr) -> str:
    if isinstance(one, ast.Constant):
        return str(one.value)
    if isinstance(one, ast.FormattedValue) and one.conversion == ord("r"):
        return "'x'"
    text = ast.unparse(one).strip("{}'\"f")
    return "3" if any(word in text for word in NUMBERS) else "x"
