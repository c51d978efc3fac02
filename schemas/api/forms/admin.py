"""The forms of what administrators and users do beside commands on matters."""

from __future__ import annotations

from typing import Final

import marshmallow as ma

from schemas.api.forms.shape import (
    ID,
    Flag,
    Form,
)
from schemas.fields import PROSE, Choice, Rows, Text

HOOK_URL: Final = r"^https?://[^\s@\x00-\x1f\x7f]+\Z"


class NewUser(Form):
    """A user's name, and the role of the account that is made."""

    user = Text(64)
    role = Text(32)


class NewRole(Form):
    """The role that the account has from the next request on."""

    role = Text(32)


class NewHook(Form):
    """Where state changes are sent; `kinds` narrows them (default: matters and assignments)."""

    address = Text(500, HOOK_URL)
    kinds = Rows(Choice(("matter", "assignment")), 2, optional=True)


class Contacts(Form):
    """Where the asking user is reached; one left out is forgotten. `chat`: of a group."""

    email = Text(254, r"^[^\s<>@,;]+@[^\s<>@,;]+\Z", optional=True)
    phone = Text(20, r"^\+?[0-9][0-9-]{4,18}\Z", optional=True)
    chat = Text(200, r"^\S+\Z", optional=True)


class Grounded(Form):
    """On what grounds a node is suspended, or taken back."""

    grounds = Text(2000, PROSE)


class NewLine(Form):
    """Which department guides which node; `end`: no longer."""

    over = Text(ID)
    by = Text(ID)
    end = Flag()


class Erase(Form):
    """Which event of which node (this one, if none is named), and on what grounds."""

    id = Text(200)
    origin = Text(ID, optional=True)
    grounds = Text(2000, PROSE, optional=True)


class PublishCalendar(Form):
    """The draft of which region."""

    region = Text(12, optional=True)


class Advance(Form):
    """How far business time moves."""

    advance_seconds = ma.fields.Float(
        required=True, allow_nan=False, validate=ma.validate.Range(0, 366 * 86400)
    )
