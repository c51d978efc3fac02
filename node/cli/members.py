"""rotate, suspend, resume, line, erase, nodes: a node's key, and what is decided about members."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from node.cli.common import (
    data_options,
    host_of,
    json_option,
    node_of,
    node_options,
    place_of,
    show,
)
from node.domain.commands import Actor
from node.service import members
from node.service import rotation as rotating
from node.service.host import Host
from node.service.place import Place


def _as_admin(role: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        command = click.option("--user", default="terminal", show_default=True)(command)
        command = click.option("--role", default=role, show_default=True)(command)
        return json_option(node_options(data_options(command)))

    return decorate


def _run(work: Callable[[Host, Place, Actor], Any], **given: Any) -> None:
    with host_of(given["data"], given["database"]) as host:
        place = place_of(host, given["node"], given["domain"])
        actor = Actor(place.tenant.node, given["user"], given["role"])
        show(work(host, place, actor), given["as_json"])


@click.command()
@click.option("--node", default=None, help="node id, if the host has several")
@data_options
@json_option
def rotate(node: str | None, data: str | None, database: str | None, as_json: bool) -> None:
    """Give this node a new key, at once, in all its domains. Example: duban rotate --json"""
    with host_of(data, database) as host:
        show(rotating.rotate(host, node_of(host, node)), as_json)


@click.command()
@click.argument("whom")
@click.option("--grounds", required=True)
@_as_admin("security")
def suspend(whom: str, grounds: str, **given: Any) -> None:
    """Let nothing count that a node below writes from now on; what it wrote before stays.

    Example: duban suspend ldp2ridm4dzmtg4r7opuhqbu4jrexg7v --grounds 私钥疑似泄露
    """
    _run(lambda host, place, actor: members.suspend(host, place, actor, whom, grounds), **given)


@click.command()
@click.argument("whom")
@click.option("--grounds", required=True)
@_as_admin("security")
def resume(whom: str, grounds: str, **given: Any) -> None:
    """End a suspension: what was held back counts.

    Example: duban resume ldp2ridm4dzmtg4r7opuhqbu4jrexg7v --grounds 已核实
    """
    _run(lambda host, place, actor: members.resume(host, place, actor, whom, grounds), **given)


@click.command()
@click.option("--over", required=True, help="node id of the body that is guided")
@click.option("--by", required=True, help="node id of the body that guides, and may issue to it")
@click.option("--end", is_flag=True, help="no longer")
@_as_admin("admin")
def line(over: str, by: str, end: bool, **given: Any) -> None:
    """Lay a line (条线) between two bodies below this node, or end it.

    Example: duban line --over 市投资局's id --by 省投资局's id
    """
    _run(lambda host, place, actor: members.line(host, place, actor, over, by, end), **given)


@click.command()
@click.argument("id")
@click.option("--of", "origin", default=None, help="its origin, if not this node")
@click.option("--grounds", default=None, help="needed at the root, for others' events")
@_as_admin("security")
def erase(id: str, origin: str | None, grounds: str | None, **given: Any) -> None:
    """Erase the content of one event for good; that it was, and when, stays.

    ID is epoch/stream/seq. Example: duban erase 1-5eed0001/up/3 --grounds 个人信息
    """

    def work(host: Host, place: Place, actor: Actor) -> Any:
        return members.erase(host, place, actor, origin or actor.node, id, grounds)

    _run(work, **given)


@click.command()
@data_options
@node_options
@json_option
def nodes(
    data: str | None, database: str | None, node: str | None, domain: str | None, as_json: bool
) -> None:
    """The directory: who is below whom, on whose machine, suspended, provisional.

    Example: duban nodes --json
    """
    with host_of(data, database) as host:
        found = members.directory(host, place_of(host, node, domain))
        show(found, as_json, "\n".join(_row(one) for one in found))


def _row(one: dict[str, Any]) -> str:
    marks = [word for word in ("suspended", "provisional") if one[word]]
    if one["custody"] != one["node"]:
        marks.append(f"hosted by {one['custody']}")
    return f"{one['node']}  {one['level'] or 'root':<10} {one['name']}  {' '.join(marks)}".rstrip()
