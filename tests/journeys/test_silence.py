"""A township stops; the province notices, a day later by wire time, that it alone is silent."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from node.bootstrap import real_time
from node.service import enrol, heartbeats
from node.service.clock import OffsetClock
from node.service.place import Place
from tests.support.hosts import Running, User, join, until


class Wire:
    """Wire time as a test moves it, the same for all hosts."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def real(self) -> datetime:
        return real_time() + self.ahead

    def clock(self) -> OffsetClock:
        return OffsetClock(self.real, lambda: timedelta(0), lambda _: None)


class Three:
    """Province, county and a township that polls, each on its own host."""

    def __init__(self, path: Path) -> None:
        self.wire = Wire()
        self.hosts: dict[str, Running] = {}
        self.places: dict[str, Place] = {}
        above = ""
        for name, level in (("province", "province"), ("county", "county"), ("town", "township")):
            one = self.hosts[name] = Running(path / name)
            one.host.now = self.wire.clock()
            born = enrol.init(one.host, name, level, root="gov" if not above else None)
            if above:
                parent, host = self.places[above], self.hosts[above]
                self.places[name] = join(parent, host, born.node, one, poll=name == "town")
            else:
                self.places[name] = one.host.place(born.node)
            above = name
        self.stopped = set[str]()

    def node(self, name: str) -> str:
        return self.places[name].tenant.node

    def stop(self, *names: str) -> None:
        for name in names or tuple(self.hosts):
            if name not in self.stopped:
                self.hosts[name].stop()
                self.stopped.add(name)


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Three]:
    made = Three(tmp_path)
    yield made
    made.stop()


def _silent(three: Three, name: str) -> list[str]:
    found = heartbeats.silence(three.hosts[name].host, three.places[name])
    return [row["node"] for row in found]


def test_a_township_that_stops_is_silent_at_the_province_and_nobody_else_is(three: Three) -> None:
    form = {
        "title": "整改某段连续长下坡警示标志缺失",
        "board": "daily",
        "grade": "general",
        "content": "补设标志并复核夜间可视距离",
        "source": "领导批示",
        "basis": "示例批示",
        "indicators": [{"name": "补设标志", "unit": "块", "target": "12"}],
        "responsible": "张三",
        "head": "李四",
        "contact": {"name": "王五", "phone": "0351-0000000"},
    }
    User(three.hosts["town"], three.node("town"), "supervisor").post("/matters", form)
    province = User(three.hosts["province"], three.node("province"), "supervisor")
    until(lambda: province.get("/matters")["items"])
    three.wire.ahead = timedelta(hours=20)
    three.wire.ahead = timedelta(hours=30)
    until(lambda: province.get("/silence")["items"] == [])

    three.stop("town")
    for hours in (45, 60):
        three.wire.ahead = timedelta(hours=hours)
        until(lambda: three.node("county") not in _silent(three, "province"))
    found = until(lambda: province.get("/silence")["items"])
    assert [(row["node"], row["streams"]) for row in found] == [(three.node("town"), ["up"])]
    assert found[0]["via"] == three.node("county")
    (link,) = province.get("/sync")["items"]
    assert link["silent"] == found == province.get("/sync")["silent"]
    until(lambda: _silent(three, "county") == [three.node("town")])
