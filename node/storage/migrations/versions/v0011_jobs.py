"""Work in the background: imports and bulletins, with what was handed in and what came of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """To this shape."""
    op.create_table(
        "jobs",
        sa.Column("tenant", NUMBER, nullable=False),
        *[sa.Column(name, ID, nullable=False) for name in ("id", "domain")],
        sa.Column("user", sa.Text(), nullable=False),
        *[sa.Column(name, ID, nullable=False) for name in ("role", "kind", "object", "state")],
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("step", ID, nullable=False),
        *[sa.Column(name, NUMBER, nullable=False) for name in ("done", "total")],
        *[sa.Column(name, sa.Float(), nullable=False) for name in ("made", "lease", "ended")],
        *[
            sa.Column(name, sa.LargeBinary(), nullable=True)
            for name in ("input", "result", "output")
        ],
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("name", "type")],
        sa.Column("rows", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_jobs"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_jobs_tenant"),
    )
    op.create_index("ix_jobs_state", "jobs", ["state", "made"])


def downgrade() -> None:
    """Back to the shape before."""
    op.drop_table("jobs")
