"""The forms of commands on a matter.

What a matter must say to be registered is the gate's to decide (node/domain/commands/gate.py), so
a registration's members are all optional here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import marshmallow as ma

from schemas.api.forms.shape import (
    ID,
    ContactForm,
    Form,
    Grounds,
    IndicatorForm,
    Nothing,
    Units,
    ledger_values,
)
from schemas.fields import PROSE, Choice, Part, Rows, Text
from schemas.terms import (
    BOARDS,
    GRADES,
    LINKS,
    MAX_PROSE,
    MAX_TITLE,
    PLACE,
)


class Register(Form):
    """A matter as its registrar writes it; the gate says what is missing."""

    title = Text(MAX_TITLE, optional=True)
    board = Choice(BOARDS, optional=True)
    grade = Choice(GRADES, optional=True)
    content = Text(MAX_PROSE, PROSE, optional=True)
    source = Text(200, optional=True)
    basis = Text(500, optional=True)
    weight = Text(2000, PROSE, optional=True)
    indicators = Rows(Part(IndicatorForm), 50, optional=True)
    responsible = Text(100, optional=True)
    head = Text(100, optional=True)
    contact = Part(ContactForm, optional=True)
    region = Text(12, PLACE, optional=True)
    campaign = Text(100, optional=True)
    class_ = Text(100, key="class", optional=True)
    ledger = ledger_values()


class Value(Form):
    """Values of the matter's ledger."""

    ledger = ledger_values(optional=False)


class Strike(Form):
    """The result with which the book is closed."""

    result = Text(MAX_PROSE, PROSE)


class Cancel(Form):
    """On what grounds."""

    grounds = Text(MAX_PROSE, PROSE)


class Merge(Form):
    """As which matter it goes on, and why."""

    into = Text(ID)
    grounds = Text(MAX_PROSE, PROSE)


class Link(Form):
    """With which matter, and what that one is to it."""

    to = Text(ID)
    kind = Choice(LINKS)


class PutOnList(Form):
    """Onto the leaders' list, or off it."""

    listed = Choice(("on", "off"), optional=True)
    grounds = Text(MAX_PROSE, PROSE)


# operation -> its form
MATTERS: Final[Mapping[str, type[ma.Schema]]] = {
    "matter.register": Register,
    "matter.issue": Units,
    "matter.strike": Strike,
    "matter.cancel": Cancel,
    "matter.pause": Grounds,
    "matter.resume": Nothing,
    "matter.merge": Merge,
    "matter.link": Link,
    "matter.list": PutOnList,
    "matter.value": Value,
}
