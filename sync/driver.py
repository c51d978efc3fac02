"""One link's turn: call, carry, hear, and again while there is something to carry.

The loop around the conversation; transactions, wire, clocks and chance are handed in. A failure of
one peer ends its own turn and sets its next one, nothing else. Follows docs/spec/05-exchange.md,
"Retry".
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Protocol

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


class _Sent(NamedTuple):
    """A request that is made and stored: the challenge for its answer, and its bytes."""

    challenge: str
    body: bytes
    refused: tuple[dict[str, Any], ...] = ()
    """what either side had not accepted when it was made"""


def turn(hands: Hands, peer: str, address: str) -> Turn:
    """Exchange with `peer` until neither side has more, at most 64 rounds; set the next turn.

    What an answer brings, the next request and the link's next turn become durable together. Ends
    as well when a round is refused just what the round before was: asking on would not mend it.
    """
    rounds = 0
    try:
        sent: _Sent | None = _call(hands, peer)
        while sent is not None:
            rounds += 1
            challenge, answer = _post(hands, peer, address, sent)
            before, last = sent.refused, rounds == MOST_ROUNDS
            sent = _hear(hands, peer, challenge, answer, before, last)
    except Refused as refusal:
        hands.transact(partial(_failed, peer=peer, refusal=refusal, hands=hands))
        return Turn(max(rounds, 1), refusal.code)
    return Turn(rounds)


def _call(hands: Hands, peer: str) -> _Sent:
    made = list[_Sent]()
    hands.transact(lambda store: made.append(_next(store, hands, peer)))
    return made[-1]


def _next(store: Store, hands: Hands, peer: str, refused: tuple[dict[str, Any], ...] = ()) -> _Sent:
    fresh = hands.challenge()
    body = exchange.call(store, hands.me, peer, hands.now(), fresh, hands.limits)
    return _Sent(fresh, body, refused)


def _post(hands: Hands, peer: str, address: str, sent: _Sent) -> tuple[str, bytes]:
    """Carry a request; once more, signed anew, where only its challenge was stale."""
    for again in (False, True):
        try:
            return sent.challenge, hands.wire.post(address, sent.body)
        except Refused as refusal:
            hands.transact(partial(exchange.told, peer=peer, problem=refusal.problem()))
            if again or refusal.code != "stale-challenge":
                raise
        sent = _call(hands, peer)
    raise AssertionError("the second attempt returns or raises")


def _hear(
    hands: Hands,
    peer: str,
    challenge: str,
    answer: bytes,
    before: tuple[dict[str, Any], ...],
    last: bool,
) -> _Sent | None:
    """Take an answer; the next request, if either side has more to say and it isn't the last.

    Receipts alone are no reason to go on: they are confirmed by whatever goes next.
    """
    incoming, made = peek(answer), list[_Sent]()

    def hear(store: Store) -> None:
        heard = exchange.hear(store, hands.me, incoming, hands.now(), challenge, hands.limits)
        link = store.link(peer)
        runs = [one for one in heard.results if "sha256" not in one]
        refused = (*runs, *(link.results if link is not None else ()))
        said = heard.runs or heard.wants or heard.chunks or heard.idle
        more = bool(said) or exchange.pending(store, peer)
        if more and not last and not (refused and refused == before):
            made.append(_next(store, hands, peer, refused))
        else:
            _rest(store, peer, hands)

    hands.transact(hear)
    return made[-1] if made else None


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
    wait = 0.0 if link.hurry else after_success(link.poll, hands.chance())
    link.due = hands.now().seconds + wait
    store.save_link(link)
