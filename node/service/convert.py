"""Between floors: events held become the domain's facts, its drafts become the protocol's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from node.domain.commands import Draft as DomainDraft
from node.domain.facts import Fact
from schemas.events import read_payload
from schemas.header import parse_payload
from schemas.refusals import Refused
from sync.event import Event
from sync.writing import Draft


def fact_of(event: Event) -> Fact:
    """An event held as the domain reads it; a payload that is none reads as an empty one."""
    header, line = event.header, event.payload_line
    data: dict[str, Any] | None = None
    formed = False
    try:
        if line is not None:
            # what a critical member asks for is decided on all members, unnamed ones too
            data, formed = (
                (parse_payload(line), False) if header.crit else read_payload(header.type, line)
            )
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
        crit=tuple(header.crit.split()) if header.crit else (),
        formed=formed,
    )


def drafts_of(drafts: Iterable[DomainDraft]) -> list[Draft]:
    """What the domain decided, as it is written into streams."""
    return [Draft(one.type, one.subject, one.stream, dict(one.data), one.re) for one in drafts]
