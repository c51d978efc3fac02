"""REST for users' programs: /api/v1. A token names one user of one node; JSON in, JSON out.

Decides who asks and reads bodies; commands and queries decide the rest. Errors are problem+json.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request

from node.api.rules import rule_routes
from node.domain.commands import Actor, DomainRefused
from node.domain.triage import APPLICANT
from node.readmodel import queries
from node.service import heartbeats, links, timeline, users, work
from node.service.clock import OffsetClock
from node.service.host import Host
from node.service.picture import picture
from node.service.place import Place

MATTER_FILTERS = ("state", "board", "campaign", "no")


class Rest:
    """The handlers, on one host."""

    def __init__(self, host: Host, movable: bool) -> None:
        self._host = host
        self._movable = movable

    def _asked(self) -> tuple[Place, Actor]:
        """Who asks: the token's user, at its node, in the domain named (or the only one)."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        who = users.find(self._host, token) if kind == "Bearer" and token else None
        if who is None:
            raise DomainRefused("no-token", "a valid token is needed", "Authorization: Bearer …")
        if who.actor.role == APPLICANT:
            detail, accepted = "an enterprise sees its own submissions only", "/api/v1/intake/…"
            raise DomainRefused("wrong-role", detail, accepted)
        return self._host.place(who.tenant.node, request.args.get("domain")), who.actor

    def _command(self, operation: str, id: str) -> dict[str, Any]:
        place, actor = self._asked()
        return work.run(self._host, place, actor, operation, id, body_of())

    def _query(self, ask: Callable[..., Any], *more: Any, **named: Any) -> Any:
        place, _ = self._asked()
        now = self._host.now().business
        with self._host.database.read() as connection:
            return ask(connection, place.tenant.id, place.domain, now, *more, **named)

    def register(self) -> tuple[Response, int]:
        """POST /matters."""
        return jsonify(self._command("matter.register", "")), 201

    def on_matter(self, id: str, word: str) -> Response:
        """POST /matters/<id>/issue, strike, cancel."""
        return jsonify(self._command(f"matter.{word}", id))

    def on_assignment(self, id: str, word: str) -> Response:
        """POST /assignments/<id>/sign, deploy, report, clear, grant, return, split, urge."""
        return jsonify(self._command(f"assignment.{word}", id))

    def batch(self) -> Response:
        """POST /batch: several commands, all or nothing."""
        place, actor = self._asked()
        listed = body_of().get("commands")
        if not isinstance(listed, list):
            accepted = '{"commands":[{"op":…,"id":…,"body":{…}}]}'
            raise DomainRefused("bad-input", "a list of commands is needed", accepted, "commands")
        commands = [_operation(one, number) for number, one in enumerate(listed)]
        return jsonify({"results": work.batch(self._host, place, actor, commands)})

    def matters(self) -> Response:
        """GET /matters."""
        filters = {name: request.args.get(name) for name in MATTER_FILTERS}
        return _listed(self._query(queries.list_matters, **filters, **_page()))

    def matter(self, id: str) -> Response:
        """GET /matters/<id>."""
        found = self._query(queries.one_matter, id)
        if found is None:
            raise DomainRefused("not-found", f"no matter {id} is held here")
        return jsonify(found)

    def assignments(self) -> Response:
        """GET /assignments?role=assignee|issuer."""
        _, actor = self._asked()
        filters = {name: request.args.get(name) for name in ("state", "matter")}
        role = request.args.get("role")
        if role in ("assignee", "issuer"):
            filters[role] = actor.node
        return _listed(self._query(queries.list_assignments, **filters, **_page()))

    def assignment(self, id: str) -> Response:
        """GET /assignments/<id>: with all its events."""
        place, _ = self._asked()
        return jsonify(timeline.assignment(self._host, place, id))

    def picture(self) -> Response:
        """GET /picture."""
        place, _ = self._asked()
        return jsonify(picture(self._host, place))

    def sync(self) -> Response:
        """GET /sync: the links, who holds how much of what is written here, and forks."""
        place, _ = self._asked()
        told = {
            "items": links.status(self._host, place),
            "received": links.received(self._host, place),
            "forks": links.forked(self._host, place),
            "silent": heartbeats.silence(self._host, place),
        }
        return jsonify(told)

    def stats(self) -> Response:
        """GET /stats."""
        self._asked()
        return jsonify(links.stats(self._host))

    def clock(self) -> Response:
        """PUT /clock: move business time, where the host was started for that."""
        _, actor = self._asked()
        now = self._host.now
        if actor.role != "admin":
            raise DomainRefused("wrong-role", f"{actor.role} may not move time", "accepted: admin")
        if not self._movable or not isinstance(now, OffsetClock):
            raise DomainRefused("wrong-state", "this host was not started with --clock")
        seconds = body_of().get("advance_seconds")
        if not isinstance(seconds, int | float) or not 0 <= seconds <= 366 * 86400:
            accepted = "0 to 31622400 seconds"
            raise DomainRefused("bad-input", f"{seconds!r}", accepted, "advance_seconds")
        now.advance(timedelta(seconds=seconds))
        return jsonify({"business": now().business})


def rest_door(host: Host, movable: bool) -> Blueprint:
    """The routes under /api/v1."""
    door, rest = Blueprint("rest", __name__, url_prefix="/api/v1"), Rest(host, movable)
    for method, path, handler in (
        ("POST", "/matters", rest.register),
        ("POST", "/matters/<id>/<word>", rest.on_matter),
        ("POST", "/assignments/<id>/<word>", rest.on_assignment),
        ("POST", "/batch", rest.batch),
        ("GET", "/matters", rest.matters),
        ("GET", "/matters/<id>", rest.matter),
        ("GET", "/assignments", rest.assignments),
        ("GET", "/assignments/<id>", rest.assignment),
        ("GET", "/picture", rest.picture),
        ("GET", "/sync", rest.sync),
        ("GET", "/stats", rest.stats),
        ("PUT", "/clock", rest.clock),
    ):
        door.add_url_rule(path, view_func=handler, methods=[method])
    for method, path, answer in rule_routes(host, rest._asked, body_of):
        door.add_url_rule(path, view_func=answer, methods=[method])
    return door


def body_of() -> Mapping[str, Any]:
    """The request's JSON object; an empty one without a body. Refuses `bad-input`."""
    found = request.get_json(silent=True) if request.data else {}
    if not isinstance(found, dict):
        raise DomainRefused("bad-input", "the body is not a JSON object", "application/json")
    return found


def _operation(one: Any, number: int) -> tuple[str, str, Mapping[str, Any]]:
    if not isinstance(one, dict) or not isinstance(one.get("body", {}), dict):
        where = f"commands[{number}]"
        raise DomainRefused("bad-input", "not a command", '{"op","id","body"}', where)
    return str(one.get("op")), str(one.get("id") or ""), one.get("body") or {}


def _page() -> dict[str, Any]:
    limit = request.args.get("limit", "100")
    if not limit.isdigit() or not 1 <= int(limit) <= queries.MOST:
        raise DomainRefused("bad-input", f"limit {limit!r}", f"1 to {queries.MOST}", "limit")
    return {"limit": int(limit), "after": request.args.get("after")}


def _listed(rows: list[dict[str, Any]]) -> Response:
    limit = int(request.args.get("limit", "100"))
    after = rows[-1]["id"] if len(rows) == limit else None
    return jsonify({"items": rows, "next": after})
