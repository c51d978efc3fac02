"""Ferry files out and in: the same conversation, carried by hand.

Follows docs/spec/09-ferry.md. Opening a ferry file for a link makes it a ferry link.
"""

from __future__ import annotations

from node.service.host import Host
from node.service.place import Place
from node.storage.store import SqlStore
from schemas.refusals import Refused
from sync import exchange
from sync.body import peek
from sync.ferry import pack, unpack
from sync.me import Me


def out(host: Host, place: Place, peer: str | None) -> tuple[bytes, int]:
    """The file for a peer (the parent when none is named), and how many bodies it holds."""

    def load(store: SqlStore, me: Me) -> tuple[bytes, int]:
        links = [one for one in store.links() if peer in (None, one.peer)]
        if peer is None and len(links) > 1:
            links = [one for one in links if one.side == "up"]
        if len(links) != 1:
            raise Refused("not-linked", f"{len(links)} links fit: name the peer with --to")
        (link,) = links
        link.kind = "ferry"
        store.save_link(link)
        bodies = exchange.load(store, me, link.peer, host.now(), host.limits)
        return pack(me.node, link.peer, me.domain, link.epoch, bodies), len(bodies)

    return host.write(place, load)


def take(host: Host, untrusted: bytes) -> tuple[int, list[str]]:
    """Take a file's bodies, each by itself; how many were taken, and what was refused."""
    cargo = unpack(untrusted)
    place = host.place(cargo.label.to, cargo.label.domain)
    taken, refused = 0, list[str]()
    for body in cargo.bodies:

        def unload(store: SqlStore, me: Me, body: bytes = body) -> None:
            incoming = peek(body)
            if (incoming.head.sender, incoming.head.to) != (cargo.label.sender, cargo.label.to):
                raise Refused("malformed", "a body does not agree with the file's label")
            link = store.link(incoming.head.sender)
            if link is not None and link.kind != "ferry":
                link.kind = "ferry"
                store.save_link(link)
            exchange.unload(store, me, incoming, host.now(), host.limits)

        try:
            host.write(place, unload)
            taken += 1
        except Refused as refusal:
            refused.append(str(refusal))
    return taken, refused
