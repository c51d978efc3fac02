"""What the domain reads: accepted events as facts, and what became of each.

States shapes only. Never reads a journal; who verified a fact is no concern of this package.
Follows docs/spec/07-apply.md, "Accept and apply".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import msgspec

from federation.ids import epoch_order

Place = tuple[int, str, int, str]


class Fact(msgspec.Struct, frozen=True):
    """One accepted event about one object."""

    head: str  # hash of the header line: the event's name
    type: str
    writer: str  # node id of the author
    subject: str  # object id
    stream: str
    epoch: str
    seq: int
    time: str  # business instant at which it was stated
    re: tuple[str, ...]  # latest heads of the object's other writers that its writer had applied
    data: Mapping[str, Any] | None  # untrusted; None: the payload was erased
    crit: tuple[str, ...] = ()  # members that a reader must understand
    formed: bool = False  # whether `data` is known to have its type's form

    @property
    def place(self) -> Place:
        """A sort key among the facts of one writer about one object: by epoch, then seq."""
        counter, epoch = epoch_order(self.epoch)
        return counter, epoch, self.seq, self.stream

    def datum(self, member: str, default: Any = None) -> Any:
        """A member of `data`; `default` when it is absent or the payload was erased."""
        return default if self.data is None else self.data.get(member, default)


Outcome = Literal["applied", "void", "waiting", "quarantined"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a fact, and why where it doesn't count."""

    outcome: Outcome
    code: str = ""  # of docs/spec/08-refusals.md, for quarantined ones


APPLIED = Verdict("applied")
VOID = Verdict("void")
WAITING = Verdict("waiting")


def quarantined(code: str) -> Verdict:
    """Kept, relayed and reported, but without effect, for the reason that `code` names."""
    return Verdict("quarantined", code)


class Relations(Protocol):
    """What the roster knows, at any time past or present (so no outcome hangs on arrival)."""

    @property
    def root(self) -> str:
        """The node that founded the domain."""
        ...

    def is_ancestor(self, above: str, below: str) -> bool:
        """Whether node `above` stands above `below`; never true of a node and itself."""
        ...

    def guides(self, by: str, over: str) -> bool:
        """Whether a line puts node `by` over node `over`."""
        ...
