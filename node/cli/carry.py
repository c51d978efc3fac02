"""picture, sync, verify, ferry: what a node knows, how its links fare, whether all of it holds."""

from __future__ import annotations

from pathlib import Path

import click

from node.cli.common import data_options, host_of, json_option, node_options, place_of, show
from node.service import appeals, ferrying, heartbeats, links, receipted, withheld
from node.service.picture import picture as picture_of
from node.service.verify import as_json as report_json
from node.service.verify import verify as verify_host
from node.worker import Loopback, Worker
from sync.transports.http import HttpWire


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
@node_options
@json_option
def withholding(
    data: str | None, database: str | None, node: str | None, domain: str | None, as_json: bool
) -> None:
    """Who confirmed what it did not pass on. Example: duban sync withholding --json"""
    with host_of(data, database) as host:
        show(host.read(place_of(host, node, domain), withheld.withholding), as_json)


@sync.command()
@click.argument("to")
@click.option("--address", default=None, help="its exchange URL, as obtained past the parent")
@click.option("--file", type=click.Path(path_type=Path), help="go by file: written here")
@data_options
@node_options
@json_option
def appeal(
    to: str,
    address: str | None,
    file: Path | None,
    data: str | None,
    database: str | None,
    node: str | None,
    domain: str | None,
    as_json: bool,
) -> None:
    """Turn to an ancestor past the parent, which seems to withhold; the node does so by itself
    after a day, where it knows an address.

    Example: duban sync appeal bkg754jasew6ngiot2qgdhhbdthvlwrx --file appeal.duban
    """
    with host_of(data, database) as host:
        place = place_of(host, node, domain)
        if address is not None:
            appeals.set_address(host, place, to, address)
        if file is not None:
            file.write_bytes(appeals.out(host, place, to))
            show({"file": str(file)}, as_json, f"carry {file} to {to}: duban ferry in --answer")
            return
        wire = HttpWire(host.limits.bytes * 2)
        try:
            show(appeals.appeal_to(host, place, to, wire, Loopback(host)), as_json)
        finally:
            wire.close()


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
@click.option("--answer", type=click.Path(path_type=Path), help="for an appeal: write its answer")
@data_options
def into(file: Path, answer: Path | None, data: str | None, database: str | None) -> None:
    """Take a file in. Example: duban ferry in a.duban"""
    with host_of(data, database) as host:
        taken = ferrying.take(host, file.read_bytes())
        click.echo(f"{taken.bodies} bodies taken")
        for node, packed in taken.answers.items():
            if answer is not None:
                answer.write_bytes(packed)
                click.echo(f"carry {answer} back to {node}: duban ferry in")
        for told in taken.told:
            click.echo(f"told: {told}")
        for problem in taken.refused:
            click.echo(f"refused: {problem}", err=True)
        if taken.refused:
            click.get_current_context().exit(1)
