"""REST for calendars and policies: routes of /api/v1, beside rest.py's.

Decides nothing: reads bodies, calls node/service/almanac.py, policies.py and redating.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, jsonify

from node.domain.commands import Actor
from node.service import almanac, policies, redating
from node.service.host import Host
from node.service.place import Place

Asked = Callable[[], tuple[Place, Actor]]
Body = Callable[[], Mapping[str, Any]]
Route = tuple[str, str, Callable[..., Response]]


class RuleDoor:
    """The handlers. `asked`: who asks, where; `body`: what the request says."""

    def __init__(self, host: Host, asked: Asked, body: Body) -> None:
        self._host, self._asked, self._body = host, asked, body

    def calendars(self) -> Response:
        """GET /calendars: the one in force, and the versions held."""
        place, _ = self._asked()
        return jsonify(almanac.show(self._host, place))

    def calendar(self, version: str) -> Response:
        """GET /calendars/<version>: every date of it."""
        place, _ = self._asked()
        return jsonify(almanac.one(self._host, place, version))

    def bring_in(self) -> Response:
        """POST /calendars/import: check a table, keep it as a draft."""
        place, actor = self._asked()
        return jsonify(almanac.bring_in(self._host, place, actor, self._body()))

    def publish_calendar(self) -> Response:
        """POST /calendars/publish: the draft of `region`, to the whole tree."""
        place, actor = self._asked()
        region = str(self._body().get("region") or "cn")
        return jsonify(almanac.publish(self._host, place, actor, region))

    def preview(self) -> Response:
        """GET /calendars/preview: what the calendar in force would change."""
        place, _ = self._asked()
        return jsonify(redating.preview(self._host, place))

    def apply(self) -> Response:
        """POST /calendars/apply: {"token","reason","only"?}."""
        place, actor = self._asked()
        return jsonify(redating.apply(self._host, place, actor, self._body()))

    def policies(self) -> Response:
        """GET /policies: which are in force where, and the versions held."""
        place, _ = self._asked()
        return jsonify(policies.show(self._host, place))

    def policy(self, version: str) -> Response:
        """GET /policies/<version>."""
        place, _ = self._asked()
        return jsonify(policies.one(self._host, place, version))

    def publish_policy(self) -> Response:
        """POST /policies: a new version."""
        place, actor = self._asked()
        return jsonify(policies.publish(self._host, place, actor, self._body()))

    def withdraw(self, name: str) -> Response:
        """DELETE /policies/<name>: for no new matter any longer."""
        place, actor = self._asked()
        return jsonify(policies.withdraw(self._host, place, actor, name))


def rule_routes(host: Host, asked: Asked, body: Body) -> tuple[Route, ...]:
    """Method, path and handler of each route. Fixed paths come before those with a name."""
    door = RuleDoor(host, asked, body)
    return (
        ("GET", "/calendars", door.calendars),
        ("GET", "/calendars/preview", door.preview),
        ("POST", "/calendars/import", door.bring_in),
        ("POST", "/calendars/publish", door.publish_calendar),
        ("POST", "/calendars/apply", door.apply),
        ("GET", "/calendars/<path:version>", door.calendar),
        ("GET", "/policies", door.policies),
        ("POST", "/policies", door.publish_policy),
        ("GET", "/policies/<path:version>", door.policy),
        ("DELETE", "/policies/<name>", door.withdraw),
    )
