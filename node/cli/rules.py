"""calendar and policy: by which days due dates are counted, published and applied."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from node.cli.common import data_options, host_of, json_option, node_options, place_of, read_json
from node.cli.common import show as tell
from node.domain.commands import Actor
from node.service import almanac, policies, redating
from node.service.host import Host
from node.service.place import Place
from schemas.refusals import Refused


@click.group()
def calendar() -> None:
    """Calendars: holidays and make-up workdays, by version."""


@click.group()
def policy() -> None:
    """Policies: how many days a stage has, and how they are counted."""


def _reading(command: Callable[..., Any]) -> Callable[..., Any]:
    return json_option(node_options(data_options(command)))


def _acting(command: Callable[..., Any]) -> Callable[..., Any]:
    command = click.option("--user", default="terminal", show_default=True)(command)
    return _reading(click.option("--role", default="supervisor", show_default=True)(command))


def _at(given: dict[str, Any], work: Callable[[Host, Place], Any], text: Any = None) -> None:
    with host_of(given["data"], given["database"]) as host:
        found = work(host, place_of(host, given["node"], given["domain"]))
        tell(found, given["as_json"], text(found) if text is not None else None)


def _actor(place: Place, given: dict[str, Any]) -> Actor:
    return Actor(place.tenant.node, given["user"], given["role"])


@calendar.command("show")
@click.argument("version", required=False)
@_reading
def show_calendar(version: str | None, **given: Any) -> None:
    """Show the calendar in force and the versions held; or all dates of one version.

    Examples: duban calendar show;  duban calendar show cn/2027.1 --json
    """
    if version is not None:
        named = version
        _at(given, lambda host, place: almanac.one(host, place, named))
    else:
        _at(given, almanac.show)


@calendar.command("import")
@click.argument("table")
@click.option("--version", required=True, help="as cn/2027.1; numbers only grow")
@click.option("--covered-until", required=True, help="the last date that the table decides")
@click.option("--covered-from", default=None, help="else 1 January of the first row's year")
@click.option("--region", default="cn", show_default=True, help="cn, or a place code")
@_acting
def bring_in(table: str, **given: Any) -> None:
    """Check a table (CSV with date,kind,name, or JSON rows) and keep it as a draft.

    kind is holiday or workday (a weekend that is made up). One faulty cell, and nothing is kept.

    Example: duban calendar import 2027.csv --version cn/2027.1 --covered-until 2027-12-31
    """
    form = {**_table(table), **{name: given[name] for name in ("version", "region")}}
    form |= {name: given[name] for name in ("covered_until", "covered_from")}
    _at(given, lambda host, place: almanac.bring_in(host, place, _actor(place, given), form))


def _table(source: str) -> dict[str, Any]:
    """`rows` or `csv` of a file, or of standard input (`-`)."""
    text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8-sig")
    if not text.lstrip().startswith(("[", "{")):
        return {"csv": text}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Refused("malformed", f"{source}: not JSON ({error})") from None
    return {"rows": found.get("rows") if isinstance(found, dict) else found}


@calendar.command("publish")
@click.option("--region", default="cn", show_default=True)
@_acting
def publish_calendar(region: str, **given: Any) -> None:
    """Publish the imported draft of a region to the whole tree (the root only).

    Example: duban calendar publish --region cn
    """
    _at(given, lambda host, place: almanac.publish(host, place, _actor(place, given), region))


@calendar.command()
@_reading
def preview(**given: Any) -> None:
    """Show which open clocks of this node's assignments the calendar in force would move.

    Example: duban calendar preview
    """
    _at(given, redating.preview, _previewed)


def _previewed(found: dict[str, Any]) -> str:
    lines = [f"calendar {found['calendar']}: {found['moved']} assignments would move"]
    for item in found["items"]:
        lines.append(f"{item['no']}  {item['title']}  {item['id']}")
        for move in item["moves"]:
            mark = "  (provisional)" if move["provisional"] else ""
            lines.append(f"    {move['clock']}: {move['from']} -> {move['to']}{mark}")
        lines += [f"    {one['clock']} stays: {one['why']}" for one in item["kept"]]
    return "\n".join([*lines, f"token {found['token']}"])


@calendar.command("apply")
@click.option("--token", required=True, help="from `duban calendar preview`")
@click.option("--reason", required=True)
@click.option("--only", multiple=True, help="an assignment's id; else all that was shown")
@_acting
def apply_calendar(token: str, reason: str, only: tuple[str, ...], **given: Any) -> None:
    """Move the clocks that a preview has shown: one signed event per assignment.

    Example: duban calendar apply --token 3f… --reason 国办发明电〔2026〕7号
    """
    form = {"token": token, "reason": reason, "only": list(only) or None}
    _at(given, lambda host, place: redating.apply(host, place, _actor(place, given), form))


@policy.command("show")
@click.argument("version", required=False)
@_reading
def show_policy(version: str | None, **given: Any) -> None:
    """Show which policy is in force where; or all that one version says.

    Examples: duban policy show;  duban policy show default/1
    """
    if version is not None:
        named = version
        _at(given, lambda host, place: policies.one(host, place, named))
    else:
        _at(given, policies.show)


@policy.command("publish")
@click.argument("form")
@_acting
def publish_policy(form: str, **given: Any) -> None:
    """Publish a version from a JSON form (a file, `-`, or the JSON itself).

    What it leaves out is as in default/1. The root's counts for all that issue, another node's for
    what it issues itself; only new matters go by it.

    Example: duban policy publish '{"version":"workingdays/1","counts":"working"}'
    """
    said = read_json(form)
    _at(given, lambda host, place: policies.publish(host, place, _actor(place, given), said))


@policy.command()
@click.argument("name")
@_acting
def withdraw(name: str, **given: Any) -> None:
    """Give a policy of this node's to no new matter. Example: duban policy withdraw workingdays"""
    _at(given, lambda host, place: policies.withdraw(host, place, _actor(place, given), name))
