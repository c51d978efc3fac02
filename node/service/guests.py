"""Who stands at the door: from a token to its user, and what becomes of tokens that fit nobody.

Decides how many tokens an address may try in vain in a minute, and which tries are written down: a
revoked token in its node's chain; an unknown one there too where a host has one node only, and else
in the log. At most two entries a minute and address, so that a stranger can't fill a journal. The
counts are this process's own and forgotten with it.
"""

from __future__ import annotations

import logging
from typing import Final

from node.domain.commands import Actor, DomainRefused
from node.service import users
from node.service.acts import Deed, note, own_place
from node.service.host import Host
from node.service.users import Who
from schemas.refusals import Refused

MOST_TRIES: Final = 30
MOST_ADDRESSES: Final = 10_000
_log: Final = logging.getLogger("duban.door")


def enter(host: Host, token: str, act: str, address: str) -> Who:
    """Whose token it is. DomainRefused `no-token`; Refused `rate` after too many tries in vain."""
    who = users.find(host, token) if token else None
    if who is not None:
        return who
    if token:
        tries = _count(host, address)
        if tries in (1, MOST_TRIES):
            _write(host, token, act, address, tries)
        if tries >= MOST_TRIES:
            raise Refused("rate", f"{MOST_TRIES} tokens a minute that fit nobody are enough")
    raise DomainRefused("no-token", "a valid token is needed", "Authorization: Bearer …")


def _count(host: Host, address: str) -> int:
    minute = int(host.now().seconds // 60)
    if len(host.strangers) > MOST_ADDRESSES:
        host.strangers.clear()
    last, tries = host.strangers.get(address, (minute, 0))
    tries = tries + 1 if last == minute else 1
    host.strangers[address] = minute, tries
    return tries


def _write(host: Host, token: str, act: str, address: str, tries: int) -> None:
    known = users.former(host, token)
    tenants = host.tenants()
    if known is None and len(tenants) != 1:
        _log.warning("a token that fits nobody, from %s, try %d", address, tries)
        return
    tenant = known.tenant if known is not None else tenants[0]
    actor = known.actor if known is not None else Actor(tenant.node, "?", "?")
    deed, detail = Deed(act), f"from {address}, try {tries}"
    host.write(
        own_place(host, tenant),
        lambda store, _: note(
            host, store.connection, tenant, actor, deed, "refused:no-token", detail
        ),
    )
