"""REST for intake and triage, and the public tracking of what was handed in.

Routes only. An enterprise reaches its own submissions here and nothing else; whoever has a
receipt's number and code needs no account (node/service/tracking.py decides who has).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from node.api.routes import Asked, Route
from node.domain.commands.weighing import AXES, ENOUGH, TABLE
from node.domain.triage import TRIAGE_COMMANDS
from node.readmodel import drafts as rows
from node.readmodel.scope import BUSINESS
from node.service import acts, intake, statistics
from node.service.acts import Answer
from node.service.host import Host
from node.service.tracking import PUBLIC, Tracking
from schemas.api import answers, questions
from schemas.api.forms import drafts, shape
from schemas.fields import NO_CLASSIFIED
from schemas.intake import SOURCES

STAFF: Final = frozenset(BUSINESS)  # all who work here on matters; an applicant sees its own
APPLICANT: Final = frozenset(("enterprise",))
HELD: Final = "whoever has a receipt's number and code"


def intake_rows(host: Host | None) -> Iterator[Route]:
    """The routes that no command's row gives. `host`: None where only the rows are looked at."""
    any_, page = answers.Anything, answers.page_of(answers.Anything)
    starts = TRIAGE_COMMANDS["draft"].roles
    track, say = _tracking(host)
    yield from (
        Route("GET", "/intake/forms", "read.forms", frozenset(), told_forms, any_,
              "Sources, criteria with their points, and what stands on each form.",
              public="everybody: it says nothing of anyone"),
        Route("GET", "/intake/mine", "read.mine", STAFF | APPLICANT, mine, page,
              "What the asking user has handed in.", question=questions.Drafts),
        Route("POST", "/drafts/check", "draft.check", STAFF, check, any_,
              "What the gate remarks, and likely duplicates; nothing is written.",
              form=shape.Free, question=questions.Check),
        Route("POST", "/drafts", "draft.start", starts, start, answers.Done,
              "Start a draft here.", form=drafts.DraftForm, status=201),
        Route("GET", "/drafts", "read.drafts", STAFF, queue, page, "The queue.",
              question=questions.Drafts),
        Route("GET", "/drafts/<draft:id>", "read.draft", STAFF | APPLICANT, one, any_,
              "A draft whole, with what may be done, remarks and likely duplicates."),
        Route("POST", "/track", "track.show", frozenset(), track, any_,
              "Public steps by number and code.", form=shape.Free, public=HELD),
        *(
            Route("POST", f"/track/{word}", f"track.{word}", frozenset(), say(word), any_,
                  f"{word.capitalize()}, by number and code.", form=shape.Free, public=HELD)
            for word in PUBLIC
        ),
    )  # fmt: skip


def told_forms(_: Asked) -> Answer:
    """Sources and criteria."""
    criteria = {
        code: {
            "name": row.name,
            "axis": AXES[row.axis],
            "options": {
                option: {"name": name, "points": points}
                for option, (name, points) in row.options.items()
            },
        }
        for code, row in TABLE.items()
    }
    told = {"notice": NO_CLASSIFIED, "sources": dict(SOURCES), "criteria": criteria}
    return told | {"enough": ENOUGH}


def mine(asked: Asked) -> Answer:
    """The user's own submissions."""
    return _listed(asked, submitter=asked.actor.user)


def queue(asked: Asked) -> Answer:
    """The queue."""
    return _listed(asked)


def _listed(asked: Asked, **more: Any) -> Answer:
    named = {name: asked.query.get(name) for name in ("state", "source", "board", "after")}
    limit = asked.query["limit"]
    behind = statistics.conditions(asked.host, asked.place, asked.sight, "drafts", asked.query)
    found = asked.ask(rows.list_drafts, limit=limit, **named, **more, more=behind)
    return {"items": found, "next": found[-1]["id"] if len(found) == limit else None}


def check(asked: Asked, form: Mapping[str, Any]) -> Answer:
    """A dry run of the gate."""
    now, proposing = asked.host.now().business, asked.query.get("proposing") != "false"
    place = asked.place
    return asked.host.read(place, lambda store: intake.examine(store, form, now, proposing))


def start(asked: Asked, form: Mapping[str, Any]) -> tuple[Answer, bool]:
    """A new draft."""
    command, deed = ("draft.draft", "", form), asked.deed(act="draft.draft")
    made, again = acts.command(asked.host, asked.place, asked.actor, deed, [command])
    return made[0], again


def one(asked: Asked, id: str) -> Answer:
    """A draft whole."""
    now = asked.host.now().business
    return asked.host.read(asked.place, lambda store: intake.whole(store, asked.actor, id, now))


def _tracking(host: Host | None) -> tuple[Any, Any]:
    """The public counter's two handlers; it counts tries in vain, so one serves all requests."""
    counter = Tracking(host) if host is not None else None

    def track(_: Asked, form: Mapping[str, Any]) -> Answer:
        assert counter is not None  # noqa: S101  a door is opened on a host
        return counter.show(form)

    def say(word: str) -> Callable[..., Answer]:
        def handle(_: Asked, form: Mapping[str, Any]) -> Answer:
            assert counter is not None  # noqa: S101
            return counter.say(word, form)

        return handle

    return track, say
