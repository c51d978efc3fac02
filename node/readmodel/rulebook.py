"""Calendars and policies as the read models hold them: by version, and those for new matters.

Reads only, within one tenant and domain. Decides nothing: node/domain/rulebook.py says what fits.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, select

from node.domain.instants import order, reached
from node.readmodel.tables import rules

ORDER = (rules.c.id, rules.c.number)


class Rulebook:
    """What is published in one domain, as one node holds it."""

    def __init__(self, connection: Connection, tenant: int, domain: str) -> None:
        self._connection = connection
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
        asked = select(rules.c.record).where(*self._mine, rules.c.id == id)
        asked = asked.where(rules.c.last if version is None else rules.c.version == version)
        return self._first(asked)

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
        asked = select(rules.c.id, rules.c.at, rules.c.ended_at, rules.c.record).where(
            *self._mine, rules.c.kind == kind, rules.c.owner == owner
        )
        held = [
            row
            for row in self._connection.execute(asked)
            if reached(row.at, at) and (row.ended_at is None or not reached(row.ended_at, at))
        ]
        held.sort(key=lambda row: (order(row.at), row.id))
        return [_read(row.record) for row in held]

    def named(self, owner: str, kind: str, version: str) -> dict[str, Any] | None:
        """What a publisher's version of this name says; None: not held."""
        asked = select(rules.c.record).where(
            *self._mine, rules.c.kind == kind, rules.c.owner == owner, rules.c.version == version
        )
        return self._first(asked)

    def _first(self, asked: Select[Any]) -> dict[str, Any] | None:
        row = self._connection.execute(asked).first()
        return _read(row.record) if row is not None else None


def _read(record: bytes) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(bytes(record))
    return found
