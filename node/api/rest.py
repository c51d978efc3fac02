"""REST for users' programs: /api/v1, as a table of routes. JSON in, JSON out.

Each command of the domain has its own row, made from node/service/work.py's OPERATIONS and
schemas/api/forms's FORMS. Decides nothing: commands, queries and routes.py decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from node.api.admin import admin_rows
from node.api.attachments import attachment_rows
from node.api.intake import intake_rows
from node.api.ledgers import ledger_rows
from node.api.members import member_rows
from node.api.notices import notice_rows
from node.api.routes import EVERYBODY, OPERATES, SEES, Asked, Door, Route, open_door
from node.api.rules import rule_rows
from node.api.statistics import statistics_rows
from node.domain.commands import DomainRefused
from node.domain.permissions import COMMANDS
from node.domain.triage import TRIAGE_COMMANDS
from node.readmodel import queries
from node.readmodel.scope import BUSINESS
from node.service import acts, heartbeats, links, may, statistics, timeline, work
from node.service.acts import Answer
from node.service.clock import OffsetClock
from node.service.host import Host
from node.service.picture import picture
from schemas.api import answers, forms, questions
from schemas.api.forms import admin

FOLDER: Final = {"matter": "matters", "assignment": "assignments", "draft": "drafts"}
NEW: Final = {"matter.register": "/matters", "draft.submit": "/intake"}  # what makes an object
GIVES: Final = frozenset((*BUSINESS, "enterprise"))


def rest_door(host: Host, movable: bool) -> list[Door]:
    """The blueprints under /api/v1."""
    return [open_door(name, what, host, rows) for name, what, rows in _groups(movable, host)]


def rest_rows(movable: bool) -> Iterator[Route]:
    """Every route under /api/v1."""
    for _, _, rows in _groups(movable):
        yield from rows


def _groups(movable: bool, host: Host | None = None) -> Iterator[tuple[str, str, Iterator[Route]]]:
    yield "commands", "One route per command of the domain.", command_rows()
    yield "reading", "Lists, one object, the picture.", reading_rows()
    yield "admin", "Accounts, audit, webhooks.", admin_rows()
    yield "operation", "Links, counts, clock.", operation_rows(movable)
    yield "intake", "What comes in, drafts, public tracking.", intake_rows(host)
    yield "members", "The node's place in its domain.", member_rows()
    yield "rules", "Calendars and policies.", rule_rows()
    yield "ledgers", "Ledgers, campaigns, tables.", ledger_rows()
    yield "statistics", "Statistics, scores, the lists behind them, exports.", statistics_rows()
    yield "notices", "Reminders: the inbox, addresses, the delivery log.", notice_rows()
    yield "attachments", "Files: chunks that resume, ranges.", attachment_rows()


def command_rows() -> Iterator[Route]:
    """One row per operation, and the batch."""
    for operation, made in work.OPERATIONS.items():
        kind, word = operation.split(".", 1)
        new = operation in NEW
        row = (TRIAGE_COMMANDS if kind == "draft" else COMMANDS).get(word)
        yield Route(
            "POST",
            NEW.get(operation, f"/{FOLDER[kind]}/<id>/{word}"),
            operation,
            row.roles & EVERYBODY if row is not None else GIVES,
            _command(operation),
            answers.Done,
            (made.__doc__ or operation).strip(),
            form=forms.form_of(operation),
            status=201 if new else 200,
        )
    yield Route(
        "POST",
        "/batch",
        "batch",
        GIVES,
        batch,
        answers.Results,
        "Several commands in order, in one transaction: all or nothing.",
        form=forms.Batch,
    )


def _command(operation: str) -> Callable[..., tuple[Answer, bool]]:
    def handle(asked: Asked, form: Mapping[str, Any], id: str = "") -> tuple[Answer, bool]:
        one = (operation, id, form)
        made, again = acts.command(asked.host, asked.place, asked.actor, asked.deed(id), [one])
        return made[0], again

    return handle


def batch(asked: Asked, form: Mapping[str, Any]) -> tuple[Answer, bool]:
    """Several commands, all or nothing; each body is read by its operation's form."""
    commands = [_operation(one, number) for number, one in enumerate(form["commands"])]
    kinds = {operation for operation, _, _ in commands}
    act = kinds.pop() if len(kinds) == 1 else "batch"
    first = commands[0][1] if commands else ""
    deed = asked.deed(first, act, len(commands))
    made, again = acts.command(asked.host, asked.place, asked.actor, deed, commands)
    return {"results": made}, again


def _operation(one: Mapping[str, Any], number: int) -> work.Asked:
    if one["op"] not in work.OPERATIONS:
        accepted = ", ".join(work.OPERATIONS)
        raise DomainRefused(
            "bad-input", f"operation {one['op']!r}", accepted, f"commands[{number}].op"
        )
    body, where, detail = forms.read(one["op"], one.get("body", {}))
    if detail:
        place = f"commands[{number}].body" + (f".{where}" if where else "")
        raise DomainRefused("bad-input", detail, where=place)
    return one["op"], one.get("id", ""), body


def reading_rows() -> Iterator[Route]:
    """What users read of the domain, each within its sight."""
    pages = answers.page_of
    for path, handler, gives, summary, asks in (
        ("/matters", matters, pages(answers.MatterRow), "Matters, by id.", questions.Matters),
        ("/matters/<id>", matter, answers.MatterWhole, "A matter whole.", questions.Question),
        (
            "/assignments",
            assignments,
            pages(answers.AssignmentRow),
            "Assignments, by id.",
            questions.Assignments,
        ),
        (
            "/assignments/<id>",
            assignment,
            answers.AssignmentWhole,
            "An assignment with its events.",
            questions.Question,
        ),
        ("/picture", full_picture, answers.Picture, "The full picture.", questions.Question),
    ):
        yield Route("GET", path, _name(handler), SEES, handler, gives, summary, question=asks)


def _name(handler: Callable[..., Any]) -> str:
    return f"read.{handler.__name__.removeprefix('full_')}"


def _page(asked: Asked) -> dict[str, Any]:
    return {"limit": asked.query["limit"], "after": asked.query.get("after")}


def listed(rows: list[dict[str, Any]], limit: int) -> Answer:
    """A keyset page."""
    return {"items": rows, "next": rows[-1]["id"] if len(rows) == limit else None}


def matters(asked: Asked) -> Answer:
    """A page of matters."""
    wanted = {name: asked.query.get(name) for name in ("state", "board", "campaign", "no")}
    page = _page(asked)
    more = statistics.conditions(asked.host, asked.place, asked.sight, "matters", asked.query)
    return listed(asked.ask(queries.list_matters, **wanted, **page, more=more), page["limit"])


def matter(asked: Asked, id: str) -> Answer:
    """One matter, and what the user may do with it."""
    found = asked.ask(queries.one_matter, id)
    if found is None:
        raise DomainRefused("not-found", f"no matter {id} is held here")
    allowed = may.on_matter(asked.host, asked.place, asked.actor, id)
    whole: Answer = found | {"allowed": allowed}
    return whole


def assignments(asked: Asked) -> Answer:
    """A page of assignments."""
    wanted = {name: asked.query.get(name) for name in ("state", "matter")}
    role, page = asked.query.get("role"), _page(asked)
    if role is not None:
        wanted[role] = asked.actor.node
    more = statistics.conditions(asked.host, asked.place, asked.sight, "assignments", asked.query)
    return listed(asked.ask(queries.list_assignments, **wanted, **page, more=more), page["limit"])


def assignment(asked: Asked, id: str) -> Answer:
    """One assignment with its events, and what the user may do with it."""
    found = timeline.assignment(asked.host, asked.place, id, asked.sight)
    return found | {"allowed": may.on_assignment(asked.host, asked.place, asked.actor, id)}


def full_picture(asked: Asked) -> Answer:
    """The counts of all that the user sees."""
    return picture(asked.host, asked.place, asked.sight)


def operation_rows(movable: bool) -> Iterator[Route]:
    """How the host fares, and its clock."""

    def clock(asked: Asked, form: Mapping[str, Any]) -> Answer:
        now = asked.host.now
        if not movable or not isinstance(now, OffsetClock):
            raise DomainRefused("wrong-state", "this host was not started with --clock")
        now.advance(timedelta(seconds=form["advance_seconds"]))
        acts.done(asked.host, asked.who.tenant, asked.actor, asked.deed())
        return {"business": now().business}

    yield Route(
        "GET", "/me", "read.me", EVERYBODY, me, answers.Me, "Whose token this is.",
        question=questions.Question,
    )  # fmt: skip
    yield Route(
        "GET", "/sync", "read.sync", OPERATES, sync, answers.page_of(answers.LinkRow),
        "How each link fares.",
    )  # fmt: skip
    yield Route(
        "GET", "/stats", "read.stats", OPERATES, stats, answers.Stats, "Counts over the host."
    )
    yield Route(
        "PUT", "/clock", "clock", frozenset(("admin",)), clock, answers.Business,
        "Move business time, where the host was started for that.", form=admin.Advance,
    )  # fmt: skip


def me(asked: Asked) -> Answer:
    """Who asks."""
    return {"node": asked.actor.node, "user": asked.actor.user, "role": asked.actor.role}


def sync(asked: Asked) -> Answer:
    """The links, who holds how much of what is written here, forks, silent nodes."""
    host, place = asked.host, asked.place
    return {
        "items": links.status(host, place),
        "next": None,
        "received": links.received(host, place),
        "forks": links.forked(host, place),
        "silent": heartbeats.silence(host, place),
    }


def stats(asked: Asked) -> Answer:
    """Counts over the whole host."""
    return links.stats(asked.host)
