"""Whose word an event is, and how far up it was received: for the timeline beside each step.

Per event: the chain and the number in it, the seal that vouches for it with the key that signed,
and for each node above its origin whether a receipt names it. Decides nothing and verifies nothing
anew: what is held here was verified when it came (sync/checks.py); `duban verify` does it again.
Follows docs/spec/03-seals-and-receipts.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from federation.roster import Roster
from federation.trust import custodian
from node.storage.store import SqlStore
from schemas.header import parse_payload
from schemas.sealed import Receipt
from sync.event import Event
from sync.receipts import read_receipt


def timeline(store: SqlStore, subject: str) -> list[dict[str, Any]]:
    """All events held about an object, in the order in which they were taken, each with its proof.

    Each: type, time (business, UTC), head, outcome (null: it counts), data (null: erased), and
    `proof` (see `of`).
    """
    outcomes, known = store.outcomes_of(subject), dict[str, dict[str, Receipt]]()
    return [
        {
            "type": event.header.type,
            "time": event.header.time,
            "head": event.head,
            "subject": subject,
            "outcome": outcomes.get(event.head),
            "data": None if event.payload_line is None else parse_payload(event.payload_line),
            "proof": of(store, event, known),
        }
        for event in store.events_of(subject)
    ]


def of(store: SqlStore, event: Event, known: dict[str, dict[str, Receipt]]) -> dict[str, Any]:
    """Origin, custody, chain, number, seal and key, and what each node above it says to hold.

    `received`: nearest first; each with `node`, `name`, `level`, `here` (this very node), `relayed`
    (it sent it on to here), `has` (true, false, or null: no receipt of it is held here) and `at`
    (wire instant of its receipt).
    """
    roster, origin = store.roster(), event.header.source
    if origin not in known:
        held = store.receipts_about(origin)
        known[origin] = {one.signer: read_receipt(one.line) for one in held}
    seal = store.seal_after(event.chain, event.header.seq - 1, event.header.seq)
    key = roster.key(origin, event.header.epoch) if origin in roster else None
    return {
        "origin": origin,
        "name": _name(roster, origin),
        "custody": custodian(roster, origin),
        "epoch": event.header.epoch,
        "stream": event.header.stream,
        "seq": event.header.seq,
        "sealed": seal[0] if seal is not None else None,
        "key": key.keyid if key is not None else None,
        "received": _received(store, roster, event, known[origin]),
    }


def _received(
    store: SqlStore, roster: Roster, event: Event, receipts: dict[str, Receipt]
) -> Sequence[dict[str, Any]]:
    if event.header.stream not in ("up", "all"):
        above = [event.header.stream.removeprefix("to/")]
    else:
        above = list(roster.lineage(event.header.source)[1:])
    found = []
    for node in above:
        member = roster.member(node)
        if member is None:
            continue
        receipt = receipts.get(node)
        has = _names(receipt, event)
        here = node == store.node
        # what came here from below came through the child on that side
        relayed = not has and roster.child_toward(store.node, event.header.source) == node
        found.append(
            {
                "node": node,
                "name": member.name,
                "level": member.level,
                "here": here,
                "has": True if here or relayed else has,
                "relayed": relayed,
                "at": receipt.at if receipt is not None and has else None,
            }
        )
    return found


def _names(receipt: Receipt | None, event: Event) -> bool | None:
    """Whether a receipt says that its signer holds the event; None without a receipt."""
    if receipt is None:
        return None
    for one in receipt.streams:
        if (one.epoch, one.stream) == (event.header.epoch, event.header.stream):
            return one.seq >= event.header.seq
    return False


def _name(roster: Roster, node: str) -> str | None:
    member = roster.member(node)
    return member.name if member is not None else None
