"""When a receipt from higher up is missing too long, the node takes the second way.

Decides since when an ancestor has been behind those below it, and when that has lasted too long.
What the bodies say and prove is sync/appeal.py's. Follows docs/spec/12-second-way.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import msgspec

from node.service.host import Host
from node.service.place import Place
from node.storage.hosts import find_setting, put_setting
from node.storage.store import SqlStore
from schemas.refusals import Refused
from schemas.strict import dump
from sync import appeal
from sync.body import Incoming, peek
from sync.driver import Wire
from sync.ferry import pack
from sync.heartbeat import seconds
from sync.me import Limits, Me
from sync.receipts import read_receipt

MOST_ROUNDS: Final = 64
Mark = dict[str, int]
"""epoch/stream -> the seq that somebody below had confirmed when the ancestor was found behind"""


class Behind(msgspec.Struct, frozen=True):
    """An ancestor that has not confirmed what one below it has."""

    node: str
    since: str
    """wire instant of the lower receipt"""
    mark: Mark


def behind(store: SqlStore) -> list[Behind]:
    """Ancestors above the parent that are behind, the lowest first, as of this moment.

    What is kept from an earlier look holds until the ancestor has confirmed all of it, so that a
    node which reports every hour does not push the day ahead of itself.
    """
    line = store.roster().lineage(store.node)[1:]
    best, since, found = Mark(), "", list[Behind]()
    for node in line:
        stored = store.receipt(node, store.node)
        said = read_receipt(stored.line) if stored is not None else None
        held = {f"{one.epoch}/{one.stream}": one.seq for one in said.streams} if said else {}
        kept = _kept(store, node)
        if kept is not None and _lacks(held, kept.mark):
            found.append(kept)
        elif _lacks(held, best):
            found.append(Behind(node, since, dict(best)))
        if said is not None and _lacks(best, held):
            best = {key: max(best.get(key, 0), held.get(key, 0)) for key in (*best, *held)}
            since = said.at
    return found


def _lacks(held: Mapping[str, int], mark: Mapping[str, int]) -> bool:
    return any(held.get(key, 0) < seq for key, seq in mark.items())


def _name(domain: str, node: str) -> str:
    return f"behind {domain} {node}"


def _kept(store: SqlStore, node: str) -> Behind | None:
    kept = find_setting(store.connection, _name(store.domain, node), store.tenant)
    return msgspec.json.decode(kept, type=Behind) if kept else None


def overdue(host: Host, place: Place) -> list[Behind]:
    """Ancestors behind for longer than the policy allows; remembers since when each has been."""
    found = host.read(place, behind)
    fresh = host.read(place, lambda store: [one for one in found if _kept(store, one.node) != one])
    if fresh:

        def keep(store: SqlStore, _: Me) -> None:
            for one in fresh:
                name = _name(store.domain, one.node)
                put_setting(store.connection, name, dump(one).decode(), store.tenant)

        host.write(place, keep)
    now = host.now().seconds
    return [one for one in found if now - seconds(one.since) > host.withheld]


def look(host: Host, http: Wire, local: Wire) -> int:
    """Take the second way for every node of this host for which it is time; how many were heard.

    An ancestor that can't be reached is tried again at the next look.
    """
    heard = 0
    for node, domain in host.seats():
        place = host.place(node, domain)
        for one in overdue(host, place)[:1]:
            try:
                appeal_to(host, place, one.node, http, local)
                heard += 1
            except Refused as refusal:
                host.refused[f"appeal {refusal.code}"] += 1
    return heard


def appeal_to(host: Host, place: Place, to: str, http: Wire, local: Wire) -> dict[str, Any]:
    """Turn to one ancestor until it wants nothing more; how many bodies, what it did not accept.

    Raises Refused: `not-linked` when no address is known, else as the ancestor says.
    """
    here = any(one.node == to for one in host.tenants())
    address = "" if here else _address(host, place, to)
    wire, wanted = (local if here else http), list[appeal.Wanted]()
    results: list[Mapping[str, Any]] = []
    rounds = 0
    while rounds < MOST_ROUNDS:
        rounds += 1
        asked = tuple(wanted)
        body = host.write(place, partial(_make, to=to, wanted=asked, limits=host.limits))
        incoming = peek(wire.post(address, body))
        wanted, refused = host.write(place, partial(_hear, incoming, to, host.limits))
        results += refused
        if not wanted or tuple(wanted) == asked:
            break
    return {"to": to, "bodies": rounds, "refused": results}


def _make(
    store: SqlStore, me: Me, to: str, wanted: tuple[appeal.Wanted, ...], limits: Limits
) -> bytes:
    return appeal.make(store, me, to, wanted, limits)


def _hear(
    incoming: Incoming, to: str, limits: Limits, store: SqlStore, me: Me
) -> tuple[list[appeal.Wanted], list[Mapping[str, Any]]]:
    return appeal.hear(store, me, incoming, to, limits)


def _address(host: Host, place: Place, to: str) -> str:
    def find(store: SqlStore) -> str | None:
        kept = find_setting(store.connection, f"address {to}", store.tenant)
        member = store.roster().member(to)
        return kept or (member.address if member is not None else None)

    found = host.read(place, find)
    if not found:
        raise Refused("not-linked", f"no address of {to} is known: name it, or go by file")
    return found


def set_address(host: Host, place: Place, to: str, address: str) -> None:
    """Keep an ancestor's exchange URL as it was obtained past the parent."""

    def keep(store: SqlStore, _: Me) -> None:
        put_setting(store.connection, f"address {to}", address, store.tenant)

    host.write(place, keep)


def out(host: Host, place: Place, to: str) -> bytes:
    """The appeal as a file: nobody can ask, so all events past those that `to` has confirmed."""

    def load(store: SqlStore, me: Me) -> list[bytes]:
        stored = store.receipt(to, store.node)
        said = read_receipt(stored.line).streams if stored is not None else ()
        held = {(one.epoch, one.stream): one.seq for one in said}
        wanted = [
            (*chain[1:], held.get(chain[2:], 0) + 1)
            for chain, tip in store.chains_of(me.node)
            if held.get(chain[2:], 0) < tip.seq
        ]
        return [appeal.make(store, me, to, wanted, host.limits)]

    bodies = host.write(place, load)
    return pack(place.tenant.node, to, place.domain, None, bodies)
