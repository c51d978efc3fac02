"""Each refusal of the exchange, switched off, lets some attack through: a test fails."""

import pytest

from sync import attachments, body, checks, exchange, inbox, receipts, routes, run
from tests.support.switches import Switch, cases, first_failure, switched_off, switches
from tests.sync import (
    test_attachments,
    test_attacks,
    test_exchange,
    test_ferry,
    test_refusals,
    test_run,
)

CHECKS = ("require_holding", "check_route", "_no_fork")
BODIES = (
    "test_the_attack_is_refused_by_its_code_and_nothing_is_lost",
    "test_without_the_check_the_attack_is_not_refused_so",
)
CHUNKS = cases(test_attachments)
RUNS = cases(test_attacks, test_run, test_refusals, test_ferry, test_exchange, but=BODIES) + CHUNKS
ALL = cases(test_attacks, test_refusals) + CHUNKS
# what no attack can show, and why
NEEDLESS = {
    "sync.checks.signed: key is None": "key_known, the check before it, has refused",
}
SWITCHES = [
    (one, RUNS)
    for module in (inbox, routes, receipts, run, body, exchange)
    for one in switches(module, *CHECKS)
]
SWITCHES += [(one, ALL) for one in switches(checks, *CHECKS)]
SWITCHES += [(one, CHUNKS) for one in switches(attachments, *CHECKS)]


def test_nothing_is_excused_that_is_not_there() -> None:
    assert NEEDLESS.keys() <= {str(one) for one, _ in SWITCHES}
    assert len(SWITCHES) >= 50


NAMES = [f"{number} {one}"[:70] for number, (one, _) in enumerate(SWITCHES)]


@pytest.mark.parametrize(("one", "tests"), SWITCHES, ids=NAMES)
def test_without_this_refusal_some_test_fails(one: Switch, tests: list[object]) -> None:
    if str(one) in NEEDLESS:
        return
    with switched_off(one, *CHECKS):
        failed = first_failure(tests)  # type: ignore[arg-type]
    assert failed is not None, f"nothing stands on {one}"
