"""The bulletin of a month: asked for here, made in the background, fetched with its row counts.

Decides what stands on a page. What stands in a bulletin is node/service/bulletins.py's. Follows
docs/web.md, "Work in the background".
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any, Final

from flask import Response, request

from node.domain.commands import DomainRefused
from node.domain.evaluation.periods import month, month_of
from node.service import acts, jobs
from node.storage.jobs import Job
from node.web import faults, labels, sayings, tallies
from node.web.counted import sent
from node.web.door import Page, Shown, Visit, go
from node.web.imports import STEPS
from node.web.words import say

FORMS: Final = {"docx": "Word(docx)", "pdf": "PDF"}


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("bulletins", "/bulletins", bulletin, methods=("GET", "POST"))
    yield Page("export_job", "/exports/<id>", job)
    yield Page("export_part", "/exports/<id>/part", part)
    yield Page("export_file", "/exports/<id>/file", file)


def bulletin(visit: Visit) -> Shown:
    """Ask for one; those asked for lately."""
    told = None
    if visit.posted:
        try:
            return go("export_job", id=_ask(visit))
        except DomainRefused as refused:
            told = sayings.told(refused) | {"title": faults.detail(refused.detail), "detail": ""}
    page = visit.show(
        "bulletins.html", told=told, forms=FORMS, steps=STEPS, tallies=tallies, said=request.args,
        month=request.form.get("month") or month_of(visit.now), now=visit.now,
        recent=[
            (one, json.loads(one.form))
            for one in jobs.recent(visit.host, visit.place, visit.actor, ("bulletin",))
        ],
    )  # fmt: skip
    return page if told is None else Response(page, 422)


def _ask(visit: Visit) -> str:
    name, form = request.form.get("month", ""), request.form.get("form", "")
    level = request.form.get("level", "")
    month(name)
    for what, value, accepted in (("form", form, FORMS), ("level", level, ("", *labels.LEVELS))):
        if value not in accepted:
            raise DomainRefused("bad-input", f"{what} {value!r}"[:80], ", ".join(accepted), what)
    query = {"month": name, "form": form, "level": level}
    made = jobs.ask(visit.host, visit.place, visit.actor, "bulletin", name, query)
    acts.done(visit.host, visit.who.tenant, visit.actor, visit.deed("read.bulletin", name))
    return made


def _job(visit: Visit, id: str) -> Job:
    return jobs.find(visit.host, visit.place, visit.actor, id, "bulletin")


def _far(one: Job) -> dict[str, Any]:
    step, done, total = jobs.progress(one)
    return {"step": say(STEPS.get(step, step)), "done": done, "total": total}


def job(visit: Visit, id: str) -> Shown:
    """How far it is, or the file with its row counts."""
    one = _job(visit, id)
    return visit.show(
        "export_job.html", job=one, result=jobs.result(visit.host, one), form=json.loads(one.form),
        faults=faults, **_far(one),
    )  # fmt: skip


def part(visit: Visit, id: str) -> Shown:
    """How far it is, for the script that asks again; the page anew once it has ended."""
    one = _job(visit, id)
    response = Response(visit.show("job_part.html", job=one, **_far(one)))
    if one.ended:
        response.headers["HX-Refresh"] = "true"
    return response


def file(visit: Visit, id: str) -> Shown:
    """The file."""
    one = _job(visit, id)
    made = jobs.made(visit.host, one)
    return sent(io.BytesIO(made), one.type, one.name, one.rows)
