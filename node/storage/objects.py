"""The numbers by which a host knows objects: given in the order of appearance.

Decides nothing. A number means nothing outside of this database; it keeps what is written about
objects of one time side by side on few pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Any, Final

from sqlalchemy import ARRAY, Text, any_, bindparam, func, select

from node.storage.scope import Scope, Statement, adding, named
from node.storage.tables import objects
from schemas.strict import dump

_ADD: Final = Statement(adding(objects, "tenant", "subject"))
_NUMBERS: Final = select(objects.c.subject, objects.c.id).where(*named(objects.c.tenant))
_ASKED: Any = func.json_each(bindparam("subjects")).table_valued("value").c.value
# however many are asked for, one statement: SQLite takes them as JSON, PostgreSQL as an array
_FIND: Final = Statement(
    _NUMBERS.where(objects.c.subject.in_(select(_ASKED))),
    _NUMBERS.where(objects.c.subject == any_(bindparam("subjects", type_=ARRAY(Text)))),
)


class Objects(Scope):
    """The objects' part of a store."""

    fresh: Set[str] = frozenset()
    """objects that the latest call of `numbers` met for the first time"""

    def numbers(self, subjects: set[str]) -> dict[str, int]:
        """The numbers of objects; new ones get theirs."""
        found = self._known(subjects)
        new = sorted(subjects - found.keys())
        self.fresh = frozenset(new)
        if new:
            self._many(_ADD, [(self.tenant, subject) for subject in new])
            found |= self._known(new)
        return found

    def _known(self, subjects: Iterable[str]) -> dict[str, int]:
        asked = list(subjects)
        value = asked if self._dialect.name == "postgresql" else dump(asked).decode()
        return {row[0]: row[1] for row in self._all(_FIND, subjects=value)}
