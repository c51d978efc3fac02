"""Campaigns: who answers for a place, what belongs to one, and its hard end.

Decides which unit's territory a place lies in, whether a matter fits its campaign, and that nothing
given in a campaign is due after its end: what an issuer computes is cut there, what a person names
beyond it is refused. Never issues. Follows docs/spec/10-13710-events.md, "Ledgers and campaigns".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from node.domain.commands.base import Draft
from node.domain.guards import DomainRefused
from node.domain.instants import earlier, end_of, order, reached
from node.domain.record import PREFIX
from node.domain.rulebook import enclosing

Campaign = Mapping[str, Any]
CUT: Final = frozenset(PREFIX + one for one in ("returned", "reopened", "resumed", "redated"))
NAMED: Final[Mapping[str, str]] = {PREFIX + "extended": "until", PREFIX + "hung": "milestones"}
ISSUED: Final = PREFIX + "issued"
DUES: Final = frozenset({ISSUED, *CUT, *NAMED})  # what may give an assignment a due instant


def is_campaign(name: str | None) -> bool:
    """Whether a matter's `campaign` is a campaign's id; other words are only words."""
    return name is not None and name.startswith("campaign:")


def unit_for(campaign: Campaign, region: str) -> str | None:
    """The unit whose territory is the nearest around a place; None: nobody answers for it."""
    units = {one["region"].ljust(12, "0"): one["unit"] for one in campaign["territory"]}
    return next((str(units[one]) for one in enclosing(region) if one in units), None)


def territory_of(campaign: Campaign, region: str | None) -> str | None:
    """The entry of the territory that a place lies in; None: in none."""
    named = {one["region"].ljust(12, "0"): one["region"] for one in campaign["territory"]}
    return next((str(named[one]) for one in enclosing(region) if one in named), None)


def end_instant(campaign: Campaign) -> str:
    """When the campaign is over, exclusive."""
    return end_of(date.fromisoformat(campaign["ends"]))


def fit(campaign: Campaign | None, form: Mapping[str, Any]) -> None:
    """Refuse `bad-input` a registration that doesn't fit the campaign that it names."""
    if campaign is None:
        detail = f"no {form.get('campaign')} is held here"
        raise DomainRefused("bad-input", detail, "a campaign that is published", "campaign")
    classes = [one["code"] for one in campaign["classes"]]
    if form.get("class") not in classes:
        detail = f"no class {form.get('class')!r} in {campaign['title']}"
        raise DomainRefused("bad-input", detail, ", ".join(classes), "class")
    for name in ("board", "grade"):
        if form.get(name) != campaign[name]:
            detail = f"{campaign['title']} is of {name} {campaign[name]}"
            raise DomainRefused("bad-input", detail, campaign[name], name)


def capped(draft: Draft, campaign: Campaign, now: str) -> Draft:
    """The draft with no due instant past the campaign's end.

    Refuses `wrong-state` for an assignment given after the end, `bad-input` for a later date that
    a person names.
    """
    end = end_instant(campaign)
    if draft.type == ISSUED and reached(end, now):
        detail = f"{campaign['title']} ended on {campaign['ends']}"
        raise DomainRefused("wrong-state", detail, "before its end")
    if draft.type in NAMED:
        _named(draft, campaign, end)
        return draft
    due = {kind: earlier(at, end) for kind, at in draft.data["due"].items()}
    return replace(draft, data={**draft.data, "due": due})


def _named(draft: Draft, campaign: Campaign, end: str) -> None:
    dues = (
        [one["due"] for one in draft.data["milestones"]]
        if "milestones" in draft.data
        else list(draft.data["due"].values())
    )
    if any(order(due) > order(end) for due in dues):
        detail = f"{campaign['title']} ends on {campaign['ends']}: nothing is due after it"
        accepted = f"up to {campaign['ends']}"
        raise DomainRefused("bad-input", detail, accepted, NAMED[draft.type])
