"""The sample content is whole, says that it is synthetic, and adds up."""

from __future__ import annotations

from collections import Counter
from typing import Any

from deploy.sample import HERE, divisions, document
from deploy.sample.railway import problems, share

BOARDS = {"daily", "key-work", "reform", "key-project", "technical-upgrade", "investment"}
ZONES = {"71", "72", "73", "74"}


def test_the_places_make_one_tree_of_the_known_size() -> None:
    places = divisions()
    zones = [c for c, row in places.items() if row["level"] == "county" and c[4:] in ZONES]
    assert Counter(row["level"] for row in places.values()) == {
        "province": 1,
        "city": 11,
        "county": 121,
        "township": 1278,
    }
    assert len(zones) == 4
    above = {"city": "province", "county": "city", "township": "county"}
    for row in places.values():
        if row["level"] != "province":
            assert places[row["parent_code"]]["level"] == above[row["level"]]


def test_the_departments_complete_the_8907_nodes_and_say_synthetic() -> None:
    organs = document("departments")
    assert organs["synthetic"] is True
    sizes = {key: len(rows) for key, rows in organs.items() if isinstance(rows, list)}
    assert sizes == {
        "provincial_units_75": 75,
        "city_departments_53": 53,
        "county_departments_58": 58,
        "zone_departments_13": 13,
        "beyond_8907_party_provincial": 18,
        "beyond_8907_central_in_shanxi": 28,
    }
    assert 1 + 75 + 11 + 11 * 53 + 117 + 117 * 58 + 4 + 4 * 13 + 1278 == 8907


def test_43_matters_cover_the_six_boards_each_with_all_that_a_registration_needs() -> None:
    source = document("matters")
    matters = source["matters"]
    assert source["synthetic"] is True
    assert [m["id"] for m in matters] == [f"M{n:02d}" for n in range(1, 44)]
    assert {m["board"] for m in matters} == BOARDS
    assert {m["grade"] for m in matters} <= {"general", "major", "complex"}
    for matter in matters:
        assert matter["synthetic"] is True
        for field in ("title", "content", "source", "basis", "responsible", "head"):
            assert matter[field].strip(), (matter["id"], field)
        assert matter["contact"]["name"].endswith("(虚构)")
        assert matter["contact"]["phone"].startswith("000-")
        assert matter["indicators"]
        for indicator in matter["indicators"]:
            assert all(indicator[part] for part in ("name", "unit", "target"))


def test_the_readme_says_where_all_files_come_from() -> None:
    text = (HERE / "README.md").read_text(encoding="utf-8")
    assert "synthetic" in text
    for path in HERE.iterdir():
        if path.suffix in {".json", ".csv"}:
            assert path.name in text


def by(rows: list[dict[str, Any]], field: str) -> Counter[str]:
    return Counter(row[field] for row in rows)


def test_the_railway_has_2606_problems_in_six_classes_over_eight_townships() -> None:
    rail, rows = document("railway"), problems()
    assert len(rows) == rail["campaign"]["total"] == 2606
    assert by(rows, "class") == {c["code"]: c["count"] for c in rail["classes"]}
    assert len(rail["classes"]) == 6
    lengths = {stretch["code"]: stretch["km"] for stretch in rail["line"]}
    found = by(rows, "township")
    assert found.keys() == lengths.keys()
    assert len(lengths) == 8
    for code, km in lengths.items():
        assert abs(found[code] - 2606 * km / sum(lengths.values())) < 6
    assert all(row["synthetic"] is True for row in rows)
    assert len({row["title"] for row in rows}) == 2606
    places = divisions()
    assert all(places[row["township"]]["parent_code"] == row["county"] for row in rows)


def test_the_same_seed_gives_the_same_problems_and_another_seed_others() -> None:
    assert problems() == problems()
    assert problems(1) != problems(2)
    assert by(problems(1), "township") == by(problems(2), "township")


def test_a_division_by_proportion_loses_nothing() -> None:
    for total in (0, 1, 7, 418, 2606):
        assert sum(share(total, [11.0, 9.5, 6.0, 0.1])) == total
