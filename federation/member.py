"""What is known about one member: attributes, epochs, moves, suspensions, cuts, lines.

Decides which of its epochs hold, who its parent is, and which heads a suspension or a cut leaves
standing: each a function of the set of recorded facts, never of the order in which they came.
Never decides whether a fact may be recorded. Follows docs/spec/04-membership.md.
"""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import msgspec

from federation.ids import epoch_counter, epoch_order
from federation.keys import PublicKey
from schemas.membership import Head

Order: TypeAlias = tuple[int, str, int]
"""Place of an event among its writer's: epoch counter, epoch, seq."""


class EpochKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """One epoch of a member and its key."""

    epoch: str
    pub: str
    cause: str = "birth"
    """birth, rotation or recovery"""
    since: str | None = None
    """the epoch whose key handed over, for a rotation"""
    recorded: Order | None = None
    """where the parent's first `rekeyed` about it stands"""

    @property
    def key(self) -> PublicKey:
        """The key that signs in this epoch."""
        return PublicKey.from_pub(self.pub)

    @property
    def counter(self) -> int:
        """What epochs are ordered by."""
        return epoch_counter(self.epoch)


class Move(msgspec.Struct, frozen=True):
    """A change of parent that all needed have signed."""

    epoch: str
    head: str
    old: str
    new: str


class Suspension(msgspec.Struct, frozen=True):
    """One suspension; it lasts until it is lifted."""

    head: str
    by: str
    order: Order
    heads: tuple[Head, ...]


class Lift(msgspec.Struct, frozen=True):
    """One `resumed`: lifts its writer's earlier suspensions, and those that it names in `re`."""

    head: str
    by: str
    order: Order
    refs: tuple[str, ...]


class LineRule(msgspec.Struct, frozen=True):
    """The latest word of one writer on whether `by` guides the member."""

    by: str
    writer: str
    order: Order
    on: bool


class CutRule(msgspec.Struct, frozen=True):
    """One cut of an epoch."""

    head: str
    epoch: str
    heads: tuple[Head, ...]


class Resolution(msgspec.Struct, frozen=True):
    """Which of two histories of a chain holds."""

    head: str
    epoch: str
    stream: str
    seq: int
    keep: str


class Member(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One node in one domain. A record: only the effects of membership events change it."""

    node: str
    name: str
    level: str | None = None
    """null for the root, whose genesis states none"""
    code: str | None = None
    custody: str = "own"
    address: str | None = None
    poll: bool = False
    birth: str | None = None
    """the parent that admitted it; null for the root"""
    parent: str | None = None
    """the parent that it has now"""
    past: tuple[str, ...] = ()
    """parents that it had before"""
    join: str = ""
    """hash of the join's payload"""
    stated: Order = (0, "", 0)
    """where the latest `admitted` about it stands"""
    epochs: tuple[EpochKey, ...] = ()
    moves: tuple[Move, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    lifts: tuple[Lift, ...] = ()
    lines: tuple[LineRule, ...] = ()
    cuts: tuple[CutRule, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    successor: str | None = None
    observer: bool = False

    def parents(self) -> Iterable[str]:
        """Its parent and those that it had before."""
        if self.parent is None:
            return ()
        return (self.parent, *self.past) if self.past else (self.parent,)

    def stated_epoch(self, epoch: str) -> EpochKey | None:
        """The epoch as it was stated, whether it holds or not."""
        return next((one for one in self.epochs if one.epoch == epoch), None)

    def epoch(self, epoch: str) -> EpochKey | None:
        """The epoch, if it holds."""
        return next((one for one in holding(self.epochs) if one.epoch == epoch), None)

    def cut(self, epoch: str) -> tuple[Head, ...] | None:
        """The last heads of `epoch` that are undisputed; None when it isn't cut."""
        made = [one.heads for one in self.cuts if one.epoch == epoch]
        return lowest(made) if made else None


def holding(epochs: Sequence[EpochKey]) -> tuple[EpochKey, ...]:
    """Those epochs that hold, oldest first.

    A rotation holds if the epoch that it starts from does, if no recovery came between the two
    (then the old key was lost or stolen), and if the parent recorded no other one from there first.
    """
    if len(epochs) == 1:
        return tuple(epochs)
    recoveries = [one.counter for one in epochs if one.cause == "recovery"]
    held: dict[str, EpochKey] = {}
    for one in sorted(epochs, key=lambda each: epoch_order(each.epoch)):
        if one.since is None:
            held[one.epoch] = one
        elif one.since in held and _first_of(one, epochs):
            start = epoch_counter(one.since)
            if not any(start < counter <= one.counter for counter in recoveries):
                held[one.epoch] = one
    return tuple(held.values())


def _first_of(one: EpochKey, epochs: Sequence[EpochKey]) -> bool:
    recorded = [each for each in epochs if each.since == one.since and each.recorded is not None]
    return not recorded or one is min(recorded, key=lambda each: each.recorded or (0, "", 0))


def lowest(made: Sequence[Sequence[Head]]) -> tuple[Head, ...]:
    """The heads that every one of several suspensions or cuts leaves standing."""
    lists = [{(one.epoch, one.stream): one for one in heads} for heads in made]
    shared = set(lists[0]).intersection(*lists[1:])
    return tuple(
        min((each[place] for each in lists), key=lambda one: (one.seq, one.head))
        for place in sorted(shared)
    )


def walk(birth: str | None, moves: Iterable[Move]) -> tuple[str | None, tuple[str, ...]]:
    """The parent after `moves` and the earlier ones: each move counts that starts where one is."""
    parent, past = birth, list[str]()
    for move in sorted(moves, key=lambda one: (*epoch_order(one.epoch), one.head)):
        if move.old == parent:
            past.append(move.old)
            parent = move.new
    return parent, tuple(dict.fromkeys(one for one in past if one != parent))
