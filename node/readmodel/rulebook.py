"""Calendars and policies as the read models hold them: by version, and those for new matters.

Reads only, within one tenant and domain. Decides nothing: node/domain/rulebook.py says what fits.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select

from node.domain.instants import order, reached
from node.readmodel.tables import rules
from node.storage.scope import Statement, execute, named

ORDER = (rules.c.id, rules.c.number)
# asked for with each assignment that is given, and with each report that is judged
_RECORD: Final = select(rules.c.record).where(*named(rules.c.tenant, rules.c.domain))
_LAST: Final = Statement(_RECORD.where(*named(rules.c.id), rules.c.last))
_VERSION: Final = Statement(_RECORD.where(*named(rules.c.id, rules.c.version)))
_NAMED: Final = Statement(_RECORD.where(*named(rules.c.kind, rules.c.owner, rules.c.version)))
_OF: Final = Statement(
    select(rules.c.id, rules.c.at, rules.c.ended_at, rules.c.record).where(
        *named(rules.c.tenant, rules.c.domain, rules.c.kind, rules.c.owner)
    )
)


class Rulebook:
    """What is published in one domain, as one node holds it."""

    def __init__(self, connection: Connection, tenant: int, domain: str) -> None:
        self._connection = connection
        self._scope = {"tenant": tenant, "domain": domain}
        self._mine = (rules.c.tenant == tenant, rules.c.domain == domain)

    def listed(self, kind: str) -> list[dict[str, Any]]:
        """Every version of every calendar, policy or score table, without its content."""
        columns = [one for one in rules.c if one.name not in ("tenant", "domain", "record")]
        asked = select(*columns).where(*self._mine, rules.c.kind == kind).order_by(*ORDER)
        return [dict(row._mapping) for row in self._connection.execute(asked)]

    def versions(self, id: str) -> list[str]:
        """The versions of one calendar or policy, in the order of publication."""
        asked = select(rules.c.version).where(*self._mine, rules.c.id == id).order_by(*ORDER)
        return list(self._connection.execute(asked).scalars())

    def standing(self, id: str) -> bool:
        """Whether a version of it is given to new matters."""
        asked = select(rules.c.version).where(*self._mine, rules.c.id == id, rules.c.last)
        return self._connection.execute(asked).first() is not None

    def one(self, id: str, version: str | None = None) -> dict[str, Any] | None:
        """What one version says; None named: the one for new matters. None: not held."""
        if version is None:
            return self._first(_LAST, id=id)
        return self._first(_VERSION, id=id, version=version)

    def first(self, ids: Iterable[str]) -> dict[str, Any] | None:
        """Of several calendars the first that is held: what its version for new matters says."""
        wanted = list(ids)
        asked = select(rules.c.id, rules.c.number).where(
            *self._mine, rules.c.id.in_(wanted), rules.c.last
        )
        held = {row.id for row in self._connection.execute(asked)}
        nearest = next((id for id in wanted if id in held), None)
        return self.one(nearest) if nearest is not None else None

    def policies(self, owner: str, at: str) -> list[dict[str, Any]]:
        """What one publisher's policies in force at an instant say, the latest publication last."""
        return self.in_force("policy", owner, at)

    def in_force(self, kind: str, owner: str, at: str) -> list[dict[str, Any]]:
        """What one publisher's rules of a kind say that are in force at an instant, in order."""
        held = [
            (order(begun), id, record)
            for id, begun, ended, record in execute(
                self._connection, _OF, **self._scope, kind=kind, owner=owner
            ).fetchall()
            if reached(begun, at) and (ended is None or not reached(ended, at))
        ]
        held.sort(key=lambda row: row[:2])
        return [_read(record) for _, _, record in held]

    def named(self, owner: str, kind: str, version: str) -> dict[str, Any] | None:
        """What a publisher's version of this name says; None: not held."""
        return self._first(_NAMED, kind=kind, owner=owner, version=version)

    def _first(self, asked: Statement, **values: Any) -> dict[str, Any] | None:
        row = execute(self._connection, asked, **self._scope, **values).fetchone()
        return _read(row[0]) if row is not None else None


def _read(record: bytes) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(bytes(record))
    return found
