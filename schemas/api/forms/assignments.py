"""The forms of commands on an assignment: deploy, report, ask, answer, clear, rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import marshmallow as ma

from schemas.api.forms.shape import (
    ID,
    Flag,
    Form,
    Grounds,
    Nothing,
    Reason,
    Units,
    ledger_values,
)
from schemas.assignments import Proposed
from schemas.fields import PROSE, Choice, Part, Rows, Text
from schemas.terms import (
    DAY,
    INSTANT,
    MARKS,
    MAX_PROSE,
    Attachment,
    Contact,
    Reading,
)


class Deploy(Form):
    """Who leads, who does it, whom to call, by which measures."""

    leader = Text(100)
    responsible = Text(100)
    contact = Part(Contact)
    measures = Text(MAX_PROSE, PROSE)


class Report(Form):
    """How far it has come."""

    text = Text(MAX_PROSE, PROSE)
    indicators = Rows(Part(Reading), 50, optional=True)
    attachments = Rows(Part(Attachment), 50, optional=True)
    milestone = Text(8, optional=True)
    ledger = ledger_values()


class Clear(Form):
    """That it is done."""

    text = Text(MAX_PROSE, PROSE)
    indicators = Rows(Part(Reading), 50, optional=True)


class Grant(Form):
    """The mark."""

    mark = Choice(MARKS)
    remark = Text(2000, PROSE, optional=True)


class SendBack(Form):
    """Why not yet."""

    reason = Text(MAX_PROSE, PROSE)


class Urge(Form):
    """What the unit is told."""

    text = Text(MAX_PROSE, PROSE)


class Refuse(Form):
    """Why another unit should have it, and which."""

    grounds = Text(MAX_PROSE, PROSE)
    proposed = Text(ID)


class Reassign(Form):
    """To which node."""

    to = Text(ID)


class Cohandlers(Form):
    """Which nodes work with the lead from now on."""

    cohandlers = Rows(Text(ID), 500)


class Extend(Form):
    """Why, and until which day (inclusive)."""

    reason = Text(MAX_PROSE, PROSE)
    until = Text(10, DAY)


class GrantExtension(Form):
    """Until which day, if not the one asked for."""

    until = Text(10, DAY, optional=True)


class Plan(Form):
    """How it will be solved, step by step."""

    solution = Text(MAX_PROSE, PROSE)
    milestones = Rows(Part(Proposed), 99)


class GrantPlan(Form):
    """Which milestones, if not those offered."""

    milestones = Rows(Part(Proposed), 99, optional=True)


class Reopen(Form):
    """Why, and the complaint that was proved."""

    reason = Text(MAX_PROSE, PROSE)
    complaint = Text(MAX_PROSE, PROSE, optional=True)


class RuleInstant(Form):
    """When what stopped a clock was submitted, and why so."""

    clock = Text(8)
    submitted = Text(24, INSTANT)
    reason = Text(MAX_PROSE, PROSE)


class Redate(Form):
    """New due instants by clock, the calendar by which they are, and why."""

    due = ma.fields.Dict(keys=Text(8), values=Text(24, INSTANT), required=True)
    calendar = Text(64)
    policy = Text(64, optional=True)
    provisional = Flag()
    reason = Text(MAX_PROSE, PROSE)


# operation -> its form
ASSIGNMENTS: Final[Mapping[str, type[ma.Schema]]] = {
    "assignment.sign": Nothing,
    "assignment.deploy": Deploy,
    "assignment.report": Report,
    "assignment.clear": Clear,
    "assignment.grant": Grant,
    "assignment.return": SendBack,
    "assignment.urge": Urge,
    "assignment.split": Units,
    "assignment.refuse": Refuse,
    "assignment.reassign": Reassign,
    "assignment.add-cohandler": Cohandlers,
    "assignment.uphold": Reason,
    "assignment.extend": Extend,
    "assignment.grant-extension": GrantExtension,
    "assignment.refuse-extension": Reason,
    "assignment.plan": Plan,
    "assignment.grant-plan": GrantPlan,
    "assignment.refuse-plan": Reason,
    "assignment.restore": Reason,
    "assignment.reopen": Reopen,
    "assignment.ask-pause": Grounds,
    "assignment.refuse-pause": Reason,
    "assignment.rule": RuleInstant,
    "assignment.redate": Redate,
}
