"""The machine's tables equal their golden copy and picture, and do what the specification says."""

import json
import re

import pytest

from node.domain.calendar import WARN
from node.domain.crossing import NEUTRAL
from node.domain.draft import BESIDE
from node.domain.machine import (
    ASSIGNMENT_MOVES,
    ASSIGNMENT_STATES,
    ASSIGNMENT_TRANSITIONS,
    ENDED,
    MATTER_MOVES,
    MATTER_STATES,
    MATTER_TRANSITIONS,
    Moves,
)
from schemas.assignments import ASSIGNMENTS
from schemas.intake import DRAFTS
from schemas.matters import MATTERS
from tests.node.domain.cast import full
from tests.node.domain.machine_page import GOLDEN, HOME, PAGE, TABLES, golden, page

SPEC = HOME / "docs" / "spec" / "07-apply.md"
# Those that intake.py's drafts will carry, in the registrar's `own` stream.


def test_the_tables_equal_their_golden_copy() -> None:
    assert json.loads(GOLDEN.read_text(encoding="utf-8")) == golden()


def test_the_page_with_the_picture_is_made_from_the_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_all_27_transitions_the_request_for_a_pause_and_merging_are_stated() -> None:
    stated = {row.id for _, table in TABLES.values() for row in table}
    assert stated == {f"T{number:02}" for number in range(1, 29)} | {"T03a", "T25a"}


def test_every_row_is_live() -> None:
    dead = {
        row.id
        for _, table in TABLES.values()
        for row in table
        if row.event is None and row.on != "assignments"
    }
    assert dead == set()


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_row_leads_between_states_that_exist_and_every_state_is_reached(name: str) -> None:
    states, table = TABLES[name]
    for row in table:
        assert {start for start in row.start if start} <= set(states)
        assert row.to is None or row.to in states
        assert set(row.stops) <= set(WARN)
        assert row.on in ("self", "draft", "part", "assignments")
    assert {row.to for row in table} - {None} == set(states)


def test_every_live_event_type_has_a_schema_and_every_state_changing_type_a_row() -> None:
    live = {row.event for _, table in TABLES.values() for row in table if row.event}
    assert live == {*MATTERS, *ASSIGNMENTS, *DRAFTS} - NEUTRAL - set(BESIDE)


def test_the_live_rows_of_an_assignment_are_those_of_the_specification() -> None:
    section = SPEC.read_text(encoding="utf-8").split("## States of an assignment")[1]
    rows = re.findall(r"^\| `(\w+)` \| ([A-Z_ ]+|none) \| ([A-Z_]+|stays) \|$", section, re.M)
    told = {
        (full(event), None if start == "none" else start): start if to == "stays" else to
        for event, starts, to in rows
        for start in starts.split()
    }
    assert told == ASSIGNMENT_MOVES.steps


def test_the_live_rows_of_a_matter_are_those_of_the_specification() -> None:
    assert dict(MATTER_MOVES.steps) == {
        ("duban.matter.registered", None): "APPROVED",
        ("duban.matter.struck", "APPROVED"): "STRUCK",
        ("duban.matter.cancelled", "APPROVED"): "CANCELLED",
        ("duban.matter.merged", "APPROVED"): "MERGED",
        ("duban.matter.paused", "APPROVED"): "APPROVED",
        ("duban.matter.resumed", "APPROVED"): "APPROVED",
    }


@pytest.mark.parametrize(
    ("moves", "states"),
    [(MATTER_MOVES, MATTER_STATES), (ASSIGNMENT_MOVES, ASSIGNMENT_STATES)],
    ids=["matter", "assignment"],
)
def test_what_no_row_names_is_not_allowed(moves: Moves, states: dict[str, str]) -> None:
    for event in (*MATTERS, *ASSIGNMENTS):
        for state in (None, *states):
            named = (event, state) in moves.steps
            assert (moves.after(state, event) is not None) is named


def test_each_clock_is_stopped_by_one_event_and_endings_end_them_all() -> None:
    stops = {row.event: row.stops for row in ASSIGNMENT_TRANSITIONS if row.stops}
    assert stops == {
        full("deployed"): ("k1",),
        full("reported"): ("k3",),
        full("clearance_applied"): ("k7", "km", "kp"),
    }
    ending = {row.event for row in ASSIGNMENT_TRANSITIONS if row.ends}
    assert ending == {full(name) for name in ("granted", "struck", "cancelled", "relieved")}
    assert {row.to for row in ASSIGNMENT_TRANSITIONS if row.ends} == ENDED


def test_a_subdivision_moves_the_part_and_not_the_whole() -> None:
    (row,) = [row for row in ASSIGNMENT_TRANSITIONS if row.on == "part"]
    assert (row.id, row.to) == ("T13", None)
    assert ASSIGNMENT_MOVES.after("DOING", full("issued")) is None


def test_a_matter_opens_and_closes_by_its_assignments_alone() -> None:
    follows = {row.id for row in MATTER_TRANSITIONS if row.on == "assignments"}
    assert follows == {"T07", "T22", "T23", "T25a"}


def test_what_leaves_the_state_as_it_is_leaves_room_and_is_left_room_where_it_is_allowed() -> None:
    still = {name.rpartition(".")[2] for name in ASSIGNMENT_MOVES.still}
    assert still == {
        "reported", "extension_asked", "extended", "extension_refused", "plan_asked",
        "plan_refused", "pause_asked", "regrouped", "ruled", "redated",
    }  # fmt: skip
    room = [
        (winner, loser)
        for winner in ("paused", "resumed", "hung", "returned", "granted", "cancelled", "extended")
        for loser in ("reported", "clearance_applied", "extension_asked")
        if ASSIGNMENT_MOVES.leaves_room(full(winner), full(loser))
    ]
    assert room == [
        ("paused", "reported"),
        ("resumed", "reported"),
        ("resumed", "extension_asked"),
        ("hung", "reported"),
        ("returned", "reported"),
        ("returned", "extension_asked"),
        ("extended", "reported"),
        ("extended", "clearance_applied"),
        ("extended", "extension_asked"),
    ]
