"""Commands on ledgers and campaigns: publish a definition or a campaign, enter a matter's values.

Decides by what is handed in. Never writes. Follows docs/spec/10-13710-events.md, "Ledgers and
campaigns".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from federation.ids import NONCE, campaign_id, ledger_id
from node.domain.authority import matter_parties, may_assign
from node.domain.commands.base import Actor, DomainRefused, Draft, checked
from node.domain.commands.rules import checked_rule, fitting, newer
from node.domain.facts import Relations
from node.domain.ledger import Definition, changed, read_values
from node.domain.matter import PREFIX, MatterState
from node.domain.permissions import permit, require
from node.domain.rulebook import CAMPAIGN, LEDGER
from schemas.terms import BOARDS

Form = Mapping[str, Any]


def publish_ledger(
    actor: Actor,
    form: Form,
    held: Collection[str],
    before: Definition,
    relations: Relations,
) -> Draft:
    """A board's ledger under a new version, by the root, to everybody below it.

    `held`: the versions that are taken; `before`: the definition in force. A code keeps its type
    and scale for good, so that sums over old and new rows mean one thing. Refuses `wrong-role`,
    `wrong-node`, `conflict`, and `bad-input`, naming the member.
    """
    require(actor, "publish-ledger")
    if actor.node != relations.root:
        raise DomainRefused("wrong-node", "only the domain's root defines ledgers")
    board = form.get("board")
    if board not in BOARDS:
        raise DomainRefused("bad-input", f"no board {board!r}", ", ".join(BOARDS), "board")
    newer(str(form.get("version")), {*held, f"{board}/1"})
    subject = ledger_id(actor.node, str(board))
    draft = Draft(LEDGER + "published", subject, "all", {**form, "by": actor.by()})
    made = fitting(checked_rule(draft, actor, held, relations))
    other = changed(before, made.data)
    if other is not None:
        detail = f"{other} had another type or scale in {before['version']}"
        raise DomainRefused("conflict", detail, "a new code", "fields")
    return made


def publish_campaign(
    actor: Actor, form: Form, held: Collection[str], relations: Relations
) -> Draft:
    """A campaign, or a new version of one, by the node that will issue its assignments.

    Every unit of the territory must be below that node or guided by it. Refuses as
    `publish_ledger` does.
    """
    require(actor, "publish-campaign")
    version = str(form.get("version"))
    code = version.partition("/")[0]
    if not NONCE.fullmatch(code) or code[0].isdigit():
        accepted = "a code of 8 to 26 of a-z 0-9, a slash and a number, as railway2026/1"
        raise DomainRefused("bad-input", f"version {version!r}", accepted, "version")
    newer(version, held)
    subject = campaign_id(actor.node, code)
    draft = Draft(CAMPAIGN + "published", subject, "all", {**form, "by": actor.by()})
    made = fitting(checked_rule(draft, actor, held, relations))
    for number, one in enumerate(made.data["territory"]):
        if not may_assign(actor.node, one["unit"], relations):
            detail = f"{one['unit']} is neither below this node nor guided by it"
            where = f"territory[{number}].unit"
            raise DomainRefused("wrong-node", detail, "a unit below, or along a line", where)
    return made


def value(
    actor: Actor,
    matter: MatterState,
    definition: Definition,
    form: Form,
    relations: Relations,
    rolled: str | None = None,
) -> Draft:
    """Enter or correct values of a matter's ledger, as its registrar."""
    permit(actor, "value", matter, relations, rolled=rolled)
    told = read_values(definition, form.get("ledger") or {}, whole=False)
    draft = Draft(PREFIX + "valued", matter.id, "up", {"ledger": told, "by": actor.by()})
    return checked(draft, actor.node, matter.state, matter_parties(matter.id), relations)
