"""The read models' tables: matters, assignments and their clocks, one row each, under its tenant.

States shapes only. `record` holds the folded state as JSON; the columns beside it are for questions
(lists, counts, lights) and follow from it. Nothing here is truth: service/rebuild.py makes it anew.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Boolean, Column, Index, LargeBinary, MetaData, Table, Text, text

from node.storage.tables import NAMING, Id, Number

metadata: Final = MetaData(naming_convention=NAMING)


def _id(name: str, **options: Any) -> Column[Any]:
    return Column(name, Id, **{"nullable": False} | options)


def _key() -> list[Column[Any]]:
    return [
        Column("tenant", Number, primary_key=True),
        _id("domain", primary_key=True),
        _id("id", primary_key=True),
    ]


matters: Final = Table(
    "matters",
    metadata,
    *_key(),
    _id("no"),
    Column("title", Text, nullable=False),
    _id("board"),
    _id("grade"),
    _id("registrar"),
    _id("own"),  # APPROVED, STRUCK, CANCELLED: what the registrar's own events say
    _id("state"),  # own, or OPEN or CLOSED as the assignments say
    _id("campaign", nullable=True),
    _id("class", nullable=True),
    _id("region", nullable=True),
    _id("registered_at"),
    _id("ended_at", nullable=True),
    # of its assignments' open clocks: from when one is yellow at least, from when one is red
    _id("yellow", nullable=True),
    _id("red", nullable=True),
    Column("units", Text, nullable=False),  # who has been given it, each once
    Column("share", Text, nullable=False),  # what it adds to `sums`
    Column("record", LargeBinary, nullable=False),
    # number, title and content cut into words, as the full-text index holds them (words.py); filled
    # when there is time, null till then, and never changed: no event changes what they are made of
    Column("words", Text, nullable=True),
    Index(
        "ix_matters_waiting",
        *("tenant", "domain"),
        sqlite_where=text("words IS NULL"),
        postgresql_where=text("words IS NULL"),
    ),
    Index("ix_matters_list", "tenant", "domain", "registered_at", "id"),
    Index(
        "ix_matters_lit",
        *("tenant", "domain", "registered_at", "id", "yellow", "red", "board"),
        sqlite_where=text("yellow IS NOT NULL"),
        postgresql_where=text("yellow IS NOT NULL"),
    ),
    Index("ix_matters_no", "tenant", "no", "domain", "id"),
    Index("ix_matters_state", "tenant", "domain", "state", "registered_at", "id"),
    Index("ix_matters_board", "tenant", "domain", "board", "id"),
    Index(
        "ix_matters_campaign",
        *("tenant", "domain", "campaign", "class"),
        sqlite_where=text("campaign IS NOT NULL"),
        postgresql_where=text("campaign IS NOT NULL"),
    ),
)

ASKING: Final = "asks <> ''"
"""of an assignment: an application waits for its answer; said so, its partial index is used"""

assignments: Final = Table(
    "assignments",
    metadata,
    *_key(),
    _id("matter"),
    _id("no"),
    Column("title", Text, nullable=False),
    _id("board"),
    _id("grade"),
    _id("kind"),
    _id("parent", nullable=True),
    Column("part", Boolean, nullable=False),
    _id("issuer"),
    _id("assignee"),
    _id("state"),
    Column("struck", Boolean, nullable=False),
    _id("t0"),
    _id("ended_at", nullable=True),  # cleared, relieved or cancelled; None while it goes on
    _id("campaign", nullable=True),
    _id("class", nullable=True),
    _id("asks"),  # what waits for its issuer or registrar: extension, plan, pause, refusal
    Column("valued", Boolean, nullable=False),  # whether it leads and has reported values
    # of its open clocks: from when one is yellow at least, from when one is red; null: none is open
    _id("yellow", nullable=True),
    _id("red", nullable=True),
    Column("share", Text, nullable=False),  # what it adds to `sums`
    Column("record", LargeBinary, nullable=False),
    Index("ix_assignments_list", "tenant", "domain", "t0", "id"),
    Index(
        "ix_assignments_lit",
        *("tenant", "domain", "red", "id", "yellow", "state", "issuer", "assignee"),
        sqlite_where=text("yellow IS NOT NULL"),
        postgresql_where=text("yellow IS NOT NULL"),
    ),
    Index(
        "ix_assignments_asking",
        *("tenant", "domain", "issuer", "state", "id"),
        sqlite_where=text(ASKING),
        postgresql_where=text(ASKING),
    ),
    Index("ix_assignments_matter", "tenant", "matter", "domain", "id"),
    Index("ix_assignments_assignee", "tenant", "domain", "assignee", "state", "id"),
    Index("ix_assignments_issuer", "tenant", "domain", "issuer", "state", "id"),
    Index(
        "ix_assignments_parent",
        *("tenant", "parent", "domain", "id"),
        sqlite_where=text("parent IS NOT NULL"),
        postgresql_where=text("parent IS NOT NULL"),
    ),
)

# Clocks, and beside them what else is counted of an assignment: its applications for clearance
# (stage ka) and reopenings (kr). See node/domain/evaluation/counting.py.
clocks: Final = Table(
    "clocks",
    metadata,
    Column("tenant", Number, primary_key=True),
    _id("assignment", primary_key=True),
    _id("kind", primary_key=True),
    _id("domain"),
    _id("due", nullable=True),  # null: of a reopening, and while nobody has stated it
    _id("stopped_at", nullable=True),
    _id("verdict", nullable=True),
    Column("open", Boolean, nullable=False),
    _id("yellow", nullable=True),  # the instant from which it is yellow, while open
    Column("provisional", Boolean, nullable=False),
    _id("stage"),
    _id("standing"),  # counts, paused, void or apart
    _id("board"),
    _id("assignee"),
    _id("unit"),  # on whom it is counted: of a review the issuer, else the assignee
    _id("first", nullable=True),  # as first promised, once an extension moved it
    _id("first_verdict", nullable=True),
    Column("day", Number, nullable=False),  # ordinal of the date from which it is late, or 0
    Column("days", Number, nullable=False),  # days late, once that is settled
    _id("word", nullable=True),  # returned, or the mark; reopened, complained
    _id("asked", nullable=True),  # when clearance was applied for
    Index("ix_clocks_open", "tenant", "open", "kind", "due"),
    Index("ix_clocks_due", "tenant", "domain", "due"),
)
Index(
    "ix_clocks_first", clocks.c.tenant, clocks.c.domain, clocks.c.first,
    sqlite_where=clocks.c.first.is_not(None), postgresql_where=clocks.c.first.is_not(None),
)  # fmt: skip
Index(
    "ix_clocks_turns", clocks.c.tenant, clocks.c.domain, clocks.c.stopped_at,
    sqlite_where=clocks.c.word.is_not(None), postgresql_where=clocks.c.word.is_not(None),
)  # fmt: skip

# How many there are of each word (sums.py) among all that the units at `top` and below it have been
# given; `top` empty: of all. `month`: in which the instant lies from which it counts (`2026-11`, of
# UTC), empty where it does at once.
sums: Final = Table(
    "sums",
    metadata,
    Column("tenant", Number, primary_key=True),
    _id("domain", primary_key=True),
    _id("top", primary_key=True),
    _id("board", primary_key=True),  # of matters; else empty
    _id("word", primary_key=True),
    _id("month", primary_key=True),
    Column("n", Number, nullable=False),
    sqlite_with_rowid=False,
)  # fmt: skip

# The same by instant, of words that have one: of a month that isn't over, these are added up.
moments: Final = Table(
    "moments",
    metadata,
    Column("tenant", Number, primary_key=True),
    _id("domain", primary_key=True),
    _id("top", primary_key=True),
    _id("at", primary_key=True),
    _id("word", primary_key=True),
    _id("board", primary_key=True),
    Column("n", Number, nullable=False),
    sqlite_with_rowid=False,
)  # fmt: skip

# Under whom each unit's work is summed up: the unit itself, and all above it as the roster says.
lines: Final = Table(
    "lines",
    metadata,
    Column("tenant", Number, primary_key=True),
    _id("domain", primary_key=True),
    _id("top", primary_key=True),
    _id("unit", primary_key=True),
    Index("ix_lines_unit", "tenant", "domain", "unit"),
    sqlite_with_rowid=False,
)

# What counts of each matter's ledger: one row per field that has a value.
ledger: Final = Table(
    "ledger",
    metadata,
    Column("tenant", Number, primary_key=True),
    _id("domain", primary_key=True),
    _id("matter", primary_key=True),
    _id("field", primary_key=True),
    _id("value"),  # as events hold it
    Column("number", Number, nullable=True),  # of smallest units, where it is such a number
    Index("ix_ledger_number", "tenant", "domain", "field", "number"),
    Index("ix_ledger_value", "tenant", "domain", "field", "value"),
)

rules: Final = Table(
    "rules",
    metadata,
    *_key(),  # of the calendar, the policy or the score table
    _id("version", primary_key=True),
    Column("number", Number, nullable=False),  # 1, 2, … in the order of publication
    Column("last", Boolean, nullable=False),  # whether it is the one for new matters: not ended
    _id("kind"),  # calendar, policy or score
    _id("owner"),
    _id("at"),
    _id("ended_at", nullable=True),
    _id("head"),
    Column("record", LargeBinary, nullable=False),
)

users: Final = Table(
    "users",
    metadata,
    Column("tenant", Number, primary_key=True),
    _id("token", primary_key=True),  # SHA-256 of the token, hex
    Column("user", Text, nullable=False),
    _id("role"),
    Column("revoked", Boolean, nullable=False),
    Index("ix_users_token", "token"),
)

acts: Final = Table(
    "acts",
    metadata,
    Column("tenant", Number, primary_key=True),
    _id("id", primary_key=True),  # time, epoch and seq of its event: sorts as it happened
    _id("time"),
    Column("user", Text, nullable=False),
    _id("role"),
    _id("act"),
    _id("object"),
    _id("outcome"),
    Column("count", Number, nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_acts_user", "tenant", "user", "id"),
    Index("ix_acts_object", "tenant", "object", "id"),
)

drafts: Final = Table(
    "drafts",
    metadata,
    *_key(),
    _id("state"),
    _id("source"),
    Column("submitter", Text, nullable=False),
    _id("receipt", nullable=True),
    Column("track", Text, nullable=True),  # hash of the tracking code
    Column("title", Text, nullable=False),
    _id("board", nullable=True),
    _id("grade", nullable=True),
    _id("region", nullable=True),
    _id("begun_at"),
    _id("due", nullable=True),  # of triage, exclusive
    _id("taken_at", nullable=True),
    _id("verdict", nullable=True),
    _id("into", nullable=True),  # what it was merged into
    _id("matter", nullable=True),  # what it became
    _id("score", nullable=True),  # the applicant's, 1 to 5
    _id("rated_at", nullable=True),
    Column("record", LargeBinary, nullable=False),
    Index("ix_drafts_queue", "tenant", "domain", "state", "id"),
    Index("ix_drafts_receipt", "receipt"),
    Index("ix_drafts_matter", "tenant", "matter"),
)

# What is compared when duplicates are looked for: narrow, so that reading all of it costs little.
likeness: Final = Table(
    "likeness",
    metadata,
    *_key(),
    Column("text", Text, nullable=False),  # title and the content's beginning, one line each
)
