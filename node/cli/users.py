"""user: who may do what at a node, and the tokens by which programs act for them."""

from __future__ import annotations

import click

from node.cli.common import data_options, host_of, json_option, node_of, show
from node.service import users


@click.group()
def user() -> None:
    """Users and tokens of a node."""


@user.command()
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(users.ROLES))
@click.option("--node", default=None)
@data_options
@json_option
def add(
    name: str, role: str, node: str | None, data: str | None, database: str | None, as_json: bool
) -> None:
    """Give a user a role; print a token, shown only now.

    Example: duban user add 张三 --role head
    """
    with host_of(data, database) as host:
        made = users.add(host, node_of(host, node), name, role)
        told = {"node": made.node, "user": made.user, "role": made.role, "token": made.token}
        show(told, as_json, f"{made.user} ({made.role}): {made.token}")


@user.command()
@click.argument("token")
@data_options
def revoke(token: str, data: str | None, database: str | None) -> None:
    """Let a token open nothing any longer. Example: duban user revoke 3f…"""
    with host_of(data, database) as host:
        users.revoke(host, token)
        click.echo("revoked")
