"""The picture: what a matter's assignments make of it.

Decides a matter's state from its own and its assignments'. Never reads a table, never counts
(evaluation/). Follows docs/spec/07-apply.md, "States".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from node.domain.machine import ASSIGNMENT_STATES, ENDED

OPEN_STATES: Final = frozenset(ASSIGNMENT_STATES) - ENDED
CLEARED: Final = ("CLOSED", "STRUCK")
APART: Final = ("CANCELLED", "MERGED")  # counted, but in no rate


def matter_state(own: str, assignments: Iterable[tuple[str, str, bool]]) -> str:
    """A matter's state, from its own and from (kind, state, part) of each of its assignments.

    OPEN from the first assignment on; CLOSED when the lead's is closed and no other is open. What
    the registrar has struck or cancelled stays so.
    """
    held = list(assignments)
    if own != "APPROVED" or not held:
        return own
    if any(state in OPEN_STATES for _, state, _ in held):
        return "OPEN"
    led = any(kind == "lead" and state == "CLOSED" and not part for kind, state, part in held)
    return "CLOSED" if led else "OPEN"
