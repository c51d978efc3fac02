"""What a host in a box can be told to do: each takes the host, its wire, and what it is given."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import msgspec
from werkzeug.test import Client

from node.api.app import make_app
from node.domain.commands import Actor
from node.service import enrol, heartbeats, links, users, verify, work
from node.service.host import Host
from node.storage.store import SqlStore
from sync import exchange
from sync.body import Outgoing
from sync.driver import turn
from sync.event import Event
from sync.me import Me
from sync.publish import publish
from sync.writing import Draft
from tests.faults.box import Wire, shift

DOMAIN = "gov"
DAY = 86400.0
Tips = dict[tuple[str, str], tuple[int, str]]


def born(host: Host, _: Wire, name: str, level: str, root: str) -> str:
    return enrol.init(host, name, level, root=root or None).node


def request(host: Host, _: Wire, node: str) -> dict[str, Any]:
    return enrol.request_of(host, node)


def invite(host: Host, _: Wire, node: str, asked: dict[str, Any]) -> dict[str, Any]:
    return enrol.invite(host, host.place(node, DOMAIN), asked, {}, "http://above")


def prepare(host: Host, _: Wire, node: str, invitation: dict[str, Any]) -> dict[str, Any]:
    joining = enrol.prepare(host, node, invitation, None, None, True)
    return {"invitation": joining.invitation, "join": joining.join}


def admit(host: Host, _: Wire, document: dict[str, Any]) -> dict[str, Any]:
    return enrol.admit(host, document)


def finish(host: Host, _: Wire, node: str, invitation: Any, admission: Any) -> None:
    enrol.finish(host, enrol.prepare(host, node, invitation, None, None, True), admission)


def tips(host: Host, _: Wire, node: str) -> Tips:
    """Where the node's own chains end: what whoever is answered now may rely on."""

    def look(store: SqlStore) -> Tips:
        return {chain[2:]: (tip.seq, tip.head) for chain, tip in store.chains_of(node)}

    return host.read(host.place(node, DOMAIN), look)


def known(host: Any, _: Any, node: str, of: str) -> Tips:
    """Where the chains of `of` end at this node."""
    place = host.place(node, DOMAIN)
    return host.read(
        place,
        lambda store: {chain[2:]: (tip.seq, tip.head) for chain, tip in store.chains_of(of)},
    )


def act(
    host: Host, wire: Wire, node: str, role: str, operation: str, id: str, form: Any
) -> tuple[dict[str, Any], Tips]:
    """One command; its answer, and where the node's chains end after it."""
    place = host.place(node, DOMAIN)
    made = work.run(host, place, Actor(node, "u", role), operation, id, form)
    return made, tips(host, wire, node)


def eyes(host: Host, _: Wire, node: str) -> str:
    """The token of an account that may read the node's books."""
    return users.add(host, node, "eyes", "supervisor").token


def mine(host: Host, _: Wire, token: str, role: str) -> list[tuple[str, str]]:
    """Assignments that the node was given (`assignee`) or gave (`issuer`), with their states."""
    rows = _pages(host, token, f"/api/v1/assignments?role={role}")
    return [(row["id"], row["state"]) for row in rows]


def shown(host: Host, _: Wire, token: str) -> dict[str, list[dict[str, Any]]]:
    """The rows that the node's read API shows."""
    kinds = ("assignments", "matters", "drafts")
    return {kind: _pages(host, token, f"/api/v1/{kind}") for kind in kinds}


def _pages(host: Host, token: str, path: str) -> list[dict[str, Any]]:
    if not hasattr(host, "fault_client"):
        host.fault_client = Client(make_app(host))  # type: ignore[attr-defined]
    headers = {"Authorization": f"Bearer {token}"}
    rows, after = list[dict[str, Any]](), ""
    mark = "&" if "?" in path else "?"
    while True:
        asked = f"{path}{mark}limit=500{after}"
        answer = host.fault_client.get(asked, headers=headers)  # type: ignore[attr-defined]
        page = answer.get_json()
        rows += page["items"]
        if not page.get("next"):
            return rows
        after = f"&after={page['next']}"


def take_turn(host: Host, wire: Wire, node: str, peer: str, lie: str = "") -> str | None:
    """One turn with the parent; the failure that ended it."""
    with lying(lie):
        return turn(host.hands(host.place(node, DOMAIN), wire), peer, "above").failure


def serve(host: Host, _: Wire, body: bytes) -> bytes:
    return host.serve(body)


def write(host: Host, _: Wire, node: str, *drafts: Draft) -> tuple[list[str], Tips]:
    """Publish what no command would; the heads."""

    def publishing(store: SqlStore, me: Me) -> list[str]:
        made = publish(store, me, drafts, host.now(), lambda: host.chance.bytes(16))
        return [one.head for one in made]

    return host.write(host.place(node, DOMAIN), publishing), tips(host, _, node)


def beat(host: Host, wire: Wire, skew: float) -> None:
    """A day has almost passed: idle chains are sealed again."""
    shift(host, wire, skew + 0.8 * DAY)
    heartbeats.beat(host)
    shift(host, wire, skew)


def starve(host: Host, _: Wire) -> None:
    """The disk is full: the database may not grow by a page."""
    host.database.write(lambda one: one.exec_driver_sql("PRAGMA max_page_count = 1").scalar())


def feed(host: Host, _: Wire) -> None:
    """There is room again."""
    host.database.write(
        lambda one: one.exec_driver_sql("PRAGMA max_page_count = 1073741823").scalar()
    )


def findings(host: Host, _: Wire) -> list[str]:
    """What `duban verify` says."""
    return [f"{one.where}: {one.what}" for one in verify.verify(host).findings]


def told(host: Host, _: Wire, node: str) -> list[str]:
    """What an operator of the node sees: forks, and notices on its links."""
    place = host.place(node, DOMAIN)
    said = [f"fork of {one['origin']}" for one in links.forked(host, place)]
    for link in links.status(host, place):
        said += [f"{link['peer']}: {one['code']}" for one in link["notices"]]
    return said


# what a relay that lies makes of the bodies that it sends up

Lie = Callable[[Outgoing, int], Outgoing]


@contextmanager
def lying(kind: str) -> Iterator[None]:
    """Spoil the first run of somebody else in each body sent up meanwhile."""
    real = exchange.compose

    def spoiled(store: Any, me: Me, link: Any, *given: Any) -> Outgoing:
        made = real(store, me, link, *given)
        for at, run in enumerate(made.manifest.runs):
            if link.side == "up" and run.origin != me.node and run.stream == "up":
                return LIES[kind](made, at)
        return made

    if not kind:
        yield
        return
    exchange.compose = spoiled
    try:
        yield
    finally:
        exchange.compose = real


def _with_last(made: Outgoing, at: int, event: Event) -> Outgoing:
    runs = list[Sequence[Event]](made.events)
    runs[at] = [*runs[at][:-1], event]
    return msgspec.structs.replace(made, events=tuple(runs))


def _spoiled(line: bytes) -> bytes:
    document = json.loads(line)
    document["data"]["forged"] = "yes"
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _payload(made: Outgoing, at: int) -> Outgoing:
    """Another payload under the same header."""
    last = made.events[at][-1]
    spoiled = _spoiled(last.payload_line or b'{"data":{}}')
    return _with_last(made, at, msgspec.structs.replace(last, payload_line=spoiled))


def _forge(made: Outgoing, at: int) -> Outgoing:
    """Another payload under a header that names it: only the seal gives it away."""
    last = made.events[at][-1]
    spoiled = _spoiled(last.payload_line or b'{"data":{}}')
    was, now = last.header.datahash.encode(), sha256(spoiled).hexdigest().encode()
    header = last.header_line.replace(was, now)
    forged = msgspec.structs.replace(last, header_line=header, payload_line=spoiled)
    return _with_last(made, at, forged)


def _drop(made: Outgoing, at: int) -> Outgoing:
    """One run less."""
    manifest = made.manifest
    left = msgspec.structs.replace(
        manifest,
        runs=(*manifest.runs[:at], *manifest.runs[at + 1 :]),
        seals=(*manifest.seals[:at], *manifest.seals[at + 1 :]),
    )
    events = (*made.events[:at], *made.events[at + 1 :])
    return msgspec.structs.replace(made, manifest=left, events=events)


LIES: dict[str, Lie] = {"payload": _payload, "forge": _forge, "drop": _drop}
