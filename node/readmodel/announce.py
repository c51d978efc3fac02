"""Which changes of state the node's subscribers hear of: written beside the rows that changed.

Decides what is told: the state of a matter or an assignment before and after its rows were
replaced, whoever caused it (a command here, a peer's event, a judgement anew), as one message per
subscription, in the same transaction. Never says what the object is about: subscribers ask for
that with a token of their own. Follows docs/api.md, "Webhooks".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import select

from node.readmodel.tables import assignments, matters
from node.storage.hooks import put_posts
from node.storage.scope import Scope, Statement, named
from node.storage.tables import hooks

_HOOKS: Final = Statement(
    select(hooks.c.id, hooks.c.kinds).where(*named(hooks.c.tenant, hooks.c.domain))
)
_TABLES: Final = (("matter", matters), ("assignment", assignments))
_STATES: Final = {
    kind: Statement(select(table.c.state).where(*named(table.c.tenant, table.c.domain, table.c.id)))
    for kind, table in _TABLES
}
States = dict[tuple[str, str], str | None]


class Announcer(Scope):
    """Tells a node's subscribers in one domain, unless it is `silent`."""

    silent = False

    @contextmanager
    def watching(self, found: Iterable[tuple[str, str]]) -> Iterator[None]:
        """Let the block change these objects (each: kind, id); tell what became of their states."""
        told = [] if self.silent else self._all(_HOOKS)
        if not told:
            yield
            return
        wanted = sorted(set(found))
        before = self._states(wanted)
        yield
        after = self._states(wanted)
        changed = [one for one in wanted if before[one] != after[one]]
        made = [
            (str(hook), id, self._body(kind, id, before[kind, id], after[kind, id]))
            for kind, id in changed
            for hook, kinds in told
            if kind in kinds.split()
        ]
        put_posts(self.connection, self.tenant, made)

    def _states(self, wanted: Iterable[tuple[str, str]]) -> States:
        found: States = {}
        for kind, id in wanted:
            row = self._one(_STATES[kind], id=id)
            found[kind, id] = str(row[0]) if row is not None else None
        return found

    def _body(self, kind: str, id: str, was: str | None, now: str | None) -> str:
        said = {
            "type": f"{kind}.state",
            "node": self.node,
            "domain": self.domain,
            "object": id,
            "from": was,
            "to": now,
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
