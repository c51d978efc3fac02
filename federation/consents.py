"""Consents: who must have signed what changes a member against or beside its parent.

Decides, per act, whether enough of those entitled have signed exactly this act. Never decides who
may write the event (federation/authority.py). A consent counts if it verifies with a key of an
epoch of its signer that holds and was not cut: a signer that rotates does not unsay what it said.
Follows docs/spec/04-membership.md, "Consents".
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from federation import dsse
from federation.genesis import RECOVERY
from federation.keys import PublicKey, SigningKey
from federation.tree import Tree
from schemas.documents import ConsentDoc, Envelope
from schemas.refusals import Refused
from schemas.shapes import read_document
from schemas.strict import dump


@dataclass(frozen=True, slots=True)
class Act:
    """One act that needs consents."""

    name: str
    node: str
    detail: Mapping[str, Any]
    """the event's data without `consents`"""
    above: int = 0
    """the counter that the node's own epoch must be above in order to speak here"""


@dataclass(frozen=True, slots=True)
class Agreed:
    """Who has signed an act."""

    nodes: frozenset[str]
    recovery: bool
    """whether enough of the genesis' recovery keys have"""

    def __contains__(self, node: object) -> bool:
        return node in self.nodes


def make_consent(
    domain: str, act: str, node: str, by: str, detail: Mapping[str, Any], key: SigningKey
) -> dict[str, Any]:
    """The envelope by which `by` (a node id or "recovery") agrees to `act` on `node`."""
    document = {"v": 1, "domain": domain, "act": act, "node": node, "by": by, "detail": detail}
    return dsse.envelope("consent", dump(document), [key])


def agreed(tree: Tree, act: Act, untrusted: Iterable[Envelope]) -> Agreed:
    """Return who has signed `act`; Refused `bad-consent` when one of the consents is no good."""
    nodes, offline = set[str](), set[PublicKey]()
    for envelope in untrusted:
        try:
            opened = dsse.peek(envelope, "consent")
            stated = read_document(opened.payload, ConsentDoc, dsse.MAX_ENVELOPE, "consent")
        except Refused as refusal:
            raise Refused("bad-consent", refusal.detail) from None
        if (stated.domain, stated.act, stated.node) != (tree.domain, act.name, act.node):
            raise Refused("bad-consent", "consent: to another act, node or domain")
        if _bytes(stated.detail) != _bytes(act.detail):
            raise Refused("bad-consent", f"consent of {stated.by}: to other details")
        if stated.by == RECOVERY:
            offline.add(_signer(opened, tree.genesis.recovery, RECOVERY))
        else:
            _signer(opened, _voices(tree, act, stated.by), stated.by)
            nodes.add(stated.by)
    return Agreed(frozenset(nodes), len(offline) >= tree.genesis.threshold)


def _bytes(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True)


def _voices(tree: Tree, act: Act, by: str) -> Iterable[PublicKey]:
    least = act.above if by == act.node else 0
    held = (one for one in tree.epochs(by) if one.counter > least)
    return tuple(one.key for one in held if tree.cut(by, one.epoch) is None)


def _signer(opened: dsse.Opened, keys: Iterable[PublicKey], by: str) -> PublicKey:
    found = next((key for key in keys if opened.signed_by(key)), None)
    if found is None or len(opened.signatures) != 1:
        raise Refused("bad-consent", f"consent of {by}: not signed by a key of its own")
    return found


# Enough, per act. Each is given the tree, the node, the one that it is joined with (new parent,
# successor) or that it leaves, and who has signed.


def enough_to_move(tree: Tree, node: str, old: str, new: str, by: Agreed) -> bool:
    """The node, the new parent, and the old parent or the lowest common ancestor of both."""
    third = old in by or any(tree.ever_lowest(one, old, new) for one in by.nodes - {node})
    return node in by and new in by and third


def enough_to_succeed(tree: Tree, node: str, successor: str, by: Agreed) -> bool:
    """The successor, the parent, and the node itself or one higher ancestor."""
    parents = _parents(tree, node) & by.nodes
    higher = any(tree.is_ancestor(one, parent) for parent in parents for one in by.nodes)
    return successor in by and bool(parents) and (node in by or higher)


def enough_to_recover(tree: Tree, node: str, by: Agreed) -> bool:
    """The parent and one higher ancestor; the root's children: the root and the recovery keys;
    the root: the recovery keys."""
    if node == tree.root:
        return by.recovery
    parents = _parents(tree, node) & by.nodes
    higher = any(tree.is_ancestor(one, parent) for parent in parents for one in by.nodes)
    return higher or (tree.root in parents and by.recovery)


def enough_to_cut(tree: Tree, node: str, by: Agreed) -> bool:
    """Two of: the node, its ancestors, the recovery keys. A node has one parent at a time, so one
    of two is not the parent; who else was its parent once may not count against a signer, or the
    outcome would depend on whether a move or the cut came first."""
    entitled = {one for one in by.nodes if one == node or tree.is_ancestor(one, node)}
    return len(entitled) + by.recovery >= 2


def enough_to_resolve(tree: Tree, node: str, by: Agreed) -> bool:
    """The node under its new key and the parent; for the root the recovery keys."""
    if node == tree.root:
        return by.recovery
    return node in by and bool(_parents(tree, node) & by.nodes)


def _parents(tree: Tree, node: str) -> set[str]:
    member = tree.member(node)
    return set(member.parents()) if member is not None else set()


def require(enough: bool, act: str) -> None:
    """Refuse with `bad-consent` unless enough have signed."""
    if not enough:
        raise Refused("bad-consent", f"{act}: not all whose consent is needed have signed")
