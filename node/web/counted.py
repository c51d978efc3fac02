"""The list behind every number of the statistics, and the same as a file.

Decides how rows are shown. Which rows there are is the number's own condition
(node/service/statistics.py, exports.py). Follows docs/statistics.md, "Every number has its list".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from flask import Response, request

from node.domain.commands import DomainRefused
from node.service import acts, exports, statistics, units
from node.service.units import Tree
from node.web import labels, tallies
from node.web.door import Page, Shown, Visit
from node.web.statistics import PAGE, Names
from node.web.words import say

CHUNK: Final = 1 << 16


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("counted", "/stats/list/<what>", counted)
    yield Page("counted_file", "/stats/file/<what>", file)


def counted(visit: Visit, what: str) -> Shown:
    """What a number counts, one by one."""
    if what not in tallies.LISTS:
        raise DomainRefused("not-found", f"no list {what[:40]}", ", ".join(tallies.LISTS))
    tree = units.tree(visit.host, visit.place)
    query = {name: value for name, value in request.args.items() if value}
    after = query.pop("after", None)
    host, place = visit.host, visit.place
    rows = exports.listed(host, place, what, query, visit.sight, after, PAGE)
    more = ""
    if len(rows) == PAGE:
        more = f"{request.path}?{urlencode(query | {'after': rows[-1]['id']})}"
    return visit.show(
        "stats_list.html",
        what=what,
        rows=rows,
        more=more,
        total=statistics.number_of(host, place, visit.sight, what, query),
        days=_days(rows, query, bool(more or after)),
        scope=_scope(query, tree),
        query=urlencode(query),
        tree=tree,
        tallies=tallies,
        now=visit.now,
    )


def _days(rows: list[dict[str, Any]], query: Mapping[str, str], part: bool) -> int | None:
    """The sum of days, where all of the list stands on one page."""
    if query.get("count") != "overdue" or part or not rows or "days" not in rows[0]:
        return None
    return sum(int(row["days"]) for row in rows)


def _scope(query: Mapping[str, str], tree: Tree) -> list[tuple[str, str]]:
    """The filters in words."""
    found = list[tuple[str, str]]()
    if query.get("count"):
        found.append((say("统计口径"), tallies.word(query["count"])))
    if query.get("stage"):
        found.append((say("节点"), tallies.stage(query["stage"])))
    if query.get("basis") and query.get("stage"):
        found.append((say("时限依据"), say(tallies.BASES.get(query["basis"], query["basis"]))))
    for name, words in (("month", "月份"), ("since", "自"), ("until", "至")):
        if query.get(name):
            found.append((say(words), query[name]))
    if query.get("board"):
        found.append((say("板块"), say(labels.BOARDS.get(query["board"], query["board"]))))
    if query.get("unit"):
        found.append((say("单位"), tree.path(query["unit"])))
    if query.get("region"):
        found.append((say("地区"), Names(tree)(query["region"])))
    return found


def file(visit: Visit, what: str) -> Shown:
    """A list, the statistics or the scores as a file; an act in the audit trail."""
    query = {name: value for name, value in request.args.items() if value}
    form = query.pop("form", "xlsx")
    made, count = exports.export(visit.host, visit.place, what, form, query, visit.sight)
    acts.done(visit.host, visit.who.tenant, visit.actor, visit.deed("read.export", what))
    return sent(made, exports.FORMS[form], f"{what}.{form}", count)


def sent(made: Any, type: str, name: str, count: int) -> Response:
    """A file that is handed over in pieces, with how many rows it has."""

    def pieces() -> Iterator[bytes]:
        with made:
            while piece := made.read(CHUNK):
                yield piece

    response = Response(pieces(), mimetype=type)
    response.call_on_close(made.close)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["X-Row-Count"] = str(count)
    return response
