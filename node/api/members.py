"""REST for whoever looks after a node's place in its domain: /api/v1/silence and so on.

Reads bodies and says who asks; node/service decides the rest. Errors are problem+json.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from node.api.rest import Rest
from node.service import heartbeats
from node.service.host import Host


class Members(Rest):
    """The handlers, on one host."""

    def silence(self) -> Response:
        """GET /silence: nodes whose promised seal has not come."""
        place, _ = self._asked()
        return jsonify({"items": heartbeats.silence(self._host, place)})


def members_door(host: Host, movable: bool = False) -> Blueprint:
    """The routes under /api/v1 that concern membership."""
    door, rest = Blueprint("members", __name__, url_prefix="/api/v1"), Members(host, movable)
    for method, path, handler in (("GET", "/silence", rest.silence),):
        door.add_url_rule(path, view_func=handler, methods=[method])
    return door
