"""Ten defects, one of which is planted into every process of a run: each must be found.

Each is a plausible mistake in one place of the product; nothing else is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from threading import Timer
from typing import Any

from federation import dsse
from node.domain import fold
from node.service import apply, work
from node.service.host import Host
from node.storage.engine import Database, Unavailable
from schemas.sealed import Seal, read_signed
from sync import exchange, inbox, run
from sync.body import peek

LATER = 0.02
"""seconds"""
EVERY = 5
"""a thing that is forgotten now and then is forgotten each fifth time"""


def ack_before_commit() -> None:
    """Whoever waits is answered before the transaction is durable."""
    real = Database._run

    def early(self: Database, connection: Any, job: Any, done: list[Any]) -> None:
        before = len(done)
        real(self, connection, job, done)
        if len(done) > before:
            job.future.set_result(done.pop()[1])

    Database._run = early  # type: ignore[method-assign]


def cursor_outside() -> None:
    """The cursor moves, and is told, in one transaction; what it stands for is kept in another."""
    real, take = Host._serve, inbox.take

    def split(self: Host, untrusted: bytes) -> bytes:
        put_off = list[Any]()

        def later(store: Any, me: Any, link: Any, body: Any) -> list[dict[str, Any]]:
            put_off.append(body)
            return []

        inbox.take = later
        try:
            answer = real(self, untrusted)
        finally:
            inbox.take = take
        head = peek(untrusted).head

        def keep(store: Any, me: Any) -> None:
            link = store.link(head.sender)
            for body in put_off:
                take(store, me, link, body)
            store.save_link(link)

        def soon() -> None:
            with suppress(Unavailable):
                self.write(self.place(head.to, head.domain), keep)

        Timer(LATER, soon).start()
        return answer

    Host._serve = split  # type: ignore[method-assign]


def seal_unchecked() -> None:
    """A seal is read and never verified."""
    inbox.sealed_by = lambda seal, chain, last, key: read_signed(  # type: ignore[assignment]
        dsse.peek(seal, "seal").payload, Seal, "seal"
    )


def gap_swallowed() -> None:
    """What is missing is noticed, and never asked for."""
    real = exchange.compose

    def shy(store: Any, me: Any, link: Any, *given: Any) -> Any:
        link.wants = ()
        return real(store, me, link, *given)

    exchange.compose = shy  # type: ignore[assignment]


def payload_unchecked() -> None:
    """Payloads are taken without their hash."""
    checks = tuple(one for one in run.LINE_CHECKS if one is not run.same_payload)
    inbox.read_run = partial(run.read_run, line_checks=checks)  # type: ignore[assignment]


def spool_forgotten() -> None:
    """A relay takes a run in and now and then doesn't pass it on."""
    real, number = inbox.spread, count(1)

    def forgetful(*given: Any) -> None:
        if next(number) % EVERY:
            real(*given)

    inbox.spread = forgetful  # type: ignore[assignment]


def apply_forgotten() -> None:
    """Events are kept and now and then not applied."""
    real, number = apply.Rules.__call__, count(1)

    def forgetful(self: apply.Rules, store: Any, events: Any) -> None:
        if not events or next(number) % EVERY:
            real(self, store, events)

    apply.Rules.__call__ = forgetful  # type: ignore[method-assign]


def authority_skipped() -> None:
    """Anybody may write anything."""
    fold.judge = lambda *_: True  # type: ignore[assignment]


def fork_swallowed() -> None:
    """Of two histories of a chain the first is kept, and nobody is told."""

    def silent(store: Any, chain: Any, tip: Any, events: Any, seal: Any) -> None:
        return

    inbox._no_fork = silent  # type: ignore[assignment]


def done_twice() -> None:
    """Now and then a command is done again, as if its first answer had been lost."""
    real, number = work.run, count(1)

    def eager(*given: Any) -> Any:
        if not next(number) % EVERY and given[3] == "matter.register":
            real(*given)
        return real(*given)

    work.run = eager  # type: ignore[assignment]


DEFECTS: dict[str, Callable[[], None]] = {
    one.__name__.replace("_", "-"): one
    for one in (
        ack_before_commit, cursor_outside, seal_unchecked, gap_swallowed, payload_unchecked,
        spool_forgotten, apply_forgotten, authority_skipped, fork_swallowed, done_twice,
    )
}  # fmt: skip
