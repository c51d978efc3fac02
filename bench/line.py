"""Four nodes in a line, each with a host and an SQLite file of its own, in one process.

Bodies are handed from host to host as bytes, so that what is measured is the product without the
network: sign, chain, seal, store, verify, apply, relay, receipt. Decides nothing about figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from node.bootstrap import make_host
from node.config import read_config
from node.domain.commands import Actor
from node.service import enrol, work
from node.service.host import Host
from node.service.place import Place
from sync.driver import turn

LEVELS = ("province", "city", "county", "township")
BATCH = 500


class Handed:
    """The wire: an address is `http://` and a level's name."""

    def __init__(self, hosts: Mapping[str, Host]) -> None:
        self._hosts = hosts

    def post(self, address: str, body: bytes) -> bytes:
        """Serve the body at once. Raises Refused as over HTTP."""
        return self._hosts[address.removeprefix("http://")].serve(body)


class Line:
    """Province, city, county, township; everything is registered at the township and climbs.

    `databases`: where a level's host keeps its rows, if not in a file of its own.
    """

    def __init__(self, folder: Path, databases: Mapping[str, str] | None = None) -> None:
        self.hosts: dict[str, Host] = {}
        self.places: dict[str, Place] = {}
        self.wire = Handed(self.hosts)
        for number, level in enumerate(LEVELS):
            place = folder / level
            place.mkdir(parents=True)
            host = self.hosts[level] = make_host(
                read_config(str(place), (databases or {}).get(level))
            )
            born = enrol.init(host, level, level, root=None if number else "gov")
            if number:
                self._join(LEVELS[number - 1], level, born.node)
            else:
                self.places[level] = host.place(born.node)
        self.settle()

    def _join(self, above: str, level: str, node: str) -> None:
        parent, host = self.places[above], self.hosts[level]
        request = enrol.request_of(host, node)
        invitation = enrol.invite(self.hosts[above], parent, request, {}, f"http://{above}")
        joining = enrol.prepare(host, node, invitation, parent.domain, None, True)
        document = {"invitation": joining.invitation, "join": joining.join}
        self.places[level] = enrol.finish(host, joining, enrol.admit(self.hosts[above], document))

    def write(self, form: Mapping[str, Any], count: int) -> None:
        """Register `count` matters at the township, at most 500 in a transaction."""
        host, place = self.hosts["township"], self.places["township"]
        actor = Actor(place.tenant.node, "bench", "supervisor")
        for start in range(0, count, BATCH):
            asked = [("matter.register", "", form)] * min(BATCH, count - start)
            work.batch(host, place, actor, asked)

    def climb(self, level: str) -> None:
        """Let a level hand all that it has to the level above."""
        host, place = self.hosts[level], self.places[level]
        above = LEVELS[LEVELS.index(level) - 1]
        peer, hands = self.places[above].tenant.node, host.hands(place, self.wire)
        while True:
            done = turn(hands, peer, f"http://{above}")
            if done.failure is not None:
                raise RuntimeError(f"{level}: {done.failure}")
            if not host.read(
                place, lambda store: bool(store.spooled(peer, _acked(store, peer), 1))
            ):
                return

    def settle(self) -> None:
        """Until every link has said what it had to say."""
        for _ in range(3):
            for level in reversed(LEVELS[1:]):
                self.climb(level)

    def events(self, level: str) -> int:
        """How many events a level holds of the township."""
        node = self.places["township"].tenant.node
        host, place = self.hosts[level], self.places[level]
        return host.read(place, lambda store: sum(tip.seq for _, tip in store.chains_of(node)))

    def close(self) -> None:
        """Close every database."""
        for host in self.hosts.values():
            host.database.close()


def _acked(store: Any, peer: str) -> int:
    link = store.link(peer)
    return 0 if link is None else int(link.acked)
