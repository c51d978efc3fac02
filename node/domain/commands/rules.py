"""Commands on calendars, policies and score tables: publish a version, withdraw a policy.

Decides by what is handed in. Never writes, never reads a table (node/domain/table.py). Follows
docs/spec/10-13710-events.md, "Calendars and policies".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from federation.ids import NONCE, calendar_id, policy_id, score_id
from node.domain.authority import rule_parties
from node.domain.calendar import DEFAULT_POLICY, WARN
from node.domain.commands.base import Actor, DomainRefused, Draft, checked
from node.domain.evaluation.scoring import DEFAULT_TABLE, SCORE_NAME
from node.domain.facts import Relations
from node.domain.permissions import require
from node.domain.rulebook import CALENDAR, POLICY, SCORE, calendar_name
from schemas.header import MAX_PAYLOAD
from schemas.strict import dump

Form = Mapping[str, Any]
SALTED: Final = len(dump({"salt": "0" * 32, "data": {}}))


def default_policy_data() -> dict[str, Any]:
    """`default/1` as a publication would state it: what a form leaves out."""
    one = DEFAULT_POLICY
    ladder = [{"after": r.after, "minutes": r.minutes, "to": r.to} for r in one.ladder]
    return {
        "version": one.version,
        "boards": [],
        "grades": [],
        "counts": one.counts,
        "first_day": one.first_day,
        "same_day": one.same_day,
        "rolls_over": one.rolls_over,
        "days": dict(one.days),
        "warn": dict(WARN),
        "review": one.review,
        "triage": one.triage,
        "ladder": ladder,
        "tolerance": one.tolerance,
    }


def publish_calendar(
    actor: Actor, region: str, form: Form, held: Collection[str], relations: Relations
) -> Draft:
    """A whole calendar of a region (12 digits), by the root, to everybody below it.

    `held`: the versions that are taken. Refuses `wrong-role`, `wrong-node`, `conflict` for a
    version that is taken or not after the others, and `bad-input`, naming the member.
    """
    require(actor, "publish-calendar")
    if actor.node != relations.root:
        raise DomainRefused("wrong-node", "only the domain's root publishes calendars")
    _named(str(form.get("version")), calendar_name(region))
    newer(str(form["version"]), held)
    subject = calendar_id(actor.node, region)
    draft = Draft(CALENDAR + "published", subject, "all", {**form, "by": actor.by()})
    return fitting(checked_rule(draft, actor, held, relations))


def publish_policy(actor: Actor, form: Form, held: Collection[str], relations: Relations) -> Draft:
    """A policy, by the root for all, or by any node for what it issues itself.

    What the form leaves out is as in `default/1`; of `days` and `warn` each member by itself.
    `held`: the versions under this name that are taken. Refuses as `publish_calendar` does.
    """
    require(actor, "publish-policy")
    version = str(form.get("version"))
    name = version.partition("/")[0]
    if not NONCE.fullmatch(name) or name[0].isdigit():
        accepted = "a name of 8 to 26 of a-z 0-9, a slash and a number, as workingdays/1"
        raise DomainRefused("bad-input", f"version {version!r}", accepted, "version")
    newer(version, held)
    data = default_policy_data()
    strange = sorted(form.keys() - data.keys())
    if strange:
        accepted = ", ".join(data)
        raise DomainRefused("bad-input", f"no member {strange[0]!r}", accepted, strange[0])
    data |= {key: value for key, value in form.items() if key not in ("days", "warn")}
    for key in ("days", "warn"):
        if isinstance(form.get(key), Mapping):
            data[key] = {**data[key], **form[key]}
        elif key in form:
            data[key] = form[key]
    subject = policy_id(actor.node, name)
    draft = Draft(POLICY + "published", subject, "all", {**data, "by": actor.by()})
    return fitting(checked_rule(draft, actor, held, relations))


def withdraw_policy(actor: Actor, name: str, state: str | None, relations: Relations) -> Draft:
    """Give a policy of this node's to no new matter any longer; `state`: the policy's."""
    require(actor, "publish-policy")
    if state is None:
        raise DomainRefused("not-found", f"this node has published no policy {name}")
    subject = policy_id(actor.node, name)
    draft = Draft(POLICY + "withdrawn", subject, "all", {"by": actor.by()})
    return checked(draft, actor.node, state, rule_parties(subject), relations)


def default_score_data() -> dict[str, Any]:
    """The table that counts where nothing is published, as a publication would state it."""
    return DEFAULT_TABLE


def publish_score(actor: Actor, form: Form, held: Collection[str], relations: Relations) -> Draft:
    """A score table by the root, to everybody below it; it counts from the next month on.

    What the form leaves out is as in the default. `held`: the versions that are taken. Refuses as
    `publish_calendar` does.
    """
    require(actor, "publish-score")
    if actor.node != relations.root:
        raise DomainRefused("wrong-node", "only the domain's root publishes score tables")
    version, known = str(form.get("version")), default_score_data()
    _named(version, SCORE_NAME)
    newer(version, held)
    strange = sorted(form.keys() - known.keys())
    if strange:
        accepted = ", ".join(known)
        raise DomainRefused("bad-input", f"no member {strange[0]!r}", accepted, strange[0])
    subject = score_id(actor.node, SCORE_NAME)
    said = {**known, **form, "by": actor.by()}
    return checked_rule(Draft(SCORE + "published", subject, "all", said), actor, held, relations)


def checked_rule(draft: Draft, actor: Actor, held: Collection[str], relations: Relations) -> Draft:
    """The draft of a publication, once it is sure to be applied; `held`: versions taken."""
    state = "PUBLISHED" if held else None
    return checked(draft, actor.node, state, rule_parties(draft.subject), relations)


def _named(version: str, name: str) -> None:
    before, slash, number = version.partition("/")
    if before != name or not slash or not number:
        accepted = f"{name}/ and a number, as {name}/2027.1"
        raise DomainRefused("bad-input", f"version {version!r}", accepted, "version")


def newer(version: str, held: Collection[str]) -> None:
    """A version stands for one thing for good, and the numbers only grow."""
    last = max(held, key=_number, default=None)
    if last is not None and _number(version) <= _number(last):
        raise DomainRefused("conflict", f"{version} is not after {last}", where="version")


def _number(version: str) -> tuple[int, ...]:
    parts = version.partition("/")[2].split(".")
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise DomainRefused("bad-input", f"version {version!r}", "name/2 or name/2027.1", "version")
    return tuple(int(part) for part in parts)


def fitting(draft: Draft) -> Draft:
    """The draft, if it fits into one payload line; else `bad-input`."""
    size = SALTED + len(dump(dict(draft.data))) - len("{}")
    if size > MAX_PAYLOAD:
        detail = f"{size} bytes in one event"
        raise DomainRefused(
            "bad-input", detail, f"at most {MAX_PAYLOAD}: fewer years, fields or places"
        )
    return draft
