"""The numbers by which a host knows objects: given in the order of appearance.

Decides nothing. A number means nothing outside of this database; it keeps what is written about
objects of one time side by side on few pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Final

from sqlalchemy import bindparam, insert, select

from node.storage.scope import Scope, Statement, among, elements, named
from node.storage.tables import objects

_ADD: Final = Statement(
    *(
        insert(objects)
        .from_select(["tenant", "subject"], select(bindparam("tenant"), each))
        .returning(objects.c.subject, objects.c.id)
        for each in elements("among")
    )
)
_FIND: Final = among(
    select(objects.c.subject, objects.c.id).where(*named(objects.c.tenant)), objects.c.subject
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
        return found | {row[0]: row[1] for row in self._among(_ADD, new)}

    def _known(self, subjects: Iterable[str]) -> dict[str, int]:
        return {row[0]: row[1] for row in self._among(_FIND, subjects)}
