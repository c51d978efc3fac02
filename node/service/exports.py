"""What a list or a statistic holds, as a file: the same conditions, all pages, one reading.

Decides the columns. Which rows there are is the list's to say, within the asker's sight, in one
transaction, so that a file has as many lines as the number beside its list. Follows
docs/statistics.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

from node.domain.commands import DomainRefused
from node.readmodel import counts, drafts, queries
from node.readmodel.counts import MOST
from node.readmodel.scope import EVERYTHING, Sight
from node.service.host import Host
from node.service.place import Place
from node.service.scores import scores
from node.service.sheets import Cell, write_csv, write_xlsx
from node.service.statistics import asked_of, conditions, directory, statistics
from node.storage.engine import Connection

Query = Mapping[str, Any]
Row = Mapping[str, Any]
FORMS: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
IN_MEMORY: Final = 1 << 20  # bytes; what is more goes to a file
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "matters": ("no", "title", "board", "grade", "state", "light", "region", "campaign", "class",
                "registrar", "registered_at", "ended_at", "id"),
    "assignments": ("no", "title", "board", "grade", "kind", "state", "light", "issuer", "assignee",
                    "t0", "ended_at", "struck", "matter", "id"),
    "clocks": ("no", "title", "board", "stage", "kind", "standing", "unit", "due", "first",
               "stopped_at", "verdict", "first_verdict", "days", "word", "state", "id"),
    "drafts": ("receipt", "title", "source", "state", "board", "score", "rated_at", "begun_at",
               "due", "taken_at", "verdict", "matter", "id"),
}  # fmt: skip
EQUAL: Final = {
    "matters": ("state", "board", "campaign", "no"), "assignments": ("state", "matter"),
    "clocks": (), "drafts": ("state", "source", "board"),
}  # fmt: skip
UNITS: Final = ("registrar", "issuer", "assignee", "unit")  # columns that name a node
TABLES: Final = (*COLUMNS, "statistics", "scores")


def export(
    host: Host, place: Place, what: str, form: str, query: Query, sight: Sight = EVERYTHING
) -> tuple[IO[bytes], int]:
    """A file, at its beginning, and how many lines it has under its heading.

    `what`: one of TABLES; `form`: csv or xlsx; `query`: as the list's. Refuses `bad-input`.
    """
    for name, value, accepted in (("what", what, TABLES), ("form", form, tuple(FORMS))):
        if value not in accepted:
            raise DomainRefused("bad-input", f"{name} {value!r}"[:80], ", ".join(accepted), name)
    heading, table = _table(host, place, what, query, sight)
    into: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  (handed to the caller)
    try:
        with host.database.read(place.tenant.id) as connection:
            count = _write(into, form, what, heading, table(connection))
    except BaseException:
        into.close()
        raise
    into.seek(0)
    return into, count


Table = Callable[[Connection], Iterable[list[Cell]]]


def _table(
    host: Host, place: Place, what: str, query: Query, sight: Sight
) -> tuple[Sequence[str], Table]:
    """The heading, and the lines as a connection gives them."""
    if what not in COLUMNS:
        flat = _flat(host, place, what, query, sight)
        titles = tuple(flat[0]) if flat else ("unit",)
        return titles, lambda _: ([row.get(name) for name in titles] for row in flat)
    names = {node: row["name"] for node, row in directory(host, place).items()}
    ask, heading = _asking(host, place, what, query, sight), COLUMNS[what]
    return heading, lambda connection: (
        [_cell(row, name, names) for name in heading] for row in _all(connection, ask)
    )


def _write(
    into: IO[bytes], form: str, what: str, heading: Sequence[str], lines: Iterable[list[Cell]]
) -> int:
    if form == "csv":
        return write_csv(into, list(heading), lines)
    return write_xlsx(into, what, list(heading), lines)


def _cell(row: Row, name: str, names: Mapping[str, str]) -> Cell:
    value: Cell = row[name]
    return names.get(value, value) if name in UNITS and isinstance(value, str) else value


Ask = Callable[[Connection, str | None], list[dict[str, Any]]]


def listed(
    host: Host, place: Place, what: str, query: Query, sight: Sight, after: str | None, limit: int
) -> list[dict[str, Any]]:
    """A keyset page of what a file of the same query holds, behind the id `after`.

    `what`: one of COLUMNS; `limit`: 1 to 500. Refuses `bad-input`.
    """
    if what not in COLUMNS:
        raise DomainRefused("bad-input", f"what {what!r}"[:80], ", ".join(COLUMNS), "what")
    ask = _asking(host, place, what, query, sight, limit)
    with host.database.read(place.tenant.id) as connection:
        return ask(connection, after)


def _asking(
    host: Host, place: Place, what: str, query: Query, sight: Sight, limit: int = MOST
) -> Ask:
    """The list's own question, page by page."""
    more = conditions(host, place, sight, what, query)
    asked = asked_of(host, place, sight, query)
    base = (asked.tenant, asked.domain, asked.now)
    equal = {name: query.get(name) for name in EQUAL[what]}
    if query.get("role") and what == "assignments":
        equal[str(query["role"])] = asked.node
    if what == "clocks":
        where = more or counts.stage_where(asked)
        return lambda connection, after: counts.list_clocks(connection, asked, where, after, limit)
    lists: dict[str, Callable[..., list[dict[str, Any]]]] = {
        "matters": queries.list_matters,
        "assignments": queries.list_assignments,
        "drafts": drafts.list_drafts,
    }
    return lambda connection, after: lists[what](
        connection, *base, **equal, after=after, limit=limit, sight=sight, more=more
    )


def _all(connection: Connection, ask: Ask) -> Iterator[dict[str, Any]]:
    after: str | None = None
    while page := ask(connection, after):
        yield from page
        after = page[-1]["id"]


# statistics and scores, flat


def _flat(host: Host, place: Place, what: str, query: Query, sight: Sight) -> list[dict[str, Cell]]:
    if what == "scores":
        return [_score(row) for row in scores(host, place, query, sight)["rows"]]
    asked = dict(query) | {"by": query.get("by") or "unit", "limit": None, "after": None}
    return [_statistic(row) for row in statistics(host, place, asked, sight, whole=True)["rows"]]


def _score(row: Row) -> dict[str, Cell]:
    found: dict[str, Cell] = {
        name: row[name] for name in ("unit", "name", "level", "rank", "score")
    }
    reasons = (f"{one['measure']} {one['count']}: {one['points']:+.2f}" for one in row["lines"])
    return found | {
        "in_hand": row["in_hand"]["counts"]["in_hand"],
        "reasons": "; ".join(reasons),
    }


def _statistic(row: Row) -> dict[str, Cell]:
    found: dict[str, Cell] = {"key": row["key"], "name": row.get("name")}
    for name in ("matters", "assignments", "turns", "ratings"):
        found |= {f"{name}.{word}": number for word, number in row[name]["counts"].items()}
        if "clearance_rate" in row[name]:
            found[f"{name}.clearance_rate"] = row[name]["clearance_rate"]
    for stage, bases in row["stages"].items():
        for basis, block in bases.items():
            said = dict(block["counts"]) | {
                rate: block[rate] for rate in ("completeness", "timeliness")
            }
            found |= {f"{stage}.{basis}.{word}": number for word, number in said.items()}
    return found | {"overdue_days": row["overdue_days"]["sum"]}
