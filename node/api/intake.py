"""REST for intake and triage: /api/v1/intake, /api/v1/drafts, and the public /api/v1/track.

Decides who asks and reads bodies; commands and queries decide the rest. An enterprise reaches its
own submissions here and nothing else; whoever has a receipt's number and code needs no account.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request

from node.domain.commands import Actor, DomainRefused
from node.domain.commands.weighing import AXES, ENOUGH, TABLE
from node.domain.triage import APPLICANT
from node.readmodel import drafts as rows
from node.service import intake, users, work
from node.service.host import Host
from node.service.place import Place
from node.service.tracking import Tracking
from schemas.fields import NO_CLASSIFIED
from schemas.intake import SOURCES

FILTERS = ("state", "source", "board")
# Who may read the queue: all who work here on matters. An applicant sees its own.
STAFF = ("registrar", "supervisor", "head", "handler", "leader", "auditor")


class Counter:
    """The handlers, on one host."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._tracking = Tracking(host)

    def _asked(self) -> tuple[Place, Actor]:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        who = users.find(self._host, token) if kind == "Bearer" and token else None
        if who is None:
            raise DomainRefused("no-token", "a valid token is needed", "Authorization: Bearer …")
        return self._host.place(who.tenant.node, request.args.get("domain")), who.actor

    def _command(self, word: str, id: str) -> dict[str, Any]:
        place, actor = self._asked()
        return work.run(self._host, place, actor, f"draft.{word}", id, _body())

    def _staff(self, *more: str) -> tuple[Place, Actor]:
        place, actor = self._asked()
        if actor.role not in (*STAFF, *more):
            accepted = ", ".join((*STAFF, *more))
            raise DomainRefused("wrong-role", f"{actor.role} may not read drafts", accepted)
        return place, actor

    def forms(self) -> Response:
        """GET /intake/forms: sources, criteria with their points, and what stands on each form."""
        criteria = {
            code: {
                "name": row.name,
                "axis": AXES[row.axis],
                "options": {
                    option: {"name": name, "points": points}
                    for option, (name, points) in row.options.items()
                },
            }
            for code, row in TABLE.items()
        }
        told = {"notice": NO_CLASSIFIED, "sources": dict(SOURCES), "criteria": criteria}
        return jsonify(told | {"enough": ENOUGH})

    def submit(self) -> tuple[Response, int]:
        """POST /intake: hand in a demand; the receipt."""
        return jsonify(self._command("submit", "")), 201

    def mine(self) -> Response:
        """GET /intake/mine: what the asking user has handed in."""
        return self._listed(*self._asked(), mine=True)

    def check(self) -> Response:
        """POST /drafts/check: what the gate remarks, and likely duplicates; nothing is written."""
        place, _ = self._staff()
        form, now = _body(), self._host.now().business
        proposing = request.args.get("proposing") != "false"
        found = self._host.read(place, lambda store: intake.examine(store, form, now, proposing))
        return jsonify(found)

    def start(self) -> tuple[Response, int]:
        """POST /drafts: start a draft here."""
        return jsonify(self._command("draft", "")), 201

    def queue(self) -> Response:
        """GET /drafts: the queue."""
        return self._listed(*self._staff(), mine=False)

    def one(self, id: str) -> Response:
        """GET /drafts/<id>: whole, with what may be done, remarks and likely duplicates."""
        place, actor = self._staff(APPLICANT)
        now = self._host.now().business
        return jsonify(self._host.read(place, lambda store: intake.whole(store, actor, id, now)))

    def act(self, id: str, word: str) -> Response:
        """POST /drafts/<id>/draft, edit, decline, propose, approve, reject, merge, …."""
        return jsonify(self._command(word, id))

    def track(self) -> Response:
        """POST /track: public steps by number and code, without an account."""
        return jsonify(self._tracking.show(_body()))

    def say(self, word: str) -> Response:
        """POST /track/rate, /track/complain: by number and code."""
        return jsonify(self._tracking.say(word, _body()))

    def _listed(self, place: Place, actor: Actor, mine: bool) -> Response:
        limit = request.args.get("limit", "100")
        if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit) <= rows.MOST:
            raise DomainRefused("bad-input", f"limit {limit!r}", f"1 to {rows.MOST}", "limit")
        filters = {name: request.args.get(name) for name in FILTERS}
        with self._host.database.read() as connection:
            found = rows.list_drafts(
                connection,
                place.tenant.id,
                place.domain,
                self._host.now().business,
                submitter=actor.user if mine else None,
                after=request.args.get("after"),
                limit=int(limit),
                **filters,
            )
        after = found[-1]["id"] if len(found) == int(limit) else None
        return jsonify({"items": found, "next": after})


def intake_door(host: Host) -> Blueprint:
    """The routes."""
    door, counter = Blueprint("intake", __name__, url_prefix="/api/v1"), Counter(host)
    for method, path, handler in (
        ("GET", "/intake/forms", counter.forms),
        ("POST", "/intake", counter.submit),
        ("GET", "/intake/mine", counter.mine),
        ("POST", "/drafts/check", counter.check),
        ("POST", "/drafts", counter.start),
        ("GET", "/drafts", counter.queue),
        ("GET", "/drafts/<id>", counter.one),
        ("POST", "/drafts/<id>/<word>", counter.act),
        ("POST", "/track", counter.track),
        ("POST", "/track/<word>", counter.say),
    ):
        door.add_url_rule(path, view_func=handler, methods=[method])
    return door


def _body() -> Mapping[str, Any]:
    found = request.get_json(silent=True) if request.data else {}
    if not isinstance(found, dict):
        raise DomainRefused("bad-input", "the body is not a JSON object", "application/json")
    return found
