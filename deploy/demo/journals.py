"""Raw journals: the events that each node wrote itself, and what is wrong with the copies of them.

Takes every event from its author's journal, and checks every chain, and that whoever holds a copy
of a stream holds all of it, so that one event missing from one journal shows even where no row
depends on it. Never says what an event means (reducer.py). Imports nothing of the product.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import defaultdict
from typing import Any

Row = dict[str, Any]


def read(paths: list[str]) -> tuple[dict[str, Row], list[str]]:
    """The events that each node wrote itself, by head, and what is wrong with the journals."""
    own: dict[str, Row] = {}
    held: dict[tuple[str, ...], list[tuple[int, str]]] = defaultdict(list)
    for path in paths:
        base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        nodes = dict(base.execute("SELECT id, node FROM tenants"))
        query = "SELECT domain, origin, epoch, stream, seq, head, tenant FROM events"
        for *stream, seq, head, tenant in base.execute(query):
            held[(*stream, nodes[tenant])].append((seq, head))
        query = "SELECT header, payload FROM events WHERE tenant = ? AND origin = ?"
        for tenant, node in nodes.items():
            for header, payload in base.execute(query, (tenant, node)):
                event = _event(bytes(header).rstrip(b"\n"), bytes(payload or b"").rstrip(b"\n"))
                own[event["head"]] = event
        base.close()
    return own, _chains(own) + _copies(held)


def _event(header: bytes, payload: bytes) -> Row:
    event: Row = json.loads(header)
    fits = not payload or hashlib.sha256(payload).hexdigest() == event["datahash"]
    data = json.loads(payload)["data"] if payload else {}
    kind, head = event["type"].rsplit(".", 1)[-1], hashlib.sha256(header).hexdigest()
    return event | {"data": data, "fits": fits, "kind": kind, "head": head}


def _chains(own: dict[str, Row]) -> list[str]:
    """Each stream of each author must run from 1 without a gap, each event naming the last."""
    streams: dict[str, list[Row]] = defaultdict(list)
    for event in own.values():
        streams[" ".join(event[k] for k in ("domain", "source", "epoch", "stream"))].append(event)
    faults = [f"{e['source']} {e['id']}: other payload" for e in own.values() if not e["fits"]]
    for key, events in streams.items():
        last = (0, "0" * 64)
        for event in sorted(events, key=lambda each: int(each["seq"])):
            if (event["seq"] - 1, event["prev"]) != last:
                faults.append(f"{key}: {event['seq']} does not follow {last[0]}")
            last = (event["seq"], event["head"])
    return faults


def _copies(held: dict[tuple[str, ...], list[tuple[int, str]]]) -> list[str]:
    """Whoever holds a stream holds all of it, the same events as its author, each once."""
    faults = []
    for key, events in held.items():
        author = held.get((*key[:4], key[1]), [])
        faults += [f"{' '.join(key)}: copy lacks {each}" for each in set(author) - set(events)]
        faults += [f"{' '.join(key)}: author lacks {each}" for each in set(events) - set(author)]
        faults += [f"{' '.join(key)}: held twice"] * (len(events) != len(set(events)))
    return faults
