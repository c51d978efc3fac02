"""Who may write which event about members: one table.

Decides whether the writer stands in the relation to the member, and writes in the stream, that a
row of the table asks for; what no row allows has no authority. Never looks at proofs or consents
(federation/rules.py). Follows docs/spec/07-apply.md, "Authority table".
"""

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from federation import dsse
from federation.ids import epoch_counter
from federation.member import Order
from federation.tree import Tree
from schemas import membership as m
from schemas.documents import Envelope, JoinDoc
from schemas.refusals import Refused
from schemas.shapes import read_document

Floor = Mapping[tuple[str, str], int]
"""Highest seq of the member that anyone holds a receipt for, by (epoch, stream)."""


@dataclass(frozen=True, slots=True)
class RosterEvent:
    """One accepted event about a member: its bytes, chain and seal have been verified."""

    head: str
    writer: str
    stream: str
    epoch: str
    seq: int
    type: str
    subject: str
    data: Mapping[str, Any]
    re: tuple[str, ...] = ()

    @property
    def order(self) -> Order:
        """Its place among the events of its writer."""
        return epoch_counter(self.epoch), self.epoch, self.seq


F = TypeVar("F", covariant=True)


@dataclass(frozen=True, slots=True)
class Case(Generic[F]):
    """One event to be judged against one tree."""

    tree: Tree
    event: RosterEvent
    fact: F
    node: str
    """the member that the event is about"""
    floor: Floor = field(default_factory=dict)

    @property
    def writer(self) -> str:
        """The node that wrote the event."""
        return self.event.writer


def about(event: RosterEvent, fact: m.Fact) -> str:
    """The member that an event is about."""
    match fact:
        case m.Opened():
            return event.writer
        case m.Line():
            return fact.over
        case m.Erased():
            return fact.origin
        case _:
            return fact.node


@dataclass(frozen=True, slots=True)
class Joined:
    """What a join states, not yet verified, and the hash of its payload."""

    stated: JoinDoc
    digest: str


@functools.lru_cache(maxsize=4096)
def joined(untrusted: Envelope) -> Joined:
    """Return what a join inside an `admitted` states. Refused: `bad-proof`.

    Remembered, as neighbours on one host meet the same join.
    """
    try:
        payload = dsse.peek(untrusted, "join").payload
        stated = read_document(payload, JoinDoc, dsse.MAX_ENVELOPE, "join")
    except Refused as refusal:
        raise Refused("bad-proof", refusal.detail) from None
    return Joined(stated, hashlib.sha256(payload).hexdigest())


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    type: str
    writer: str
    """who, in words, as the spec has it"""
    relation: Callable[[Case[Any]], bool]
    stream: Callable[[Case[Any]], bool]


def _all(case: Case[Any]) -> bool:
    return case.event.stream == "all"


def _up_or_all(case: Case[Any]) -> bool:
    return case.event.stream in ("up", "all")


def _any(case: Case[Any]) -> bool:
    return True


def _same(case: Case[m.Erased]) -> bool:
    return case.event.stream == case.fact.stream


def _itself(case: Case[Any]) -> bool:
    return case.writer == case.node


def _joined(case: Case[m.Admitted]) -> bool:
    return joined(case.fact.join).stated.parent == case.writer


def _parent(case: Case[Any]) -> bool:
    return case.tree.was_parent(case.writer, case.node)


def _ancestor(case: Case[Any]) -> bool:
    return case.tree.is_ancestor(case.writer, case.node)


def _root(case: Case[Any]) -> bool:
    return case.writer == case.tree.root


def _root_itself(case: Case[Any]) -> bool:
    return _root(case) and _itself(case)


def _root_with_grounds(case: Case[m.Erased]) -> bool:
    return _root(case) and bool(case.fact.grounds)


def _above_both(case: Case[m.Line]) -> bool:
    ends = (case.fact.over, case.fact.by)
    return case.writer not in ends and case.tree.ever_lowest(case.writer, *ends)


def _between(case: Case[m.Moved]) -> bool:
    return case.tree.ever_lowest(case.writer, case.fact.old, case.fact.parent)


ROWS: Final = (
    Row(m.OPENED, "the origin itself", _itself, _any),
    Row(m.ADMITTED, "the parent named in join", _joined, _up_or_all),
    Row(m.REKEYED, "node's parent", _parent, _all),
    Row(m.SUSPENDED, "an ancestor of node", _ancestor, _all),
    Row(m.RESUMED, "an ancestor of node", _ancestor, _all),
    Row(m.LINE, "the lowest common ancestor of over and by", _above_both, _all),
    Row(m.MOVED, "the lowest common ancestor of the old and the new parent", _between, _all),
    Row(m.SUCCEEDED, "node's parent", _parent, _all),
    Row(m.OBSERVER, "the root", _root, _all),
    Row(m.RECOVERED, "node's parent", _parent, _all),
    Row(m.RECOVERED, "the root, for itself", _root_itself, _all),
    Row(m.CUT, "node's parent", _parent, _all),
    Row(m.CUT, "the root, for itself", _root_itself, _all),
    Row(m.RESOLVED, "node's parent", _parent, _all),
    Row(m.RESOLVED, "the root, for itself", _root_itself, _all),
    Row(m.ERASED, "the origin", _itself, _same),
    Row(m.ERASED, "the root, with grounds", _root_with_grounds, _all),
)


def entitled(case: Case[Any], rows: tuple[Row, ...] = ROWS) -> bool:
    """Whether a row of the table lets the writer write this event, in this stream."""
    return any(
        row.relation(case) and row.stream(case) for row in rows if row.type == case.event.type
    )
