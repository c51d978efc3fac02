"""To whom matters were given of late: what a supervisor is likely to choose again.

Reads a bounded number of rows by their key, however many are held. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, select

from node.readmodel.tables import assignments

LATEST: Final = 400  # assignments looked at; ids begin with their time
MOST: Final = 10


def leads_given(
    connection: Connection, tenant: int, domain: str, issuer: str, board: str
) -> list[str]:
    """The leads of the latest matters of a board that a node issued, newest first."""
    begin = f"assignment:{issuer}:"
    held = (assignments.c.tenant == tenant, assignments.c.domain == domain)
    asked = (
        select(assignments.c.assignee, assignments.c.board, assignments.c.kind, assignments.c.part)
        .where(*held, assignments.c.id >= begin, assignments.c.id < begin[:-1] + ";")
        .order_by(assignments.c.id.desc())
        .limit(LATEST)
    )
    return [
        row.assignee
        for row in connection.execute(asked)
        if row.board == board and row.kind == "lead" and not row.part
    ]


def leads_of(connection: Connection, tenant: int, matters: Sequence[str]) -> list[str]:
    """The units that lead these matters, each once, in the matters' order."""
    if not matters:
        return []
    asked = select(assignments.c.matter, assignments.c.assignee).where(
        assignments.c.tenant == tenant,
        assignments.c.matter.in_(list(matters[:MOST])),
        assignments.c.kind == "lead",
        assignments.c.part.is_(False),
    )
    found = {row.matter: row.assignee for row in connection.execute(asked)}
    return list(dict.fromkeys(found[one] for one in matters if one in found))
