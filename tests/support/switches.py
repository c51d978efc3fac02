"""Switching off one refusal of a module at a time, for tests that demand that another test fails.

A switch is a `raise` or `continue` that is left out, one alternative of its condition that no
longer counts, or one call of a check that is not made. Only functions of a module are changed, in
place, and put back.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

import pytest


class Switch(NamedTuple):
    """One refusal: the `number`th that can be switched off in a function, and how it reads."""

    function: FunctionType
    number: int
    text: str

    def __str__(self) -> str:
        module = self.function.__module__
        return f"{module}.{self.function.__name__}: {self.text}"


class _Off(ast.NodeTransformer):
    """Leaves out the `wanted`th refusal; with none wanted, lists them."""

    def __init__(self, wanted: int | None, checks: tuple[str, ...]) -> None:
        self.wanted, self.checks = wanted, checks
        self.found: list[str] = []

    def _off(self, node: ast.AST) -> bool:
        self.found.append(" ".join(ast.unparse(node).split())[:70])
        return len(self.found) - 1 == self.wanted

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        return ast.Pass() if self._off(node) else node

    def visit_Continue(self, node: ast.Continue) -> ast.AST:
        return ast.Pass() if self._off(node) else node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        if isinstance(node.value, ast.Call):
            name = ast.unparse(node.value.func).rpartition(".")[2]
            if name in self.checks and self._off(node):
                return ast.Pass()
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        refuses = isinstance(node.body[-1], ast.Raise | ast.Continue)
        if refuses and isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.Or):
            node.test.values = [
                ast.Constant(False) if self._off(one) else one for one in node.test.values
            ]
        return self.generic_visit(node)


def _changed(function: FunctionType, off: _Off) -> CodeType:
    source = textwrap.dedent(inspect.getsource(function))
    tree = ast.fix_missing_locations(off.visit(ast.parse(source)))
    future = ast.parse("from __future__ import annotations").body
    tree.body = [*future, *tree.body]
    space: dict[str, Any] = dict(function.__globals__)
    exec(compile(tree, inspect.getfile(function), "exec"), space)
    code: CodeType = space[function.__name__].__code__
    return code


def switches(module: ModuleType, *checks: str) -> list[Switch]:
    """All refusals in the functions of `module`; `checks`: names of functions that refuse."""
    found = []
    for one in vars(module).values():
        if isinstance(one, FunctionType) and one.__module__ == module.__name__:
            listing = _Off(None, checks)
            _changed(one, listing)
            found += [Switch(one, number, text) for number, text in enumerate(listing.found)]
    return found


@contextmanager
def switched_off(switch: Switch, *checks: str) -> Iterator[None]:
    """Without that refusal."""
    before = switch.function.__code__
    switch.function.__code__ = _changed(switch.function, _Off(switch.number, checks))
    try:
        yield
    finally:
        switch.function.__code__ = before


def cases(*modules: ModuleType, but: tuple[str, ...] = ()) -> list[Callable[[], None]]:
    """Every test that needs no fixture, each parameter's apart; those named in `but` left out."""
    made = []
    for module in modules:
        for name, test in vars(module).items():
            if name.startswith("test_") and name not in but and not hasattr(test, "hypothesis"):
                made += list(_expanded(test))
    return made


def _expanded(test: Callable[..., None]) -> Iterator[Callable[[], None]]:
    tables = []
    for mark in getattr(test, "pytestmark", ()):
        names = mark.args[0]
        names = [one.strip() for one in names.split(",")] if isinstance(names, str) else names
        rows = [row if len(names) > 1 else (row,) for row in mark.args[1]]
        tables.append([dict(zip(names, row, strict=True)) for row in rows])
    for chosen in itertools.product(*tables):
        given = {name: value for one in chosen for name, value in one.items()}
        if set(given) == set(inspect.signature(test).parameters):
            yield lambda given=given: test(**given)


def first_failure(tests: list[Callable[[], None]]) -> int | None:
    """The number of the first test that fails; None when all pass."""
    for number, test in enumerate(tests):
        try:
            test()
        except (Exception, pytest.fail.Exception):
            return number
    return None
