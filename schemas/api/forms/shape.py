"""What every form of the API stands on, and parts that several share; unknown members are refused.

Decides no command's form: matters.py, assignments.py, drafts.py and admin.py do.
"""

from __future__ import annotations

from typing import Any, Final

import marshmallow as ma

from schemas.fields import PROSE, Pairs, Rows, Shape, Text
from schemas.terms import CODE, MAX_PROSE, MAX_VALUE, MOST_VALUES

ID: Final = 100


class Form(Shape):
    """A request's body; a member that isn't named is refused."""

    class Meta:
        """Unknown members are refused."""

        unknown = ma.RAISE


class Flag(ma.fields.Boolean):
    """true or false: no word and no number stands for them."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Free(ma.Schema):
    """A body whose members only the domain knows."""

    class Meta:
        """Members are kept as they are."""

        unknown = ma.INCLUDE


class Nothing(Form):
    """An empty body will do."""


class Grounds(Form):
    """On what grounds."""

    grounds = Text(MAX_PROSE, PROSE)


class Reason(Form):
    """Why."""

    reason = Text(MAX_PROSE, PROSE)


class Units(Form):
    """To whom: the lead's node, and the co-handlers' in order."""

    lead = Text(ID)
    cohandlers = Rows(Text(ID), 500, optional=True)


class ContactForm(Form):
    """Whom to call."""

    name = Text(100, optional=True)
    phone = Text(50, optional=True)


class IndicatorForm(Form):
    """What is to be reached, so that anyone can measure it."""

    name = Text(200, optional=True)
    unit = Text(50, optional=True)
    target = Text(200, optional=True)
    evidence = Text(500, optional=True)


def ledger_values(*, optional: bool = True) -> Pairs:
    """Values of the board's ledger by field, each as text: numbers in the field's unit."""
    return Pairs(CODE, Text(MAX_VALUE), MOST_VALUES, optional=optional)
