"""What the events about a matter say: one schema per event type, in `MATTERS`.

States the form of `data` only. Never judges who may write it (node/domain/authority.py), nor when
(node/domain/machine.py). Follows docs/spec/10-13710-events.md, "Matters".
"""

from __future__ import annotations

from typing import Final

from schemas.fields import PROSE, Choice, Part, Rows, Shape, Text
from schemas.terms import (
    ASSIGNMENT,
    BOARDS,
    GRADES,
    HASH,
    LINKS,
    MATTER,
    MAX_TITLE,
    PLACE,
    By,
    Contact,
    Entered,
    Indicator,
    instant,
    prose,
)


class Registered(Shape):
    """A matter enters the books under its number."""

    no = Text(100)
    title = Text(MAX_TITLE)
    board = Choice(BOARDS)
    grade = Choice(GRADES)
    content = prose()
    source = Text(200)
    basis = Text(500)
    weight = Text(2000, PROSE, optional=True)
    indicators = Rows(Part(Indicator), 50)
    responsible = Text(100)
    head = Text(100)
    contact = Part(Contact)
    region = Text(12, PLACE, optional=True)
    campaign = Text(100, optional=True)
    class_ = Text(100, key="class", optional=True)
    ledger = Part(Entered, optional=True)
    by = Part(By)


class Valued(Shape):
    """The registrar enters or corrects values of the ledger; changes no state."""

    ledger = Part(Entered)
    by = Part(By)


class Struck(Shape):
    """The registrar closes the book on a matter."""

    result = prose()
    by = Part(By)


class Cancelled(Shape):
    """The registrar takes a matter back."""

    grounds = prose()
    by = Part(By)


class Merged(Shape):
    """A matter goes on as another one: ended, and outside all statistics."""

    into = Text(80, MATTER)
    grounds = prose()
    by = Part(By)


class Linked(Shape):
    """A matter belongs with another one; changes no state."""

    to = Text(80, MATTER)
    kind = Choice(LINKS)
    by = Part(By)


class Listed(Shape):
    """A matter is put under the leaders' eyes (挂牌督办), or taken off; changes no state."""

    listed = Choice(("on", "off"))
    grounds = prose()
    by = Part(By)


class MatterPaused(Shape):
    """The registrar grants a pause, from the instant of the request on."""

    assignment = Text(80, ASSIGNMENT)
    asked = Text(64, HASH)
    since = instant()
    grounds = prose()
    by = Part(By)


class MatterResumed(Shape):
    """The pause is over, at the instant `at`."""

    at = instant()
    by = Part(By)


MATTERS: Final[dict[str, type[Shape]]] = {
    "duban.matter.registered": Registered,
    "duban.matter.struck": Struck,
    "duban.matter.cancelled": Cancelled,
    "duban.matter.merged": Merged,
    "duban.matter.linked": Linked,
    "duban.matter.listed": Listed,
    "duban.matter.valued": Valued,
    "duban.matter.paused": MatterPaused,
    "duban.matter.resumed": MatterResumed,
}
