"""Two clocks: wire time is the machine's; business time may be moved, for demonstrations.

Decides how instants are written; reads no clock itself: the real one is handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sync.me import Now

SEAL_AGAIN = timedelta(days=1)


def instant(moment: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
    )


class OffsetClock:
    """Business time = real time + offset, and the offset outlasts a restart.

    `kept` and `keep` read and write it; several processes of one host agree because each reads it.
    `again`: within how long a seal promises the next one.
    """

    def __init__(
        self,
        real: Callable[[], datetime],
        kept: Callable[[], timedelta],
        keep: Callable[[timedelta], None],
        again: timedelta = SEAL_AGAIN,
    ) -> None:
        self._real, self._kept, self._keep = real, kept, keep
        self._again = again
        self._offset = kept()

    def __call__(self) -> Now:
        """Both clocks, read once."""
        wire = self._real()
        return Now(
            wire=instant(wire),
            business=instant(wire + self._offset),
            next_by=instant(wire + self._again),
            seconds=wire.timestamp(),
        )

    def advance(self, by: timedelta) -> None:
        """Move business time; it never runs backwards by this."""
        self._offset = self._kept() + max(by, timedelta(0))
        self._keep(self._offset)

    def set(self, business: datetime) -> None:
        """Let business time be `business` now."""
        self._offset = business - self._real()
        self._keep(self._offset)
