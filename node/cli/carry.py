"""picture, sync, verify, ferry: what a node knows, how its links fare, whether all of it holds."""

from __future__ import annotations

from pathlib import Path

import click

from node.cli.common import data_options, host_of, json_option, node_options, place_of, show
from node.service import ferrying, heartbeats, links, receipted
from node.service.picture import picture as picture_of
from node.service.verify import as_json as report_json
from node.service.verify import verify as verify_host
from node.worker import Worker


@click.command()
@data_options
@node_options
@json_option
def picture(
    data: str | None, database: str | None, node: str | None, domain: str | None, as_json: bool
) -> None:
    """This node's full picture: counts by board, state, light and unit, clearance rate.

    Example: duban picture --json
    """
    with host_of(data, database) as host:
        show(picture_of(host, place_of(host, node, domain)), as_json)


@click.group()
def sync() -> None:
    """The links with parent and children."""


@sync.command()
@data_options
@node_options
@json_option
def status(
    data: str | None, database: str | None, node: str | None, domain: str | None, as_json: bool
) -> None:
    """Per link: what waits, backoff, refusals, skew, silence. Example: duban sync status"""
    with host_of(data, database) as host:
        show(links.status(host, place_of(host, node, domain)), as_json)


@sync.command()
@data_options
@node_options
@json_option
def received(
    data: str | None, database: str | None, node: str | None, domain: str | None, as_json: bool
) -> None:
    """Per own stream, who above holds how much of it. Example: duban sync received --json"""
    with host_of(data, database) as host:
        show(links.received(host, place_of(host, node, domain)), as_json)


@sync.command()
@data_options
@node_options
@json_option
def silence(
    data: str | None, database: str | None, node: str | None, domain: str | None, as_json: bool
) -> None:
    """Nodes whose promised seal has not come, and since when. Example: duban sync silence --json"""
    with host_of(data, database) as host:
        show(heartbeats.silence(host, place_of(host, node, domain)), as_json)


@sync.command()
@data_options
@node_options
@json_option
def forks(
    data: str | None, database: str | None, node: str | None, domain: str | None, as_json: bool
) -> None:
    """Streams of which two histories were shown, with both seals. Example: duban sync forks"""
    with host_of(data, database) as host:
        show(links.forked(host, place_of(host, node, domain)), as_json)


@sync.command()
@data_options
@node_options
@json_option
def receipts(
    data: str | None, database: str | None, node: str | None, domain: str | None, as_json: bool
) -> None:
    """What is confirmed of this node's own streams, and by whom. Example: duban sync receipts"""
    with host_of(data, database) as host:
        found = receipted.status(host, place_of(host, node, domain))
        show(found, as_json, receipted.sentence(found))


@sync.command()
@data_options
@json_option
def now(data: str | None, database: str | None, as_json: bool) -> None:
    """Take every link's turn once, now. Example: duban sync now"""
    with host_of(data, database) as host:
        worker = Worker(host)
        rounds, failures = worker.once()
        show({"rounds": rounds, "failures": failures}, as_json)


@click.command()
@data_options
@json_option
@click.pass_context
def verify(context: click.Context, data: str | None, database: str | None, as_json: bool) -> None:
    """Verify every stored chain and seal, rebuild the read models beside the live ones, compare.

    Exit code 1 when anything is found. Example: duban verify --json
    """
    with host_of(data, database) as host:
        report = verify_host(host)
        show(report_json(report), as_json)
        if report.findings:
            context.exit(1)


@click.group()
def ferry() -> None:
    """Carry what is due to a peer by file (摆渡)."""


@ferry.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", "peer", default=None, help="the peer, if there are several")
@data_options
@node_options
def out(
    file: Path,
    peer: str | None,
    data: str | None,
    database: str | None,
    node: str | None,
    domain: str | None,
) -> None:
    """Write everything past the peer's last confirmed cursor. Example: duban ferry out a.duban"""
    with host_of(data, database) as host:
        packed, count = ferrying.out(host, place_of(host, node, domain), peer)
        file.write_bytes(packed)
        click.echo(f"{count} bodies, {len(packed)} bytes")


@ferry.command("in")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@data_options
def into(file: Path, data: str | None, database: str | None) -> None:
    """Take a file in. Example: duban ferry in a.duban"""
    with host_of(data, database) as host:
        taken = ferrying.take(host, file.read_bytes())
        click.echo(f"{taken.bodies} bodies taken")
        for told in taken.told:
            click.echo(f"told: {told}")
        for problem in taken.refused:
            click.echo(f"refused: {problem}", err=True)
        if taken.refused:
            click.get_current_context().exit(1)
