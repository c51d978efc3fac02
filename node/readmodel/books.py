"""The read models of one node in one domain: records in, records out, on a store's connection.

Decides nothing: the domain folds, node/service/apply.py says what changed. Cursor and effect share
the store's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, or_, select, update

from node.domain.assignment import AssignmentState
from node.domain.instants import order
from node.domain.matter import MatterState
from node.domain.picture import OPEN_STATES
from node.domain.reminders import wakes_at
from node.domain.rulebook import RuleState
from node.readmodel.rows import (
    assignment_row,
    clock_rows,
    leads,
    ledger_rows,
    likeness_row,
    matter_row,
    read_assignment,
    read_matter,
    rule_rows,
)
from node.readmodel.shares import Held, Rolled, rolled
from node.readmodel.sums import Lineage, Sums
from node.readmodel.tables import (
    acts,
    assignments,
    clocks,
    ledger,
    likeness,
    matters,
    rules,
    users,
)
from node.storage.scope import Statement, among, named, putting
from node.storage.tables import alarms

_ASSIGNMENTS: Final = among(
    select(assignments.c.record).where(*named(assignments.c.tenant, assignments.c.domain)),
    assignments.c.id,
)
_MATTERS: Final = among(
    select(matters.c.record).where(*named(matters.c.tenant, matters.c.domain)), matters.c.id
)
_OWN: Final = among(
    select(
        *(matters.c.id, matters.c.own, matters.c.board),
        *(matters.c.state, matters.c.yellow, matters.c.red, matters.c.units, matters.c.share),
    ).where(*named(matters.c.tenant, matters.c.domain)),
    matters.c.id,
)
_SHARES: Final = among(
    select(assignments.c.id, assignments.c.assignee, assignments.c.share).where(
        *named(assignments.c.tenant, assignments.c.domain)
    ),
    assignments.c.id,
)
_PUT_ASSIGNMENT: Final = putting(assignments, *assignments.c.keys())
_PUT_MATTER: Final = putting(matters, *(one.name for one in matters.c if one.name != "words"))
_PUT_LIKENESS: Final = putting(likeness, *likeness.c.keys())
_PUT_USER: Final = putting(users, *users.c.keys())
_PUT_ACT: Final = putting(acts, *acts.c.keys())
_PUT_CLOCK: Final = putting(clocks, *clocks.c.keys())
_PUT_ALARM: Final = putting(alarms, *alarms.c.keys())
_PUT_LEDGER: Final = putting(ledger, *ledger.c.keys())
_LEADS: Final = among(
    select(assignments.c.record).where(
        *named(assignments.c.tenant, assignments.c.domain), assignments.c.valued
    ),
    assignments.c.matter,
)
_MATTER_OF: Final = Statement(
    select(assignments.c.matter).where(
        *named(assignments.c.tenant, assignments.c.domain, assignments.c.id)
    )
)
_DROP_LEDGER: Final = Statement(
    delete(ledger).where(*named(ledger.c.tenant, ledger.c.domain, ledger.c.matter))
)
_PUT_RULE: Final = putting(rules, *rules.c.keys())
_OF_MATTERS: Final = among(
    select(
        *(assignments.c.matter, assignments.c.kind, assignments.c.state, assignments.c.part),
        *(assignments.c.assignee, assignments.c.yellow, assignments.c.red, assignments.c.valued),
    ).where(*named(assignments.c.tenant, assignments.c.domain)),
    assignments.c.matter,
)
_STATE: Final = Statement(
    update(matters)
    .where(*named(matters.c.tenant, matters.c.domain, matters.c.id))
    .values({name: bindparam(f"to_{name}") for name in Rolled._fields})
)
_ISSUED: Final = Statement(
    select(assignments.c.record)
    .where(*named(assignments.c.tenant, assignments.c.domain, assignments.c.issuer))
    .where(or_(*(assignments.c.state == one for one in sorted(OPEN_STATES))))
    .order_by(assignments.c.id)
)
_RECORDS: Final = {
    "matter": Statement(
        select(assignments.c.record)
        .where(*named(assignments.c.tenant, assignments.c.domain, assignments.c.matter))
        .order_by(assignments.c.id)
    ),
    "parent": Statement(
        select(assignments.c.record)
        .where(*named(assignments.c.tenant, assignments.c.domain, assignments.c.parent))
        .order_by(assignments.c.id)
    ),
}
_DROP: Final = tuple(
    Statement(
        delete(table).where(
            *named(table.c.tenant, table.c.id), table.c.domain == bindparam("domain")
        )
    )
    for table in (assignments, matters, likeness, rules)
)
_DROP_RULE: Final = _DROP[-1]
_DROP_CLOCKS: Final = Statement(delete(clocks).where(*named(clocks.c.tenant, clocks.c.assignment)))


class Books(Sums):
    """Reads and writes the records. `lineage`: by the roster; who only reads needs none."""

    def __init__(
        self,
        connection: Connection,
        tenant: int,
        node: str,
        domain: str,
        lineage: Lineage | None = None,
    ) -> None:
        super().__init__(connection, tenant, node, domain, *([lineage] if lineage else []))
        self._doubted = set[str]()
        self._valued = set[str]()  # matters whose lead has reported values, as last looked at

    def assignment(self, id: str) -> AssignmentState | None:
        """The assignment as it stands; None when none counts here."""
        return self.assignments([id]).get(id)

    def assignments(self, ids: Iterable[str]) -> dict[str, AssignmentState]:
        """Those of the assignments that count here, by id."""
        found = [read_assignment(bytes(row[0])) for row in self._among(_ASSIGNMENTS, ids)]
        return {one.id: one for one in found}

    def matter(self, id: str) -> MatterState | None:
        """The matter as its registrar's events show it; None when none counts here."""
        return self.matters([id]).get(id)

    def matters(self, ids: Iterable[str]) -> dict[str, MatterState]:
        """Those of the matters that count here, by id."""
        found = [read_matter(bytes(row[0])) for row in self._among(_MATTERS, ids)]
        return {one.id: one for one in found}

    def of_matter(self, id: str) -> list[AssignmentState]:
        """All assignments of a matter that are held here, in the order of their ids."""
        return [read_assignment(bytes(row[0])) for row in self._all(_RECORDS["matter"], matter=id)]

    def parts(self, id: str) -> list[AssignmentState]:
        """The parts of an assignment that are held here, in the order of their ids."""
        return [read_assignment(bytes(row[0])) for row in self._all(_RECORDS["parent"], parent=id)]

    def issued(self, node: str) -> list[AssignmentState]:
        """The assignments given by a node that have not ended, in the order of their ids."""
        return [read_assignment(bytes(row[0])) for row in self._all(_ISSUED, issuer=node)]

    def put_assignments(self, states: Sequence[AssignmentState]) -> None:
        """Replace these assignments' rows, and the states of their matters that follow."""
        touched = [("assignment", one.id) for one in states]
        touched += [("matter", one.matter) for one in states if one.matter]
        with self.watching(touched):
            self._put_assignments(states)

    def _put_assignments(self, states: Sequence[AssignmentState]) -> None:
        doubted = [one.id for one in states if one.id in self._doubted]
        before = {row[0] for id in doubted if (row := self._one(_MATTER_OF, id=id)) is not None}
        clocked = {one.id: clock_rows(self.tenant, self.domain, one) for one in states}
        rows = [assignment_row(self.tenant, self.domain, one, clocked[one.id]) for one in states]
        self.know(one.assignee for one in states)
        for _, unit, share in self._among(_SHARES, clocked):
            self.given(unit, share, -1)
        for made in rows:
            self.given(made["assignee"], made["share"], 1)
        self._put(_PUT_ASSIGNMENT, rows)
        self._put(_PUT_CLOCK, [row for found in clocked.values() for row in found])
        self._put(_PUT_ALARM, [self._alarm(one) for one in states if self._party(one)])
        held = self._roll({s.matter for s in states} | before)
        touched = {s.matter for s in states if leads(s) and (s.ledger or s.id in self._doubted)}
        self._put_ledger((touched & held) | before)
        self.settle()

    def _roll(self, ids: Iterable[str]) -> set[str]:
        """Let these matters show what their assignments make of them; those that are held."""
        held = {row[0]: row for row in self._among(_OWN, sorted(ids))}
        made = self._rolled({id: row[1] for id, row in held.items()})
        for id in sorted(held):
            _, _, board, *was = held[id]
            if tuple(was) != made[id]:
                self.registered(board, was[-2], was[-1], -1)
                self.registered(board, made[id].units, made[id].share, 1)
                to = {f"to_{name}": value for name, value in made[id]._asdict().items()}
                self._run(_STATE, id=id, **to)
        return set(held)

    def doubt(self, id: str) -> None:
        """What was known of an object may have lost values: its ledger is written anew."""
        self._doubted.add(id)

    def _put_ledger(self, ids: Iterable[str]) -> None:
        """Write the ledgers of these matters anew, from all that is held of them."""
        wanted = sorted(ids)
        if not wanted:
            return
        given: dict[str, list[AssignmentState]] = {id: [] for id in wanted}
        for row in self._among(_LEADS, wanted):
            one = read_assignment(bytes(row[0]))
            given[one.matter].append(one)
        found = self.matters(wanted)
        for id in wanted:
            self._run(_DROP_LEDGER, matter=id)
        rows = [
            row
            for id, one in sorted(found.items())
            for row in ledger_rows(self.tenant, self.domain, one, given[id])
        ]
        self._put(_PUT_LEDGER, rows)

    def _party(self, one: AssignmentState) -> bool:
        """Whether this node may have something to remind of: it gave it, or it was given it."""
        return self.node in (one.issuer, one.assignee)

    def _alarm(self, one: AssignmentState) -> dict[str, Any]:
        """Its first threshold; of what waits for this node's answer, now: only who knows the
        calendar can say when that is due (node/service/reminders.py)."""
        at = wakes_at(one.clocks)
        if one.state == "CLOSE_REQ" and one.issuer == self.node and one.applied_at is not None:
            at = one.applied_at if at is None else min(at, one.applied_at, key=order)
        return {"tenant": self.tenant, "domain": self.domain, "object": one.id, "at": at}

    def put_matters(
        self, states: Sequence[MatterState], fresh: Collection[str] = frozenset()
    ) -> None:
        """Replace these matters' rows; those of `fresh` have none yet."""
        made = self._rolled({one.id: one.state for one in states})
        rows = [matter_row(self.tenant, self.domain, one, made[one.id]) for one in states]
        for _, _, board, *was in self._among(_OWN, [id for id in made if id not in fresh]):
            self.registered(board, was[-2], was[-1], -1)
        for row in rows:
            self.registered(row["board"], row["units"], row["share"], 1)
        with self.watching([("matter", one.id) for one in states]):
            self._put(_PUT_MATTER, rows)
        self.settle()
        ids = {one.id for one in states}
        entered = {one.id for one in states if one.entered or one.id in self._doubted}
        self._put_ledger(entered | (self._valued & ids))
        alike = [
            likeness_row(self.tenant, self.domain, one.id, one.title, one.content)
            for one in states
            if one.registrar == self.node
        ]
        self._put(_PUT_LIKENESS, alike)

    def forget_clocks(self, id: str) -> None:
        """Take an assignment's clocks away, before a whole fold may leave it with fewer."""
        self._run(_DROP_CLOCKS, assignment=id)

    def put_rule(self, state: RuleState) -> None:
        """Replace the rows of a calendar's or a policy's versions."""
        self._run(_DROP_RULE, id=state.id)
        self._put(_PUT_RULE, rule_rows(self.tenant, self.domain, state))

    def put_users(self, rows: Sequence[dict[str, Any]]) -> None:
        """Replace these tokens' rows."""
        self._put(_PUT_USER, rows)

    def put_acts(self, rows: Sequence[dict[str, Any]]) -> None:
        """Add these acts' rows."""
        self._put(_PUT_ACT, rows)

    def drop(self, id: str) -> None:
        """Take an object's rows away: no event about it counts any longer."""
        whole = self._one(_MATTER_OF, id=id)
        for _, unit, share in self._among(_SHARES, [id]):
            self.given(unit, share, -1)
        for _, _, board, *was in self._among(_OWN, [id]):
            self.registered(board, was[-2], was[-1], -1)
        with self.watching([("assignment", id), ("matter", id)]):
            for statement in _DROP:
                self._run(statement, id=id)
        self._run(_DROP_LEDGER, matter=id)
        if whole is not None and whole[0]:
            self._roll([str(whole[0])])
            self._put_ledger([str(whole[0])])
        self._run(_DROP_CLOCKS, assignment=id)
        self.settle()

    def rolled(self, one: MatterState) -> str:
        """The matter's state, its assignments counted in."""
        return self._rolled({one.id: one.state})[one.id].state

    def _rolled(self, own: Mapping[str, str]) -> dict[str, Rolled]:
        """What each matter's assignments make of it, by its own state."""
        held: dict[str, list[Held]] = {id: [] for id in own}
        for matter, kind, state, part, *lit, valued in self._among(_OF_MATTERS, own):
            held[matter].append((kind, state, bool(part), *lit))
            if valued:
                self._valued.add(matter)
        return {id: rolled(state, held[id]) for id, state in own.items()}

    def _put(self, statement: Statement, rows: Iterable[dict[str, Any]]) -> None:
        values = itemgetter(*statement.on(self._dialect).names)
        self._many(statement, map(values, rows))
