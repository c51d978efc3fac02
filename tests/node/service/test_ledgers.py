"""Ledgers through the real application: values at registration and by report, totals, versions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node.domain.commands import Actor
from node.service import work
from node.service.verify import verify
from node.worker import Worker
from tests.node.api.stand import FORM, Stand

INVESTMENT = FORM | {"board": "investment", "grade": "major", "title": "某装备制造基地项目"}
SIGNED = {
    "investor": "示例公司", "industry": "装备制造", "signed_amount": "12500.5",
    "signed_on": "2026-03-02",
}  # fmt: skip


@pytest.fixture
def stand(tmp_path: Path, database_url: str) -> Iterator[Stand]:
    made = Stand(tmp_path, database_url)
    yield made
    made.close()


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Stand]:
    made = Stand(tmp_path, f"sqlite:///{tmp_path / 'host.db'}")
    yield made
    made.close()


def project(stand: Stand, values: dict[str, str] | None = None, **change: Any) -> str:
    body = INVESTMENT | {"ledger": SIGNED | (values or {})} | change
    return str(stand.done("POST", "/matters", body)["id"])


def given(stand: Stand, matter: str) -> str:
    """Issued to the city, signed for and deployed there; the assignment."""
    made = stand.done("POST", f"/matters/{matter}/issue", {"lead": stand.nodes["city"]})
    task = str(made["assignments"][0]["id"])
    Worker(stand.host).once()
    contact = {"name": "王某", "phone": "000"}
    said = {"leader": "李某", "responsible": "张某", "contact": contact, "measures": "专班"}
    run(stand, "sign", task, {})
    run(stand, "deploy", task, said)
    return task


def run(stand: Stand, word: str, task: str, form: dict[str, Any]) -> dict[str, Any]:
    actor = Actor(stand.nodes["city"], "u1", "head")
    return work.run(stand.host, stand.places["city"], actor, f"assignment.{word}", task, form)


def report(stand: Stand, task: str, **values: str) -> dict[str, Any]:
    found = run(stand, "report", task, {"text": "进展", "ledger": values})
    Worker(stand.host).once()
    return found


def rows(stand: Stand, query: str = "") -> list[dict[str, Any]]:
    found = stand.got(f"/ledgers/investment/rows?{query}", "leader")["items"]
    return list(found)


def test_a_project_goes_from_signing_to_production_and_the_totals_follow(stand: Stand) -> None:
    first = project(stand, region="140105")
    project(stand, {"industry": "能源", "signed_amount": "7499.5"}, region="140202", title="乙项目")
    task = given(stand, first)
    assert rows(stand)[0]["values"] == SIGNED
    report(stand, task, started_on="2026-05-10", funds="2000")
    report(stand, task, funds="5000.25")
    (row,) = rows(stand, "field=funds&least=5000")
    assert row["id"] == first
    assert row["values"] == SIGNED | {"started_on": "2026-05-10", "funds": "5000.25"}
    found = stand.got("/ledgers/investment/totals?group=city", "leader")
    assert found["total"] == {
        "matters": 2, "signed": 2, "signed_sum": "20000", "started": 1, "started_rate": 0.5,
        "funds_sum": "5000.25", "funds_rate": 0.25, "produced": 0, "produced_rate": 0.0,
    }  # fmt: skip
    by_city = {one["key"]: one for one in found["items"]}
    assert (by_city["1401"]["signed_sum"], by_city["1402"]["signed_sum"]) == ("12500.5", "7499.5")
    assert (by_city["1401"]["funds_rate"], by_city["1402"]["funds_rate"]) == (0.4, 0.0)
    months = stand.got("/ledgers/investment/totals?group=month", "leader")["items"]
    assert [(one["key"], one["signed"]) for one in months] == [("2026-03", 2)]
    trades = stand.got("/ledgers/investment/totals?group=industry&city=1401", "leader")["items"]
    assert [(one["key"], one["matters"]) for one in trades] == [("装备制造", 1)]
    report(stand, task, produced_on="2026-11-01")
    assert stand.got("/ledgers/investment/totals", "leader")["total"]["produced"] == 1
    assert verify(stand.host).findings == []


def test_the_registrar_corrects_and_what_the_lead_reports_stands_over_it(lite: Stand) -> None:
    matter = project(lite)
    path = f"/matters/{matter}/value"
    made = lite.done("POST", path, {"ledger": {"signed_amount": "13000"}})
    assert made["ledger"]["signed_amount"] == "13000000000"
    task = given(lite, matter)
    report(lite, task, signed_amount="12800")
    lite.done("POST", path, {"ledger": {"signed_amount": "14000", "investor": "乙公司"}})
    (row,) = rows(lite)
    assert (row["values"]["signed_amount"], row["values"]["investor"]) == ("12800", "乙公司")
    assert lite.ask("POST", path, "leader", {"ledger": {"investor": "丙"}}).status_code == 403
    assert verify(lite.host).findings == []


def test_a_cumulative_value_that_becomes_less_is_taken_with_a_warning(lite: Stand) -> None:
    task = given(lite, project(lite))
    assert "warnings" not in report(lite, task, funds="100")
    (warning,) = report(lite, task, funds="90")["warnings"]
    assert (warning["code"], warning["fields"]) == ("ledger", ["funds"])
    assert rows(lite)[0]["values"]["funds"] == "90"


@pytest.mark.parametrize(
    ("values", "where", "accepted"),
    [
        ({"signed_amount": "1.1234567"}, "ledger.signed_amount", "up to 6 digits"),
        ({"signed_amount": "-1"}, "ledger.signed_amount", "from 0 in 万元"),
        ({"signed_on": "2026-02-30"}, "ledger.signed_on", "a date"),
        ({"industry": "炼金"}, "ledger.industry", "装备制造"),
        ({"profit": "1"}, "ledger.profit", "signed_amount"),
        ({"investor": "  "}, "ledger.investor", "one line"),
    ],
)
def test_a_value_that_its_field_does_not_take_is_refused_and_named(
    lite: Stand, values: dict[str, str], where: str, accepted: str
) -> None:
    body = INVESTMENT | {"ledger": SIGNED | values}
    answer = lite.ask("POST", "/matters", "supervisor", body)
    assert (answer.status_code, answer.json["where"]) == (422, where), answer.text
    assert accepted in answer.json["accepted"]
    assert rows(lite) == []


def test_a_registration_with_values_has_all_that_are_required(lite: Stand) -> None:
    body = INVESTMENT | {"ledger": {"investor": "示例公司"}}
    answer = lite.ask("POST", "/matters", "supervisor", body)
    assert (answer.status_code, answer.json["where"]) == (422, "ledger.industry")
    assert "signed_amount" in answer.json["detail"]


def test_rows_are_searched_filtered_and_paged(lite: Stand) -> None:
    ids = sorted(
        project(lite, {"signed_amount": str(n)}, title=f"第{n}号项目", region=f"14{n:02d}01")
        for n in range(1, 6)
    )
    page = lite.got("/ledgers/investment/rows?limit=3", "leader")
    assert [one["id"] for one in page["items"]] == ids[:3]
    rest = lite.got(f"/ledgers/investment/rows?limit=3&after={page['next']}", "leader")
    assert ([one["id"] for one in rest["items"]], rest["next"]) == (ids[3:], None)
    for query, count in (
        ("q=第3号", 1), ("q=3号 项目", 1), ("city=1402", 1), ("state=OPEN", 0),
        ("field=signed_amount&least=2&most=4", 3), ("field=industry&value=装备制造", 5),
        ("field=funds&present=true", 0), ("field=funds&present=false", 5),
        ("field=signed_on&least=2026-03-02&most=2026-03-02", 5), ("q=100%25", 0),
    ):  # fmt: skip
        assert len(rows(lite, query)) == count, query
    for query, where in (
        ("least=3", "field"), ("field=profit", "field"), ("field=investor&least=a", "least"),
        ("field=funds&least=viel", "least"),
    ):  # fmt: skip
        answer = lite.ask("GET", f"/ledgers/investment/rows?{query}", "leader")
        assert (answer.status_code, answer.json["where"]) == (422, where)
    assert lite.ask("GET", "/ledgers/investment/totals?group=moon").status_code == 422
    assert lite.ask("GET", "/ledgers/unheard/rows").status_code == 404


def test_cancelled_projects_leave_the_totals(lite: Stand) -> None:
    matter = project(lite)
    lite.done("POST", f"/matters/{matter}/cancel", {"grounds": "投资方退出"})
    found = lite.got("/ledgers/investment/totals?group=city", "leader")
    assert (found["total"]["matters"], found["items"]) == (0, [])
    assert len(rows(lite, "state=CANCELLED")) == 1


def test_who_sees_no_matter_sees_no_ledger(lite: Stand) -> None:
    project(lite)
    for role in ("enterprise", "admin", "auditor"):
        for path in ("/ledgers/investment/rows", "/ledgers/investment/totals", "/campaigns"):
            assert lite.ask("GET", path, role).status_code == 403


def test_the_root_publishes_a_version_and_values_are_read_by_it_from_then_on(lite: Stand) -> None:
    first = lite.got("/ledgers/investment", "leader")
    assert (first["version"], len(first["fields"])) == ("investment/1", 7)
    jobs = {
        "code": "jobs", "zh": "带动就业", "en": "Jobs", "type": "number", "unit": "人", "scale": 0,
        "required": False, "cumulative": False,
    }  # fmt: skip
    total = {"code": "jobs_sum", "zh": "就业合计", "en": "Jobs", "kind": "sum", "field": "jobs"}
    second = first | {
        "version": "investment/2",
        "fields": [*first["fields"], jobs],
        "totals": [*first["totals"], total],
    }
    project(lite)
    assert lite.ask("POST", "/ledgers", "registrar", second).status_code == 403
    below = lite.ask("POST", "/ledgers", "supervisor", second, node="city")
    assert (below.status_code, below.json["code"]) == (403, "wrong-node")
    lite.done("POST", "/ledgers", second)
    Worker(lite.host).once()
    assert lite.got("/ledgers", "leader", "city")["in_force"]["investment"] == "investment/2"
    project(lite, {"jobs": "300"}, title="丙项目")
    found = lite.got("/ledgers/investment/totals", "leader")
    assert (found["ledger"], found["total"]["jobs_sum"]) == ("investment/2", "300")
    assert found["total"]["signed_sum"] == "25001"
    again = lite.ask("POST", "/ledgers", "supervisor", second)
    assert (again.status_code, again.json["code"]) == (409, "conflict")
    changed = [one | {"scale": 2, "unit": "元"} if one["code"] == "funds" else one
               for one in second["fields"]]  # fmt: skip
    other = lite.ask(
        "POST", "/ledgers", "supervisor", second | {"version": "investment/3", "fields": changed}
    )
    assert (other.status_code, other.json["where"]) == (409, "fields")
    old = lite.got("/ledgers/investment?version=1", "leader")
    assert old["fields"] == first["fields"]
    assert lite.ask("GET", "/ledgers/investment?version=9").status_code == 404


def test_all_six_boards_have_a_ledger(lite: Stand) -> None:
    force = lite.got("/ledgers", "leader")["in_force"]
    assert len(force) == 6
    for board, version in force.items():
        found = lite.got(f"/ledgers/{board}", "leader")
        assert (found["version"], version) == (f"{board}/1", f"{board}/1")
        assert lite.got(f"/ledgers/{board}/totals?group=month", "leader")["items"] == []
