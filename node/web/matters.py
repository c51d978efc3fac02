"""The register: lists with filters and saved views, one matter whole, files.

Decides how a query string is read and what stands on a page; which rows a filter means is the read
model's (register.py), what may be done is the domain's (may.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from flask import Response, request

from node.domain.commands import DomainRefused
from node.domain.instants import end_of, instant, moment
from node.readmodel import queries, register
from node.readmodel.books import Books
from node.readmodel.register import Wanted
from node.service import acts, attachments, may, proof, units
from node.service.acts import Deed
from node.storage import logins
from node.storage.store import SqlStore
from node.web.door import Page, Shown, Visit, flash, go

PAGE: Final = 50
FILTERS: Final = (
    "text", "state", "board", "grade", "light", "campaign", "region", "registrar", "issuer",
    "asks", "kind", "stage", "verdict",
)  # fmt: skip
RARE: Final = (
    "cancel",
    "merge",
    "link",
    "list",
    "value",
    "add-cohandler",
    "rule",
    "ask-pause",
    "plan",
    "refuse",
    "restore",
)
"""commands that stand behind `more`"""
MOST_ACTED: Final = 60  # assignments of one matter whose commands are worked out


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("matters", "/matters", matters, methods=("GET", "POST"))
    yield Page("slips", "/slips", slips)
    yield Page("matter", "/matters/<id>", matter)
    yield Page("assignment", "/assignments/<id>", assignment)
    yield Page("file", "/files/<hash>", file)


def wanted_of(visit: Visit, tree: units.Tree, said: Mapping[str, str]) -> Wanted:
    """What a query string asks for. `unit`: an id, a name or a path; `under`: with all below."""
    plain = {name: said[name].strip()[:200] for name in FILTERS if said.get(name, "").strip()}
    for name, word in (("since", "from"), ("until", "to")):
        if said.get(word):
            plain[name] = edge(said[word], name == "until")
    under, unit = said.get("under", "").strip(), said.get("unit", "").strip()
    held: tuple[str, ...] | None = None
    if unit:
        held = tuple(one.node for one in tree.find(unit)) or ("?",)
    if under:
        below = tree.under(under) if tree.has(under) else ("?",)
        held = below if held is None else tuple(set(held) & set(below)) or ("?",)
    for name in ("registrar", "issuer"):
        if plain.get(name) == "me":
            plain[name] = visit.actor.node
    return Wanted(**plain, units=held)


def edge(day: str, after: bool) -> str:
    """The instant at which a day of Beijing begins, or (`after`) the next one does."""
    try:
        at = date.fromisoformat(day)
    except ValueError:
        raise DomainRefused("bad-input", f"no day {day!r}", "2026-03-02", "from") from None
    return instant(moment(end_of(at)) - timedelta(days=0 if after else 1))


def _kept() -> dict[str, str]:
    """The query string without the page."""
    return {name: value for name, value in request.args.items() if value and name not in ("after",)}


def matters(visit: Visit) -> Shown:
    """The matters."""
    if visit.posted:
        return _bulk_or_view(visit)
    tree = units.tree(visit.host, visit.place)
    wanted = wanted_of(visit, tree, request.args)
    rows = visit.ask(register.find_matters, wanted, after=request.args.get("after", ""), limit=PAGE)
    return visit.show(
        "matters.html",
        rows=rows,
        **_counted(wanted, visit.ask(register.count_matters, wanted)),
        tree=tree,
        asked=request.args,
        more=_more(rows),
        views=_views(visit),
        campaigns=visit.ask(register.campaigns),
        query=urlencode(_kept()),
        now=visit.now,
        part="HX-Request" in request.headers,
    )


def _counted(wanted: Wanted, count: int) -> dict[str, Any]:
    """How many there are; `over`: at least so many, since a search counts no further."""
    over = bool(wanted.text.strip()) and count > register.MOST_COUNTED
    return {"total": register.MOST_COUNTED if over else count, "over": over}


def _more(rows: list[dict[str, Any]]) -> str:
    """The address of the page behind this one; empty at the end."""
    if len(rows) < PAGE:
        return ""
    return f"{request.path}?{urlencode(_kept() | {'after': rows[-1]['place']})}"


def _views(visit: Visit) -> list[tuple[str, str]]:
    with visit.host.database.read(visit.who.tenant.id) as connection:
        return logins.list_views(connection, visit.who.tenant.id, visit.actor.user)


def _bulk_or_view(visit: Visit) -> Shown:
    form, tenant, user = request.form, visit.who.tenant.id, visit.actor.user
    query = urlencode(_kept())
    name = form.get("name", "").strip()[:40]
    if form.get("what") == "save" and name:
        with visit.host.database.read(tenant) as connection:
            full = len(logins.list_views(connection, tenant, user)) >= logins.MOST_VIEWS
        if full:
            raise DomainRefused("conflict", "too many views", str(logins.MOST_VIEWS), "name")
        visit.host.database.write(
            lambda one: logins.put_view(one, tenant, user, name, query), tenant
        )
        flash("视图已保存")
    elif form.get("what") == "forget":
        visit.host.database.write(lambda one: logins.drop_view(one, tenant, user, name), tenant)
        flash("视图已删除")
    elif form.get("what") == "bulk":
        return _bulk(visit, query)
    response = go("matters")
    response.headers["Location"] += f"?{query}" if query else ""
    return response


def _bulk(visit: Visit, query: str) -> Shown:
    """The same command on several matters, in one transaction: all or nothing."""
    ids, result = request.form.getlist("id"), request.form.get("result", "").strip()
    word = request.form.get("word", "")
    bodies = {"strike": {"result": result}, "list": {"listed": "on", "grounds": result}}
    if word not in bodies or not ids:
        raise DomainRefused("bad-input", "nothing was chosen", ", ".join(bodies), "word")
    if not result:
        raise DomainRefused("bad-input", "Missing data for required field.", where="result")
    operation = f"matter.{word}"
    asked = [(operation, id, bodies[word]) for id in ids]
    deed = visit.deed(operation, ids[0], [ids, result])
    deed = Deed(deed.act, deed.object, len(ids), deed.key, deed.digest)
    acts.command(visit.host, visit.place, visit.actor, deed, asked)
    flash("已办理 {count} 件", count=len(ids))
    response = go("matters")
    response.headers["Location"] += f"?{query}" if query else ""
    return response


def slips(visit: Visit) -> Shown:
    """The assignments."""
    tree = units.tree(visit.host, visit.place)
    wanted = wanted_of(visit, tree, request.args)
    rows = visit.ask(register.find_slips, wanted, after=request.args.get("after", ""), limit=PAGE)
    return visit.show(
        "slips.html",
        rows=rows,
        **_counted(wanted, visit.ask(register.count_slips, wanted)),
        tree=tree,
        asked=request.args,
        more=_more(rows),
        now=visit.now,
        part="HX-Request" in request.headers,
    )


def assignment(visit: Visit, id: str) -> Shown:
    """An assignment is shown on its matter's page."""
    found = visit.ask(queries.list_assignments, id=id)
    if not found:
        raise DomainRefused("not-found", f"no assignment {id} is held here")
    response = go("matter", id=found[0]["matter"])
    response.headers["Location"] += f"#{quote(id)}"
    return response


def whole(visit: Visit, id: str) -> dict[str, Any]:
    """A matter as this node holds it: registered here or told of, or known by its assignments.

    DomainRefused `not-found`.
    """
    rows = visit.ask(queries.list_assignments, matter=id, limit=queries.MOST)
    record = visit.ask(queries.one_matter, id)

    def look(store: SqlStore) -> dict[str, Any]:
        books = Books(store.connection, store.tenant, store.node, store.domain)
        states = {one.id: one for one in books.of_matter(id)}
        events = proof.timeline(store, id)
        for row in rows:
            events += proof.timeline(store, row["id"])
        return {"states": states, "events": sorted(events, key=lambda one: one["time"])}

    if record is None and not rows:
        raise DomainRefused("not-found", f"no matter {id} is held here")
    found: dict[str, Any] = visit.host.read(visit.place, look)
    found["rows"] = rows
    found["matter"] = record or _by_issue(found["events"], rows, id)
    found["known"] = record is not None
    found["deployed"] = {
        one["subject"]: one["data"]
        for one in found["events"]
        if one["type"] == "duban.assignment.deployed" and one["data"] and one["outcome"] is None
    }
    return found


def _by_issue(events: list[dict[str, Any]], rows: list[dict[str, Any]], id: str) -> dict[str, Any]:
    """What the first `issued` event says of a matter that is held elsewhere."""
    issued = next((one for one in events if one["type"] == "duban.assignment.issued"), None)
    data = (issued or {}).get("data") or {}
    first = rows[0]
    return {
        "id": id, "no": first["no"], "title": first["title"], "board": first["board"],
        "grade": first["grade"], "campaign": first["campaign"], "class": first["class"],
        "content": data.get("content", ""), "indicators": data.get("indicators", []),
        "contact": None, "registrar": id.split(":")[1], "state": None, "source": None,
        "links": [], "registered_at": None, "ended_at": None, "result": None, "grounds": None,
        "basis": None, "responsible": None, "head": None, "weight": None, "region": None,
        "listings": [], "paused_since": None, "into": None,
    }  # fmt: skip


def nested(rows: list[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    """Assignments as a tree: depth and row, each below its whole."""
    ids = {row["id"] for row in rows}
    found = list[tuple[int, dict[str, Any]]]()

    def walk(parent: str | None, depth: int) -> None:
        for row in sorted(rows, key=lambda one: (one["kind"] != "lead", one["t0"], one["id"])):
            above = row["parent"] if row["parent"] in ids else None
            if above == parent:
                found.append((depth, row))
                walk(row["id"], depth + 1)

    walk(None, 0)
    return found


def matter(visit: Visit, id: str) -> Shown:
    """A matter: content, contact, progress, time nodes, timeline with proofs, what may be done."""
    found = whole(visit, id)
    host, place, actor = visit.host, visit.place, visit.actor
    allowed = may.on_matter(host, place, actor, id) if found["known"] else []
    acted = [
        row
        for row in found["rows"]
        if actor.node in (row["issuer"], row["assignee"]) or visit.may("supervisor", "leader")
    ]
    can = {
        row["id"]: may.on_assignment(host, place, actor, row["id"]) for row in acted[:MOST_ACTED]
    }
    links = [
        (kind, visit.ask(queries.one_matter, other), other)
        for kind, other in found["matter"]["links"]
    ]
    return visit.show(
        "matter.html",
        **found,
        nested=nested(found["rows"]),
        allowed=[one for one in allowed if one != "pause" or _asked(found["states"])],
        can={id: _sensible(words, found["states"].get(id)) for id, words in can.items()},
        rare=RARE,
        links=links,
        tree=units.tree(host, place),
        files={row["id"]: attachments.about(host, place, row["id"]) for row in found["rows"][:60]},
        now=visit.now,
    )


def _asked(states: Mapping[str, Any]) -> bool:
    """Whether anybody asks for a pause."""
    return any(one.pause_pending for one in states.values())


def _sensible(words: list[str], state: Any) -> list[str]:
    """Without what nobody would look for here: rulings on clocks that nothing stopped."""
    stopped = state is not None and any(one.stopped_at for one in state.clocks)
    return [one for one in words if one != "redate" and (one != "rule" or stopped)]


def file(visit: Visit, hash: str) -> Shown:
    """A file's bytes, never shown within a page."""
    host, place, actor = visit.host, visit.place, visit.actor
    found = attachments.opened(host, place, actor, hash)
    sent = attachments.content(host, place, actor, hash, 0, found["size"] - 1)
    response = Response(sent, mimetype=found["type"])
    name = quote(found["name"], safe="")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Content-Length"] = str(found["size"])
    return response
