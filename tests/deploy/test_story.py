"""The story is fixed before it runs: its routes exist, its steps are in order, its sums add up."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from deploy.demo.story import ENDINGS, LAST_DAY, STEPS, Errand, errands, expected
from deploy.sample import document
from deploy.topology import DEMO
from node.service.topology import load

TOPOLOGY = load(DEMO)
STORY = errands(TOPOLOGY)
CAST = [errand for errand in STORY if errand.name.startswith("M")]


def test_it_tells_all_43_matters_and_2606_problems() -> None:
    assert [e.name for e in CAST] == [m["id"] for m in document("matters")["matters"]]
    assert len(STORY) == 43 + 2606


@pytest.mark.parametrize("errand", CAST, ids=lambda errand: errand.name)
def test_each_route_leads_down_the_tree_of_its_domain(errand: Errand) -> None:
    for key in (errand.lead, *errand.cohandlers):
        assert errand.registrar in TOPOLOGY.chain(key, errand.domain)[:-1]
    chain = (errand.lead, *errand.down)
    for above, below in itertools.pairwise(chain):
        assert TOPOLOGY.bodies[below].parents[errand.domain] == above
    holders = [slip.holder for slip in errand.slips]
    assert len(holders) == len(set(holders))


def test_every_domain_and_every_ending_occurs() -> None:
    assert {e.ending for e in CAST} == set(ENDINGS)
    assert {e.domain for e in CAST} == {"gov", "party"}


def test_lead_and_co_handler_meet_across_branches() -> None:
    def branch(key: str) -> str:
        return TOPOLOGY.chain(key, "gov")[1]

    crossing = [
        e for e in CAST for co in e.cohandlers
        if e.domain == "gov" and e.registrar == "sx" and branch(e.lead) != branch(co)
    ]  # fmt: skip
    assert len(crossing) >= 5


def test_the_polling_township_is_given_matters_as_lead_as_part_and_as_co_handler() -> None:
    assert any("wx-pl" in e.cohandlers for e in CAST)
    assert any("wx-pl" in e.down for e in CAST)
    assert any(e.lead == "wx-pl" for e in STORY)


def test_every_body_but_a_root_is_given_something() -> None:
    holders = {slip.holder for e in STORY for slip in e.slips}
    assert holders == set(TOPOLOGY.bodies) - set(TOPOLOGY.roots.values())


def test_steps_come_in_order_and_end_before_the_last_day() -> None:
    for ending, steps in ENDINGS.items():
        assert [s for s in STEPS if s in steps] == list(steps), ending
        assert list(steps.values()) == sorted(steps.values()), ending
    assert max(day for e in STORY for day in e.steps.values()) <= LAST_DAY


def test_the_stated_totals_add_up() -> None:
    gov, party = expected(STORY, "gov"), expected(STORY, "party")
    assert gov.matters + party.matters == 2649
    assert sum(gov.states.values()) == gov.matters
    assert sum(gov.tasks.values()) == gov.assignments
    assert gov.assignments + party.assignments == sum(len(e.slips) for e in STORY)
    counted = Counter(e.ending for e in CAST if e.domain == "gov")
    assert gov.states["STRUCK"] == 2606 + counted["struck"] + counted["late"] + counted["redone"]
    assert gov.states["CANCELLED"] == counted["cancelled"] == 2
    assert party.states == {"STRUCK": 1}


def test_an_awaited_ruling_leaves_only_the_leads_own_slip_open() -> None:
    waiting = next(e for e in CAST if e.ending == "waiting" and e.down and e.cohandlers)
    totals = expected([waiting], "gov")
    assert totals.tasks == {"CLOSE_REQ": 1, "CLOSED": len(waiting.slips) - 1}
    assert totals.states == {"OPEN": 1}
