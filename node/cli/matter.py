"""matter and assignment: the lifecycle from a terminal, as a given user of a given node.

One command per operation of node/service/work.py, its options from the operation's form
(schemas/api/forms), so that a new operation needs nothing here. An operation on an assignment
stands in both groups: under `assignment` with the assignment's id, under `matter` with the matter's
number, where this node has one assignment of it to act on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import click

from node.cli.common import data_options, host_of, json_option, node_options, place_of, read_json
from node.cli.common import show as show_result
from node.domain.commands import Actor, DomainRefused
from node.domain.permissions import COMMANDS
from node.readmodel import queries
from node.service import acts, may, timeline, work
from node.service.acts import Deed
from node.service.host import Host
from node.service.place import Place
from schemas.api import forms

NAMES: Final = {"matter.list": "put-on-list"}  # `matter list` lists them
SHORT: Final = {"cohandlers": "--co"}
NO: Final = "督〔2026〕1号"


@click.group()
def matter() -> None:
    """Matters: register, issue, strike off, and what follows on their assignments."""


@click.group()
def assignment() -> None:
    """Assignments: sign, deploy, split, report, clear, grant, return."""


def _read_options(command: Callable[..., Any]) -> Callable[..., Any]:
    return json_option(node_options(data_options(command)))


def _perform(operation: str, named: str, given: dict[str, Any]) -> None:
    with host_of(given["data"], given["database"]) as host:
        place = place_of(host, given["node"], given["domain"])
        actor = Actor(place.tenant.node, given["user"], given["role"])
        id = _meant(host, place, operation, named) if named else ""
        body, where, fault = forms.read(operation, _form(operation, given))
        if fault:
            raise DomainRefused("bad-input", f"{where or 'the form'}: {fault}", where=where)
        done, _ = acts.command(host, place, actor, Deed(operation, id), [(operation, id, body)])
        show_result(done[0], given["as_json"])


def _form(operation: str, given: dict[str, Any]) -> dict[str, Any]:
    """The JSON form, and over it what the options say."""
    form = read_json(given["form"]) if given.get("form") else {}
    for one in forms.members(operation):
        said = given.get(_variable(one.name))
        if said:
            form[one.name] = list(said) if one.many else said
    return form


def _variable(name: str) -> str:
    return f"say_{name}".replace("-", "_")


def _meant(host: Host, place: Place, operation: str, named: str) -> str:
    """The id of the object named: itself, or found by the matter's number."""
    kind, word = operation.split(".", 1)
    if named.startswith(f"{kind}:"):
        return named
    matter = named if named.startswith("matter:") else _by_number(host, place, named)
    if kind == "matter":
        return matter
    row = COMMANDS.get(word)
    party = row.party if row is not None else ""
    sides = {"assignee": ["assignee"], "either": ["issuer", "assignee"]}.get(party, ["issuer"])
    return _assignment_of(host, place, matter, sides)


def _by_number(host: Host, place: Place, no: str) -> str:
    with host.database.read(place.tenant.id) as connection:
        found = queries.list_matters(
            connection, place.tenant.id, place.domain, host.now().business, no=no, limit=2
        )
    if len(found) == 1:
        return str(found[0]["id"])
    if not found:
        held = _assignments(host, place, no=no)
        if len({one["matter"] for one in held}) == 1:
            return str(held[0]["matter"])
    raise DomainRefused("not-found", f"{len(found)} matters have the number {no}")


def _assignment_of(host: Host, place: Place, matter: str, sides: list[str]) -> str:
    """The one assignment of the matter of which this node is one of `sides`."""
    held = _assignments(host, place, matter=matter)
    found = [one for one in held if place.tenant.node in [one[side] for side in sides]]
    if len(found) == 1:
        return str(found[0]["id"])
    ids = ", ".join(f"{one['id']} ({one['assignee']})" for one in found[:10])
    detail = f"{len(found)} assignments of it have this node as {' or '.join(sides)}"
    raise DomainRefused("not-found", detail, f"duban assignment … with one of: {ids}")


def _assignments(host: Host, place: Place, **wanted: Any) -> list[dict[str, Any]]:
    no = wanted.pop("no", None)
    with host.database.read(place.tenant.id) as connection:
        rows = queries.list_assignments(
            connection,
            place.tenant.id,
            place.domain,
            host.now().business,
            limit=queries.MOST,
            **wanted,
        )
    return [one for one in rows if no is None or one["no"] == no]


def _role(word: str) -> str:
    """Who gives the command where no role is named."""
    row = COMMANDS.get(word)
    roles = row.roles if row is not None else frozenset(("supervisor",))
    return next((one for one in ("supervisor", "head") if one in roles), min(roles))


def _add(group: click.Group, operation: str, name: str, what: str) -> None:
    """One command of a group."""
    word = operation.split(".", 1)[1]
    said = (work.OPERATIONS[operation].__doc__ or word).strip().splitlines()[0]
    example = {"matter": NO, "assignment": "assignment:…", "": ""}[what]

    def run(**given: Any) -> None:
        _perform(operation, given.get("named", ""), given)

    run.__doc__ = f"{said}\n\nExample: duban {group.name} {name} {_example(operation, example)}"
    run.__name__ = name
    for one in reversed(forms.members(operation)):
        words = [SHORT[one.name]] if one.name in SHORT else []
        kind = click.Choice(one.words) if one.words else str
        run = click.option(
            f"--{one.name}", *words, _variable(one.name), multiple=one.many, type=kind,
            default=None, help="needed, here or in FORM" if one.needed else None,
        )(run)  # fmt: skip
    run = click.option("--user", default="terminal", show_default=True)(run)
    run = click.option("--role", default=_role(word), show_default=True)(run)
    run = click.argument("form", required=False)(run)
    if what:
        run = click.argument("named", metavar="NO" if what == "matter" else "ID")(run)
    group.command(name)(_read_options(run))


def _example(operation: str, object: str) -> str:
    """Words that would do: what a JSON form must say, and an option for each needed text."""
    needed = [one for one in forms.members(operation) if one.needed]
    spoken = " ".join(f"--{one.name} {one.words[0] if one.words else '…'}" for one in needed)
    json_form = ""
    if forms.objects(operation) or not object:
        json_form = "form.json"
    return " ".join(one for one in (object, json_form, spoken) if one) + " --json"


@matter.command("list")
@click.option("--state", default=None)
@click.option("--board", default=None)
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, queries.MOST))
@click.option("--after", default=None, help="id of the last row of the page before")
@_read_options
def list_(
    state: str | None, board: str | None, limit: int, after: str | None, **given: Any
) -> None:
    """List matters. Example: duban matter list --state OPEN --json"""
    with host_of(given["data"], given["database"]) as host:
        place = place_of(host, given["node"], given["domain"])
        with host.database.read(place.tenant.id) as connection:
            rows = queries.list_matters(
                connection,
                place.tenant.id,
                place.domain,
                host.now().business,
                state=state,
                board=board,
                limit=limit,
                after=after,
            )
        text = "\n".join(f"{one['no']}  {one['state']:9} {one['title']}" for one in rows)
        show_result(rows, given["as_json"], text)


@matter.command()
@click.argument("no")
@click.option("--user", default="terminal", show_default=True)
@click.option("--role", default="supervisor", show_default=True)
@_read_options
def show(no: str, user: str, role: str, **given: Any) -> None:
    """Show one matter, its assignments, and what the user may do with it now.

    Example: duban matter show 督〔2026〕1号
    """
    with host_of(given["data"], given["database"]) as host:
        place = place_of(host, given["node"], given["domain"])
        id = no if no.startswith("matter:") else _by_number(host, place, no)
        now = host.now().business
        with host.database.read(place.tenant.id) as connection:
            found = queries.one_matter(connection, place.tenant.id, place.domain, now, id)
        if found is None:
            raise DomainRefused("not-found", f"no matter {id} is held here")
        actor = Actor(place.tenant.node, user, role)
        allowed = may.on_matter(host, place, actor, id)
        show_result(found | {"allowed": allowed}, given["as_json"])


@assignment.command("list")
@click.option("--state", default=None)
@click.option("--mine", is_flag=True, help="only those given to this node")
@_read_options
def list_assignments(state: str | None, mine: bool, **given: Any) -> None:
    """List assignments. Example: duban assignment list --mine --json"""
    with host_of(given["data"], given["database"]) as host:
        place = place_of(host, given["node"], given["domain"])
        assignee = place.tenant.node if mine else None
        rows = _assignments(host, place, state=state, assignee=assignee)
        text = "\n".join(f"{one['id']}  {one['state']:9} {one['title']}" for one in rows)
        show_result(rows, given["as_json"], text)


@assignment.command("show")
@click.argument("id")
@_read_options
def show_assignment(id: str, **given: Any) -> None:
    """Show one assignment with its events. Example: duban assignment show assignment:…"""
    with host_of(given["data"], given["database"]) as host:
        place = place_of(host, given["node"], given["domain"])
        show_result(timeline.assignment(host, place, id), given["as_json"])


for _operation in work.OPERATIONS:
    _kind, _word = _operation.split(".", 1)
    if _operation == "matter.register":
        _add(matter, _operation, "new", "")
    elif _kind == "matter":
        _add(matter, _operation, NAMES.get(_operation, _word), "matter")
    elif _kind == "assignment":
        _add(assignment, _operation, _word, "assignment")
        if f"matter.{_word}" not in work.OPERATIONS:
            _add(matter, _operation, _word, "matter")
