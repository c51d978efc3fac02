"""Real nodes over real HTTP, four levels deep: down, up, sideways, receipts, poll-only."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node.service import enrol
from node.service.place import Place
from node.service.verify import verify
from tests.support.hosts import Running, User, join, until

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
DEPLOY = {
    "leader": "甲",
    "responsible": "乙",
    "contact": {"name": "丙", "phone": "1"},
    "measures": "立即整改",
}
DONE = {"text": "已补设12块", "indicators": [{"name": "补设标志", "value": "12"}]}
LEVELS = {"province": "山西省", "city": "太原市", "county": "小店区", "town": "北格镇"}


class Line:
    """Province, city, county and township, each on its own host; a bureau hosted by the city."""

    def __init__(self, path: Path) -> None:
        self.hosts: dict[str, Running] = {}
        self.places: dict[str, Place] = {}
        above = ""
        for name, title in LEVELS.items():
            one = self.hosts[name] = Running(path / name)
            level = "township" if name == "town" else name
            born = enrol.init(one.host, title, level, root="gov" if not above else None)
            if above:
                self.places[name] = join(
                    self.places[above], self.hosts[above], born.node, one, poll=name == "town"
                )
            else:
                self.places[name] = one.host.place(born.node)
            above = name
        self.hosts["bureau"] = self.hosts["province"]
        born = enrol.init(self.hosts["province"].host, "省交通运输厅", "department")
        self.places["bureau"] = self._hosted(born.node)

    def _hosted(self, node: str) -> Place:
        host, parent = self.hosts["province"].host, self.places["province"]
        invitation = enrol.invite(host, parent, enrol.request_of(host, node), {}, None)
        joining = enrol.prepare(host, node, invitation, None, None, True)
        document = {"invitation": joining.invitation, "join": joining.join}
        return enrol.finish(host, joining, enrol.admit(host, document))

    def node(self, name: str) -> str:
        return self.places[name].tenant.node

    def user(self, name: str, role: str) -> User:
        return User(self.hosts[name], self.node(name), role)

    def stop(self) -> None:
        for name in LEVELS:
            self.hosts[name].worker.stop()
        for name in LEVELS:
            self.hosts[name].stop()


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    made = Line(tmp_path_factory.mktemp("line"))
    everybody = {made.node(name) for name in (*LEVELS, "bureau")}
    province = made.hosts["province"].host
    until(
        lambda: (
            everybody
            <= set(province.read(made.places["province"], lambda store: list(store.roster())))
        )
    )
    yield made
    made.stop()


def _states(user: User) -> dict[str, str]:
    return {one["assignee"]: one["state"] for one in user.get("/assignments")["items"]}


def _mine(user: User) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = user.get("/assignments?role=assignee")["items"]
    return items


def test_the_whole_life_of_a_matter_from_the_province_to_the_township_and_back(line: Line) -> None:
    chief = line.user("province", "supervisor")
    city, county = line.user("city", "supervisor"), line.user("county", "supervisor")
    heads = {name: line.user(name, "head") for name in ("city", "county", "town", "bureau")}
    made = chief.post("/matters", FORM)
    handed = chief.post(
        f"/matters/{made['id']}/issue",
        {"lead": line.node("city"), "cohandlers": [line.node("bureau")]},
    )
    whole, co = (one["id"] for one in handed["assignments"])
    for name, user, below in (("city", city, "county"), ("county", county, "town")):
        until(lambda user=user: _mine(user))
        mine = _mine(user)[0]["id"]
        heads[name].post(f"/assignments/{mine}/sign")
        heads[name].post(f"/assignments/{mine}/deploy", DEPLOY)
        heads[name].post(f"/assignments/{mine}/report", DONE)
        user.post(f"/assignments/{mine}/split", {"lead": line.node(below)})
    town = heads["town"]
    until(lambda: _mine(town))
    part = _mine(town)[0]
    due = {one["kind"]: one["due"] for one in part["clocks"]}
    assert due["k7"] <= handed["assignments"][0]["due"]["k7"]
    for word, body in (("sign", {}), ("deploy", DEPLOY), ("report", DONE), ("clear", DONE)):
        town.post(f"/assignments/{part['id']}/{word}", body)
    for word, body in (("sign", {}), ("deploy", DEPLOY), ("report", DONE), ("clear", DONE)):
        heads["bureau"].post(f"/assignments/{co}/{word}", body)

    # the lead can't clear before its parts, the issuer can't grant the lead before the co-handler
    refused = heads["county"].try_post(f"/assignments/{_mine(county)[0]['id']}/clear", DONE)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong-state")

    until(lambda: _states(county).get(line.node("town")) == "CLOSE_REQ")
    county.post(f"/assignments/{part['id']}/return", {"reason": "缺少照片"})
    until(lambda: _mine(town)[0]["state"] == "DOING")
    town.post(f"/assignments/{part['id']}/clear", DONE)
    for upper, name in ((county, "town"), (city, "county"), (chief, "city")):
        until(lambda upper=upper, name=name: _states(upper).get(line.node(name)) == "CLOSE_REQ")
        given = [
            one for one in upper.get("/assignments")["items"] if one["assignee"] == line.node(name)
        ]
        if upper is chief:
            until(lambda: _states(chief).get(line.node("bureau")) == "CLOSE_REQ")
            refused = chief.try_post(f"/assignments/{whole}/grant", {"mark": "good"})
            assert refused.json()["code"] == "wrong-state"
            chief.post(f"/assignments/{co}/grant", {"mark": "pass"})
        upper.post(f"/assignments/{given[0]['id']}/grant", {"mark": "good", "remark": "属实"})
        if upper is not chief:
            above = {"town": "county", "county": "city"}[name]
            until(lambda upper=upper, name=name: _states(upper)[line.node(name)] == "CLOSED")
            heads[above].post(f"/assignments/{_mine(heads[above])[0]['id']}/clear", DONE)
    assert chief.get(f"/matters/{made['id']}")["state"] == "CLOSED"
    chief.post(f"/matters/{made['id']}/strike", {"result": "已办结"})
    until(lambda: all(one["struck"] for one in _mine(town)))
    picture = chief.get("/picture")
    assert picture["states"] == {"STRUCK": 1}
    assert picture["clearance_rate"] == 1.0
    assert len(chief.get("/assignments")["items"]) == 4


def test_the_township_holds_the_receipts_of_county_city_and_province(line: Line) -> None:
    town, place = line.hosts["town"].host, line.places["town"]
    above = {line.node(name) for name in ("province", "city", "county")}

    def held() -> bool:
        kept = town.read(place, lambda store: store.receipts_about(store.node))
        return above <= {one.signer for one in kept}

    line.user("town", "head")
    until(held)


def test_nothing_is_found_when_every_node_is_verified(line: Line) -> None:
    for name in LEVELS:
        report = verify(line.hosts[name].host)
        assert report.findings == []
        assert report.events > 0
        assert report.rows > 0


@pytest.mark.parametrize(
    ("name", "role", "path", "body", "status", "code"),
    [
        ("province", "handler", "/matters", FORM, 403, "wrong-role"),
        ("province", "supervisor", "/matters", {}, 422, "gate"),
        ("province", "supervisor", "/matters/matter:x/issue", {"lead": "x"}, 404, "not-found"),
        ("province", "supervisor", "/batch", {}, 422, "bad-input"),
        ("province", "supervisor", "/batch", {"commands": [{"op": "x"}]}, 422, "bad-input"),
        ("town", "handler", "/assignments/assignment:x/sign", {}, 404, "not-found"),
    ],
)
def test_a_command_that_may_not_be_is_refused_with_what_is_accepted(
    line: Line, name: str, role: str, path: str, body: Any, status: int, code: str
) -> None:
    answer = line.user(name, role).try_post(path, body)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == code


def test_a_batch_is_all_or_nothing(line: Line) -> None:
    chief = line.user("province", "supervisor")
    before = chief.get("/picture")["states"]
    good = {"op": "matter.register", "body": FORM}
    answer = chief.try_post("/batch", {"commands": [good, good, {"op": "matter.register"}]})
    assert answer.json()["where"].startswith("commands[2]")
    assert chief.get("/picture")["states"] == before
    results = chief.post("/batch", {"commands": [good, good]})["results"]
    assert len({one["no"] for one in results}) == 2
    for one in results:
        chief.post(f"/matters/{one['id']}/cancel", {"grounds": "重复登记"})
    cancelled = before.get("CANCELLED", 0) + 2
    assert chief.get("/picture")["states"] == before | {"CANCELLED": cancelled}


def test_without_a_token_nothing_opens(line: Line) -> None:
    user = line.user("province", "supervisor")
    user.headers = {"Authorization": "Bearer nonsense"}
    answer = user.try_post("/matters", FORM)
    assert (answer.status_code, answer.json()["code"]) == (401, "no-token")
