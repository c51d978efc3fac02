"""How the links fare: what operators see of each, and a host's counts. Reads only.

Names what went wrong (refusals on either side, a wrong clock, a fork) and never what to do about it
beyond docs/spec/08-refusals.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from node.readmodel.queries import host_counts
from node.service.heartbeats import silence_in
from node.service.host import Host
from node.service.place import Place
from node.service.withheld import withholding
from node.storage.noticed import forks, receipts_of_others
from node.storage.store import SqlStore
from schemas.strict import parse
from sync.event import Tip
from sync.notes import Note
from sync.ports import Link
from sync.receipts import read_receipt

SKEW_SHOWN: Final = 300.0
"""seconds by which two wire clocks must differ before it is said"""


def status(host: Host, place: Place) -> list[dict[str, Any]]:
    """Per link: lag, last heard, backoff, what waits, what was refused, notices, who is silent."""

    def look(store: SqlStore) -> list[dict[str, Any]]:
        now, found, held_back = host.now().seconds, list[dict[str, Any]](), _held_back(store)
        quiet = silence_in(host, store)
        for link in store.links():
            end = store.spool_end(link.peer)
            found.append(
                {
                    "peer": link.peer,
                    "side": link.side,
                    "kind": link.kind,
                    "address": link.address,
                    "pending": len(store.spooled(link.peer, link.acked, 100000)),
                    "acked": link.acked,
                    "end": end,
                    "last_heard": link.last_heard,
                    "last_error": link.last_error,
                    "failures": link.failures,
                    "next_call_in": round(max(0.0, link.due - now), 1) if link.address else None,
                    "clock_skew_seconds": link.skew,
                    "refused": [msgspec.to_builtins(note) for note in link.refused],
                    "told": [msgspec.to_builtins(note) for note in link.told],
                    "notices": [
                        {"code": code, "detail": detail}
                        for code, detail in (
                            *_notices(link),
                            *held_back.get(link.peer, ()),
                            *_proved(store, link),
                        )
                    ],
                    "silent": [one for one in quiet if one["via"] == link.peer],
                }
            )
        return found

    return host.read(place, look)


def _notices(link: Link) -> Iterator[tuple[str, str]]:
    """What an operator should see of a link: code, and one line of text."""
    if link.last_error is not None:
        code, _, detail = link.last_error.partition(": ")
        yield code, detail
    if link.skew is not None and abs(link.skew) > SKEW_SHOWN:
        way = "ahead of" if link.skew > 0 else "behind"
        yield "clock-skew", f"its clock is {abs(link.skew):.0f} s {way} this one"
    for said, notes in (("refused here", link.refused), ("refused by it", link.told)):
        for note in notes:
            if not note.mended:
                yield note.code, f"{said}, {note.count}×: {_named(note)}: {note.detail}"


def _held_back(store: SqlStore) -> dict[str, list[tuple[str, str]]]:
    """Per child: what somebody below says, in a receipt, to hold and what never came here.

    Between two bodies it may be so for a moment; what lasts was withheld on the way.
    """
    roster, found = store.roster(), dict[str, list[tuple[str, str]]]()
    for line in receipts_of_others(store):
        receipt = read_receipt(line)
        child = roster.child_toward(store.node, receipt.origin)
        if child is None or not roster.in_subtree(child, receipt.by):
            continue
        for one in receipt.streams:
            chain = (store.domain, receipt.origin, one.epoch, one.stream)
            tip = store.tip(chain)
            if one.seq > tip.seq:
                detail = f"{'/'.join(chain[1:])}: {receipt.by} holds {one.seq}, {tip.seq} came here"
                found.setdefault(child, []).append(("withheld", detail))
    return found


def _proved(store: SqlStore, link: Link) -> Iterator[tuple[str, str]]:
    """What appeals proved of the peer, or of somebody below it."""
    for row in withholding(store):
        if store.roster().in_subtree(link.peer, row["by"]):
            said = ", ".join(
                f"{one['stream']}: {one['confirmed']} confirmed, {one['held']} came"
                for one in row["streams"]
            )
            yield "withholding", f"{row['by']} of {row['origin']}: {said}"


def _named(note: Note) -> str:
    return "/".join(note.place) if None not in note.place else "no chain"  # type: ignore[arg-type]


def forked(host: Host, place: Place) -> list[dict[str, Any]]:
    """Chains frozen because two sealed histories of them were shown, with both seals."""

    def look(store: SqlStore) -> list[dict[str, Any]]:
        return [
            {
                **dict(zip(("origin", "epoch", "stream"), chain[1:], strict=True)),
                "seals": [parse(seal, 16384, "seal") for seal in both if seal],
            }
            for chain, both in forks(store)
        ]

    return host.read(place, look)


def received(host: Host, place: Place) -> list[dict[str, Any]]:
    """Per own stream: who above, or addressed, says to hold how much of it.

    `missing`: events sealed here which that reader's latest receipt doesn't name; null `seq`: no
    receipt at all. `contradicts`: it names a head at its seq that is not ours. An ancestor that
    stays behind the one below it shows a relay in between that holds back.
    """

    def look(store: SqlStore) -> list[dict[str, Any]]:
        streams = []
        for chain, tip in store.chains_of(store.node):
            readers = list(store.roster().lineage(store.node)[1:])
            if chain[3].startswith("to/") and chain[3][3:] not in readers:
                readers.append(chain[3][3:])
            held = [_held(store, chain, tip, reader) for reader in readers]
            named = {"epoch": chain[2], "stream": chain[3], "end": tip.seq}
            streams.append(named | {"readers": held})
        return streams

    return host.read(place, look)


def _held(
    store: SqlStore, chain: tuple[str, str, str, str], tip: Tip, reader: str
) -> dict[str, Any]:
    roster = store.roster()
    told: dict[str, Any] = {
        "node": reader,
        "name": roster.row(reader)["name"] if reader in roster else None,
        "seq": None,
        "missing": tip.seq,
    }
    stored = store.receipt(reader, store.node)
    if stored is None:
        return told
    receipt = read_receipt(stored.line)
    told |= {"at": receipt.at, "time": receipt.time}
    for one in receipt.streams:
        if (one.epoch, one.stream) == chain[2:]:
            told |= {"seq": one.seq, "missing": max(0, tip.seq - one.seq)}
            told |= {"parked": one.parked, "quarantined": one.quarantined}
            told["contradicts"] = store.head_at(chain, one.seq) != one.head
    told["quarantine"] = [msgspec.to_builtins(one) for one in receipt.quarantine]
    return told


def stats(host: Host) -> dict[str, Any]:
    """Counts over the whole host: nodes, events, receipts held, exchanges answered and refused."""
    counts: dict[str, Any] = {"exchanges": host.exchanges, "refused": dict(host.refused)}
    with host.database.read() as connection:
        return dict(host_counts(connection)) | counts
