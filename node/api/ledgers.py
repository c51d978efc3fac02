"""REST for ledgers and campaigns, and for the tables by which campaigns are divided.

Routes only: node/service/ledgers.py and campaigns.py decide. A table is a workbook as the body.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from flask import Response, request

from node.api.routes import EVERYBODY, SEES, Asked, Route
from node.domain.permissions import COMMANDS
from node.service import acts, campaigns, ledgers, workbooks
from node.service.acts import Answer
from schemas.api import answers, questions
from schemas.api.forms import shape

ONE: Final = "/campaigns/<id>"


def ledger_rows() -> Iterator[Route]:
    """The routes. Fixed paths come before those with a name."""
    any_, roots = answers.Anything, COMMANDS["publish-ledger"].roles & EVERYBODY
    yield Route(
        "GET", "/ledgers", "read.ledgers", SEES, show, any_,
        "Per board the definition in force, and the versions held.",
    )  # fmt: skip
    yield Route(
        "POST", "/ledgers", "ledger.publish", roots, publish, any_,
        "A new version of a board's ledger.", form=shape.Free,
    )  # fmt: skip
    yield Route(
        "GET", "/ledgers/<board>", "read.ledger", SEES, one, any_,
        "All that a definition says.", question=questions.Definition,
    )  # fmt: skip
    yield Route(
        "GET", "/ledgers/<board>/rows", "read.ledger-rows", SEES, rows,
        answers.page_of(any_), "Matters with their values, by id.", question=questions.Ledger,
    )  # fmt: skip
    yield Route(
        "GET", "/ledgers/<board>/totals", "read.ledger-totals", SEES, totals, any_,
        "Totals and rates, in all and by group.", question=questions.Totals,
    )  # fmt: skip
    yield from _campaign_rows()


def _campaign_rows() -> Iterator[Route]:
    any_, runs = answers.Anything, COMMANDS["publish-campaign"].roles & EVERYBODY
    fills = COMMANDS["register"].roles & COMMANDS["issue"].roles & EVERYBODY
    table: dict[str, Any] = {"takes": workbooks.XLSX, "limit": workbooks.MOST_BYTES}
    yield Route(
        "GET", "/campaigns", "read.campaigns", SEES, list_campaigns, answers.page_of(any_),
        "Every campaign held.",
    )  # fmt: skip
    yield Route(
        "POST", "/campaigns", "campaign.publish", runs, publish_campaign, any_,
        "A campaign, or a new version of one.", form=shape.Free,
    )  # fmt: skip
    yield Route("GET", ONE, "read.campaign", SEES, campaign, any_, "All that a campaign says.")
    yield Route(
        "GET", f"{ONE}/progress", "read.campaign-progress", SEES, progress, any_,
        "How far it has come, by class, territory and milestone.",
    )  # fmt: skip
    yield Route(
        "GET", f"{ONE}/template", "read.campaign-template", SEES, template, any_,
        "An empty table, as a workbook.",
    )  # fmt: skip
    yield Route(
        "POST", f"{ONE}/check", "campaign.check", fills, check, any_,
        "Every faulty cell of a table; writes nothing.", **table,
    )  # fmt: skip
    yield Route(
        "POST", f"{ONE}/errors", "campaign.errors", fills, errors, any_,
        "The same table with its faulty cells marked.", **table,
    )  # fmt: skip
    yield Route(
        "POST", f"{ONE}/import", "campaign.import", fills, bring_in, any_,
        "Register and issue every row of a table, or none.", **table,
    )  # fmt: skip


def show(asked: Asked) -> Answer:
    """Which are in force."""
    return ledgers.show(asked.host, asked.place)


def publish(asked: Asked, form: Mapping[str, Any]) -> tuple[Answer, bool]:
    """A new version."""
    host, place, actor = asked.host, asked.place, asked.actor
    return asked.around(lambda: ledgers.publish(host, place, actor, form))


def one(asked: Asked, board: str) -> Answer:
    """One definition."""
    return ledgers.one(asked.host, asked.place, board, asked.query.get("version"))


def rows(asked: Asked, board: str) -> Answer:
    """A page of rows."""
    page = {"limit": asked.query["limit"], "after": asked.query.get("after")}
    return ledgers.rows(asked.host, asked.place, board, asked.query, asked.sight, **page)


def totals(asked: Asked, board: str) -> Answer:
    """Totals and rates."""
    group = asked.query.get("group", "")
    return ledgers.totals(asked.host, asked.place, board, asked.query, asked.sight, group)


def list_campaigns(asked: Asked) -> Answer:
    """Every campaign."""
    return campaigns.listed(asked.host, asked.place)


def publish_campaign(asked: Asked, form: Mapping[str, Any]) -> tuple[Answer, bool]:
    """A campaign."""
    host, place, actor = asked.host, asked.place, asked.actor
    return asked.around(lambda: campaigns.publish(host, place, actor, form))


def campaign(asked: Asked, id: str) -> Answer:
    """One campaign."""
    return campaigns.one(asked.host, asked.place, id)


def progress(asked: Asked, id: str) -> Answer:
    """How far it has come."""
    return campaigns.progress(asked.host, asked.place, id, asked.sight)


def template(asked: Asked, id: str) -> Response:
    """An empty table."""
    return _workbook(campaigns.template(asked.host, asked.place, id), "专项登记表.xlsx")


def check(asked: Asked, id: str) -> Answer:
    """What is wrong with a table."""
    found = campaigns.check(asked.host, asked.place, id, _body())
    acts.done(asked.host, asked.who.tenant, asked.actor, asked.deed(id))
    return found


def errors(asked: Asked, id: str) -> Response:
    """The table, marked."""
    made = campaigns.errors(asked.host, asked.place, id, _body())
    acts.done(asked.host, asked.who.tenant, asked.actor, asked.deed(id))
    return _workbook(made, "问题清单.xlsx")


def bring_in(asked: Asked, id: str) -> tuple[Answer, bool]:
    """Every row, or none."""
    deed = asked.deed(id)
    return campaigns.bring_in(asked.host, asked.place, asked.actor, deed, id, _body())


def _body() -> bytes:
    return campaigns.whole(request.get_data(cache=True))


def _workbook(data: bytes, name: str) -> Response:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(data, 200, headers, mimetype=workbooks.XLSX)
