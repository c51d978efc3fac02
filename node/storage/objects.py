"""The numbers by which a host knows objects: given in the order of appearance.

Decides nothing. A number means nothing outside of this database; it keeps what is written about
objects of one time side by side on few pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Final

from sqlalchemy import select

from node.storage.scope import Scope, Statement, adding, among, named
from node.storage.tables import objects

_ADD: Final = Statement(adding(objects, "tenant", "subject"))
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
        if new:
            self._many(_ADD, [(self.tenant, subject) for subject in new])
            found |= self._known(new)
        return found

    def _known(self, subjects: Iterable[str]) -> dict[str, int]:
        return {row[0]: row[1] for row in self._among(_FIND, subjects)}
