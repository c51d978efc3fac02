"""Ledgers and campaigns at the desk: values read by the definition in force, dues cut at the end.

Looks up what the domain needs (node/domain/ledger.py, campaign.py) inside a desk's transaction.
Decides nothing of the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from node.domain import commands as c
from node.domain.campaign import DUES, capped, fit, is_campaign
from node.domain.commands import Draft
from node.domain.ledger import Definition, read_values, shrinking
from node.service import answers
from node.service.rulebook import Rules
from schemas.terms import BOARDS

Form = Mapping[str, Any]
Result = dict[str, Any]


class Desk(answers.Desk, Protocol):
    """What is needed of work.Desk."""

    @property
    def rules(self) -> Rules:
        """What is published."""
        ...


def registered(desk: Desk, form: Form) -> Form:
    """A registration's form with its values read and its campaign checked.

    Refuses as `read_values` and `fit` do.
    """
    campaign, board, told = form.get("campaign"), form.get("board"), form.get("ledger")
    if is_campaign(campaign):
        fit(desk.rules.campaign(str(campaign)), form)
    if not told or board not in BOARDS:  # the gate names a board that is none
        return form
    return {**form, "ledger": read_values(desk.rules.ledger(board), told, whole=True)}


def valued(desk: Desk, board: Any, told: Any) -> None:
    """Refuse a draft's values that its board's ledger doesn't take, as `read_values` does."""
    if told and board in BOARDS:
        read_values(desk.rules.ledger(board), told, whole=False)


def reported(
    definition: Definition, before: Mapping[str, str], form: Form
) -> tuple[Form, list[Result]]:
    """A report's form with its values read; a warning for a cumulative one that became less."""
    told = form.get("ledger")
    if not told:
        return form, []
    read = read_values(definition, told, whole=False)
    less = shrinking(definition, before, read["values"])
    detail = f"cumulative, and less than reported before: {', '.join(less)}"
    warning = {"code": "ledger", "ledger": read["version"], "fields": less, "detail": detail}
    return {**form, "ledger": read}, [warning] if less else []


def within(desk: Desk, drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts with nothing due past the end of its campaign. Refuses as `capped` does."""
    return [_within(desk, one) if one.type in DUES else one for one in drafts]


def _within(desk: Desk, draft: Draft) -> Draft:
    name = draft.data.get("campaign")
    if name is None and not draft.type.endswith(".issued"):
        held = desk.books.assignment(draft.subject)
        name = held.campaign if held is not None else None
    campaign = desk.rules.campaign(str(name)) if is_campaign(name) else None
    return capped(draft, campaign, desk.now.business) if campaign is not None else draft


def value(desk: Desk, id: str, form: Form) -> Result:
    """Enter or correct values of a matter's ledger."""
    matter = desk.matter(id)
    rolled = desk.books.rolled(matter)
    definition = desk.rules.ledger(matter.board)
    draft = c.value(desk.actor, matter, definition, form, desk.roster(), rolled)
    desk.write([draft])
    return {"id": id, "state": rolled, "ledger": desk.matter(id).ledger}


OPERATIONS: Mapping[str, Callable[[Any, str, Form], Result]] = {"matter.value": value}
