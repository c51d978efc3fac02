"""The document that founds a domain.

Decides whether a genesis is signed by its own root key, whose id is the root, and which domain it
founds. Never decides whether that domain is the right one: a person, or a second way, does.
Follows docs/spec/04-membership.md, "Genesis".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from federation import dsse
from federation.ids import domain_id, node_id
from federation.keys import PublicKey, SigningKey
from schemas.documents import Envelope, GenesisDoc
from schemas.refusals import Refused
from schemas.shapes import read_document
from schemas.strict import dump


@dataclass(frozen=True, slots=True)
class Genesis:
    """A verified genesis."""

    domain: str
    """the id of the domain that it founds"""
    name: str
    title: str
    root: str
    """node id of the root"""
    epoch: str
    """the root's first epoch"""
    key: PublicKey
    """the root's first key"""
    threshold: int
    """how many of the recovery keys are needed"""
    recovery: tuple[PublicKey, ...]
    at: str
    """wire instant of the signing"""


def make_genesis(
    name: str,
    title: str,
    key: SigningKey,
    epoch: str,
    recovery: Sequence[PublicKey],
    threshold: int,
    at: str,
) -> dict[str, Any]:
    """The envelope that founds the domain `name` with the holder of `key` as its root.

    `recovery` are offline keys, `threshold` of them act together; `at` is a wire instant.
    """
    document = {
        "v": 1,
        "name": name,
        "title": title,
        "root": node_id(key.public.raw),
        "epoch": epoch,
        "key": key.public.record,
        "recovery": {"k": threshold, "keys": [one.record for one in recovery]},
        "at": at,
    }
    made = dsse.envelope("genesis", dump(document), [key])
    open_genesis(made)
    return made


def open_genesis(untrusted: bytes | Mapping[str, Any] | Envelope) -> Genesis:
    """Return the verified genesis in an envelope.

    Refused: `oversize`, `malformed`, `algorithm`, `weak-key`, `bad-signature`, `bad-proof`.
    """
    payload = dsse.peek(untrusted, "genesis").payload
    stated = read_document(payload, GenesisDoc, dsse.MAX_ENVELOPE, "genesis")
    key = PublicKey.from_record(stated.key)
    dsse.verify(untrusted, "genesis", key)
    if node_id(key.raw) != stated.root:
        raise Refused("bad-proof", "genesis: the root's id is not made of its key")
    recovery = tuple(PublicKey.from_record(one) for one in stated.recovery.keys)
    if len(set(recovery)) < len(recovery) or not stated.recovery.k <= len(recovery):
        raise Refused("malformed", "genesis: recovery needs k of n different keys")
    return Genesis(
        domain=domain_id(stated.name, payload),
        name=stated.name,
        title=stated.title,
        root=stated.root,
        epoch=stated.epoch,
        key=key,
        threshold=stated.recovery.k,
        recovery=recovery,
        at=stated.at,
    )


RECOVERY: Final = "recovery"
"""Stands for the recovery keys where a consent names its signer."""
