"""The first shape of a host's database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EVENTS = """
CREATE VIEW events AS
SELECT journal.tenant, journal.pos, chains.domain, chains.origin, chains.epoch, chains.stream,
       journal.seq, journal.head, journal.type, objects.subject, journal.time, journal.header,
       journal.payload
FROM journal
JOIN chains ON chains.id = journal.chain
JOIN objects ON objects.id = journal.object
"""


def _ids(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, ID, nullable=nullable) for name in names]


def _numbers(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, NUMBER, nullable=nullable) for name in names]


def _text(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _bytes(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)


def _key(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=f"pk_{table}")


def _link(table: str, columns: str, target: str, keys: str) -> sa.ForeignKeyConstraint:
    names = columns.split()
    there = [f"{target}.{key}" for key in keys.split()]
    return sa.ForeignKeyConstraint(names, there, name=f"fk_{table}_{'_'.join(names)}")


def _of_membership(table: str, key: str, *more: Any, rowid: bool = False) -> None:
    """A table whose rows belong to one membership, and within it have `key`."""
    inside = key.split()
    op.create_table(
        table,
        *_numbers("tenant"),
        *_ids("domain"),
        *more,
        _key(table, "tenant", "domain", *inside),
        _link(table, "tenant domain", "memberships", "tenant domain"),
        sqlite_with_rowid=rowid,
    )


def upgrade() -> None:
    """To this shape."""
    _hosts()
    _journal()
    _exchange()
    _directory()
    op.execute(EVENTS)


def _hosts() -> None:
    op.create_table(
        "tenants",
        *_numbers("id"),
        *_ids("node"),
        _text("name"),
        *_ids("level", "code", nullable=True),
        _key("tenants", "id"),
        sa.UniqueConstraint("node", name="uq_tenants_node"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "secrets",
        *_numbers("tenant"),
        *_ids("keyid"),
        _bytes("blob"),
        _key("secrets", "tenant", "keyid"),
        _link("secrets", "tenant", "tenants", "id"),
    )
    op.create_table(
        "memberships",
        *_numbers("tenant"),
        *_ids("domain"),
        _text("genesis", nullable=True),
        *_ids("parent", nullable=True),
        *_ids("epoch", "keyid"),
        *_numbers("fence"),
        _text("lineage"),
        _text("rotations"),
        *_ids("joined_at"),
        *_numbers("version"),
        _key("memberships", "tenant", "domain"),
        _link("memberships", "tenant", "tenants", "id"),
    )
    op.create_table(
        "settings",
        *_numbers("tenant"),
        *_ids("name"),
        _text("value"),
        _key("settings", "tenant", "name"),
    )
    op.create_table(
        "self_written",
        *_numbers("tenant"),
        *_ids("key"),
        _key("self_written", "tenant", "key"),
        _link("self_written", "tenant", "tenants", "id"),
    )


def _journal() -> None:
    op.create_table(
        "chains",
        *_numbers("id", "tenant"),
        *_ids("domain", "origin", "epoch", "stream"),
        *_numbers("seq"),
        *_ids("head"),
        _text("frozen", nullable=True),
        *_numbers("parked", "quarantined"),
        _key("chains", "id"),
        _link("chains", "tenant domain", "memberships", "tenant domain"),
        sqlite_autoincrement=True,
    )
    name = ["tenant", "domain", "origin", "epoch", "stream"]
    op.create_index("ix_chains_name", "chains", name, unique=True)
    op.create_table(
        "objects",
        *_numbers("id", "tenant"),
        *_ids("subject"),
        _key("objects", "id"),
        _link("objects", "tenant", "tenants", "id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_objects_subject", "objects", ["tenant", "subject"], unique=True)
    op.create_table(
        "journal",
        *_numbers("pos", "tenant", "chain", "seq"),
        *_ids("head", "type"),
        *_numbers("object"),
        *_ids("time"),
        _bytes("header"),
        _bytes("payload", nullable=True),
        _key("journal", "pos"),
        _link("journal", "chain", "chains", "id"),
        _link("journal", "object", "objects", "id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_journal_place", "journal", ["chain", "seq"], unique=True)
    op.create_index("ix_journal_object", "journal", ["object"])
    op.create_table(
        "seals",
        *_numbers("chain", "seq", "tenant"),
        _bytes("line"),
        *_ids("next_by"),
        _key("seals", "chain", "seq"),
        _link("seals", "chain", "chains", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outcomes",
        *_numbers("chain", "seq", "tenant"),
        *_ids("head", "code"),
        _key("outcomes", "chain", "seq"),
        _link("outcomes", "chain", "chains", "id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_outcomes_code", "outcomes", ["tenant", "code"])
    _of_membership("erasures", "head", *_ids("head"))


def _exchange() -> None:
    _of_membership(
        "spool",
        "peer n",
        *_ids("peer"),
        *_numbers("n"),
        *_numbers("chain", nullable=True),
        *_numbers("first", "last"),
        *_ids("signer"),
        *_ids("about", nullable=True),
        _link("spool", "chain", "chains", "id"),
    )
    op.create_index(
        "ix_spool_receipt",
        "spool",
        ["tenant", "domain", "peer", "signer", "about"],
        unique=True,
        sqlite_where=sa.text("about IS NOT NULL"),
        postgresql_where=sa.text("about IS NOT NULL"),
    )
    _of_membership("spool_ends", "peer", *_ids("peer"), *_numbers("n"))
    _of_membership(
        "links",
        "peer",
        *_ids("peer", "side"),
        sa.Column("due", sa.Float(), nullable=True),
        _text("record"),
        sa.CheckConstraint("side IN ('up', 'down')", name=op.f("ck_links_side")),
    )
    op.create_index("ix_links_due", "links", ["due"])
    _of_membership(
        "receipts",
        "origin signer",
        *_ids("origin", "signer", "epoch"),
        *_numbers("counter"),
        _bytes("line"),
    )
    _of_membership("owed", "origin", *_ids("origin"))


def _directory() -> None:
    _of_membership("members", "node", *_ids("node"), _text("row"), rowid=True)
    proof = (*_ids("node", "head", "type"), _text("record"))
    _of_membership("proofs", "node head", *proof, rowid=True)


def downgrade() -> None:
    """Back to nothing."""
    op.execute("DROP VIEW events")
    for table in (
        *("proofs", "members", "owed", "receipts", "links", "spool_ends", "spool", "erasures"),
        *("outcomes", "seals", "journal", "objects", "chains", "self_written", "settings"),
        *("memberships", "secrets", "tenants"),
    ):
        op.drop_table(table)
