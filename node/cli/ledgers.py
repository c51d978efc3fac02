"""ledger and campaign: definitions, rows, totals; campaigns and the tables that fill them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from node.cli.common import data_options, host_of, json_option, node_options, place_of, read_json
from node.cli.common import show as tell
from node.domain.commands import Actor
from node.readmodel.scope import EVERYTHING
from node.service import acts, campaigns, ledgers, workbooks
from node.service.acts import Deed
from node.service.host import Host
from node.service.place import Place
from schemas.terms import BOARDS

BOARD = click.argument("board", type=click.Choice(BOARDS))


@click.group()
def ledger() -> None:
    """Ledgers: what each board asks of its matters, the values, totals and rates."""


@click.group()
def campaign() -> None:
    """Campaigns: many similar matters, classes, one hard end, divided by territory."""


def _reading(command: Callable[..., Any]) -> Callable[..., Any]:
    return json_option(node_options(data_options(command)))


def _acting(command: Callable[..., Any]) -> Callable[..., Any]:
    command = click.option("--user", default="terminal", show_default=True)(command)
    return _reading(click.option("--role", default="supervisor", show_default=True)(command))


def _filters(command: Callable[..., Any]) -> Callable[..., Any]:
    for name, help in (
        ("present", "true or false: whether the field has a value"),
        ("most", "the field's value at most, in its unit"),
        ("least", "the field's value at least, in its unit"),
        ("value", "the field's value"),
        ("field", "a field's code"),
        ("class", "a campaign's class"),
        ("campaign", "a campaign's id"),
        ("state", "the matter's state"),
        ("city", "a place code's first digits"),
        ("q", "words in title or number"),
    ):
        command = click.option(f"--{name}", name, default=None, help=help)(command)
    return command


@contextmanager
def _at(given: dict[str, Any]) -> Iterator[tuple[Host, Place]]:
    with host_of(given["data"], given["database"]) as host:
        yield host, place_of(host, given["node"], given["domain"])


def _actor(place: Place, given: dict[str, Any]) -> Actor:
    return Actor(place.tenant.node, given["user"], given["role"])


@ledger.command("show")
@click.argument("board", type=click.Choice(BOARDS), required=False)
@click.option("--version", default=None, help="a number, as 1; else the one in force")
@_reading
def show_ledger(board: str | None, version: str | None, **given: Any) -> None:
    """Show which definitions are in force; or all that one says.

    Examples: duban ledger show;  duban ledger show investment
    """
    with _at(given) as (host, place):
        found = ledgers.one(host, place, board, version) if board else ledgers.show(host, place)
        tell(found, given["as_json"])


@ledger.command("rows")
@BOARD
@_filters
@click.option("--limit", default=100, show_default=True)
@click.option("--after", default=None, help="`next` of the page before")
@_reading
def ledger_list(board: str, limit: int, after: str | None, **given: Any) -> None:
    """Show a page of matters with the values of their ledger.

    Example: duban ledger rows investment --city 1401 --field funds --least 1000
    """
    with _at(given) as (host, place):
        tell(ledgers.rows(host, place, board, given, EVERYTHING, limit, after), given["as_json"])


@ledger.command("totals")
@BOARD
@_filters
@click.option("--group", default="", help="as city, month, industry")
@_reading
def ledger_totals(board: str, group: str, **given: Any) -> None:
    """Show totals and rates, in all and by group.

    Example: duban ledger totals investment --group city
    """
    with _at(given) as (host, place):
        tell(ledgers.totals(host, place, board, given, EVERYTHING, group), given["as_json"])


@ledger.command("publish")
@click.argument("form")
@_acting
def publish_ledger(form: str, **given: Any) -> None:
    """Publish a version of a board's ledger from a JSON form (a file, `-`, or the JSON itself).

    Example: duban ledger show investment --json > i.json; duban ledger publish i.json
    """
    with _at(given) as (host, place):
        actor, said = _actor(place, given), read_json(form)
        deed = Deed("ledger.publish")
        made, _ = acts.around(
            host, place, actor, deed, lambda: ledgers.publish(host, place, actor, said)
        )
        tell(made, given["as_json"])


@campaign.command("list")
@_reading
def list_campaigns(**given: Any) -> None:
    """List the campaigns held. Example: duban campaign list"""
    with _at(given) as (host, place):
        tell(campaigns.listed(host, place), given["as_json"])


@campaign.command("show")
@click.argument("id")
@_reading
def show_campaign(id: str, **given: Any) -> None:
    """Show how far a campaign has come. Example: duban campaign show campaign:…"""
    with _at(given) as (host, place):
        tell(campaigns.progress(host, place, id, EVERYTHING), given["as_json"])


@campaign.command("publish")
@click.argument("form")
@_acting
def publish_campaign(form: str, **given: Any) -> None:
    """Publish a campaign from a JSON form (a file, `-`, or the JSON itself).

    Example: duban campaign publish railway.json
    """
    with _at(given) as (host, place):
        actor, said = _actor(place, given), read_json(form)
        deed = Deed("campaign.publish")
        made, _ = acts.around(
            host, place, actor, deed, lambda: campaigns.publish(host, place, actor, said)
        )
        tell(made, given["as_json"])


@campaign.command("template")
@click.argument("id")
@click.argument("file", type=click.Path(path_type=Path))
@_reading
def write_template(id: str, file: Path, **given: Any) -> None:
    """Write an empty table with its guide. Example: duban campaign template campaign:… t.xlsx"""
    with _at(given) as (host, place):
        file.write_bytes(campaigns.template(host, place, id))
        tell({"file": str(file)}, given["as_json"])


@campaign.command("check")
@click.argument("id")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--errors", type=click.Path(path_type=Path), help="where to write the marked table")
@_reading
def check_table(id: str, file: Path, errors: Path | None, **given: Any) -> None:
    """Name every faulty cell of a table; write nothing into the books. Exit code 1 if there is one.

    Example: duban campaign check campaign:… problems.xlsx --errors marked.xlsx
    """
    data = _read(file)
    with _at(given) as (host, place):
        with _bar(given["as_json"]) as heard:
            found = campaigns.check(host, place, id, data, heard)
        if errors is not None:
            errors.write_bytes(campaigns.errors(host, place, id, data))
    tell(found, given["as_json"], _checked(found))
    if found["faults"]:
        raise click.exceptions.Exit(1)


def _checked(found: dict[str, Any]) -> str:
    lines = [
        f"row {one['row']}, {one['column']}: {one['value']!r}; accepted: {one['accepted']}"
        for one in found["faults"]
    ]
    return "\n".join([*lines, f"{found['rows']} rows, {len(found['faults'])} faulty cells"])


@campaign.command("import")
@click.argument("id")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", default="", help="the same key twice imports once")
@_acting
def import_table(id: str, file: Path, key: str, **given: Any) -> None:
    """Register and issue every row of a table, or nothing.

    Example: duban campaign import campaign:… problems.xlsx
    """
    data = _read(file)
    with _at(given) as (host, place):
        deed = Deed("campaign.import", id, key=key, digest=acts.digest_of(data))
        with _bar(given["as_json"]) as heard:
            made, _ = campaigns.bring_in(host, place, _actor(place, given), deed, id, data, heard)
        tell(made, given["as_json"])


def _read(file: Path) -> bytes:
    """At most one byte more than is accepted: the service refuses it then."""
    with file.open("rb") as opened:
        return campaigns.whole(opened.read(workbooks.MOST_BYTES + 1))


@contextmanager
def _bar(hidden: bool) -> Iterator[campaigns.Tell]:
    """A bar on standard error, one after the other for each thing that is done."""
    bars: dict[str, Any] = {}

    def heard(what: str, done: int, whole: int) -> None:
        if what not in bars:
            _close(bars)
            made = click.progressbar(length=whole, label=what, file=sys.stderr, hidden=hidden)
            bars[what] = made.__enter__()
        bars[what].update(done - bars[what].pos)

    try:
        yield heard
    finally:
        _close(bars)


def _close(bars: dict[str, Any]) -> None:
    for bar in bars.values():
        bar.render_finish()
