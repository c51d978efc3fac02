"""What is confirmed of a node's own streams, by which ancestor, up to where.

Reads only. A receipt whose head is not the one of this node's own event is shown as contradicting:
proof of a fork, or of a false receipt. Follows docs/spec/03-seals-and-receipts.md, "Receipts".
"""

from __future__ import annotations

from typing import Any

from federation.trust import custodian, provisional
from node.service.appeals import behind
from node.service.host import Host
from node.service.place import Place
from node.storage.store import SqlStore
from schemas.sealed import Receipt
from sync.event import ChainId, Tip
from sync.receipts import read_receipt


def status(host: Host, place: Place) -> dict[str, Any]:
    """The node's streams with their last seq, and per ancestor (nearest first) what it confirmed.

    `ancestors` have `at` (wire) and `time` (business, both UTC; null: no receipt is held), and per
    stream `held` of `of`, `applied`, `parked`, `quarantined`, `contradicts`. `behind_since`: wire
    instant of the receipt by somebody below it that it has not caught up with; null: none.
    """
    return host.read(place, status_in)


def status_in(store: SqlStore) -> dict[str, Any]:
    """As `status`, within a transaction at hand."""
    roster = store.roster()
    chains = [(chain, tip) for chain, tip in store.chains_of(store.node) if tip.seq]
    receipts = {one.signer: read_receipt(one.line) for one in store.receipts_about(store.node)}
    above = roster.lineage(store.node)[1:]
    late = {one.node: one.since for one in behind(store)}
    others = [signer for signer in receipts if signer not in above]
    return {
        "node": store.node,
        "provisional": provisional(roster, store.node, receipts),
        "streams": [
            {"epoch": chain[2], "stream": chain[3], "seq": tip.seq} for chain, tip in chains
        ],
        "ancestors": [
            _one(store, node, receipts.get(node), chains) | {"behind_since": late.get(node)}
            for node in above
        ],
        "others": [_one(store, node, receipts[node], chains) for node in others],
    }


def _one(
    store: SqlStore, node: str, receipt: Receipt | None, chains: list[tuple[ChainId, Tip]]
) -> dict[str, Any]:
    roster = store.roster()
    member = roster.member(node)
    said = {(one.epoch, one.stream): one for one in receipt.streams} if receipt else {}
    streams = []
    for chain, tip in chains:
        one = said.get((chain[2], chain[3]))
        if one is None:
            streams.append({"epoch": chain[2], "stream": chain[3], "held": 0, "of": tip.seq})
            continue
        streams.append(
            {
                "epoch": one.epoch,
                "stream": one.stream,
                "held": one.seq,
                "of": tip.seq,
                "applied": one.applied,
                "parked": one.parked,
                "quarantined": one.quarantined,
                "contradicts": store.head_at(chain, one.seq) != one.head,
            }
        )
    return {
        "node": node,
        "name": member.name if member is not None else None,
        "custody": custodian(roster, node),
        "at": receipt.at if receipt else None,
        "time": receipt.time if receipt else None,
        "streams": streams,
        "quarantine": [
            {"head": one.head, "code": one.code} for one in (receipt.quarantine if receipt else ())
        ],
    }


def sentence(found: dict[str, Any]) -> str:
    """For people: per stream, by whom it was received and up to where."""
    lines = []
    for stream in found["streams"]:
        place = (stream["epoch"], stream["stream"])
        told = []
        for one in found["ancestors"]:
            said = [each for each in one["streams"] if (each["epoch"], each["stream"]) == place]
            told += [f"{one['name']} {each['held']}/{each['of']}" for each in said]
        heard = ", ".join(told) or "nobody above"
        lines.append(f"{stream['stream']:<6} {stream['seq']:>6}  received by {heard}")
    if found["provisional"]:
        lines.append("provisional: no receipt of the root is held yet")
    return "\n".join(lines)
