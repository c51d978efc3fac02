"""From a folded state to its rows, and back. Decides which columns a row shows; asks nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from node.domain.assignment import AssignmentState
from node.domain.clocks import Clock, yellow_from
from node.domain.commands.likeness import GIST
from node.domain.draft import DraftState
from node.domain.evaluation.counting import REVIEW, Counted, counted_of
from node.domain.instants import local_date, order
from node.domain.ledger import effective, number
from node.domain.matter import MatterState
from node.domain.rulebook import RuleState
from node.readmodel.shares import Rolled, lit_from, share_of_assignment
from schemas.header import parse_payload
from sync.event import Event

_encode = msgspec.json.Encoder(order="deterministic").encode
_assignment = msgspec.json.Decoder(AssignmentState).decode
_matter = msgspec.json.Decoder(MatterState).decode
_draft = msgspec.json.Decoder(DraftState).decode

USER_ADDED = "duban.user.added"
USER_REVOKED = "duban.user.revoked"
ACTED = "duban.audit.acted"


def assignment_row(
    tenant: int, domain: str, one: AssignmentState, clocks: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The row of an assignment, whose rows of clocks are `clocks`."""
    yellow, red = lit_from(clocks)
    return {
        "tenant": tenant,
        "domain": domain,
        "id": one.id,
        "matter": one.matter,
        "no": one.no,
        "title": one.title,
        "board": one.board,
        "grade": one.grade,
        "kind": one.kind,
        "parent": one.parent,
        "part": one.part,
        "issuer": one.issuer,
        "assignee": one.assignee,
        "state": one.state,
        "struck": one.struck,
        "t0": one.t0,
        "ended_at": one.cancelled_at or one.closed_at,
        "campaign": one.campaign,
        "class": one.class_,
        "asks": asks(one),
        "valued": leads(one) and bool(one.ledger),
        "yellow": yellow,
        "red": red,
        "share": share_of_assignment(one.state, clocks, yellow, red),
        "record": _encode(one),
    }


def asks(one: AssignmentState) -> str:
    """What an assignee has asked for and nobody has answered, in words joined by commas."""
    waits = {
        "extension": one.extension is not None,
        "plan": one.plan is not None,
        "pause": one.pause_pending and one.paused_since is None,
        "refusal": one.refusal is not None,
    }
    return ",".join(word for word, open_ in waits.items() if open_)


def leads(one: AssignmentState) -> bool:
    """Whether it was given by the matter's registrar to its lead: whose values count."""
    return one.kind == "lead" and not one.part


def ledger_rows(
    tenant: int, domain: str, one: MatterState, given: Iterable[AssignmentState]
) -> list[dict[str, Any]]:
    """The rows of a matter's ledger; `given`: its assignments that are held."""
    ordered = sorted(filter(leads, given), key=lambda each: (order(each.t0), each.id))
    values = effective(one.ledger, (each.ledger for each in ordered))
    return [
        {
            "tenant": tenant,
            "domain": domain,
            "matter": one.id,
            "field": field,
            "value": value,
            "number": number(value),
        }
        for field, value in sorted(values.items())
    ]


def clock_rows(tenant: int, domain: str, one: AssignmentState) -> list[dict[str, Any]]:
    """The rows of an assignment's clocks, and of what else is counted of it."""
    clocks = {clock.kind: clock for clock in one.clocks}
    return [_clock_row(tenant, domain, one, row, clocks.get(row.kind)) for row in counted_of(one)]


def _clock_row(
    tenant: int, domain: str, one: AssignmentState, row: Counted, clock: Clock | None
) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "domain": domain,
        "assignment": one.id,
        "kind": row.kind,
        "due": row.due,
        "stopped_at": row.stopped_at,
        "verdict": row.verdict,
        "open": row.open,
        "yellow": yellow_from(clock) if clock is not None else None,
        "provisional": clock is not None and clock.provisional,
        "stage": row.stage,
        "standing": row.standing,
        "board": one.board,
        "assignee": one.assignee,
        "unit": one.issuer if row.stage == REVIEW else one.assignee,
        "first": clock.first if clock is not None else None,
        "first_verdict": clock.first_verdict if clock is not None else None,
        "day": _day(row.due) if row.due is not None else 0,
        "days": row.days,
        "word": row.word,
        "asked": row.asked,
    }


@lru_cache(maxsize=4096)  # due instants are midnights: the same few come again and again
def _day(due: str) -> int:
    """The ordinal of the date from which it is late; 0 where an issuer's instant names no day."""
    try:
        return local_date(due).toordinal()
    except ValueError:
        return 0


def matter_row(tenant: int, domain: str, one: MatterState, rolled: Rolled) -> dict[str, Any]:
    """The row of a matter; `rolled`: what its assignments make of it."""
    return {
        "tenant": tenant,
        "domain": domain,
        "id": one.id,
        "no": one.no,
        "title": one.title,
        "board": one.board,
        "grade": one.grade,
        "registrar": one.registrar,
        "own": one.state,
        "state": rolled.state,
        "campaign": one.campaign,
        "class": one.class_,
        "region": one.region,
        "registered_at": one.registered_at,
        "ended_at": one.ended_at,
        "yellow": rolled.yellow,
        "red": rolled.red,
        "units": rolled.units,
        "share": rolled.share,
        "record": _encode(one),
    }


def rule_rows(tenant: int, domain: str, one: RuleState) -> list[dict[str, Any]]:
    """The rows of a calendar's or a policy's versions."""
    return [
        {
            "tenant": tenant,
            "domain": domain,
            "id": one.id,
            "version": version.version,
            "number": number,
            "last": version.ended_at is None,
            "kind": one.id.partition(":")[0],
            "owner": one.owner,
            "at": version.at,
            "ended_at": version.ended_at,
            "head": version.head,
            "record": _encode(version.data),
        }
        for number, version in enumerate(one.versions, 1)
    ]


def draft_row(tenant: int, domain: str, one: DraftState) -> dict[str, Any]:
    """The row of a draft."""
    return {
        "tenant": tenant,
        "domain": domain,
        "id": one.id,
        "state": one.state,
        "source": one.source,
        "submitter": one.submitter,
        "receipt": one.receipt,
        "track": one.track,
        "title": one.word("title") or one.word("demand")[:40],
        "board": one.form.get("board"),
        "grade": one.form.get("grade"),
        "region": one.word("region") or None,
        "begun_at": one.begun_at,
        "due": one.due,
        "taken_at": one.taken_at,
        "verdict": one.verdict,
        "into": one.into,
        "matter": one.matter,
        "score": one.score,
        "rated_at": one.rated_at,
        "record": _encode(one),
    }


def likeness_row(tenant: int, domain: str, id: str, title: str, content: str) -> dict[str, Any]:
    """What is compared when duplicates of a matter or a draft are looked for."""
    begun = content[:GIST].replace("\n", " ")
    return {"tenant": tenant, "domain": domain, "id": id, "text": f"{title}\n{begun}"}


def read_draft(record: bytes) -> DraftState:
    """The state in a draft's row."""
    return _draft(record)


def read_assignment(record: bytes) -> AssignmentState:
    """The state in an assignment's row."""
    return _assignment(record)


def read_matter(record: bytes) -> MatterState:
    """The state in a matter's row."""
    return _matter(record)


def user_row(tenant: int, event: Event) -> dict[str, Any]:
    """The row of a user's token, from an `own` event that added or revoked it."""
    data = parse_payload(event.payload_line or b"")
    return {
        "tenant": tenant,
        "token": data["token"],
        "user": data["user"],
        "role": data["role"],
        "revoked": event.header.type == USER_REVOKED,
    }


def act_row(tenant: int, event: Event) -> dict[str, Any]:
    """The row of an act, from its `own` event."""
    header, data = event.header, parse_payload(event.payload_line or b"")
    return {
        "tenant": tenant,
        "id": f"{header.time}.{header.epoch}.{header.seq:010}",
        "time": header.time,
        "user": data["by"]["user"],
        "role": data["by"]["role"],
        **{name: data[name] for name in ("act", "object", "outcome", "count", "detail")},
    }
