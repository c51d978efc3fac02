"""A province on PostgreSQL: two web and two worker processes on one database, one killed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from node.bootstrap import make_host
from node.config import Config
from node.service import enrol, users
from node.service.host import Host
from node.service.verify import verify
from tests.support.forms import DEPLOY, FORM
from tests.support.hosts import Running, User, join, until

MATTERS = 100  # each written twice: registered by one process, issued by the other
WRITERS = 8


class Province:
    """One database, and whoever works on it."""

    def __init__(self, data: Path, database: str) -> None:
        self.environment = os.environ | {
            "DUBAN_DATA": str(data),
            "DUBAN_DATABASE": database,
            "DUBAN_WORKER": "none",
        }
        self.host: Host = make_host(Config(data=data, database=database))
        born = enrol.init(self.host, "示例省", "province", root="gov")
        self.place = self.host.place(born.node)
        self.started = list[subprocess.Popen[str]]()
        self.webs = [self._web(), self._web()]
        self.workers = [self._start("worker"), self._start("worker")]
        self.url = f"{self.webs[0]}/exchange/v1"

    def _start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "node", *words]
        made = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, text=True)
        self.started.append(made)
        return made

    def _web(self) -> str:
        out = self._start("serve", "--port", "0").stdout
        assert out is not None
        found = re.search(r"http://\S+", out.readline())
        assert found is not None
        return found[0]

    def user(self, role: str, name: str) -> dict[str, str]:
        token = users.add(self.host, self.place.tenant.node, name, role).token
        return {"Authorization": f"Bearer {token}"}

    def close(self) -> None:
        for one in self.started:
            one.terminate()
        for one in self.started:
            one.wait(20)
            if one.stdout is not None:
                one.stdout.close()
        self.host.database.close()


@pytest.fixture
def province(tmp_path: Path, fresh_postgres: str) -> Iterator[Province]:
    made = Province(tmp_path / "province", fresh_postgres)
    yield made
    made.close()


def asked(method: str, url: str, headers: dict[str, str], body: Any = None) -> Any:
    answer = requests.request(method, url, json=body, headers=headers, timeout=30)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def test_nothing_is_lost_or_doubled_when_a_worker_is_killed(
    province: Province, tmp_path: Path
) -> None:
    county = Running(tmp_path / "county")
    try:
        born = enrol.init(county.host, "示例县", "county")
        join(province.place, province, born.node, county)  # type: ignore[arg-type]
        chief, head = province.user("supervisor", "甲"), User(county, born.node, "head")

        def write(number: int) -> str:
            one, other = (f"{url}/api/v1/matters" for url in _turned(province.webs, number))
            made = asked("POST", one, chief, FORM | {"title": f"第{number}件路段标志整改"})
            asked("POST", f"{other}/{made['id']}/issue", chief, {"lead": born.node})
            if number == MATTERS // 2:
                province.workers[0].kill()
            return str(made["no"])

        with ThreadPoolExecutor(WRITERS) as pool:
            numbers = list(pool.map(write, range(MATTERS)))
        told = sorted(int(re.findall(r"(\d+)号", no)[0]) for no in numbers)
        assert told == list(range(1, MATTERS + 1))

        def issued() -> list[str]:
            found = head.get("/assignments?limit=500&state=ISSUED")["items"]
            return [one["id"] for one in found] if len(found) == MATTERS else []

        for id in until(issued):
            head.post(f"/assignments/{id}/sign")
            head.post(f"/assignments/{id}/deploy", DEPLOY)

        def deployed() -> bool:
            url = f"{province.webs[1]}/api/v1/assignments?limit=500&state=DOING"
            return len(asked("GET", url, chief)["items"]) == MATTERS

        until(deployed)
        for host in (province.host, county.host):
            assert verify(host).findings == []
    finally:
        county.stop()


def _turned(webs: list[str], number: int) -> tuple[str, str]:
    """Both, the first one first every other time."""
    return (webs[0], webs[1]) if number % 2 else (webs[1], webs[0])


def test_a_role_that_is_taken_away_is_gone_in_every_process(province: Province) -> None:
    chief, security = province.user("supervisor", "乙"), province.user("security", "丙")
    first, second = (f"{url}/api/v1" for url in province.webs)
    for url in (first, second):
        assert requests.get(f"{url}/matters", headers=chief, timeout=10).status_code == 200
    accounts = asked("GET", f"{first}/users", security)["items"]
    row = next(one for one in accounts if one["user"] == "乙")
    gone = requests.delete(f"{first}/users/{row['id']}", headers=security, timeout=10)
    assert gone.status_code in (200, 204), gone.text
    assert requests.get(f"{second}/matters", headers=chief, timeout=10).status_code == 401
