"""REST for whoever looks after a node's place in its domain: keys, suspensions, lines, directory.

Reads bodies and says who asks; node/service decides the rest. Errors are problem+json.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify

from node.api.rest import Rest, body_of
from node.domain.commands import DomainRefused
from node.service import heartbeats, members, receipted, rotation, withheld
from node.service.host import Host


class Members(Rest):
    """The handlers, on one host."""

    def silence(self) -> Response:
        """GET /silence: nodes whose promised seal has not come."""
        place, _ = self._asked()
        return jsonify({"items": heartbeats.silence(self._host, place)})

    def receipts(self) -> Response:
        """GET /receipts: what is confirmed of this node's own streams, and by whom."""
        place, _ = self._asked()
        return jsonify(receipted.status(self._host, place))

    def withholding(self) -> Response:
        """GET /withholding: who confirmed what it did not pass on, as appeals proved."""
        place, _ = self._asked()
        return jsonify({"items": self._host.read(place, withheld.withholding)})

    def nodes(self) -> Response:
        """GET /nodes: the directory."""
        place, _ = self._asked()
        return jsonify({"items": members.directory(self._host, place)})

    def rotate(self) -> Response:
        """POST /rotate: a new key, at once."""
        place, actor = self._asked()
        members.require(actor, "rotate")
        return jsonify(rotation.rotate(self._host, place.tenant.node))

    def suspend(self, node: str) -> Response:
        """POST /nodes/<node>/suspend: {"grounds"}."""
        place, actor = self._asked()
        grounds = _text(body_of(), "grounds")
        return jsonify(members.suspend(self._host, place, actor, node, grounds))

    def resume(self, node: str) -> Response:
        """POST /nodes/<node>/resume: {"grounds"}."""
        place, actor = self._asked()
        grounds = _text(body_of(), "grounds")
        return jsonify(members.resume(self._host, place, actor, node, grounds))

    def line(self) -> Response:
        """POST /lines: {"over","by","end"}."""
        place, actor = self._asked()
        body = body_of()
        over, by, end = _text(body, "over"), _text(body, "by"), body.get("end", False)
        if not isinstance(end, bool):
            raise DomainRefused("bad-input", "end is not true or false", "true, false", "end")
        return jsonify(members.line(self._host, place, actor, over, by, end))

    def erase(self) -> Response:
        """POST /erase: {"id","origin","grounds"}; origin is this node if absent."""
        place, actor = self._asked()
        body = body_of()
        origin = _text(body, "origin") if "origin" in body else actor.node
        grounds = _text(body, "grounds") if body.get("grounds") is not None else None
        id = _text(body, "id")
        return jsonify(members.erase(self._host, place, actor, origin, id, grounds))


def _text(body: Mapping[str, Any], name: str) -> str:
    found = body.get(name)
    if not isinstance(found, str) or not found:
        raise DomainRefused("bad-input", f"{name} is needed", "text", name)
    return found


def members_door(host: Host, movable: bool = False) -> Blueprint:
    """The routes under /api/v1 that concern membership."""
    door, rest = Blueprint("members", __name__, url_prefix="/api/v1"), Members(host, movable)
    for method, path, handler in (
        ("GET", "/silence", rest.silence),
        ("GET", "/receipts", rest.receipts),
        ("GET", "/withholding", rest.withholding),
        ("GET", "/nodes", rest.nodes),
        ("POST", "/rotate", rest.rotate),
        ("POST", "/nodes/<node>/suspend", rest.suspend),
        ("POST", "/nodes/<node>/resume", rest.resume),
        ("POST", "/lines", rest.line),
        ("POST", "/erase", rest.erase),
    ):
        door.add_url_rule(path, view_func=handler, methods=[method])
    return door
