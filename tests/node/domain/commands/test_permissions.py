"""Each command by each role, from each node, in each state: only the table's own get through."""

from __future__ import annotations

import pytest

from node.domain import commands as c
from node.domain.assignment import AssignmentState
from node.domain.commands import DomainRefused
from node.domain.machine import ASSIGNMENT_STATES
from node.domain.permissions import COMMANDS, STATES, allowed, explain
from tests.node.domain.cast import BUREAU, CITY, COUNTY, ROOT, T0, TREE
from tests.node.domain.commands.stage import ACTS, FORM, NO, READY, Stage, at, given, registered

ROLES = ("registrar", "supervisor", "leader", "handler", "head", "admin")
ALL = tuple(ASSIGNMENT_STATES)
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
def test_a_matter_is_registered_issued_struck_and_cancelled_by_its_own_roles(role: str) -> None:
    for word in ("register", "strike", "cancel"):
        rolled = "CLOSED" if word == "strike" else "OPEN"

        def act(word: str = word, rolled: str = rolled) -> object:
            if word == "register":
                return c.register(at(ROOT, role), FORM, NO, "n0000009", TREE)
            if word == "strike":
                return c.strike(at(ROOT, role), registered(), rolled, "办结", TREE)
            return c.cancel(at(ROOT, role), registered(), "重复", TREE, rolled)

        if role in COMMANDS[word].roles:
            assert act()
        else:
            with pytest.raises(DomainRefused, match="wrong-role"):
                act()


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
