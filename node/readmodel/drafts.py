"""Drafts and likely duplicates: records in, records out, and the questions of triage.

Decides nothing: node/domain folds and compares. Every question but that by receipt names its tenant
and domain; lights are computed on read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, case, delete, or_, select

from node.domain.commands.likeness import Item, plain
from node.domain.draft import DraftState, triage_clock, triage_light
from node.domain.reminders import wakes_at
from node.readmodel.rows import draft_row, likeness_row, read_draft, read_matter
from node.readmodel.scope import EVERYTHING, Sight
from node.readmodel.tables import assignments, drafts, likeness, matters
from node.storage.scope import Scope, Statement, named, putting
from node.storage.tables import alarms, tenants

MOST: Final = 500
ASKED: Final = 16  # bigrams by which candidates are found
CLOSEST: Final = 100  # candidates that are compared in full
WAITING: Final = ("LEAD", "DRAFT", "PROPOSED")

_DRAFT: Final = Statement(
    select(drafts.c.record).where(*named(drafts.c.tenant, drafts.c.domain, drafts.c.id))
)
_PUT: Final = putting(drafts, *drafts.c.keys())
_PUT_LIKENESS: Final = putting(likeness, *likeness.c.keys())
_PUT_ALARM: Final = putting(alarms, *alarms.c.keys())
_DROPS: Final = tuple(
    Statement(delete(table).where(*named(table.c.tenant, table.c.domain, table.c.id)))
    for table in (drafts, likeness)
)


class Drafts(Scope):
    """Reads and writes drafts' records."""

    def draft(self, id: str) -> DraftState | None:
        """The draft as it stands; None when none is held."""
        found = self._one(_DRAFT, id=id)
        return read_draft(bytes(found[0])) if found is not None else None

    def put(self, one: DraftState) -> None:
        """Replace a draft's rows. Only what still waits is compared with others."""
        for statement in _DROPS:
            self._run(statement, id=one.id)
        self._insert(_PUT, draft_row(self.tenant, self.domain, one))
        if one.due is not None:
            clock = triage_clock(one.due, one.taken_at)
            at = wakes_at([clock] if clock is not None else [])
            key = {"tenant": self.tenant, "domain": self.domain, "object": one.id}
            self._insert(_PUT_ALARM, key | {"at": at})
        if one.state in WAITING:
            title, content = one.word("title"), one.word("content") or one.word("situation")
            row = likeness_row(self.tenant, self.domain, one.id, title, content)
            self._insert(_PUT_LIKENESS, row)

    def _insert(self, statement: Statement, row: dict[str, Any]) -> None:
        self._many(statement, [tuple(row[name] for name in statement.on(self._dialect).names)])

    def drop(self, id: str) -> None:
        """Take a draft's rows away."""
        for statement in _DROPS:
            self._run(statement, id=id)


def list_drafts(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    *,
    state: str | None = None,
    source: str | None = None,
    board: str | None = None,
    submitter: str | None = None,
    after: str | None = None,
    limit: int = 100,
    sight: Sight = EVERYTHING,
    more: Sequence[Any] = (),
) -> list[dict[str, Any]]:
    """The queue by id, a keyset page, each with its triage clock's light; `more`: conditions."""
    hidden = ("tenant", "domain", "record", "track")
    columns = [column for column in drafts.c if column.name not in hidden]
    asked = select(*columns).where(*sight.drafts(tenant, domain), *more)
    wanted = ((drafts.c.state, state), (drafts.c.source, source), (drafts.c.board, board))
    for column, value in (*wanted, (drafts.c.submitter, submitter)):
        if value:
            asked = asked.where(column == value)
    if after:
        asked = asked.where(drafts.c.id > after)
    asked = asked.order_by(drafts.c.id).limit(min(max(limit, 1), MOST))
    rows = [dict(row._mapping) for row in connection.execute(asked)]
    return [row | {"light": triage_light(row["due"], row["taken_at"], now)} for row in rows]


def by_receipt(connection: Connection, number: str) -> list[dict[str, Any]]:
    """Drafts of any node of this host with this receipt number: id, track, node, domain."""
    asked = (
        select(drafts.c.id, drafts.c.track, drafts.c.domain, tenants.c.node)
        .join(tenants, tenants.c.id == drafts.c.tenant)
        .where(drafts.c.receipt == number)
    )
    return [dict(row._mapping) for row in connection.execute(asked)]


def last_receipt(connection: Connection, tenant: int, prefix: str) -> int:
    """The highest n of the receipt numbers `prefix`n of a node, 0 for none."""
    asked = select(drafts.c.receipt).where(
        drafts.c.tenant == tenant, drafts.c.receipt.like(f"{prefix}%")
    )
    return max((int(row[0][len(prefix) :]) for row in connection.execute(asked)), default=0)


def candidates(connection: Connection, tenant: int, domain: str, mine: Item) -> list[Item]:
    """What is held that shares most bigrams with `mine`: a hundred items at most, in full.

    Reads every line of `likeness` of the domain once, in the database: time grows with their
    number.
    """
    pairs = _telling(mine)
    if not pairs:
        return []
    shared = sum(
        (case((likeness.c.text.contains(pair, autoescape=True), 1), else_=0) for pair in pairs[1:]),
        start=case((likeness.c.text.contains(pairs[0], autoescape=True), 1), else_=0),
    )
    asked = (
        select(likeness.c.id, shared.label("shared"))
        .where(likeness.c.tenant == tenant, likeness.c.domain == domain, likeness.c.id != mine.id)
        .where(shared >= max(1, len(pairs) // 4))
        .order_by(shared.desc(), likeness.c.id)
        .limit(CLOSEST)
    )
    ids = [row[0] for row in connection.execute(asked)]
    return _items(connection, tenant, domain, ids)


def _telling(mine: Item) -> list[str]:
    """At most 16 bigrams, evenly from the title and the content's beginning."""
    found = list[str]()
    for text, most in ((mine.title, ASKED // 2), (mine.content[:120], ASKED // 2)):
        known = plain(text)
        pairs = [known[at : at + 2] for at in range(len(known) - 1) if known[at : at + 2] in text]
        step = max(1, len(pairs) // most)
        found += pairs[::step][:most]
    return sorted(set(found))


def _items(connection: Connection, tenant: int, domain: str, ids: Sequence[str]) -> list[Item]:
    if not ids:
        return []
    units = dict[str, set[str]]()
    held = (assignments.c.tenant == tenant, assignments.c.domain == domain)
    leads = select(assignments.c.matter, assignments.c.assignee).where(
        *held, assignments.c.matter.in_(ids)
    )
    for matter, unit in connection.execute(leads):
        units.setdefault(matter, set()).add(unit)
    found = list[Item]()
    rows = select(matters.c.record, matters.c.state).where(
        matters.c.tenant == tenant, matters.c.domain == domain, matters.c.id.in_(ids)
    )
    for row in connection.execute(rows):
        one = read_matter(bytes(row.record))
        found.append(
            Item(
                one.id, one.title, one.content, one.region, tuple(sorted(units.get(one.id, ()))),
                one.registered_at, one.no, row.state,
            )
        )  # fmt: skip
    waiting = select(drafts.c.record).where(
        drafts.c.tenant == tenant, drafts.c.domain == domain, drafts.c.id.in_(ids)
    )
    return found + [item_of(read_draft(bytes(row[0]))) for row in connection.execute(waiting)]


def item_of(one: DraftState) -> Item:
    """A draft as it is compared."""
    units = tuple(sorted({name for name in (one.word("lead"), one.word("unit")) if name}))
    content = one.word("content") or one.word("situation")
    return Item(
        one.id, one.word("title"), content, one.word("region") or None, units, one.begun_at,
        one.receipt or "", one.state,
    )  # fmt: skip


def merged_drafts(connection: Connection, tenant: int, target: str) -> list[str]:
    """The drafts that became this matter, or were merged into this draft or matter."""
    asked = select(drafts.c.id).where(
        drafts.c.tenant == tenant, or_(drafts.c.into == target, drafts.c.matter == target)
    )
    return list(connection.execute(asked.order_by(drafts.c.id)).scalars())
