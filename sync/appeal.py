"""The second way: a node past whose parent nothing goes turns to a higher ancestor, without a link.

`make` signs an appeal, `serve` judges and answers it, `hear` takes the answer: bodies of the
exchange like any other, but for a link's own challenge, counter, fence and cursor; so each may come
twice, and changes nothing the second time. Decides what goes into them and what the ancestor takes;
never when to appeal (node/service/appeals.py). Follows docs/spec/12-second-way.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from federation import dsse
from federation.lineage import Proven
from federation.roster import Roster
from schemas.refusals import Refused
from schemas.sealed import Receipt, Seal, read_signed
from schemas.strict import parse
from sync import inbox, receipts, routes
from sync.body import (
    AnnouncedLimits,
    Cursor,
    Head,
    Hello,
    Incoming,
    Manifest,
    Outgoing,
    Runs,
    Want,
    encode,
    hashes,
    open_rest,
)
from sync.checks import (
    Case,
    framed,
    judge,
    key_known,
    not_suspended,
    signed,
    version_shared,
    whole,
    within_limits,
)
from sync.event import ChainId
from sync.me import LEAST_VERSION, VERSION, Limits, Me, Now
from sync.outbox import MAX_RECEIPT, MAX_SEAL, Load, put_chain
from sync.ports import Link, Store

LINK = "1-00000000"
MAX_WANTS = 16
Wanted = tuple[str, str, str, int]
"""origin, epoch, stream, from"""
CHECKS: tuple[Callable[[Case], None], ...] = (
    key_known,
    signed,
    whole,
    not_suspended,
    framed,
    version_shared,
    within_limits,
)


class Withheld(msgspec.Struct, frozen=True):
    """What an appeal proves: `by` had confirmed events of `origin` that had not come here."""

    by: str
    origin: str
    since: str
    """wire instant of the confirmation"""
    streams: tuple[tuple[str, str, int, int], ...]
    """epoch, stream, what was confirmed, what was held here"""


def is_appeal(head: Head) -> bool:
    """Whether a body is of the second way."""
    return head.link == LINK


def make(store: Store, me: Me, to: str, wanted: Iterable[Wanted], limits: Limits) -> bytes:
    """An appeal to `to`: own seals, the receipts of those below it, own events that it wants."""
    load, roster = Load(limits), store.roster()
    for origin, epoch, stream, start in wanted:
        chain = (me.domain, origin, epoch, stream)
        if origin == me.node and stream != "own" and load.room():
            put_chain(store, load, chain, start, store.tip(chain).seq)
    seals = []
    for chain, tip in store.chains_of(me.node):
        sealed = store.last_seal(chain)
        if sealed is not None and sealed[0] == tip.seq:
            seals.append(parse(sealed[1], MAX_SEAL, "seal"))
    line = roster.lineage(me.node)
    between = line[1 : line.index(to)] if to in line else ()
    proofs = [step for each in reversed((me.node, *between)) for _, step in store.proofs(each)]
    held = [store.receipt(each, me.node) for each in between]
    manifest = Manifest(
        hello=_hello(limits),
        cursor=Cursor(0, 0, 0),
        runs=tuple(load.specs),
        seals=tuple(load.seals),
        lineage=tuple(proofs),
        receipts=tuple(parse(one.line, MAX_RECEIPT, "receipt") for one in held if one is not None),
        idle=tuple(seals),
    )
    return _signed(store, me, to, Outgoing(manifest=manifest, events=tuple(load.events)))


def serve(
    store: Store, me: Me, incoming: Incoming, now: Now, limits: Limits
) -> tuple[bytes, list[Withheld]]:
    """At the ancestor: take an appeal; return the answer and what it proves. Raises Refused; then
    the host's transaction must be rolled back."""
    sender = incoming.head.sender
    if not hashes(incoming):
        raise Refused("bad-signature", "the body is not the one that the envelope names")
    _admit(store, me, sender, open_rest(incoming.rest).manifest.lineage)
    case = Case(me, incoming, store.roster(), None, limits, None, ferry=True)
    body = judge(case, CHECKS)
    for rotation in incoming.rotations if case.learnt else ():
        store.rotated(sender, rotation)
    said = _confirmed(store, me, sender, body.manifest.receipts)
    proved = list(_withheld(store, sender, said))
    results, wants = _take(store, me, sender, body)
    receipts.settle(store, me, now)
    mine = store.receipt(me.node, sender)
    answer = Manifest(
        hello=_hello(limits),
        cursor=Cursor(0, 0, 0),
        receipts=() if mine is None else (parse(mine.line, MAX_RECEIPT, "receipt"),),
        wants=tuple(Want(*one) for one in wants),
        results=tuple(results),
    )
    return _signed(store, me, sender, Outgoing(manifest=answer)), proved


def hear(
    store: Store, me: Me, incoming: Incoming, to: str, limits: Limits
) -> tuple[list[Wanted], list[Mapping[str, Any]]]:
    """At the node: take the answer of `to`; what it wants, and what it did not accept."""
    if incoming.head.sender != to or not is_appeal(incoming.head):
        raise Refused("not-linked", f"this is no answer of {to}")
    if (incoming.head.to, incoming.head.domain) != (me.node, me.domain):
        raise Refused("wrong-receiver", "the answer is for somebody else")
    body = judge(Case(me, incoming, store.roster(), None, limits, None, ferry=True), CHECKS)
    for one in body.manifest.receipts:
        said, stored = receipts.judge(store.roster(), one, me.domain)
        if (said.by, said.origin) == (to, me.node):
            receipts.keep(store, me, stored)
    wanted = [(one.origin, one.epoch, one.stream, one.start) for one in body.manifest.wants]
    return wanted, list(body.manifest.results)


def _hello(limits: Limits) -> Hello:
    return Hello(VERSION, LEAST_VERSION, AnnouncedLimits(limits.events, limits.bytes), "", 0)


def _signed(store: Store, me: Me, to: str, outgoing: Outgoing) -> bytes:
    stated = {"to": to, "link": LINK, "challenge": None, "counter": 1, "fence": 0}
    return encode(outgoing, me, stated | {"rotation": store.rotations()})


def _admit(store: Store, me: Me, sender: str, lineage: Sequence[Mapping[str, Any]]) -> None:
    """The sender is below this node, but not its child; its lineage may be news here."""
    if sender not in store.roster():
        try:
            for step in lineage:
                store.learn(Proven.from_wire(step))
        except Refused as refusal:
            raise Refused("not-linked", f"its lineage does not hold: {refusal}") from None
        store.apply([])
    roster = store.roster()
    if not roster.in_subtree(me.node, sender) or roster.parent(sender) in (me.node, None):
        raise Refused("not-linked", f"{sender} is not below a child of this node")


def _confirmed(
    store: Store, me: Me, sender: str, came: Sequence[Mapping[str, Any]]
) -> list[Receipt]:
    """The receipts about the sender by those between it and this node, each verified."""
    found, roster = list[Receipt](), store.roster()
    between = _between(roster, me, sender)
    for one in came:
        said, stored = receipts.judge(roster, one, me.domain)
        if said.by in between and said.origin == sender:
            receipts.keep(store, me, stored)
            found.append(said)
    return found


def _between(roster: Roster, me: Me, sender: str) -> tuple[str, ...]:
    line = roster.lineage(sender)
    return line[1 : line.index(me.node)]


def _withheld(store: Store, sender: str, said: Iterable[Receipt]) -> Iterable[Withheld]:
    """Who confirmed what is not held here. The highest of them is where it ends."""
    for receipt in said:
        missing = []
        for one in receipt.streams:
            held = store.tip((receipt.domain, sender, one.epoch, one.stream)).seq
            if one.seq > held:
                missing.append((one.epoch, one.stream, one.seq, held))
        if missing:
            yield Withheld(receipt.by, sender, receipt.at, tuple(missing))


def _take(
    store: Store, me: Me, sender: str, body: Runs
) -> tuple[list[dict[str, Any]], list[Wanted]]:
    """The sender's own runs, as if they came up by its branch; then what its seals show missing."""
    branch = store.roster().child_toward(me.node, sender) or ""
    link, results = Link(peer=branch, side="down", epoch=LINK), list[dict[str, Any]]()
    for spec, lines, seal in zip(body.manifest.runs, body.lines, body.manifest.seals, strict=True):
        try:
            if spec.origin != sender:
                raise Refused("foreign-scope", "an appeal brings events of its sender only")
            inbox.take_run(store, me, link, (spec, lines, seal), set())
        except Refused as refusal:
            place = {"origin": spec.origin, "epoch": spec.epoch, "stream": spec.stream}
            results.append(place | {"code": refusal.code, "detail": refusal.detail})
    wants = list[Wanted]()
    for untrusted in body.manifest.idle:
        chain, seq = _seal(store, me, sender, untrusted)
        tip = store.tip(chain)
        if seq > tip.seq and len(wants) < MAX_WANTS:
            wants.append((sender, chain[2], chain[3], tip.seq + 1))
    return results, wants


def _seal(store: Store, me: Me, sender: str, untrusted: Mapping[str, Any]) -> tuple[ChainId, int]:
    """What a seal of the sender's own vouches for; seq 0 for one that is none, or not for here."""
    nothing = (me.domain, sender, LINK, "up"), 0
    try:
        opened = dsse.peek(untrusted, "seal")
        made = read_signed(opened.payload, Seal, "seal")
    except Refused:
        return nothing
    roster = store.roster()
    key = roster.key(sender, made.epoch)
    chain = (made.domain, made.origin, made.epoch, made.stream)
    if (made.domain, made.origin) != (me.domain, sender) or key is None:
        return nothing
    if not opened.signed_by(key) or not routes.goes_up(roster, sender, chain):
        return nothing
    return chain, made.seq
