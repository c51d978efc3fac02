"""Some weeks of the four years, played by real processes over real HTTP, hosts killed on the way.

It is the code of `python -m bench four-years`, with a small tree and few matters.
"""

from __future__ import annotations

import shutil
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bench.years import check, compared, drive
from bench.years.figures import Span
from bench.years.plan import Plan
from bench.years.stage import FIELDS
from bench.years.tree import read, smaller
from deploy.topology.shanxi import tree as shanxi
from node.service.calendars import national

SPAN = Span(120, 7, date(2018, 3, 26), date(2018, 4, 27))
PORT = 9640


class Played:
    """What is left of a run: its folder, the root's rows, what was wrong, and how it went."""

    def __init__(self, folder: Path) -> None:
        self.folder, document = folder, smaller(shanxi(12), 2, 2, 2)
        body = read(document)
        self.plan = Plan(SPAN, body, national())
        drive.found(folder, document, PORT)
        heard = list[int]()
        with drive.drive(folder, self.plan, body) as play:
            play.play(heard.append, [(8, "act"), (14, "exchange")])
            self.faults, self.shown = compared(play, self.plan, body)
            play.rest()
            self.kept, self.hosts = play.kept, len(play.crew.ports)
        self.heard = heard


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return Played(tmp_path_factory.mktemp("years"))


def test_the_picture_is_the_sum_of_the_books_though_hosts_were_killed(played: Played) -> None:
    assert played.hosts == 3
    assert played.kept.kills == 2
    assert played.faults == []
    assert played.heard[-1] == played.plan.totals.steps


def test_the_picture_has_the_totals_that_were_stated_beforehand(played: Played) -> None:
    assert check.stated(played.plan.totals, played.shown) == []
    assert len(played.shown["matters"]) == 120
    fewer = {**played.shown, "matters": played.shown["matters"][1:]}
    assert check.stated(played.plan.totals, fewer)


def test_a_reducer_of_its_own_comes_to_the_same_rows(played: Played) -> None:
    assert check.second(played.folder, played.shown) == []


def test_a_row_that_differs_in_one_book_or_in_the_picture_is_named(played: Played) -> None:
    shown: Any = played.shown
    one = shown["assignments"][0]
    given = [("n", *(row[name] for name in FIELDS)) for row in shown["assignments"]]
    registered = [("n", row["id"], row["state"], row["board"]) for row in shown["matters"]]
    books = [{"assignments": given, "matters": registered}]
    rows, faults = check.united(books)
    assert (faults, check.against(rows, shown)) == ([], [])
    assert len(check.against(rows, {**shown, "assignments": shown["assignments"][1:]})) == 1
    changed = {**shown, "assignments": [{**one, "state": "X"}, *shown["assignments"][1:]]}
    assert len(check.against(rows, changed)) == 1
    other: Any = {"assignments": [("m", one["id"], "X", {}, {}, False)], "matters": []}
    assert len(check.united([*books, other])[1]) == 1


def test_dropping_one_event_makes_it_fail(played: Played, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(played.folder, copy)
    path = check.journals_of(copy)[-1]
    base = sqlite3.connect(path)
    with base:
        base.execute("PRAGMA foreign_keys = OFF")
        base.execute(
            "DELETE FROM journal WHERE pos = (SELECT max(pos) FROM journal"
            " WHERE type = 'duban.assignment.clearance_applied')"
        )
    base.close()
    assert check.second(copy, played.shown)


def test_a_folder_goes_on_only_with_its_own_plan(played: Played) -> None:
    kept = drive.kept_in(played.folder, played.plan)
    assert kept.day == len(played.plan.days)
    other = Plan(Span(121, 7, SPAN.first, SPAN.last), played.plan.tree, national())
    with pytest.raises(ValueError, match="another plan"):
        drive.kept_in(played.folder, other)
