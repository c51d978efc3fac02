"""attachment: put a file in, list what is named, get it; and what a node takes."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import click

from node.cli.common import data_options, host_of, json_option, node_options, place_of, show
from node.domain.commands import Actor
from node.service import attachments
from node.service.host import Host
from node.service.place import Place
from sync.attachments import CHUNK


@click.group()
def attachment() -> None:
    """Attachments of reports: files named by their hash."""


def _as_user(command: Any) -> Any:
    command = click.option("--user", default="terminal", show_default=True)(command)
    return json_option(node_options(data_options(command)))


@attachment.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_as_user
def add(file: Path, user: str, **given: Any) -> None:
    """Put a file in; print what a report names it by. An upload that broke off goes on.

    Example: duban attachment add 清障照片.jpg --user 张三
    """
    with host_of(given["data"], given["database"]) as host, file.open("rb") as opened:
        place = place_of(host, given["node"], given["domain"])
        actor = Actor(place.tenant.node, user, "handler")
        told = _put(host, place, actor, file.name, opened)
        row = {name: told[name] for name in ("sha256", "size", "name", "type")}
        show(row, given["as_json"], f"{row['sha256']}  {row['size']}  {row['name']}")


def _put(host: Host, place: Place, actor: Actor, name: str, opened: BinaryIO) -> dict[str, Any]:
    total, size = sha256(), 0
    while piece := opened.read(CHUNK):
        total.update(piece)
        size += len(piece)
    hash = total.hexdigest()
    form = {"sha256": hash, "size": size, "name": name}
    told = attachments.create(host, place, actor, form)
    for n in range(told["next"], told["chunks"]):
        opened.seek(n * CHUNK)
        piece = opened.read(CHUNK)
        attachments.put(host, place, actor, hash, n, piece, sha256(piece).digest())
    return attachments.complete(host, place, actor, hash)


@attachment.command("list")
@click.argument("object", default="")
@_as_user
def list_(object: str, user: str, **given: Any) -> None:
    """What an assignment's events name and how it stands; without one, own uploads.

    Example: duban attachment list assignment:… --json
    """
    with host_of(given["data"], given["database"]) as host:
        place = place_of(host, given["node"], given["domain"])
        actor = Actor(place.tenant.node, user, "handler")
        if object:
            rows = attachments.about(host, place, object)
        else:
            rows = attachments.uploads(host, place, actor)
        lines = [f"{one['sha256']}  {one['state']:8} {one['size']}  {one['name']}" for one in rows]
        show(rows, given["as_json"], "\n".join(lines))


@attachment.command()
@click.argument("hash")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_as_user
def get(hash: str, file: Path, user: str, **given: Any) -> None:
    """Write an attachment to FILE; one that isn't here is asked for, and comes with the next turns.

    Example: duban attachment get 3f… 清障照片.jpg
    """
    with host_of(given["data"], given["database"]) as host:
        place = place_of(host, given["node"], given["domain"])
        actor = Actor(place.tenant.node, user, "handler")
        told = attachments.standing(host, place, actor, hash)
        if told["state"] != "held":
            told = attachments.fetch(host, place, actor, hash)
            show(told, given["as_json"], f"{told['state']}: asked for, try again later")
            return
        found = attachments.opened(host, place, actor, hash)
        with file.open("wb") as written:
            for piece in attachments.content(host, place, actor, hash, 0, found["size"] - 1):
                written.write(piece)
        show(told, given["as_json"], f"{file}  {found['size']} bytes")


@attachment.command()
@click.option("--most", type=int, default=None, help="bytes of the largest one")
@click.option("--quota", type=int, default=None, help="bytes of all of them")
@click.option("--carry", type=int, default=None, help="up to this many bytes travel unasked")
@data_options
@node_options
@json_option
def policy(
    most: int | None, quota: int | None, carry: int | None, as_json: bool, **given: Any
) -> None:
    """What this node takes, in bytes. Example: duban attachment policy --carry 0"""
    with host_of(given["data"], given["database"]) as host:
        place = place_of(host, given["node"], given["domain"])
        wished = {"most": most, "quota": quota, "carry": carry}
        kept = attachments.set_policy(host, place, wished)
        show({"most": kept.most, "quota": kept.quota, "carry": kept.carry}, as_json)
