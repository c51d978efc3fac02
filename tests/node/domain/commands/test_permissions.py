"""Each command by each role, from each node, in each state: only the table's own get through."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from node.domain import commands as c
from node.domain.assignment import AssignmentState
from node.domain.commands import RULINGS, DomainRefused
from node.domain.crossing import NEUTRAL
from node.domain.machine import (
    ASSIGNMENT_STATES,
    ASSIGNMENT_TRANSITIONS,
    MATTER_STATES,
    MATTER_TRANSITIONS,
)
from node.domain.matter import MatterState
from node.domain.permissions import COMMANDS, STATES, allowed, explain
from tests.node.domain.cast import BUREAU, CITY, COUNTY, ROOT, T0, TREE
from tests.node.domain.commands.stage import (
    ACTS,
    FORM,
    LIVE,
    NO,
    ON_MATTER,
    READY,
    Stage,
    at,
    given,
    registered,
)

ROLES = ("registrar", "supervisor", "leader", "handler", "head", "admin")
ALL = tuple(ASSIGNMENT_STATES)
GOLDEN = Path(__file__).parents[3] / "vectors" / "state_machine.json"
# told to each assignee by whoever rules on the matter
RULED = {f"duban.assignment.{word}" for word in ("struck", "cancelled", "paused", "resumed")}
SEATS = {
    "issuer": {ROOT}, "assignee": {CITY}, "superior": {ROOT}, "either": {ROOT, CITY},
    "ruler": {ROOT},
}  # fmt: skip


def _given(word: str, state: str) -> AssignmentState:
    """The assignment in that state, with all that the command waits for."""
    return given(state, **READY.get(word, {}))


def _lawful(word: str) -> tuple[str, str, str]:
    row = COMMANDS[word]
    return sorted(SEATS[row.party])[0], sorted(row.roles)[0], sorted(STATES[word])[-1]


@pytest.mark.parametrize("word", ACTS)
@pytest.mark.parametrize("role", ROLES)
def test_only_the_roles_of_the_row_may(word: str, role: str) -> None:
    node, _, state = _lawful(word)
    if role in COMMANDS[word].roles:
        assert ACTS[word](at(node, role), _given(word, state))
        return
    with pytest.raises(DomainRefused) as refused:
        ACTS[word](at(node, role), _given(word, state))
    assert refused.value.code == "wrong-role"
    assert set(refused.value.accepted.split(", ")) == COMMANDS[word].roles


@pytest.mark.parametrize("word", ACTS)
@pytest.mark.parametrize("node", [ROOT, CITY, COUNTY, BUREAU])
def test_only_the_node_of_the_row_may(word: str, node: str) -> None:
    _, role, state = _lawful(word)
    if node in SEATS[COMMANDS[word].party]:
        assert ACTS[word](at(node, role), _given(word, state))
        return
    with pytest.raises(DomainRefused) as refused:
        ACTS[word](at(node, role), _given(word, state))
    assert refused.value.code == "wrong-node"


@pytest.mark.parametrize("word", ACTS)
@pytest.mark.parametrize("state", ALL)
def test_only_in_the_states_of_the_row(word: str, state: str) -> None:
    node, role, _ = _lawful(word)
    if state in STATES[word]:
        assert ACTS[word](at(node, role), _given(word, state))
        return
    with pytest.raises(DomainRefused) as refused:
        ACTS[word](at(node, role), _given(word, state))
    assert refused.value.code == "wrong-state"
    assert set(refused.value.accepted.split(", ")) == STATES[word]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("node", [ROOT, CITY, BUREAU])
@pytest.mark.parametrize("name", ALL)
def test_what_one_may_do_now_is_what_is_not_refused(role: str, node: str, name: str) -> None:
    ready = {member: value for each in READY.values() for member, value in each.items()}
    state = given(name, **ready)
    done = set()
    for word, act in ACTS.items():
        try:
            act(at(node, role), state)
        except DomainRefused:
            continue
        done.add(word)
    assert set(allowed(at(node, role), state, TREE, now=T0)) == done
    told = explain(at(node, role), state, TREE, now=T0)
    assert {word for word, why in told.items() if why is None} == done
    assert set(told) == set(ACTS)


@pytest.mark.parametrize("role", ROLES)
def test_a_matter_is_registered_by_its_own_roles(role: str) -> None:
    if role in COMMANDS["register"].roles:
        assert c.register(at(ROOT, role), FORM, NO, "n0000009", TREE)
        return
    with pytest.raises(DomainRefused, match="wrong-role"):
        c.register(at(ROOT, role), FORM, NO, "n0000009", TREE)


def test_every_command_of_the_table_is_tried() -> None:
    apart = {"register"} | {name for name, row in COMMANDS.items() if row.on == "none"}
    assert set(ACTS) | set(ON_MATTER) | apart == set(COMMANDS)


def test_every_transition_is_given_by_a_command_or_told_by_one() -> None:
    commanded = {row.event for row in COMMANDS.values()}
    commanded |= {told for first, told in RULINGS.items() if first in RULED}
    commanded |= set(RULED)
    for row in (*MATTER_TRANSITIONS, *ASSIGNMENT_TRANSITIONS):
        if row.on in ("self", "part") and row.event is not None:
            assert row.event in commanded, f"{row.id} {row.action}"


@pytest.mark.parametrize("word", [word for word in ACTS if COMMANDS[word].event not in NEUTRAL])
def test_a_command_is_for_the_states_of_its_row_and_no_others(word: str) -> None:
    """STATES against the golden copy, so that the two tables can't drift together."""
    table = json.loads(GOLDEN.read_text(encoding="utf-8"))["assignment"]["transitions"]
    on = "part" if word == "split" else "self"
    starts = {
        start
        for row in table
        if row["event"] == COMMANDS[word].event and row["on"] == on
        for start in row["from"]
    }
    if word == "add-cohandler":  # the row has more: it is also how others hear of a reassignment
        assert starts > STATES[word]
    else:
        assert starts == STATES[word]


def _matter(word: str, state: str) -> tuple[MatterState, str]:
    """A matter of ROOT's whose state is that, with what the command waits for."""
    own = "APPROVED" if state in LIVE else state
    matter = registered(own)
    matter.paused_since = T0 if word == "resume" else None
    return matter, state


def _right(word: str) -> str:
    return "APPROVED" if word == "issue" else sorted(STATES[word])[-1]


@pytest.mark.parametrize("word", ON_MATTER)
@pytest.mark.parametrize("role", ROLES)
def test_only_the_roles_of_the_row_may_rule_on_a_matter(word: str, role: str) -> None:
    if role in COMMANDS[word].roles:
        assert ON_MATTER[word](at(ROOT, role), *_matter(word, _right(word)))
        return
    with pytest.raises(DomainRefused) as refused:
        ON_MATTER[word](at(ROOT, role), *_matter(word, _right(word)))
    assert refused.value.code == "wrong-role"
    assert set(refused.value.accepted.split(", ")) == COMMANDS[word].roles


@pytest.mark.parametrize("word", ON_MATTER)
@pytest.mark.parametrize("node", [CITY, COUNTY, BUREAU])
def test_only_the_registrar_s_node_may_rule_on_a_matter(word: str, node: str) -> None:
    with pytest.raises(DomainRefused) as refused:
        ON_MATTER[word](at(node, sorted(COMMANDS[word].roles)[0]), *_matter(word, _right(word)))
    assert (refused.value.code, refused.value.accepted) == ("wrong-node", ROOT)


@pytest.mark.parametrize("word", [word for word in ON_MATTER if word not in ("issue", "list")])
@pytest.mark.parametrize("state", MATTER_STATES)
def test_a_matter_is_ruled_on_only_in_the_states_of_the_row(word: str, state: str) -> None:
    who = at(ROOT, sorted(COMMANDS[word].roles)[0])
    if state in STATES[word]:
        assert ON_MATTER[word](who, *_matter(word, state))
        return
    with pytest.raises(DomainRefused) as refused:
        ON_MATTER[word](who, *_matter(word, state))
    assert refused.value.code == "wrong-state"
    assert set(refused.value.accepted.split(", ")) == STATES[word]


@pytest.mark.parametrize("state", MATTER_STATES)
def test_a_matter_is_issued_only_when_nobody_holds_it(state: str) -> None:
    who, matter = at(ROOT), _matter("issue", state)
    if state == "APPROVED":
        assert ON_MATTER["issue"](who, *matter)
        return
    with pytest.raises(DomainRefused) as refused:
        ON_MATTER["issue"](who, *matter)
    assert refused.value.code == ("conflict" if state in LIVE else "wrong-state")


@pytest.mark.parametrize("listed", ["on", "off"])
@pytest.mark.parametrize("state", MATTER_STATES)
def test_what_is_closed_can_only_be_taken_off_the_list(state: str, listed: str) -> None:
    matter, rolled = _matter("list", state)
    matter.listings = [(T0, "on")]
    form = {"grounds": "久拖不决", "listed": listed}
    if state in ("APPROVED", "OPEN") or (state, listed) == ("CLOSED", "off"):
        assert c.put_on_list(at(ROOT), matter, form, TREE, rolled).data["listed"] == listed
        return
    with pytest.raises(DomainRefused) as refused:
        c.put_on_list(at(ROOT), matter, form, TREE, rolled)
    assert refused.value.code == "wrong-state"


def test_a_matter_is_paused_once_and_resumed_once() -> None:
    matter, rolled = _matter("resume", "OPEN")
    with pytest.raises(DomainRefused, match="conflict"):
        ON_MATTER["pause"](at(ROOT), matter, rolled)
    matter.paused_since = None
    with pytest.raises(DomainRefused, match="wrong-state"):
        ON_MATTER["resume"](at(ROOT), matter, rolled)


def test_a_matter_is_ruled_on_by_its_registrar_only_and_not_before_its_time() -> None:
    stage = Stage()
    matter = stage.matter(stage.register())
    for code, act in (
        ("wrong-node", lambda: c.strike(at(CITY), matter, "CLOSED", "办结", TREE)),
        ("wrong-state", lambda: c.strike(at(ROOT), matter, "OPEN", "办结", TREE)),
        ("wrong-state", lambda: c.cancel(at(ROOT), matter, "重复", TREE, "CLOSED")),
        ("bad-input", lambda: c.cancel(at(ROOT), matter, " ", TREE, "OPEN")),
    ):
        with pytest.raises(DomainRefused) as refused:
            act()
        assert refused.value.code == code


@pytest.mark.parametrize("member", ["responsible", "head", "contact", "indicators", "content"])
def test_what_the_gate_asks_for_is_asked_for(member: str) -> None:
    form = {name: value for name, value in FORM.items() if name != member}
    with pytest.raises(DomainRefused) as refused:
        c.register(at(ROOT), form, NO, "n0000009", TREE)
    assert refused.value.code == "gate"
    assert member in f"{refused.value.where} {refused.value.detail} {refused.value.accepted}"
