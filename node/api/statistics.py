"""REST for statistics, the monthly score, the lists behind them, and exports.

Routes only: node/service/statistics.py, scores.py and exports.py answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO, Any

from flask import Response

from node.api.routes import EVERYBODY, SEES, Asked, Route
from node.domain.permissions import COMMANDS
from node.readmodel import counts
from node.service import exports, scores, statistics
from node.service.acts import Answer
from schemas.api import answers, questions
from schemas.api.forms import shape

CHUNK = 1 << 16


def statistics_rows() -> Iterator[Route]:
    """The routes. Fixed paths come before those with a name."""
    any_, span, page = answers.Anything, questions.Statistics, answers.page_of(answers.Anything)
    publishes = COMMANDS["publish-score"].roles & EVERYBODY
    yield from (
        Route("GET", "/statistics", "read.statistics", SEES, told, any_,
              "Completeness, timeliness, clearance; by unit, board or region.", question=span),
        Route("GET", "/statistics/ageing", "read.ageing", SEES, aged, any_,
              "How old the backlog is, and how long overdue.", question=span),
        Route("GET", "/clocks", "read.clocks", SEES, clocks, page,
              "Clocks, reviews and reopenings, as they are counted.", question=questions.Clocks),
        Route("GET", "/scores", "read.scores", SEES, month, any_,
              "Each unit's score in a month, with its reasons and its rank.",
              question=questions.Scores),
        Route("GET", "/score-table", "read.score-table", EVERYBODY, table, any_,
              "The table in force, and the versions held."),
        Route("POST", "/score-table", "score.publish", publishes, publish, any_,
              "A new version, for the months that begin from now on (the root only).",
              form=shape.Free),
        Route("GET", "/score-table/<path:version>", "read.score-version", EVERYBODY, version_, any_,
              "All that a version says."),
        Route("GET", "/exports/<what>", "read.export", SEES, export, any_,
              "matters, assignments, clocks, drafts, statistics or scores, as csv or xlsx.",
              question=questions.Export),
    )  # fmt: skip


def told(asked: Asked) -> Answer:
    """The statistics."""
    return statistics.statistics(asked.host, asked.place, asked.query, asked.sight)


def aged(asked: Asked) -> Answer:
    """The backlog."""
    return statistics.ageing(asked.host, asked.place, asked.query, asked.sight)


def clocks(asked: Asked) -> Answer:
    """A page of what is counted one by one."""
    host, place, sight, query = asked.host, asked.place, asked.sight, asked.query
    meant = statistics.asked_of(host, place, sight, query)
    where = statistics.conditions(host, place, sight, "clocks", query) or counts.stage_where(meant)
    with host.database.read(place.tenant.id) as connection:
        rows = counts.list_clocks(connection, meant, where, query.get("after"), query["limit"])
    return {"items": rows, "next": rows[-1]["id"] if len(rows) == query["limit"] else None}


def month(asked: Asked) -> Answer:
    """The scores of a month."""
    return scores.scores(asked.host, asked.place, asked.query, asked.sight)


def table(asked: Asked) -> Answer:
    """The table in force."""
    return scores.show(asked.host, asked.place)


def version_(asked: Asked, version: str) -> Answer:
    """One version."""
    return scores.one(asked.host, asked.place, version)


def publish(asked: Asked, form: Mapping[str, Any]) -> tuple[Answer, bool]:
    """A new version."""
    host, place, actor = asked.host, asked.place, asked.actor
    return asked.around(lambda: scores.publish(host, place, actor, form))


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk


def export(asked: Asked, what: str) -> Response:
    """A file; `X-Row-Count` says how many lines it has under its heading."""
    form = asked.query.get("form") or "csv"
    file, count = exports.export(asked.host, asked.place, what, form, asked.query, asked.sight)
    response = Response(_chunks(file), mimetype=exports.FORMS[form])
    response.call_on_close(file.close)
    response.headers["Content-Disposition"] = f'attachment; filename="{what}.{form}"'
    response.headers["X-Row-Count"] = str(count)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Vary"] = "Authorization"
    return response
