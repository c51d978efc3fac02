"""Commands on ledgers and campaigns: who may publish, what a version may change, values entered."""

from __future__ import annotations

from typing import Any

import pytest

from node.domain import commands as c
from node.domain.commands import Actor, DomainRefused
from node.domain.ledger import read_values
from node.domain.ledgers import DEFAULTS
from node.domain.matter import fold_matter
from tests.node.domain.cast import CITY, MATTER, ROOT, TREE, Pen
from tests.schemas.rule_examples import CAMPAIGN, LEDGER
from tests.schemas.rule_examples import LAWFUL as RULES

BOSS = Actor(ROOT, "u1", "supervisor")
INVESTMENT = DEFAULTS["investment"]
SECOND = {**INVESTMENT, "version": "investment/2"}
RAILWAY = {name: one for name, one in RULES["duban.campaign.published"].items() if name != "by"}


def refused(code: str, where: str, work: Any, *given: Any) -> DomainRefused:
    with pytest.raises(DomainRefused) as caught:
        work(*given)
    assert (caught.value.code, caught.value.where) == (code, where)
    return caught.value


def test_the_root_publishes_a_definition_after_the_products() -> None:
    draft = c.publish_ledger(BOSS, SECOND, [], INVESTMENT, TREE)
    assert (draft.subject, draft.stream) == (LEDGER, "all")
    later = {**SECOND, "version": "investment/3"}
    assert c.publish_ledger(BOSS, later, ["investment/2"], SECOND, TREE).data["board"]


def test_no_other_node_role_board_or_version_will_do() -> None:
    publish = c.publish_ledger
    city, clerk = Actor(CITY, "u1", "supervisor"), Actor(ROOT, "u1", "registrar")
    refused("wrong-node", "", publish, city, SECOND, [], INVESTMENT, TREE)
    refused("wrong-role", "", publish, clerk, SECOND, [], INVESTMENT, TREE)
    strange = {**SECOND, "board": "moon"}
    refused("bad-input", "board", publish, BOSS, strange, [], INVESTMENT, TREE)
    refused("conflict", "version", publish, BOSS, INVESTMENT, [], INVESTMENT, TREE)
    named = {**SECOND, "version": "daily/2"}
    refused("bad-input", "version", publish, BOSS, named, [], INVESTMENT, TREE)
    text = {"type": "text", "code": "industry", "zh": "行业", "en": "Industry"}
    text |= {"required": False, "cumulative": False}
    fields = [text if one["code"] == "industry" else one for one in SECOND["fields"]]
    other = {**SECOND, "fields": fields}
    refused("conflict", "fields", publish, BOSS, other, [], INVESTMENT, TREE)


def test_a_campaign_is_its_issuers_and_gives_to_units_below() -> None:
    draft = c.publish_campaign(BOSS, RAILWAY, [], TREE)
    assert (draft.subject, draft.stream) == (CAMPAIGN, "all")
    again = {**RAILWAY, "version": "railway2026/2"}
    assert c.publish_campaign(BOSS, again, ["railway2026/1"], TREE)
    refused("conflict", "version", c.publish_campaign, BOSS, RAILWAY, ["railway2026/1"], TREE)
    for version in ("rail/1", "2026railway/1", "Railway2026/1"):
        form = {**RAILWAY, "version": version}
        refused("bad-input", "version", c.publish_campaign, BOSS, form, [], TREE)
    strange = {**RAILWAY, "territory": [{"region": "140105", "unit": "z" * 32}]}
    refused("wrong-node", "territory[0].unit", c.publish_campaign, BOSS, strange, [], TREE)
    too_much = {**RAILWAY, "title": "专" * 101}
    refused("bad-input", "title", c.publish_campaign, BOSS, too_much, [], TREE)


def test_values_are_read_by_the_definition_or_refused_by_name() -> None:
    told = {"signed_amount": "1250", "signed_on": "2026-03-02"}
    assert read_values(INVESTMENT, told, whole=False) == {
        "version": "investment/1",
        "values": {"signed_amount": "1250000000", "signed_on": "2026-03-02"},
    }
    found = refused("bad-input", "ledger.investor", read_values, INVESTMENT, told, True)
    assert "investor, industry" in found.detail
    refused("bad-input", "ledger.moon", read_values, INVESTMENT, {"moon": "1"}, False)
    refused("bad-input", "ledger.funds", read_values, INVESTMENT, {"funds": "-1"}, False)
    refused("bad-input", "ledger", read_values, INVESTMENT, {}, False)


def test_only_the_registrars_node_enters_values_and_not_once_the_book_is_closed() -> None:
    pen = Pen()
    registered = pen.say(ROOT, "matter.registered", MATTER, "up")
    state = fold_matter([registered], TREE).state
    assert state is not None
    form = {"ledger": {"funds": "3"}}
    draft = c.value(BOSS, state, INVESTMENT, form, TREE, "OPEN")
    assert draft.data["ledger"]["values"] == {"funds": "3000000"}
    assert c.value(BOSS, state, INVESTMENT, form, TREE, "CLOSED")
    city = Actor(CITY, "u1", "supervisor")
    assert refused("wrong-node", "", c.value, city, state, INVESTMENT, form, TREE).accepted == ROOT
    refused("wrong-state", "", c.value, BOSS, state, INVESTMENT, form, TREE, "STRUCK")
