"""Reminders: when to look again, what was said to whom, their addresses, and the outbox."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _id(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, ID, nullable=nullable)


def _number(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, nullable=nullable)


def _text(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=f"fk_{table}_tenant")


def _notice(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["notices.n"], name=f"fk_{table}_{column}")


def upgrade() -> None:
    """To this shape; what runs already is looked at from its first threshold on."""
    op.create_table(
        "alarms",
        _number("tenant"),
        *[_id(name) for name in ("domain", "assignment")],
        _id("at", nullable=True),
        sa.PrimaryKeyConstraint("tenant", "domain", "assignment", name="pk_alarms"),
        sa.ForeignKeyConstraint(
            ["tenant", "domain"],
            ["memberships.tenant", "memberships.domain"],
            name="fk_alarms_tenant_domain",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_alarms_at", "alarms", ["at"])
    op.create_table(
        "notices",
        *[_number(name) for name in ("n", "tenant")],
        *[_id(name) for name in ("key", "domain", "kind", "object", "clock", "after")],
        _number("minutes"),
        *[_id(name) for name in ("to", "due", "at", "made_at")],
        _number("count"),
        sa.PrimaryKeyConstraint("n", name="pk_notices"),
        _tenant("notices"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_key", "notices", ["tenant", "key"], unique=True)
    op.create_index("ix_notices_object", "notices", ["tenant", "object"])
    op.create_table(
        "letters",
        _number("tenant"),
        _text("user"),
        _number("n"),
        _id("read_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant", "user", "n", name="pk_letters"),
        _tenant("letters"),
        _notice("letters", "n"),
    )
    op.create_index("ix_letters_unread", "letters", ["tenant", "user", "read_at"])
    op.create_table(
        "contacts",
        _number("tenant"),
        _text("user"),
        *[_text(name, nullable=True) for name in ("email", "phone", "chat")],
        sa.PrimaryKeyConstraint("tenant", "user", name="pk_contacts"),
        _tenant("contacts"),
    )
    _deliveries()
    _begin()


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        *[_number(name) for name in ("n", "tenant")],
        _id("id"),
        _text("user"),
        _id("channel"),
        _text("address"),
        _number("notice", nullable=True),
        _text("text", nullable=True),
        _id("made_at"),
        sa.Column("begun", sa.Float(), nullable=False),
        _id("state"),
        sa.Column("due", sa.Float(), nullable=False),
        _number("attempts"),
        sa.Column("delivered", sa.Float(), nullable=True),
        _text("last_error", nullable=True),
        sa.PrimaryKeyConstraint("n", name="pk_deliveries"),
        _tenant("deliveries"),
        _notice("deliveries", "notice"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_id", "deliveries", ["tenant", "id"], unique=True)
    op.create_index("ix_deliveries_due", "deliveries", ["state", "due"])


def _begin() -> None:
    """An alarm for each assignment whose clocks the read model shows; a later one sets itself."""
    tables = sa.inspect(op.get_bind()).get_table_names()
    if "clocks" in tables and "tenants" in tables:
        op.execute(
            "INSERT INTO alarms (tenant, domain, assignment, at) "
            "SELECT c.tenant, c.domain, c.assignment, MIN(c.yellow) FROM clocks AS c "
            "WHERE c.open AND c.yellow IS NOT NULL GROUP BY c.tenant, c.domain, c.assignment"
        )


def downgrade() -> None:
    """Back to the shape before."""
    for table in ("deliveries", "contacts", "letters", "notices", "alarms"):
        op.drop_table(table)
