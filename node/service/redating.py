"""A changed calendar, applied by the issuer: shown first, then one event per assignment.

What was shown is what is applied: the preview's token names it, and another state of things is
refused. Telling people is the notices' task. Decides nothing of the domain.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any

from node.domain import commands as c
from node.domain.assignment import AssignmentState
from node.domain.calendar import Calendar, Policy
from node.domain.commands import Actor, DomainRefused, Draft
from node.domain.redating import WORDS, Proposal, propose
from node.readmodel.books import Books
from node.service.almanac import rules_of
from node.service.ending import until_its_end
from node.service.host import Host
from node.service.place import Place
from node.service.saying import say
from node.storage.store import SqlStore
from schemas.strict import dump
from sync.me import Me

Case = tuple[AssignmentState, Proposal]


def preview(host: Host, place: Place) -> dict[str, Any]:
    """What the calendar in force would change of this node's open assignments; changes nothing.

    `items`: per assignment its moves (clock, from, to, provisional) and what stays and why;
    `token`: names exactly this, for `apply`.
    """

    def shown(store: SqlStore) -> dict[str, Any]:
        calendar, cases = _cases(host, place, store)
        return _told(calendar, cases)

    return host.read(place, shown)


def apply(host: Host, place: Place, actor: Actor, form: Mapping[str, Any]) -> dict[str, Any]:
    """Write one event per assignment that the preview `token` showed, all or nothing.

    `form`: `token`, `reason`, and `only` (ids; else all that it showed). Refuses `conflict` when
    things are no longer as shown, and as `commands.redate` does.
    """
    only = form.get("only")
    if only is not None and not isinstance(only, list):
        raise DomainRefused("bad-input", f"only: {only!r}"[:80], "a list of ids", "only")
    c.require(actor, "redate")

    def work(store: SqlStore, me: Me) -> dict[str, Any]:
        calendar, cases = _cases(host, place, store)
        told = _told(calendar, cases)
        if form.get("token") != told["token"]:
            accepted = "the token of a preview taken now"
            raise DomainRefused("conflict", "not what was shown", accepted, "token")
        chosen = _chosen([case for case in cases if case[1].moves], only)
        now = host.now().business
        drafts = [
            until_its_end(store, case[0], _draft(actor, case, calendar, form, now, store))
            for case in chosen
        ]
        if drafts:
            say(host, store, me, sorted(drafts, key=lambda one: one.stream))
        return {"calendar": calendar.version, "applied": [state.id for state, _ in chosen]}

    return host.write(place, work)


def _draft(
    actor: Actor, case: Case, calendar: Calendar, form: Mapping[str, Any], now: str, store: SqlStore
) -> Draft:
    state, found = case
    unsure = [move.clock for move in found.moves if move.provisional]
    said = {"calendar": calendar.version, "reason": form.get("reason"), "provisional": unsure}
    due = {move.clock: move.becomes for move in found.moves}
    return c.redate(actor, state, due, said, now, store.roster())


def _chosen(cases: Sequence[Case], only: Collection[str] | None) -> list[Case]:
    if only is None:
        return list(cases)
    known = {state.id for state, _ in cases}
    strange = sorted(set(only) - known)
    if strange:
        raise DomainRefused("not-found", f"{strange[0]} was not among those shown", where="only")
    return [case for case in cases if case[0].id in only]


def _cases(host: Host, place: Place, store: SqlStore) -> tuple[Calendar, list[Case]]:
    """The calendar in force, and what it does to each open assignment that names another."""
    rules, now = rules_of(store, place), host.now().business
    books = Books(store.connection, store.tenant, store.node, store.domain)
    calendar, found = rules.calendar(), list[Case]()
    policies, calendars = dict[str, Policy | None](), dict[str, Calendar | None]()
    for state in books.issued(store.node):
        if state.calendar == calendar.version:
            continue
        if state.policy not in policies:
            policies[state.policy] = rules.policy_named(state.policy)
        if state.calendar not in calendars:
            calendars[state.calendar] = rules.calendar_named(state.calendar)
        whole = books.assignment(state.parent) if state.parent else None
        proposal = propose(
            state,
            policies[state.policy],
            calendars[state.calendar],
            calendar,
            now,
            whole.clocks if whole is not None else None,
        )
        if proposal.moves or proposal.kept:
            found.append((state, proposal))
    return calendar, found


def _told(calendar: Calendar, cases: Sequence[Case]) -> dict[str, Any]:
    items = [
        {
            "id": state.id,
            "no": state.no,
            "title": state.title,
            "assignee": state.assignee,
            "policy": state.policy,
            "calendar": state.calendar,
            "moves": [
                {
                    "clock": one.clock,
                    "from": one.was,
                    "to": one.becomes,
                    "provisional": one.provisional,
                }
                for one in found.moves
            ],
            "kept": [{"clock": clock, "why": WORDS[why]} for clock, why in found.kept],
        }
        for state, found in cases
    ]
    moved = [[item["id"], item["moves"]] for item in items if item["moves"]]
    token = sha256(dump([calendar.version, moved])).hexdigest()[:32]
    return {"calendar": calendar.version, "items": items, "moved": len(moved), "token": token}
