"""What a user may see: one predicate for lists, counts, search, exports, links and cache keys.

Decides which rows of the read models are in a user's sight; never which route or command a role
has (node/api/routes.py, node/domain/permissions.py). An enterprise user sees what it submitted to
this node and the assignments of that; the three administrators see no business content; all others
see all that the node holds in the domain.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec
from sqlalchemy import false, select

from node.readmodel.tables import assignments, matters

ADMINISTRATORS: Final = ("admin", "security", "auditor")
BUSINESS: Final = ("registrar", "supervisor", "head", "handler", "leader")
ROLES: Final = (*BUSINESS, "enterprise", *ADMINISTRATORS)

Extent = Literal["all", "submitted", "nothing"]


class Sight(msgspec.Struct, frozen=True):
    """How far somebody sees. `user` and `node` count only where `extent` is `submitted`."""

    extent: Extent = "all"
    node: str = ""
    user: str = ""

    def matters(self, tenant: int, domain: str) -> tuple[Any, ...]:
        """The conditions under which a row of `matters` is in sight."""
        mine = (matters.c.tenant == tenant, matters.c.domain == domain)
        return (*mine, *self._more())

    def assignments(self, tenant: int, domain: str) -> tuple[Any, ...]:
        """The conditions under which a row of `assignments` is in sight."""
        mine = (assignments.c.tenant == tenant, assignments.c.domain == domain)
        if self.extent == "all":
            return mine
        seen = select(matters.c.id).where(*self.matters(tenant, domain))
        return (*mine, assignments.c.matter.in_(seen))

    def _more(self) -> tuple[Any, ...]:
        if self.extent == "all":
            return ()
        if self.extent == "nothing":
            return (false(),)
        return (matters.c.registrar == self.node, matters.c.submitter == self.user)


EVERYTHING: Final = Sight()


def sight_of(node: str, user: str, role: str) -> Sight:
    """How far a user of `node` sees in one role; an unknown role sees nothing."""
    if role in BUSINESS:
        return EVERYTHING
    return Sight("submitted", node, user) if role == "enterprise" else Sight("nothing")
