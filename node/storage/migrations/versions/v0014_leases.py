"""Which worker process is at which link, where several work on one database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """To this shape."""
    op.create_table(
        "leases",
        sa.Column("tenant", NUMBER, nullable=False),
        *[sa.Column(name, ID, nullable=False) for name in ("domain", "peer", "holder")],
        sa.Column("until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "domain", "peer", name="pk_leases"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_leases_tenant"),
    )


def downgrade() -> None:
    """Back: no worker is at anything."""
    op.drop_table("leases")
