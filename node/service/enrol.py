"""Founding, inviting, joining: the commands by which nodes come to be and find their parents.

Decides nothing that federation/enrolment.py doesn't: it keeps keys, nonces and lineages, and writes
the events. Follows docs/spec/04-membership.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from federation import enrolment
from federation.enrolment import Request
from federation.ids import epoch_id, member_id, node_id, self_domain
from federation.keys import SigningKey
from federation.lineage import Proven
from node.service.host import Host
from node.service.place import Place
from node.service.rotation import hand_over
from node.storage.engine import Connection
from node.storage.hosts import (
    Membership,
    Tenant,
    create_tenant,
    find_membership,
    find_setting,
    list_keys,
    load_key,
    put_key,
    put_membership,
    put_setting,
)
from node.storage.store import SqlStore
from schemas.refusals import Refused
from schemas.strict import dump
from sync.me import Me
from sync.ports import Link
from sync.publish import fill, publish
from sync.writing import Draft

FIRST_KEY = "first-key"
REQUEST = "join-request"
HANDLE = "handle"
RECOVERY_KEYS = 3
RECOVERY_NEEDED = 2
MOST_ADMISSION = 8 * 1024 * 1024


class Born(msgspec.Struct, frozen=True):
    """A new node: what it shows, and what must be kept apart."""

    node: str
    request: dict[str, Any]
    domain: str | None = None
    recovery: tuple[str, ...] = ()
    """seeds of a founded domain's offline keys, hex: shown once, never kept here"""


def init(
    host: Host,
    name: str,
    level: str,
    code: str | None = None,
    root: str | None = None,
    handle: str | None = None,
) -> Born:
    """Make a node with its first key, and with `root` found the domain of that name.

    `handle`: what a topology file calls it, kept so that the file can be applied again.

    Raises Refused `malformed` when name, level or code have not their form.
    """
    key = SigningKey.from_seed(host.chance.bytes(32))
    now = host.now()
    request = enrolment.make_request(key, name, level, code, now.wire, host.chance.nonce())
    node = node_id(key.public.raw)

    def make(connection: Connection) -> Tenant:
        tenant = create_tenant(connection, node, name, level, code)
        put_key(connection, tenant, key, host.vault, host.chance.bytes(12))
        put_setting(connection, FIRST_KEY, key.public.keyid, tenant.id)
        put_setting(connection, REQUEST, dump(request).decode(), tenant.id)
        if handle is not None:
            put_setting(connection, HANDLE, handle, tenant.id)
        epoch = epoch_id(1, host.chance.bytes(4))
        put_membership(
            connection,
            tenant,
            Membership(
                domain=self_domain(node), epoch=epoch, keyid=key.public.keyid, joined_at=now.wire
            ),
        )
        return tenant

    tenant = host.database.write(make)
    if root is None:
        return Born(node, request)
    domain, recovery = found(host, tenant, key, root, name)
    return Born(node, request, domain, recovery)


def found(
    host: Host, tenant: Tenant, key: SigningKey, name: str, title: str
) -> tuple[str, tuple[str, ...]]:
    """Found a domain with this node as its root; return its id and the offline keys' seeds."""
    seeds = tuple(host.chance.bytes(32) for _ in range(RECOVERY_KEYS))
    epoch, now = epoch_id(1, host.chance.bytes(4)), host.now()
    offline = [SigningKey.from_seed(seed).public for seed in seeds]
    envelope = enrolment.make_genesis(name, title, key, epoch, offline, RECOVERY_NEEDED, now.wire)
    genesis = enrolment.open_genesis(envelope)
    membership = Membership(
        domain=genesis.domain,
        genesis=dump(envelope).decode(),
        epoch=epoch,
        keyid=key.public.keyid,
        joined_at=now.wire,
    )
    host.database.write(lambda one: put_membership(one, tenant, membership), tenant.id)
    return genesis.domain, tuple(seed.hex() for seed in seeds)


def request_of(host: Host, node: str) -> dict[str, Any]:
    """The join request that the node made at its birth."""
    tenant = host.tenant(node)
    with host.database.read(tenant.id) as connection:
        kept = find_setting(connection, REQUEST, tenant.id)
    if kept is None:
        raise Refused("malformed", f"{node} has no join request")
    request: dict[str, Any] = msgspec.json.decode(kept)
    return request


def invite(
    host: Host,
    place: Place,
    request: Mapping[str, Any],
    entered: Mapping[str, Any],
    address: str | None,
    days: float = 7.0,
    custody: str = "own",
) -> dict[str, Any]:
    """Make a one-time invitation that fits the request's key. Raises Refused as `open_request`."""
    asked = enrolment.open_request(request)
    now = host.now()
    expires = _instant(datetime.fromtimestamp(now.seconds, UTC) + timedelta(days=days))

    def make(store: SqlStore, me: Me) -> dict[str, Any]:
        if asked.stated.node in store.roster():
            raise Refused("already-member", f"{asked.stated.node} is a member of {me.domain}")
        return enrolment.make_invitation(
            asked,
            me.key,
            domain=me.domain,
            parent=me.node,
            epoch=me.epoch,
            nonce=host.chance.nonce(),
            at=now.wire,
            expires=expires,
            lineage=lineage(store, place),
            address=address,
            custody=custody,
            entered=entered,
        )

    return host.write(place, make)


def lineage(store: SqlStore, place: Place) -> dict[str, Any]:
    """From the genesis to this node, each step proven; each one's later keys right behind it."""
    genesis = msgspec.json.decode(place.membership.genesis or "null")
    return {"genesis": genesis, "steps": _steps(store, store.node)}


def _steps(store: SqlStore, node: str) -> list[dict[str, Any]]:
    line = reversed(store.roster().lineage(node))
    return [step for each in line for _, step in store.proofs(each)]


def admit(host: Host, untrusted: Mapping[str, Any]) -> dict[str, Any]:
    """At the parent: take a join in; return the admission. Raises Refused as `check_join`."""
    invitation, join = untrusted.get("invitation"), untrusted.get("join")
    if not isinstance(invitation, Mapping) or not isinstance(join, Mapping):
        raise Refused("malformed", "join: `invitation` and `join` are needed, both envelopes")
    parent, domain = enrolment.addressed(invitation)
    place = host.place(parent, domain)

    def take(store: SqlStore, me: Me) -> dict[str, Any]:
        used = _used(store)
        now = host.now()
        made = enrolment.check_join(store.roster(), me.node, invitation, join, now.wire, used)
        child = made.join.node
        if not made.repeated:
            put_setting(store.connection, f"nonce {made.join.nonce}", made.digest, place.tenant.id)
            admitted = Draft("duban.member.admitted", member_id(child), "up", made.data)
            publish(store, me, [admitted], now, lambda: host.chance.bytes(16))
            store.save_link(
                Link(
                    peer=child,
                    side="down",
                    epoch=epoch_id(1, host.chance.bytes(4)),
                    address=None if made.join.poll else made.join.address,
                )
            )
            fill(store, me, child)
        link = store.link(child)
        if link is None:
            raise Refused("already-member", f"{child} was admitted elsewhere")
        above = lineage(store, place) | {"steps": _steps(store, child)}
        return {"admitted": True, "lineage": above, "link": link.epoch}

    return host.write(place, take)


def _used(store: SqlStore) -> Mapping[str, str]:
    return _Used(store)


class _Used(dict[str, str]):
    """Used nonces, asked for one by one."""

    def __init__(self, store: SqlStore) -> None:
        super().__init__()
        self._store = store

    def get(self, nonce: str, default: Any = None) -> Any:
        found = find_setting(self._store.connection, f"nonce {nonce}", self._store.tenant)
        return default if found is None else found

    def __contains__(self, nonce: object) -> bool:
        return isinstance(nonce, str) and self.get(nonce) is not None


class Joining(msgspec.Struct, frozen=True):
    """A join that is on its way."""

    tenant: Tenant
    invitation: dict[str, Any]
    join: dict[str, Any]
    address: str | None
    key: SigningKey


def prepare(
    host: Host,
    node: str,
    invitation: Mapping[str, Any],
    expected_domain: str | None,
    address: str | None,
    poll: bool,
) -> Joining:
    """At the child: check the invitation and sign the join. Raises Refused as the checks."""
    tenant = host.tenant(node)
    own = enrolment.open_request(request_of(host, node))
    found, roster = enrolment.check_invitation(dict(invitation), own, expected_domain)
    with host.database.read(tenant.id) as connection:
        if find_membership(connection, tenant, roster.domain) is not None:
            raise Refused("already-member", f"{node} is a member of {roster.domain} already")
        key = _first_key(host, connection, tenant)
        kept = find_setting(connection, _joining(found.stated.nonce), tenant.id)
    if kept is not None:
        join: dict[str, Any] = msgspec.json.decode(kept)
    else:
        epoch = epoch_id(1, host.chance.bytes(4))
        join = enrolment.make_join(found, key, epoch, address, poll, host.now().wire)
        host.database.write(
            lambda one: put_setting(
                one, _joining(found.stated.nonce), dump(join).decode(), tenant.id
            ),
            tenant.id,
        )
    return Joining(tenant, dict(invitation), join, found.stated.address, key)


def _joining(nonce: str) -> str:
    return f"join {nonce}"


def finish(host: Host, joining: Joining, admission: Mapping[str, Any]) -> Place:
    """At the child: check the parent's answer and become a member. Raises Refused."""
    found, _ = enrolment.check_invitation(
        joining.invitation, _own_request(host, joining.tenant.node), None
    )
    above = admission.get("lineage")
    link = admission.get("link")
    if not isinstance(above, Mapping) or not isinstance(link, str):
        raise Refused("malformed", "admission: `lineage` and `link` are needed")
    stated = enrolment.stated_join(joining.join)
    roster = enrolment.check_admission(above, found, stated)
    membership = Membership(
        domain=roster.domain,
        genesis=dump(above["genesis"]).decode(),
        parent=stated.parent,
        epoch=stated.epoch,
        keyid=joining.key.public.keyid,
        lineage=tuple(above["steps"]),
        joined_at=host.now().wire,
    )
    place = Place(joining.tenant, membership)

    def join(connection: Connection) -> None:
        put_membership(connection, joining.tenant, membership)
        store = host.store(connection, place)
        for step in membership.lineage:
            store.learn(Proven.from_wire(step))
        kind = Link(peer=stated.parent, side="up", epoch=link, address=joining.address)
        store.save_link(kind)
        _go_on(host, connection, joining, membership)

    host.database.write(join, joining.tenant.id)
    return place


def _go_on(host: Host, connection: Connection, joining: Joining, membership: Membership) -> None:
    """A node joins with its first key; where it has another by now, it goes on under that."""
    alone = find_membership(connection, joining.tenant, self_domain(joining.tenant.node))
    if alone is not None and alone.keyid != membership.keyid:
        key = load_key(connection, joining.tenant, alone.keyid, host.vault)
        hand_over(host, connection, joining.tenant, membership, key)


def _own_request(host: Host, node: str) -> Request:
    return enrolment.open_request(request_of(host, node))


def _first_key(host: Host, connection: Connection, tenant: Tenant) -> SigningKey:
    keyid = find_setting(connection, FIRST_KEY, tenant.id) or list_keys(connection, tenant)[0]
    return load_key(connection, tenant, keyid, host.vault)


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
