"""The tree of one domain, and what can be asked of it.

Decides who stands above, below and beside whom. Two kinds of answer: what holds now (`parent`,
`lineage`, `in_subtree`, `lca`), for routes and commands; and what held at any time
(`is_ancestor`, `guides`, `was_parent`), for judging events, since the outcome may not depend on
when an event came. Never changes anything. Follows docs/spec/07-apply.md, "Authority table".
"""

from collections.abc import Iterator

from federation.genesis import Genesis
from federation.ids import epoch_order
from federation.keys import PublicKey
from federation.member import EpochKey, Lift, Member, Resolution, Suspension, holding, lowest
from schemas.membership import Head


class Tree:
    """The members of one domain."""

    def __init__(self, genesis: Genesis) -> None:
        self.genesis = genesis
        self._members: dict[str, Member] = {}
        self._children: dict[str, set[str]] = {}
        birth = EpochKey(genesis.epoch, genesis.key.pub)
        self._put(Member(node=genesis.root, name=genesis.title, epochs=(birth,)))

    def _put(self, member: Member) -> None:
        self._members[member.node] = member
        if member.parent is not None:
            self._children.setdefault(member.parent, set()).add(member.node)

    @property
    def domain(self) -> str:
        """The domain's id."""
        return self.genesis.domain

    @property
    def root(self) -> str:
        """The root's node id."""
        return self.genesis.root

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, node: object) -> bool:
        return node in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def member(self, node: str) -> Member | None:
        """What is known about `node`; None when it isn't a member. Not to be changed."""
        return self._members.get(node)

    # what holds now

    def parent(self, node: str) -> str | None:
        """The parent that `node` has; None for the root and for strangers."""
        member = self._members.get(node)
        return member.parent if member is not None else None

    def children(self, node: str) -> tuple[str, ...]:
        """The nodes directly below `node`, in the order of their ids."""
        return tuple(sorted(self._children.get(node, ())))

    def lineage(self, node: str) -> tuple[str, ...]:
        """`node`, its parent, and so on up to the root; empty for a stranger."""
        found = []
        member = self._members.get(node)
        while member is not None:
            found.append(member.node)
            member = self._members.get(member.parent) if member.parent is not None else None
        return tuple(found)

    def in_subtree(self, top: str, node: str) -> bool:
        """Whether `node` is `top` or lies below it."""
        return node in self._members and (node == top or self.child_toward(top, node) is not None)

    def child_toward(self, top: str, node: str) -> str | None:
        """The child of `top` that `node` is or lies below; None when it lies elsewhere."""
        below, member = node, self._members.get(node)
        while member is not None and member.parent is not None:
            if member.parent == top:
                return below
            below, member = member.parent, self._members.get(member.parent)
        return None

    def lca(self, a: str, b: str) -> str | None:
        """The lowest node that is, or lies above, both; None when one is a stranger."""
        above = set(self.lineage(a))
        return next((node for node in self.lineage(b) if node in above), None)

    def guided_by(self, by: str, over: str) -> bool:
        """Whether a line puts `by` over `over` now."""
        member = self._members.get(over)
        return member is not None and any(one.on and one.by == by for one in member.lines)

    @property
    def observers(self) -> frozenset[str]:
        """Nodes that may receive all that the root has."""
        return frozenset(node for node, one in self._members.items() if one.observer)

    def successor(self, node: str) -> str | None:
        """The node that took over what `node` had, if any."""
        member = self._members.get(node)
        return member.successor if member is not None else None

    # what held at any time

    def was_parent(self, above: str, below: str) -> bool:
        """Whether `above` is, or was, the parent of `below`."""
        member = self._members.get(below)
        return member is not None and above in member.parents()

    def is_ancestor(self, above: str, below: str) -> bool:
        """Whether `above` stands, or at any time stood, above `below` (never true of one node)."""
        return above != below and above in self.ever_above(below)

    def ever_above(self, node: str) -> set[str]:
        """`node` and all that stand, or at any time stood, above it."""
        found, ahead = set[str](), [node]
        while ahead:
            one = ahead.pop()
            member = self._members.get(one)
            if member is not None and one not in found:
                found.add(one)
                ahead.extend(member.parents())
        return found

    def ever_lowest(self, above: str, a: str, b: str) -> bool:
        """Whether `above` is, or at any time was, the lowest common ancestor of `a` and `b`."""
        over_a, over_b = self.ever_above(a), self.ever_above(b)
        if above not in over_a or above not in over_b:
            return False
        if above in (a, b):
            return True
        toward_a = {node for node in over_a if self.was_parent(above, node)}
        toward_b = {node for node in over_b if self.was_parent(above, node)}
        return len(toward_a | toward_b) > 1

    def guides(self, by: str, over: str) -> bool:
        """Whether a line puts, or at any time put, `by` over `over`."""
        member = self._members.get(over)
        return member is not None and any(one.by == by for one in member.lines)

    # keys, and what is closed

    def epochs(self, node: str) -> tuple[EpochKey, ...]:
        """The epochs of `node` that hold, oldest first; empty for a stranger."""
        member = self._members.get(node)
        return holding(member.epochs) if member is not None else ()

    def current_epoch(self, node: str) -> str | None:
        """The latest epoch of `node`; None for a stranger."""
        held = self.epochs(node)
        return max((one.epoch for one in held), key=epoch_order, default=None)

    def key(self, node: str, epoch: str) -> PublicKey | None:
        """The key of `node` in `epoch`; None when there is none that holds."""
        member = self._members.get(node)
        found = member.epoch(epoch) if member is not None else None
        return found.key if found is not None else None

    def suspended(self, node: str) -> tuple[Head, ...] | None:
        """The last heads of `node` that count while it is suspended; None when it isn't."""
        member = self._members.get(node)
        made = member.suspensions if member is not None else ()
        lifts = member.lifts if member is not None else ()
        lasting = [one.heads for one in made if not any(self._lifted(one, lift) for lift in lifts)]
        return lowest(lasting) if lasting else None

    def _lifted(self, made: Suspension, lift: Lift) -> bool:
        """Its writer lifts it later, or one above that writer lifts it by name."""
        if lift.by == made.by:
            return lift.order > made.order
        return made.head in lift.refs and self.is_ancestor(lift.by, made.by)

    def cut(self, node: str, epoch: str) -> tuple[Head, ...] | None:
        """The last undisputed heads of a cut epoch; None when it isn't cut."""
        member = self._members.get(node)
        return member.cut(epoch) if member is not None else None

    def resolved(self, node: str, epoch: str, stream: str) -> Resolution | None:
        """Which history of a forked chain holds, if that was decided."""
        member = self._members.get(node)
        found = member.resolutions if member is not None else ()
        fitting = [one for one in found if one.epoch == epoch and one.stream == stream]
        return min(fitting, key=lambda one: (one.seq, one.head), default=None)
