"""What tests of pages stand on: one host with a province and a city, asked as a browser asks.

A browser holds cookies, follows the forms that it is shown, and sends what they hold.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from werkzeug.test import Client, TestResponse

from node.api.app import make_app
from node.readmodel.scope import ROLES
from node.service import passwords, users
from node.web.app import install
from node.worker import Worker
from tests.node.api.stand import Stand

PASSWORD = "correct horse 13710"


class Form(HTMLParser):
    """The fields of the form that has a button with these words, or goes to this address."""

    def __init__(self, html: str, named: str) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self._select: str | None = None
        self._area: str | None = None
        self._open = False
        self.feed(html)
        wanted = [one for one in self.forms if named in one["text"] or named in one["action"]]
        assert wanted, f"no form {named!r}"
        self.fields: dict[str, Any] = wanted[0]["fields"]
        self.action: str = wanted[0]["action"]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form":
            self._open = True
            self.forms.append({"fields": {}, "text": "", "action": said.get("action") or ""})
        if not self._open:
            return
        fields, name = self.forms[-1]["fields"], said.get("name")
        if tag == "input" and name:
            kind = said.get("type", "text")
            if kind not in ("radio", "checkbox", "file") or "checked" in said:
                fields[name] = said.get("value") or ""
        elif tag == "textarea" and name:
            self._area = name
            fields[name] = ""
        elif tag == "select" and name:
            self._select = name
            fields.setdefault(name, "")
        elif tag == "option" and self._select and "selected" in said:
            fields[self._select] = said.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        if tag == "select":
            self._select = None
        if tag == "form":
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.forms[-1]["text"] += data
            if self._area:
                self.forms[-1]["fields"][self._area] += data


class Browser:
    """One person's browser, without scripts."""

    def __init__(self, app: Any) -> None:
        self.client = Client(app)
        self.page: TestResponse
        self.sent: dict[str, Any] = {}

    def get(self, path: str, status: int = 200) -> str:
        self.page = self.client.get(path)
        assert self.page.status_code == status, (path, self.page.status_code, self.page.text[:3000])
        return self.page.text

    def post(self, path: str, fields: dict[str, Any], status: int = 303) -> str:
        self.page = self.client.post(path, data=fields)
        assert self.page.status_code == status, (path, self.page.status_code, self.said())
        return self.page.text

    def said(self) -> str:
        """The page's words, without marks."""
        text = re.sub(r"<(script|style|title).*?</\1>", "", self.page.text, flags=re.DOTALL)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))

    def send(self, path: str, named: str, status: int = 303, **more: Any) -> str:
        """Open a page, fill in its form, send it; follow where it leads."""
        form = Form(self.get(path), named)
        self.sent = fields = form.fields | {
            name.replace("__", "."): value for name, value in more.items()
        }
        return self.post(form.action or path, fields, status)

    def follow(self) -> str:
        where = self.page.headers["Location"]
        return self.get(where.partition("#")[0])

    def login(self, node: str, user: str, password: str = PASSWORD, status: int = 303) -> None:
        self.send("/login", "密码", status, node=node, user=user, password=password)


class WebStand(Stand):
    """Every account of `Stand`, each with a password for the pages."""

    def __init__(self, path: Path, database: str) -> None:
        super().__init__(path, database)
        self.app = install(make_app(self.host, movable=True), self.host)
        self.client = Client(self.app)

        for name, node in self.nodes.items():
            tenant = self.host.tenant(node)
            for role in ROLES:
                by = users.operator(node)
                passwords.set_password(self.host, tenant, by, f"{name}-{role}", PASSWORD)

    def turn(self) -> None:
        """Let the nodes exchange what waits."""
        Worker(self.host, threads=1).once()

    def slip(self, node: str) -> str:
        """The newest assignment of a node."""
        items = self.got("/assignments?role=assignee", "supervisor", node)["items"]
        return str(items[-1]["id"])

    def last(self, browser: Browser) -> dict[str, Any]:
        """What the browser's last form sent."""
        return browser.sent

    def day(self, ahead: int) -> str:
        """A day of Beijing, so many days from now."""
        at = datetime.fromisoformat(self.host.now().business.replace("Z", "+00:00"))
        return (at + timedelta(days=ahead, hours=8)).strftime("%Y-%m-%d")

    def next_month(self) -> None:
        """Let it be the third of the next month, so that what follows falls into one month."""
        now = datetime.fromisoformat(self.host.now().business.replace("Z", "+00:00"))
        first = (now.replace(day=1) + timedelta(days=32)).replace(day=3, hour=2)
        self.host.now.set(first)  # type: ignore[attr-defined]

    def token(self, browser: Browser) -> str:
        """A form's token, as any page with a form gives it."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/track"))
        assert found
        return found[1]

    def nobody(self) -> Browser:
        return Browser(self.app)

    def browser(self, role: str, node: str = "province") -> Browser:
        made = Browser(self.app)
        made.login(self.nodes[node], f"{node}-{role}")
        return made
