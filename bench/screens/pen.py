"""A unit's own key at work without its host: signed events of units below, in one body of a link.

What the province makes of them is the product's whole way in: checks, hashes, seals, journal, fold,
read models, receipts. Only the units' own hosts are spared (they would cost as much again), so
their books stay empty. Decides nothing about figures. Follows docs/spec/05-exchange.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from node.service.host import Host
from node.service.place import Place
from node.storage.store import SqlStore
from schemas.strict import parse
from sync import exchange
from sync.body import AnnouncedLimits, Cursor, Hello, Manifest, Outgoing, encode, peek
from sync.event import Event, Tip
from sync.me import Me
from sync.publish import BIRTH
from sync.run import RunSpec
from sync.writing import START, Draft, opening, seal, write

MOST: Final = 480
"""events in a body; at most 250 in each of its runs"""
RUN: Final = 240
Dated = tuple[str, Draft]
"""a business instant, and what is said then"""


@dataclass
class Unit:
    """A member below: its key, where its `up` stream stands, through whose link it speaks."""

    me: Me
    name: str
    code: str
    via: str
    tip: Tip = START


class Pen:
    """Writes to one node in the names of all units below it."""

    def __init__(self, host: Host, place: Place, units: Iterable[Unit]) -> None:
        self.host, self.place = host, place
        self.units = {one.me.node: one for one in units}
        self._links: dict[str, tuple[str, str]] = {}
        self._counter = 0

        def look(store: SqlStore) -> None:
            for unit in self.units.values():
                unit.tip = store.tip((place.domain, unit.me.node, unit.me.epoch, "up"))
                link = store.link(unit.via)
                if link is not None:
                    self._links[unit.via] = link.epoch, link.kind

        host.read(place, look)
        self._carried({via: "ferry" for via in self._links})

    def close(self) -> None:
        """Give the links back as they were."""
        self._carried({via: kind for via, (_, kind) in self._links.items()})

    def _carried(self, kinds: dict[str, str]) -> None:
        """Bodies of the pen's come as a ferry's do: in order, without an answer."""

        def change(store: SqlStore, _: Me) -> None:
            for via, kind in kinds.items():
                link = store.link(via)
                if link is not None:
                    link.kind = kind
                    store.save_link(link)

        self.host.write(self.place, change)

    def say(self, via: str, said: Iterable[tuple[str, list[Dated]]]) -> dict[str, list[Event]]:
        """Let the units of one link say these things, in as few bodies as hold them.

        Returns each unit's events. RuntimeError where the province did not take all of it.
        """
        written: dict[str, list[Event]] = {}
        runs: list[tuple[RunSpec, bytes, list[Event]]] = []
        for node, dated in said:
            for start in range(0, len(dated), RUN):
                run = self._run(self.units[node], dated[start : start + RUN])
                if sum(len(one[2]) for one in runs) + len(run[2]) > MOST:
                    self._send(via, runs)
                    runs = []
                runs.append(run)
                written.setdefault(node, []).extend(run[2])
        if runs:
            self._send(via, runs)
        return written

    def _run(self, unit: Unit, dated: list[Dated]) -> tuple[RunSpec, bytes, list[Event]]:
        me, now = unit.me, self.host.now()
        chain, first = (me.domain, me.node, me.epoch, "up"), unit.tip.seq + 1
        events: list[Event] = []
        if unit.tip.seq == 0:
            unit.tip = START
            dated = [(now.business, opening(me.node, "up", BIRTH)), *dated]
        for at, draft in dated:
            events += write(chain, unit.tip, [draft], at, [self.host.chance.bytes(16)])
            unit.tip = Tip(events[-1].header.seq, events[-1].head)
        spec = RunSpec(me.node, me.epoch, "up", first, len(events))
        return spec, seal(chain, unit.tip, now.wire, now.next_by, me.key), events

    def _send(self, via: str, runs: list[tuple[RunSpec, bytes, list[Event]]]) -> None:
        self._counter += 1
        limits = self.host.limits
        manifest = Manifest(
            hello=Hello(1, 1, AnnouncedLimits(limits.events, limits.bytes, 0), "pen", 0),
            cursor=Cursor(0, 0, 0),
            runs=tuple(one[0] for one in runs),
            seals=tuple(parse(one[1], 10**5) for one in runs),
        )
        outgoing = Outgoing(manifest=manifest, events=tuple(one[2] for one in runs))
        link = {
            "to": self.place.tenant.node, "link": self._links[via][0], "challenge": None,
            "counter": self._counter, "fence": 0,
        }  # fmt: skip
        body = encode(outgoing, self.units[via].me, link)

        def take(store: SqlStore, me: Me) -> list[int]:
            exchange.unload(store, me, peek(body), self.host.now(), limits)
            return [store.tip(spec.chain(me.domain)).seq for spec, _, _ in runs]

        tips = self.host.write(self.place, take)
        for (spec, _, events), seq in zip(runs, tips, strict=True):
            if seq < events[-1].header.seq:
                told = msgspec.to_builtins(spec)
                raise RuntimeError(f"{told}: taken up to {seq}, not {events[-1].header.seq}")
