"""Many nodes at once, of one host: born, invited, admitted, as a topology file says.

Decides what is still missing, so that a run that was killed goes on: a node is known by its handle,
a join under way by the document that was kept before it was handed in. Decides nothing of
membership itself (enrol.py). Several at a time, so that their transactions share a commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import msgspec

from federation.ids import self_domain
from node.service import enrol
from node.service.host import Host
from node.service.topology import Body
from node.storage.engine import Connection
from node.storage.hosts import (
    Tenant,
    drop_setting,
    find_membership,
    find_setting,
    list_memberships,
    list_seats,
    list_tenants,
    load_key,
    put_setting,
    settings_named,
)
from node.storage.links import unheard
from schemas.refusals import Refused
from schemas.strict import dump

JOIN: Final = "topology-join"
TOGETHER: Final = 8
DAYS: Final = 1.0
Document = dict[str, Any]
Hand = Callable[[str, Document], Mapping[str, Any]]
"""carries a join to the exchange address of another host, and brings the admission"""
T = TypeVar("T")
S = TypeVar("S")


class Enrolment(msgspec.Struct, frozen=True):
    """Whom to enrol under whom: node ids, the domain's name, what the parent enters."""

    child: str
    parent: str
    domain: str
    name: str
    level: str
    code: str | None = None
    hosted: bool = False
    """whether both live on this host: then the child's key is in the parent's custody"""


class Standing(msgspec.Struct, frozen=True):
    """How far a host is: its nodes, those with a place in a domain, links never heard from."""

    nodes: int
    enrolled: int
    silent: int
    known: int
    """members in the largest roster of a root that lives here"""


def births(host: Host, bodies: Iterable[Body]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Make those that are missing; handle -> node id of all, and new domains' recovery seeds."""
    bodies, known = list(bodies), held(host)
    new = [one for one in bodies if one.key not in known]
    made = _each(lambda one: _born(host, one), new)
    known |= {one.key: node for one, node in zip(new, made, strict=True)}
    seeds = dict[str, list[str]]()
    for body in bodies:
        for root in body.roots:
            seeds |= _founded(host, host.tenant(known[body.key]), root)
    return {one.key: known[one.key] for one in bodies}, seeds


def held(host: Host) -> dict[str, str]:
    """Node ids by the handles that a topology gave them."""
    with host.database.read() as connection:
        named = settings_named(connection, enrol.HANDLE)
        nodes = {one.id: one.node for one in list_tenants(connection)}
    return {handle: nodes[tenant] for tenant, handle in named.items()}


def _born(host: Host, body: Body) -> str:
    return enrol.init(host, body.name, body.level, body.code, handle=body.key).node


def _founded(host: Host, tenant: Tenant, root: str) -> dict[str, list[str]]:
    """The recovery seeds of a domain that is founded now; nothing where it has been."""
    with host.database.read(tenant.id) as connection:
        if _member(connection, tenant, root):
            return {}
        own = find_membership(connection, tenant, self_domain(tenant.node))
        if own is None:
            raise Refused("malformed", f"{tenant.node} has no key of its own here")
        key = load_key(connection, tenant, own.keyid, host.vault)
    domain, seeds = enrol.found(host, tenant, key, root, tenant.name)
    return {domain: list(seeds)}


def _member(connection: Connection, tenant: Tenant, domain: str) -> bool:
    held = list_memberships(connection, tenant)
    return any(one.domain.startswith(f"{domain}@") for one in held)


def requests(host: Host, nodes: Iterable[str]) -> list[Document]:
    """The join requests of these nodes, which live here."""
    return [enrol.request_of(host, one) for one in nodes]


def invitations(host: Host, asked: Iterable[tuple[Enrolment, Document, str]]) -> list[Document]:
    """At the parents' host: one invitation each, for (whom, join request, own exchange address).

    A child that was admitted already needs none: then the answer is empty.
    """

    def invite(one: tuple[Enrolment, Document, str]) -> Document:
        whom, request, address = one
        try:
            return _invite(host, whom, request, address)
        except Refused as refused:
            if refused.code != "already-member":
                raise
            return {}

    return _each(invite, list(asked))


def _invite(host: Host, whom: Enrolment, request: Document, address: str | None) -> Document:
    entered = {"name": whom.name, "level": whom.level, "code": whom.code}
    stated = {name: value for name, value in entered.items() if value is not None}
    place = host.place(whom.parent, whom.domain)
    custody = f"hosted:{whom.parent}" if whom.hosted else "own"
    return enrol.invite(host, place, request, stated, address, DAYS, custody)


def joins(host: Host, asked: Iterable[tuple[Enrolment, Document]], address: str, hand: Hand) -> int:
    """At the children's host: join with these invitations over the wire; how many joined now."""

    def join(one: tuple[Enrolment, Document]) -> bool:
        whom, invitation = one
        return _join(host, whom, lambda: invitation, address, hand)

    return sum(_each(join, list(asked)))


def enrol_here(host: Host, whom: Iterable[Enrolment]) -> int:
    """Enrol where parent and child live here, in the order given; how many were enrolled now.

    No parent may come after its child, nor with it in one call.
    """

    def one(each: Enrolment) -> bool:
        def invitation() -> Document:
            return _invite(host, each, enrol.request_of(host, each.child), None)

        return _join(host, each, invitation, None, lambda _, document: enrol.admit(host, document))

    return sum(_each(one, list(whom)))


def _join(
    host: Host, whom: Enrolment, invitation: Callable[[], Document], address: str | None, hand: Hand
) -> bool:
    """Join once. What is handed in is kept before, so that after a crash it is handed in again."""
    tenant, name = host.tenant(whom.child), f"{JOIN} {whom.domain}"
    with host.database.read(tenant.id) as connection:
        if _member(connection, tenant, whom.domain):
            return False
        kept = find_setting(connection, name, tenant.id)
    asked: Document = msgspec.json.decode(kept) if kept else invitation()
    joining = enrol.prepare(host, whom.child, asked, None, address, address is None)
    if not kept:
        text = dump(asked).decode()
        host.database.write(lambda one: put_setting(one, name, text, tenant.id), tenant.id)
    document = {"invitation": joining.invitation, "join": joining.join}
    enrol.finish(host, joining, hand(joining.address or "", document))
    host.database.write(lambda one: drop_setting(one, name, tenant.id), tenant.id)
    return True


def standing(host: Host) -> Standing:
    """How far this host is."""
    with host.database.read() as connection:
        nodes, silent = len(list_tenants(connection)), unheard(connection)
        enrolled, roots = len(list_seats(connection)), list_seats(connection, roots=True)
    known = [host.read(host.place(*one), lambda store: len(store.roster())) for one in roots]
    return Standing(nodes, enrolled, silent, max(known, default=0))


def _each(work: Callable[[S], T], items: Sequence[S]) -> list[T]:
    """Several at a time: what they write shares commits. Raises what the first of them raised."""
    with ThreadPoolExecutor(TOGETHER, thread_name_prefix="founding") as pool:
        return list(pool.map(work, items))
