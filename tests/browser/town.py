"""Three nodes on three hosts that serve their pages, and people who come in by them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from node.service import enrol, passwords, users
from node.service.place import Place
from node.web.app import install
from tests.support.hosts import Running, User, join

PASSWORD = "correct horse 13710"
PEOPLE = ("supervisor", "head", "handler", "leader", "enterprise", "security", "auditor", "admin")


class Pages(Running):
    """A host with its pages."""

    threads = 12

    def app(self) -> Flask:
        return install(super().app(), self.host)


class Town:
    """`hosts` and `places` by name: province, city, county; its townships east and west."""

    def __init__(self, path: Path) -> None:
        self._hasher = passwords._hasher
        passwords._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)  # type: ignore[misc]
        self.hosts: dict[str, Pages] = {}
        self.places: dict[str, Place] = {}
        above = ""
        for name, word in (("province", "示例省"), ("city", "示例市"), ("county", "示例县")):
            one = self.hosts[name] = Pages(path / name)
            born = enrol.init(one.host, word, name, root=None if above else "gov")
            if above:
                self.places[name] = join(self.places[above], self.hosts[above], born.node, one)
            else:
                self.places[name] = one.host.place(born.node)
            self._accounts(name)
            above = name
        for name, word in (("east", "示例东镇"), ("west", "示例西镇")):
            self._township(name, word)

    def _township(self, name: str, word: str) -> None:
        """Served by the county's host, enrolled under the county as any other."""
        one = self.hosts[name] = self.hosts["county"]
        born = enrol.init(one.host, word, "township")
        self.places[name] = join(self.places["county"], one, born.node, one)
        self._accounts(name)

    def _accounts(self, name: str) -> None:
        host, node = self.hosts[name].host, self.node(name)
        by, tenant = users.operator(node), host.tenant(node)
        for role in PEOPLE:
            users.add(host, node, f"{name}-{role}", role)
            passwords.set_password(host, tenant, by, f"{name}-{role}", PASSWORD)

    def later(self, seconds: float) -> None:
        """Business time goes on, at every host alike."""
        for one in set(self.hosts.values()):
            one.host.now.advance(timedelta(seconds=seconds))  # type: ignore[attr-defined]

    def node(self, name: str) -> str:
        return self.places[name].tenant.node

    def program(self, name: str, role: str = "supervisor") -> User:
        """A program's way in, for what a test needs to be there."""
        return User(self.hosts[name], self.node(name), role, f"{name}-{role}-program")

    @contextmanager
    def person(
        self, browser: Browser, name: str, role: str, errors: bool = False, **more: Any
    ) -> Iterator[Page]:
        """Somebody who has come in; errors on any page fail the test, unless `errors`."""
        options: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}} | more
        context = browser.new_context(base_url=self.hosts[name].address, **options)
        context.set_default_timeout(15000)
        page, wrong = context.new_page(), list[str]()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.goto("/login")
        if page.locator("#node").count():
            page.fill("#node", self.places[name].tenant.name)
        page.fill("#user", f"{name}-{role}")
        page.fill("#password", PASSWORD)
        page.locator("main form button").click()
        expect(page.get_by_role("button", name="退出")).to_be_visible()
        yield page
        context.close()
        assert errors or wrong == [], wrong

    def stop(self) -> None:
        hosts = set(self.hosts.values())
        for one in hosts:
            one.worker.stop()
        for one in hosts:
            one.stop()
        passwords._hasher = self._hasher  # type: ignore[misc]
