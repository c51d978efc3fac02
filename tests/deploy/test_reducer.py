"""The independent reducer, on journals made by hand: equal books pass, anything else is named."""

from __future__ import annotations

import ast
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.demo import journals, opinion, reducer

HERE = Path(reducer.__file__)
OURS = ("deploy.demo.journals", "deploy.demo.reducer")  # of the second opinion itself
TOWN, ROOT, CITY = "t" * 32, "r" * 32, "c" * 32


def found(books: Any, shown: Any) -> list[str]:
    return opinion.differences(books.journals, "gov", shown)[1]


def imported(path: str | None) -> set[str]:
    names = set[str]()
    for step in ast.walk(ast.parse(Path(path or "").read_text(encoding="utf-8"))):
        if isinstance(step, ast.ImportFrom):
            names.add(step.module or ".")
        elif isinstance(step, ast.Import):
            names |= {alias.name for alias in step.names}
    return names


def test_it_is_short_and_imports_only_the_standard_library() -> None:
    assert len(HERE.read_text(encoding="utf-8").splitlines()) <= 200
    for module in (reducer, journals):
        assert imported(module.__file__) <= set(sys.stdlib_module_names)
    assert imported(opinion.__file__) <= {*sys.stdlib_module_names, *OURS}


def test_equal_books_show_no_difference(books: Any, shown: Any) -> None:
    totals, lines = opinion.differences(books.journals, "gov", shown)
    assert lines == []
    assert totals == {"assignments": 2, "matters": 1, "drafts": 0, "states": {"STRUCK": 1}}


def test_another_domain_has_no_rows(books: Any, shown: Any) -> None:
    assert len(opinion.differences(books.journals, "party", shown)[1]) == 3


def test_any_one_event_deleted_from_any_one_journal_is_noticed(books: Any, shown: Any) -> None:
    tried = 0
    for node, path in books.paths.items():
        with sqlite3.connect(path) as base:
            rows = base.execute(
                "SELECT * FROM events WHERE tenant = ?", (books.ids[node],)
            ).fetchall()
        for row in rows:
            assert books.run(node, "DELETE FROM events WHERE tenant = ? AND head = ?",
                             row[0], row[7]) == 1  # fmt: skip
            assert found(books, shown), row[8]
            books.run(node, f"INSERT INTO events VALUES ({','.join('?' * 13)})", *row)
            tried += 1
    assert tried > 30
    assert found(books, shown) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("state", "DOING"), ("due", {}), ("verdict", {"k1": None}), ("struck", False)],
)
def test_a_field_that_differs_is_named(books: Any, shown: Any, field: str, value: Any) -> None:
    shown["assignments"][1][field] = value
    lines = found(books, shown)
    assert len(lines) == 1
    assert f": {field} is " in lines[0]


def test_a_row_too_many_or_too_few_or_twice_is_named(books: Any, shown: Any) -> None:
    extra = {**shown, "matters": [*shown["matters"], {"id": "matter:x:1", "state": "OPEN"}]}
    assert found(books, extra) == ["matter:x:1: shown, but in no book"]
    assert found(books, {**shown, "matters": []})[0].endswith("not shown")
    assert found(books, {**shown, "matters": shown["matters"] * 2}) == ["a row is shown twice"]


def test_an_altered_payload_is_noticed(books: Any, shown: Any) -> None:
    books.run(TOWN, "UPDATE events SET payload = CAST(replace(payload, '00', '11') AS BLOB)"
              " WHERE tenant = 3 AND stream = 'up' AND seq = 3")  # fmt: skip
    assert any("other payload" in line for line in found(books, shown))


def test_an_erased_payload_of_a_neutral_event_is_no_difference(books: Any, shown: Any) -> None:
    head = books.write(ROOT, f"to/{CITY}", "assignment.urged", shown["assignments"][0]["id"],
                       holders="rc", text="quick")  # fmt: skip
    for node in (ROOT, CITY):
        books.run(node, "UPDATE events SET payload = NULL WHERE head = ?", head)
    assert found(books, shown) == []


def cancelled(books: Any, *, seen: bool) -> dict[str, Any]:
    """A cancelling by one who had, or had not, applied the assignee's application."""
    matter, task = f"matter:{ROOT}:00000009", f"assignment:{ROOT}:00000009"
    w, due = books.write, {"k1": "2026-03-03T16:00:00Z", "k7": "2026-03-09T16:00:00Z"}
    w(ROOT, "up", "matter.registered", matter, holders="r")
    a = w(ROOT, f"to/{CITY}", "assignment.issued", task, holders="rc", matter=matter,
          kind="lead", parent=None, due=due)  # fmt: skip
    w(CITY, "up", "assignment.signed", task, holders="rc", re=(a,))
    b = w(CITY, "up", "assignment.deployed", task, holders="rc", re=(a,))
    ruling = w(ROOT, "up", "matter.cancelled", matter, holders="r", grounds="g")
    c = w(CITY, "up", "assignment.clearance_applied", task, holders="rc", re=(a,))
    w(ROOT, f"to/{CITY}", "assignment.urged", task, holders="rc", re=(b,), text="quick")
    w(ROOT, f"to/{CITY}", "assignment.cancelled", task, holders="rc", matter=matter,
      re=(c if seen else b,), repeats=ruling)  # fmt: skip
    verdict = {"k1": "on_time", "k7": "on_time" if seen else None}
    row = {"id": task, "state": "CANCELLED", "due": due, "verdict": verdict, "struck": False}
    return {"assignments": [row], "matters": [{"id": matter, "state": "CANCELLED"}], "drafts": []}


@pytest.mark.parametrize("seen", [True, False])
def test_a_registrars_cancelling_beats_what_it_crossed(books: Any, seen: bool) -> None:
    assert found(books, cancelled(books, seen=seen)) == []


def test_a_returned_clearance_opens_its_clock_again(books: Any) -> None:
    matter, task = f"matter:{ROOT}:00000005", f"assignment:{ROOT}:00000005"
    w, due = books.write, {"km": "2026-04-02T16:00:00Z"}
    w(ROOT, "up", "matter.registered", matter, holders="r")
    a = w(ROOT, f"to/{CITY}", "assignment.issued", task, holders="rc", matter=matter,
          kind="lead", parent=None, due=due)  # fmt: skip
    w(CITY, "up", "assignment.signed", task, holders="rc", re=(a,))
    w(CITY, "up", "assignment.deployed", task, holders="rc", re=(a,))
    b = w(CITY, "up", "assignment.clearance_applied", task, holders="rc", re=(a,))
    c = w(ROOT, f"to/{CITY}", "assignment.returned", task, holders="rc", re=(b,), reason="r",
          due={"km": "2026-04-05T16:00:00Z"})  # fmt: skip
    row = {"id": task, "state": "DOING", "due": {"km": "2026-04-05T16:00:00Z"},
           "verdict": {"km": None}, "struck": False}  # fmt: skip
    shown = {"assignments": [row], "matters": [{"id": matter, "state": "OPEN"}], "drafts": []}
    assert found(books, shown) == []
    w(CITY, "up", "assignment.clearance_applied", task, holders="rc", re=(c,),
      time="2026-04-05T15:59:59Z")  # fmt: skip
    row |= {"state": "CLOSE_REQ", "verdict": {"km": "on_time"}}
    assert found(books, shown) == []


def test_a_ruling_on_lateness_judges_what_stopped_the_clock_and_nothing_later(books: Any) -> None:
    matter, task = f"matter:{ROOT}:00000007", f"assignment:{ROOT}:00000007"
    w, due = books.write, {"k1": "2026-03-03T16:00:00Z"}
    w(ROOT, "up", "matter.registered", matter, holders="r")
    a = w(ROOT, f"to/{CITY}", "assignment.issued", task, holders="rc", matter=matter,
          kind="lead", parent=None, due=due)  # fmt: skip
    w(CITY, "up", "assignment.signed", task, holders="rc", re=(a,))
    at = "2026-03-03T15:00:00Z"
    b = w(CITY, "up", "assignment.deployed", task, holders="rc", re=(a,), time=at)
    row = {"id": task, "state": "DOING", "due": due, "verdict": {"k1": "on_time"}, "struck": False}
    shown = {"assignments": [row], "matters": [{"id": matter, "state": "OPEN"}], "drafts": []}
    said = {"clock": "k1", "of": b, "submitted": "2026-03-03T16:00:00Z"}
    w(ROOT, f"to/{CITY}", "assignment.ruled", task, holders="rc", re=(b,), stated=a[:20], **said)
    assert found(books, shown) == []
    w(ROOT, f"to/{CITY}", "assignment.ruled", task, holders="rc", re=(b,), stated=at, **said)
    row["verdict"] = {"k1": "late"}
    assert found(books, shown) == []


def test_what_does_not_fit_the_state_moves_nothing(books: Any) -> None:
    matter, task = f"matter:{ROOT}:00000006", f"assignment:{ROOT}:00000006"
    w, due = books.write, {"k1": "2026-03-03T16:00:00Z", "k3": "2026-03-05T16:00:00Z"}
    w(ROOT, "up", "matter.registered", matter, holders="r")
    a = w(ROOT, f"to/{CITY}", "assignment.issued", task, holders="rc", matter=matter,
          kind="lead", parent=None, due=due)  # fmt: skip
    w(CITY, "up", "assignment.deployed", task, holders="rc", re=(a,))
    b = w(CITY, "up", "assignment.reported", task, holders="rc", re=(a,))
    w(ROOT, f"to/{CITY}", "assignment.granted", task, holders="rc", re=(b,), mark="good")
    row = {"id": task, "state": "ISSUED", "due": due, "verdict": {"k1": None, "k3": None},
           "struck": False}  # fmt: skip
    assert (
        found(
            books,
            {"assignments": [row], "matters": [{"id": matter, "state": "OPEN"}], "drafts": []},
        )
        == []
    )


def test_it_runs_as_a_script_and_its_exit_code_tells(
    books: Any, shown: Any, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps(shown), encoding="utf-8")
    command = [sys.executable, "-m", opinion.__name__, "gov", str(rows), *books.journals]
    root = HERE.parents[2]
    assert subprocess.run(command, check=False, capture_output=True, cwd=root).returncode == 0
    rows.write_text(json.dumps({"assignments": [], "matters": [], "drafts": []}), encoding="utf-8")
    ended = subprocess.run(command, check=False, capture_output=True, text=True, cwd=root)
    assert ended.returncode == 1
    assert "not shown" in ended.stdout
