"""Full-text search of matters: how a text is cut into words, and what finds them on each database.

Decides that every Han character is a word of its own and that what is looked for must stand there
as it is written: so two characters are found as two characters, on both engines alike. SQLite
searches by FTS5 (its trigrams would find nothing shorter than three characters), PostgreSQL by a
GIN index. Digits and Latin letters are found by their beginning.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from sqlalchemy import DDL, Select, event, false, func, select, text

from node.readmodel.tables import texts

MOST_WORDS: Final = 8
_PIECE: Final = re.compile(r"[a-z0-9]+|[^\x00-\x7f]")

_SQLITE: Final = (
    "CREATE VIRTUAL TABLE texts_fts USING fts5(text, content='texts', content_rowid='rowid')",
    "CREATE TRIGGER texts_added AFTER INSERT ON texts BEGIN "
    "INSERT INTO texts_fts(rowid, text) VALUES (new.rowid, new.text); END",
    "CREATE TRIGGER texts_gone AFTER DELETE ON texts BEGIN "
    "INSERT INTO texts_fts(texts_fts, rowid, text) VALUES ('delete', old.rowid, old.text); END",
    "CREATE TRIGGER texts_changed AFTER UPDATE ON texts BEGIN "
    "INSERT INTO texts_fts(texts_fts, rowid, text) VALUES ('delete', old.rowid, old.text); "
    "INSERT INTO texts_fts(rowid, text) VALUES (new.rowid, new.text); END",
)
_POSTGRES: Final = "CREATE INDEX ix_texts_words ON texts USING gin (to_tsvector('simple', text))"

for _statement in _SQLITE:
    event.listen(texts, "after_create", DDL(_statement).execute_if(dialect="sqlite"))
event.listen(
    texts, "before_drop", DDL("DROP TABLE IF EXISTS texts_fts").execute_if(dialect="sqlite")
)
event.listen(texts, "after_create", DDL(_POSTGRES).execute_if(dialect="postgresql"))


def pieces(said: str) -> list[str]:
    """A text's words: each character that isn't ASCII, each run of ASCII letters and digits."""
    plain = unicodedata.normalize("NFKC", said).lower()
    return [one for one in _PIECE.findall(plain) if one.isalnum()]


def spaced(said: str) -> str:
    """A text as it is kept: its words with spaces between."""
    return " ".join(pieces(said))


def matching(dialect: str, tenant: int, domain: str, said: str) -> Select[Any]:
    """The ids of what holds all that is looked for, each group between spaces as it is written."""
    groups = [found for one in said.split()[:MOST_WORDS] if (found := pieces(one))]
    asked = select(texts.c.id).where(texts.c.tenant == tenant, texts.c.domain == domain)
    if not groups:
        return asked.where(false())
    if dialect == "sqlite":
        query = " AND ".join(_phrase(one) for one in groups)
        inside = text("texts.rowid IN (SELECT rowid FROM texts_fts WHERE texts_fts MATCH :words)")
        return asked.where(inside.bindparams(words=query))
    query = " & ".join(f"({_following(one)})" for one in groups)
    words = func.to_tsvector(text("'simple'"), texts.c.text)
    return asked.where(words.op("@@")(func.to_tsquery(text("'simple'"), query)))


def _phrase(found: list[str]) -> str:
    return '"' + " ".join(found) + '"' + ("*" if found[-1].isascii() else "")


def _following(found: list[str]) -> str:
    last = f"'{found[-1]}'" + (":*" if found[-1].isascii() else "")
    return " <-> ".join([*(f"'{one}'" for one in found[:-1]), last])
