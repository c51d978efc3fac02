"""A campaign's table: template, upload, check first, error file, all or nothing, progress.

Decides the steps. What is wrong is node/service/campaigns.py's to say; the work is done in the
background (node/service/jobs.py), and its page follows it. Follows docs/ledgers.md, "The table".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from flask import Response, request

from federation.ids import owner_of
from node.domain.commands import DomainRefused
from node.domain.permissions import COMMANDS
from node.service import acts, campaigns, jobs, ledgers, units, workbooks
from node.storage.jobs import Job
from node.web import faults
from node.web.door import STAFF, Page, Shown, Visit, go
from node.web.words import say
from schemas.refusals import Refused

FILLS: Final = COMMANDS["register"].roles & COMMANDS["issue"].roles & STAFF
KINDS: Final = ("check", "import")
SHOWN: Final = 200  # faults on the page; the file has all
STEPS: Final = {
    "": "排队等候",
    "check": "逐行核对",
    "register": "登记立项",
    "issue": "交办",
    "statistics": "统计",
    "scores": "评分",
    "overdue": "列出到期未交",
}


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("import", "/campaigns/<id>/import", begin, FILLS, ("GET", "POST"))
    yield Page("template", "/campaigns/<id>/template", template, FILLS)
    yield Page("import_job", "/imports/<id>", job, FILLS, ("GET", "POST"))
    yield Page("import_part", "/imports/<id>/part", part, FILLS)
    yield Page("import_errors", "/imports/<id>/errors", errors, FILLS)


def _own(visit: Visit, id: str) -> dict[str, Any]:
    """A campaign of this node. DomainRefused `not-found`, `wrong-node`."""
    found = campaigns.one(visit.host, visit.place, id)
    if owner_of(id) != visit.actor.node:
        raise DomainRefused("wrong-node", "it is another node's campaign", owner_of(id))
    return found


def begin(visit: Visit, id: str) -> Shown:
    """The template, the upload, and what was handed in lately."""
    campaign, told = _own(visit, id), None
    if visit.posted:
        try:
            return go("import_job", id=_check(visit, id))
        except (DomainRefused, Refused) as refused:
            told = _said(refused)
    recent = [
        one for one in jobs.recent(visit.host, visit.place, visit.actor, KINDS) if one.object == id
    ]
    page = visit.show("import.html", one=campaign, id=id, told=told, recent=recent, steps=STEPS,
                      most=workbooks.MOST_BYTES >> 20, rows=workbooks.MOST_ROWS)  # fmt: skip
    return page if told is None else Response(page, 422)


def _said(refused: DomainRefused | Refused) -> dict[str, str]:
    return {
        "title": faults.detail(refused.detail),
        "detail": "",
        "accepted": faults.accepted(str(getattr(refused, "accepted", "") or "")),
        "label": say("文件") if getattr(refused, "where", "") == "file" else "",
    }


def _check(visit: Visit, id: str) -> str:
    """Hand in a table to be checked; the job."""
    upload = request.files.get("file")
    table = campaigns.whole(upload.read(workbooks.MOST_BYTES + 1) if upload is not None else None)
    name = (upload.filename if upload is not None else "") or ""
    made = jobs.ask(visit.host, visit.place, visit.actor, "check", id, {"file": name[:120]}, table)
    acts.done(visit.host, visit.who.tenant, visit.actor, visit.deed("campaign.check", id))
    return made


def template(visit: Visit, id: str) -> Shown:
    """An empty table."""
    made = campaigns.template(visit.host, visit.place, id)
    return workbook(made, say("专项登记表") + ".xlsx")


def workbook(data: bytes, name: str) -> Response:
    """A workbook to keep."""
    response = Response(data, mimetype=workbooks.XLSX)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return response


def _job(visit: Visit, id: str) -> Job:
    return jobs.find(visit.host, visit.place, visit.actor, id, *KINDS)


def job(visit: Visit, id: str) -> Shown:
    """How far it is, or what came of it; the second step is asked for here."""
    one = _job(visit, id)
    if visit.posted:
        return _bring_in(visit, one)
    result = jobs.result(visit.host, one)
    campaign = campaigns.one(visit.host, visit.place, one.object)
    definition = ledgers.one(visit.host, visit.place, campaign["board"])
    wrong = result.get("faults", [])
    return visit.show(
        "import_job.html",
        job=one,
        **_far(one),
        result=result,
        wrong=wrong[:SHOWN],
        wrongs=len(wrong),
        wrong_rows=len({row["row"] for row in wrong}),
        columns=faults.columns(campaign, definition),
        classes={row["code"]: row["name"] for row in campaign["classes"]},
        campaign=campaign,
        tree=units.tree(visit.host, visit.place),
        faults=faults,
    )


def _far(one: Job) -> dict[str, Any]:
    step, done, total = jobs.progress(one)
    return {"step": say(STEPS.get(step, step)), "done": done, "total": total}


def _bring_in(visit: Visit, one: Job) -> Shown:
    """The same table, to be registered and issued: all rows or none."""
    result = jobs.result(visit.host, one)
    if one.kind != "check" or one.state != "done" or result.get("faults"):
        raise DomainRefused("conflict", "only a table that was checked and has no fault", "")
    table = jobs.given(visit.host, one)
    form = {"file": "", "checked": one.id}
    made = jobs.ask(visit.host, visit.place, visit.actor, "import", one.object, form, table)
    return go("import_job", id=made)


def part(visit: Visit, id: str) -> Shown:
    """How far it is, for the script that asks again; the page anew once it has ended."""
    one = _job(visit, id)
    response = Response(visit.show("job_part.html", job=one, **_far(one)))
    if one.ended:
        response.headers["HX-Refresh"] = "true"
    return response


def errors(visit: Visit, id: str) -> Shown:
    """The table as handed in, its faulty cells marked, a column of remarks."""
    one = _job(visit, id)
    made = campaigns.errors(visit.host, visit.place, one.object, jobs.given(visit.host, one))
    acts.done(visit.host, visit.who.tenant, visit.actor, visit.deed("campaign.errors", one.object))
    return workbook(made, say("问题清单") + ".xlsx")
