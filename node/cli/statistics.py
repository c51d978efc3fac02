"""stats and score: what was in time, what was cleared, how units score, and files of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copyfileobj
from typing import Any

import click

from node.cli.common import data_options, host_of, json_option, node_options, place_of, read_json
from node.cli.common import show as tell
from node.domain.commands import Actor
from node.service import exports, scores, statistics
from node.service.host import Host
from node.service.place import Place


@click.group()
def stats() -> None:
    """Statistics over a period: timeliness, clearance, backlog."""


@click.group()
def score() -> None:
    """The monthly score, and the table that gives it."""


def _placed(command: Callable[..., Any]) -> Callable[..., Any]:
    return json_option(node_options(data_options(command)))


def _spanned(command: Callable[..., Any]) -> Callable[..., Any]:
    for name, words in (
        ("region", "the beginning of a place code, or none"),
        ("unit", "a node's id"),
        ("board", "daily, key-work, …"),
        ("until", "the last date, as 2026-11-30"),
        ("since", "the first date, as 2026-11-01"),
        ("month", "as 2026-11, instead of dates"),
    ):
        command = click.option(f"--{name}", default=None, help=words)(command)
    return command


_by = click.option("--by", type=click.Choice(statistics.BY), default=None, help="a row for each")


def _query(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def _at(given: dict[str, Any], work: Callable[[Host, Place], Any], text: Any = None) -> None:
    with host_of(given.pop("data"), given.pop("database")) as host:
        place = place_of(host, given.pop("node"), given.pop("domain"))
        as_json = given.pop("as_json")
        found = work(host, place)
        tell(found, as_json, text(found) if text is not None else None)


@stats.command("show")
@_spanned
@_by
@_placed
def show_statistics(**given: Any) -> None:
    """Completeness and timeliness per stage, clearance, returns, ratings, overdue days.

    Example: duban stats show --month 2026-11 --by unit --json
    """
    _at(given, lambda host, place: _whole(host, place, _query(given)))


def _whole(host: Host, place: Place, query: dict[str, Any]) -> dict[str, Any]:
    return statistics.statistics(host, place, query, whole=True)


@stats.command()
@_spanned
@_by
@_placed
def ageing(**given: Any) -> None:
    """How old the backlog is, and how long overdue. Example: duban stats ageing --by board"""
    _at(given, lambda host, place: statistics.ageing(host, place, _query(given), whole=True))


@stats.command()
@click.argument("what", type=click.Choice(exports.TABLES))
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--count", default=None, help="only what this word of a statistic counts")
@click.option("--stage", default=None, help="k1, k3, k7, km, kp or ka")
@click.option("--basis", type=click.Choice(("due", "promised")), default=None)
@click.option("--state", default=None)
@click.option("--level", default=None, help="of scores: city, county, …")
@_spanned
@_by
@_placed
def export(what: str, file: str, **given: Any) -> None:
    """Write a list, the statistics or the scores to FILE, as its ending says: .csv or .xlsx.

    Example: duban stats export clocks late.xlsx --month 2026-11 --stage k7 --count late
    """

    def written(host: Host, place: Place) -> dict[str, Any]:
        form = Path(file).suffix.removeprefix(".").lower()
        made, count = exports.export(host, place, what, form, _query(given))
        with made, Path(file).open("wb") as into:
            copyfileobj(made, into)
        return {"file": file, "rows": count}

    _at(given, written)


@score.command("show")
@click.option("--month", default=None, help="as 2026-11; else this month")
@click.option("--level", default=None, help="city, county, department, …")
@click.option("--unit", default=None, help="a node's id")
@click.option("--table", default=None, help="as this version would score it")
@_placed
def show_scores(**given: Any) -> None:
    """Each unit's score with its rank, and what it was given or taken for.

    Example: duban score show --month 2026-11 --level city
    """
    _at(given, lambda host, place: scores.scores(host, place, _query(given)), _scored)


def _scored(found: dict[str, Any]) -> str:
    head = f"{found['month']}, by {found['table']}; ranked from {found['minimum']} in hand"
    head += "" if found["final"] else "; the month is not over"
    return "\n".join([head, *map(scores.explained, found["rows"])])


@score.command()
@click.argument("version", required=False)
@_placed
def table(version: str | None, **given: Any) -> None:
    """Show the table in force and the versions held; or all that one version says.

    Examples: duban score table;  duban score table monthlyscore/0
    """
    if version is None:
        _at(given, scores.show)
    else:
        named = version
        _at(given, lambda host, place: scores.one(host, place, named))


@score.command()
@click.argument("form")
@click.option("--user", default="terminal", show_default=True)
@click.option("--role", default="supervisor", show_default=True)
@_placed
def publish(form: str, user: str, role: str, **given: Any) -> None:
    """Publish a table from a JSON form (a file, `-`, or the JSON itself), to the whole tree.

    What it leaves out is as in monthlyscore/0. It counts for months that begin from now on.

    Example: duban score publish '{"version":"monthlyscore/1","minimum":3}'
    """
    said = read_json(form)

    def work(host: Host, place: Place) -> dict[str, Any]:
        return scores.publish(host, place, Actor(place.tenant.node, user, role), said)

    _at(given, work)
