"""Between floors: events held become the domain's facts, its drafts become the protocol's."""

from __future__ import annotations

from collections.abc import Iterable

from node.domain.commands import Draft as DomainDraft
from node.domain.facts import Fact
from schemas.header import parse_payload
from schemas.refusals import Refused
from sync.event import Event
from sync.writing import Draft


def fact_of(event: Event) -> Fact:
    """An event held as the domain reads it; a payload that is none reads as an empty one."""
    header = event.header
    try:
        data = parse_payload(event.payload_line) if event.payload_line is not None else None
    except Refused:
        data = {}
    return Fact(
        head=event.head,
        type=header.type,
        writer=header.source,
        subject=header.subject,
        stream=header.stream,
        epoch=header.epoch,
        seq=header.seq,
        time=header.time,
        re=header.refs,
        data=data,
        crit=tuple(header.crit.split()),
    )


def drafts_of(drafts: Iterable[DomainDraft]) -> list[Draft]:
    """What the domain decided, as it is written into streams."""
    return [Draft(one.type, one.subject, one.stream, dict(one.data), one.re) for one in drafts]
