"""The tables of a host's database: what is kept, row by row, each row under its tenant.

States shapes only; migrations/ makes them, and a test holds the two equal. The view `events`, for
independent readers, is made there too: tenant, pos, domain, origin, epoch, stream, seq, head, type,
subject, time, header, payload. Never a read model:
those have their own room. Follows docs/spec/03-seals-and-receipts.md, 05-exchange.md and
07-apply.md for what must outlast a crash.

Bulk decides two things here. The journal is one heap in the order of arrival, whoever wrote it,
under few indexes and none on a hash: at 500 events a run, an index on heads or on subjects costs
10 to 20 µs an event, a page written for each, and all else 12 µs. So an event stores the number of
its object, numbers are given in the order of appearance, and whoever looks for a head looks within
its chain or its object.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata: Final = MetaData(naming_convention=NAMING)

# ids, hashes and instants are ASCII: compared by their bytes on every engine
Id: Final[TypeEngine[str]] = Text().with_variant(Text(collation="C"), "postgresql")
Number: Final[TypeEngine[int]] = BigInteger().with_variant(Integer(), "sqlite")


def _id(name: str, *more: Any, **options: Any) -> Column[Any]:
    return Column(name, Id, *more, **{"nullable": False} | options)


def _number(name: str, *more: Any, **options: Any) -> Column[Any]:
    return Column(name, Number, *more, **{"nullable": False} | options)


def _tenant(**options: Any) -> Column[Any]:
    return _number("tenant", ForeignKey("tenants.id"), **options)


def _membership() -> list[Any]:
    """The columns that place a row in one membership of one tenant."""
    return [_number("tenant", primary_key=True), _id("domain", primary_key=True)]


def _in_membership() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant", "domain"], ["memberships.tenant", "memberships.domain"])


tenants: Final = Table(
    "tenants",
    metadata,
    _number("id", primary_key=True),
    _id("node", unique=True),
    Column("name", Text, nullable=False),
    _id("level", nullable=True),
    _id("code", nullable=True),
    sqlite_autoincrement=True,
)

secrets: Final = Table(
    "secrets",
    metadata,
    _tenant(primary_key=True),
    _id("keyid", primary_key=True),
    Column("blob", LargeBinary, nullable=False),
)

memberships: Final = Table(
    "memberships",
    metadata,
    _tenant(primary_key=True),
    _id("domain", primary_key=True),
    Column("genesis", Text),
    _id("parent", nullable=True),
    _id("epoch"),
    _id("keyid"),
    _number("fence"),
    Column("lineage", Text, nullable=False),
    Column("rotations", Text, nullable=False),
    _id("joined_at"),
    _number("version"),
)

# tenant 0 is the host itself
settings: Final = Table(
    "settings",
    metadata,
    _number("tenant", primary_key=True),
    _id("name", primary_key=True),
    Column("value", Text, nullable=False),
)

chains: Final = Table(
    "chains",
    metadata,
    _number("id", primary_key=True),
    _number("tenant"),
    _id("domain"),
    _id("origin"),
    _id("epoch"),
    _id("stream"),
    _number("seq"),
    _id("head"),
    Column("frozen", Text),
    _number("parked"),
    _number("quarantined"),
    Index("ix_chains_name", "tenant", "domain", "origin", "epoch", "stream", unique=True),
    _in_membership(),
    sqlite_autoincrement=True,
)

objects: Final = Table(
    "objects",
    metadata,
    _number("id", primary_key=True),
    _tenant(),
    _id("subject"),
    Index("ix_objects_subject", "tenant", "subject", unique=True),
    sqlite_autoincrement=True,
)

journal: Final = Table(
    "journal",
    metadata,
    _number("pos", primary_key=True),
    _number("tenant"),
    _number("chain", ForeignKey("chains.id")),
    _number("seq"),
    _id("head"),
    _id("type"),
    _number("object", ForeignKey("objects.id")),
    _id("time"),
    Column("header", LargeBinary, nullable=False),
    Column("payload", LargeBinary),
    Index("ix_journal_place", "chain", "seq", unique=True),
    Index("ix_journal_object", "object"),
    sqlite_autoincrement=True,
)

seals: Final = Table(
    "seals",
    metadata,
    _number("chain", ForeignKey("chains.id"), primary_key=True),
    _number("seq", primary_key=True),
    _number("tenant"),
    Column("line", LargeBinary, nullable=False),
    _id("next_by"),
    sqlite_with_rowid=False,
)

# only of events that are parked, void or quarantined; without a row an event counts as applied
outcomes: Final = Table(
    "outcomes",
    metadata,
    _number("chain", ForeignKey("chains.id"), primary_key=True),
    _number("seq", primary_key=True),
    _number("tenant"),
    _id("head"),
    _id("code"),
    Index("ix_outcomes_code", "tenant", "code"),
    sqlite_with_rowid=False,
)

erasures: Final = Table(
    "erasures",
    metadata,
    *_membership(),
    _id("head", primary_key=True),
    _in_membership(),
    sqlite_with_rowid=False,
)

spool: Final = Table(
    "spool",
    metadata,
    *_membership(),
    _id("peer", primary_key=True),
    _number("n", primary_key=True),
    _number("chain", ForeignKey("chains.id"), nullable=True),
    _number("first"),
    _number("last"),
    _id("signer"),
    _id("about", nullable=True),
    Index(
        "ix_spool_receipt",
        *("tenant", "domain", "peer", "signer", "about"),
        unique=True,
        sqlite_where=Column("about").is_not(None),
        postgresql_where=Column("about").is_not(None),
    ),
    _in_membership(),
    sqlite_with_rowid=False,
)

# the highest position ever given out; outlasts the positions themselves
spool_ends: Final = Table(
    "spool_ends",
    metadata,
    *_membership(),
    _id("peer", primary_key=True),
    _number("n"),
    _in_membership(),
    sqlite_with_rowid=False,
)

links: Final = Table(
    "links",
    metadata,
    *_membership(),
    _id("peer", primary_key=True),
    _id("side"),
    Column("due", Float),
    Column("record", Text, nullable=False),
    Index("ix_links_due", "due"),
    CheckConstraint("side IN ('up', 'down')", name="side"),
    _in_membership(),
    sqlite_with_rowid=False,
)

receipts: Final = Table(
    "receipts",
    metadata,
    *_membership(),
    _id("origin", primary_key=True),
    _id("signer", primary_key=True),
    _id("epoch"),
    _number("counter"),
    Column("line", LargeBinary, nullable=False),
    _in_membership(),
    sqlite_with_rowid=False,
)

owed: Final = Table(
    "owed",
    metadata,
    *_membership(),
    _id("origin", primary_key=True),
    _in_membership(),
    sqlite_with_rowid=False,
)

members: Final = Table(
    "members",
    metadata,
    *_membership(),
    _id("node", primary_key=True),
    Column("row", Text, nullable=False),
    _in_membership(),
)

proofs: Final = Table(
    "proofs",
    metadata,
    *_membership(),
    _id("node", primary_key=True),
    _id("head", primary_key=True),
    _id("type"),
    Column("record", Text, nullable=False),
    _in_membership(),
)

# what events name; an event whose payload was erased names nothing any longer
attachment_names: Final = Table(
    "attachment_names",
    metadata,
    *_membership(),
    _id("sha256", primary_key=True),
    _number("chain", ForeignKey("chains.id"), primary_key=True),
    _number("seq", primary_key=True),
    _number("size"),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Index("ix_attachment_names_event", "chain", "seq"),
    _in_membership(),
    sqlite_with_rowid=False,
)

# how it stands with an attachment from one side: a neighbour, or `user:…` who uploads it here
attachment_sources: Final = Table(
    "attachment_sources",
    metadata,
    *_membership(),
    _id("sha256", primary_key=True),
    _id("source", primary_key=True),
    _id("state"),
    _number("size"),
    _id("since"),
    Column("reason", Text, nullable=False),
    _number("tries"),
    Column("name", Text, nullable=False),
    Index("ix_attachment_sources_state", "tenant", "domain", "source", "state", "since"),
    _in_membership(),
    sqlite_with_rowid=False,
)

# source "" is what is whole and verified; every other is staged, and can't be read by anybody
blobs: Final = Table(
    "blobs",
    metadata,
    _number("id", primary_key=True),
    _tenant(),
    _id("sha256"),
    _id("source"),
    _number("size"),
    _number("received"),
    _id("type"),
    Index("ix_blobs_name", "tenant", "sha256", "source", unique=True),
    sqlite_autoincrement=True,
)

blob_chunks: Final = Table(
    "blob_chunks",
    metadata,
    _number("blob", ForeignKey("blobs.id"), primary_key=True),
    _number("n", primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

self_written: Final = Table(
    "self_written", metadata, _tenant(primary_key=True), _id("key", primary_key=True)
)

# what a write answered, so that the same request sent twice has one effect; locked
answers: Final = Table(
    "answers",
    metadata,
    _tenant(primary_key=True),
    Column("user", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    _id("digest"),
    Column("blob", LargeBinary, nullable=False),
    Column("at", Float, nullable=False),
)

hooks: Final = Table(
    "hooks",
    metadata,
    _tenant(primary_key=True),
    _id("id", primary_key=True),
    _id("domain"),
    Column("address", Text, nullable=False),
    _id("kinds"),
    Column("secret", LargeBinary, nullable=False),
    Column("due", Float, nullable=False),
    _number("failures"),
    Column("last_error", Text),
)

# the outbox of state changes; `delivered` is null until a subscriber took the message
posts: Final = Table(
    "posts",
    metadata,
    _number("n", primary_key=True),
    _tenant(),
    _id("hook"),
    _id("object"),
    Column("body", Text, nullable=False),
    _number("attempts"),
    Column("delivered", Float),
    Column("last_error", Text),
    Index("ix_posts_hook", "tenant", "hook", "n"),
    ForeignKeyConstraint(["tenant", "hook"], ["hooks.tenant", "hooks.id"]),
    sqlite_autoincrement=True,
)

# how people come in by the pages: what is kept of a password (argon2), and of tries in vain;
# `profile`: what a firm said of itself when it registered at the port, JSON
logins: Final = Table(
    "logins",
    metadata,
    _tenant(primary_key=True),
    Column("user", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("profile", Text),
    Column("changed", Float, nullable=False),
    _number("failures"),
    Column("locked", Float, nullable=False),
)

# the second factor of a user's coming in: its secret, locked; `since`: when it was confirmed, 0
# before; `step`: the last time step whose code was used
second_factors: Final = Table(
    "second_factors",
    metadata,
    _tenant(primary_key=True),
    Column("user", Text, primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    Column("since", Float, nullable=False),
    _number("step"),
    _number("failures"),
    Column("locked", Float, nullable=False),
)

# what opens once instead of a code; `hash`: SHA-256
recovery_codes: Final = Table(
    "recovery_codes",
    metadata,
    _tenant(primary_key=True),
    Column("user", Text, primary_key=True),
    _id("hash", primary_key=True),
)

# `id`: SHA-256 of the cookie's value; `account`: the id of the account that is at work
web_sessions: Final = Table(
    "web_sessions",
    metadata,
    _id("id", primary_key=True),
    _tenant(),
    Column("user", Text, nullable=False),
    _id("account"),
    _id("kind"),
    Column("made", Float, nullable=False),
    Column("seen", Float, nullable=False),
    Column("ends", Float, nullable=False),
    Index("ix_web_sessions_user", "tenant", "user"),
)

# a list's filters under a name of the user's own
web_views: Final = Table(
    "web_views",
    metadata,
    _tenant(primary_key=True),
    Column("user", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("query", Text, nullable=False),
)

# when the reminders of an assignment or a draft are to be looked at again; `at` null: none runs
alarms: Final = Table(
    "alarms",
    metadata,
    *_membership(),
    _id("object", primary_key=True),
    _id("at", nullable=True),
    Index("ix_alarms_at", "at"),
    _in_membership(),
    sqlite_with_rowid=False,
)

# what was said to people, once per key; of what the object is about nothing is kept here
notices: Final = Table(
    "notices",
    metadata,
    _number("n", primary_key=True),
    _tenant(),
    _id("key"),
    _id("domain"),
    _id("kind"),  # reminder, redated
    _id("object"),  # the assignment; of several the first
    _id("clock"),  # its kind, or ""
    _id("after"),  # of the rung: yellow or due; or ""
    _number("minutes"),
    _id("to"),
    _id("due"),  # due version, or the calendar's version
    _id("at"),  # business instant of the threshold
    _id("made_at"),
    _number("count"),
    Index("ix_notices_key", "tenant", "key", unique=True),
    Index("ix_notices_object", "tenant", "object"),
    sqlite_autoincrement=True,
)

letters: Final = Table(
    "letters",
    metadata,
    _tenant(primary_key=True),
    Column("user", Text, primary_key=True),
    _number("n", ForeignKey("notices.n"), primary_key=True),
    _id("read_at", nullable=True),
    Index("ix_letters_unread", "tenant", "user", "read_at"),
)

contacts: Final = Table(
    "contacts",
    metadata,
    _tenant(primary_key=True),
    Column("user", Text, primary_key=True),
    *[Column(name, Text) for name in ("email", "phone", "chat")],
)

# the outbox of messages, and the delivery log; `begun`, `due`, `delivered`: wire time, Unix seconds
deliveries: Final = Table(
    "deliveries",
    metadata,
    _number("n", primary_key=True),
    _tenant(),
    _id("id"),
    Column("user", Text, nullable=False),
    _id("channel"),  # email, sms, chat
    Column("address", Text, nullable=False),
    _number("notice", ForeignKey("notices.n"), nullable=True),
    Column("text", Text),  # of a digest; a notice is put into words when it goes
    _id("made_at"),
    Column("begun", Float, nullable=False),
    _id("state"),  # waiting, sent, refused, expired, moot, digest
    Column("due", Float, nullable=False),
    _number("attempts"),
    Column("delivered", Float),
    Column("last_error", Text),
    Index("ix_deliveries_id", "tenant", "id", unique=True),
    Index("ix_deliveries_due", "state", "due"),
    sqlite_autoincrement=True,
)

# work in the background: imports and bulletins; what was handed in and what came of it are locked
jobs: Final = Table(
    "jobs",
    metadata,
    _tenant(primary_key=True),
    _id("id", primary_key=True),
    _id("domain"),
    Column("user", Text, nullable=False),
    *[_id(name) for name in ("role", "kind", "object", "state")],
    Column("form", Text, nullable=False),
    *[_id("step"), _number("done"), _number("total")],
    *[Column(name, Float, nullable=False) for name in ("made", "lease", "ended")],
    *[Column(name, LargeBinary, nullable=True) for name in ("input", "result", "output")],
    *[Column("name", Text, nullable=False), Column("type", Text, nullable=False), _number("rows")],
    Index("ix_jobs_state", "state", "made"),
)

# which worker process is at a link or a subscriber; only where several work on one database
leases: Final = Table(
    "leases",
    metadata,
    _tenant(primary_key=True),
    _id("domain", primary_key=True),
    _id("peer", primary_key=True),
    _id("holder"),
    Column("until", Float, nullable=False),  # wire time, Unix seconds
)
