"""intake and triage: what comes in, and what becomes of it, from a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from node.cli.common import data_options, host_of, json_option, node_options, place_of, read_json
from node.cli.common import show as show_result
from node.domain.commands import Actor
from node.readmodel import drafts as rows
from node.service import acts
from node.service import intake as service
from node.service.acts import Deed
from node.service.numbers import letters_of, set_letters
from node.service.tracking import Tracking
from schemas.fields import NO_CLASSIFIED


@click.group(epilog=NO_CLASSIFIED)
def intake() -> None:
    """What is handed in: submit, track, rate, complain."""


@click.group(epilog=NO_CLASSIFIED)
def triage() -> None:
    """Drafts: the queue, the gate, decisions, merging, document numbers."""


def _here(command: Callable[..., Any]) -> Callable[..., Any]:
    return json_option(node_options(data_options(command)))


def _act(words: str, id: str, form: dict[str, Any], role: str, **given: Any) -> None:
    with host_of(given["data"], given["database"]) as host:
        place = place_of(host, given["node"], given["domain"])
        actor = Actor(place.tenant.node, given["user"], role)
        done, _ = acts.command(host, place, actor, Deed(words, id), [(words, id, form)])
        show_result(done[0], given["as_json"])


@intake.command()
@click.argument("form")
@click.option("--user", default="terminal", show_default=True)
@click.option("--role", default="registrar", show_default=True)
@_here
def submit(form: str, role: str, **given: Any) -> None:
    """Hand in a demand (source, situation, demand, difficulty, applicant); print the receipt.

    Example: duban intake submit demand.json --role enterprise --user 某公司
    """
    _act("draft.submit", "", read_json(form), role, **given)


@intake.command()
@click.argument("number")
@click.argument("code")
@data_options
@json_option
def track(number: str, code: str, data: str | None, database: str | None, as_json: bool) -> None:
    """Show the public steps. Example: duban intake track 20261124-0001 ABCD-EFGH-JKLM"""
    with host_of(data, database) as host:
        show_result(Tracking(host).show({"number": number, "code": code}), as_json)


def _public(word: str, text: str) -> None:
    @intake.command(word, help=f"{text} Example: duban intake {word} 20261124-0001 CODE '{{…}}'")
    @click.argument("number")
    @click.argument("code")
    @click.argument("form")
    @data_options
    @json_option
    def command(
        number: str, code: str, form: str, data: str | None, database: str | None, as_json: bool
    ) -> None:
        with host_of(data, database) as host:
            said = {**read_json(form), "number": number, "code": code}
            show_result(Tracking(host).say(word, said), as_json)


_public("rate", "Rate the result (score 1 to 5, remark).")
_public("complain", "Complain (text).")


@triage.command()
@click.option("--state", default=None)
@click.option("--source", default=None)
@click.option("--limit", default=100, show_default=True)
@_here
def queue(state: str | None, source: str | None, limit: int, **given: Any) -> None:
    """List drafts. Example: duban triage queue --state LEAD"""
    with host_of(given["data"], given["database"]) as host:
        place = place_of(host, given["node"], given["domain"])
        with host.database.read(place.tenant.id) as connection:
            found = rows.list_drafts(
                connection,
                place.tenant.id,
                place.domain,
                host.now().business,
                state=state,
                source=source,
                limit=limit,
            )
        lines = [
            f"{one['id']}  {one['state']:9} {one['light'] or '-':6} {one['title']}" for one in found
        ]
        show_result(found, given["as_json"], "\n".join(lines))


@triage.command()
@click.argument("id")
@click.option("--role", default="supervisor", show_default=True)
@click.option("--user", default="terminal", show_default=True)
@_here
def show(id: str, role: str, user: str, **given: Any) -> None:
    """Show one draft with remarks and likely duplicates. Example: duban triage show draft:…"""
    with host_of(given["data"], given["database"]) as host:
        place = place_of(host, given["node"], given["domain"])
        actor, now = Actor(place.tenant.node, user, role), host.now().business
        found = host.read(place, lambda store: service.whole(store, actor, id, now))
        show_result(found, given["as_json"])


@triage.command()
@click.argument("form")
@_here
def check(form: str, **given: Any) -> None:
    """Say what the gate remarks on a form, writing nothing. Example: duban triage check m.json"""
    with host_of(given["data"], given["database"]) as host:
        place, now = place_of(host, given["node"], given["domain"]), host.now().business
        said = read_json(form)
        found = host.read(place, lambda store: service.examine(store, said, now, True))
        show_result(found, given["as_json"])


@triage.command()
@click.argument("letters", required=False)
@_here
def letters(letters: str | None, **given: Any) -> None:
    """Set or show what this node numbers with (机关代字). Example: duban triage letters 晋政督"""
    with host_of(given["data"], given["database"]) as host:
        place = place_of(host, given["node"], given["domain"])
        tenant, domain = place.tenant.id, place.domain
        if letters is not None:
            only = domain if given["domain"] else ""
            host.database.write(lambda one: set_letters(one, tenant, letters, only))
        with host.database.read(tenant) as connection:
            now = letters_of(connection, tenant, domain)
        show_result({"letters": now}, given["as_json"], now)


def _on_draft(word: str, help: str, role: str) -> None:
    """One command on a draft, its form as JSON."""
    example = f"Example: duban triage {word} draft:… '{{…}}'"

    @triage.command(word, help=f"{help} {example}")
    @click.argument("id")
    @click.argument("form", default="{}")
    @click.option("--user", default="terminal", show_default=True)
    @click.option("--role", default=role, show_default=True)
    @_here
    def command(id: str, form: str, role: str, **given: Any) -> None:
        _act(f"draft.{word}", "" if id == "new" else id, read_json(form), role, **given)


for each in (
    ("draft", "Take up, or start with id `new` (source, basis, …).", "registrar"),
    ("edit", "Say members of the form anew.", "registrar"),
    ("decline", "Don't take up, or pass on (reason, to).", "supervisor"),
    ("propose", "Put to a decision (answer).", "registrar"),
    ("approve", "Register it as a matter; --role leader for a major or complex one.", "supervisor"),
    ("reject", "Let it become no matter (reason).", "supervisor"),
    ("merge", "Let it go on as another (into, reason).", "supervisor"),
    ("accept", "Take up, propose, approve and issue in one go (form, lead, answer).", "supervisor"),
    ("judge", "Find a complaint `proved` or `unfounded` (finding, grounds).", "supervisor"),
):
    _on_draft(*each)
