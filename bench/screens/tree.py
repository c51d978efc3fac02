"""The 8,907 nodes of the tree, made once by the command that an operator types."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bench.screens.pen import Unit
from deploy.topology.shanxi import tree
from node.bootstrap import make_host
from node.config import read_config
from node.service.host import Host
from node.service.place import Place
from node.storage.store import SqlStore

ROOT: Final = "h140000"
PORT: Final = 27310


def grown(folder: Path) -> Path:
    """The folder with the tree's hosts in it, made when it isn't there."""
    born, done = folder / "born", folder / "born.json"
    if not (done.exists() and done.read_text()):
        folder.mkdir(parents=True, exist_ok=True)
        plan = folder / "tree.json"
        plan.write_text(json.dumps(tree(12), ensure_ascii=False), encoding="utf-8")
        command = [sys.executable, "-m", "node", "topology", "apply", str(plan), "--json"]
        words = ["--data", str(born), "--port", str(PORT)]
        made = subprocess.run([*command, *words], check=True, stdout=subprocess.PIPE)
        done.write_bytes(made.stdout)
    return born


def province(host: Host) -> Place:
    """The root, of all nodes that its host serves."""
    return next(one for one in host.places() if one.membership.parent is None)


def units(born: Path, host: Host, top: Place) -> Iterator[Unit]:
    """Who is given work: the cities, their counties, and the departments of the province."""
    rows: dict[str, dict[str, Any]] = {}

    def look(store: SqlStore) -> None:
        roster = store.roster()
        for node in roster.children(top.tenant.node):
            for one in (node, *roster.children(node)):
                rows[one] = roster.row(one) | {"via": node}

    host.read(top, look)
    wanted = {node for node, row in rows.items() if row["level"] != "department"}
    wanted |= set(host_nodes(host)) & rows.keys()
    for path in sorted(born.glob("h*")):
        if path.name == ROOT:
            yield from _of(host, rows, wanted)
        else:
            other = make_host(read_config(str(path), None))
            yield from _of(other, rows, wanted)
            other.database.close()


def host_nodes(host: Host) -> list[str]:
    """The nodes of a host."""
    return [one.node for one in host.tenants()]


def _of(host: Host, rows: dict[str, dict[str, Any]], wanted: set[str]) -> Iterator[Unit]:
    for place in host.places():
        node = place.tenant.node
        if node in wanted:
            with host.database.read() as connection:
                me = host.me(connection, place)
            row = rows[node]
            yield Unit(me, row["name"], str(row.get("code") or ""), row["via"])
