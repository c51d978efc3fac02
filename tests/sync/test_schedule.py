"""Backoff doubles up to a quarter of an hour, with full jitter; polls keep near what was asked."""

from sync.schedule import after_failure, after_success, due_now


def test_waits_double_and_end_at_a_quarter_of_an_hour() -> None:
    assert [after_failure(n, 0.999) for n in (1, 2, 3)] == [1.0, 1.998, 3.996]
    assert after_failure(50, 0.999) == 900 * 0.999
    assert after_failure(50, 0.0) == 1.0


def test_the_peer_s_retry_after_is_a_minimum_within_bounds() -> None:
    assert after_failure(1, 0.5, 30.0) == 30.0
    assert after_failure(1, 0.5, 10**9) == 900.0


def test_a_poll_comes_within_a_fifth_of_what_was_asked() -> None:
    assert [after_success(30, chance) for chance in (0.0, 0.5)] == [24.0, 30.0]
    assert round(after_success(30, 1.0)) == 36
    assert after_success(0, 0.5) == 1.0


def test_a_call_set_further_ahead_than_any_wait_is_due_at_once() -> None:
    assert due_now(100.0, 100.0, 30)
    assert not due_now(100.5, 100.0, 30)
    assert not due_now(1000.0, 100.0, 30)
    assert due_now(1000.5, 100.0, 30)
    assert not due_now(1300.0, 100.0, 1000)
    assert due_now(1300.5, 100.0, 1000)
