"""What stands on a journal that was read: seals, receipts, forks, links, spools.

Decides whether each agrees with the heads that the journal holds and is signed by the key that the
roster names. Reads only; which node and what becomes of a finding is verify.py's. Follows
docs/spec/03-seals-and-receipts.md and 05-exchange.md, "Cursor".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import msgspec

from federation import dsse
from federation.keys import PublicKey
from federation.roster import Roster
from node.storage.review import (
    KeptChain,
    KeptItem,
    KeptReceipt,
    KeptSeal,
    all_items,
    all_links,
    all_receipts,
    all_seals,
)
from node.storage.store import SqlStore
from schemas.refusals import Refused
from schemas.sealed import Receipt, Seal, read_signed
from sync.event import ChainId, Tip
from sync.ports import Link
from sync.receipts import judge
from sync.writing import START

_link = msgspec.json.Decoder(Link).decode


class Held(msgspec.Struct):
    """What the journal was found to hold."""

    names: dict[ChainId, int] = msgspec.field(default_factory=dict)
    tips: dict[int, Tip] = msgspec.field(default_factory=dict)
    heads: dict[tuple[int, int], str] = msgspec.field(default_factory=dict)
    """the head at each (chain, seq)"""
    roster: Roster | None = None
    keys: dict[tuple[str, str], PublicKey] = msgspec.field(default_factory=dict)
    """this node's own, by (node, epoch)"""

    def key(self, node: str, epoch: str) -> PublicKey | None:
        """The key of a node's epoch: the roster's, or where there is none, the one kept here."""
        if self.roster is not None:
            return self.roster.key(node, epoch)
        return self.keys.get((node, epoch))


class Found(msgspec.Struct):
    """What one check looked at, and what it has to say."""

    seals: int = 0
    receipts: int = 0
    said: list[tuple[str, str]] = msgspec.field(default_factory=list)

    def say(self, where: str, what: str) -> None:
        """Add a finding."""
        self.said.append((where, what))


Named = tuple[str, Callable[[Found], None]]


def standing(store: SqlStore, chains: Sequence[KeptChain], held: Held) -> Iterator[Named]:
    """The checks, each with the name of what it reads."""
    yield "seals", partial(_seals, store, chains, held)
    yield "forks", partial(_forks, chains, held)
    if held.roster is not None:
        yield "receipts", partial(_receipts, store, held, held.roster)
        yield "links", partial(_links, store, held.roster)
        yield "spools", partial(_spools, store, held)


# seals


def _seals(store: SqlStore, chains: Sequence[KeptChain], held: Held, found: Found) -> None:
    by_id, last = {one.id: one for one in chains}, dict[int, int]()
    for kept in all_seals(store):
        found.seals += 1
        chain = by_id[kept.chain].chain
        where = f"{'/'.join(chain[1:])}/{kept.seq}"
        head = held.heads.get((kept.chain, kept.seq))
        if head is None:
            found.say(where, "a seal on an event that is not held")
            continue
        last[kept.chain] = kept.seq
        wrong = _seal(kept, chain, head, held)
        if wrong:
            found.say(where, wrong)
    for number, tip in held.tips.items():
        sealed = last.get(number, 0)
        if sealed < tip.seq:
            where = "/".join(by_id[number].chain[1:])
            found.say(where, f"events {sealed + 1} to {tip.seq} are under no seal")


def _seal(kept: KeptSeal, chain: ChainId, head: str, held: Held) -> str:
    try:
        seal = _signed(kept.line, held)
    except Refused as refusal:
        return refusal.detail
    if (seal.domain, seal.origin, seal.epoch, seal.stream, seal.seq, seal.head) != (
        *chain,
        kept.seq,
        head,
    ):
        return "the seal is for something else"
    return "" if seal.next_by == kept.next_by else "the seal promises another next one than its row"


def _signed(line: bytes, held: Held) -> Seal:
    """The seal if its origin signed it. Raises Refused."""
    opened = dsse.peek(line, "seal")
    seal = read_signed(opened.payload, Seal, "seal")
    key = held.key(seal.origin, seal.epoch)
    if key is None or not opened.signed_by(key):
        raise Refused("bad-seal", "the seal is not signed by the origin's key")
    return seal


def _forks(chains: Sequence[KeptChain], held: Held, found: Found) -> None:
    """A frozen chain's proof: a seal held and one shown, both its origin's."""
    for one in chains:
        if one.fork is None:
            continue
        where = f"{'/'.join(one.chain[1:])}/fork"
        try:
            proof = msgspec.json.decode(one.fork, type=dict[str, str])
            seals = [_signed(proof[name].encode(), held) for name in ("held", "shown")]
        except (msgspec.DecodeError, KeyError, Refused) as error:
            found.say(where, f"two seals of its origin are not there: {error}")
            continue
        if any((s.domain, s.origin, s.epoch, s.stream) != one.chain for s in seals):
            found.say(where, "the seals are for another chain")


# receipts


def _receipts(store: SqlStore, held: Held, roster: Roster, found: Found) -> None:
    for kept in all_receipts(store):
        found.receipts += 1
        where = f"receipt of {kept.signer} about {kept.origin}"
        try:
            receipt, stored = judge(roster, msgspec.json.decode(kept.line), store.domain)
        except (msgspec.DecodeError, Refused) as error:
            found.say(where, getattr(error, "detail", str(error)))
            continue
        if (stored.origin, stored.signer, stored.epoch, stored.counter) != kept[:4]:
            found.say(where, "the receipt is not the one that its row names")
            continue
        _witness(store, held, kept, receipt, found)


def _witness(
    store: SqlStore, held: Held, kept: KeptReceipt, receipt: Receipt, found: Found
) -> None:
    """What others hold of this node, and what it said itself that it holds, must be here."""
    for one in receipt.streams:
        chain = (store.domain, kept.origin, one.epoch, one.stream)
        number = held.names.get(chain, 0)
        head = held.heads.get((number, one.seq))
        where = f"{'/'.join(chain[1:])}/{one.seq}"
        if head is not None and head != one.head:
            found.say(where, f"{kept.signer} has a receipt for another event")
        elif head is None and store.node in (kept.origin, kept.signer):
            tip = held.tips.get(number, START)
            found.say(where, f"{kept.signer} has a receipt for it, and only {tip.seq} are held")


# links and spools


def _links(store: SqlStore, roster: Roster, found: Found) -> None:
    for peer, side, record in all_links(store):
        try:
            link = _link(record)
        except msgspec.DecodeError as error:
            found.say(f"link with {peer}", str(error))
            continue
        if (link.peer, link.side) != (peer, side):
            found.say(f"link with {peer}", "the record is not of this link")
        above, below = (store.node, peer) if side == "down" else (peer, store.node)
        if below not in roster or roster.parent(below) != above:
            found.say(f"link with {peer}", f"{above} is not the parent of {below}")


def _spools(store: SqlStore, held: Held, found: Found) -> None:
    peers = _acked(store)
    for item in all_items(store):
        wrong = _item(item, peers, held)
        if wrong:
            found.say(f"spool of {item.peer}/{item.n}", wrong)


def _acked(store: SqlStore) -> dict[str, int]:
    """What each peer has confirmed; a link that can't be read is told of elsewhere."""
    peers = dict[str, int]()
    for peer, _, record in all_links(store):
        try:
            peers[peer] = _link(record).acked
        except msgspec.DecodeError:
            peers[peer] = 0
    return peers


def _item(item: KeptItem, peers: dict[str, int], held: Held) -> str:
    if item.peer not in peers:
        return "there is no link with this peer"
    if item.end is None or item.n > item.end:
        return f"positions were given out up to {item.end or 0} only"
    if item.n <= peers[item.peer]:
        return f"the peer has confirmed {peers[item.peer]} already"
    tip = held.tips.get(item.chain or 0, START)
    if not item.signer and not 0 <= item.first <= item.last <= tip.seq:
        return f"events {item.first} to {item.last} are not held"
    return ""
