"""Attachments: what events name, how it stands with each side, and bytes in chunks."""

from __future__ import annotations

import json
import re
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HASH = re.compile(r"[0-9a-f]{64}\Z")


def _ids(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, ID, nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, NUMBER, nullable=False) for name in names]


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _key(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=f"pk_{table}")


def _in_membership(table: str) -> sa.ForeignKeyConstraint:
    there = ["memberships.tenant", "memberships.domain"]
    return sa.ForeignKeyConstraint(["tenant", "domain"], there, name=f"fk_{table}_tenant_domain")


def upgrade() -> None:
    """Make the tables, and find what events name that are held already."""
    _make_names()
    _make_sources()
    _make_blobs()
    _find_names()


def _make_names() -> None:
    op.create_table(
        "attachment_names",
        *_numbers("tenant"),
        *_ids("domain", "sha256"),
        *_numbers("chain", "seq", "size"),
        *_texts("name", "type"),
        _key("attachment_names", "tenant", "domain", "sha256", "chain", "seq"),
        sa.ForeignKeyConstraint(["chain"], ["chains.id"], name="fk_attachment_names_chain"),
        _in_membership("attachment_names"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_attachment_names_event", "attachment_names", ["chain", "seq"])


def _make_sources() -> None:
    op.create_table(
        "attachment_sources",
        *_numbers("tenant"),
        *_ids("domain", "sha256", "source", "state"),
        *_numbers("size"),
        *_ids("since"),
        *_texts("reason"),
        *_numbers("tries"),
        *_texts("name"),
        _key("attachment_sources", "tenant", "domain", "sha256", "source"),
        _in_membership("attachment_sources"),
        sqlite_with_rowid=False,
    )
    state = ["tenant", "domain", "source", "state", "since"]
    op.create_index("ix_attachment_sources_state", "attachment_sources", state)


def _make_blobs() -> None:
    op.create_table(
        "blobs",
        *_numbers("id", "tenant"),
        *_ids("sha256", "source"),
        *_numbers("size", "received"),
        *_ids("type"),
        _key("blobs", "id"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_blobs_tenant"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_blobs_name", "blobs", ["tenant", "sha256", "source"], unique=True)
    op.create_table(
        "blob_chunks",
        *_numbers("blob", "n"),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        _key("blob_chunks", "blob", "n"),
        sa.ForeignKeyConstraint(["blob"], ["blobs.id"], name="fk_blob_chunks_blob"),
    )


def _find_names() -> None:
    connection, after = op.get_bind(), 0
    ask = sa.text(
        "SELECT pos, tenant, domain, origin, epoch, stream, seq, payload FROM events"
        " WHERE pos > :after AND payload IS NOT NULL ORDER BY pos LIMIT 1000"
    )
    put = sa.text(
        "INSERT INTO attachment_names (tenant, domain, sha256, chain, seq, size, name, type)"
        " SELECT :tenant, :domain, :sha256, id, :seq, :size, :name, :type FROM chains"
        " WHERE tenant = :tenant AND domain = :domain AND origin = :origin AND epoch = :epoch"
        " AND stream = :stream ON CONFLICT DO NOTHING"
    )
    while rows := connection.execute(ask, {"after": after}).mappings().all():
        after = rows[-1]["pos"]
        for row in rows:
            for found in _named(bytes(row["payload"])):
                place = {name: row[name] for name in row if name not in ("pos", "payload")}
                connection.execute(put, place | found)


def _named(payload: bytes) -> list[dict[str, Any]]:
    if b'"attachments"' not in payload:
        return []
    try:
        listed = json.loads(payload)["data"].get("attachments")
    except (ValueError, KeyError, AttributeError, TypeError):
        return []
    found = []
    for one in listed[:50] if isinstance(listed, list) else ():
        members = one if isinstance(one, dict) else {}
        hash, size = members.get("sha256"), members.get("size")
        name, kind = members.get("name"), members.get("type")
        formed = isinstance(hash, str) and HASH.match(hash) and isinstance(size, int) and size > 0
        if formed and isinstance(name, str) and isinstance(kind, str):
            found.append({"sha256": hash, "size": size, "name": name, "type": kind})
    return found


def downgrade() -> None:
    """Without attachments' bytes."""
    for table in ("blob_chunks", "blobs", "attachment_sources", "attachment_names"):
        op.drop_table(table)
