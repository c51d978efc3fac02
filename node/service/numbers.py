"""Document numbers: 机关代字〔year〕n号, given out by the registering node alone.

Decides the next number of a body and year: U+3014 and U+3015, no leading zero, the year by
Asia/Shanghai, one above the highest that was given out or is held of its own, so that numbers go on
where they were after a rebuild or an old backup. The letters are a setting of the node, or of the
node in one domain. Two domains that share letters share the sequence: unique per body and year.
"""

from __future__ import annotations

import re

from node.domain.commands import DomainRefused
from node.domain.instants import local_date
from node.readmodel.queries import has_number, last_number
from node.storage.engine import Connection
from node.storage.hosts import find_setting, put_setting
from node.storage.store import SqlStore

SHORT = "short-name"
DEFAULT = "督"
LETTERS = re.compile(r"[^\W\d_]{1,20}")


def set_letters(connection: Connection, tenant: int, letters: str, domain: str = "") -> None:
    """Let a node number with these letters (in one domain only, when it is named).

    Refuses `bad-input`.
    """
    if not LETTERS.fullmatch(letters):
        accepted = "1 to 20 letters or Chinese characters, as 晋政督"
        raise DomainRefused("bad-input", f"letters {letters!r}", accepted, "letters")
    put_setting(connection, f"{SHORT} {domain}".strip(), letters, tenant)


def letters_of(connection: Connection, tenant: int, domain: str) -> str:
    """The letters that a node numbers with in a domain."""
    own = find_setting(connection, f"{SHORT} {domain}", tenant)
    return own or find_setting(connection, SHORT, tenant) or DEFAULT


class Numbers:
    """The numbers given out in one transaction."""

    def __init__(self, store: SqlStore, domain: str, now: str) -> None:
        self._connection, self._tenant, node = store.connection, store.tenant, store.node
        letters = letters_of(self._connection, self._tenant, domain)
        self._prefix = f"{letters}〔{local_date(now).year}〕"
        kept = find_setting(self._connection, self._setting, self._tenant)
        self._last = int(kept or 0)
        if kept is None or has_number(self._connection, self._tenant, node, self._no(1)):
            held = last_number(self._connection, self._tenant, node, self._prefix)
            self._last = max(self._last, held)

    @property
    def _setting(self) -> str:
        return f"number {self._prefix}"

    def _no(self, further: int) -> str:
        return f"{self._prefix}{self._last + further}号"

    def next(self) -> str:
        """The next one."""
        found = self._no(1)
        self._last += 1
        return found

    def keep(self) -> None:
        """Remember the last one given out: the transaction's end."""
        put_setting(self._connection, self._setting, str(self._last), self._tenant)
