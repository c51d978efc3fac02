"""What the commands share: options, the host that they work on, printing."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from node.bootstrap import make_host
from node.config import read_config
from node.service.host import Host
from node.service.place import Place
from schemas.refusals import Refused

F = TypeVar("F", bound=Callable[..., Any])


def data_options(command: F) -> F:
    """--data and --database, also after the command's name."""
    command = click.option("--data", default=None, help="directory of the host")(command)
    return click.option("--database", default=None, help="SQLAlchemy URL")(command)


def node_options(command: F) -> F:
    """--node and --domain, needed only where a host has several."""
    command = click.option("--node", default=None, help="node id, if the host has several")(command)
    return click.option("--domain", default=None, help="domain, if the node has several")(command)


def json_option(command: F) -> F:
    """--json."""
    return click.option("--json", "as_json", is_flag=True, help="for scripts")(command)


@contextmanager
def host_of(data: str | None, database: str | None) -> Iterator[Host]:
    """The host that the options, the group's options or the environment name."""
    above = click.get_current_context().obj or (None, None)
    host = make_host(read_config(data or above[0], database or above[1]))
    try:
        yield host
    finally:
        host.database.close()


def node_of(host: Host, node: str | None) -> str:
    """The node meant: the one named, or the host's only one. Raises Refused."""
    if node is not None:
        return host.tenant(node).node
    tenants = host.tenants()
    if len(tenants) == 1:
        return tenants[0].node
    raise Refused("wrong-receiver", f"--node is needed: {len(tenants)} nodes live here")


def place_of(host: Host, node: str | None, domain: str | None) -> Place:
    """The node in the domain meant. Raises Refused."""
    return host.place(node_of(host, node), domain)


def show(value: Any, as_json: bool, text: str | None = None) -> None:
    """Print a result: JSON for scripts, `text` for people."""
    if as_json or text is None:
        click.echo(json.dumps(value, ensure_ascii=False, indent=None if as_json else 2))
    else:
        click.echo(text)


def read_json(source: str) -> dict[str, Any]:
    """A JSON object from a file, from standard input (`-`), or given as it is."""
    if source == "-":
        text = sys.stdin.read()
    elif source.lstrip().startswith("{"):
        text = source
    else:
        text = Path(source).read_text(encoding="utf-8")
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Refused("malformed", f"{source[:40]}: not JSON ({error})") from None
    if not isinstance(found, dict):
        raise Refused("malformed", f"{source[:40]}: not a JSON object")
    return found
