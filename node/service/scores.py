"""The monthly score: which table counts, every unit's score with its reasons, and its rank.

Decides nothing: the table and its arithmetic stand in node/domain/evaluation/scoring.py, what is
counted in node/readmodel/counts.py. Follows docs/spec/10-13710-events.md, "Score tables".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from federation.ids import score_id
from node.domain import commands as c
from node.domain.commands import Actor, DomainRefused
from node.domain.evaluation.counting import COUNTS
from node.domain.evaluation.periods import month, month_of
from node.domain.evaluation.scoring import DEFAULT_TABLE, SCORE_NAME, Taken, ranks, score, stage_of
from node.readmodel import counts
from node.readmodel.counts import Asked
from node.readmodel.rulebook import Rulebook
from node.readmodel.scope import EVERYTHING, Sight
from node.service.host import Host
from node.service.place import Place
from node.service.saying import say
from node.service.statistics import asked_of, directory, list_of
from node.storage.engine import Connection
from node.storage.store import SqlStore
from sync.me import Me

POINT: Final = 100  # hundredths
Numbers = dict[str, dict[str, int]]


def scores(
    host: Host, place: Place, query: Mapping[str, Any], sight: Sight = EVERYTHING
) -> dict[str, Any]:
    """Every unit's score in a month (default: this one), with each line that gives it.

    `level`, `unit`: only these are shown; the rank is among all of a level. `table`: another
    version, to see what it would give. Refuses `bad-input`, `not-found`.
    """
    name = query.get("month") or month_of(host.now().business)
    period = month(name)
    table = _table(host, place, period.since or "", query.get("table"))
    asked = asked_of(host, place, sight, {"month": name})
    with host.database.read(place.tenant.id) as connection:
        numbers = _numbers(connection, asked)
    members = directory(host, place)
    found = {unit: score(had, table) for unit, had in numbers.items()}
    level = {unit: members.get(unit, {}).get("level") or "" for unit in numbers}
    rank = ranks(
        ((unit, level[unit], one.points, numbers[unit]["in_hand"]) for unit, one in found.items()),
        table["minimum"],
    )
    rows = [
        {
            "unit": unit,
            "name": members.get(unit, {}).get("name"),
            "level": level[unit],
            "rank": rank[unit],
            "score": one.points / POINT,
            "in_hand": {
                "list": list_of(asked, "assignments", unit=unit),
                "counts": {"in_hand": numbers[unit]["in_hand"]},
            },
            "lines": [_line(asked, unit, line) for line in one.lines if line.count or line.of],
        }
        for unit, one in found.items()
        if query.get("unit") in (None, unit) and query.get("level") in (None, level[unit])
    ]
    rows.sort(key=lambda row: (row["level"], row["rank"] is None, row["rank"] or 0, row["unit"]))
    return {
        "as_of": asked.now,
        "month": name,
        "final": period.until is not None and period.until <= asked.now,
        "table": table["version"],
        "minimum": table["minimum"],
        "rows": rows,
    }


def _numbers(connection: Connection, asked: Asked) -> Numbers:
    """Per unit and measure how many, `k7.expected` and `in_hand` among them."""
    found: Numbers = {}
    stages = counts.count(connection, "stages", asked, ("unit", "stage"), COUNTS)
    for (unit, stage), had in stages.items():
        _take(found, unit, {f"{stage}.{word}": number for word, number in had.items()})
    ratings = tuple(counts.RATINGS)
    for told in (
        counts.count(connection, "turns", asked, ("unit",), counts.TURNS),
        counts.count(connection, "ratings", asked, ("unit",), ratings),
        counts.overdue_days(connection, asked, ("unit",)),
        counts.count_in_hand(connection, asked, ("unit",)),
    ):
        for (unit,), had in told.items():
            _take(found, unit, had)
    return found


def _take(found: Numbers, unit: str | None, numbers: Mapping[str, int]) -> None:
    if unit is not None:
        found.setdefault(unit, {"in_hand": 0}).update(numbers)


def _line(asked: Asked, unit: str, line: Taken) -> dict[str, Any]:
    """One line: what was counted, of how many, what it gives, and the list behind it.

    Of `overdue_days` the count is the sum of `days` over the list.
    """
    stage, word = stage_of(line.measure), line.measure.rpartition(".")[2]
    if stage is not None:
        listed = list_of(asked, "stages", unit=unit, stage=stage)
    elif word in counts.RATINGS:
        listed = list_of(asked, "ratings", unit=unit)
    else:
        listed = list_of(asked, "turns", unit=unit)
    word = "overdue" if word == "overdue_days" else word
    return {
        "measure": line.measure,
        "effect": line.effect,
        "count": line.count,
        "of": line.of,
        "points": line.points / POINT,
        "list": f"{listed}&count={word}",
    }


def explained(row: Mapping[str, Any]) -> str:
    """A unit's score in one text, a line per deduction and credit."""
    lines = [
        f"    {line['points']:+.2f}  {line['measure']}: {line['count']}"
        + (f" of {line['of']}" if line["of"] is not None else "")
        for line in row["lines"]
        if line["points"]
    ]
    rank = "unranked" if row["rank"] is None else f"no. {row['rank']}"
    head = f"{row['score']:6.2f}  {rank}  {row['level']}  {row['name'] or row['unit']}"
    return "\n".join([head, *lines])


# the table


def show(host: Host, place: Place) -> dict[str, Any]:
    """The table that this month is scored by, the one that the next will be, every version held."""
    this = month(month_of(host.now().business))
    force = _table(host, place, this.since or "", None)
    coming = _table(host, place, this.until or "", None)

    def held(store: SqlStore) -> list[dict[str, Any]]:
        return Rulebook(store.connection, store.tenant, store.domain).listed("score")

    published = host.read(place, held)
    return {"in_force": force, "next_month": coming["version"], "published": published}


def one(host: Host, place: Place, version: str) -> dict[str, Any]:
    """All that a version says. Refuses `not-found`."""
    return _table(host, place, "", version)


def _table(host: Host, place: Place, began: str, version: str | None) -> dict[str, Any]:
    """The version named, else the one in force when a month began. Refuses `not-found`."""
    if version == DEFAULT_TABLE["version"]:
        return c.default_score_data()

    def found(store: SqlStore) -> dict[str, Any] | None:
        book, root = Rulebook(store.connection, store.tenant, store.domain), store.roster().root
        if version is not None:
            return book.named(root, "score", version)
        standing = book.in_force("score", root, began)
        return standing[-1] if standing else None

    data = host.read(place, found)
    if data is None and version is not None:
        raise DomainRefused("not-found", f"no score table {version} is held here", where="table")
    return data if data is not None else c.default_score_data()


def publish(host: Host, place: Place, actor: Actor, form: Mapping[str, Any]) -> dict[str, Any]:
    """Publish a table to the whole tree, for the months that begin from now on (the root only)."""

    def work(store: SqlStore, me: Me) -> dict[str, Any]:
        book = Rulebook(store.connection, store.tenant, store.domain)
        held = book.versions(score_id(store.node, SCORE_NAME))
        draft = c.publish_score(actor, form, held, store.roster())
        say(host, store, me, [draft])
        return {"id": draft.subject, **{k: v for k, v in draft.data.items() if k != "by"}}

    return host.write(place, work)
