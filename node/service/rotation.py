"""A node goes on under a new key, in all its domains at once.

Decides nothing that federation/rotation.py doesn't. The old keys stay: the first one joins further
domains, and none of them signs anything any more. Follows docs/spec/04-membership.md, "Rotation".
"""

from __future__ import annotations

from typing import Any

import msgspec

from federation.ids import SELF, epoch_counter, epoch_id
from federation.keys import SigningKey
from federation.rotation import make_rotation
from node.service.host import Host
from node.service.place import Place
from node.storage.engine import Connection
from node.storage.hosts import Membership, Tenant, list_memberships, put_key, put_membership
from sync.me import Me
from sync.publish import reopen


def rotate(host: Host, node: str) -> dict[str, Any]:
    """Make a new key for `node` and open an epoch under it in each domain, in one transaction.

    Returns node, keyid and per domain its new epoch. Raises Refused `wrong-receiver`.
    """
    tenant = host.tenant(node)
    key = SigningKey.from_seed(host.chance.bytes(32))

    def turn(connection: Connection) -> list[dict[str, str]]:
        put_key(connection, tenant, key, host.vault, host.chance.bytes(12))
        return [
            {"domain": one.domain, "epoch": hand_over(host, connection, tenant, one, key)}
            for one in list_memberships(connection, tenant)
        ]

    domains = host.database.write(turn, tenant.id)
    return {"node": node, "keyid": key.public.keyid, "domains": domains}


def hand_over(
    host: Host, connection: Connection, tenant: Tenant, held: Membership, key: SigningKey
) -> str:
    """Let one membership go on under `key`, which is kept already; return the new epoch."""
    place = Place(tenant, held)
    store, old = host.store(connection, place), host.me(connection, place)
    epoch = epoch_id(epoch_counter(old.epoch) + 1, host.chance.bytes(4))
    rotation = make_rotation(held.domain, old.node, old.epoch, epoch, old.key, key)
    store.add_rotation(rotation)
    changed = msgspec.structs.replace(held, epoch=epoch, keyid=key.public.keyid)
    put_membership(connection, tenant, changed)
    alone = held.domain.startswith(f"{SELF}@")
    me = Me(old.node, old.domain, epoch, key, old.fence)
    reopen(store, me, host.now(), lambda: host.chance.bytes(16), alone)
    return epoch
