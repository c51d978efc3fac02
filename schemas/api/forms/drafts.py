"""The forms of commands on a demand that comes in: submit, draft, accept, rate, complain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import marshmallow as ma

from schemas.api.forms.shape import (
    ID,
    ContactForm,
    Form,
    IndicatorForm,
    Nothing,
    Reason,
)
from schemas.fields import PROSE, Choice, Part, Rows, Text
from schemas.intake import FINDINGS, MAX_LEAD, SOURCES, Said
from schemas.terms import (
    DAY,
    MAX_TITLE,
    PLACE,
)


class Submit(Form):
    """A demand as it comes in."""

    source = Choice(tuple(SOURCES), optional=True)
    title = Text(MAX_TITLE, optional=True)
    situation = Text(MAX_LEAD, PROSE, optional=True)
    demand = Text(MAX_LEAD, PROSE, optional=True)
    difficulty = Text(MAX_LEAD, PROSE, optional=True)
    applicant = ma.fields.Dict()
    region = Text(12, PLACE, optional=True)
    unit = Text(200, optional=True)
    since = Text(10, DAY, optional=True)


class DraftForm(Form, Said):
    """What a draft may say, as its event has it; the gate remarks on what is missing of a part."""

    indicators = Rows(Part(IndicatorForm), 50, optional=True)
    contact = Part(ContactForm, optional=True)


class Accept(DraftForm):
    """A draft and to whom it is given: `lead` is a unit's id. `answer` as for `propose`."""

    lead = Text(ID)
    cohandlers = Rows(Text(ID), 500, optional=True)
    answer = Text(2000, PROSE, optional=True)


class Decline(Form):
    """Why it isn't taken up, and who is competent."""

    reason = Text(2000, PROSE)
    to = Text(200, optional=True)


class Propose(Form):
    """How what was remarked was dealt with."""

    answer = Text(2000, PROSE, optional=True)


class MergeDraft(Form):
    """As which draft or matter it goes on, and why."""

    into = Text(ID)
    reason = Text(2000, PROSE)


class Rate(Form):
    """Stars, 1 to 5, and a remark."""

    score = ma.fields.Raw(required=True, metadata={"type": ["string", "integer"]})
    remark = Text(2000, PROSE, optional=True)


class Complain(Form):
    """What is not as it was said."""

    text = Text(MAX_LEAD, PROSE)


class Judge(Form):
    """What was found of a complaint (the only one waiting, if none is named)."""

    complaint = Text(64, optional=True)
    finding = Choice(FINDINGS)
    grounds = Text(2000, PROSE)


# operation -> its form
DRAFTS: Final[Mapping[str, type[ma.Schema]]] = {
    "draft.submit": Submit,
    "draft.draft": DraftForm,
    "draft.edit": DraftForm,
    "draft.decline": Decline,
    "draft.propose": Propose,
    "draft.approve": Nothing,
    "draft.reject": Reason,
    "draft.merge": MergeDraft,
    "draft.rate": Rate,
    "draft.complain": Complain,
    "draft.judge": Judge,
    "draft.accept": Accept,
}
