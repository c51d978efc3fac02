"""A node's own key in a test's hand: bodies as a thief, a fool or a lying relay would sign them.

The node's host must not work by itself; what the peer needs to go on (counter, challenge, wants) is
kept in its store, so that it can go on honestly afterwards.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
import requests

from federation import dsse
from federation.keys import SigningKey
from node.storage.store import SqlStore
from schemas.strict import dump, parse
from sync.body import open_rest, peek
from sync.event import ChainId, Event, Tip
from sync.me import Me
from sync.ports import Link
from sync.publish import publish
from sync.transports.http import CONTENT_TYPE
from sync.writing import START, Draft, opening, seal, write
from tests.support.realm import Realm

MALLORY = SigningKey.from_seed(b"m" * 32)
HELLO = {"version": 1, "min": 1, "limits": {"events": 500, "bytes": 4194304}, "poll": 0}
BIRTH = {"cause": "birth", "last": None}


class Run(NamedTuple):
    """A run as it goes into a body."""

    spec: dict[str, Any]
    seal: dict[str, Any]
    lines: list[bytes]


def run_of(chain: ChainId, events: list[Event], made: bytes) -> Run:
    """Consecutive events with the seal on the last."""
    first, count = events[0].header.seq, len(events)
    named = dict(zip(("origin", "epoch", "stream"), chain[1:], strict=True))
    lines = [line for one in events for line in (one.header_line, one.payload_line or b"")]
    return Run(named | {"first": first, "count": count}, parse(made, 10**5), lines)


class Hand:
    """Writes to `peer` in the name of `name`."""

    def __init__(self, realm: Realm, name: str, peer: str) -> None:
        self.realm, self.name, self.peer = realm, name, peer
        self.host, self.place = realm.hosts[name].host, realm.places[name]
        self.url = realm.hosts[peer].url
        self.at = self.host.now().wire
        self.me: Me = self.host.write(self.place, lambda _, me: me)

    def link(self) -> Link:
        found = self.host.read(self.place, lambda store: store.link(self.realm.node(self.peer)))
        assert found is not None
        return found

    def save(self, link: Link) -> None:
        self.host.write(self.place, lambda store, _: store.save_link(link))

    def write(self, *drafts: Draft) -> None:
        """Let the node write what no command would."""

        def work(store: SqlStore, me: Me) -> None:
            publish(store, me, drafts, self.host.now(), lambda: self.host.chance.bytes(16))

        self.host.write(self.place, work)

    def forge(
        self,
        chain: ChainId,
        tip: Tip = START,
        text: str = "x",
        count: int = 1,
        key: SigningKey | None = None,
    ) -> Run:
        """A run behind `tip` that nobody's commands wrote, sealed with this node's key."""
        note = Draft(
            "duban.assignment.reported", f"assignment:{chain[1]}:f0000000", chain[3], {"t": text}
        )
        first = [opening(chain[1], chain[3], BIRTH)] if tip.seq == 0 else []
        drafts = [*first, *[note] * (count - len(first))]
        salts = [number.to_bytes(16, "big") for number in range(count)]
        events = write(chain, tip, drafts, self.at, salts)
        last = Tip(events[-1].header.seq, events[-1].head)
        return run_of(chain, events, seal(chain, last, self.at, self.at, key or self.me.key))

    def held(self, of: str, first: int, last: int, stream: str = "up") -> Run:
        """A run out of what `of` holds of itself, under its own seal on `last`."""
        chain = self.realm.chain(of, stream)
        events = self.realm.held(of, of, stream)[first - 1 : last]
        sealed = self.realm.hosts[of].host.read(
            self.realm.places[of], lambda store: store.seal_after(chain, last - 1, last)
        )
        assert sealed is not None
        assert sealed[0] == last
        return run_of(chain, events, sealed[1])

    def body(
        self,
        *runs: Run,
        me: Me | None = None,
        manifest: dict[str, Any] | None = None,
        rest: bytes | None = None,
        **link: Any,
    ) -> bytes:
        """A body with anything in it changed, signed by `me` (None: the node as it is)."""
        known, signer = self.link(), me or self.me
        known.counter += 1
        self.save(known)
        stated = {
            "hello": HELLO | {"challenge": "from-the-hand"},
            "cursor": {"ack": known.taken, "from": known.acked, "through": known.acked},
            "runs": [run.spec for run in runs],
            "seals": [run.seal for run in runs],
        }
        made = [dump(stated | (manifest or {})), *(line for run in runs for line in run.lines)]
        rest = rest if rest is not None else b"\n".join(made) + b"\n"
        head = {
            "v": 1, "from": signer.node, "to": known.peer, "domain": signer.domain,
            "epoch": signer.epoch, "link": known.epoch, "challenge": known.theirs,
            "counter": known.counter, "fence": 1, "body": sha256(rest).hexdigest(),
        }  # fmt: skip
        return dsse.sign("exchange", dump(head | link), [signer.key]) + b"\n" + rest

    def other(self, **changed: Any) -> Me:
        """The node with something of itself changed."""
        return msgspec.structs.replace(self.me, **changed)

    def post(self, body: bytes, **headers: str) -> requests.Response:
        kind = {"Content-Type": CONTENT_TYPE}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.post(self.url, data=body, headers=kind | named, timeout=10)

    def refresh(self) -> None:
        """Get a challenge that is good for the next body."""
        answer = self.post(self.body(challenge=None))
        assert answer.json()["code"] == "stale-challenge"
        link = self.link()
        link.theirs = answer.json()["challenge"]
        self.save(link)

    def say(self, *runs: Run, **manifest: Any) -> list[dict[str, Any]]:
        """Send runs in a good envelope; the results that the answer tells."""
        self.refresh()
        answer = self.post(self.body(*runs, manifest=manifest))
        assert answer.status_code == 200, answer.text
        told = open_rest(peek(answer.content).rest).manifest
        link = self.link()
        link.theirs = told.hello.challenge
        wants = ((one.origin, one.epoch, one.stream, one.start) for one in told.wants)
        link.asked = (*link.asked, *wants)
        self.save(link)
        return list(told.results)
