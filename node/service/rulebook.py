"""Which calendar and which policy a node issues by, and those that an assignment names.

The latest that it holds: its own policies before the root's, the nearest region's calendar, and
where nothing is published the library's calendar and `default/1`. Decides nothing of the domain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from federation.ids import calendar_id, ledger_id
from node.domain.calendar import DEFAULT_POLICY, Calendar, Policy
from node.domain.ledgers import DEFAULTS
from node.domain.rulebook import best, calendar_of, enclosing, policy_of
from node.readmodel.rulebook import Rulebook
from node.storage.store import SqlStore


class Rules:
    """The rules of one node in one domain, in one transaction; what was read is remembered."""

    def __init__(self, store: SqlStore, root: str, code: str | None, library: Calendar) -> None:
        self.book = Rulebook(store.connection, store.tenant, store.domain)
        self.owners = tuple(dict.fromkeys((store.node, root)))
        self.root = root
        self._library = library
        self._ids = [calendar_id(root, region) for region in enclosing(code)]
        self._calendar: Calendar | None = None
        self._policies = dict[tuple[str, str, str], Policy]()
        self._ledgers = dict[str, Mapping[str, Any]]()
        self._campaigns = dict[str, Mapping[str, Any] | None]()

    def calendar(self) -> Calendar:
        """The calendar by which the node issues now."""
        if self._calendar is None:
            data = self.book.first(self._ids)
            self._calendar = calendar_of(data) if data is not None else self._library
        return self._calendar

    def policy(self, board: str, grade: str, at: str) -> Policy:
        """The policy by which the node issues a matter of this board and grade, as of an instant.

        For a new matter that is now; for what was given before, when it was given (rule 14).
        """
        key = board, grade, at
        if key not in self._policies:
            found = None
            for owner in self.owners:
                found = found or best(self.book.policies(owner, at), board, grade)
            self._policies[key] = policy_of(found) if found else DEFAULT_POLICY
        return self._policies[key]

    def ledger(self, board: str) -> Mapping[str, Any]:
        """The definition of a board's ledger: the root's last, else the product's."""
        if board not in self._ledgers:
            published = self.book.one(ledger_id(self.root, board)) if self.root else None
            self._ledgers[board] = published or DEFAULTS.get(board, DEFAULTS["daily"])
        return self._ledgers[board]

    def campaign(self, id: str) -> Mapping[str, Any] | None:
        """The last version of a campaign; None: not held."""
        if id not in self._campaigns:
            self._campaigns[id] = self.book.one(id)
        return self._campaigns[id]

    def calendar_named(self, version: str) -> Calendar | None:
        """The calendar that an assignment names; None: not held."""
        if version == self._library.version:
            return self._library
        data = self.book.named(self.root, "calendar", version)
        return calendar_of(data) if data is not None else None

    def policy_named(self, version: str) -> Policy | None:
        """The policy that an assignment of this node's names; None: not held."""
        return _named(self.book, self.owners, version)


def policy_of_assignment(store: SqlStore, version: str) -> Policy:
    """The policy that one of this node's assignments names; the product's where it isn't held."""
    book = Rulebook(store.connection, store.tenant, store.domain)
    owners = (store.node, store.roster().root)
    return _named(book, owners, version) or DEFAULT_POLICY


def _named(book: Rulebook, owners: Sequence[str], version: str) -> Policy | None:
    if version == DEFAULT_POLICY.version:
        return DEFAULT_POLICY
    for owner in dict.fromkeys(owners):
        data = book.named(owner, "policy", version)
        if data is not None:
            return policy_of(data)
    return None
