"""Lineage: all that is needed to know a node, from nothing but its domain's id.

Decides whether an event shown without its stream is proved (its payload fits, its chain leads to a
seal, its author's key signed the seal), and whether a list of such events leads from the genesis to
whom it is about. Never fetches anything. Follows docs/spec/04-membership.md, "Lineage".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from federation import dsse
from federation.genesis import open_genesis
from federation.keys import PublicKey
from federation.roster import Roster, RosterEvent
from federation.rotation import prove_rotation, require_holding
from schemas import membership as m
from schemas.documents import Envelope, LineageDoc, ProvenDoc
from schemas.header import Header, head_of, parse_header, parse_payload
from schemas.refusals import Refused
from schemas.sealed import Seal, read_signed
from schemas.shapes import read_object


@dataclass(frozen=True, slots=True)
class Proven:
    """One event, the later headers of its chain, and the seal on the last of them."""

    header: bytes
    payload: bytes
    headers: tuple[bytes, ...]
    seal: Envelope

    @staticmethod
    def from_wire(untrusted: Mapping[str, Any] | ProvenDoc) -> "Proven":
        """Read a proven event. Refused: `malformed`."""
        if not isinstance(untrusted, ProvenDoc):
            untrusted = read_object(untrusted, ProvenDoc, "proven event")
        return Proven(
            untrusted.header.encode("utf-8"),
            untrusted.payload.encode("utf-8"),
            tuple(line.encode("utf-8") for line in untrusted.headers),
            untrusted.seal,
        )

    def to_wire(self) -> dict[str, Any]:
        """The JSON object that travels."""
        return {
            "header": self.header.decode("utf-8"),
            "payload": self.payload.decode("utf-8"),
            "headers": [line.decode("utf-8") for line in self.headers],
            "seal": msgspec.to_builtins(self.seal),
        }


def document(genesis: Mapping[str, Any], steps: Iterable[Proven]) -> dict[str, Any]:
    """The lineage that travels: the genesis' envelope and the steps, parents before children."""
    return {"genesis": genesis, "steps": [step.to_wire() for step in steps]}


def verify_lineage(
    untrusted: Mapping[str, Any] | LineageDoc, expected_domain: str | None = None
) -> Roster:
    """Return the tree that a lineage proves.

    `expected_domain` is the id obtained by another way; None takes the lineage's word for it.
    Refused: `malformed`; `foreign-domain`; `bad-lineage`, with the step and its fault.
    """
    if not isinstance(untrusted, LineageDoc):
        untrusted = read_object(untrusted, LineageDoc, "lineage")
    try:
        genesis = open_genesis(untrusted.genesis)
    except Refused as refusal:
        raise Refused("bad-lineage", f"genesis: {refusal}") from None
    if expected_domain not in (None, genesis.domain):
        raise Refused("foreign-domain", f"this is {genesis.domain}, not {expected_domain}")
    roster = Roster(genesis)
    for number, step in enumerate(untrusted.steps, 1):
        try:
            verify_step(roster, Proven.from_wire(step))
        except Refused as refusal:
            raise Refused("bad-lineage", f"step {number}: {refusal}") from None
    return roster


def verify_step(roster: Roster, untrusted: Proven) -> tuple[str, ...]:
    """Verify one proven event and take it in; return the nodes whose rows changed.

    Refused: `oversize`, `malformed`, `foreign-domain`, `bad-header`, `bad-datahash`, `bad-chain`,
    `unknown-member`, `unknown-key`, `bad-seal`, or as `Roster.apply`. Then nothing has changed.
    """
    header = parse_header(untrusted.header)
    if header.domain != roster.domain:
        raise Refused("foreign-domain", f"the event is of {header.domain}")
    event = event_of(header, untrusted)
    seq, head = _follow(header, untrusted)
    key = _author_key(roster, event)
    try:
        seal = read_signed(dsse.verify(untrusted.seal, "seal", key), Seal, "seal")
    except Refused as refusal:
        raise Refused("bad-seal", refusal.detail) from None
    vouched = (seal.domain, seal.origin, seal.epoch, seal.stream, seal.seq, seal.head)
    if vouched != (header.domain, header.source, header.epoch, header.stream, seq, head):
        raise Refused("bad-seal", "the seal is for something else")
    return roster.apply(event)


def event_of(header: Header, untrusted: Proven) -> RosterEvent:
    """The event as a roster judges it. Refused: `bad-header`, `bad-datahash`, `malformed`."""
    if header.id != f"{header.epoch}/{header.stream}/{header.seq}":
        raise Refused("bad-header", "the id is not made of epoch, stream and seq")
    if sha256(untrusted.payload).hexdigest() != header.datahash:
        raise Refused("bad-datahash", "the payload is not the one that the header names")
    return RosterEvent(
        head=head_of(untrusted.header),
        writer=header.source,
        stream=header.stream,
        epoch=header.epoch,
        seq=header.seq,
        type=header.type,
        subject=header.subject,
        data=parse_payload(untrusted.payload),
        re=header.refs,
    )


def _follow(first: Header, untrusted: Proven) -> tuple[int, str]:
    """Walk the chain to its end; return seq and head there. Refused: `bad-chain`."""
    chain = (first.domain, first.source, first.epoch, first.stream)
    seq, head = first.seq, head_of(untrusted.header)
    for line in untrusted.headers:
        later = parse_header(line)
        if (later.domain, later.source, later.epoch, later.stream) != chain:
            raise Refused("bad-chain", "a later header is of another chain")
        if (later.seq, later.prev) != (seq + 1, head):
            raise Refused("bad-chain", f"the header after {seq} doesn't follow it")
        seq, head = later.seq, head_of(line)
    return seq, head


def _author_key(roster: Roster, event: RosterEvent) -> PublicKey:
    """The key that must have sealed the event: known, or proved by the event's own content."""
    if event.writer not in roster:
        raise Refused("unknown-member", f"the author {event.writer} is not known yet")
    key = roster.key(event.writer, event.epoch)
    if key is not None:
        return key
    if event.type == m.OPENED:
        opened = m.read_fact(event.type, event.data)
        if isinstance(opened, m.Opened) and opened.rotation is not None:
            proved = prove_rotation(roster, roster.domain, event.writer, opened.rotation)
            if proved.epoch == event.epoch:
                require_holding(roster, event.writer, proved)
                return proved.key
    elif event.type == m.RECOVERED and event.writer == roster.root:
        recovered = roster.judge(event).fact
        if isinstance(recovered, m.Recovered) and recovered.epoch == event.epoch:
            return PublicKey.from_record(recovered.key)
    raise Refused("unknown-key", f"no key is known for epoch {event.epoch} of {event.writer}")
