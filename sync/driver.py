"""One link's turn: call, carry, hear, and again while there is something to carry.

The loop around the conversation; transactions, wire, clocks and chance are handed in. A failure of
one peer ends its own turn and sets its next one, nothing else. Follows docs/spec/05-exchange.md,
"Retry".
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

import msgspec

from schemas.refusals import Refused
from sync import exchange
from sync.body import peek
from sync.me import Limits, Me, Now
from sync.ports import Store
from sync.schedule import after_failure, after_success

MOST_ROUNDS = 64
LEAST_EVENTS = 256
LEAST_BYTES = 2 * 1024 * 1024


class Wire(Protocol):
    """Carries a request's bytes to an address and brings the answer's."""

    def post(self, address: str, body: bytes) -> bytes:
        """Return the answer. Raises Refused: the peer's problem, or `unavailable`."""
        ...


class Hands(msgspec.Struct, frozen=True):
    """What the host lends the driver for one node in one domain."""

    transact: Callable[[Callable[[Store], object]], object]
    """runs a function in one transaction with the node's store, and returns what it returns"""
    me: Me
    wire: Wire
    now: Callable[[], Now]
    challenge: Callable[[], str]
    chance: Callable[[], float]
    limits: Limits = Limits()


class Turn(msgspec.Struct, frozen=True):
    """How a link's turn went."""

    rounds: int
    failure: str | None = None
    """code of the refusal that ended it"""


def turn(hands: Hands, peer: str, address: str) -> Turn:
    """Exchange with `peer` until neither side has more, at most 64 rounds; set the next turn."""
    rounds = 0
    try:
        while rounds < MOST_ROUNDS:
            rounds += 1
            if not _round(hands, peer, address):
                break
    except Refused as refusal:
        hands.transact(partial(_failed, peer=peer, refusal=refusal, hands=hands))
        return Turn(rounds, refusal.code)
    hands.transact(partial(_rest, peer=peer, hands=hands))
    return Turn(rounds)


def _round(hands: Hands, peer: str, address: str) -> bool:
    """One request and its answer; whether either side has more to say."""
    try:
        fresh, answer = _ask(hands, peer, address)
    except Refused as refusal:
        if refusal.code != "stale-challenge":
            raise
        fresh, answer = _ask(hands, peer, address)
    incoming = peek(answer)

    def hear(store: Store) -> bool:
        heard = exchange.hear(store, hands.me, incoming, hands.now(), fresh, hands.limits)
        more = bool(heard.runs or heard.receipts or heard.wants or heard.idle)
        return more or exchange.pending(store, peer)

    return bool(hands.transact(hear))


def _ask(hands: Hands, peer: str, address: str) -> tuple[str, bytes]:
    """Send the next request; return its challenge and the answer's bytes."""
    fresh, made = hands.challenge(), list[bytes]()

    def call(store: Store) -> None:
        made.append(exchange.call(store, hands.me, peer, hands.now(), fresh, hands.limits))

    hands.transact(call)
    try:
        return fresh, hands.wire.post(address, made[-1])
    except Refused as refusal:
        problem = refusal.problem()
        hands.transact(lambda store: exchange.told(store, peer, problem))
        raise


def _failed(store: Store, peer: str, refusal: Refused, hands: Hands) -> None:
    link = store.link(peer)
    if link is None:
        return
    link.failures += 1
    if refusal.row.action == "halve":
        link.most_events = max(LEAST_EVENTS, link.most_events // 2)
        link.most_bytes = max(LEAST_BYTES, link.most_bytes // 2)
    wait = after_failure(
        link.failures, hands.chance(), float(refusal.extra.get("retry_after", 0) or 0)
    )
    link.due = hands.now().seconds + wait
    link.last_error = f"{refusal.code}: {refusal.detail}"
    store.save_link(link)


def _rest(store: Store, peer: str, hands: Hands) -> None:
    link = store.link(peer)
    if link is None:
        return
    link.due = hands.now().seconds + after_success(link.poll, hands.chance())
    store.save_link(link)
