"""What the demo prints of its second chapter: who holds which state, a plan, a firm's steps, money.

Decides the layout only; every number comes from the read API, and from nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from deploy.demo.chapter import DOMAIN, ledgers
from deploy.demo.check import shown
from deploy.demo.client import OPERATIONS, Desk, Row
from deploy.demo.found import Federation
from deploy.demo.players import Cast

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRM, PLAN = ("firm", "draft"), ("plan", "xd")
MOST_UNITS = 12
MADE = ("APPROVED",)  # drafts that are matters by now: counted there


def chapter(console: Console, fed: Federation, cast: Cast) -> None:
    """All of it, as the government's root shows it."""
    root = fed.topology.roots[DOMAIN]
    desk, rows = fed.desk(root, DOMAIN), shown(fed, root, DOMAIN)
    matters = [*(one for one in rows["drafts"] if one["state"] not in MADE), *rows["matters"]]
    console.print(_states("事项 matters", matters, {}))
    names = {node: fed.topology.bodies[key].name for key, node in fed.ids.items()}
    console.print(_states("交办单 assignments", rows["assignments"], names))
    console.print(_plan(desk.call("GET", f"/api/v1/assignments/{_id(cast, PLAN)}"), names))
    console.print(_firm(_tracked(desk, cast)))
    for board in ledgers():
        console.print(_ledger(board, desk))
    console.print(_scores(desk.call("GET", "/api/v1/scores")))


def _id(cast: Cast, place: tuple[str, str]) -> str:
    scene, name = place
    return cast.ids[scene][name]


def _tracked(desk: Desk, cast: Cast) -> Row:
    path, role = OPERATIONS["track.show"]
    return desk.call("POST", path, cast.tickets[_id(cast, FIRM)], role=role)


def _states(title: str, rows: Iterable[Row], names: Mapping[str, str]) -> Table:
    """Every state: how many, and one of them by number (a draft has at most a receipt's)."""
    table = Table(
        "状态 state", "数 how many", "其一 for example", title=f"{title}: 各状态 every state"
    )
    held: dict[str, list[Row]] = {}
    for row in rows:
        held.setdefault(row["state"], []).append(row)
    for state, found in sorted(held.items()):
        one = found[0]
        number = one.get("no") or one.get("receipt") or "(无编号)"
        unit = names.get(one.get("assignee", ""), "")
        table.add_row(state, str(len(found)), " ".join(filter(None, (number, unit, one["title"]))))
    return table


def _plan(task: Row, names: Mapping[str, str]) -> Table:
    """A plan's milestones, each with its own clock."""
    title = f"挂账方案 plan: {task['no']} {task['title']}, {names[task['assignee']]}"
    table = Table(
        "节点 milestone", "时钟 clock", "至 last day", "判定 verdict", "灯 light", title=title
    )
    granted = [one["data"] for one in task["events"] if one["type"].endswith(".hung")]
    told = {one["clock"]: one["name"] for data in granted for one in data["milestones"]}
    for clock in task["clocks"]:
        if clock["kind"] in told:
            said = (_last_day(clock["due"]), clock["verdict"] or "", clock["light"] or "")
            table.add_row(told[clock["kind"]], clock["kind"], *said)
    return table


def _local(instant: str) -> datetime:
    return datetime.fromisoformat(instant).astimezone(SHANGHAI)


def _last_day(due: str) -> str:
    """The last day in time: a due instant is the exclusive next 00:00."""
    return f"{_local(due) - timedelta(seconds=1):%Y-%m-%d}"


def _firm(told: Row) -> Table:
    """What a firm sees by its receipt's number and code, without an account."""
    title = f"企业查询 tracked: {told['number']} → {told['no']} {told['title']}"
    table = Table("公开步骤 public step", "时间 time", "单位 unit", title=title)
    for step in told["steps"]:
        table.add_row(step["step"], f"{_local(step['time']):%m-%d %H:%M:%S}", step["unit"] or "")
    table.caption = f"评价 rating: {'★' * int(told['rating'])}"
    return table


def _ledger(board: str, desk: Desk) -> Table:
    """A board's totals and rates, in all and by city."""
    words = desk.call("GET", f"/api/v1/ledgers/{board}")
    told = desk.call("GET", f"/api/v1/ledgers/{board}/totals?group=city")
    table = Table("合计 totals", title=f"台账 ledger: {told['ledger']}")
    columns = [("全省 all", told["total"]), *((row["key"], row) for row in told["items"])]
    for name, _ in columns:
        table.add_column(str(name or "(无)"), justify="right")
    for total in words["totals"]:
        values = [_number(total["kind"], values[total["code"]]) for _, values in columns]
        table.add_row(f"{total['zh']} {total['en']}", *values)
    return table


def _number(kind: str, value: object) -> str:
    if kind == "rate" and isinstance(value, int | float):
        return f"{value:.1%}"
    return "" if value is None else str(value)


def _scores(told: Row) -> Table:
    """The month's score: whoever has a rank, by level; and how many have none."""
    ranked: Sequence[Row] = [row for row in told["rows"] if row["rank"] is not None]
    table = Table(
        "层级 level", "名次 rank", "单位 unit", "得分 score", "在办 in hand", "扣加分 lines",
        title=f"月度考核 score of {told['month']} by {told['table']}",
    )  # fmt: skip
    for row in ranked[:MOST_UNITS]:
        lines = " ".join(
            f"{line['measure']} {line['points']:+.2f}" for line in row["lines"] if line["points"]
        )
        hand = str(row["in_hand"]["counts"]["in_hand"])
        table.add_row(
            row["level"], str(row["rank"]), row["name"], f"{row['score']:.2f}", hand, lines
        )
    unranked = len(told["rows"]) - len(ranked)
    table.caption = f"不足{told['minimum']}件不排名 unranked: {unranked}"
    return table
