"""The steps that make a host's database, on both engines, against the tables that the code uses."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, insert, inspect, text

from node.readmodel.tables import metadata as read_models
from node.storage import migrate
from node.storage.engine import open_engine
from node.storage.guard import enter
from node.storage.tables import metadata

ROOT = Path(__file__).parents[2]


def test_what_the_steps_make_is_what_the_code_expects(database_url: str) -> None:
    migrate.upgrade(database_url)
    engine = open_engine(database_url, writes=False)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": _ours}
        )
        assert compare_metadata(context, metadata) == []
        assert "events" in inspect(connection).get_view_names()
    engine.dispose()


def _ours(name: str | None, kind: str, parents: object) -> bool:
    return kind != "table" or name in metadata.tables


def _made(path: Path) -> dict[str, str]:
    engine = create_engine(f"sqlite:///{path}")
    asked = "SELECT name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'view'"
    with engine.connect() as connection:
        rows = connection.execute(text(asked)).all()
    engine.dispose()
    return {
        name: " ".join(sorted(re.split(r"[\s,()]+", sql)))
        for name, table, sql in rows
        if table in metadata.tables
    }


def test_on_sqlite_both_ways_of_making_them_give_the_same_tables(tmp_path: Path) -> None:
    migrate.upgrade(f"sqlite:///{tmp_path}/steps.db")
    engine = open_engine(f"sqlite:///{tmp_path}/code.db", writes=True)
    with engine.begin() as connection:
        metadata.create_all(connection)
    engine.dispose()
    assert _made(tmp_path / "steps.db") == _made(tmp_path / "code.db")


def test_a_second_upgrade_changes_nothing_and_the_revision_is_known(database_url: str) -> None:
    assert migrate.current(database_url) is None
    migrate.upgrade(database_url)
    migrate.upgrade(database_url)
    assert migrate.current(database_url) == migrate.newest() is not None


def test_every_step_can_be_undone_one_by_one(database_url: str) -> None:
    migrate.upgrade(database_url)
    migrate.downgrade(database_url, "base")
    assert migrate.current(database_url) is None
    migrate.upgrade(database_url)


def test_what_runs_already_when_reminders_come_gets_its_alarms(database_url: str) -> None:
    migrate.upgrade(database_url)
    migrate.downgrade(database_url, "0010-1")
    engine = open_engine(database_url, writes=True)
    place = {"tenant": 1, "domain": "gov@x"}
    clock = {"kind": "k1", "open": True, "provisional": False, "day": 0, "days": 0}
    clock |= {"stage": "k1", "standing": "counts", "board": "daily", "assignee": "n", "unit": "n"}
    made = [
        place | clock | {"assignment": id, "kind": kind, "yellow": yellow, "open": runs}
        for id, kind, yellow, runs in (
            ("a", "k1", "2026-11-25T04:00:00Z", True),
            ("a", "k3", "2026-11-24T04:00:00Z", True),
            ("b", "k1", "2026-11-25T04:00:00Z", False),
        )
    ]
    with engine.begin() as connection:
        enter(connection, None)
        connection.execute(text("INSERT INTO tenants (id, node, name) VALUES (1, 'n', 'n')"))
        member = {"epoch": "e", "keyid": "k", "lineage": "", "rotations": "", "joined_at": ""}
        row = place | member | {"fence": 0, "version": 1}
        connection.execute(insert(metadata.tables["memberships"]).values(row))
        read_models.create_all(connection)
        connection.execute(insert(read_models.tables["clocks"]), made)
    migrate.upgrade(database_url)
    with engine.begin() as connection:
        enter(connection, None)
        found = connection.execute(text("SELECT object, at FROM alarms")).all()
        read_models.drop_all(connection)
    engine.dispose()
    assert [tuple(row) for row in found] == [("a", "2026-11-24T04:00:00Z")]


def test_the_steps_form_one_line() -> None:
    steps = ScriptDirectory(str(migrate.SCRIPTS))
    assert len(steps.get_heads()) == 1
    assert [one.revision for one in steps.walk_revisions()][-1] == "0001"


def test_the_steps_are_found_from_any_folder_as_an_installed_package(tmp_path: Path) -> None:
    scripts = files("node.storage") / "migrations"
    assert (scripts / "script.py.mako").is_file()
    assert (scripts / "env.py").is_file()
    code = "import sys; from node.storage.migrate import upgrade; upgrade(sys.argv[1])"
    subprocess.run(
        [sys.executable, "-c", code, f"sqlite:///{tmp_path}/host.db"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=60,
    )
    assert migrate.current(f"sqlite:///{tmp_path}/host.db") == migrate.newest()


def test_processes_that_start_together_make_the_tables_once(database_url: str) -> None:
    code = "import sys; from node.storage.migrate import upgrade; upgrade(sys.argv[1])"
    others = [
        subprocess.Popen([sys.executable, "-c", code, database_url], cwd=ROOT) for _ in range(3)
    ]
    assert [other.wait(60) for other in others] == [0, 0, 0]
    assert migrate.current(database_url) == migrate.newest()
