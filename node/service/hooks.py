"""Webhooks at work: subscriptions, and the delivery of what stands in the outbox.

Decides when a message is tried again: after 1, 2, 4 … 3600 seconds, never given up, and a later one
never before an earlier one of the same subscription. A message that was taken but not yet marked
when the process died is sent again with the same id. Signed as Standard Webhooks asks (ADR 0030).
Follows docs/api.md, "Webhooks".
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from node.domain.commands import Actor, DomainRefused
from node.service.acts import Answer, Deed, perform
from node.service.clock import instant
from node.service.host import Host
from node.service.place import Place
from node.storage import hooks
from node.storage.hooks import Hook, Post
from node.storage.store import SqlStore
from schemas.refusals import Refused
from sync.me import Me

KINDS: Final = ("matter", "assignment")
MOST_HOOKS: Final = 20
MOST_POSTS: Final = 50
LONGEST: Final = 3600.0
Send = Callable[[str, bytes, Mapping[str, str]], int]


def subscribe(
    host: Host, place: Place, by: Actor, address: str, kinds: list[str], deed: Deed
) -> tuple[Answer, bool]:
    """A new subscription to the changes of state in this domain; its secret is told only now."""
    id, secret = host.chance.nonce(), host.chance.bytes(24)
    wanted = " ".join(sorted(set(kinds or KINDS)))

    def work(store: SqlStore, me: Me) -> Answer:
        if len(hooks.list_hooks(store.connection, store.tenant)) >= MOST_HOOKS:
            raise DomainRefused("conflict", "too many subscriptions", f"at most {MOST_HOOKS}")
        blob = host.vault.lock(secret, _bound(store.node, id), host.chance.bytes(12))
        made = Hook(store.tenant, id, place.domain, address, wanted, blob, 0.0, 0, None)
        hooks.add(store.connection, made)
        return row(made, 0) | {"secret": "whsec_" + b64encode(secret).decode()}

    return perform(host, place, by, deed, work)


def unsubscribe(host: Host, place: Place, by: Actor, id: str, deed: Deed) -> tuple[Answer, bool]:
    """Tell this subscriber nothing any longer. DomainRefused `not-found`."""

    def work(store: SqlStore, me: Me) -> Answer:
        if not hooks.drop(store.connection, store.tenant, id):
            raise DomainRefused("not-found", f"no subscription {id[:70]}")
        return {"id": id}

    return perform(host, place, by, deed, work)


def row(hook: Hook, pending: int) -> Answer:
    """A subscription as its administrator sees it."""
    return {
        "id": hook.id,
        "domain": hook.domain,
        "address": hook.address,
        "kinds": hook.kinds.split(),
        "pending": pending,
        "failures": hook.failures,
        "last_error": hook.last_error,
    }


def log_row(node: str, post: Post) -> Answer:
    """A message as the delivery log shows it."""
    at = None if post.delivered is None else instant(datetime.fromtimestamp(post.delivered, UTC))
    return {
        "id": message_id(node, post.n),
        "n": post.n,
        "object": post.object,
        "attempts": post.attempts,
        "delivered_at": at,
        "last_error": post.last_error,
    }


def message_id(node: str, n: int) -> str:
    """A message's name: unique, and the same at each try."""
    return f"{node}.{n}"


def _bound(node: str, id: str) -> bytes:
    return f"duban webhook {id} of {node}".encode()


def signature(secret: bytes, id: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over `id.timestamp.body`, as the header says it."""
    signed = f"{id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.new(secret, signed, sha256).digest()).decode()


def deliver(host: Host, hook: Hook, node: str, send: Send) -> tuple[int, str | None]:
    """Send what waits for a subscriber, in order; how many it took, and why no more."""
    with host.database.read(hook.tenant) as connection:
        found = hooks.waiting(connection, hook, MOST_POSTS)
    secret = host.vault.open(hook.secret, _bound(node, hook.id))
    for taken, post in enumerate(found):
        error = _try(host, hook, node, secret, post, send)
        if error is not None:
            _failed(host, hook, post, error)
            return taken, error
        _taken(host, hook, post)
    return len(found), None


def _try(host: Host, hook: Hook, node: str, secret: bytes, post: Post, send: Send) -> str | None:
    """Send one message; None when it was taken, else why not."""
    id, stamp, body = message_id(node, post.n), str(int(host.now().seconds)), post.body.encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "duban",
        "webhook-id": id,
        "webhook-timestamp": stamp,
        "webhook-signature": signature(secret, id, stamp, body),
    }
    try:
        status = send(hook.address, body, headers)
    except Refused as refused:
        return refused.detail
    return None if 200 <= status < 300 else f"status {status}"


def _failed(host: Host, hook: Hook, post: Post, error: str) -> None:
    pause = min(LONGEST, 2.0 ** min(hook.failures, 12)) * (0.75 + host.chance.unit() / 2)
    due = host.now().seconds + pause
    host.database.write(lambda one: hooks.failed(one, hook, post.n, error, due), hook.tenant)


def _taken(host: Host, hook: Hook, post: Post) -> None:
    now = host.now().seconds
    host.database.write(lambda one: hooks.delivered(one, hook, post.n, now), hook.tenant)
