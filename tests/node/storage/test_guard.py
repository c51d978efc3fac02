"""Row-level security on PostgreSQL: a tenant's transaction meets no row of another's."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, MetaData, Table, create_engine, func, select, text
from sqlalchemy.exc import ProgrammingError

from node.bootstrap import make_host
from node.config import Config
from node.readmodel import tables as readmodel
from node.storage import tables as storage
from node.storage.engine import Database
from node.storage.guard import OPEN, SETTING, bypasses
from tests.support.forms import FORM
from tests.support.onehost import OneHost
from tests.support.postgres import SUPERUSER, PostgresServer


@pytest.fixture
def one(tmp_path: Path, fresh_postgres: str) -> Iterator[OneHost]:
    made = OneHost(tmp_path, fresh_postgres, {"province": None, "city": "province"})
    made.given("province", "city")
    made.do("city", "matter.register", form=FORM)
    yield made
    made.close()


def tenants_in(connection: Connection, table: Table) -> set[int]:
    """Whose rows a question without any condition meets."""
    return set(connection.execute(select(table.c.tenant).distinct()).scalars())


def every_table() -> list[Table]:
    both: list[MetaData] = [storage.metadata, readmodel.matters.metadata]
    return [table for one in both for table in one.sorted_tables]


def test_every_table_has_its_rule_or_a_reason_why_not(one: OneHost) -> None:
    asked = text(
        "SELECT relname, relrowsecurity AND relforcerowsecurity AND EXISTS (SELECT FROM pg_policy "
        "WHERE polrelid = pg_class.oid) FROM pg_class WHERE relkind = 'r' AND relnamespace = "
        "current_schema()::regnamespace"
    )
    with one.host.database.read() as connection:
        found = {name: guarded for name, guarded in connection.execute(asked)}
    assert {table.name for table in every_table()} <= set(found)
    assert {name for name, guarded in found.items() if not guarded} == set(OPEN)


def test_a_tenants_transaction_meets_its_own_rows_and_no_others(one: OneHost) -> None:
    mine, database = one.places["city"].tenant.id, one.host.database
    met = set[str]()
    for table in every_table():
        if "tenant" not in table.c:
            continue
        with database.read() as connection:
            whole = tenants_in(connection, table)
        with database.read(mine) as connection:
            own = tenants_in(connection, table)
        assert own <= ({mine, 0} if table.name == "settings" else {mine}), table.name
        assert (mine in own) == (mine in whole), table.name
        if len(whole) > 1:
            met.add(table.name)
    assert {"journal", "chains", "matters", "assignments", "clocks", "memberships"} <= met
    seen = database.write(lambda live: tenants_in(live, readmodel.matters), mine)
    assert seen == {mine}


def test_without_a_word_for_whom_there_is_nothing(one: OneHost, fresh_postgres: str) -> None:
    engine = create_engine(fresh_postgres)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(storage.journal)).scalar() == 0
        connection.execute(text(f"SELECT set_config('{SETTING}', '*', true)"))
        assert connection.execute(select(func.count()).select_from(storage.journal)).scalar()
        connection.rollback()
        assert connection.execute(select(func.count()).select_from(storage.journal)).scalar() == 0
    engine.dispose()


def test_nobody_writes_into_anothers_rows(one: OneHost) -> None:
    mine, other = (one.places[name].tenant.id for name in ("city", "province"))
    database = one.host.database
    change = storage.chains.update().values(seq=99)
    taken = database.write(lambda live: live.execute(change).rowcount, mine)
    with database.read() as connection:
        hit = select(storage.chains.c.tenant).where(storage.chains.c.seq == 99)
        assert set(connection.execute(hit).scalars()) == {mine}
    assert taken > 0
    foreign = storage.owed.insert().values(tenant=other, domain="gov", origin="x")
    with pytest.raises(ProgrammingError, match="row-level security"):
        database.write(lambda live: live.execute(foreign), mine)


def test_a_superuser_is_warned_that_no_rule_holds_for_it(
    postgres_server: PostgresServer,
    fresh_postgres: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    database = Database(fresh_postgres)
    with database.read() as connection:
        assert bypasses(connection) is None
    database.close()
    url = fresh_postgres.replace("duban@", f"{SUPERUSER}@")
    with caplog.at_level(logging.WARNING):
        make_host(Config(data=tmp_path, database=url)).database.close()
    assert "row-level security does not hold: postgres is a superuser" in caplog.text
