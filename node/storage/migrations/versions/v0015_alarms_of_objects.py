"""What an alarm is about is an assignment or a draft: an object."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this shape."""
    op.execute("ALTER TABLE alarms RENAME COLUMN assignment TO object")


def downgrade() -> None:
    """Back to the shape before."""
    op.execute("DELETE FROM alarms WHERE object LIKE 'draft:%'")
    op.execute("ALTER TABLE alarms RENAME COLUMN object TO assignment")
