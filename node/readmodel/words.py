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
    Select,
    SelectBase,
    and_,
    event,
    false,
    func,
    literal_column,
    or_,
    select,
    text,
    union,
)

from node.domain.matter import MatterState
from node.readmodel.rows import read_matter
from node.readmodel.tables import matters, texts

__all__ = ["MOST_WORDS", "index", "matching", "pieces", "said_of", "spaced", "texts", "waiting"]

MOST_WORDS: Final = 8
KEY: Final = ("tenant", "domain", "id")
_WAITING: Final = (
    select(literal_column("texts.rowid").label("rowid"), matters.c.record)
    .select_from(texts)
    .join(matters, and_(*(matters.c[name] == texts.c[name] for name in KEY)), isouter=True)
    .where(text("texts.words IS NULL"))
)
_PIECE: Final = re.compile(r"[a-z0-9]+|[^\x00-\x7f]")

_SQLITE: Final = (
    "CREATE VIRTUAL TABLE texts_fts USING fts5(words, content='texts', content_rowid='rowid')",
    "CREATE TRIGGER texts_gone AFTER DELETE ON texts WHEN old.words NOT NULL BEGIN "
    "INSERT INTO texts_fts(texts_fts, rowid, words) VALUES ('delete', old.rowid, old.words); END",
    "CREATE TRIGGER texts_changed AFTER UPDATE OF words ON texts WHEN old.words NOT NULL BEGIN "
    "INSERT INTO texts_fts(texts_fts, rowid, words) VALUES ('delete', old.rowid, old.words); END",
)
_POSTGRES: Final = "CREATE INDEX ix_texts_words ON texts USING gin (to_tsvector('simple', words))"

for _dialect, _when, _statements in (
    ("sqlite", "after_create", _SQLITE),
    ("sqlite", "before_drop", ("DROP TABLE IF EXISTS texts_fts",)),
    ("postgresql", "after_create", (_POSTGRES,)),
):
    for _statement in _statements:
        _made = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(texts, _when, _made.execute_if(dialect=_dialect))


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
    groups = [found for one in said.split()[:MOST_WORDS] if (found := pieces(one))]
    asked = select(texts.c.id).where(texts.c.tenant == tenant, texts.c.domain == domain)
    if not groups:
        return asked.where(false())
    if dialect == "sqlite":
        query = " AND ".join(_phrase(one) for one in groups)
        inside = text("texts.rowid IN (SELECT rowid FROM texts_fts WHERE texts_fts MATCH :words)")
        return union(
            asked.where(inside.bindparams(words=query)), _waiting_with(tenant, domain, said)
        )
    query = " & ".join(f"({_following(one)})" for one in groups)
    words = func.to_tsvector(text("'simple'"), texts.c.words)
    return asked.where(words.op("@@")(func.to_tsquery(text("'simple'"), query)))


def _waiting_with(tenant: int, domain: str, said: str) -> Select[Any]:
    """Those not indexed yet whose number or title holds all that is looked for."""
    stands = [
        or_(*(matters.c[name].contains(one, autoescape=True) for name in ("no", "title")))
        for one in said.split()[:MOST_WORDS]
    ]
    return (
        select(texts.c.id)
        .join(matters, and_(*(matters.c[name] == texts.c[name] for name in KEY)))
        .where(texts.c.tenant == tenant, texts.c.domain == domain)
        .where(text("texts.words IS NULL"), *stands)
    )


def said_of(one: MatterState) -> str:
    """What a matter is found by."""
    return f"{one.no}\n{one.title}\n{one.content}"


def waiting(connection: Connection) -> bool:
    """Whether a text waits for the index. Never on PostgreSQL, whose index fills by itself."""
    if connection.dialect.name != "sqlite":
        return False
    return connection.execute(_WAITING.limit(1)).first() is not None


def index(connection: Connection, most: int) -> int:
    """Put at most so many texts into SQLite's index; how many."""
    rows = connection.execute(_WAITING.limit(most))
    found = [
        (row.rowid, spaced(said_of(read_matter(bytes(row.record)))) if row.record else "")
        for row in rows
    ]
    cursor = connection.connection.cursor()
    cursor.executemany("INSERT INTO texts_fts(rowid, words) VALUES (?, ?)", found)
    done = [(words, rowid) for rowid, words in found]
    cursor.executemany("UPDATE texts SET words = ? WHERE rowid = ?", done)
    return len(found)


def _phrase(found: list[str]) -> str:
    return '"' + " ".join(found) + '"' + ("*" if found[-1].isascii() else "")


def _following(found: list[str]) -> str:
    last = f"'{found[-1]}'" + (":*" if found[-1].isascii() else "")
    return " <-> ".join([*(f"'{one}'" for one in found[:-1]), last])
