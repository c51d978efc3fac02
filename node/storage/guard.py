"""Row-level security on PostgreSQL: a transaction sees the rows of the tenant that it is for.

Decides which rows a transaction may see and write, below whatever the queries ask for: those of one
tenant, or of every one where the work is the host's. Without a word for whom it is, none. SQLite
has no such thing: there the queries alone decide. Never decides which user sees what
(node/readmodel/scope.py). Follows docs/adr/0064.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, MetaData, Table, inspect

SETTING: Final = "duban.tenant"
EVERY: Final = "*"
HOST: Final = 0
POLICY: Final = "tenant"
_TOLD: Final = f"(SELECT current_setting('{SETTING}', true))"
_MAY: Final = f"{_TOLD} = '{EVERY}' OR tenant = (SELECT NULLIF(NULLIF({_TOLD}, '*'), '')::bigint)"
# a tenant's transaction reads the host's own settings too
_MORE: Final = {"settings": f" OR tenant = {HOST}"}
# rows without a tenant of their own: whose they are stands in the table that they belong to
_PARTS: Final = {
    "blob_chunks": "EXISTS (SELECT FROM blobs WHERE blobs.id = blob)",
}
OPEN: Final = {
    "tenants": "which nodes live here is no secret among them, and every request asks for it",
    "matters_fts": "an index; what is found by it is read from `matters`",
    "alembic_version": "the shape of the tables",
}
"""tables without a policy, and why"""


def said(tenant: int | None) -> str:
    """The setting's value for a tenant's transaction; None: for one of the host."""
    return EVERY if tenant is None else str(tenant)


def enter(connection: Connection, tenant: int | None) -> None:
    """Say for whom the transaction is, until it ends; on SQLite nothing."""
    if connection.dialect.name == "postgresql":
        statement = f"SELECT set_config('{SETTING}', %s, true)"
        connection.exec_driver_sql(statement, (said(tenant),))


def protect(connection: Connection, tables: MetaData) -> None:
    """Give each of these tables that is there and has none its policy, for its owner too."""
    if connection.dialect.name != "postgresql":
        return
    there = set(inspect(connection).get_table_names())
    for table in tables.sorted_tables:
        rule = _rule(table)
        if rule and table.name in there and not _guarded(connection, table.name):
            for statement in (
                f'ALTER TABLE "{table.name}" ENABLE ROW LEVEL SECURITY',
                f'ALTER TABLE "{table.name}" FORCE ROW LEVEL SECURITY',
                f'CREATE POLICY {POLICY} ON "{table.name}" USING ({rule})',
            ):
                connection.exec_driver_sql(statement)


def _rule(table: Table) -> str:
    if "tenant" in table.c:
        return _MAY + _MORE.get(table.name, "")
    return _PARTS.get(table.name, "")


def _guarded(connection: Connection, name: str) -> bool:
    asked = "SELECT relrowsecurity FROM pg_class WHERE oid = %s::regclass"
    return bool(connection.exec_driver_sql(asked, (f'"{name}"',)).scalar())


def bypasses(connection: Connection) -> str | None:
    """Why the database's user sees every row whatever the policies say; None: it doesn't."""
    if connection.dialect.name != "postgresql":
        return None
    asked = "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    row: Any = connection.exec_driver_sql(asked).one()
    return f"{row[0]} is a superuser or has BYPASSRLS" if row[1] else None
