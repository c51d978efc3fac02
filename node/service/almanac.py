"""Calendars: what the library knows, what a table says, what the root has published.

A table is imported whole into a draft of the node's own, shown, and then published as a signed
event; beyond what it covers the domain takes weekends alone, marked provisional (domain rule 6).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from federation.ids import calendar_id
from node.domain import commands as c
from node.domain.calendar import Calendar
from node.domain.commands import Actor, DomainRefused
from node.domain.rulebook import calendar_name, enclosing, region_of
from node.domain.table import check_rows, overlay, read_csv
from node.readmodel.rulebook import Rulebook
from node.service.calendars import library, national
from node.service.host import Host
from node.service.place import Place
from node.service.rulebook import Rules
from node.service.saying import say
from node.storage.hosts import find_setting, list_settings, put_setting
from node.storage.store import SqlStore
from sync.me import Me

KEPT_YEARS = 2  # whole years before the table's first, kept for clocks that still run


def rules_of(store: SqlStore, place: Place) -> Rules:
    """By which rules the node issues."""
    return Rules(store, store.roster().root, place.tenant.code, national())


def show(host: Host, place: Place) -> dict[str, Any]:
    """The calendar in force here, how far it reaches, and every version that is held."""

    def found(store: SqlStore) -> dict[str, Any]:
        rules = rules_of(store, place)
        return {
            "in_force": described(rules.calendar()),
            "regions": list(enclosing(place.tenant.code)),
            "published": rules.book.listed("calendar"),
            "drafts": _drafts(store, place),
        }

    return host.read(place, found)


def described(calendar: Calendar) -> dict[str, Any]:
    """A calendar for people and programs."""
    return {
        "version": calendar.version,
        "covered_from": calendar.covered_from.isoformat(),
        "covered_until": calendar.covered_until.isoformat(),
        "holidays": len(calendar.holidays),
        "workdays": len(calendar.workdays),
        "beyond": f"after {calendar.covered_until} only weekends are known: "
        "what depends on it is provisional",
    }


def one(host: Host, place: Place, version: str) -> dict[str, Any]:
    """All that a version says. Raises DomainRefused `not-found`."""

    def found(store: SqlStore) -> dict[str, Any]:
        rules = rules_of(store, place)
        data = rules.book.named(rules.root, "calendar", version)
        if data is None and version == national().version:
            data = library()
        if data is None:
            raise DomainRefused("not-found", f"no calendar {version} is held here")
        return data

    return host.read(place, found)


def bring_in(host: Host, place: Place, actor: Actor, form: Mapping[str, Any]) -> dict[str, Any]:
    """Check a table and keep it as a draft, all or nothing; tell what it would change.

    `form`: `region` (`cn` or a place code), `version`, `covered_until`, `covered_from` (else
    1 January of the first row's year), and `rows` (date, kind, name) or `csv`. The years before are
    as they are known. Raises DomainRefused; a TableRefused names every cell at fault.
    """
    c.require(actor, "publish-calendar")
    region, rows = _region(form), _rows(form)
    until = _date(form, "covered_until")
    since = _date(form, "covered_from") if form.get("covered_from") else _first(rows, until)
    holidays, workdays = check_rows(rows, since, until)

    def keep(store: SqlStore, _: Me) -> dict[str, Any]:
        book, id = _book(store), calendar_id(store.roster().root, region)
        known = book.one(id) or _nation_of(book, store) or library()
        kept = max(date(since.year - KEPT_YEARS, 1, 1).isoformat(), known["covered_from"])
        first = min(kept, since.isoformat())
        days = (date.fromisoformat(first), since)
        draft = {
            "version": str(form.get("version")),
            "covered_from": first,
            "covered_until": until.isoformat(),
            "holidays": overlay(known["holidays"], holidays, *days),
            "workdays": overlay(known["workdays"], workdays, *days),
        }
        # what it would refuse on publication it refuses now
        c.publish_calendar(actor, region, draft, book.versions(id), store.roster())
        name = _draft_name(store.domain, region)
        put_setting(store.connection, name, json.dumps(draft, ensure_ascii=False), store.tenant)
        return {"region": region, "rows": len(rows), **_counted(draft), **_changes(known, draft)}

    return host.write(place, keep)


def publish(host: Host, place: Place, actor: Actor, code: str) -> dict[str, Any]:
    """Publish the draft of a region to the whole tree. Raises DomainRefused."""
    region = _region({"region": code})

    def work(store: SqlStore, me: Me) -> dict[str, Any]:
        name = _draft_name(store.domain, region)
        kept = find_setting(store.connection, name, store.tenant)
        if not kept:
            raise DomainRefused("not-found", f"no table was imported for {calendar_name(region)}")
        draft, id = json.loads(kept), calendar_id(store.roster().root, region)
        versions = _book(store).versions(id)
        event = c.publish_calendar(actor, region, draft, versions, store.roster())
        say(host, store, me, [event])
        put_setting(store.connection, name, "", store.tenant)
        return {"id": event.subject, **_counted(draft)}

    return host.write(place, work)


def _book(store: SqlStore) -> Rulebook:
    return Rulebook(store.connection, store.tenant, store.domain)


def _nation_of(book: Rulebook, store: SqlStore) -> dict[str, Any] | None:
    return book.one(calendar_id(store.roster().root, enclosing(None)[0]))


def _draft_name(domain: str, region: str) -> str:
    return f"calendar draft {domain} {region}"


def _drafts(store: SqlStore, place: Place) -> list[dict[str, Any]]:
    found = []
    regions = {*enclosing(place.tenant.code)} | _imported(store)
    for region in sorted(regions):
        kept = find_setting(store.connection, _draft_name(store.domain, region), store.tenant)
        if kept:
            found.append({"region": region, **_counted(json.loads(kept))})
    return found


def _imported(store: SqlStore) -> set[str]:
    before = _draft_name(store.domain, "")
    names = list_settings(store.connection, store.tenant)
    return {name.removeprefix(before) for name in names if name.startswith(before)}


def _counted(data: Mapping[str, Any]) -> dict[str, Any]:
    counts = {kind: len(data[kind]) for kind in ("holidays", "workdays")}
    return {name: data[name] for name in ("version", "covered_from", "covered_until")} | counts


def _changes(known: Mapping[str, Any], draft: Mapping[str, Any]) -> dict[str, Any]:
    """Dates that are something else than before, within what both cover."""
    first, last = draft["covered_from"], min(draft["covered_until"], known["covered_until"])
    changed = []
    for kind in ("holidays", "workdays"):
        was, now = ({one["date"] for one in data[kind]} for data in (known, draft))
        changed += [
            {"date": day, "was" if day in was else "is": kind}
            for day in sorted(was ^ now)
            if first <= day <= last
        ]
    return {"changes": changed}


def _region(form: Mapping[str, Any]) -> str:
    code = str(form.get("region") or "cn")
    try:
        return region_of(code)
    except ValueError:
        accepted = "cn or a place code of 6 to 12 digits"
        raise DomainRefused("bad-input", f"region {code!r}", accepted, "region") from None


def _rows(form: Mapping[str, Any]) -> list[Any]:
    text, rows = form.get("csv"), form.get("rows")
    if isinstance(text, str):
        return list(read_csv(text))
    if isinstance(rows, list):
        return rows
    raise DomainRefused("bad-input", "no table", '"rows": a list, or "csv": a text', "rows")


def _date(form: Mapping[str, Any], name: str) -> date:
    try:
        return date.fromisoformat(str(form.get(name)))
    except ValueError:
        detail = f"{name}: {form.get(name)!r}"
        raise DomainRefused("bad-input", detail, "a date as 2027-12-31", name) from None


def _first(rows: list[Any], until: date) -> date:
    """1 January of the earliest row's year; of the last covered year where no row says one."""
    years = [str(row.get("date"))[:4] for row in rows if isinstance(row, Mapping)]
    known = [int(year) for year in years if year.isascii() and year.isdigit() and int(year)]
    return date(min([*known, until.year]), 1, 1)
