"""Receipts: signed statements of what is held, made, judged, kept and passed towards their origin.

Follows docs/spec/03-seals-and-receipts.md and 06-routing-and-relay.md, "Receipts". A receipt is
no event: the latest counts, and none is ever receipted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from federation import dsse
from federation.ids import epoch_order
from federation.roster import Roster
from schemas.refusals import Refused
from schemas.sealed import Quarantined, Receipt, ReceiptStream, read_signed
from schemas.strict import dump
from sync.me import Me, Now
from sync.ports import Store, Stored
from sync.routes import reads

MAX_STREAMS = 256


def make(store: Store, me: Me, origin: str, now: Now) -> Stored | None:
    """Sign what this node holds of `origin`; None when it reads nothing of it.

    Names the chains of the latest epochs first, at most 256.
    """
    roster = store.roster()
    held = [
        (chain, tip)
        for chain, tip in store.chains_of(origin)
        if tip.seq and reads(roster, me.node, chain)
    ]
    if not held:
        return None
    held.sort(key=lambda one: (epoch_order(one[0][2]), one[0][3]), reverse=True)
    last = store.receipt(me.node, origin)
    counter = last.counter + 1 if last is not None and last.epoch == me.epoch else 1
    streams = []
    for chain, tip in held[:MAX_STREAMS]:
        counts = store.counts(chain)
        streams.append(
            ReceiptStream(
                epoch=chain[2],
                stream=chain[3],
                seq=tip.seq,
                head=tip.head,
                applied=counts.applied,
                parked=counts.parked,
                quarantined=counts.quarantined,
            )
        )
    receipt = Receipt(
        v=1,
        domain=me.domain,
        by=me.node,
        epoch=me.epoch,
        counter=counter,
        origin=origin,
        at=now.wire,
        time=now.business,
        streams=tuple(streams),
        quarantine=tuple(Quarantined(head, code) for head, code in store.quarantined(origin)),
    )
    return Stored(me.node, origin, me.epoch, counter, dsse.sign("receipt", dump(receipt), [me.key]))


def judge(roster: Roster, untrusted: Mapping[str, Any], domain: str) -> tuple[Receipt, Stored]:
    """Return a receipt whose signer holds its key and reads what it speaks of.

    Raises Refused: `malformed`, `unknown-origin` (no key for the signer), `bad-seal`.
    """
    opened = dsse.peek(untrusted, "receipt")
    receipt = read_signed(opened.payload, Receipt, "receipt")
    key = roster.key(receipt.by, receipt.epoch)
    if key is None or receipt.origin not in roster:
        raise Refused("unknown-origin", f"receipt of {receipt.by}: no key is known")
    if not opened.signed_by(key) or receipt.domain != domain:
        raise Refused("bad-seal", f"receipt of {receipt.by}: not signed by it for this domain")
    for one in receipt.streams:
        if not reads(roster, receipt.by, (domain, receipt.origin, one.epoch, one.stream)):
            raise Refused("bad-seal", f"receipt of {receipt.by}: it does not read {one.stream}")
    line = dump(dsse.as_object(untrusted))
    return receipt, Stored(receipt.by, receipt.origin, receipt.epoch, receipt.counter, line)


def read_receipt(line: bytes) -> Receipt:
    """What a receipt says that was judged before it was kept."""
    return read_signed(dsse.peek(line, "receipt").payload, Receipt, "receipt")


def newer(one: Stored, other: Stored | None) -> bool:
    """Whether `one` replaces `other`."""
    if other is None:
        return True
    return (epoch_order(one.epoch), one.counter) > (epoch_order(other.epoch), other.counter)


def keep(store: Store, me: Me, stored: Stored) -> None:
    """Keep a verified receipt and pass it on, if it is newer than the one held."""
    if not newer(stored, store.receipt(stored.signer, stored.origin)):
        return
    store.put_receipt(stored)
    roster = store.roster()
    chain = (me.domain, stored.origin, stored.epoch, "receipt")
    below = roster.child_toward(me.node, stored.origin)
    parent = roster.parent(me.node)
    if below is not None:
        if stored.signer != below and not roster.in_subtree(below, stored.signer):
            store.spool(below, chain, 0, 0, stored.signer)
        if stored.signer == roster.parent(stored.origin) and parent is not None:
            store.spool(parent, chain, 0, 0, stored.signer)
    elif stored.origin != me.node and parent is not None:
        store.spool(parent, chain, 0, 0, stored.signer)


def settle(store: Store, me: Me, now: Now) -> None:
    """Sign and spool what is owed: one receipt per origin, however much of it came."""
    owed = store.owed()
    if owed and store.roster().current_epoch(me.node) not in (me.epoch, None):
        return  # the key was changed during this turn: the next one signs
    for origin in owed:
        made = make(store, me, origin, now)
        if made is not None:
            keep(store, me, made)
    if owed:
        store.paid(owed)
