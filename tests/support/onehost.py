"""A federation on one host, in a real database, that moves only when a test says so."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from node.bootstrap import make_host, real_time
from node.config import Config
from node.domain.commands import Actor
from node.service import enrol, work
from node.service.apply import disputed
from node.service.clock import OffsetClock
from node.service.place import Place
from node.service.verify import verify
from node.storage.store import SqlStore
from node.worker import Loopback
from sync.driver import turn
from sync.event import ChainId
from sync.me import Me
from sync.publish import publish
from sync.writing import Draft

LEVELS = {"province": "province", "city": "city", "county": "county", "town": "township"}
FORM = {
    "title": "整改某段连续长下坡警示标志缺失",
    "board": "daily",
    "grade": "general",
    "content": "补设标志并复核夜间可视距离",
    "source": "领导批示",
    "basis": "示例批示",
    "indicators": [{"name": "补设标志", "unit": "块", "target": "12"}],
    "responsible": "张三",
    "head": "李四",
    "contact": {"name": "王五", "phone": "0351-0000000"},
}
DEPLOY = {
    "leader": "甲",
    "responsible": "乙",
    "contact": {"name": "丙", "phone": "1"},
    "measures": "立即整改",
}
DONE = {"text": "已补设12块", "indicators": [{"name": "补设标志", "value": "12"}]}


class OneHost:
    """Nodes by name; `parents` says who is below whom, the root first."""

    def __init__(self, path: Path, database: str, parents: dict[str, str | None]) -> None:
        self.host = make_host(Config(data=path, database=database))
        self.ahead = timedelta(0)
        self.host.now = OffsetClock(self._real, lambda: timedelta(0), lambda _: None)
        self.parents = parents
        self.places: dict[str, Place] = {}
        self.born: dict[str, enrol.Born] = {}
        for name, parent in parents.items():
            root = "gov" if parent is None else None
            level = LEVELS.get(name, "department")
            self.born[name] = enrol.init(self.host, name, level, root=root)
            if parent is None:
                self.places[name] = self.host.place(self.born[name].node)
            else:
                self.join(name, parent)

    def _real(self) -> datetime:
        return real_time() + self.ahead

    def join(self, name: str, parent: str) -> None:
        self.parents[name] = parent
        if name not in self.born:
            self.born[name] = enrol.init(self.host, name, LEVELS.get(name, "department"))
        node, above = self.born[name].node, self.places[parent]
        invitation = enrol.invite(self.host, above, enrol.request_of(self.host, node), {}, None)
        joining = enrol.prepare(self.host, node, invitation, above.domain, None, True)
        document = {"invitation": joining.invitation, "join": joining.join}
        self.places[name] = enrol.finish(self.host, joining, enrol.admit(self.host, document))

    def node(self, name: str) -> str:
        return self.places[name].tenant.node

    def actor(self, name: str, role: str) -> Actor:
        return Actor(self.node(name), "u", role)

    def meet(self, name: str, parent: str | None = None) -> str | None:
        """One turn of a node with its parent; the code of the refusal that ended it."""
        hands = self.host.hands(self.places[name], Loopback(self.host))
        return turn(hands, self.node(parent or self.parents[name] or ""), "").failure

    def settle(self, rounds: int = 4) -> None:
        for _ in range(rounds):
            for name, parent in reversed(self.parents.items()):
                if parent is not None:
                    self.meet(name)

    def do(self, name: str, operation: str, id: str = "", form: Any = None) -> dict[str, Any]:
        role = "supervisor" if operation.partition(".")[2] in SUPERVISED else "head"
        actor = self.actor(name, role)
        return work.run(self.host, self.places[name], actor, operation, id, form or {})

    def given(self, issuer: str, lead: str) -> str:
        """An assignment that `issuer` registered and gave to `lead`; settled."""
        made = self.do(issuer, "matter.register", form=FORM)
        handed = self.do(issuer, "matter.issue", made["id"], {"lead": self.node(lead)})
        self.settle()
        return str(handed["assignments"][0]["id"])

    def write(self, name: str, *drafts: Draft) -> list[str]:
        """Publish what no command would; the heads."""

        def publishing(store: SqlStore, me: Me) -> list[str]:
            made = publish(store, me, drafts, self.host.now(), lambda: self.host.chance.bytes(16))
            return [one.head for one in made]

        return self.host.write(self.places[name], publishing)

    def outcome(self, name: str, subject: str, head: str) -> str:
        """How an event ended at a node: "" applied, else its code; "absent" when it isn't held."""

        def look(store: SqlStore) -> str:
            if head not in {one.head for one in store.events_of(subject)}:
                return "absent"
            return store.outcomes_of(subject).get(head, "")

        return self.host.read(self.places[name], look)

    def chains(self, name: str, origin: str) -> dict[ChainId, int]:
        node = self.node(origin)
        found = self.host.read(self.places[name], lambda store: list(store.chains_of(node)))
        return {chain: tip.seq for chain, tip in found}

    def disputed(self, name: str, subject: str) -> set[str]:
        def look(store: SqlStore) -> set[str]:
            return disputed(store.roster(), store.events_of(subject))

        return self.host.read(self.places[name], look)

    def findings(self) -> list[Any]:
        return verify(self.host).findings

    def close(self) -> None:
        self.host.database.close()


SUPERVISED = ("register", "issue", "strike", "cancel", "grant", "return", "split", "urge")
