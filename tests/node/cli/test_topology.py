"""`duban topology`: many nodes from one file, gone on with after a kill, refused when no file."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

TOWNS = 12
WAIT = 60.0


def _plan(towns: int = TOWNS) -> dict[str, Any]:
    """A province, a city, two counties; three hosts, and a second domain rooted in the city."""
    nodes = [
        ("p", "省", "province", "one", {}),
        ("pd", "省厅", "department", "one", {"gov": "p"}),
        ("c", "市", "city", "two", {"gov": "p"}),
        ("x", "甲县", "county", "two", {"gov": "c"}),
        ("y", "乙县", "county", "three", {"gov": "c", "party": "c"}),
    ]
    for number in range(towns):
        above, host = ("x", "two") if number % 2 else ("y", "three")
        nodes.append((f"t{number}", f"第{number}镇", "township", host, {"gov": above}))
    rows = [
        {"key": key, "name": name, "level": level, "code": None, "host": host, "parents": parents}
        for key, name, level, host, parents in nodes
    ]
    hosts = [{"name": name} for name in ("one", "two", "three")]
    domains = {"gov": "p", "party": "c"}
    return {"name": "small", "domains": domains, "hosts": hosts, "nodes": rows}


def _command(plan: Path, data: Path, port: int) -> list[str]:
    words = [sys.executable, "-m", "node", "topology", "apply", str(plan), "--data", str(data)]
    return [*words, "--json", "--port", str(port)]


def _file(folder: Path, plan: dict[str, Any]) -> Path:
    path = folder / "plan.json"
    path.write_text(json.dumps(plan, ensure_ascii=False), encoding="utf-8")
    return path


def _apply(plan: Path, data: Path, port: int) -> dict[str, Any]:
    done = subprocess.run(
        _command(plan, data, port), check=True, capture_output=True, timeout=WAIT, text=True
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _nodes(data: Path) -> dict[str, str]:
    """Handle -> node id, over all hosts."""
    found = dict[str, str]()
    for file in sorted(data.glob("*/host.db")):
        line = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        asked = "SELECT value, node FROM settings JOIN tenants ON tenants.id = settings.tenant"
        rows = line.execute(f"{asked} WHERE settings.name = 'handle'").fetchall()
        line.close()
        assert not found.keys() & dict(rows).keys()
        found |= dict(rows)
    return found


@pytest.fixture
def port() -> int:
    """Three neighbouring ports below those that the system gives out."""
    return 20_000 + os.getpid() % 10_000


def test_every_node_is_made_enrolled_and_heard_and_a_second_run_changes_nothing(
    tmp_path: Path, port: int
) -> None:
    plan, data = _file(tmp_path, _plan()), tmp_path / "data"
    told = _apply(plan, data, port)
    count = 5 + TOWNS
    assert (told["nodes"], told["hosts"], told["known"]) == (count, 3, count)
    assert told["members"] == count + 2  # two of them in both domains
    kept = list(data.glob("recovery-*.txt"))
    assert len(kept) == 2
    assert {stat.S_IMODE(one.stat().st_mode) for one in kept} == {0o600}
    before = _nodes(data)
    assert len(before) == count
    assert _apply(plan, data, port)["members"] == count + 2
    assert _nodes(data) == before


def test_a_run_that_was_killed_goes_on_with_the_same_nodes(tmp_path: Path, port: int) -> None:
    plan, data = _file(tmp_path, _plan(60)), tmp_path / "data"
    running = subprocess.Popen(
        _command(plan, data, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    end, born = time.monotonic() + WAIT, dict[str, str]()
    while len(born) < 10 and time.monotonic() < end:
        if running.poll() is not None:
            pytest.fail("it was through before it could be killed")
        try:
            born = _nodes(data)
        except sqlite3.OperationalError:
            continue  # the tables are not there yet
    running.send_signal(signal.SIGKILL)
    running.wait()
    told = _apply(plan, data, port)
    assert (told["nodes"], told["known"]) == (65, 65)
    assert born.items() <= _nodes(data).items()


def test_what_is_added_to_the_file_is_enrolled_beside_what_is_there(
    tmp_path: Path, port: int
) -> None:
    data = tmp_path / "data"
    _apply(_file(tmp_path, _plan(2)), data, port)
    before = _nodes(data)
    assert _apply(_file(tmp_path, _plan(5)), data, port)["known"] == 10
    assert before.items() <= _nodes(data).items()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no topology file"),
        ('{"name": "x", "domains": {}, "hosts": [], "nodes": [{"key": "a"}]}', "is no topology"),
        (json.dumps(_plan(1) | {"domains": {"gov": "nobody"}}), "p belongs to no domain"),
    ],
)
def test_a_file_that_is_none_is_refused_before_anything_is_made(
    tmp_path: Path, port: int, text: str, said: str
) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(text, encoding="utf-8")
    done = subprocess.run(
        _command(plan, tmp_path / "data", port), capture_output=True, timeout=WAIT, text=True
    )
    assert done.returncode == 1
    assert said in done.stderr
    assert not (tmp_path / "data").exists()
