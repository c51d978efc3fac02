"""What API tests stand on: one host, two nodes, an account per role, the WSGI application."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from werkzeug.test import Client, TestResponse

from node.api.app import make_app
from node.bootstrap import make_host
from node.config import Config
from node.readmodel.scope import ROLES
from node.service import enrol, users
from node.service.place import Place

FORM = {
    "title": "整改某段连续长下坡警示标志缺失",
    "board": "daily",
    "grade": "general",
    "content": "补设标志并复核夜间可视距离",
    "source": "领导批示",
    "basis": "晋政办〔2026〕1号",
    "indicators": [{"name": "补设标志", "unit": "块", "target": "12"}],
    "responsible": "张三",
    "head": "李四",
    "contact": {"name": "王五", "phone": "0351-0000000"},
}


class Stand:
    """`tokens`: by (node, role); nodes are `province` and `city`."""

    def __init__(self, path: Path, database: str) -> None:
        self.config = Config(data=path, database=database)
        self.host = make_host(self.config)
        self.nodes: dict[str, str] = {}
        born = enrol.init(self.host, "示例省", "province", root="gov")
        self.nodes["province"] = born.node
        self.places: dict[str, Place] = {"province": self.host.place(born.node)}
        self.nodes["city"] = enrol.init(self.host, "示例市", "city").node
        self.places["city"] = self._join("city")
        self.tokens = {
            (name, role): users.add(self.host, node, f"{name}-{role}", role).token
            for name, node in self.nodes.items()
            for role in ROLES
        }
        self.client = Client(make_app(self.host, movable=True))

    def _join(self, name: str) -> Place:
        node, above = self.nodes[name], self.places["province"]
        request = enrol.request_of(self.host, node)
        invitation = enrol.invite(self.host, above, request, {}, None)
        joining = enrol.prepare(self.host, node, invitation, None, None, True)
        document = {"invitation": joining.invitation, "join": joining.join}
        return enrol.finish(self.host, joining, enrol.admit(self.host, document))

    def ask(
        self,
        method: str,
        path: str,
        role: str | None = "supervisor",
        body: Any = None,
        node: str = "province",
        **headers: str,
    ) -> TestResponse:
        """One request under /api/v1 (or at a path from the root), as an account or as nobody."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if role is not None:
            sent.setdefault("Authorization", f"Bearer {self.tokens[node, role]}")
        where = path if path.startswith(("/api", "/exchange", "/healthz")) else f"/api/v1{path}"
        return self.client.open(where, method=method, json=body, headers=sent)

    def got(self, path: str, role: str = "supervisor", node: str = "province") -> Any:
        answer = self.ask("GET", path, role, node=node)
        assert answer.status_code == 200, answer.text
        return answer.json

    def done(
        self, method: str, path: str, body: Any = None, role: str = "supervisor", **more: Any
    ) -> Any:
        answer = self.ask(method, path, role, body, **more)
        assert answer.status_code in (200, 201), answer.text
        return answer.json

    def audit(self, **filters: str) -> list[dict[str, Any]]:
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        items: list[dict[str, Any]] = self.got(f"/audit?{query}", "auditor")["items"]
        return items

    def close(self) -> None:
        self.host.database.close()
