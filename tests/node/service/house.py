"""A node on a real database, with the web application in front of it: no network between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from node.api.app import make_app
from node.bootstrap import make_host
from node.config import Config
from node.domain.commands import Actor
from node.service import enrol, users, work
from node.service.host import Host
from node.service.place import Place


class House:
    """One root node, its users' tokens, its API."""

    def __init__(self, path: Path, database: str | None = None) -> None:
        url = database or f"sqlite:///{path / 'host.db'}"
        self.host: Host = make_host(Config(data=path / "data", database=url))
        self.node = enrol.init(self.host, "示例省", "province", root="gov").node
        self.place: Place = self.host.place(self.node)
        self.client: FlaskClient = make_app(self.host, movable=True).test_client()
        self._tokens: dict[tuple[str, str], str] = {}

    def call(
        self, method: str, path: str, body: Any = None, role: str = "", user: str = "u1"
    ) -> Any:
        """The answer of the API to a user in a role ("": nobody)."""
        headers = {}
        if role:
            if (role, user) not in self._tokens:
                self._tokens[role, user] = users.add(self.host, self.node, user, role).token
            headers["Authorization"] = f"Bearer {self._tokens[role, user]}"
        given = {"json": body} if body is not None else {}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **given)

    def post(self, path: str, body: Any = None, role: str = "", user: str = "u1") -> Any:
        """What a lawful POST gives."""
        answer = self.call("POST", path, body or {}, role, user)
        assert answer.status_code in (200, 201), answer.text
        return answer.json

    def get(self, path: str, role: str, user: str = "u1") -> Any:
        """What a lawful GET gives."""
        answer = self.call("GET", path, None, role, user)
        assert answer.status_code == 200, answer.text
        return answer.json

    def run(self, operation: str, id: str, form: dict[str, Any], role: str) -> dict[str, Any]:
        """One command, without the API."""
        return work.run(self.host, self.place, Actor(self.node, "u1", role), operation, id, form)

    def close(self) -> None:
        self.host.database.close()
