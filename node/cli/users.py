"""user and audit: who may do what at a node, the tokens of their programs, and what was done.

The terminal speaks for the host's owner (user `terminal`, role `system`): whoever can open the
host's files needs no account. Each act is written into the audit trail all the same.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from node.cli.common import data_options, host_of, json_option, node_of, show
from node.domain.commands import DomainRefused
from node.readmodel import accounts, queries
from node.service import passwords, second, users
from node.service.acts import Deed


@click.group()
def user() -> None:
    """Users and tokens of a node."""


@user.command()
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(users.ROLES))
@click.option("--node", default=None)
@click.option("--password", "asks", is_flag=True, help="also one for the pages: asked, or stdin")
@data_options
@json_option
def add(
    name: str,
    role: str,
    node: str | None,
    asks: bool,
    data: str | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Give a user a role; print a token, shown only now.

    Example: duban user add 张三 --role head --password
    """
    with host_of(data, database) as host:
        word = _password(name) if asks else None
        made = users.add(host, node_of(host, node), name, role)
        if word is not None:
            tenant = host.tenant(made.node)
            passwords.set_password(host, tenant, users.operator(made.node), name, word)
        told = {"node": made.node, "user": made.user, "role": made.role, "token": made.token}
        show(told, as_json, f"{made.user} ({made.role}): {made.token}")


def _password(user: str) -> str:
    """Asked twice at a terminal, else the first line of standard input."""
    if sys.stdin.isatty():
        word = str(click.prompt("password", hide_input=True, confirmation_prompt=True))
    else:
        word = sys.stdin.readline().rstrip("\n")
    passwords.good_password(user, word)
    return word


@user.command()
@click.argument("name")
@click.option("--node", default=None)
@data_options
def password(name: str, node: str | None, data: str | None, database: str | None) -> None:
    """Give a user another password for the pages: asked, or the first line of standard input.

    Sessions of that user end. Example: duban user password 张三
    """
    with host_of(data, database) as host:
        tenant, word = host.tenant(node_of(host, node)), _password(name)
        passwords.set_password(host, tenant, users.operator(tenant.node), name, word)
        click.echo(f"{name}: changed")


@user.command("second-factor")
@click.argument("name", required=False)
@click.option("--reset", is_flag=True, help="take it away from NAME, who lost it")
@click.option("--demand", type=click.Choice(("administrators", "nobody")), help="of whom")
@click.option("--node", default=None)
@data_options
def second_factor(
    name: str | None,
    reset: bool,
    demand: str | None,
    node: str | None,
    data: str | None,
    database: str | None,
) -> None:
    """Reset a user's second factor, or demand one of the three administrators.

    Example: duban user second-factor 张三 --reset
    """
    if reset == (demand is not None) or reset != (name is not None):
        raise click.UsageError("NAME --reset, or --demand administrators|nobody")
    with host_of(data, database) as host:
        tenant = host.tenant(node_of(host, node))
        by = users.operator(tenant.node)
        if name is not None:
            second.reset(host, tenant, by, name)
            click.echo(f"{name}: comes in by the password alone until it is set up again")
        else:
            of = demand if demand == "administrators" else ""
            second.demand(host, tenant, by, of or "")
            click.echo(f"demanded of {demand}")


@user.command("list")
@click.option("--node", default=None)
@data_options
@json_option
def list_(node: str | None, data: str | None, database: str | None, as_json: bool) -> None:
    """List accounts; the id of one opens nothing. Example: duban user list --json"""
    with host_of(data, database) as host:
        tenant, rows, after = host.tenant(node_of(host, node)), list[dict[str, Any]](), None
        with host.database.read(tenant.id) as connection:
            while page := accounts.list_users(connection, tenant.id, after=after, limit=500):
                rows += page
                after = page[-1]["id"]
        words = [f"{one['id'][:12]}  {one['role']:10} {one['user']}{_off(one)}" for one in rows]
        show(rows, as_json, "\n".join(words))


def _off(one: dict[str, Any]) -> str:
    return "  (revoked)" if one["revoked"] else ""


@user.command()
@click.argument("id")
@click.option("--role", required=True, type=click.Choice(users.ROLES))
@click.option("--node", default=None)
@data_options
@json_option
def role(
    id: str, role: str, node: str | None, data: str | None, database: str | None, as_json: bool
) -> None:
    """Give an account another role, from its next request on; ID as `duban user list` shows it.

    Example: duban user role 3f… --role supervisor
    """
    with host_of(data, database) as host:
        tenant = host.tenant(node_of(host, node))
        by, deed = users.operator(tenant.node), Deed("user.change", id)
        done, _ = users.change(host, tenant, by, _whole(host, tenant.id, id), role, deed)
        show(done, as_json, f"{done['user']} ({done['role']})")


def _whole(host: Any, tenant: int, id: str) -> str:
    """The account whose id begins so. DomainRefused `not-found`."""
    with host.database.read(tenant) as connection:
        found = accounts.account_beginning(connection, tenant, id)
    if len(found) != 1:
        raise DomainRefused("not-found", f"{len(found)} accounts begin with {id[:70]!r}")
    return found[0]


@user.command()
@click.argument("token")
@click.option("--node", default=None)
@data_options
def revoke(token: str, node: str | None, data: str | None, database: str | None) -> None:
    """Let a token open nothing any longer; the token itself, or an account's id.

    Example: duban user revoke 3f…
    """
    with host_of(data, database) as host:
        if users.find(host, token) is not None:
            users.revoke(host, token)
        else:
            tenant = host.tenant(node_of(host, node))
            by, deed = users.operator(tenant.node), Deed("user.revoke", token[:64])
            users.drop(host, tenant, by, _whole(host, tenant.id, token), deed)
        click.echo("revoked")


@click.command()
@click.option("--by", "who", default=None, help="only this user's acts")
@click.option("--act", default=None)
@click.option("--object", "object_", default=None)
@click.option("--outcome", default=None, help="done, or refused: and a code")
@click.option("--since", default=None, help="business instant, UTC")
@click.option("--until", default=None, help="business instant, UTC")
@click.option("--after", default=None, help="id of the last row of the page before")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, queries.MOST))
@click.option("--node", default=None)
@data_options
@json_option
def audit(
    who: str | None, object_: str | None, node: str | None, data: str | None,
    database: str | None, as_json: bool, **asks: Any,
) -> None:  # fmt: skip
    """What users did, newest first. Example: duban audit --by 张三 --since 2026-11-01 --json"""
    with host_of(data, database) as host:
        tenant = host.tenant(node_of(host, node))
        with host.database.read(tenant.id) as connection:
            rows = accounts.list_acts(connection, tenant.id, user=who, object=object_, **asks)
        words = [
            f"{one['time']}  {one['outcome']:20} {one['role']:10} {one['user']}  {one['act']} "
            f"{one['object']}"
            for one in rows
        ]
        show(rows, as_json, "\n".join(words))
