"""The second factor of people's coming in: secrets, locked, and recovery codes, hashed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """To this shape."""
    op.create_table(
        "second_factors",
        sa.Column("tenant", NUMBER, nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
        sa.Column("step", NUMBER, nullable=False),
        sa.Column("failures", NUMBER, nullable=False),
        sa.Column("locked", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "user", name="pk_second_factors"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_second_factors_tenant"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("tenant", NUMBER, nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("hash", ID, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "user", "hash", name="pk_recovery_codes"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_recovery_codes_tenant"),
    )


def downgrade() -> None:
    """Back to the shape before."""
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
