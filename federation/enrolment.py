"""Enrolment: request, invitation, join.

Decides whether each document fits the ones before it, and what may follow what: ENROLMENT, seen
from the child, and INVITED, seen from the parent. Never decides whether the domain is the right one
nor whether the child ought to be admitted: persons do. Stores nothing, reads no clock.
Follows docs/spec/04-membership.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Literal, TypeAlias, TypeVar

from federation import dsse
from federation.genesis import Genesis, make_genesis, open_genesis
from federation.ids import node_id
from federation.keys import PublicKey, SigningKey
from federation.lineage import verify_lineage
from federation.roster import Roster
from federation.tree import Tree
from schemas.documents import Envelope, InvitationDoc, JoinDoc, RequestDoc
from schemas.refusals import Refused
from schemas.shapes import read_document
from schemas.strict import dump

__all__ = [
    "ENROLMENT",
    "INVITED",
    "Admission",
    "Genesis",
    "Invitation",
    "Request",
    "addressed",
    "advance",
    "check_admission",
    "check_invitation",
    "check_join",
    "make_genesis",
    "make_invitation",
    "make_join",
    "make_request",
    "open_genesis",
    "open_invitation",
    "open_request",
    "stated_join",
]

State: TypeAlias = Literal["fresh", "requested", "invited", "joining", "provisional", "member"]
Step: TypeAlias = Literal["request", "invitation", "join", "admitted", "refused", "root receipt"]

ENROLMENT: Final[Mapping[tuple[State, Step], State]] = {
    ("fresh", "request"): "requested",
    ("requested", "request"): "requested",
    ("requested", "invitation"): "invited",
    ("invited", "invitation"): "invited",
    ("invited", "join"): "joining",
    ("joining", "join"): "joining",
    ("joining", "refused"): "requested",
    ("joining", "admitted"): "provisional",
    ("provisional", "admitted"): "provisional",
    ("provisional", "root receipt"): "member",
    ("member", "admitted"): "member",
    ("member", "root receipt"): "member",
}

Offer: TypeAlias = Literal["none", "open", "used", "closed"]
Deed: TypeAlias = Literal["invite", "join", "expire", "withdraw"]

INVITED: Final[Mapping[tuple[Offer, Deed], Offer]] = {
    ("none", "invite"): "open",
    ("open", "join"): "used",
    ("open", "expire"): "closed",
    ("open", "withdraw"): "closed",
    ("used", "join"): "used",
    ("used", "expire"): "used",
}

S = TypeVar("S", bound=str)
D = TypeVar("D", bound=str)


def advance(table: Mapping[tuple[S, D], S], state: S, step: D) -> S:
    """The state after `step`. Refused: `wrong-state`."""
    after = table.get((state, step))
    if after is None:
        raise Refused("wrong-state", f"enrolment: no {step} while {state}")
    return after


@dataclass(frozen=True, slots=True)
class Request:
    """A verified join request."""

    stated: RequestDoc
    key: PublicKey
    digest: str
    """hash of its payload, which the invitation names"""


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation whose parent's signature was verified."""

    stated: InvitationDoc
    key: PublicKey
    """the invited key"""


@dataclass(frozen=True, slots=True)
class Admission:
    """A join that fits its invitation."""

    join: JoinDoc
    digest: str
    """hash of the join's payload, kept beside the used nonce"""
    data: dict[str, Any]
    """the `data` of the `admitted` event to write"""
    repeated: bool
    """the same join was admitted before: answer as the first time, write nothing"""


def make_request(
    key: SigningKey, name: str, level: str, code: str | None, at: str, nonce: str
) -> dict[str, Any]:
    """The envelope in which the holder of the first key `key` asks to be admitted."""
    stated = {
        "v": 1,
        "node": node_id(key.public.raw),
        "key": key.public.record,
        "name": name,
        "level": level,
        "code": code,
        "at": at,
        "nonce": nonce,
    }
    made = dsse.envelope("join-request", dump(stated), [key])
    open_request(made)
    return made


def open_request(untrusted: bytes | Mapping[str, Any] | Envelope) -> Request:
    """Return a request that proves possession of the node's first key.

    Refused: `oversize`, `malformed`, `algorithm`, `weak-key`, `bad-proof`.
    """
    payload = dsse.peek(untrusted, "join-request").payload
    stated = read_document(payload, RequestDoc, dsse.MAX_ENVELOPE, "join-request")
    key = PublicKey.from_record(stated.key)
    if node_id(key.raw) != stated.node:
        raise Refused("bad-proof", "join-request: the node's id is not made of its key")
    _prove(untrusted, "join-request", key)
    return Request(stated, key, sha256(payload).hexdigest())


def _prove(untrusted: bytes | Mapping[str, Any] | Envelope, kind: str, key: PublicKey) -> None:
    try:
        dsse.verify(untrusted, kind, key)
    except Refused as refusal:
        raise Refused("bad-proof", refusal.detail) from None


def make_invitation(
    request: Request,
    key: SigningKey,
    *,
    domain: str,
    parent: str,
    epoch: str,
    nonce: str,
    at: str,
    expires: str,
    lineage: Mapping[str, Any],
    address: str | None = None,
    custody: str = "own",
    entered: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The envelope in which `parent` (its `key` of `epoch`) invites whoever made `request`.

    `lineage` leads from the root to the parent; `entered` gives `name`, `level` or `code` where the
    parent enters others than were asked for; `address` is the parent's whole exchange URL; `at`
    and `expires` are wire instants.
    """
    asked = request.stated
    stated = {
        "v": 1,
        "domain": domain,
        "parent": parent,
        "epoch": epoch,
        "node": asked.node,
        "key": request.key.record,
        "name": asked.name,
        "level": asked.level,
        "code": asked.code,
        "address": address,
        "custody": custody,
        "request": request.digest,
        "nonce": nonce,
        "at": at,
        "expires": expires,
        "lineage": lineage,
    }
    made = dsse.envelope("invitation", dump(stated | dict(entered or {})), [key])
    open_invitation(made, key.public)
    return made


def _stated_invitation(untrusted: bytes | Mapping[str, Any] | Envelope) -> Invitation:
    payload = dsse.peek(untrusted, "invitation").payload
    stated = read_document(payload, InvitationDoc, dsse.MAX_INVITATION, "invitation")
    return Invitation(stated, PublicKey.from_record(stated.key))


def addressed(untrusted: Mapping[str, Any] | Envelope) -> tuple[str, str]:
    """The parent and the domain that an unverified invitation names, for finding the receiver."""
    stated = _stated_invitation(untrusted).stated
    return stated.parent, stated.domain


def stated_join(own: Mapping[str, Any] | Envelope) -> JoinDoc:
    """What a join says that this node made itself."""
    return read_document(dsse.peek(own, "join").payload, JoinDoc, dsse.MAX_ENVELOPE, "join")


def open_invitation(
    untrusted: bytes | Mapping[str, Any] | Envelope, parent_key: PublicKey
) -> Invitation:
    """Return the invitation that `parent_key` signed.

    Refused: `oversize`, `malformed`, `algorithm`, `weak-key`, `bad-signature`.
    """
    found = _stated_invitation(untrusted)
    dsse.verify(untrusted, "invitation", parent_key)
    return found


def check_invitation(
    untrusted: bytes | Mapping[str, Any] | Envelope,
    request: Request,
    expected_domain: str | None = None,
) -> tuple[Invitation, Roster]:
    """What a child checks before it joins: return the invitation and the tree above the child.

    `request` is its own; `expected_domain` is the domain's id as obtained by another way.
    Refused: as `verify_lineage`, `bad-lineage`, `bad-signature`, `invitation-misfit`.
    """
    found = _stated_invitation(untrusted)
    stated = found.stated
    roster = verify_lineage(stated.lineage, expected_domain)
    if stated.domain != roster.domain:
        raise Refused("invitation-misfit", "the invitation and its lineage name two domains")
    key = roster.key(stated.parent, stated.epoch)
    if key is None:
        raise Refused("bad-lineage", "the lineage doesn't lead to the parent in its epoch")
    dsse.verify(untrusted, "invitation", key)
    if (stated.node, found.key) != (request.stated.node, request.key):
        raise Refused("invitation-misfit", "the invitation is for another node or key")
    if stated.request != request.digest:
        raise Refused("invitation-misfit", "the invitation answers another request")
    return found, roster


def make_join(
    invitation: Invitation, key: SigningKey, epoch: str, address: str | None, poll: bool, at: str
) -> dict[str, Any]:
    """The envelope in which the holder of the first key `key` accepts.

    `epoch` is its new epoch in the domain; `address` its own exchange URL; `poll` true says that it
    calls by itself and is not to be called. Refused: `invitation-misfit` for another key.
    """
    if key.public != invitation.key:
        raise Refused("invitation-misfit", "the invitation is for another key")
    stated = {
        "v": 1,
        "domain": invitation.stated.domain,
        "node": invitation.stated.node,
        "parent": invitation.stated.parent,
        "epoch": epoch,
        "key": key.public.record,
        "nonce": invitation.stated.nonce,
        "address": address,
        "poll": poll,
        "at": at,
    }
    return dsse.envelope("join", dump(stated), [key])


def check_join(
    tree: Tree,
    parent: str,
    invitation: Mapping[str, Any] | Envelope,
    join: Mapping[str, Any] | Envelope,
    now: str,
    used_nonces: Mapping[str, str],
) -> Admission:
    """What the parent checks when a child posts its join, in the order of the spec.

    `now` is the wire instant; `used_nonces` gives, by nonce, the digest of the join that used it.
    Refused: `malformed`, `algorithm`, `weak-key`, `bad-signature`, `wrong-receiver`,
    `foreign-domain`, `bad-proof`, `invitation-misfit`, `invitation-expired`, `invitation-used`,
    `already-member`.
    """
    offered = _stated_invitation(invitation)
    offer = offered.stated
    payload = dsse.peek(join, "join").payload
    stated = read_document(payload, JoinDoc, dsse.MAX_ENVELOPE, "join")
    PublicKey.from_record(stated.key)
    own = tree.key(parent, offer.epoch)
    if own is None:
        raise Refused("bad-signature", "the invitation is not signed by an epoch of this node")
    dsse.verify(invitation, "invitation", own)
    if offer.parent != parent:
        raise Refused("wrong-receiver", f"the invitation was made by {offer.parent}")
    if offer.domain != tree.domain:
        raise Refused("foreign-domain", f"the invitation is for {offer.domain}")
    _prove(join, "join", offered.key)
    digest = sha256(payload).hexdigest()
    _fit(offer, stated)
    repeated = used_nonces.get(offer.nonce) == digest
    if not repeated:
        _still_open(tree, offer, now, used_nonces)
    return Admission(stated, digest, _admitted(offer, stated, join), repeated)


def _fit(offer: InvitationDoc, join: JoinDoc) -> None:
    invited = (offer.domain, offer.parent, offer.node, offer.key, offer.nonce)
    if invited != (join.domain, join.parent, join.node, join.key, join.nonce):
        raise Refused("invitation-misfit")
    if node_id(PublicKey.from_record(join.key).raw) != join.node:
        raise Refused("invitation-misfit", "the node's id is not made of the invited key")


def _still_open(tree: Tree, offer: InvitationDoc, now: str, used: Mapping[str, str]) -> None:
    if now.removesuffix("Z") > offer.expires.removesuffix("Z"):
        raise Refused("invitation-expired", f"it expired at {offer.expires}")
    if offer.nonce in used:
        raise Refused("invitation-used")
    if offer.node in tree:
        raise Refused("already-member")


def _admitted(
    offer: InvitationDoc, join: JoinDoc, envelope: Mapping[str, Any] | Envelope
) -> dict[str, Any]:
    opened = dsse.as_object(envelope)
    return {
        "node": offer.node,
        "name": offer.name,
        "level": offer.level,
        "code": offer.code,
        "custody": offer.custody,
        "address": join.address,
        "poll": join.poll,
        "epoch": join.epoch,
        "key": {"alg": join.key.alg, "pub": join.key.pub},
        "join": opened,
    }


def check_admission(untrusted: Mapping[str, Any], invitation: Invitation, join: JoinDoc) -> Roster:
    """What the child checks in the answer: the lineage now shows it below its parent.

    Refused: as `verify_lineage`; `bad-lineage` when it shows something else.
    """
    roster = verify_lineage(untrusted, invitation.stated.domain)
    if roster.parent(join.node) != join.parent:
        raise Refused("bad-lineage", "the lineage doesn't show the node below its parent")
    if roster.key(join.node, join.epoch) != invitation.key:
        raise Refused("bad-lineage", "the lineage shows the node with another epoch")
    return roster
