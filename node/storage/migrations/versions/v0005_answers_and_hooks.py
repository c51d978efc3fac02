"""Answers kept for requests sent twice; webhooks and their outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, ID, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=False)


def _tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=f"fk_{table}_tenant")


def upgrade() -> None:
    """To this shape."""
    op.create_table(
        "answers",
        _number("tenant"),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        _id("digest"),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "user", "key", name="pk_answers"),
        _tenant("answers"),
    )
    op.create_table(
        "hooks",
        _number("tenant"),
        *[_id(name) for name in ("id", "domain")],
        sa.Column("address", sa.Text(), nullable=False),
        _id("kinds"),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("due", sa.Float(), nullable=False),
        _number("failures"),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_hooks"),
        _tenant("hooks"),
    )
    op.create_table(
        "posts",
        _number("n"),
        _number("tenant"),
        *[_id(name) for name in ("hook", "object")],
        sa.Column("body", sa.Text(), nullable=False),
        _number("attempts"),
        sa.Column("delivered", sa.Float(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("n", name="pk_posts"),
        _tenant("posts"),
        sa.ForeignKeyConstraint(
            ["tenant", "hook"], ["hooks.tenant", "hooks.id"], name="fk_posts_tenant_hook"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_posts_hook", "posts", ["tenant", "hook", "n"])


def downgrade() -> None:
    """Back to the shape before."""
    for table in ("posts", "hooks", "answers"):
        op.drop_table(table)
