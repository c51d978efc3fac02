"""Each refusal of the federation, switched off, lets something false in: a test fails."""

import pytest

from federation import consents, dsse, enrolment, genesis, keys, lineage, rotation, rules
from tests.federation import (
    test_attacks,
    test_consents,
    test_dsse,
    test_enrolment,
    test_genesis,
    test_keys,
    test_lineage,
    test_rotation,
    test_rules,
)
from tests.support.switches import Switch, cases, first_failure, switched_off, switches

CHECKS = ("verify", "verify_all", "_prove", "_fit", "_still_open", "require_holding")
TESTS = {
    consents: cases(test_attacks, test_consents, test_rules),
    dsse: cases(test_dsse),
    enrolment: cases(test_attacks, test_enrolment),
    genesis: cases(test_genesis),
    keys: cases(test_keys),
    lineage: cases(test_attacks, test_lineage),
    rotation: cases(test_attacks, test_rotation, test_rules),
    rules: cases(test_attacks, test_rules),
}
# what no attack can show, and why
NEEDLESS = {
    "federation.rules.admission_single: known.birth != case.writer": "a join names its parent, "
    "and admission_fit has refused another's",
}
SWITCHES = [(one, module) for module in TESTS for one in switches(module, *CHECKS)]


def test_nothing_is_excused_that_is_not_there() -> None:
    assert NEEDLESS.keys() <= {str(one) for one, _ in SWITCHES}
    assert len(SWITCHES) >= 90


NAMES = [f"{number} {one}"[:70] for number, (one, _) in enumerate(SWITCHES)]


@pytest.mark.parametrize(("one", "module"), SWITCHES, ids=NAMES)
def test_without_this_refusal_some_test_fails(one: Switch, module: object) -> None:
    if str(one) in NEEDLESS:
        return
    with switched_off(one, *CHECKS):
        failed = first_failure(TESTS[module])  # type: ignore[index]
    assert failed is not None, f"nothing stands on {one}"
