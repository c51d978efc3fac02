"""A node goes on under a new key.

Decides whether a rotation is signed by the old key and the new one and fits the epochs that are
known. Never decides which of two rotations from one epoch holds: federation/member.py does.
Follows docs/spec/04-membership.md, "Rotation".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from federation import dsse
from federation.ids import epoch_counter
from federation.keys import PublicKey, SigningKey
from federation.member import EpochKey, holding
from federation.tree import Tree
from schemas.documents import Envelope, RotationDoc
from schemas.refusals import Refused
from schemas.shapes import read_document
from schemas.strict import dump


def make_rotation(
    domain: str, node: str, old_epoch: str, new_epoch: str, old_key: SigningKey, new_key: SigningKey
) -> dict[str, Any]:
    """The envelope by which `node` hands over from one epoch to the next.

    The keys may be one and the same, where an epoch is opened for another reason than a new key.
    """
    document = {
        "v": 1,
        "domain": domain,
        "node": node,
        "from": old_epoch,
        "to": new_epoch,
        "key": new_key.public.record,
    }
    keys = [old_key] if old_key.public == new_key.public else [old_key, new_key]
    return dsse.envelope("rotation", dump(document), keys)


def stated_rotation(rotation: Mapping[str, Any]) -> RotationDoc:
    """What a rotation of one's own states, unverified. Refused: `malformed`, `oversize`."""
    payload = dsse.peek(rotation, "rotation").payload
    return read_document(payload, RotationDoc, dsse.MAX_ENVELOPE, "rotation")


def prove_rotation(
    tree: Tree,
    domain: str,
    node: str,
    untrusted: bytes | Mapping[str, Any] | Envelope,
    before: Sequence[EpochKey] = (),
) -> EpochKey:
    """Return the epoch that a rotation opens for `node`, every check done, nothing recorded.

    `before`: epochs that earlier rotations of the same body opened, not recorded either.

    Refused: `malformed`, `oversize`, `algorithm`, `weak-key`, `foreign-domain`, `unknown-member`,
    `unknown-key` (the epoch that it starts from), `bad-signature`, `bad-epoch`.
    """
    payload = dsse.peek(untrusted, "rotation").payload
    stated = read_document(payload, RotationDoc, dsse.MAX_ENVELOPE, "rotation")
    key = PublicKey.from_record(stated.key)
    if stated.domain != domain or domain != tree.domain:
        raise Refused("foreign-domain", f"rotation: made for {stated.domain}")
    member = tree.member(node)
    if member is None:
        raise Refused("unknown-member", f"rotation: {node} is not a member")
    if stated.node != node:
        raise Refused("bad-epoch", "rotation: made for another node")
    unrecorded = next((one for one in before if one.epoch == stated.old), None)
    old = member.stated_epoch(stated.old) or unrecorded
    if old is None:
        raise Refused("unknown-key", f"rotation: no key is known for epoch {stated.old}")
    dsse.verify_all(untrusted, "rotation", (old.key, key))
    if epoch_counter(stated.new) <= old.counter:
        raise Refused("bad-epoch", "rotation: the new epoch is not above the old one")
    known = member.stated_epoch(stated.new)
    opened = EpochKey(stated.new, key.pub, "rotation", stated.old)
    if known is not None:
        if (known.pub, known.cause, known.since) != (opened.pub, opened.cause, opened.since):
            raise Refused("bad-epoch", f"rotation: epoch {stated.new} is in use")
        opened = known
    return opened


def require_holding(
    tree: Tree, node: str, opened: EpochKey, before: Sequence[EpochKey] = ()
) -> None:
    """Refuse `bad-epoch` when what is recorded already says that `opened` was given up.

    A rotation is recorded whether it holds or not, so that the rows don't depend on what came
    first; only a key that holds verifies anything.
    """
    member = tree.member(node)
    stated = (*(member.epochs if member is not None else ()), *before)
    known = tuple(one for one in stated if one.epoch != opened.epoch)
    if opened not in holding((*known, opened)):
        raise Refused("bad-epoch", "rotation: from an epoch that was given up")
