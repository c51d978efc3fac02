"""The form of every command that REST and the terminal take: one row per operation in `FORMS`.

States the shape of a request's body only; unknown members are refused, so that a misspelt one is
not lost in silence. What a matter must say to be registered is the gate's to decide
(node/domain/commands/gate.py), so a registration's members are all optional here. A new command
needs one row; tests/node/api/test_forms.py holds the table equal to node/service/work.py.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import marshmallow as ma

from schemas.assignments import Proposed
from schemas.compile import Decoder, ShapeError, compile_decoder
from schemas.fields import PROSE, Choice, Pairs, Part, Rows, Shape, Text
from schemas.intake import FINDINGS, MAX_LEAD, SOURCES, Said
from schemas.ledgers import LEDGERS
from schemas.rulebook import RULEBOOK
from schemas.terms import (
    BOARDS,
    CODE,
    DAY,
    GRADES,
    INSTANT,
    LINKS,
    MARKS,
    MAX_PROSE,
    MAX_TITLE,
    MAX_VALUE,
    MOST_VALUES,
    PLACE,
    Attachment,
    Contact,
    Reading,
)

MOST_BATCH: Final = 500
ID: Final = 100
HOOK_URL: Final = r"^https?://[^\s@\x00-\x1f\x7f]+\Z"


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


def _ledger(*, optional: bool = True) -> Pairs:
    """Values of the board's ledger by field, each as text: numbers in the field's unit."""
    return Pairs(CODE, Text(MAX_VALUE), MOST_VALUES, optional=optional)


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
    ledger = _ledger()


class Value(Form):
    """Values of the matter's ledger."""

    ledger = _ledger(optional=False)


class Units(Form):
    """To whom: the lead's node, and the co-handlers' in order."""

    lead = Text(ID)
    cohandlers = Rows(Text(ID), 500, optional=True)


class Strike(Form):
    """The result with which the book is closed."""

    result = Text(MAX_PROSE, PROSE)


class Cancel(Form):
    """On what grounds."""

    grounds = Text(MAX_PROSE, PROSE)


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
    ledger = _ledger()


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


class Grounds(Form):
    """On what grounds."""

    grounds = Text(MAX_PROSE, PROSE)


class Reason(Form):
    """Why."""

    reason = Text(MAX_PROSE, PROSE)


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


# operation -> its form; an operation without a row takes any object, and a test fails
FORMS: Final[Mapping[str, type[Form]]] = {
    "matter.register": Register,
    "matter.issue": Units,
    "matter.strike": Strike,
    "matter.cancel": Cancel,
    "assignment.sign": Nothing,
    "assignment.deploy": Deploy,
    "assignment.report": Report,
    "assignment.clear": Clear,
    "assignment.grant": Grant,
    "assignment.return": SendBack,
    "assignment.urge": Urge,
    "assignment.split": Units,
    "matter.pause": Grounds,
    "matter.resume": Nothing,
    "matter.merge": Merge,
    "matter.link": Link,
    "matter.list": PutOnList,
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
    "matter.value": Value,
}


class Command(Form):
    """One command of a batch."""

    op = Text(ID)
    id = Text(ID, optional=True)
    body = ma.fields.Nested(Free)


class Batch(Form):
    """Commands in order, all or nothing."""

    commands = Rows(Part(Command), MOST_BATCH)

    def load(self, data: Any, **kwargs: Any) -> Any:
        """As marshmallow does; read at once where nothing is wrong and no member is unknown."""
        plain = _plain(Batch, data)
        return super().load(data, **kwargs) if plain is None else plain


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


# what is read and drawn by the same means, though it is no command: by what acts are called
ACTS: Final[Mapping[str, type[ma.Schema]]] = {
    "contact.put": Contacts,
    **{
        f"{event.split('.')[1]}.publish": shape
        for event, shape in (RULEBOOK | LEDGERS).items()
        if event.endswith(".published")
    },
}


def form_of(operation: str) -> type[ma.Schema]:
    """The form of an operation."""
    return FORMS.get(operation) or ACTS.get(operation, Free)


@dataclass(frozen=True, slots=True)
class Member:
    """A member that fits into one word of a command line, or (`many`) into several."""

    name: str
    needed: bool
    many: bool
    words: tuple[str, ...]  # the only ones accepted; empty: any


def members(operation: str) -> list[Member]:
    """The members of an operation's form that are texts or lists of texts, in its order."""
    found = []
    for name, field in form_of(operation)().fields.items():
        many = isinstance(field, Rows)
        inner = field.inner if isinstance(field, Rows) else field
        if isinstance(inner, ma.fields.String):
            words = [one for one in inner.validators if isinstance(one, ma.validate.OneOf)]
            choices = tuple(str(word) for one in words for word in one.choices)
            found.append(Member(field.data_key or name, field.required, many, choices))
    return found


def objects(operation: str) -> list[str]:
    """The needed members of an operation's form that only JSON can say."""
    simple = {one.name for one in members(operation)}
    fields = form_of(operation)().fields
    return [name for name, one in fields.items() if one.required and name not in simple]


@functools.cache
def _decoder(form: type[ma.Schema]) -> Decoder | None:
    """The form compiled; None for one that can't be."""
    try:
        return compile_decoder(form) if issubclass(form, Shape) else None
    except TypeError:
        return None


def _plain(form: type[ma.Schema], untrusted: Any) -> dict[str, Any] | None:
    """What the compiled form gives back unchanged: no fault is in it, no unknown member."""
    decoder = _decoder(form)
    if decoder is None or not isinstance(untrusted, dict):
        return None
    try:
        plain = decoder(untrusted)
    except ShapeError:
        return None
    return plain if plain and plain == untrusted else None


def read(operation: str, untrusted: Mapping[str, Any]) -> tuple[dict[str, Any], str, str]:
    """A body read by its operation's form; and the fault's place and words, else empty."""
    form = form_of(operation)
    plain = _plain(form, untrusted)
    if plain is not None:
        return plain, "", ""
    try:
        found: dict[str, Any] = form().load(untrusted)
    except ma.ValidationError as error:
        return {}, *fault(error.messages)
    return found, "", ""


def fault(messages: Any) -> tuple[str, str]:
    """The place (`contact.phone`, `commands[0].op`) and the words of the first thing wrong."""
    where = ""
    while isinstance(messages, dict) and messages:
        key, messages = next(iter(messages.items()))
        if isinstance(key, int):
            where += f"[{key}]"
        elif key != ma.exceptions.SCHEMA:
            where += f".{key}" if where else str(key)
    return where, str(messages[0] if isinstance(messages, list) and messages else messages)
