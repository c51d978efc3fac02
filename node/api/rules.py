"""REST for calendars and policies.

Routes only: node/service/almanac.py, policies.py and redating.py decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from node.api.routes import EVERYBODY, Asked, Route
from node.domain.permissions import COMMANDS
from node.service import almanac, policies, redating
from node.service.acts import Answer
from schemas.api import answers
from schemas.api.forms import admin, shape


def rule_rows() -> Iterator[Route]:
    """The routes. Fixed paths come before those with a name."""
    all_, any_, free = EVERYBODY, answers.Anything, shape.Free
    days = COMMANDS["publish-calendar"].roles & EVERYBODY
    terms = COMMANDS["publish-policy"].roles & EVERYBODY
    moves = COMMANDS["redate"].roles & EVERYBODY
    yield from (
        Route(
            "GET",
            "/calendars",
            "read.calendars",
            all_,
            calendars,
            any_,
            "The calendar in force, and the versions held.",
        ),
        Route(
            "GET",
            "/calendars/preview",
            "calendar.preview",
            moves,
            preview,
            any_,
            "What the calendar in force would change.",
        ),
        Route(
            "POST",
            "/calendars/import",
            "calendar.import",
            days,
            bring_in,
            any_,
            "Check a table, keep it as a draft.",
            form=free,
        ),
        Route(
            "POST",
            "/calendars/publish",
            "calendar.publish",
            days,
            publish_calendar,
            any_,
            "The draft of a region, to the whole tree.",
            form=admin.PublishCalendar,
        ),
        Route(
            "POST",
            "/calendars/apply",
            "calendar.apply",
            moves,
            apply,
            any_,
            "Move the clocks that a preview has shown.",
            form=free,
        ),
        Route(
            "GET",
            "/calendars/<region>/<number>",
            "read.calendar",
            all_,
            calendar,
            any_,
            "Every date of a version.",
        ),
        Route(
            "GET",
            "/policies",
            "read.policies",
            all_,
            list_policies,
            any_,
            "Which are in force where, and the versions held.",
        ),
        Route(
            "POST",
            "/policies",
            "policy.publish",
            terms,
            publish_policy,
            any_,
            "A new version.",
            form=free,
        ),
        Route(
            "GET",
            "/policies/<name>/<number>",
            "read.policy",
            all_,
            policy,
            any_,
            "All that a version says.",
        ),
        Route(
            "DELETE",
            "/policies/<name>",
            "policy.withdraw",
            terms,
            withdraw,
            any_,
            "For no new matter any longer.",
        ),
    )


def calendars(asked: Asked) -> Answer:
    """The one in force, and the versions held."""
    return almanac.show(asked.host, asked.place)


def calendar(asked: Asked, region: str, number: str) -> Answer:
    """Every date of a version."""
    return almanac.one(asked.host, asked.place, f"{region}/{number}")


def bring_in(asked: Asked, form: Mapping[str, Any]) -> tuple[Answer, bool]:
    """Keep a table as a draft."""
    host, place, actor = asked.host, asked.place, asked.actor
    return asked.around(lambda: almanac.bring_in(host, place, actor, form))


def publish_calendar(asked: Asked, form: Mapping[str, Any]) -> tuple[Answer, bool]:
    """Publish a draft."""
    host, place, actor, region = asked.host, asked.place, asked.actor, form.get("region") or "cn"
    return asked.around(lambda: almanac.publish(host, place, actor, region), region)


def preview(asked: Asked) -> Answer:
    """What would change."""
    return redating.preview(asked.host, asked.place)


def apply(asked: Asked, form: Mapping[str, Any]) -> tuple[Answer, bool]:
    """Move clocks."""
    host, place, actor = asked.host, asked.place, asked.actor
    return asked.around(lambda: redating.apply(host, place, actor, form))


def list_policies(asked: Asked) -> Answer:
    """Which are in force."""
    return policies.show(asked.host, asked.place)


def policy(asked: Asked, name: str, number: str) -> Answer:
    """One version."""
    return policies.one(asked.host, asked.place, f"{name}/{number}")


def publish_policy(asked: Asked, form: Mapping[str, Any]) -> tuple[Answer, bool]:
    """A new version."""
    host, place, actor = asked.host, asked.place, asked.actor
    return asked.around(lambda: policies.publish(host, place, actor, form))


def withdraw(asked: Asked, name: str) -> tuple[Answer, bool]:
    """No longer for new matters."""
    host, place, actor = asked.host, asked.place, asked.actor
    return asked.around(lambda: policies.withdraw(host, place, actor, name), name)
