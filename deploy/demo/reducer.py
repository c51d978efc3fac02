"""A second opinion on the books: raw journals in, rows out, compared with what a node shows.

It takes from each node's journal the events which that node wrote itself, unites them into one
row per assignment and per matter by its own simple reading of the spec (crossed rulings, law 6,
included), and lists each difference from the rows of the read API. Before that it checks every
chain, and that whoever holds a copy of a stream holds all of it, so that one event missing from
one journal shows even where no row depends on it. Imports nothing of the product.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

Row = dict[str, Any]
# type -> (state before, state after, clocks that it stops); all other types move nothing
STEPS: dict[str, tuple[tuple[str, ...], str, tuple[str, ...]]] = {
    "issued": (("",), "ISSUED", ()),
    "signed": (("ISSUED",), "SIGNED", ()),
    "deployed": (("SIGNED",), "DOING", ("k1",)),
    "reported": (("DOING",), "DOING", ("k3",)),
    "clearance_applied": (("DOING",), "CLOSE_REQ", ("k7", "km")),
    "returned": (("CLOSE_REQ",), "DOING", ()),
    "granted": (("CLOSE_REQ",), "CLOSED", ()),
    "struck": (("CLOSED",), "CLOSED", ()),
    "cancelled": (("ISSUED", "SIGNED", "DOING", "CLOSE_REQ"), "CANCELLED", ()),
}


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


def reduce(own: dict[str, Row], domain: str) -> tuple[dict[str, Row], dict[str, Row]]:
    """Assignments and matters of the domain called `domain`, by id."""
    subjects: dict[str, list[Row]] = defaultdict(list)
    for event in own.values():
        if event["domain"].split("@")[0] == domain:
            subjects[event["subject"]].append(event)
    items = sorted(subjects.items())
    tasks = {k: _assignment(v) for k, v in items if k.startswith("assignment:")}
    parts: dict[str, list[Row]] = defaultdict(list)
    for task in tasks.values():
        parts[task["matter"]].append(task)
    return tasks, {k: _matter(v, parts[k]) for k, v in items if k.startswith("matter:")}


def _pasts(events: list[Row]) -> dict[str, set[str]]:
    """For each event the heads of all events on the same object that it builds upon."""
    direct = {event["head"]: set(event.get("re", "").split()) for event in events}
    for event in events:
        direct[event["head"]] |= {other["head"] for other in events if _before(other, event)}
    pasts = {head: before & set(direct) for head, before in direct.items()}
    for _ in events:
        pasts = {head: past.union(*(pasts[old] for old in past)) for head, past in pasts.items()}
    return pasts


def _before(one: Row, other: Row) -> bool:
    """Written earlier by the same node into the same stream."""
    same = (one["source"], one["stream"]) == (other["source"], other["stream"])
    return same and _place(one) < _place(other)


def _place(event: Row) -> tuple[int, int]:
    return int(event["epoch"].split("-")[0]), event["seq"]


def _rank(event: Row) -> int:
    """Issuer beats assignee; a registrar's ruling comes as the issuer's repeat of it."""
    return 2 if event["source"] == event["subject"].split(":")[1] else 1


def _met(one: Row, other: Row, past: dict[str, set[str]]) -> bool:
    return one["head"] in past[other["head"]] or other["head"] in past[one["head"]]


def _assignment(events: list[Row]) -> Row:
    """The valid events, in the order in which they build upon each other, through the table."""
    past = _pasts(events)
    valid: list[Row] = []
    for event in sorted(events, key=_rank, reverse=True):
        crossed = [x for x in valid if _rank(x) > _rank(event) and not _met(x, event, past)]
        if event["kind"] in STEPS and not crossed:
            valid.append(event)
    row: Row = {"state": "", "due": {}, "verdict": {}, "struck": False, "matter": "", "lead": False}
    row["at"] = {}
    for event in sorted(valid, key=lambda each: len(past[each["head"]])):
        _step(row, event)
    ruled = [one for one in events if one["kind"] == "ruled" and _rank(one) == 2]
    for event in sorted(ruled, key=_place):
        clock, data = event["data"]["clock"], event["data"]
        if row["at"].get(clock) == data["stated"]:
            row["verdict"][clock] = _verdict(data["submitted"], row["due"][clock])
    return row


def _verdict(submitted: str, due: str) -> str:
    one, other = map(datetime.fromisoformat, (submitted, due))
    return "late" if one >= other else "on_time"


def _step(row: Row, event: Row) -> None:
    before, after, stops = STEPS[event["kind"]]
    if row["state"] not in before:
        return
    row["state"], data = after, event["data"]
    for clock, due in data.get("due", {}).items():
        row["due"][clock], row["verdict"][clock] = due, None
        row["at"].pop(clock, None)
    for clock in stops:
        if clock in row["due"] and row["verdict"][clock] is None:
            row["at"][clock] = event["time"]
            row["verdict"][clock] = _verdict(event["time"], row["due"][clock])
    row["matter"] = data.get("matter", row["matter"])
    row["lead"] = row["lead"] or (data.get("kind") == "lead" and not data.get("parent"))
    row["struck"] = row["struck"] or event["kind"] == "struck"


def _matter(events: list[Row], parts: list[Row]) -> Row:
    for ended in {"struck", "cancelled"} & {event["kind"] for event in events}:
        return {"state": ended.upper()}
    led = any(task["lead"] and task["state"] == "CLOSED" for task in parts)
    closed = led and all(task["state"] in ("CLOSED", "CANCELLED") for task in parts)
    return {"state": "CLOSED" if closed else "OPEN" if parts else "APPROVED"}


def compare(mine: dict[str, Row], shown: list[Row], fields: tuple[str, ...]) -> list[str]:
    """One line for each row that only one side has, and for each field that they differ in."""
    theirs = {row["id"]: row for row in shown}
    lines = [f"{key}: not shown" for key in mine.keys() - theirs.keys()]
    lines += [f"{key}: shown, but in no book" for key in theirs.keys() - mine.keys()]
    lines += ["a row is shown twice"] * (len(theirs) != len(shown))
    for key in mine.keys() & theirs.keys():
        for field in fields:
            book, seen = mine[key][field], theirs[key].get(field)
            lines += [f"{key}: {field} is {book}, shown {seen}"] * (book != seen)
    return sorted(lines)


def differences(paths: list[str], domain: str, shown: Row) -> tuple[Row, list[str]]:
    """The totals of the books, and all that is wrong with journals or rows (empty: all equal)."""
    own, faults = read(paths)
    tasks, books = reduce(own, domain)
    faults += compare(tasks, shown["assignments"], ("state", "due", "verdict", "struck"))
    faults += compare(books, shown["matters"], ("state",))
    states = Counter(str(book["state"]) for book in books.values())
    return {"assignments": len(tasks), "matters": len(books), "states": dict(states)}, faults


if __name__ == "__main__":  # reducer.py DOMAIN ROWS.json HOST.db...
    with open(sys.argv[2], encoding="utf-8") as rows:
        sums, found = differences(sys.argv[3:], sys.argv[1], json.load(rows))
    print(json.dumps(sums), *found, sep="\n")
    sys.exit(1 if found else 0)
