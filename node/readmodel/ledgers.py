"""Questions on ledgers and campaigns: rows with values, totals by group, a campaign's progress.

Reads only, within one tenant, domain and sight. Sums and counts are the database's, over signed
values alone; a rate is two of them divided. Decides nothing of what a field means
(node/domain/ledger.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, and_, case, func, or_, select

from node.domain.campaign import Campaign, end_instant, territory_of
from node.domain.evaluation.counting import REVIEW
from node.domain.instants import end_of
from node.domain.ledger import Definition, field_of, in_unit, rate
from node.domain.picture import APART
from node.readmodel.queries import MOST
from node.readmodel.scope import EVERYTHING, Sight
from node.readmodel.tables import assignments, clocks, ledger, matters

SHOWN: Final = ("id", "no", "title", "state", "region", "campaign", "class", "registered_at")
CLEARED: Final = ("CLOSED", "STRUCK")
DONE: Final = ("k7", "km")


class Wanted(msgspec.Struct, frozen=True):
    """Which rows: words in title or number, a place (leading digits), a state, a field's values.

    `least` and `most` in smallest units, for numbers; `since` and `until` for dates; `value` exact;
    `present`: whether the field has one.
    """

    board: str
    q: str = ""
    city: str = ""
    state: str = ""
    campaign: str = ""
    class_: str = ""
    field: str = ""
    value: str = ""
    least: int | None = None
    most: int | None = None
    since: str = ""
    until: str = ""
    present: bool | None = None


def _asked(tenant: int, domain: str, wanted: Wanted, sight: Sight) -> list[Any]:
    """The conditions under which a matter is among those wanted."""
    found = [*sight.matters(tenant, domain), matters.c.board == wanted.board]
    exact = (
        (matters.c.state, wanted.state),
        (matters.c.campaign, wanted.campaign),
        (matters.c["class"], wanted.class_),
    )
    found += [column == value for column, value in exact if value]
    if not wanted.state:
        found.append(matters.c.state.not_in(sorted(APART)))
    if wanted.city:
        found.append(matters.c.region.startswith(wanted.city, autoescape=True))
    for word in wanted.q.split():
        said = (one.contains(word, autoescape=True) for one in (matters.c.title, matters.c.no))
        found.append(or_(*said))
    if wanted.field:
        found.append(_has(tenant, domain, wanted))
    return found


def _has(tenant: int, domain: str, wanted: Wanted) -> Any:
    mine = [
        ledger.c.tenant == tenant,
        ledger.c.domain == domain,
        ledger.c.field == wanted.field,
    ]
    bounds = (
        (ledger.c.number.__ge__, wanted.least),
        (ledger.c.number.__le__, wanted.most),
        (ledger.c.value.__ge__, wanted.since or None),
        (ledger.c.value.__le__, wanted.until or None),
        (ledger.c.value.__eq__, wanted.value or None),
    )
    mine += [holds(bound) for holds, bound in bounds if bound is not None]
    named = select(ledger.c.matter).where(*mine)
    return matters.c.id.not_in(named) if wanted.present is False else matters.c.id.in_(named)


def rows(
    connection: Connection,
    tenant: int,
    domain: str,
    _: str,
    definition: Definition,
    wanted: Wanted,
    *,
    after: str | None = None,
    limit: int = 100,
    sight: Sight = EVERYTHING,
) -> list[dict[str, Any]]:
    """A keyset page of matters with the values of their ledger: those after the id `after`."""
    asked = select(*(matters.c[name] for name in SHOWN))
    asked = asked.where(*_asked(tenant, domain, wanted, sight))
    if after:
        asked = asked.where(matters.c.id > after)
    asked = asked.order_by(matters.c.id).limit(min(max(limit, 1), MOST))
    found = [dict(row._mapping) for row in connection.execute(asked)]
    values = _values(connection, tenant, domain, [one["id"] for one in found])
    return [one | {"values": _shown(definition, values.get(one["id"], {}))} for one in found]


def values_of(
    connection: Connection, tenant: int, domain: str, definition: Definition, id: str
) -> dict[str, Any]:
    """The values of one matter's ledger, in their fields' units."""
    return _shown(definition, _values(connection, tenant, domain, [id]).get(id, {}))


def _values(
    connection: Connection, tenant: int, domain: str, ids: Sequence[str]
) -> dict[str, dict[str, Any]]:
    asked = select(ledger.c.matter, ledger.c.field, ledger.c.value, ledger.c.number).where(
        ledger.c.tenant == tenant, ledger.c.domain == domain, ledger.c.matter.in_(ids)
    )
    found: dict[str, dict[str, Any]] = {}
    for matter, field, value, number in connection.execute(asked):
        found.setdefault(matter, {})[field] = (value, number)
    return found


def _shown(definition: Definition, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values in the order of the definition; those of fields that it no longer has, last."""
    shown = {}
    for one in definition["fields"]:
        if one["code"] in values:
            value, number = values[one["code"]]
            shown[one["code"]] = in_unit(one, number) if "scale" in one else value
    return shown | {code: value for code, (value, _) in values.items() if code not in shown}


def totals(
    connection: Connection,
    tenant: int,
    domain: str,
    _: str,
    definition: Definition,
    wanted: Wanted,
    *,
    group: str = "",
    sight: Sight = EVERYTHING,
) -> list[dict[str, Any]]:
    """The definition's totals over all rows wanted, by group where one is named, the key first."""
    key = _key(tenant, domain, definition, group)
    base = select(matters.c.id.label("id"), key.label("key"))
    wide = base.where(*_asked(tenant, domain, wanted, sight)).subquery()
    counts = {
        row[0]: int(row[1])
        for row in connection.execute(select(wide.c.key, func.count()).group_by(wide.c.key))
    }
    summed = (
        select(wide.c.key, ledger.c.field, func.count(), func.sum(ledger.c.number))
        .select_from(wide)
        .join(
            ledger,
            and_(
                ledger.c.tenant == tenant,
                ledger.c.domain == domain,
                ledger.c.matter == wide.c.id,
            ),
        )
        .group_by(wide.c.key, ledger.c.field)
    )
    fields: dict[Any, dict[str, tuple[int, int]]] = {}
    for named, field, count, total in connection.execute(summed):
        fields.setdefault(named, {})[field] = (int(count), int(total or 0))
    ordered = sorted(counts, key=lambda one: (one is None, str(one)))
    return [
        {"key": one, **_totals(definition, counts[one], fields.get(one, {}))} for one in ordered
    ]


def _key(tenant: int, domain: str, definition: Definition, group: str) -> Any:
    """What rows are parted by; an unknown group is the whole."""
    found = next((one for one in definition["groups"] if one["code"] == group), None)
    if found is None:
        return case((matters.c.id == "", ""), else_="all")
    if found["by"] == "city":
        return func.substr(matters.c.region, 1, 4)
    said = (
        select(ledger.c.value)
        .where(
            ledger.c.tenant == tenant,
            ledger.c.domain == domain,
            ledger.c.matter == matters.c.id,
            ledger.c.field == found["field"],
        )
        .scalar_subquery()
    )
    return func.substr(said, 1, 7) if found["by"] == "month" else said


def _totals(
    definition: Definition, count: int, fields: Mapping[str, tuple[int, int]]
) -> dict[str, Any]:
    return {one["code"]: _total(definition, one, count, fields) for one in definition["totals"]}


def _total(
    definition: Definition,
    total: Mapping[str, Any],
    count: int,
    fields: Mapping[str, tuple[int, int]],
) -> Any:
    code, of = total.get("field"), total.get("of")
    have, amount = fields.get(code or "", (0, 0))
    if total["kind"] == "count":
        return have if code else count
    field = field_of(definition, str(code)) or {}
    if total["kind"] == "sum":
        return in_unit(field, amount)
    if of is None:
        return rate(have, count)
    other_have, other = fields.get(of, (0, 0))
    if "scale" not in field:
        return rate(have, other_have)
    scale = (field_of(definition, of) or {}).get("scale", 0)
    return rate(amount * 10**scale, other * 10 ** field["scale"])


def registered(
    connection: Connection, tenant: int, domain: str, campaign: str
) -> dict[tuple[str, str], str]:
    """Title and region of what a campaign has registered and not taken back, with its number."""
    asked = select(matters.c.title, matters.c.region, matters.c.no).where(
        matters.c.tenant == tenant,
        matters.c.domain == domain,
        matters.c.campaign == campaign,
        matters.c.state.not_in(sorted(APART)),
    )
    return {(row[0], row[1] or ""): row[2] for row in connection.execute(asked)}


# campaigns


def progress(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    id: str,
    campaign: Campaign,
    *,
    sight: Sight = EVERYTHING,
) -> dict[str, Any]:
    """How far a campaign has come: in all, by class, by territory, by milestone."""
    leads = _leads(tenant, domain)
    counted = [
        func.count().label("matters"),
        *(_how_many(*_word(leads, word, now)).label(word) for word in PROBLEMS[1:]),
    ]
    found = (
        select(matters.c["class"].label("class"), matters.c.region.label("region"), *counted)
        .select_from(matters.outerjoin(leads, leads.c.matter == matters.c.id))
        .where(*_of(tenant, domain, id, sight))
        .group_by(matters.c["class"], matters.c.region)
    )
    whole, classes, places = _Tally(), dict[str, _Tally](), dict[str, _Tally]()
    for row in connection.execute(found):
        count = [int(one or 0) for one in (row.matters, row.issued, row.cleared, row.overdue)]
        place = territory_of(campaign, row.region) or ""
        for tally in (
            whole,
            classes.setdefault(row._mapping["class"] or "", _Tally()),
            places.setdefault(place, _Tally()),
        ):
            tally.add(count)
    named = {one["code"]: one["name"] for one in campaign["classes"]}
    units = {one["region"]: one["unit"] for one in campaign["territory"]}
    return {
        "as_of": now,
        "ends": end_instant(campaign),
        **whole.told(),
        "classes": [
            {"class": code, "name": named[code], **classes.get(code, _Tally()).told()}
            for code in named
        ],
        "territory": [
            {"region": code, "unit": unit, **places.get(code, _Tally()).told()}
            for code, unit in units.items()
        ],
        "milestones": [
            _milestone(connection, tenant, domain, now, id, one, whole.matters, sight)
            for one in campaign["milestones"]
        ],
    }


PROBLEMS: Final = ("matters", "issued", "cleared", "overdue")


def problems(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    id: str,
    campaign: Campaign,
    word: str,
    *,
    class_: str = "",
    place: str = "",
    before: str = "",
    after: str = "",
    limit: int = 100,
    sight: Sight = EVERYTHING,
) -> tuple[int, list[dict[str, Any]]]:
    """The list behind a number of `progress`: how many, and a keyset page of them by id.

    `word`: one of PROBLEMS; of a class, of an entry of the territory (its region); `before`: of the
    cleared, those that were applied for before this instant, as milestones count.
    """
    leads = _leads(tenant, domain)
    where = [*_of(tenant, domain, id, sight), *_word(leads, word, now)]
    if class_:
        where.append(matters.c["class"] == class_)
    if before:
        where.append(or_(leads.c.done.is_(None), leads.c.done < before))
    source = matters.outerjoin(leads, leads.c.matter == matters.c.id)
    if place:
        held = select(matters.c.region).where(*_of(tenant, domain, id, sight)).distinct()
        regions = connection.execute(held).scalars()
        mine = [one for one in regions if territory_of(campaign, one) == place]
        where.append(matters.c.region.in_(mine))
    count = select(func.count()).select_from(source).where(*where)
    asked = select(*(matters.c[name] for name in SHOWN)).select_from(source).where(*where)
    asked = asked.where(matters.c.id > after).order_by(matters.c.id)
    rows = connection.execute(asked.limit(min(max(limit, 1), MOST)))
    return int(connection.execute(count).scalar_one()), [dict(row._mapping) for row in rows]


def _word(leads: Any, word: str, now: str) -> list[Any]:
    words: dict[str, list[Any]] = {
        "matters": [],
        "issued": [matters.c.state != "APPROVED"],
        "cleared": [matters.c.state.in_(CLEARED)],
        "overdue": [leads.c.red.is_not(None), leads.c.red <= now],
    }
    return words[word]


class _Tally:
    """Counts that add up."""

    def __init__(self) -> None:
        self.matters = self.issued = self.cleared = self.overdue = 0

    def add(self, counts: Sequence[int]) -> None:
        self.matters += counts[0]
        self.issued += counts[1]
        self.cleared += counts[2]
        self.overdue += counts[3]

    def told(self) -> dict[str, Any]:
        return {**vars(self), "rate": rate(self.cleared, self.matters)}


def _how_many(*conditions: Any) -> Any:
    return func.sum(case((and_(*conditions), 1), else_=0))


def _of(tenant: int, domain: str, id: str, sight: Sight) -> list[Any]:
    mine = sight.matters(tenant, domain)
    return [*mine, matters.c.campaign == id, matters.c.state.not_in(sorted(APART))]


def _leads(tenant: int, domain: str) -> Any:
    """Per matter: the earliest instant at which its lead is red, and its last clock's stop."""
    return (
        select(
            assignments.c.matter,
            func.min(case((clocks.c.open, clocks.c.due))).label("red"),
            func.max(case((clocks.c.kind.in_(DONE), clocks.c.stopped_at))).label("done"),
        )
        .join(
            clocks,
            and_(clocks.c.tenant == assignments.c.tenant, clocks.c.assignment == assignments.c.id),
        )
        .where(
            assignments.c.tenant == tenant,
            assignments.c.domain == domain,
            assignments.c.kind == "lead",
            assignments.c.part.is_(False),
            clocks.c.stage != REVIEW,
        )
        .group_by(assignments.c.matter)
        .subquery()
    )


def _milestone(
    connection: Connection,
    tenant: int,
    domain: str,
    now: str,
    id: str,
    milestone: Mapping[str, Any],
    whole: int,
    sight: Sight,
) -> dict[str, Any]:
    """A share to be cleared by a date: what was applied for before its end, and is granted."""
    end = end_of(date.fromisoformat(milestone["date"]))
    leads = _leads(tenant, domain)
    asked: Select[Any] = (
        select(func.count())
        .select_from(matters.join(leads, leads.c.matter == matters.c.id))
        .where(*_of(tenant, domain, id, sight), matters.c.state.in_(CLEARED))
        .where(or_(leads.c.done.is_(None), leads.c.done < end))
    )
    cleared = int(connection.execute(asked).scalar_one())
    share = rate(cleared, whole)
    reached = share is not None and share * 100 >= milestone["share"]
    state = "reached" if reached else "missed" if end <= now else "open"
    return {**milestone, "cleared": cleared, "rate": share, "state": state}
