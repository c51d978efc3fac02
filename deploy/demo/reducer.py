"""A second opinion on the books: the events of all nodes in, rows out.

Unites the events (journals.py reads them, opinion.py compares) into one row per assignment, matter
and draft by its own simple reading of docs/spec/07-apply.md: states, due instants, verdicts,
crossed rulings. Imports nothing of the product.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

Row = dict[str, Any]


def _stays(*states: str) -> dict[str, str]:
    return {state: state for state in states}


BEGUN = ("SIGNED", "DOING", "HUNG", "CLOSE_REQ")
OPEN = ("ISSUED", *BEGUN, "SUSPENDED", "RETURNED")
ENDED = ("CLOSED", "CANCELLED", "RELIEVED")
# type -> state before: state after; types without a row here are neutral
MOVES: dict[str, dict[str, str]] = {
    "issued": {"": "ISSUED"},
    "signed": {"ISSUED": "SIGNED"},
    "deployed": {"SIGNED": "DOING", **_stays("DOING", "SUSPENDED")},
    "reported": _stays("DOING", "HUNG", "SUSPENDED"),
    "refused": dict.fromkeys(("ISSUED", "SIGNED"), "RETURNED"),
    "relieved": {"RETURNED": "RELIEVED"},
    "upheld": {"RETURNED": "SIGNED"},
    "extension_asked": _stays("DOING"),
    "extended": _stays("DOING"),
    "extension_refused": _stays("DOING"),
    "plan_asked": _stays("DOING"),
    "plan_refused": _stays("DOING"),
    "hung": {"DOING": "HUNG"},
    "restored": {"HUNG": "DOING"},
    "clearance_applied": dict.fromkeys(("DOING", "HUNG"), "CLOSE_REQ"),
    "returned": {"CLOSE_REQ": "DOING"},
    "granted": {"CLOSE_REQ": "CLOSED"},
    "reopened": {"CLOSED": "DOING"},
    "pause_asked": _stays(*BEGUN),
    "paused": dict.fromkeys(BEGUN, "SUSPENDED"),
    "resumed": {"SUSPENDED": "DOING"},
    "regrouped": _stays(*OPEN),
    "redated": _stays(*OPEN),
    "ruled": _stays(*OPEN, *ENDED),
    "struck": _stays("CLOSED"),
    "cancelled": dict.fromkeys(OPEN, "CANCELLED"),
}
# type -> the families of clocks that it stops; and the types after which no clock runs
STOPS = {"deployed": ("k1",), "reported": ("k3",), "clearance_applied": ("k7", "km", "kp")}
ENDS = ("relieved", "granted", "struck", "cancelled")
STILL = {
    kind
    for kind, rows in MOVES.items()
    if kind not in ENDS and all(one == other for one, other in rows.items())
}
DRAFTS = {
    "submitted": "LEAD", "drafted": "DRAFT", "proposed": "PROPOSED", "approved": "APPROVED",
    "declined": "REJECTED", "rejected": "REJECTED", "merged": "MERGED",
}  # fmt: skip


def reduce(own: dict[str, Row], domain: str) -> dict[str, dict[str, Row]]:
    """Assignments, matters and drafts of the domain called `domain`, each by id."""
    subjects: dict[str, list[Row]] = defaultdict(list)
    for event in own.values():
        if event["domain"].split("@")[0] == domain:
            subjects[event["subject"]].append(event)
    items = sorted(subjects.items())
    tasks = {k: _assignment(v) for k, v in items if k.startswith("assignment:")}
    parts: dict[str, list[Row]] = defaultdict(list)
    for task in tasks.values():
        parts[task["matter"]].append(task)
    books = {k: _matter(v, parts[k]) for k, v in items if k.startswith("matter:")}
    drafts = {k: _draft(v) for k, v in items if k.startswith("draft:")}
    return {"assignments": tasks, "matters": books, "drafts": drafts}


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


def _beats(one: Row, other: Row, past: dict[str, set[str]]) -> bool:
    """Whether they crossed, and the weightier `one` leaves no room for `other`."""
    if _rank(one) <= _rank(other) or one["kind"] in STILL:
        return False
    if one["head"] in past[other["head"]] or other["head"] in past[one["head"]]:
        return False
    goals = MOVES[one["kind"]].values()
    return other["kind"] not in STILL or any(goal not in MOVES[other["kind"]] for goal in goals)


def _assignment(events: list[Row]) -> Row:
    """The valid events, in the order in which they build upon each other, through the table."""
    past = _pasts(events)
    valid: list[Row] = []
    for event in sorted(events, key=_rank, reverse=True):
        if event["kind"] in MOVES and not any(_beats(one, event, past) for one in valid):
            valid.append(event)
    row: Row = {"state": "", "due": {}, "verdict": {}, "struck": False, "matter": "", "lead": False}
    row |= {"at": {}, "over": set(), "plan": ""}
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
    kind, data = event["kind"], event["data"]
    if row["state"] not in MOVES[kind]:
        return
    row["state"] = MOVES[kind][row["state"]]
    if kind == "plan_asked":
        row["plan"] = event["time"]
    elif kind == "hung":
        _replace(row, data)
    for clock, due in data.get("due", {}).items():
        stays = clock not in _running(row) or _verdict(event["time"], row["due"][clock]) == "late"
        if kind != "redated" or not stays:
            _start(row, clock, due)
    stopped = [one for one in _running(row) if one[:2] in STOPS.get(kind, ())]
    for clock in {*stopped, data.get("milestone")} & set(_running(row)):
        row["at"][clock] = event["time"]
        row["verdict"][clock] = _verdict(event["time"], row["due"][clock])
    row["over"] |= set(row["due"]) if kind in ENDS else set()
    row["matter"] = data.get("matter", row["matter"])
    row["lead"] = row["lead"] or (data.get("kind") == "lead" and not data.get("parent"))
    row["struck"] = row["struck"] or kind == "struck"


def _running(row: Row) -> list[str]:
    return [one for one, said in row["verdict"].items() if said is None and one not in row["over"]]


def _start(row: Row, clock: str, due: str) -> None:
    row["due"][clock], row["verdict"][clock] = due, None
    row["at"].pop(clock, None)
    row["over"].discard(clock)


def _replace(row: Row, data: Row) -> None:
    """A plan takes the last clock's place; what was late when it was asked for stays late."""
    for clock in _running(row):
        if clock[:2] in ("k7", "km"):
            row["over"].add(clock)
            late = _verdict(row["plan"], row["due"][clock]) == "late"
            row["verdict"][clock] = "late" if late else None
    for one in data["milestones"]:
        _start(row, one["clock"], one["due"])


def _matter(events: list[Row], parts: list[Row]) -> Row:
    for ended in {"struck", "cancelled", "merged"} & {event["kind"] for event in events}:
        return {"state": ended.upper()}
    led = any(task["lead"] and task["state"] == "CLOSED" for task in parts)
    closed = led and all(task["state"] in ENDED for task in parts)
    return {"state": "CLOSED" if closed else "OPEN" if parts else "APPROVED"}


def _draft(events: list[Row]) -> Row:
    row: Row = {"state": "", "matter": None, "score": None}
    for event in sorted(events, key=_place):
        row["state"] = DRAFTS.get(event["kind"], row["state"])
        row |= {name: event["data"][name] for name in ("matter", "score") if name in event["data"]}
    return row
