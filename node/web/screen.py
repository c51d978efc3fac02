"""The command centre (数据指挥中心): one dark screen, each number a way to the list behind it.

Decides what stands where and how units fold into tiles: a tile counts its unit and all below it.
Counts are kept sums (node/readmodel/screen.py), equal to the lists that they open. Kept alive by
server-sent events, by reloading where scripts are off; says so when data are stale.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from flask import Response, redirect, request

from node.domain.commands import DomainRefused
from node.readmodel import register
from node.readmodel import screen as sums
from node.readmodel.register import Wanted
from node.service import heartbeats, logins, units
from node.service.host import Host
from node.service.units import Tree
from node.storage.noticed import latest, pulse
from node.web import charts, show
from node.web.account import give
from node.web.door import Page, Shown, Visit, go

STREAMS: Final = 4  # at most as many live connections: each holds a thread
STREAM_SECONDS: Final = 55.0
BEAT_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 1.0
STALE_SECONDS: Final = 180.0  # without a call of a child that should call, before it is said
FAILURES: Final = 3  # in a row, of calls to a child, before it is said; one alone passes by itself
LEAST: Final = 5  # clocks that were due, below which nobody is ranked
COUNTED: Final = ("assignments", "open", "cleared", "red", "yellow", "green", "on_time", "expected")
NONE: Final = dict.fromkeys(COUNTED, 0)
ICONS: Final = {"red": "■", "yellow": "▲"}
_slots = threading.BoundedSemaphore(STREAMS)


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("command", "/command", lambda _: redirect("/screen", 302), wall=True)
    yield Page("screen", "/screen", screen, wall=True)
    yield Page("region", "/screen/<node>", screen, wall=True)
    yield Page("screen_part", "/screen-part", part, wall=True)
    yield Page("region_part", "/screen-part/<node>", part, wall=True)
    yield Page("live", "/screen-live", live, wall=True)
    yield Page("wall", "/screen-device", device, frozenset(("supervisor", "leader")), ("POST",))


def screen(visit: Visit, node: str = "") -> Shown:
    """The whole screen, of all that this node sees or of one region."""
    return visit.show("screen.html", **_shown(visit, node), rotate=_rotate())


def part(visit: Visit, node: str = "") -> Shown:
    """What changes on it, for the script that keeps it alive."""
    return visit.show("screen_board.html", **_shown(visit, node), rotate=_rotate())


def _rotate() -> int:
    said = request.args.get("rotate", "")
    return min(max(int(said), 5), 600) if said.isdigit() else 0


def _shown(visit: Visit, node: str) -> dict[str, Any]:
    tree = units.tree(visit.host, visit.place)
    top = node or tree.me
    if not tree.has(top):
        raise DomainRefused("not-found", f"no unit {top[:40]}")
    below = tree.under(top) if node else None
    children = {child: tree.children(child) for child in tree.children(top)}
    rows = visit.ask(sums.tiles, [node, *children])
    inner = [one for parts in children.values() for one in parts]
    rows |= visit.ask(sums.tiles, inner, brief=True)
    tiles = [
        tile(tree, child, rows) | {"parts": [part_tile(tree, one, rows) for one in parts]}
        for child, parts in children.items()
    ]
    boards = visit.ask(sums.boards, node)
    stages = visit.ask(sums.stages, node)
    here = f"&under={top}" if node else ""
    return {
        "tree": tree,
        "top": top,
        "node": node,
        "here": here,
        "tiles": tiles,
        "line": [top, *_up(tree, top)] if node else [],
        "boards": boards,
        "totals": totals(boards, rows.get(node, NONE)),
        "stages": stages,
        "funnel": charts.funnel(stages),
        "league": league(tiles),
        "least": LEAST,
        "oldest": visit.ask(register.oldest) if not node else None,
        "worst": visit.ask(
            register.soonest, Wanted(state="running", light="red", units=below), limit=9
        ),
        "events": _events(visit, below),
        "stale": stale(visit),
        "now": visit.now,
        "wall": visit.session is not None and visit.session.kind == "screen",
    }


def _up(tree: Tree, node: str) -> list[str]:
    found, above = [], tree.parent(node)
    while above is not None and above != tree.parent(tree.me):
        found.append(above)
        above = tree.parent(above)
    return found


def tile(tree: Tree, node: str, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A unit with all below it: sums, its light, its rate."""
    found = dict(rows.get(node, NONE))
    return (
        found
        | part_tile(tree, node, rows)
        | {
            "rate": found["on_time"] / found["expected"] if found["expected"] else None,
            "children": tree.has_children(node),
        }
    )


def part_tile(tree: Tree, node: str, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A unit inside a tile: its name, its light, and what stands beside it."""
    light, mark = None, "○"
    if found := rows.get(node):
        light = next((one for one in ("red", "yellow", "green") if found[one]), None)
        if light in ICONS:
            mark = f"{ICONS[light]} {found[light]}"
        elif found["open"]:
            mark = f"● {found['open']}"
    return {"node": node, "name": tree.name(node), "light": light, "mark": mark}


def totals(boards: Mapping[str, Mapping[str, int]], sums: Mapping[str, int]) -> dict[str, Any]:
    """The numbers at the top, by domain rule 17."""
    found: dict[str, Any] = {
        name: sum(row[name] for row in boards.values())
        for name in ("all", "open", "cleared", "apart", "red", "yellow", "green")
    }
    counted = found["all"] - found["apart"]
    found["rate"] = found["cleared"] / counted if counted else None
    found["in_time"] = sums["on_time"] / sums["expected"] if sums["expected"] else None
    return found


def league(tiles: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Units by the share of clocks submitted in time; those with few stand apart, unranked."""
    ranked = [one for one in tiles if one["expected"] >= LEAST]
    ranked.sort(key=lambda one: (-(one["rate"] or 0), one["red"], one["name"]))
    few = [one for one in tiles if 0 < one["expected"] < LEAST]
    return {"ranked": ranked, "few": few}


def _events(visit: Visit, below: Sequence[str] | None) -> list[dict[str, Any]]:
    rows = visit.host.read(visit.place, lambda store: latest(store, 60))
    if below is not None:
        rows = [row for row in rows if row["origin"] in set(below)]
    titles = visit.ask(register.titles, [row["subject"] for row in rows[:10]])
    return [row | {"title": titles.get(row["subject"], "")} for row in rows[:10]]


def stale(visit: Visit) -> list[str]:
    """Names of the units directly below that have not been heard of for long, or are silent."""
    now = visit.host.now().seconds
    tree = units.tree(visit.host, visit.place)
    links = visit.host.read(visit.place, lambda store: store.links())
    patience = max(STALE_SECONDS, 4 * visit.host.poll)
    quiet = [
        tree.name(one.peer)
        for one in links
        if one.side == "down"
        and one.kind == "http"
        and (one.failures >= FAILURES or _quiet(one.address, one.last_heard, now, patience))
    ]
    silent = [row["name"] or "" for row in heartbeats.silence(visit.host, visit.place)]
    return sorted({*quiet, *silent})


def _quiet(address: str | None, heard: str | None, now: float, patience: float) -> bool:
    """Whether a child that calls by itself has not called for long."""
    if address is not None or heard is None:
        return False
    return now - show.moment(heard).timestamp() > patience


def live(visit: Visit) -> Shown:
    """Server-sent events: `tick` when something came, `beat` meanwhile; ends after a minute."""
    if not _slots.acquire(blocking=False):
        return Response("busy", 503, {"Retry-After": "10"}, mimetype="text/plain")
    host, tenant = visit.host, visit.who.tenant.id
    response = Response(_stream(host, tenant), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(_slots.release)
    return response


def _stream(host: Host, tenant: int) -> Iterator[str]:
    woken = _bell(host)
    held, begun, beaten = _pulse(host, tenant), time.monotonic(), time.monotonic()
    yield f"retry: 3000\nevent: beat\ndata: {json.dumps({'as_of': host.now().business})}\n\n"
    while time.monotonic() - begun < STREAM_SECONDS:
        with woken:
            woken.wait(LOOK_SECONDS)
        fresh = _pulse(host, tenant)
        if fresh != held or time.monotonic() - beaten > BEAT_SECONDS:
            word, beaten = ("tick" if fresh != held else "beat"), time.monotonic()
            held = fresh
            yield f"event: {word}\ndata: {json.dumps({'as_of': host.now().business})}\n\n"


def _pulse(host: Host, tenant: int) -> int:
    with host.database.read(tenant) as connection:
        return pulse(connection, tenant)


_bells = dict[int, threading.Condition]()


def _bell(host: Host) -> threading.Condition:
    """What rings when this process commits; other processes' commits are seen by looking."""
    if id(host) not in _bells:
        bell = _bells[id(host)] = threading.Condition()

        def ring(_: frozenset[int]) -> None:
            with bell:
                bell.notify_all()

        host.database.on_commit(ring)
    return _bells[id(host)]


def device(visit: Visit) -> Shown:
    """Turn this browser into a wall's screen: a session that may look at the screen only."""
    if visit.session is None:
        raise DomainRefused("no-token", "nobody has come in")
    token = logins.screen(visit.host, visit.session)
    logins.end(visit.host, visit.session)
    response = go("screen")
    give(response, token, logins.SCREEN)
    return response
