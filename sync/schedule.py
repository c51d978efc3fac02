"""When a link is called again: backoff with full jitter, polls, and calls at once.

Pure: chance is an argument. Follows docs/spec/05-exchange.md, "Retry".
"""

from __future__ import annotations

LEAST_SECONDS = 1.0
MOST_SECONDS = 15 * 60.0


def after_failure(failures: int, chance: float, retry_after: float = 0.0) -> float:
    """Seconds to wait after the `failures`-th failure in a row (1, 2, …).

    `chance` in [0, 1): full jitter. `retry_after`: the peer's minimum, in seconds.
    """
    ceiling = min(MOST_SECONDS, LEAST_SECONDS * 2.0 ** min(failures - 1, 20))
    return max(LEAST_SECONDS, min(retry_after, MOST_SECONDS), ceiling * chance)


def after_success(poll: int, chance: float) -> float:
    """Seconds until the next poll: what the peer asked for, plus or minus a fifth."""
    return max(LEAST_SECONDS, poll * (0.8 + 0.4 * chance))


def due_now(due: float, now: float, poll: int) -> bool:
    """Whether a link's next call, set for `due`, is to be made at `now` (wire times, seconds).

    A call set further ahead than any wait can be was set by a clock that has been put back since.
    """
    return due <= now or due > now + max(MOST_SECONDS, poll * 1.2)
