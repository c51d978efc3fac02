"""No question that a store asks grows with the size of the whole: each goes by a key."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest

import node.storage
from node.storage.scope import Statement
from tests.node.storage.house import House

QUESTIONS = {
    f"{module}.{name}": statement
    for _, module, folder in pkgutil.iter_modules(node.storage.__path__)
    if not folder
    for name, statement in vars(importlib.import_module(f"node.storage.{module}")).items()
    if isinstance(statement, Statement)
}
# in the order of the journal itself, for rebuilding: reads past the events of other tenants
WHOLE = {"journal._SINCE"}
# ask what waits to be sent on the whole host, and read just that (links, subscriptions)
WAITING = {"turns._TURNS", "turns._PRESSING", "hooks._DUE"}


@pytest.fixture
def plans(tmp_path: Path) -> dict[str, list[str]]:
    house, found = House(f"sqlite:///{tmp_path}/host.db", "town"), {}
    with house.database.read() as connection:
        cursor = connection.connection.cursor()
        for name, statement in QUESTIONS.items():
            sql, names, fixed = statement.on(connection.dialect)
            if sql.startswith(("SELECT", "UPDATE", "DELETE")):
                values = tuple(fixed.get(one, "[]") for one in names)
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
                found[name] = [row[3] for row in cursor.fetchall()]
    house.close()
    return found


def test_every_question_goes_by_a_key(plans: dict[str, list[str]]) -> None:
    assert len(plans) > 30
    for name, steps in plans.items():
        if name in WAITING:
            continue
        scans = [step for step in steps if step.startswith("SCAN") and "VIRTUAL" not in step]
        assert not scans, (name, steps)


def test_what_is_asked_about_an_object_starts_from_that_object(
    plans: dict[str, list[str]],
) -> None:
    for name in ("journal._EVENTS_OF", "journal._ADMITTED", "outcomes._OF"):
        assert plans[name][0].startswith("SEARCH objects"), (name, plans[name])
        assert "ix_journal_object" in plans[name][1], (name, plans[name])


def test_only_the_walk_through_the_whole_journal_goes_by_position(
    plans: dict[str, list[str]],
) -> None:
    by_position = {name for name, steps in plans.items() if "journal USING INTEGER" in steps[0]}
    assert by_position == WHOLE
