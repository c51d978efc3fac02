"""Policies, score tables, ledgers and campaigns published: one form each, drawn from the schema.

Decides how a member is asked for and where a new version begins (with what is in force). What is
accepted is the schema's and the command's to say; a fault stands beside its member. Campaigns are
also read from a workbook (campaign_sheets.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from flask import Response, request

from node.domain.commands import DomainRefused
from node.domain.permissions import COMMANDS
from node.service import campaign_sheets, campaigns, ledgers, policies, scores, units, workbooks
from node.service.acts import Answer
from node.service.host import Host
from node.service.place import Place
from node.web import controls, faults, labels, sayings, tallies, titles
from node.web.controls import Control, Special
from node.web.door import STAFF, Page, Shown, Visit, flash, go
from node.web.members import one_unit
from node.web.words import mark, say
from schemas.rulebook import MEASURES

PUBLISHES: Final = COMMANDS["publish-policy"].roles & STAFF
MAY_BE_EMPTY: Final = ("boards", "grades", "milestones", "groups", "ladder")
Form = dict[str, Any]
Options = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Publication:
    """What may be published: its name, its service, where a new version begins, where it leads."""

    operation: str
    title: str
    about: str
    give: Callable[[Host, Place, Any, Mapping[str, Any]], Answer]
    first: Callable[[Visit], Form]
    back: str
    kinds: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("campaign_template", "/admin/campaigns/template", campaign_template, PUBLISHES)
    yield Page("publish", "/admin/<what>/new", publish, PUBLISHES, ("GET", "POST"))


def publish(visit: Visit, what: str) -> Shown:
    """A new version of a policy, a score table, a ledger, or a campaign."""
    one = PUBLICATIONS.get(what)
    if one is None:
        raise DomainRefused("not-found", f"no {what}"[:80], ", ".join(PUBLICATIONS))
    told, wrong, status = None, list[dict[str, Any]](), 200
    values = _posted(one) if visit.posted else one.first(visit)
    more = request.form.get("_more", "")
    if visit.posted and "_fill" in request.form:
        values, told, wrong = _filled(values)
    elif visit.posted and not more:
        try:
            made = _given(visit, one, values)
        except DomainRefused as refused:
            told, status = sayings.told(refused, one.operation), 422
        else:
            flash("已公布 {version},随签名日志发往各级", version=made["version"])
            return go(one.back, **({"id": made["id"]} if one.back == "campaign" else {}))
    drawn = controls.controls(one.operation, _drawable(values), _special(one), more)
    for each in drawn:
        each.needed = each.needed and each.path not in MAY_BE_EMPTY
    if told and told["where"]:
        _blame(drawn, told)
    page = visit.show(
        "publish.html", what=what, one=one, made=drawn, told=told, wrong=wrong, faults=faults,
        boards=labels.BOARDS, said=request.args,
    )  # fmt: skip
    return Response(page, status)


def _blame(drawn: Sequence[Control], told: dict[str, str]) -> None:
    words = told["detail"] + (f" · {told['accepted']}" if told["accepted"] else "")
    name, _, rest = told["where"].replace("[", ".").replace("]", "").partition(".")
    number = rest.partition(".")[0]
    if name in campaign_sheets.LINES and number.isdigit():
        words = say("第 {row} 行", row=int(number) + 1) + ": " + words
    if controls.blame(drawn, told["where"], words):
        told["placed"] = "yes"


def _special(one: Publication) -> Special:
    words = {
        name: [(code, _word(name, each)) for code, each in table.items()]
        for name, table in (*YES_NO.items(), *one.words.items())
    }
    kinds = {name: "choice" for name in words} | dict(one.kinds)
    ticks = {name: [("", options)] for name, options in words.items() if kinds[name] == "units"}
    return Special(kinds, words, ticks, frozenset(("by",)))


def _word(name: str, each: str) -> str:
    return tallies.measure(each) if name == "measure" else say(each)


def _drawable(values: Any) -> Any:
    """The values as controls show them: flags as words, what is asked for in lines as lines."""
    if isinstance(values, bool):
        return str(values).lower()
    if isinstance(values, Mapping):
        return {
            name: campaign_sheets.text(name, value)
            if name in campaign_sheets.LINES
            else _drawable(value)
            for name, value in values.items()
        }
    return [_drawable(one) for one in values] if isinstance(values, list) else values


def _posted(one: Publication) -> Form:
    """What was filled in, in the shape of the publication: numbers as numbers, lines as rows."""
    said = controls.posted(one.operation, request.form, _special(one))
    found: Form = _numbers(said, one.kinds)
    for name, kind in one.kinds.items():
        if kind == "table":
            found[name] = campaign_sheets.rows(name, request.form.get(name, ""))
        elif kind in ("units", "rows"):
            found.setdefault(name, [])
    if one.operation == "ledger.publish":
        for row in found["fields"]:
            if isinstance(row.get("choices"), list):
                row["choices"] = [w.strip() for t in row["choices"] for w in t.splitlines()]
    return found


def _numbers(said: Any, kinds: Mapping[str, str], name: str = "") -> Any:
    """Whole numbers read; rows in which nothing but flags was sent are none."""
    if isinstance(said, Mapping):
        return {each: _numbers(value, kinds, each) for each, value in said.items()}
    if isinstance(said, list):
        kept = [one for one in said if not isinstance(one, Mapping) or _filled_in(one)]
        return [_numbers(one, kinds, name) for one in kept]
    if kinds.get(name) == "whole" and isinstance(said, str):
        return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else said
    return said


def _filled_in(row: Mapping[str, Any]) -> bool:
    return any(not isinstance(value, bool) for value in row.values())


def _given(visit: Visit, one: Publication, values: Form) -> Answer:
    host, place, actor = visit.host, visit.place, visit.actor
    said = dict(values)
    if "territory" in said:
        tree = units.tree(host, place)
        said["territory"] = [
            row | {"unit": one_unit(tree, row.get("unit", ""), f"territory[{at}].unit")}
            for at, row in enumerate(said["territory"])
        ]
    deed = visit.deed(one.operation, str(said.get("version", "")), said)
    return visit.around(deed, lambda: one.give(host, place, actor, said))


def _filled(values: Form) -> tuple[Form, dict[str, str] | None, list[dict[str, Any]]]:
    """The form with what a workbook says, or what is wrong with it."""
    upload = request.files.get("file")
    data = upload.read(workbooks.MOST_BYTES + 1) if upload is not None else b""
    try:
        if not data:
            raise DomainRefused("bad-input", "no file", workbooks.ACCEPTED, "file")
        heading, rows = workbooks.read(data)
        found, wrong = campaign_sheets.read(heading, rows)
    except DomainRefused as refused:
        return values, sayings.told(refused, "campaign.publish"), []
    if wrong:
        title = say("表格中有 {count} 处需要修改,没有填入", count=len(wrong))
        return (
            values,
            {"title": title, "detail": "", "accepted": "", "label": "", "where": ""},
            wrong,
        )
    return values | found, None, []


def campaign_template(_: Visit) -> Shown:
    """An empty table from which a campaign's form is filled in."""
    response = Response(campaign_sheets.template(), mimetype=workbooks.XLSX)
    named = quote(say("专项定义表") + ".xlsx", safe="")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{named}"
    return response


# where a new version begins


def _after(version: str) -> str:
    """The next version of a name."""
    name, _, number = version.partition("/")
    first = number.partition(".")[0]
    return f"{name}/{int(first) + 1 if first.isdigit() else 1}"


def _policy(visit: Visit) -> Form:
    version = request.args.get("from", "default/1")
    held = policies.one(visit.host, visit.place, version)
    return held | {"version": "" if version.startswith("default/") else _after(version)}


def _score(visit: Visit) -> Form:
    told = scores.show(visit.host, visit.place)
    last = told["published"][-1]["version"] if told["published"] else told["in_force"]["version"]
    held = scores.one(visit.host, visit.place, last)
    return held | {"version": _after(last if last.startswith("monthlyscore") else "monthlyscore/0")}


def _ledger(visit: Visit) -> Form:
    board = request.args.get("board") or next(iter(labels.BOARDS))
    held = ledgers.one(visit.host, visit.place, board)
    return held | {"version": _after(held["version"]), "board": board}


def _campaign(visit: Visit) -> Form:
    id = request.args.get("from")
    if not id:
        return {"board": "daily", "grade": "general"}
    held, tree = campaigns.one(visit.host, visit.place, id), units.tree(visit.host, visit.place)
    named = [row | {"unit": tree.path(row["unit"])} for row in held["territory"]]
    return held | {"version": _after(held["version"]), "territory": named}


YES_NO: Final[Mapping[str, Mapping[str, str]]] = {
    name: titles.YES for name in ("first_day", "same_day", "rolls_over", "required", "cumulative")
}
WARNED: Final = {name: "whole" for name in ("k1", "k3", "k7", "km")}
PUBLICATIONS: Final[Mapping[str, Publication]] = {
    "policies": Publication(
        "policy.publish", mark("公布时限政策"),
        mark("对以后交办的事项有效;已交办的按原政策计时。最高一级公布的对全省有效,其他单位公布的对本单位交办的事项有效。"),
        policies.publish, _policy, "policies",
        {"boards": "units", "grades": "units", "ladder": "rows", "minutes": "whole",
         "review": "whole", "triage": "whole", "tolerance": "whole", **WARNED},
        {"boards": labels.BOARDS, "grades": labels.GRADES, "counts": titles.COUNTS,
         "after": titles.AFTER, "to": titles.WHOM},
    ),
    "scores": Publication(
        "score.publish", mark("公布评分表"),
        mark("由最高一级公布,对公布之后开始的月份有效;已经评过的月份不变。"),
        scores.publish, _score, "score_table",
        {"lines": "rows", "points": "whole", "most": "whole", "minimum": "whole"},
        {"measure": {code: code for code in MEASURES},
         "effect": tallies.EFFECTS, "per": tallies.PER},
    ),
    "ledgers": Publication(
        "ledger.publish", mark("公布台账定义"),
        mark("由最高一级公布,立即生效;新版本从现行版本改起,原有字段的类型和单位不能改变。"),
        ledgers.publish, _ledger, "ledgers",
        {"fields": "rows", "totals": "rows", "groups": "rows", "scale": "whole"},
        {"board": labels.BOARDS, "type": titles.TYPES, "kind": titles.TOTALS, "by": titles.GROUPS},
    ),
    "campaigns": Publication(
        "campaign.publish", mark("公布专项"),
        mark("公布后可以下载登记表、按属地导入问题;截止日期到期不再延长。"),
        campaigns.publish, _campaign, "campaign",
        {name: "table" for name in campaign_sheets.LINES},
        {"board": labels.BOARDS, "grade": labels.GRADES},
    ),
}  # fmt: skip
