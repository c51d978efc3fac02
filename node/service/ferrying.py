"""Ferry files out and in: the same conversation, carried by hand; joining included.

Decides what each body of a file is and to whom it goes; the protocol decides the rest. Opening a
ferry file for a link makes it a ferry link. Follows docs/spec/09-ferry.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from federation.enrolment import stated_join
from node.service import enrol, heartbeats
from node.service.host import Host
from node.service.place import Place
from node.storage.hosts import find_setting, put_setting
from node.storage.store import SqlStore
from schemas.refusals import Refused
from schemas.strict import dump, parse
from sync import appeal, exchange
from sync.body import peek
from sync.ferry import MAX_BODY, Cargo, pack, unpack
from sync.me import Me

MOST_PROBLEMS = 100  # told in one file


def ask(host: Host, node: str, invitation: Mapping[str, Any], domain: str | None) -> bytes:
    """At the child: the file that asks the parent to take it in. Raises Refused as the checks."""
    joining = enrol.prepare(host, node, invitation, domain, None, True)
    stated = stated_join(joining.join)
    kept = dump(joining.invitation).decode()
    host.database.write(
        lambda one: put_setting(one, _asked(stated.domain), kept, joining.tenant.id),
        joining.tenant.id,
    )
    document = {"invitation": joining.invitation, "join": joining.join}
    return pack(node, stated.parent, stated.domain, None, [dump(document)])


def out(host: Host, place: Place, peer: str | None) -> tuple[bytes, int]:
    """The file for a peer (the parent when none is named), and how many bodies it holds."""

    def find(store: SqlStore) -> tuple[str, str | None]:
        links = [one for one in store.links() if peer in (None, one.peer)]
        if peer is None and len(links) > 1:
            links = [one for one in links if one.side == "up"]
        if len(links) != 1:
            raise Refused("not-linked", f"{len(links)} links fit: name the peer with --to")
        (link,) = links
        return link.peer, find_setting(store.connection, _new(link.peer), store.tenant)

    other, joined = host.read(place, find)
    first = [dump(enrol.admit(host, msgspec.json.decode(joined)))] if joined else []

    heartbeats.beat(host, place)

    def load(store: SqlStore, me: Me) -> tuple[bytes, int]:
        _open(store, other)
        told = _problems(store, other)
        put_setting(store.connection, _refused(other), "[]", store.tenant)
        bodies = exchange.load(store, me, other, host.now(), host.limits)
        every = [*first, *(dump(one) for one in told), *bodies]
        link = store.link(other)
        return pack(me.node, other, me.domain, link.epoch if link else None, every), len(every)

    return host.write(place, load)


class Taken(NamedTuple):
    """What became of a file: bodies taken, those refused here, and what the sender had refused."""

    bodies: int
    refused: list[str]
    told: list[str]
    answers: dict[str, bytes]
    """files to carry back to those who appealed, by node"""


def take(host: Host, untrusted: bytes) -> Taken:
    """Take a file's bodies, each by itself. Raises Refused `malformed` for a file that is none."""
    cargo = unpack(untrusted)
    taken, refused, told = 0, list[str](), list[str]()
    answers = dict[str, bytes]()
    for body in cargo.bodies:
        try:
            if _appealed(host, cargo, body, answers):
                taken += 1
                continue
            said = _take(host, cargo, body)
        except Refused as refusal:
            refused.append(str(refusal))
        else:
            taken += said is None
            told += [] if said is None else [said]
    return Taken(taken, refused, told, answers)


def _take(host: Host, cargo: Cargo, body: bytes) -> str | None:
    """Take one body; a sentence when it only tells of something that was refused."""
    first = parse(body.partition(b"\n")[0], MAX_BODY, "ferry body")
    if "invitation" in first:
        _admit(host, cargo, first)
    elif "admitted" in first:
        _admitted(host, cargo, first)
    elif "code" in first:
        return f"{cargo.label.sender} refused {first.get('refused')}: {first['code']}"
    else:
        _unload(host, cargo, body)
    return None


def _appealed(host: Host, cargo: Cargo, body: bytes, answers: dict[str, bytes]) -> bool:
    """Whether the body is of the second way; then it was taken, an appeal's answer put aside."""
    first, label = parse(body.partition(b"\n")[0], MAX_BODY, "ferry body"), cargo.label
    if label.link is not None or "payload" not in first:
        return False
    incoming = peek(body)
    if (incoming.head.sender, incoming.head.to) != (label.sender, label.to):
        raise Refused("malformed", "a body does not agree with the file's label")
    place = host.place(label.to, label.domain)
    lineage = host.read(place, lambda store: store.roster().lineage(store.node))
    if label.sender in lineage:
        host.write(place, lambda one, me: appeal.hear(one, me, incoming, label.sender, host.limits))
    else:
        made = host.serve(body)
        answers[label.sender] = pack(label.to, label.sender, label.domain, None, [made])
    return True


def _admit(host: Host, cargo: Cargo, document: dict[str, Any]) -> None:
    """At the parent: a join came by file; its answer goes into the next file for that child."""
    enrol.admit(host, document)
    joined, child = dump(document).decode(), cargo.label.sender

    def keep(store: SqlStore, _: Me) -> None:
        _open(store, child)
        put_setting(store.connection, _new(child), joined, store.tenant)

    host.write(host.place(cargo.label.to, cargo.label.domain), keep)


def _admitted(host: Host, cargo: Cargo, admission: dict[str, Any]) -> None:
    """At the child: the parent's answer came by file. One that came before changes nothing."""
    node, domain = host.tenant(cargo.label.to), cargo.label.domain
    if (node.node, domain) in host.seats():
        return
    with host.database.read(node.id) as connection:
        kept = find_setting(connection, _asked(domain), node.id)
    if kept is None:
        raise Refused("malformed", f"{node.node} did not ask to join {domain} by file")
    joining = enrol.prepare(host, node.node, msgspec.json.decode(kept), domain, None, True)
    place = enrol.finish(host, joining, admission)
    host.write(place, lambda store, _: _open(store, cargo.label.sender))


def _unload(host: Host, cargo: Cargo, body: bytes) -> None:
    label = cargo.label
    place = host.place(label.to, label.domain)

    def unload(store: SqlStore, me: Me) -> None:
        incoming = peek(body)
        if (incoming.head.sender, incoming.head.to) != (label.sender, label.to):
            raise Refused("malformed", "a body does not agree with the file's label")
        _open(store, label.sender)
        exchange.unload(store, me, incoming, host.now(), host.limits)
        if find_setting(store.connection, _new(label.sender), store.tenant):
            put_setting(store.connection, _new(label.sender), "", store.tenant)

    def tell(store: SqlStore, _: Me) -> None:
        told = [*_problems(store, label.sender), problem][-MOST_PROBLEMS:]
        put_setting(store.connection, _refused(label.sender), dump(told).decode(), store.tenant)

    try:
        host.write(place, unload)
    except Refused as refusal:
        problem = refusal.problem() | {"refused": sha256(body).hexdigest()}
        host.write(place, tell)
        raise


def _open(store: SqlStore, peer: str) -> None:
    """Open the link for ferrying, if there is one: nobody calls on it any longer."""
    link = store.link(peer)
    if link is not None and link.kind != "ferry":
        link.kind = "ferry"
        store.save_link(link)


def _problems(store: SqlStore, peer: str) -> list[dict[str, Any]]:
    kept = find_setting(store.connection, _refused(peer), store.tenant)
    found: list[dict[str, Any]] = msgspec.json.decode(kept or "[]")
    return found


def _asked(domain: str) -> str:
    return f"ferry asked {domain}"


def _new(peer: str) -> str:
    return f"ferry joined {peer}"


def _refused(peer: str) -> str:
    return f"ferry refused {peer}"
