"""matter and assignment: the lifecycle from a terminal, as a given user of a given node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from node.cli.common import data_options, host_of, json_option, node_options, place_of, read_json
from node.cli.common import show as show_result
from node.domain.commands import Actor, DomainRefused
from node.readmodel import queries
from node.service import work


@click.group()
def matter() -> None:
    """Matters: register, issue, strike off."""


@click.group()
def assignment() -> None:
    """Assignments: sign, deploy, split, report, clear, grant, return."""


def _as_user(command: Callable[..., Any]) -> Callable[..., Any]:
    command = click.option("--user", default="terminal", show_default=True)(command)
    command = click.option("--role", default="supervisor", show_default=True)(command)
    return json_option(node_options(data_options(command)))


def _run(operation: str, id: str, form: dict[str, Any], **given: Any) -> None:
    with host_of(given["data"], given["database"]) as host:
        place = place_of(host, given["node"], given["domain"])
        actor = Actor(place.tenant.node, given["user"], given["role"])
        if operation.startswith("matter.") and id and not id.startswith("matter:"):
            id = _by_number(host, place, id)
        show_result(work.run(host, place, actor, operation, id, form), given["as_json"])


def _by_number(host: Any, place: Any, no: str) -> str:
    with host.database.read() as connection:
        found = queries.list_matters(
            connection, place.tenant.id, place.domain, host.now().business, no=no, limit=2
        )
    if len(found) != 1:
        raise DomainRefused("not-found", f"{len(found)} matters have the number {no}")
    return str(found[0]["id"])


@matter.command()
@click.argument("form")
@_as_user
def new(form: str, **given: Any) -> None:
    """Register a matter from a JSON form (a file, `-`, or the JSON itself).

    Example: duban matter new matter.json --user 张三
    """
    _run("matter.register", "", read_json(form), **given)


@matter.command()
@click.argument("no")
@click.option("--lead", required=True, help="node id of the lead")
@click.option("--co", "others", multiple=True, help="node id of a co-handler")
@_as_user
def issue(no: str, lead: str, others: tuple[str, ...], **given: Any) -> None:
    """Issue a matter. Example: duban matter issue 督〔2026〕1号 --lead n… --co n…"""
    _run("matter.issue", no, {"lead": lead, "cohandlers": list(others)}, **given)


@matter.command()
@click.argument("no")
@click.option("--result", required=True)
@_as_user
def strike(no: str, result: str, **given: Any) -> None:
    """Strike a matter off. Example: duban matter strike 督〔2026〕1号 --result 已办结"""
    _run("matter.strike", no, {"result": result}, **given)


@matter.command()
@click.argument("no")
@click.option("--grounds", required=True)
@_as_user
def cancel(no: str, grounds: str, **given: Any) -> None:
    """Cancel a matter. Example: duban matter cancel 督〔2026〕1号 --grounds 重复交办"""
    _run("matter.cancel", no, {"grounds": grounds}, **given)


def _on_matter(word: str, help: str, role: str = "supervisor") -> None:
    """One command on a matter, its form as JSON."""

    @matter.command(word, help=f"{help} Example: duban matter {word} 督〔2026〕1号 '{{}}'")
    @click.argument("no")
    @click.argument("form", default="{}")
    @_as_user
    def command(no: str, form: str, **given: Any) -> None:
        _run(f"matter.{word.removeprefix('put-on-')}", no, read_json(form), **given)

    for option in command.params:
        if option.name == "role":
            option.default = role


for one in (
    ("pause", "Grant the pause asked for (grounds)."),
    ("resume", "End the pause."),
    ("merge", "Let it go on as another matter (into, grounds)."),
    ("link", "Link it with another matter (to, kind: follow-up, follows, related)."),
    ("put-on-list", "Put it under the leaders' eyes (listed: on, off; grounds)."),
):
    _on_matter(*one)


@matter.command("list")
@click.option("--state", default=None)
@click.option("--board", default=None)
@click.option("--limit", default=100, show_default=True)
@data_options
@node_options
@json_option
def list_(state: str | None, board: str | None, limit: int, **given: Any) -> None:
    """List matters. Example: duban matter list --state OPEN --json"""
    with host_of(given["data"], given["database"]) as host:
        place = place_of(host, given["node"], given["domain"])
        with host.database.read() as connection:
            rows = queries.list_matters(
                connection,
                place.tenant.id,
                place.domain,
                host.now().business,
                state=state,
                board=board,
                limit=limit,
            )
        text = "\n".join(f"{one['no']}  {one['state']:9} {one['title']}" for one in rows)
        show_result(rows, given["as_json"], text)


@matter.command()
@click.argument("no")
@data_options
@node_options
@json_option
def show(no: str, **given: Any) -> None:
    """Show one matter with its assignments. Example: duban matter show 督〔2026〕1号"""
    with host_of(given["data"], given["database"]) as host:
        place = place_of(host, given["node"], given["domain"])
        id = no if no.startswith("matter:") else _by_number(host, place, no)
        now = host.now().business
        with host.database.read() as connection:
            found = queries.one_matter(connection, place.tenant.id, place.domain, now, id)
        show_result(found, given["as_json"])


@assignment.command("list")
@click.option("--state", default=None)
@click.option("--mine", is_flag=True, help="only those given to this node")
@data_options
@node_options
@json_option
def list_assignments(state: str | None, mine: bool, **given: Any) -> None:
    """List assignments. Example: duban assignment list --mine --json"""
    with host_of(given["data"], given["database"]) as host:
        place = place_of(host, given["node"], given["domain"])
        with host.database.read() as connection:
            rows = queries.list_assignments(
                connection,
                place.tenant.id,
                place.domain,
                host.now().business,
                state=state,
                assignee=place.tenant.node if mine else None,
            )
        text = "\n".join(f"{one['id']}  {one['state']:9} {one['title']}" for one in rows)
        show_result(rows, given["as_json"], text)


def _on_assignment(word: str, help: str, role: str) -> None:
    """One command on an assignment, its form as JSON."""

    @assignment.command(word, help=f"{help} Example: duban assignment {word} assignment:… '{{}}'")
    @click.argument("id")
    @click.argument("form", default="{}")
    @_as_user
    def command(id: str, form: str, **given: Any) -> None:
        _run(f"assignment.{word}", id, read_json(form), **given)

    for option in command.params:
        if option.name == "role":
            option.default = role


for each in (
    ("sign", "Sign for it.", "handler"),
    ("deploy", "Report the deployment (leader, responsible, contact, measures).", "head"),
    ("report", "Report progress (text, indicators).", "handler"),
    ("clear", "Apply for clearance (text, indicators).", "head"),
    ("grant", "Grant clearance (mark, remark).", "supervisor"),
    ("return", "Return an application (reason).", "supervisor"),
    ("urge", "Urge the unit in charge (text).", "supervisor"),
    ("split", "Hand parts down (lead, cohandlers).", "supervisor"),
    ("refuse", "Ask to be relieved (grounds, proposed).", "head"),
    ("reassign", "Relieve the unit and give it to another (to).", "supervisor"),
    ("uphold", "Don't relieve the unit (reason).", "supervisor"),
    ("extend", "Ask for more time (reason, until).", "head"),
    ("grant-extension", "Give more time (until).", "supervisor"),
    ("refuse-extension", "Give no more time (reason).", "supervisor"),
    ("plan", "Offer a plan (solution, milestones).", "head"),
    ("grant-plan", "Accept a plan (milestones).", "supervisor"),
    ("refuse-plan", "Don't accept a plan (reason).", "supervisor"),
    ("restore", "Go back from a plan to handling (reason).", "supervisor"),
    ("reopen", "Take a cleared one up again (reason, complaint).", "supervisor"),
    ("ask-pause", "Ask for a pause (grounds).", "head"),
    ("refuse-pause", "Refuse a pause (reason).", "supervisor"),
    ("rule", "Rule when it was submitted (clock, submitted, reason).", "supervisor"),
):
    _on_assignment(*each)
