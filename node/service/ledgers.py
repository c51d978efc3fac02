"""Ledgers: which definition counts, its rows and totals; a new version published.

Decides nothing: node/domain/commands/ledgers.py does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

from federation.ids import ledger_id
from node.domain import commands as c
from node.domain.commands import Actor, DomainRefused
from node.domain.ledger import BadValue, Definition, field_of, read_value
from node.domain.ledgers import DEFAULTS
from node.readmodel import ledgers as questions
from node.readmodel.ledgers import Wanted
from node.readmodel.queries import MOST
from node.readmodel.scope import Sight
from node.service.almanac import rules_of
from node.service.exports import FORMS, IN_MEMORY
from node.service.host import Host
from node.service.place import Place
from node.service.saying import say
from node.service.sheets import Cell, write_csv, write_xlsx
from node.storage.store import SqlStore
from schemas.ledgers import NUMERIC
from schemas.terms import BOARDS
from sync.me import Me

Answer = dict[str, Any]
FILTERS: tuple[str, ...] = (
    "q",
    "city",
    "state",
    "campaign",
    "field",
    "value",
    "least",
    "most",
    "present",
)


def show(host: Host, place: Place) -> Answer:
    """Per board the version in force; and every version held."""

    def found(store: SqlStore) -> Answer:
        rules = rules_of(store, place)
        force = {board: rules.ledger(board)["version"] for board in BOARDS}
        return {"in_force": force, "published": rules.book.listed("ledger")}

    return host.read(place, found)


def in_force(host: Host, place: Place, board: str) -> Definition:
    """The definition by which a board's values are entered. Refuses `not-found`."""
    if board not in BOARDS:
        raise DomainRefused("not-found", f"no board {board}", ", ".join(BOARDS))
    return host.read(place, lambda store: rules_of(store, place).ledger(board))


def one(host: Host, place: Place, board: str, version: str | None = None) -> Answer:
    """All that a version says (None: the one in force). Refuses `not-found`."""
    definition = in_force(host, place, board)
    wanted = f"{board}/{version}" if version else definition["version"]

    def found(store: SqlStore) -> Definition | None:
        rules = rules_of(store, place)
        return rules.book.named(rules.root, "ledger", wanted)

    for held in (definition, DEFAULTS[board], host.read(place, found)):
        if held is not None and held["version"] == wanted:
            return {name: value for name, value in held.items() if name != "by"}
    raise DomainRefused("not-found", f"no version {wanted} is held")


def publish(host: Host, place: Place, actor: Actor, form: Mapping[str, Any]) -> Answer:
    """Publish a version of a board's ledger, as the domain's root."""

    def work(store: SqlStore, me: Me) -> Answer:
        rules = rules_of(store, place)
        board = str(form.get("board"))
        held = rules.book.versions(ledger_id(store.node, board)) if board in BOARDS else []
        draft = c.publish_ledger(actor, form, held, rules.ledger(board), store.roster())
        say(host, store, me, [draft])
        return {"id": draft.subject, **{k: v for k, v in draft.data.items() if k != "by"}}

    return host.write(place, work)


def rows(
    host: Host,
    place: Place,
    board: str,
    asked: Mapping[str, Any],
    sight: Sight,
    limit: int = 100,
    after: str | None = None,
) -> Answer:
    """A keyset page of a board's rows, as `asked` filters them. Refuses `bad-input`."""
    definition = in_force(host, place, board)
    wanted, now = _wanted(definition, board, asked), host.now().business
    with host.database.read(place.tenant.id) as connection:
        found = questions.rows(
            *(connection, place.tenant.id, place.domain, now, definition, wanted),
            after=after,
            limit=limit,
            sight=sight,
        )
    return {
        "ledger": definition["version"],
        "items": found,
        "next": found[-1]["id"] if len(found) == limit else None,
    }


STATED: Final = {"no": "编号", "title": "标题", "state": "状态", "region": "属地代码",
                 "registered_at": "登记时间"}  # fmt: skip


def heading(definition: Definition) -> list[str]:
    """What stands above the columns of a ledger's file: Chinese name, unit, code."""
    fields = (
        f"{one['zh']}{'(' + one['unit'] + ')' if one.get('unit') else ''} {one['code']}"
        for one in definition["fields"]
    )
    return [*(f"{name} {code}" for code, name in STATED.items()), *fields, "id"]


def export(
    host: Host, place: Place, board: str, form: str, asked: Mapping[str, Any], sight: Sight
) -> tuple[IO[bytes], int]:
    """A board's rows as a file (csv, xlsx), and how many lines it has under its heading.

    All pages in one reading, so that it has as many lines as the totals count. Refuses `bad-input`.
    """
    if form not in FORMS:
        raise DomainRefused("bad-input", f"form {form!r}"[:80], ", ".join(FORMS), "form")
    definition = in_force(host, place, board)
    wanted, now = _wanted(definition, board, asked), host.now().business
    into: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  (handed to the caller)
    try:
        with host.database.read(place.tenant.id) as connection:
            scope = (connection, place.tenant.id, place.domain, now, definition, wanted)
            lines = (_line(definition, row) for row in _all(scope, sight))
            if form == "csv":
                count = write_csv(into, heading(definition), lines)
            else:
                count = write_xlsx(into, board, heading(definition), lines)
    except BaseException:
        into.close()
        raise
    into.seek(0)
    return into, count


def _all(scope: tuple[Any, ...], sight: Sight) -> Iterator[Answer]:
    after: str | None = None
    while page := questions.rows(*scope, after=after, limit=MOST, sight=sight):
        yield from page
        after = page[-1]["id"]


def _line(definition: Definition, row: Answer) -> list[Cell]:
    """A row's cells: a number as a number, what has no value empty."""
    values = row["values"]
    told: list[Cell] = [row[name] for name in STATED]
    for one in definition["fields"]:
        value = values.get(one["code"])
        told.append(float(value) if value is not None and one["type"] in NUMERIC else value)
    return [*told, row["id"]]


def totals(
    host: Host,
    place: Place,
    board: str,
    asked: Mapping[str, Any],
    sight: Sight,
    group: str = "",
) -> Answer:
    """The totals and rates of a board's rows, by group. Refuses `bad-input`."""
    definition = in_force(host, place, board)
    groups = [one["code"] for one in definition["groups"]]
    if group and group not in groups:
        raise DomainRefused("bad-input", f"no group {group!r}", ", ".join(groups), "group")
    wanted, now = _wanted(definition, board, asked), host.now().business
    with host.database.read(place.tenant.id) as connection:
        scope = (connection, place.tenant.id, place.domain, now, definition, wanted)
        whole = questions.totals(*scope, sight=sight)
        parts = questions.totals(*scope, group=group, sight=sight) if group else []
    empty = {one["code"]: 0 if one["kind"] == "count" else None for one in definition["totals"]}
    total = {name: value for name, value in (whole or [empty])[0].items() if name != "key"}
    return {"ledger": definition["version"], "total": total, "group": group, "items": parts}


def _wanted(definition: Definition, board: str, asked: Mapping[str, Any]) -> Wanted:
    """The filters; bounds of a number in the field's unit, of a date as dates."""
    told = {name: str(asked[name]) for name in FILTERS if asked.get(name)}
    plain: dict[str, Any] = {
        name: told[name] for name in ("q", "city", "state", "campaign") if name in told
    }
    if asked.get("class"):
        plain["class_"] = str(asked["class"])
    code = told.get("field", "")
    bounds = [name for name in ("value", "least", "most", "present") if name in told]
    if not code:
        if bounds:
            raise DomainRefused("bad-input", f"{bounds[0]} of which field?", "field", "field")
        return Wanted(board, **plain)
    field = field_of(definition, code)
    if field is None:
        accepted = ", ".join(one["code"] for one in definition["fields"])
        raise DomainRefused("bad-input", f"no field {code!r}", accepted, "field")
    more = dict[str, Any]()
    for name in ("value", "least", "most"):
        if name in told:
            more |= _bound(field, name, told[name])
    if "present" in told:
        more["present"] = told["present"] == "true"
    return Wanted(board, **plain, field=code, **more)


def _bound(field: Mapping[str, Any], name: str, given: str) -> dict[str, Any]:
    try:
        read = read_value(field, given)
    except BadValue as bad:
        raise DomainRefused("bad-input", str(bad), bad.accepted, name) from None
    if name == "value":
        return {"value": read}
    if field["type"] in NUMERIC:
        return {name: int(read)}
    if field["type"] == "date":
        return {"since" if name == "least" else "until": read}
    raise DomainRefused("bad-input", f"{field['code']} has no order", "value", name)
