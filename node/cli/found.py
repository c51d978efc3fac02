"""init, invite, join: two commands stand a node up under its parent."""

from __future__ import annotations

from pathlib import Path

import click

from node.cli.common import (
    data_options,
    host_of,
    json_option,
    node_of,
    node_options,
    place_of,
    read_json,
    show,
)
from node.service import enrol, ferrying
from schemas.refusals import Refused
from sync.transports.http import HttpWire

LEVELS = ("province", "city", "county", "zone", "township", "department", "central")


@click.command()
@click.option("--name", required=True)
@click.option("--level", required=True, type=click.Choice(LEVELS))
@click.option("--code", default=None, help="place code, e.g. 140105")
@click.option("--root", default=None, help="found a domain of this name, e.g. gov")
@data_options
@json_option
def init(
    name: str,
    level: str,
    code: str | None,
    root: str | None,
    data: str | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Make a node and its key; print its id and its join request.

    Example: duban init --name 小店区 --level county --code 140105 --data ./xiaodian
    """
    with host_of(data, database) as host:
        born = enrol.init(host, name, level, code, root)
        told = {"node": born.node, "request": born.request}
        if born.domain is not None:
            told |= {"domain": born.domain, "recovery": list(born.recovery)}
        if as_json or born.domain is None:
            show(told, as_json)
            return
        click.echo(f"node    {born.node}\ndomain  {born.domain}")
        click.echo("recovery keys: write them down, keep them apart, they are shown only now")
        for seed in born.recovery:
            click.echo(f"  {seed}")


@click.command()
@click.argument("request")
@click.option("--name", default=None, help="as entered by the parent")
@click.option("--level", default=None, type=click.Choice(LEVELS))
@click.option("--code", default=None)
@click.option("--address", default=None, help="this node's exchange URL")
@click.option("--days", default=7.0, show_default=True, help="how long it may be used")
@click.option("--hosted", is_flag=True, help="the child's key lies on this machine")
@data_options
@node_options
@json_option
def invite(
    request: str,
    name: str | None,
    level: str | None,
    code: str | None,
    address: str | None,
    days: float,
    hosted: bool,
    data: str | None,
    database: str | None,
    node: str | None,
    domain: str | None,
    as_json: bool,
) -> None:
    """At the parent: print a one-time invitation that fits the request's key.

    REQUEST is a file, `-`, or the JSON itself. Example: duban invite request.json --name 小店区
    --level county --address http://10.0.0.1:8600/exchange/v1
    """
    with host_of(data, database) as host:
        place = place_of(host, node, domain)
        found = read_json(request)
        entered = {"name": name, "level": level, "code": code}
        made = enrol.invite(
            host,
            place,
            found.get("request", found),
            {key: value for key, value in entered.items() if value is not None},
            address,
            days,
            f"hosted:{place.tenant.node}" if hosted else "own",
        )
        show(made, as_json=True)
        del as_json


@click.command()
@click.argument("invitation")
@click.option("--domain", default=None, help="the domain's id as obtained elsewhere")
@click.option("--address", default=None, help="own exchange URL, if the parent may call it")
@click.option("--poll", is_flag=True, help="this node calls; it can't be called")
@click.option("--ferry", type=click.Path(path_type=Path), help="ask by file: written here")
@click.option("--node", default=None)
@data_options
@json_option
def join(
    invitation: str,
    domain: str | None,
    address: str | None,
    poll: bool,
    ferry: Path | None,
    node: str | None,
    data: str | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Enrol this node under its parent; once more for another domain.

    INVITATION is a file, `-`, or the JSON itself. Examples: duban join invitation.json; with no
    network: duban join invitation.json --ferry join.duban
    """
    with host_of(data, database) as host:
        asked = read_json(invitation)
        if ferry is not None:
            ferry.write_bytes(ferrying.ask(host, node_of(host, node), asked, domain))
            show({"ferry": str(ferry)}, as_json, f"carry {ferry} to the parent: duban ferry in")
            return
        poll = poll or address is None
        joining = enrol.prepare(host, node_of(host, node), asked, domain, address, poll)
        document = {"invitation": joining.invitation, "join": joining.join}
        try:
            admission = enrol.admit(host, document)
        except Refused as refusal:
            if refusal.code != "wrong-receiver" or joining.address is None:
                raise
            wire = HttpWire(enrol.MOST_ADMISSION)
            try:
                admission = wire.join(joining.address, document)
            finally:
                wire.close()
        place = enrol.finish(host, joining, admission)
        told = {"node": place.tenant.node, "domain": place.domain}
        show(told, as_json, f"joined {place.domain}; provisional until the root's receipt")
