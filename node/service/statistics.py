"""Statistics as people read them: what was asked for, counted, with the list behind each number.

In every block that has `list`, the number called w in `counts` is the number of rows that
`list`&count=w gives. Decides nothing: meanings stand in node/domain/evaluation, conditions in
node/readmodel/counts.py. Follows docs/statistics.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from federation.roster import Roster
from node.domain.commands import DomainRefused
from node.domain.evaluation.counting import BASES, COUNTS, STAGES, clearance_rate, rate
from node.domain.evaluation.periods import Period, days, month
from node.domain.evaluation.reviewing import applied_before
from node.domain.instants import local_date
from node.readmodel import counts
from node.readmodel.counts import Asked, Found, Waiting
from node.readmodel.scope import EVERYTHING, Sight
from node.service.almanac import rules_of
from node.service.host import Host
from node.service.place import Place
from node.storage.engine import Connection
from node.storage.store import SqlStore

Query = Mapping[str, Any]
Row = dict[str, Any]
Make = Callable[[str | None], Any]
"""what a block says of one key, or (None) of all"""
BY: Final = ("unit", "board", "region")
MATTERS: Final = ("registered", "cancelled", "merged", "cleared", "open")
ASSIGNMENTS: Final = ("given", "cancelled", "relieved", "cleared", "open")
PERIOD: Final = ("month", "since", "until")
FILTERS: Final = (*PERIOD, "board", "unit", "region")
PATHS: Final = {
    "matters": "/matters", "assignments": "/assignments", "stages": "/clocks", "turns": "/clocks",
    "ratings": "/drafts",
}  # fmt: skip


def period_of(query: Query) -> Period:
    """The period that a query names: a month, or dates. Refuses `bad-input`."""
    if query.get("month"):
        if query.get("since") or query.get("until"):
            raise DomainRefused("bad-input", "a month and dates", "one of them", "month")
        return month(str(query["month"]))
    return days(query.get("since"), query.get("until"))


def asked_of(host: Host, place: Place, sight: Sight, query: Query) -> Asked:
    """What a query asks for. Refuses `bad-input`."""
    now, period = host.now().business, period_of(query)
    basis = query.get("basis") or "due"
    _one_of("basis", basis, BASES)
    region = query.get("region") or None

    def found(store: SqlStore) -> Asked:
        calendar = rules_of(store, place).calendar()
        bounds = (
            applied_before(at, calendar) if at else None for at in (period.since, period.until, now)
        )
        asked = Asked(
            tenant=place.tenant.id, domain=place.domain, now=now, node=place.tenant.node,
            sight=sight, period=period, board=query.get("board"), unit=query.get("unit"),
            region=region, basis=basis, stage=query.get("stage"), waiting=Waiting(*bounds),
        )  # fmt: skip
        if region is None:
            return asked
        units, others = _units(store.roster(), region)
        return replace(asked, units=units, others=others)

    return host.read(place, found)


def _one_of(name: str, value: str, accepted: Iterable[str]) -> None:
    words = list(accepted)
    if value not in words:
        raise DomainRefused("bad-input", f"{name} {value!r}"[:80], ", ".join(words), name)


Nodes = tuple[str, ...] | None


def _units(roster: Roster, region: str) -> tuple[Nodes, Nodes]:
    """The nodes of a region; of none: all others than those that have one."""
    codes = {node: roster.row(node).get("code") or "" for node in roster}
    if region == counts.NOWHERE:
        return None, tuple(sorted(node for node, code in codes.items() if code))
    return tuple(sorted(node for node, code in codes.items() if code.startswith(region))), None


def conditions(host: Host, place: Place, sight: Sight, what: str, query: Query) -> list[Any]:
    """What a list adds to its own filters, so that it holds what a number counts.

    `what`: matters, assignments, clocks or drafts. Empty where the query asks for no statistic.
    Refuses `bad-input`.
    """
    word = query.get("count")
    named = (*PERIOD, "unit", "region", *(("board",) if what == "assignments" else ()))
    if word is None and not any(query.get(name) for name in named):
        return []
    asked = asked_of(host, place, sight, query)
    if what == "assignments" and word == "in_hand":
        return counts.assignment_where(asked, word)
    source = counts.SOURCES[_kind(what, word)]
    where = source.where(asked)
    if word is None:
        return where
    words = source.words(asked)
    more = counts.TURNS if what == "clocks" else ()
    _one_of("count", word, (*words, *(one for one in more if one not in words)))
    return [*where, words[word]]


def number_of(host: Host, place: Place, sight: Sight, what: str, query: Query) -> int | None:
    """How many rows such a list has; None where the query names no word. Refuses `bad-input`."""
    word = query.get("count")
    if word is None:
        return None
    conditions(host, place, sight, what, query)
    asked = asked_of(host, place, sight, query)
    with host.database.read(place.tenant.id) as connection:
        if what == "assignments" and word == "in_hand":
            found = counts.count_in_hand(connection, asked, ())
        else:
            found = counts.count(connection, _kind(what, word), asked, (), [word])
    return found.get((), {}).get(str(word), 0)


def _kind(what: str, word: str | None) -> str:
    """The source that a list's word is counted of."""
    if what == "clocks" and word in counts.TURNS:
        return "turns"
    return {"clocks": "stages", "drafts": "ratings"}.get(what, what)


# numbers


class _Counting:
    """One answer in the making: the same question put to every source, by the same columns."""

    def __init__(self, connection: Connection, asked: Asked, by: str | None, codes: Query) -> None:
        self.connection, self.asked, self.by, self.codes = connection, asked, by, codes
        region = asked.region if asked.region != counts.NOWHERE else None
        self.digits = 6 if region and len(region) >= 4 else 4
        self.keys: set[str] = set()  # units, boards or regions of which anything was counted

    def count(self, source: str, words: Sequence[str], *more: str, **change: Any) -> Found:
        """Per value of `by` (and `more`): how many of each word."""
        asked = replace(self.asked, **change)
        return self._by(
            source, lambda by: counts.count(self.connection, source, asked, by, words), more
        )

    def in_hand(self) -> Found:
        """Per value of `by`: assignments in hand."""
        return self._by(
            "assignments", lambda by: counts.count_in_hand(self.connection, self.asked, by)
        )

    def overdue_days(self) -> Found:
        """Per value of `by`: days late."""
        return self._by("stages", lambda by: counts.overdue_days(self.connection, self.asked, by))

    def _by(
        self, source: str, ask: Callable[[list[str]], Found], more: Sequence[str] = ()
    ) -> Found:
        if self.by != "region":
            told = ask([*([self.by] if self.by else []), *more])
            self.keys |= {key[0] for key in told if self.by and key[0] is not None}
            return told
        placed = source == "matters"  # it names its region; all else is where its unit is
        found: Found = {}
        for key, numbers in ask(["region" if placed else "unit", *more]).items():
            code = key[0] if placed else self.codes.get(str(key[0]))
            name = code[: self.digits] if code else counts.NOWHERE
            self.keys.add(name)
            into = found.setdefault((name, *key[1:]), {})
            for word, number in numbers.items():
                into[word] = into.get(word, 0) + number
        return found


BLOCKS: Final = ("matters", "assignments", "stages", "turns", "ratings", "overdue_days")


def statistics(
    host: Host,
    place: Place,
    query: Query,
    sight: Sight = EVERYTHING,
    whole: bool = False,
    only: Collection[str] = BLOCKS,
    bases: Sequence[str] = BASES,
) -> dict[str, Any]:
    """Completeness, timeliness and clearance over a period: in all, and by unit, board or region.

    `rows` is a page (`limit`, `after`), or all of them (`whole`). `only`: these blocks, and of
    `stages` these bases; what isn't asked for isn't counted. Refuses `bad-input`.
    """

    def told(counting: _Counting) -> list[tuple[str, Make]]:
        makers = {
            "matters": _matters,
            "assignments": _assignments,
            "stages": lambda one: _stages(one, bases),
            "turns": lambda one: _plain(one, "turns", counts.TURNS),
            "ratings": lambda one: _plain(one, "ratings", tuple(counts.RATINGS)),
            "overdue_days": _days,
        }
        return [(name, makers[name](counting)) for name in BLOCKS if name in only]

    return _answer(host, place, query, sight, told, whole)


def ageing(
    host: Host, place: Place, query: Query, sight: Sight = EVERYTHING, whole: bool = False
) -> dict[str, Any]:
    """How old the backlog is and how long overdue, in classes of days. Refuses `bad-input`."""

    def told(counting: _Counting) -> list[tuple[str, Make]]:
        words = {
            "matters": [
                one for one in counts.matter_words(counting.asked) if one.startswith("open")
            ],
            "assignments": [
                one
                for one in counts.assignment_words(counting.asked)
                if one.startswith(("open", "overdue"))
            ],
        }
        return [(source, _plain(counting, source, named)) for source, named in words.items()]

    return _answer(host, place, query, sight, told, whole)


Told = Callable[[_Counting], list[tuple[str, Make]]]


def _answer(
    host: Host, place: Place, query: Query, sight: Sight, told: Told, all_: bool = False
) -> dict[str, Any]:
    by = query.get("by")
    if by is not None:
        _one_of("by", by, BY)
    asked, members = asked_of(host, place, sight, query), directory(host, place)
    codes = {node: row["code"] for node, row in members.items()}
    with host.database.read(place.tenant.id) as connection:
        whole = told(_Counting(connection, asked, None, codes))
        parts = told(counting := _Counting(connection, asked, by, codes)) if by else []
    rows, more = _page(counting, parts, query, all_) if by else ([], None)
    for row in rows:
        if by == "unit":
            row["name"] = members.get(row["key"], {}).get("name")
    return {
        "as_of": asked.now,
        "since": asked.period.since,
        "until": asked.period.until,
        "total": {name: make(None) for name, make in whole},
        "by": by,
        "rows": rows,
        "next": more,
    }


def _page(
    counting: _Counting,
    parts: list[tuple[str, Make]],
    query: Query,
    all_: bool,
) -> tuple[list[Row], str | None]:
    keys = sorted(counting.keys)
    after = query.get("after")
    limit = len(keys) + 1 if all_ else int(query.get("limit") or 100)
    rest = [key for key in keys if after is None or key > after]
    rows = [{"key": key, **{name: make(key) for name, make in parts}} for key in rest[:limit]]
    return rows, rest[limit - 1] if len(rest) > limit else None


def directory(host: Host, place: Place) -> dict[str, Row]:
    """Name, level and place code of every member known here."""

    def read(store: SqlStore) -> dict[str, Row]:
        roster = store.roster()
        return {
            node: {name: row.get(name) for name in ("name", "level", "code")}
            for node, row in ((node, roster.row(node)) for node in roster)
        }

    return host.read(place, read)


def _numbers(found: Found, words: Iterable[str], *key: str | None) -> dict[str, int]:
    had = found.get(tuple(one for one in key if one is not None), {})
    return {word: had.get(word, 0) for word in words}


def list_of(asked: Asked, source: str, **more: str | None) -> str:
    """The address of the list behind a block; `&count=` and a word make it that of one number."""
    since, until = asked.period.since, asked.period.until
    named: dict[str, str | None] = {
        "domain": asked.domain,
        "since": local_date(since).isoformat() if since else None,
        "until": (local_date(until) - timedelta(days=1)).isoformat() if until else None,
        "board": asked.board,
        "unit": asked.unit,
        "region": asked.region,
    }
    named |= more
    return f"{PATHS[source]}?" + urlencode({name: value for name, value in named.items() if value})


def _list(counting: _Counting, source: str, key: str | None, **more: str | None) -> str:
    divided = {counting.by: key} if counting.by and key is not None else {}
    return list_of(counting.asked, source, **divided, **more)


def _block(
    counting: _Counting, source: str, found: Found, words: Sequence[str], key: str | None
) -> Row:
    return {"list": _list(counting, source, key), "counts": _numbers(found, words, key)}


def _plain(counting: _Counting, source: str, words: Sequence[str]) -> Make:
    """A source's words and nothing else."""
    found = counting.count(source, words)
    return lambda key: _block(counting, source, found, words, key)


def _matters(counting: _Counting) -> Make:
    found = counting.count("matters", MATTERS)

    def make(key: str | None) -> Row:
        block = _block(counting, "matters", found, MATTERS, key)
        number = block["counts"]
        return block | {
            "clearance_rate": clearance_rate(
                number["cleared"], number["registered"], number["cancelled"], number["merged"]
            )
        }

    return make


def _assignments(counting: _Counting) -> Make:
    found, hand = counting.count("assignments", ASSIGNMENTS), counting.in_hand()

    def make(key: str | None) -> Row:
        block = _block(counting, "assignments", found, ASSIGNMENTS, key)
        number = block["counts"]
        counted = number["given"] - number["cancelled"] - number["relieved"]
        block["counts"] = number | _numbers(hand, ("in_hand",), key)
        return block | {"clearance_rate": rate(number["cleared"], counted)}

    return make


def _stages(counting: _Counting, bases: Sequence[str]) -> Make:
    found = {basis: counting.count("stages", COUNTS, "stage", basis=basis) for basis in bases}
    return lambda key: {
        stage: {basis: _stage(counting, found[basis], key, stage, basis) for basis in bases}
        for stage in STAGES
    }


def _stage(counting: _Counting, found: Found, key: str | None, stage: str, basis: str) -> Row:
    numbers = _numbers(found, COUNTS, key, stage)
    return {
        "list": _list(counting, "stages", key, stage=stage, basis=basis),
        "counts": numbers,
        "completeness": rate(numbers["submitted"], numbers["expected"]),
        "timeliness": rate(numbers["on_time"], numbers["expected"]),
    }


def _days(counting: _Counting) -> Make:
    """The sum of `days` over the rows of `list`."""
    late = counting.overdue_days()

    def make(key: str | None) -> Row:
        numbers = _numbers(late, ("overdue_days",), key)
        listed = _list(counting, "stages", key) + "&count=overdue"
        return {"list": listed, "sum": numbers["overdue_days"]}

    return make
