"""What a user may see: one predicate for lists, counts, search, exports, links and cache keys.

Decides which rows of the read models are in a user's sight; never which route or command a role
has (node/api/routes.py, node/domain/permissions.py). An enterprise user sees what it submitted to
this node, and of matters those that came of it; the three administrators see no business content;
all others see all that the node holds in the domain.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec
from sqlalchemy import false, select

from node.readmodel.tables import assignments, clocks, drafts, matters

ADMINISTRATORS: Final = ("admin", "security", "auditor")
BUSINESS: Final = ("registrar", "supervisor", "head", "handler", "leader")
ROLES: Final = (*BUSINESS, "enterprise", *ADMINISTRATORS)

Extent = Literal["all", "submitted", "nothing"]


class Sight(msgspec.Struct, frozen=True):
    """How far somebody sees. `user` counts only where `extent` is `submitted`."""

    extent: Extent = "all"
    user: str = ""

    def drafts(self, tenant: int, domain: str) -> tuple[Any, ...]:
        """The conditions under which a row of `drafts` is in sight."""
        mine = (drafts.c.tenant == tenant, drafts.c.domain == domain)
        if self.extent == "submitted":
            return (*mine, drafts.c.source == "enterprise", drafts.c.submitter == self.user)
        return mine if self.extent == "all" else (*mine, false())

    def matters(self, tenant: int, domain: str) -> tuple[Any, ...]:
        """The conditions under which a row of `matters` is in sight."""
        mine = (matters.c.tenant == tenant, matters.c.domain == domain)
        if self.extent == "submitted":
            came = select(drafts.c.matter).where(*self.drafts(tenant, domain))
            return (*mine, matters.c.id.in_(came))
        return mine if self.extent == "all" else (*mine, false())

    def assignments(self, tenant: int, domain: str) -> tuple[Any, ...]:
        """The conditions under which a row of `assignments` is in sight."""
        mine = (assignments.c.tenant == tenant, assignments.c.domain == domain)
        if self.extent == "all":
            return mine
        seen = select(matters.c.id).where(*self.matters(tenant, domain))
        return (*mine, assignments.c.matter.in_(seen))

    def clocks(self, tenant: int, domain: str) -> tuple[Any, ...]:
        """The conditions under which a row of `clocks` is in sight."""
        mine = (clocks.c.tenant == tenant, clocks.c.domain == domain)
        if self.extent == "all":
            return mine
        seen = select(assignments.c.id).where(*self.assignments(tenant, domain))
        return (*mine, clocks.c.assignment.in_(seen))


EVERYTHING: Final = Sight()


def sight_of(user: str, role: str) -> Sight:
    """How far a user sees in one role; an unknown role sees nothing."""
    if role in BUSINESS:
        return EVERYTHING
    return Sight("submitted", user) if role == "enterprise" else Sight("nothing")
