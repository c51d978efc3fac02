"""Hand-made journals: what two hosts would hold, written without a line of the product."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

DOMAIN = "gov@" + "g" * 32
ROOT, CITY, TOWN = "r" * 32, "c" * 32, "t" * 32
EPOCH = "1-0a0b0c0d"
MATTER = f"matter:{ROOT}:00000001"
TASK = f"assignment:{ROOT}:00000001"
PART = f"assignment:{CITY}:00000002"


class Books:
    """Writes events as the spec says and gives each to every holder."""

    def __init__(self, folder: Path):
        self.paths = {ROOT: folder / "a.db", CITY: folder / "b.db", TOWN: folder / "b.db"}
        self.chain: dict[tuple[str, str], tuple[int, str]] = defaultdict(lambda: (0, "0" * 64))
        for path in set(self.paths.values()):
            with sqlite3.connect(path) as base:
                base.execute(
                    "CREATE TABLE events(tenant INTEGER, pos INTEGER, domain TEXT, origin TEXT,"
                    " epoch TEXT, stream TEXT, seq INTEGER, head TEXT, type TEXT, subject TEXT,"
                    " time TEXT, header BLOB, payload BLOB)"
                )
                base.execute("CREATE TABLE tenants(id INTEGER, node TEXT, name TEXT)")
        for number, node in enumerate(self.paths, 1):
            self.run(node, "INSERT INTO tenants VALUES (?, ?, ?)", number, node, node[0])
        self.ids = {node: number for number, node in enumerate(self.paths, 1)}

    @property
    def journals(self) -> list[str]:
        return sorted({str(path) for path in self.paths.values()})

    def run(self, node: str, statement: str, *values: Any) -> int:
        with sqlite3.connect(self.paths[node]) as base:
            return base.execute(statement, values).rowcount

    def write(
        self,
        author: str,
        stream: str,
        kind: str,
        subject: str,
        /,
        *,
        holders: str = "rct",
        re: tuple[str, ...] = (),
        time: str = "2026-03-02T01:00:00Z",
        **data: Any,
    ) -> str:
        payload = json.dumps({"salt": "00" * 16, "data": data}).encode()
        seq, prev = self.chain[(author, stream)]
        header = {
            "specversion": "1.0",
            "id": f"{EPOCH}/{stream}/{seq + 1}",
            "source": author,
            "type": f"duban.{kind}",
            "subject": subject,
            "time": time,
            "domain": DOMAIN,
            "epoch": EPOCH,
            "stream": stream,
            "seq": seq + 1,
            "prev": prev,
            "re": " ".join(re),
            "datahash": hashlib.sha256(payload).hexdigest(),
        }
        line = json.dumps(header).encode()
        head = hashlib.sha256(line).hexdigest()
        self.chain[(author, stream)] = (seq + 1, head)
        row = (0, DOMAIN, author, EPOCH, stream, seq + 1, head, "", subject, time, line, payload)
        for node in self.paths:
            if node[0] in holders:
                marks = ",".join("?" * 13)
                self.run(node, f"INSERT INTO events VALUES ({marks})", self.ids[node], *row)
        return head


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def town(books: Books) -> dict[str, Any]:
    """A matter handed down two levels, done, granted and struck; what a right picture shows."""
    due = {"k1": "2026-03-03T16:00:00Z", "k3": "2026-03-05T16:00:00Z", "k7": "2026-03-09T16:00:00Z"}
    w = books.write
    w(ROOT, "up", "matter.registered", MATTER, holders="r", title="t")
    a = w(ROOT, f"to/{CITY}", "assignment.issued", TASK, holders="rc", matter=MATTER,
          kind="lead", parent=None, due=due)  # fmt: skip
    b = w(CITY, "up", "assignment.signed", TASK, holders="rc", re=(a,))
    c = w(CITY, "up", "assignment.deployed", TASK, holders="rc", re=(a,))
    d = w(CITY, f"to/{TOWN}", "assignment.issued", PART, holders="rct", matter=MATTER,
          kind="lead", parent=TASK, due=due)  # fmt: skip
    late = "2026-03-03T16:00:00Z"
    w(TOWN, "up", "assignment.signed", PART, re=(d,))
    w(TOWN, "up", "assignment.deployed", PART, re=(d,), time=late)
    w(TOWN, "up", "assignment.reported", PART, re=(d,), time="2026-03-05T15:59:59.999Z")
    w(TOWN, "up", "assignment.reported", PART, re=(d,), time="2026-03-07T01:00:00Z")
    e = w(TOWN, "up", "assignment.clearance_applied", PART, re=(d,))
    f = w(CITY, f"to/{TOWN}", "assignment.granted", PART, re=(e,), mark="good")
    w(CITY, "up", "assignment.reported", TASK, holders="rc", re=(a, b, c))
    g = w(CITY, "up", "assignment.clearance_applied", TASK, holders="rc", re=(a,))
    h = w(ROOT, f"to/{CITY}", "assignment.granted", TASK, holders="rc", re=(g,), mark="good")
    i = w(ROOT, "up", "matter.struck", MATTER, holders="r", result="done")
    j = w(ROOT, f"to/{CITY}", "assignment.struck", TASK, holders="rc", re=(g,), matter=MATTER,
          repeats=i)  # fmt: skip
    w(CITY, f"to/{TOWN}", "assignment.struck", PART, re=(e,), matter=MATTER, repeats=j)
    assert len({a, b, c, d, e, f, g, h, i, j}) == 10
    good = {"k1": "on_time", "k3": "on_time", "k7": "on_time"}
    task = {"id": TASK, "state": "CLOSED", "due": due, "verdict": good, "struck": True}
    part = task | {"id": PART, "verdict": good | {"k1": "late"}}
    return {
        "assignments": [task, part],
        "matters": [{"id": MATTER, "state": "STRUCK"}],
        "drafts": [],
    }


@pytest.fixture
def shown(books: Books) -> dict[str, Any]:
    return town(books)
