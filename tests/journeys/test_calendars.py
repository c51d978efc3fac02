"""Calendars and policies over real HTTP: published by the root, carried down, redated."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from node.service import enrol
from node.service.clock import OffsetClock
from node.service.place import Place
from node.service.verify import verify
from tests.journeys.test_four_levels import FORM
from tests.support.hosts import Running, User, join, until

TABLE = [
    {"date": "2027-01-01", "kind": "holiday", "name": "元旦"},
    {"date": "2027-02-06", "kind": "workday", "name": "春节调休"},
]
IMPORT = {"version": "cn/2027.1", "covered_until": "2027-12-31", "rows": TABLE}


class Two:
    """A province and a city, each on its own host, on Wednesday 30 December 2026."""

    def __init__(self, path: Path) -> None:
        self.above, self.below = Running(path / "province"), Running(path / "city")
        born = enrol.init(self.above.host, "山西省", "province", "140000", root="gov")
        self.province: Place = self.above.host.place(born.node)
        self.city = enrol.init(self.below.host, "太原市", "city", "140100").node
        self.county = enrol.init(self.below.host, "小店区", "county", "140105").node
        self.place = join(self.province, self.above, self.city, self.below)
        join(self.place, self.below, self.county, self.below, poll=True)
        self.chief = User(self.above, born.node, "supervisor")
        self.mayor = User(self.below, self.city, "supervisor")
        self.set("2026-12-30T09:00:00+08:00")

    def set(self, to: str) -> None:
        for one in (self.above, self.below):
            assert isinstance(one.host.now, OffsetClock)
            one.host.now.set(datetime.fromisoformat(to))

    def issue(self, user: User, unit: str, **change: Any) -> Any:
        made = user.post("/matters", {**FORM, **change})
        return user.post(f"/matters/{made['id']}/issue", {"lead": unit})

    def stop(self) -> None:
        for one in (self.above, self.below):
            one.worker.stop()
        for one in (self.above, self.below):
            one.stop()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    made = Two(tmp_path_factory.mktemp("two"))
    yield made
    made.stop()


def test_a_table_with_faulty_cells_is_refused_whole_and_each_cell_is_named(two: Two) -> None:
    rows = [*TABLE, {"date": "2027-02-30", "kind": "off"}]
    answer = two.chief.try_post("/calendars/import", {**IMPORT, "rows": rows})
    assert answer.status_code == 422
    told = answer.json()["faults"]
    assert [(one["row"], one["column"]) for one in told] == [(3, "date"), (3, "kind")]
    assert two.chief.get("/calendars")["drafts"] == []
    nothing = two.chief.try_post("/calendars/publish", {})
    assert (nothing.status_code, nothing.json()["code"]) == (404, "not-found")


def test_only_the_root_s_supervisor_imports_and_publishes(two: Two) -> None:
    assert two.mayor.try_post("/calendars/import", IMPORT).json()["code"] == "wrong-node"
    clerk = User(two.above, two.province.tenant.node, "handler")
    assert clerk.try_post("/calendars/import", IMPORT).json()["code"] == "wrong-role"


def test_policy_calendar_provisional_dates_and_redating_from_end_to_end(two: Two) -> None:
    policy = {"version": "workingdays/1", "counts": "working", "boards": ["daily"]}
    two.chief.post("/policies", {**policy, "warn": {"k1": 240}})
    assert two.chief.get("/policies")["in_force"]["daily"]["general"] == "workingdays/1"
    assert two.chief.get("/policies")["in_force"]["reform"]["general"] == "default/1"
    until(lambda: two.mayor.get("/policies")["in_force"]["daily"]["major"] == "workingdays/1")

    # by working days from Wednesday 30 December: the library ends on the 31st
    handed = two.issue(two.mayor, two.county)
    (made,) = handed["assignments"]
    assert made["due"]["k7"] == "2027-01-08T16:00:00Z"
    (warning,) = handed["warnings"]
    assert warning["code"] == "provisional"
    assert warning["clocks"] == ["k3", "k7"]
    assert warning["covered_until"] == "2026-12-31"
    assert two.mayor.get("/calendars/preview")["items"] == []
    shown = two.mayor.get(f"/assignments/{made['id']}")
    assert [one["provisional"] for one in shown["clocks"]] == [False, True, True]

    # the root publishes 2027: New Year's Day off
    draft = two.chief.post("/calendars/import", IMPORT)
    assert (draft["rows"], draft["covered_until"]) == (2, "2027-12-31")
    two.chief.post("/calendars/publish", {"region": "cn"})
    assert two.chief.get("/calendars")["drafts"] == []
    until(lambda: two.mayor.get("/calendars")["in_force"]["version"] == "cn/2027.1")
    days = two.mayor.get("/calendars/cn/2027.1")["holidays"]
    assert {"date": "2027-01-01", "name": "元旦"} in days
    assert days[0]["date"].startswith("2025")  # two years kept for clocks that still run

    # the city shows first, then applies exactly that
    preview = two.mayor.get("/calendars/preview")
    assert preview["moved"] == 1
    assert [(one["clock"], one["from"], one["to"]) for one in preview["items"][0]["moves"]] == [
        ("k3", "2027-01-04T16:00:00Z", "2027-01-05T16:00:00Z"),
        ("k7", "2027-01-08T16:00:00Z", "2027-01-11T16:00:00Z"),
    ]
    stale = two.mayor.try_post("/calendars/apply", {"token": "x", "reason": "国办通知"})
    assert (stale.status_code, stale.json()["where"]) == (409, "token")
    strange = {"token": preview["token"], "reason": "国办通知", "only": ["assignment:x"]}
    assert two.mayor.try_post("/calendars/apply", strange).status_code == 404
    asked = {"token": preview["token"], "reason": "国办通知"}
    assert two.mayor.post("/calendars/apply", asked)["applied"] == [made["id"]]
    after = two.mayor.get(f"/assignments/{made['id']}")
    assert after["due"]["k7"] == "2027-01-11T16:00:00Z"
    assert not any(one["provisional"] for one in after["clocks"])
    assert [one["type"] for one in after["events"]][-1] == "duban.assignment.redated"
    assert two.mayor.get("/calendars/preview")["moved"] == 0

    # the assignee holds the same, and nothing that was published is lost in a rebuild
    county = User(two.below, two.county, "head")
    until(lambda: county.get("/assignments")["items"][0]["due"]["k7"] == after["due"]["k7"])
    assert "warnings" not in two.issue(two.mayor, two.county)
    for one in (two.above, two.below):
        assert verify(one.host).findings == []


def test_a_city_s_own_policy_counts_for_what_it_issues_itself_and_only_for_new_matters(
    two: Two,
) -> None:
    old = two.issue(two.mayor, two.county, board="reform")["assignments"][0]
    assert old["due"]["k1"] == "2026-12-31T16:00:00Z"
    two.mayor.post(
        "/policies", {"version": "cityreform/1", "days": {"k1": 2}, "boards": ["reform"]}
    )
    new = two.issue(two.mayor, two.county, board="reform")["assignments"][0]
    assert new["due"]["k1"] == "2027-01-01T16:00:00Z"
    # the province's own matters go by the province's
    given = two.issue(two.chief, two.city, board="reform")["assignments"][0]
    assert given["due"]["k1"] == "2026-12-31T16:00:00Z"
    again = two.mayor.try_post("/policies", {"version": "cityreform/1"})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert two.mayor.get("/policies/cityreform/1")["days"]["k1"] == 2
    url = f"{two.mayor.base}/policies/cityreform"
    gone = requests.delete(url, headers=two.mayor.headers, timeout=10)
    assert gone.json()["state"] == "WITHDRAWN"
    last = two.issue(two.mayor, two.county, board="reform")["assignments"][0]
    assert last["due"]["k1"] == "2026-12-31T16:00:00Z"


def test_a_name_that_the_root_has_is_the_root_s(two: Two) -> None:
    answer = two.mayor.try_post("/policies", {"version": "workingdays/9"})
    assert (answer.status_code, answer.json()["where"]) == (409, "version")


def test_a_region_s_calendar_counts_for_its_nodes_before_the_nation_s(two: Two) -> None:
    rows = [{"date": "2027-01-04", "kind": "holiday", "name": "地方假"}]
    form = {"version": "cn-140100/2027.1", "covered_until": "2027-12-31", "rows": rows}
    two.chief.post("/calendars/import", {**form, "region": "140100"})
    two.chief.post("/calendars/publish", {"region": "140100"})
    until(lambda: two.mayor.get("/calendars")["in_force"]["version"] == "cn-140100/2027.1")
    assert two.chief.get("/calendars")["in_force"]["version"] == "cn/2027.1"
