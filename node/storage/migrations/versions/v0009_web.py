"""How people come in by the pages: passwords, sessions; their saved views and what they read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, ID, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _seconds(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Float(), nullable=False)


def _tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=f"fk_{table}_tenant")


def upgrade() -> None:
    """To this shape."""
    op.create_table(
        "logins",
        _number("tenant"),
        _text("user"),
        _text("hash"),
        sa.Column("profile", sa.Text(), nullable=True),
        _seconds("changed"),
        _number("failures"),
        _seconds("locked"),
        sa.PrimaryKeyConstraint("tenant", "user", name="pk_logins"),
        _tenant("logins"),
    )
    op.create_table(
        "web_sessions",
        _id("id"),
        _number("tenant"),
        _text("user"),
        *[_id(name) for name in ("account", "kind")],
        *[_seconds(name) for name in ("made", "seen", "ends")],
        sa.PrimaryKeyConstraint("id", name="pk_web_sessions"),
        _tenant("web_sessions"),
    )
    op.create_index("ix_web_sessions_user", "web_sessions", ["tenant", "user"])
    op.create_table(
        "web_views",
        _number("tenant"),
        *[_text(name) for name in ("user", "name", "query")],
        sa.PrimaryKeyConstraint("tenant", "user", "name", name="pk_web_views"),
        _tenant("web_views"),
    )


def downgrade() -> None:
    """Back to the shape before."""
    for table in ("web_views", "web_sessions", "logins"):
        op.drop_table(table)
