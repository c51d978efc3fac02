"""notices: what was said to a user, where people are reached, what was sent."""

from __future__ import annotations

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
from node.readmodel import queries
from node.service import acts, reminders, users
from node.service import notices as service
from node.service.acts import Deed
from schemas.api.forms import admin


@click.group()
def notices() -> None:
    """Reminders: inboxes, addresses, the delivery log (docs/notices.md)."""


@notices.command("list")
@click.argument("user")
@click.option("--unread", is_flag=True, help="only these")
@click.option("--after", type=int, default=None, help="`next` of the page before")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, queries.MOST))
@node_options
@data_options
@json_option
def list_(
    user: str, unread: bool, node: str | None, domain: str | None, data: str | None,
    database: str | None, as_json: bool, **page: Any,
) -> None:  # fmt: skip
    """What was said to a user, newest first. Example: duban notices list 张三 --unread"""
    with host_of(data, database) as host:
        place = place_of(host, node, domain)
        actor = Actor(place.tenant.node, user, "head")
        found = service.listed(host, place, actor, unread=unread, **page)
        rows = [_line(one) for one in found["items"]]
        show(found, as_json, "\n".join([*rows, f"unread: {found['unread']}"]))


def _line(one: dict[str, Any]) -> str:
    mark = " " if one["read_at"] else "*"
    return f"{mark} {one['id']:>6}  {one['at']}  {one['text']}"


@notices.command()
@click.argument("user")
@click.option("--email", default=None)
@click.option("--phone", default=None)
@click.option("--chat", default=None, help="a group, as the gateway names it")
@click.option("--node", default=None)
@data_options
@json_option
def contact(
    user: str, node: str | None, data: str | None, database: str | None, as_json: bool,
    **said: str | None,
) -> None:  # fmt: skip
    """Reach a user at these addresses; with none given, show them.

    Example: duban notices contact 张三 --email zhang@example.gov.cn --phone 13800000000
    """
    given = {name: value for name, value in said.items() if value is not None}
    faults = admin.Contacts().validate(given)
    for name, found in faults.items():
        raise click.BadParameter(f"{given[name]!r}: {'; '.join(found)}", param_hint=f"--{name}")
    with host_of(data, database) as host:
        tenant = host.tenant(node_of(host, node))
        if given:
            by, deed = users.operator(tenant.node), Deed("contact.put", user)
            service.put_contacts(host, acts.own_place(host, tenant), by, user, given, deed)
        kept = service.contacts(host, tenant, user)
        show(kept, as_json, "  ".join(f"{name}: {value or '-'}" for name, value in kept.items()))


@notices.command()
@click.option("--after", "before", type=int, default=None, help="`next` of the page before")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, queries.MOST))
@click.option("--node", default=None)
@data_options
@json_option
def log(
    before: int | None, limit: int, node: str | None, data: str | None, database: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """What was sent to whom, and what waits, newest first. Example: duban notices log --json"""
    with host_of(data, database) as host:
        found = service.log(host, host.tenant(node_of(host, node)), before, limit)
        rows = [
            f"{one['made_at']}  {one['state']:8} {one['attempts']:>2}  {one['channel']:5} "
            f"{one['address']}  {one['user']}  {one['last_error'] or ''}"
            for one in found["items"]
        ]
        show(found, as_json, "\n".join(rows))


@notices.command()
@data_options
@json_option
def send(data: str | None, database: str | None, as_json: bool) -> None:
    """Look once for all that is due, as the worker does: for a host without one.

    Example: duban notices send --json
    """
    with host_of(data, database) as host:
        told, digests, sent = reminders.tick(host)
        done = {"notices": told, "digests": digests, "sent": sent}
        show(done, as_json, "  ".join(f"{name}: {count}" for name, count in done.items()))
