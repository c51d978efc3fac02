"""The second chapter is fixed before it runs: at its end every state is held; its sums add up."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from deploy.demo import chapter
from deploy.demo.chapter import DOMAIN, Line, Scene
from deploy.demo.client import OPERATIONS, PUBLIC
from deploy.demo.found import prepare
from deploy.demo.players import Cast, commands_in, differing
from deploy.demo.story import LAST_DAY, START, Expected, errands, expected
from deploy.topology import DEMO
from node.domain.machine import ASSIGNMENT_STATES, MATTER_STATES
from node.domain.permissions import COMMANDS
from node.domain.triage import TRIAGE_COMMANDS
from node.service.topology import load
from schemas.api.forms import read

TOPOLOGY = load(DEMO)
SCENES = chapter.scenes()
STATED = expected(errands(TOPOLOGY), DOMAIN) + chapter.expected(SCENES, DOMAIN)
each = pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)


@pytest.fixture
def cast(tmp_path: Path) -> Cast:
    fed = prepare(TOPOLOGY, tmp_path)
    fed.ids.update({key: f"node-of-{key}" for key in TOPOLOGY.bodies})
    return Cast(fed, SCENES, START, lambda _: None)


def test_every_state_of_both_machines_is_held_by_something() -> None:
    assert set(STATED.states) | set(STATED.drafts) == set(MATTER_STATES)
    assert set(STATED.tasks) == set(ASSIGNMENT_STATES)
    assert all(count > 0 for count in (*STATED.states.values(), *STATED.tasks.values()))


def test_some_are_yellow_and_some_are_overdue() -> None:
    lights = Counter(light for scene in SCENES for _, light in scene.slips.values())
    assert min(lights[one] for one in ("green", "yellow", "red", None)) >= 3


@each
def test_a_scene_makes_exactly_what_its_end_names_before_it_is_acted_upon(scene: Scene) -> None:
    made = set[str]()
    for line in scene.lines:
        if line.do not in chapter.STARTS:
            assert line.on in made, (line.do, line.on)
        made |= {name for name, _ in line.gives()}
    assert made == set(scene.ends)


@each
def test_its_days_are_in_order_and_its_bodies_below_those_who_give(scene: Scene) -> None:
    days = [line.day for line in scene.lines]
    assert days == sorted(days)
    assert days[-1] <= LAST_DAY
    for line in scene.lines:
        for _, holder in line.gives():
            if holder:
                assert line.by in TOPOLOGY.chain(holder, DOMAIN)[:-1]


@each
def test_every_command_has_a_lawful_form_and_a_role_that_may_give_it(
    scene: Scene, cast: Cast
) -> None:
    cast.ids[scene.name] = dict.fromkeys(scene.ends, "matter:x:00000001")
    for line in scene.lines:
        kind, word = line.do.split(".")
        role = line.role or OPERATIONS[line.do][1]
        table = TRIAGE_COMMANDS if kind == "draft" else COMMANDS
        if kind == "track":
            assert role == PUBLIC
            continue
        word = "draft" if line.do == "draft.start" else word
        assert role in table[word].roles, line.do
        said = cast.said(line.say, cast.ids[scene.name])
        assert read(f"{kind}.{word}", said)[1:] == ("", ""), line.do


def test_words_stand_for_nodes_objects_and_dates(cast: Cast) -> None:
    said = cast.said({"lead": "@ty", "into": "#matter", "until": ["$0", "$-2"], "score": 5},
                      {"matter": "m1"})  # fmt: skip
    first = date(2026, 3, 2)
    days = [str(first), str(first - timedelta(2))]
    assert said == {"lead": "node-of-ty", "into": "m1", "until": days, "score": 5}


def test_a_second_matter_s_slips_bear_its_number() -> None:
    say = {"lead": "@ty", "cohandlers": ["@cz"]}
    assert list(Line(0, "sx", "matter.issue", "matter2", say, "").gives()) == [
        ("ty2", "ty"), ("cz2", "cz"),
    ]  # fmt: skip
    assert list(Line(0, "sx", "draft.approve", "draft2", {}, "").gives()) == [("matter2", "")]
    assert list(Line(0, "ty", "assignment.sign", "ty", {}, "").gives()) == []


def test_the_investment_ledger_s_totals_are_the_sum_of_what_issaid() -> None:
    stated, signed, funds = chapter.ledgers()["investment"], Decimal(0), Decimal(0)
    began = Counter[str]()
    for scene in SCENES:
        told = [line.say["ledger"] for line in scene.lines if "ledger" in line.say]
        last = {name: value for values in told for name, value in values.items()}
        signed += Decimal(last.get("signed_amount", 0))
        funds += Decimal(last.get("funds", 0))  # each report says the whole so far
        began.update(last.keys())
    assert (Decimal(stated["signed_sum"]), Decimal(stated["funds_sum"])) == (signed, funds)
    for total, field in (("signed", "signed_on"), ("started", "started_on"),
                         ("produced", "produced_on")):  # fmt: skip
        assert stated[total] == began[field] > 0


def test_totals_of_both_chapters_are_added(cast: Cast) -> None:
    one = Expected(1, {"OPEN": 1}, 2, {"DOING": 2}, {"LEAD": 1})
    other = Expected(2, {"OPEN": 1, "STRUCK": 1}, 1, {"CLOSED": 1})
    sums = Expected(3, {"OPEN": 2, "STRUCK": 1}, 3, {"DOING": 2, "CLOSED": 1}, {"LEAD": 1})
    assert one + other == sums
    assert chapter.expected(SCENES, "party") == Expected(0, {}, 0, {})
    assert commands_in(SCENES) == sum(len(scene.lines) for scene in SCENES)


def test_an_object_that_ended_otherwise_than_stated_is_named(cast: Cast) -> None:
    rows = []
    for scene in SCENES:
        for name, state in scene.ends.items():
            id = cast.ids[scene.name][name] = f"{scene.name}/{name}"
            light = scene.slips[name][1] if name in scene.slips else None
            rows.append({"id": id, "state": state, "light": light})
    assert differing(cast, {"all": rows}) == []
    rows[0]["state"] = "LEAD"
    late = next(row for row in rows if row["light"] == "yellow")
    late["light"] = "red"
    assert len(differing(cast, {"all": rows})) == 2
    assert len(differing(cast, {"all": rows[1:]})) == 2
