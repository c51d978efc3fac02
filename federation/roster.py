"""The directory of one domain: membership events, folded.

Decides whether a membership event counts, and holds what the counting ones say. An event is judged
in the order of docs/spec/07-apply.md: its form, the members that it names, the writer's authority
(federation/authority.py), then its proofs (federation/rules.py). Never reads a clock, stores
nothing, verifies no chain and no seal: whoever hands over an event has done so.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Self

import msgspec

from federation.authority import ROWS, Case, Floor, RosterEvent, Row, about, entitled
from federation.genesis import Genesis
from federation.ids import member_id
from federation.member import EpochKey, Member
from federation.rotation import prove_rotation, require_holding
from federation.rules import CHECKS, EFFECTS, Check, with_epoch
from federation.tree import Tree
from schemas import membership as m
from schemas.documents import Envelope
from schemas.refusals import Refused

__all__ = ["Floor", "Roster", "RosterEvent"]


class Roster(Tree):
    """The tree of one domain, and the only way to change it.

    `rows` and `checks` are the tables to judge by; only tests give others.
    """

    def __init__(
        self,
        genesis: Genesis,
        rows: tuple[Row, ...] = ROWS,
        checks: Mapping[str, tuple[Check, ...]] = CHECKS,
    ) -> None:
        super().__init__(genesis)
        self._rows = rows
        self._checks = checks

    def judge(self, event: RosterEvent, floor: Floor | None = None) -> Case[Any]:
        """Whether `event` counts, changing nothing.

        `floor`: the highest receipted seq of the member that the event is about, by (epoch,
        stream). Raises Refused with the code under which the event is quarantined;
        `unknown-member` means that it may count once more of the tree is known.
        """
        fact = m.read_fact(event.type, event.data)
        case = Case(self, event, fact, about(event, fact), floor or {})
        if event.subject != member_id(case.node):
            raise Refused("bad-payload", f"{event.type}: subject and data name different nodes")
        for node in _named(case, fact):
            if node not in self:
                raise Refused("unknown-member", f"{node} is not a member")
        if not entitled(case, self._rows):
            raise Refused("no-authority", f"{event.writer} may not write {event.type} here")
        for check in self._checks.get(event.type, ()):
            check(case)
        return case

    def apply(self, event: RosterEvent, floor: Floor | None = None) -> tuple[str, ...]:
        """Judge `event` and take it in; return the nodes whose rows changed. Raises as `judge`."""
        case = self.judge(event, floor)
        return self._take(EFFECTS[event.type](case))

    def accept_rotation(
        self, domain: str, node: str, untrusted: bytes | Mapping[str, Any] | Envelope
    ) -> EpochKey:
        """Take in the epoch that a rotation opens, which needs no event: both keys signed it.

        Raises Refused as federation/rotation.py's `prove_rotation`; twice is as once.
        """
        opened = prove_rotation(self, domain, node, untrusted)
        member = self._members[node]
        require_holding(self, node, opened)
        self._take(with_epoch(member, opened))
        return opened

    def may_erase(self, event: RosterEvent) -> bool:
        """Whether an `erased` event frees what it names of its payload.

        Raises Refused `bad-payload`, `unknown-type` when it is no such event at all.
        """
        fact = m.read_fact(event.type, event.data)
        if not isinstance(fact, m.Erased):
            raise Refused("unknown-type", f"{event.type} erases nothing")
        try:
            self.judge(event)
        except Refused as refusal:
            if refusal.code in ("no-authority", "unknown-member"):
                return False
            raise
        return True

    def _take(self, member: Member) -> tuple[str, ...]:
        known = self._members.get(member.node)
        if known == member:
            return ()
        if known is not None and known.parent is not None and known.parent != member.parent:
            self._children[known.parent].discard(member.node)
        self._put(member)
        return (member.node,)

    def row(self, node: str) -> dict[str, Any]:
        """All that is known about one member, as JSON. KeyError for a stranger."""
        row: dict[str, Any] = msgspec.to_builtins(self._members[node])
        return row

    def dump(self, nodes: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """The rows of `nodes`, or of all members, ordered by node id."""
        return [self.row(node) for node in sorted(self._members if nodes is None else nodes)]

    @classmethod
    def load(cls, genesis: Genesis, rows: Iterable[Mapping[str, Any]]) -> Self:
        """The roster that `dump` gave these rows of; they are trusted."""
        roster = cls(genesis)
        for row in rows:
            roster._put(msgspec.convert(row, Member))
        return roster


def _named(case: Case[Any], fact: m.Fact) -> tuple[str, ...]:
    """The nodes that must be members before the event can be judged."""
    match fact:
        case m.Admitted():
            return (case.writer,)
        case m.Line():
            return case.writer, fact.over, fact.by
        case m.Moved():
            return case.writer, fact.node, fact.old, fact.parent
        case m.Succeeded():
            return case.writer, fact.node, fact.successor
        case _:
            return case.writer, case.node
