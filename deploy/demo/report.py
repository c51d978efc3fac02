"""What the demo prints: the province's picture, the counts, URLs and logins.

Decides the layout only; every number comes from the read API or from the checks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from deploy.demo.client import Row
from deploy.demo.found import PASSWORD, SEATS, Federation

LIGHTS = ("green", "yellow", "red")
COLOURS = {"green": "● {}", "yellow": "▲ {}", "red": "■ {}"}
SHOWN_LOGINS = ("sx", "ty", "xd", "wx-pl")


def picture(console: Console, name: str, seen: Row) -> None:
    """The picture of one node: boards by state and light, then units, then the rate."""
    console.rule(f"{name} · 13710 督办总览 · 数据截至 {seen['as_of']} · 样例数据 synthetic")
    console.print(_board_table(seen["boards"], seen["lights"]))
    console.print(_unit_table(seen["units"]))
    console.print(f"办结率 clearance rate: [bold]{seen['clearance_rate']:.1%}[/bold]")


def _board_table(boards: Mapping[str, Row], lights: Mapping[str, Row]) -> Table:
    states = sorted({state for row in boards.values() for state in row})
    table = Table("板块 board", *states, *LIGHTS, title="事项 matters by board, state and light")
    for board, row in boards.items():
        counts = [str(row.get(state, 0)) for state in states]
        shown = [COLOURS[light].format(lights.get(board, {}).get(light, 0)) for light in LIGHTS]
        table.add_row(board, *counts, *shown)
    return table


def _unit_table(units: Sequence[Row]) -> Table:
    table = Table("单位 unit", "交办 given", "已结 cleared", *LIGHTS, title="承办单位 by unit")
    for row in units:
        lights = [COLOURS[light].format(row[light]) for light in LIGHTS]
        name = row["name"] or row["unit"]
        table.add_row(name, str(row["assignments"]), str(row["cleared"]), *lights)
    return table


def counts(console: Console, fed: Federation, found: Mapping[str, int], states: Row) -> None:
    """Nodes, hosts, events, exchanges, receipts, and matters by state."""
    table = Table(title="计数 counts")
    row = {"nodes": len(fed.topology.bodies), "hosts": len(fed.machines), **found, **states}
    for name in row:
        table.add_column(name, justify="right")
    table.add_row(*(str(value) for value in row.values()))
    console.print(table)


def logins(console: Console, fed: Federation) -> None:
    """Where to look, and as whom: the pages in a browser, REST with a token."""
    table = Table("单位 body", "网址 pages", "用户 users", title="登录 Logins")
    for key, roles in sorted(SEATS.items(), key=lambda one: list(fed.ids).index(one[0])):
        name, url = fed.topology.bodies[key].name, fed.machine(key).url
        table.add_row(name, url, " ".join(f"{key}-{role}" for role in roles))
    console.print(table)
    console.print(f"密码 password: [bold]{PASSWORD}[/bold]")
    root = fed.machine(fed.topology.roots["gov"]).url
    console.print(f"数据指挥中心 command centre: [bold]{root}/screen[/bold]")
    table = Table("单位 body", "user", "token", title="接口令牌 tokens of REST")
    for key in SHOWN_LOGINS:
        for role in ("supervisor", "handler"):
            name = fed.topology.bodies[key].name
            table.add_row(name, f"{key}-{role}", fed.logins[key][role])
    console.print(table)


def verdict(console: Console, faults: Sequence[str]) -> None:
    """Whether the picture equals the sum of the books, or the first things that differ."""
    if not faults:
        console.print("[bold]✔ the province's picture equals the sum of all nodes' books[/bold]")
        return
    console.print(f"[bold]✘ {len(faults)} differences[/bold]")
    for line in faults[:40]:
        console.print(f"  {line}", markup=False)
