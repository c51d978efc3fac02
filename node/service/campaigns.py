"""Campaigns: published, looked at, and filled from a table that is checked whole first.

A table is read and checked row by row, then every row is registered and issued to the unit of its
territory, in one transaction, or nothing is. Decides nothing of the domain
(node/domain/sheet.py, campaign.py, commands/).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from federation.ids import campaign_id, owner_of
from node.domain import commands as c
from node.domain.campaign import Campaign, is_campaign
from node.domain.commands import Actor, DomainRefused, Draft
from node.domain.evaluation.periods import days
from node.domain.matter import MatterState
from node.domain.sheet import Checker, Fault, SheetRefused, Taken, as_row, columns, headings
from node.readmodel import ledgers as questions
from node.readmodel.scope import Sight
from node.service import acts, workbooks
from node.service.acts import Answer, Deed
from node.service.almanac import rules_of
from node.service.host import Host
from node.service.place import Place
from node.service.rulebook import Rules
from node.service.saying import say
from node.service.work import Desk
from node.storage.store import SqlStore
from schemas.fields import NO_CLASSIFIED
from schemas.refusals import Refused
from sync.me import Me

AT_ONCE: Final = 100  # assignments written in one run: fewer than a seal covers
Tell = Callable[[str, int, int], None]
"""Hears how far it has come: what is done, how many, of how many."""


def _quiet(_: str, __: int, ___: int) -> None:
    """Tells nobody."""


def listed(host: Host, place: Place) -> Answer:
    """Every campaign held, its last version."""

    def found(store: SqlStore) -> list[dict[str, Any]]:
        rules = rules_of(store, place)
        ids = [one["id"] for one in rules.book.listed("campaign") if one["last"]]
        return [_told(id, rules.campaign(id) or {}) for id in ids]

    return {"items": host.read(place, found), "next": None}


def _told(id: str, campaign: Campaign) -> dict[str, Any]:
    return {"id": id, **{name: value for name, value in campaign.items() if name != "by"}}


def _held(rules: Rules, id: str) -> Campaign:
    campaign = rules.campaign(id) if is_campaign(id) else None
    if campaign is None:
        raise DomainRefused("not-found", f"no campaign {id} is held here")
    return campaign


def one(host: Host, place: Place, id: str) -> Answer:
    """All that a campaign says. Refuses `not-found`."""
    return host.read(place, lambda store: _told(id, _held(rules_of(store, place), id)))


def publish(host: Host, place: Place, actor: Actor, form: Mapping[str, Any]) -> Answer:
    """Publish a campaign of this node, or a new version of it."""

    def work(store: SqlStore, me: Me) -> Answer:
        code = str(form.get("version")).partition("/")[0]
        rules = rules_of(store, place)
        held = rules.book.versions(f"campaign:{store.node}:{code}")
        draft = c.publish_campaign(actor, form, held, store.roster())
        say(host, store, me, [draft])
        return _told(campaign_id(store.node, code), draft.data)

    return host.write(place, work)


def progress(host: Host, place: Place, id: str, sight: Sight) -> Answer:
    """How far a campaign has come, by class, territory and milestone."""
    campaign, now = one(host, place, id), host.now().business
    with host.database.read(place.tenant.id) as connection:
        found = questions.progress(
            connection, place.tenant.id, place.domain, now, id, campaign, sight=sight
        )
    return {"id": id, "title": campaign["title"], **found}


def problems(
    host: Host,
    place: Place,
    id: str,
    asked: Mapping[str, Any],
    sight: Sight,
    limit: int = 100,
) -> Answer:
    """The list behind a number of `progress`: `count` of them, a page of rows.

    `asked`: `count` (matters, issued, cleared, overdue), `class`, `region` (of the territory),
    `until` (a milestone's date), `after`. Refuses `bad-input`, `not-found`.
    """
    campaign, now = one(host, place, id), host.now().business
    word = asked.get("count") or "matters"
    if word not in questions.PROBLEMS:
        accepted = ", ".join(questions.PROBLEMS)
        raise DomainRefused("bad-input", f"count {word!r}"[:80], accepted, "count")
    until = days(None, asked.get("until")).until
    with host.database.read(place.tenant.id) as connection:
        count, rows = questions.problems(
            *(connection, place.tenant.id, place.domain, now, id, campaign, word),
            class_=asked.get("class", ""), place=asked.get("region", ""), before=until or "",
            after=asked.get("after", ""), limit=limit, sight=sight,
        )  # fmt: skip
    more = rows[-1]["id"] if len(rows) == limit else None
    return {"title": campaign["title"], "count": count, "items": rows, "next": more}


# tables


def template(host: Host, place: Place, id: str) -> bytes:
    """An empty table of a campaign, with what each column takes, as a workbook."""

    def found(store: SqlStore) -> bytes:
        rules = rules_of(store, place)
        campaign = _held(rules, id)
        wanted = columns(campaign, rules.ledger(campaign["board"]))
        notes = [
            [],
            ["专项 campaign", campaign["title"], "", f"{campaign['starts']} – {campaign['ends']}"],
            *(["类别 class", one["code"], "", one["name"]] for one in campaign["classes"]),
            *(["属地 region", one["region"], "", one["unit"]] for one in campaign["territory"]),
            [],
            [NO_CLASSIFIED],
        ]
        return workbooks.template(wanted, notes)

    return host.read(place, found)


class _Table:
    """A table under examination."""

    def __init__(
        self, store: SqlStore, rules: Rules, id: str, untrusted: bytes, tell: Tell = _quiet
    ) -> None:
        self.campaign = _held(rules, id)
        self.heading, self.rows = workbooks.read(untrusted)
        definition = rules.ledger(self.campaign["board"])
        held = questions.registered(store.connection, store.tenant, store.domain, id)
        roster, me = store.roster(), store.node

        def reached(unit: str) -> bool:
            return roster.in_subtree(me, unit) or roster.guided_by(me, unit)

        self.checker = Checker(self.campaign, id, definition, held, reached)
        self.codes = list[str]()
        self.taken = list[Taken]()
        self.faults: Sequence[Fault] = self._check(tell)

    def _check(self, tell: Tell) -> Sequence[Fault]:
        try:
            self.codes = headings(self.checker.columns, self.heading)
        except SheetRefused as refused:
            return refused.faults
        for count, (number, row) in enumerate(self.rows, 1):
            found = self.checker.row(number, workbooks.cells(self.codes, row))
            if found is not None:
                self.taken.append(found)
            tell("check", count, len(self.rows))
        return self.checker.faults

    def classes(self) -> dict[str, int]:
        """How many rows of each class can be taken."""
        found = {one["code"]: 0 for one in self.campaign["classes"]}
        for each in self.taken:
            found[each.form["class"]] += 1
        return found

    def units(self) -> dict[str, int]:
        """How many rows go to each unit."""
        found: dict[str, int] = {}
        for each in self.taken:
            found[each.unit] = found.get(each.unit, 0) + 1
        return found


def check(host: Host, place: Place, id: str, untrusted: bytes, tell: Tell = _quiet) -> Answer:
    """Every faulty cell of a table, and what its other rows would come to. Writes nothing."""

    def found(store: SqlStore) -> Answer:
        table = _Table(store, rules_of(store, place), id, untrusted, tell)
        return {
            "id": id,
            "rows": len(table.rows),
            "taken": len(table.taken),
            "classes": table.classes(),
            "units": table.units(),
            "faults": [as_row(one) for one in table.faults],
        }

    return host.read(place, found)


def errors(host: Host, place: Place, id: str, untrusted: bytes) -> bytes:
    """The same table with its faulty cells marked and a column of remarks, as a workbook."""

    def found(store: SqlStore) -> bytes:
        table = _Table(store, rules_of(store, place), id, untrusted)
        codes = table.codes or [str(one or "") for one in table.heading]
        return workbooks.marked(table.heading, table.rows, table.faults, codes)

    return host.read(place, found)


def bring_in(
    host: Host,
    place: Place,
    actor: Actor,
    deed: Deed,
    id: str,
    untrusted: bytes,
    tell: Tell = _quiet,
) -> tuple[Answer, bool]:
    """Register every row of a table and issue it to its territory's unit, or nothing.

    Refuses `wrong-node` where the campaign is another node's, `bad-input` with every faulty cell
    (SheetRefused), and as registering and issuing do; the row is named in `where`.
    """

    def work(store: SqlStore, me: Me) -> Answer:
        desk = Desk(host, place, actor, store, me, host.calendar)
        desk.alone = False
        c.require(actor, "register")
        c.require(actor, "issue")
        table = _Table(store, desk.rules, id, untrusted, tell)
        if owner_of(id) != store.node:
            raise DomainRefused("wrong-node", "it is another node's campaign", owner_of(id))
        if table.faults:
            raise SheetRefused(table.faults)
        matters = desk.register_all([one.form for one in table.taken])
        tell("register", len(matters), len(matters))
        _issue(desk, matters, [one.unit for one in table.taken], tell)
        desk.close()
        return {
            "id": id,
            "registered": len(matters),
            "issued": len(matters),
            "classes": table.classes(),
            "units": table.units(),
            "first": matters[0].no,
            "last": matters[-1].no,
        }

    return acts.perform(host, place, actor, deed, work)


def _issue(desk: Desk, matters: Sequence[MatterState], units: Sequence[str], tell: Tell) -> None:
    """One assignment per matter, those of one unit behind each other; each names its campaign."""
    roster, nonces = desk.roster(), desk.nonces(len(matters))
    drafts = list[Draft]()
    for matter, unit, nonce in zip(matters, units, nonces, strict=True):
        clock = desk.clock(matter)
        drafts += c.issue(desk.actor, matter, [], [unit], roster, clock, [nonce])
    drafts.sort(key=lambda one: one.stream)
    for start in range(0, len(drafts), AT_ONCE):
        desk.write(drafts[start : start + AT_ONCE])
        tell("issue", min(start + AT_ONCE, len(drafts)), len(drafts))


def whole(untrusted: bytes | None) -> bytes:
    """A body's bytes. Refused `oversize` or DomainRefused for none."""
    if untrusted is None or not untrusted:
        raise DomainRefused("bad-input", "no file", workbooks.ACCEPTED, "file")
    if len(untrusted) > workbooks.MOST_BYTES:
        raise Refused("oversize", f"at most {workbooks.MOST_BYTES} bytes")
    return untrusted
