"""A campaign from a table: the railway's 2,606 problems, checked whole, all of them or none."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from deploy.sample import document
from deploy.sample.railway import problems
from node.domain.commands import Actor, DomainRefused
from node.domain.instants import end_of, local_date
from node.service import enrol, work, workbooks
from node.service.verify import verify
from node.worker import Worker
from tests.node.api.stand import Stand

LEDGER = ("ledger.place", "ledger.solved_on", "ledger.people")


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


def second(stand: Stand) -> None:
    """One more city below the province."""
    stand.nodes["second"] = enrol.init(stand.host, "示例二市", "city").node
    stand.places["second"] = stand._join("second")


def deliver(stand: Stand) -> None:
    """Every link takes its turn."""
    _, failures = Worker(stand.host).once()
    assert failures == 0


def day(stand: Stand, days: int) -> str:
    """So many days from today, as business time goes."""
    return (local_date(stand.host.now().business) + timedelta(days)).isoformat()


def end(text: str) -> str:
    return end_of(date.fromisoformat(text))


def regions() -> list[str]:
    return sorted({one["township"][:6] for one in problems()})


def form(stand: Stand, **change: Any) -> dict[str, Any]:
    """The railway campaign; every other county is the second unit's."""
    source = document("railway")
    units = (stand.nodes["city"], stand.nodes.get("second", stand.nodes["city"]))
    return {
        "version": "railway2026/1",
        "title": source["campaign"]["title"],
        "board": "daily",
        "grade": "major",
        "starts": day(stand, -60),
        "ends": day(stand, 60),
        "classes": [{"code": one["code"], "name": one["name"]} for one in source["classes"]],
        "territory": [
            {"region": code, "unit": units[number % 2]} for number, code in enumerate(regions())
        ],
        "milestones": [{"name": "完成六成", "date": day(stand, 20), "share": 60}],
        **change,
    }


def begun(stand: Stand, **change: Any) -> str:
    return str(stand.done("POST", "/campaigns", form(stand, **change))["id"])


def table(rows: int | None = None) -> list[dict[str, Any]]:
    """The problems as a table's rows, by column."""
    made = []
    for one in problems()[:rows]:
        (indicator,) = one["indicators"]
        made.append(
            {
                "title": one["title"],
                "class": one["class"],
                "region": one["township"],
                "content": one["content"],
                "indicator": indicator["name"],
                "indicator_unit": indicator["unit"],
                "target": indicator["target"],
                "basis": "示例方案",
                "responsible": "张某",
                "head": "李某",
                "contact": "王某",
                "phone": "000-0000000",
                "ledger.people": 12,
            }
        )
    return made


def packed(rows: list[dict[str, Any]], heading: list[str] | None = None) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("登记")
    columns = heading or list(rows[0] | dict.fromkeys(LEDGER))
    sheet.append(columns)
    for row in rows:
        sheet.append([row.get(one) for one in columns])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# kind -> (column, what is put there); 20 kinds, each planted twice
FAULTS: list[tuple[str, Any]] = [
    ("title", None),
    ("title", "题" * 201),
    ("title", "=1+1"),
    ("class", "R9"),
    ("class", None),
    ("region", "310101"),
    ("region", "1401"),
    ("region", "太原市"),
    ("content", "  "),
    ("content", "字" * 20_001),
    ("indicator", None),
    ("indicator_unit", "米" * 51),
    ("target", None),
    ("target", "尽快推进"),
    ("phone", "0" * 51),
    ("responsible", "张\n某"),
    ("contact", None),
    ("ledger.people", "很多"),
    ("ledger.people", -3),
    ("ledger.solved_on", "2026-02-30"),
]


def planted(rows: list[dict[str, Any]]) -> set[tuple[int, str]]:
    """Forty faults, far apart; their cells (the first row under the heading is 2)."""
    cells = set()
    for number, (column, value) in enumerate(FAULTS * 2):
        at = 17 + number * 61
        rows[at] = rows[at] | {column: value}
        cells.add((at + 2, column))
    return cells


def send(stand: Stand, path: str, data: bytes, role: str = "supervisor", **headers: str) -> Any:
    token = stand.tokens["province", role]
    return stand.client.post(
        f"/api/v1{path}",
        data=data,
        content_type=workbooks.XLSX,
        headers={"Authorization": f"Bearer {token}", **headers},
    )


def test_of_2606_rows_with_40_faults_exactly_those_cells_are_named_and_none_is_registered(
    stand: Stand,
) -> None:
    second(stand)
    id = begun(stand)
    rows = table()
    assert len(rows) == 2606
    cells = planted(rows)
    assert len(cells) == 40
    data = packed(rows)
    told = send(stand, f"/campaigns/{id}/check", data).json
    assert (told["rows"], told["taken"]) == (2606, 2566)
    assert {(one["row"], one["column"]) for one in told["faults"]} == cells
    assert len(told["faults"]) == 40
    assert all(one["accepted"] for one in told["faults"])
    refused = send(stand, f"/campaigns/{id}/import", data)
    assert (refused.status_code, refused.json["code"]) == (422, "bad-input")
    assert {(one["row"], one["column"]) for one in refused.json["faults"]} == cells
    assert stand.got("/matters", "supervisor")["items"] == []
    marked_is_as_it_was_with_remarks(stand, id, data, cells)
    mended_is_registered_and_issued(stand, id)


def marked_is_as_it_was_with_remarks(
    stand: Stand, id: str, data: bytes, cells: set[tuple[int, str]]
) -> None:
    answer = send(stand, f"/campaigns/{id}/errors", data)
    assert answer.mimetype == workbooks.XLSX
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    heading = [one.value for one in sheet[1]]
    assert heading[-1] == workbooks.REMARKS
    red = {
        (cell.row, heading[cell.column - 1])
        for line in sheet.iter_rows(min_row=2)
        for cell in line
        if cell.fill.fill_type == "solid"
    }
    assert red == cells
    said = {row for row in range(2, sheet.max_row + 1) if sheet.cell(row, len(heading)).value}
    assert said == {row for row, _ in cells}
    assert all(one.data_type != "f" for line in sheet.iter_rows() for one in line)


def mended_is_registered_and_issued(stand: Stand, id: str) -> None:
    data = packed(table())
    key = {"Idempotency-Key": "railway"}
    made = send(stand, f"/campaigns/{id}/import", data, **key)
    assert made.status_code == 200, made.text
    counts = {one["code"]: one["count"] for one in document("railway")["classes"]}
    assert (made.json["registered"], made.json["issued"]) == (2606, 2606)
    assert made.json["classes"] == counts
    assert len(counts) == 6
    again = send(stand, f"/campaigns/{id}/import", data, **key)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (made.json, "true")
    twice = send(stand, f"/campaigns/{id}/import", data)
    assert (twice.status_code, len(twice.json["faults"])) == (422, 2606)
    found = stand.got(f"/campaigns/{id}/progress", "leader")
    assert (found["matters"], found["issued"], found["cleared"]) == (2606, 2606, 0)
    assert {one["class"]: one["matters"] for one in found["classes"]} == counts
    places = Counter(one["township"][:6] for one in problems())
    assert {one["region"]: one["matters"] for one in found["territory"]} == dict(places)
    units = Counter[str]()
    for one in found["territory"]:
        units[one["unit"]] += one["matters"]
    assert made.json["units"] == dict(units)
    assert len(units) == 2
    people = stand.got("/ledgers/daily/totals?group=city", "leader")
    assert people["total"]["people_sum"] == str(12 * 2606)
    assert sum(int(one["people_sum"]) for one in people["items"]) == 12 * 2606
    assert verify(stand.host).findings == []


def test_no_assignment_of_a_campaign_is_due_after_its_end(lite: Stand) -> None:
    last = day(lite, 5)
    id = begun(lite, ends=last, milestones=[])
    made = send(lite, f"/campaigns/{id}/import", packed(table(3)))
    assert made.status_code == 200, made.text
    held = lite.got("/assignments", "supervisor")["items"]
    assert [max(one["due"].values()) for one in held] == [end(last)] * 3
    ended = begun(lite, version="railway2025/1", ends=day(lite, -1), milestones=[])
    late = send(lite, f"/campaigns/{ended}/import", packed(table(3)))
    assert (late.status_code, late.json["code"]) == (409, "wrong-state")
    assert len(lite.got("/matters", "supervisor")["items"]) == 3


def test_an_extension_past_the_end_is_refused_and_one_up_to_it_granted(lite: Stand) -> None:
    last = day(lite, 40)
    id = begun(lite, ends=last, milestones=[])
    send(lite, f"/campaigns/{id}/import", packed(table(1)))
    (held,) = lite.got("/assignments", "supervisor")["items"]
    task = held["id"]

    def run(place: str, role: str, word: str, form: dict[str, Any]) -> None:
        actor = Actor(lite.nodes[place], "u1", role)
        work.run(lite.host, lite.places[place], actor, f"assignment.{word}", task, form)

    deliver(lite)
    run("city", "handler", "sign", {})
    contact = {"name": "王某", "phone": "000"}
    said = {"leader": "李某", "responsible": "张某", "contact": contact, "measures": "封闭"}
    run("city", "head", "deploy", said)
    run("city", "head", "extend", {"reason": "冻土", "until": day(lite, 41)})
    deliver(lite)
    with pytest.raises(DomainRefused) as caught:
        run("province", "leader", "grant-extension", {})
    assert (caught.value.code, caught.value.where) == ("bad-input", "until")
    assert caught.value.accepted == f"up to {last}"
    run("province", "leader", "grant-extension", {"until": last})
    (held,) = lite.got("/assignments", "supervisor")["items"]
    assert max(held["due"].values()) == end(last)


def test_the_template_can_be_filled_in_and_sent_back(lite: Stand) -> None:
    id = begun(lite)
    token = lite.tokens["province", "leader"]
    answer = lite.client.get(
        f"/api/v1/campaigns/{id}/template", headers={"Authorization": f"Bearer {token}"}
    )
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    sheet = book["登记"]
    codes = [one.value.split()[-1] for one in sheet[1]]
    assert codes[:3] == ["title", "class", "region"]
    assert set(LEDGER) < set(codes)
    assert "严禁涉密" in str([[one.value for one in line] for line in book["说明"].iter_rows()])
    (row,) = table(1)
    sheet.append([row.get(one) for one in codes])
    out = io.BytesIO()
    book.save(out)
    told = send(lite, f"/campaigns/{id}/check", out.getvalue()).json
    assert (told["rows"], told["taken"], told["faults"]) == (1, 1, [])


@pytest.mark.parametrize(
    ("change", "column"),
    [({"title": "title"}, "title"), ({"题目": "x"}, "题目")],
)
def test_a_heading_that_lacks_or_misnames_a_column_is_told_in_row_1(
    lite: Stand, change: dict[str, str], column: str
) -> None:
    id = begun(lite)
    (row,) = table(1)
    names = [one for one in row if one not in change] + [one for one in change if one not in row]
    told = send(lite, f"/campaigns/{id}/check", packed([row], names)).json
    assert [(one["row"], one["column"]) for one in told["faults"]] == [(1, column)]


def bomb(size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/worksheets/sheet1.xml", b" " * size)
    return out.getvalue()


def entities() -> bytes:
    """A workbook whose strings name an entity that a document type declares."""
    good = packed(table(1))
    out = io.BytesIO()
    evil = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
    with zipfile.ZipFile(io.BytesIO(good)) as read, zipfile.ZipFile(out, "w") as made:
        for one in read.namelist():
            made.writestr(one, evil if one.startswith("xl/worksheets/") else read.read(one))
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b"no zip", bomb(workbooks.MOST_UNPACKED + 1), bomb(10), entities()],
    ids=["empty", "text", "bomb", "no sheet", "entities"],
)
def test_what_is_no_bounded_workbook_is_refused_and_named(lite: Stand, data: bytes) -> None:
    id = begun(lite)
    for path in ("check", "errors", "import"):
        answer = send(lite, f"/campaigns/{id}/{path}", data)
        assert (answer.status_code, answer.json["code"]) == (422, "bad-input"), answer.text
        assert ".xlsx" in answer.json["accepted"]


def test_a_table_with_too_many_rows_is_refused(
    lite: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = begun(lite)
    monkeypatch.setattr(workbooks, "MOST_ROWS", 2)
    assert send(lite, f"/campaigns/{id}/check", packed(table(2))).status_code == 200
    assert send(lite, f"/campaigns/{id}/check", packed(table(3))).status_code == 422


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"ends": "2020-10-01", "milestones": []}, "ends"),
        ({"ends": "2026-11-31"}, "ends"),
        ({"classes": []}, "classes"),
        ({"version": "rail/1"}, "version"),
        ({"milestones": [{"name": "x", "date": "2020-02-01", "share": 1}]}, "milestones"),
    ],
)
def test_a_campaign_out_of_form_says_where(lite: Stand, change: dict[str, Any], where: str) -> None:
    answer = lite.ask("POST", "/campaigns", "supervisor", form(lite, **change))
    assert (answer.status_code, answer.json["where"]) == (422, where), answer.text


def test_a_campaign_gives_only_to_units_below_and_only_supervisors_publish(lite: Stand) -> None:
    strange = form(lite, territory=[{"region": "140105", "unit": "z" * 32}])
    answer = lite.ask("POST", "/campaigns", "supervisor", strange)
    assert (answer.status_code, answer.json["where"]) == (403, "territory[0].unit")
    assert lite.ask("POST", "/campaigns", "registrar", form(lite)).status_code == 403
    id = begun(lite)
    assert send(lite, f"/campaigns/{id}/import", packed(table(1)), "leader").status_code == 403
    (held,) = lite.got("/campaigns", "leader")["items"]
    assert (held["id"], held["title"]) == (id, form(lite)["title"])


def test_a_registration_by_hand_must_fit_the_campaign_that_it_names(lite: Stand) -> None:
    id = begun(lite)
    (row,) = table(1)
    by_hand = {
        "title": row["title"], "board": "daily", "grade": "major", "content": row["content"],
        "source": "import", "basis": "示例方案", "responsible": "张某", "head": "李某",
        "indicators": [{"name": "封闭水井", "unit": "口", "target": "1"}],
        "contact": {"name": "王某", "phone": "000"}, "campaign": id, "class": "R1",
    }  # fmt: skip
    for change, where in (
        ({"class": "R7"}, "class"),
        ({"grade": "general"}, "grade"),
        ({"campaign": id[:-1] + "x"}, "campaign"),
    ):
        answer = lite.ask("POST", "/matters", "registrar", by_hand | change)
        assert (answer.status_code, answer.json["where"]) == (422, where), answer.text
    assert lite.ask("POST", "/matters", "registrar", by_hand).status_code == 201
