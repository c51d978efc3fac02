"""What REST answers: the shape of each, for OpenAPI; tests hold real answers to them.

States shapes only: answers are made by services and never pass through these (a page of 500 rows
would cost 40 ms).
"""

from __future__ import annotations

import functools
from typing import Any

import marshmallow as ma

F = ma.fields
Schema = ma.Schema


def _text(null: bool = False) -> Any:
    return F.String(required=True, allow_none=null)


def _count(null: bool = False) -> Any:
    return F.Integer(required=True, allow_none=null)


class Answer(ma.Schema):
    """Members may be added in later releases."""

    class Meta:
        """A reader ignores what it doesn't know."""

        unknown = ma.INCLUDE


class Problem(Answer):
    """RFC 9457. `code`: the refusal; `where`: the member at fault; `accepted`: what will do."""

    type = _text()
    title = _text()
    status = _count()
    detail = F.String()
    code = F.String()
    where = F.String()
    accepted = F.String()


class Done(Answer):
    """What a command did: the object and its state, or what was handed out."""

    id = F.String()
    state = F.String()
    no = F.String()
    told = F.Integer()
    due = F.Dict(keys=F.String(), values=F.String(allow_none=True))
    assignments = F.List(F.Dict())


class Results(Answer):
    """One result per command, in order."""

    results = F.List(F.Nested(Done), required=True)


class Clock(Answer):
    """One clock of an assignment; instants in UTC."""

    kind = _text()
    due = _text()
    stopped_at = _text(null=True)
    verdict = _text(null=True)
    light = _text(null=True)


class AssignmentRow(Answer):
    """An assignment in a list."""

    id = _text()
    matter = _text()
    no = _text()
    title = _text()
    board = _text()
    grade = _text()
    kind = _text()
    parent = _text(null=True)
    part = F.Boolean(required=True)
    issuer = _text()
    assignee = _text()
    state = _text()
    struck = F.Boolean(required=True)
    clocks = F.List(F.Nested(Clock), required=True)
    light = _text(null=True)


class Event(Answer):
    """One event about an assignment; `outcome` null: it counts; `data` null: erased."""

    type = _text()
    source = _text()
    time = _text()
    head = _text()
    outcome = _text(null=True)
    data = F.Dict(required=True, allow_none=True)


class AssignmentWhole(AssignmentRow):
    """An assignment with its events, and the commands that the asking user may give now."""

    events = F.List(F.Nested(Event), required=True)
    allowed = F.List(F.String(), required=True)


class MatterRow(Answer):
    """A matter in a list."""

    id = _text()
    no = _text()
    title = _text()
    board = _text()
    grade = _text()
    registrar = _text()
    state = _text()
    registered_at = _text()
    ended_at = _text(null=True)
    light = _text(null=True)


class MatterWhole(Answer):
    """A matter with its content and assignments, and the commands that the user may give now."""

    id = _text()
    no = _text()
    title = _text()
    state = _text()
    content = _text()
    indicators = F.List(F.Dict(), required=True)
    assignments = F.List(F.Nested(AssignmentRow), required=True)
    allowed = F.List(F.String(), required=True)


class Picture(Answer):
    """Counts of all that the user may read; `as_of` is a business instant."""

    as_of = _text()
    matters = _count()
    assignments = _count()
    states = F.Dict(required=True)
    boards = F.Dict(required=True)
    lights = F.Dict(required=True)
    units = F.List(F.Dict(), required=True)
    cleared = _count()
    clearance_rate = F.Float(required=True, allow_none=True)


class LinkRow(Answer):
    """How a link fares; instants in seconds of the Unix clock."""

    peer = _text()
    side = _text()
    pending = _count()
    failures = _count()


class Stats(Answer):
    """Counts over the whole host."""

    nodes = _count()
    events = _count()
    receipts = _count()
    exchanges = _count()


class Business(Answer):
    """Business time, UTC."""

    business = _text()


class UserRow(Answer):
    """An account: one user in one role; `id` names it and opens nothing."""

    id = _text()
    user = _text()
    role = _text()
    revoked = F.Boolean(required=True)


class NewToken(UserRow):
    """A new account with its token, shown only now."""

    token = _text()


class Act(Answer):
    """One act; `count`: how many commands it held; `outcome`: done, or refused: and the code."""

    id = _text()
    time = _text()
    user = _text()
    role = _text()
    act = _text()
    object = _text()
    outcome = _text()
    count = _count()
    detail = _text()


class HookRow(Answer):
    """A subscription and how it fares; `next_try`: wire instant in UTC."""

    id = _text()
    address = _text()
    kinds = F.List(F.String(), required=True)
    pending = _count()
    failures = _count()
    last_error = _text(null=True)


class Subscribed(HookRow):
    """A new subscription with its secret, shown only now."""

    secret = _text()


class Post(Answer):
    """One message to a subscriber and what became of it."""

    id = _text()
    object = _text()
    attempts = _count()
    delivered_at = _text(null=True)
    last_error = _text(null=True)


class NoticeRow(Answer):
    """One notice in an inbox; `text`: what it says, `step`: its beginning; `kind`: reminder or
    redated; `object`: an assignment, or a draft whose triage is due (then `matter` is null)."""

    id = _text()
    kind = _text()
    step = _text()
    text = _text()
    object = _text()
    matter = _text(null=True)
    clock = _text()
    to = _text()
    due = _text()
    at = _text()
    made_at = _text()
    count = _count()
    read_at = _text(null=True)


@functools.cache
def inbox_page() -> type[ma.Schema]:
    """A keyset page of notices, and how many are unread in all."""
    members = {
        "items": F.List(F.Nested(NoticeRow), required=True),
        "next": _text(null=True),
        "unread": _count(),
    }
    return type("NoticeRowPage", (Answer,), members)


class DeliveryRow(Answer):
    """One message in the delivery log; `address` is masked; `state`: waiting, sent, refused,
    expired, moot or digest."""

    id = _text()
    user = _text()
    channel = _text()
    address = _text()
    made_at = _text()
    state = _text()
    attempts = _count()
    delivered_at = _text(null=True)
    last_error = _text(null=True)


class ContactRow(Answer):
    """Where a user is reached."""

    user = _text()
    email = _text(null=True)
    phone = _text(null=True)
    chat = _text(null=True)


class Me(Answer):
    """Who asks."""

    node = _text()
    user = _text()
    role = _text()


class Anything(Answer):
    """An object whose members docs/spec and docs/api.md name."""


class Health(Answer):
    """That the host answers."""

    status = _text()
    nodes = _count()


@functools.cache
def page_of(row: type[ma.Schema]) -> type[ma.Schema]:
    """A keyset page of such rows; `next` is the key to ask for the page after it, or null."""
    members = {"items": F.List(F.Nested(row), required=True), "next": _text(null=True)}
    return type(f"{row.__name__}Page", (Answer,), members)
