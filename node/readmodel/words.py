"""Full-text search of matters: how a text is cut into words, and what finds them on each database.

Decides that every Han character is a word of its own and that what is looked for must stand there
as it is written: so two characters are found as two characters, on both engines alike. SQLite
searches by FTS5 (its trigrams would find nothing shorter than three characters), PostgreSQL by a
GIN index. Digits and Latin letters are found by their beginning. FTS5 costs more than all else
that a matter costs a hop, so its index is filled afterwards (`index`, by the worker, when there is
time); what waits for it is found by its number and title.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from sqlalchemy import (
    DDL,
    Connection,
    Integer,
    Select,
    SelectBase,
    bindparam,
    event,
    false,
    literal_column,
    or_,
    select,
    text,
    union,
    union_all,
    update,
)

from node.domain.matter import MatterState
from node.readmodel.rows import read_matter
from node.readmodel.tables import matters

__all__ = [
    "MOST_WORDS",
    "frequent",
    "holding",
    "index",
    "matching",
    "matters",
    "pieces",
    "said_of",
    "spaced",
    "waiting",
]

MOST_WORDS: Final = 8
KEY: Final = ("tenant", "domain", "id")
_WAITING: Final = select(*(matters.c[name] for name in KEY), matters.c.record).where(
    text("words IS NULL")
)
_SAID: Final = (
    update(matters)
    .where(*(matters.c[name] == bindparam(f"its_{name}") for name in KEY))
    .values(words=bindparam("said"))
)
_INDEXED: Final = text(
    "INSERT INTO matters_fts(rowid, words) SELECT rowid, :said FROM matters "
    "WHERE tenant = :its_tenant AND domain = :its_domain AND id = :its_id"
)
_COUNTED: Final = text(
    "SELECT count(*) FROM (SELECT 1 FROM matters_fts WHERE matters_fts MATCH :words LIMIT :most)"
)
_ROWID: Final[Any] = literal_column("matters.rowid", Integer)
_PIECE: Final = re.compile(r"[a-z0-9]+|[^\x00-\x7f]")

_SQLITE: Final = (
    "CREATE VIRTUAL TABLE matters_fts USING fts5(words, content='matters', content_rowid='rowid')",
    "CREATE TRIGGER matters_gone AFTER DELETE ON matters WHEN old.words NOT NULL BEGIN "
    "INSERT INTO matters_fts(matters_fts, rowid, words) VALUES ('delete', old.rowid, old.words); "
    "END",
)
# on PostgreSQL a table of its own: rules about rows come before any search that isn't leakproof, so
# that `matters`, which has them, could be searched by no such index (node/storage/guard.py)
_POSTGRES: Final = (
    'CREATE TABLE matters_fts (tenant bigint, domain text COLLATE "C", id text COLLATE "C", '
    "words tsvector NOT NULL, PRIMARY KEY (tenant, domain, id), "
    "FOREIGN KEY (tenant, domain, id) REFERENCES matters (tenant, domain, id) ON DELETE CASCADE)",
    "CREATE INDEX ix_matters_fts_words ON matters_fts USING gin (words)",
)
_INDEXED_THERE: Final = text(
    "INSERT INTO matters_fts (tenant, domain, id, words) "
    "VALUES (:its_tenant, :its_domain, :its_id, to_tsvector('simple', :said)) "
    "ON CONFLICT (tenant, domain, id) DO UPDATE SET words = excluded.words"
)

for _dialect, _when, _statements in (
    ("sqlite", "after_create", _SQLITE),
    ("sqlite", "before_drop", ("DROP TABLE IF EXISTS matters_fts",)),
    ("postgresql", "after_create", _POSTGRES),
    ("postgresql", "before_drop", ("DROP TABLE IF EXISTS matters_fts",)),
):
    for _statement in _statements:
        _made = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(matters, _when, _made.execute_if(dialect=_dialect))


def pieces(said: str) -> list[str]:
    """A text's words: each character that isn't ASCII, each run of ASCII letters and digits."""
    return [
        one for one in _PIECE.findall(unicodedata.normalize("NFKC", said).lower()) if one.isalnum()
    ]


def spaced(said: str) -> str:
    """A text as the index holds it: its words with spaces between."""
    return " ".join(pieces(said))


def matching(dialect: str, tenant: int, domain: str, said: str) -> SelectBase:
    """The ids of what holds all that is looked for, each group between spaces as it is written."""
    groups = _groups(said)
    asked = select(matters.c.id).where(matters.c.tenant == tenant, matters.c.domain == domain)
    if not groups:
        return asked.where(false())
    waiting_too = _waiting_with(tenant, domain, said)
    if dialect == "sqlite":
        # whose they are is asked by whoever asks for rows: here it would bring all of the tenant's
        inside = text("rowid IN (SELECT rowid FROM matters_fts WHERE matters_fts MATCH :words)")
        told = inside.bindparams(words=_phrases(groups))
        return union(select(matters.c.id).where(told), waiting_too)
    query = " & ".join(f"({_following(one)})" for one in groups)
    there = text(
        "id IN (SELECT id FROM matters_fts WHERE tenant = :its_tenant AND domain = :its_domain "
        "AND words @@ to_tsquery('simple', :words))"
    )
    told = there.bindparams(its_tenant=tenant, its_domain=domain, words=query)
    return union(asked.where(told), waiting_too)


def frequent(connection: Connection, said: str, most: int) -> bool:
    """Whether more than `most` matters of the host are found; on SQLite."""
    groups = _groups(said)
    if not groups:
        return False
    found = connection.execute(_COUNTED, {"words": _phrases(groups), "most": most + 1})
    return int(found.scalar_one()) > most


def holding(tenant: int, domain: str, said: str) -> Any:
    """The same as `matching` for what is frequent on SQLite: a condition on rows that are walked.

    Nothing is looked up for what is found: 46,000 hits among a million cost 12 ms, not 150.
    """
    match = text("matters_fts MATCH :words").bindparams(words=_phrases(_groups(said)))
    told: Select[Any] = (
        select(literal_column("rowid")).select_from(text("matters_fts")).where(match)
    )
    too = _waiting_with(tenant, domain, said).with_only_columns(_ROWID).correlate(None)
    return _ROWID.in_(union_all(told, too))


def _groups(said: str) -> list[list[str]]:
    return [found for one in said.split()[:MOST_WORDS] if (found := pieces(one))]


def _waiting_with(tenant: int, domain: str, said: str) -> Select[Any]:
    """Those not indexed yet whose number or title holds all that is looked for."""
    stands = [
        or_(*(matters.c[name].contains(one, autoescape=True) for name in ("no", "title")))
        for one in said.split()[:MOST_WORDS]
    ]
    here = (matters.c.tenant == tenant, matters.c.domain == domain)
    return select(matters.c.id).where(*here, text("words IS NULL"), *stands)


def said_of(one: MatterState) -> str:
    """What a matter is found by."""
    return f"{one.no}\n{one.title}\n{one.content}"


def waiting(connection: Connection) -> bool:
    """Whether a matter waits for the index."""
    return connection.execute(_WAITING.limit(1)).first() is not None


def index(connection: Connection, most: int) -> int:
    """Put at most so many matters into the index; how many."""
    found = []
    for row in connection.execute(_WAITING.limit(most)):
        place = {f"its_{name}": getattr(row, name) for name in KEY}
        found.append(place | {"said": spaced(said_of(read_matter(bytes(row.record))))})
    if found:
        connection.execute(_SAID, found)
        indexed = _INDEXED if connection.dialect.name == "sqlite" else _INDEXED_THERE
        connection.execute(indexed, found)
    return len(found)


def _phrases(groups: list[list[str]]) -> str:
    return " AND ".join(_phrase(one) for one in groups)


def _phrase(found: list[str]) -> str:
    return '"' + " ".join(found) + '"' + ("*" if found[-1].isascii() else "")


def _following(found: list[str]) -> str:
    last = f"'{found[-1]}'" + (":*" if found[-1].isascii() else "")
    return " <-> ".join([*(f"'{one}'" for one in found[:-1]), last])
