"""The read models of one node in one domain: records in, records out, on a store's connection.

Decides nothing: the domain folds, node/service/apply.py says what changed. Cursor and effect share
the store's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, select, update

from node.domain.assignment import AssignmentState
from node.domain.matter import MatterState
from node.domain.picture import matter_state
from node.readmodel.rows import (
    assignment_row,
    clock_rows,
    likeness_row,
    matter_row,
    read_assignment,
    read_matter,
)
from node.readmodel.tables import assignments, clocks, likeness, matters, users
from node.storage.scope import Scope, Statement, named, putting

_ASSIGNMENT: Final = Statement(
    select(assignments.c.record).where(
        *named(assignments.c.tenant, assignments.c.domain, assignments.c.id)
    )
)
_MATTER: Final = Statement(
    select(matters.c.record).where(*named(matters.c.tenant, matters.c.domain, matters.c.id))
)
_PUT_ASSIGNMENT: Final = putting(assignments, *assignments.c.keys())
_PUT_MATTER: Final = putting(matters, *matters.c.keys())
_PUT_LIKENESS: Final = putting(likeness, *likeness.c.keys())
_PUT_USER: Final = putting(users, *users.c.keys())
_PUT_CLOCK: Final = putting(clocks, *clocks.c.keys())
_OF_MATTER: Final = Statement(
    select(assignments.c.kind, assignments.c.state, assignments.c.part)
    .where(*named(assignments.c.tenant, assignments.c.domain, assignments.c.matter))
    .order_by(assignments.c.id)
)
_STATE: Final = Statement(
    update(matters)
    .where(*named(matters.c.tenant, matters.c.domain, matters.c.id))
    .values(state=bindparam("to_state"))
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
    for table in (assignments, matters, likeness)
)
_DROP_CLOCKS: Final = Statement(delete(clocks).where(*named(clocks.c.tenant, clocks.c.assignment)))


class Books(Scope):
    """Reads and writes the records."""

    def assignment(self, id: str) -> AssignmentState | None:
        """The assignment as it stands; None when none counts here."""
        found = self._one(_ASSIGNMENT, id=id)
        return read_assignment(bytes(found[0])) if found is not None else None

    def matter(self, id: str) -> MatterState | None:
        """The matter as its registrar's events show it; None when none counts here."""
        found = self._one(_MATTER, id=id)
        return read_matter(bytes(found[0])) if found is not None else None

    def of_matter(self, id: str) -> list[AssignmentState]:
        """All assignments of a matter that are held here, in the order of their ids."""
        return [read_assignment(bytes(row[0])) for row in self._all(_RECORDS["matter"], matter=id)]

    def parts(self, id: str) -> list[AssignmentState]:
        """The parts of an assignment that are held here, in the order of their ids."""
        return [read_assignment(bytes(row[0])) for row in self._all(_RECORDS["parent"], parent=id)]

    def put_assignments(self, states: Sequence[AssignmentState]) -> None:
        """Replace these assignments' rows, and the states of their matters that follow."""
        rows = [assignment_row(self.tenant, self.domain, one) for one in states]
        self._put(_PUT_ASSIGNMENT, assignments, rows)
        self._put(
            _PUT_CLOCK, clocks, [row for one in states for row in clock_rows(self.tenant, one)]
        )
        for matter in sorted({one.matter for one in states}):
            found = self.matter(matter)
            if found is not None:
                self._run(_STATE, id=matter, to_state=self.rolled(found))

    def put_matters(self, states: Sequence[MatterState]) -> None:
        """Replace these matters' rows."""
        rows = [matter_row(self.tenant, self.domain, one, self.rolled(one)) for one in states]
        self._put(_PUT_MATTER, matters, rows)
        alike = [likeness_row(self.tenant, self.domain, *_compared(one)) for one in states]
        self._put(_PUT_LIKENESS, likeness, alike)

    def put_users(self, rows: Sequence[dict[str, Any]]) -> None:
        """Replace these tokens' rows."""
        self._put(_PUT_USER, users, rows)

    def drop(self, id: str) -> None:
        """Take an object's rows away: no event about it counts any longer."""
        for statement in _DROP:
            self._run(statement, id=id)
        self._run(_DROP_CLOCKS, assignment=id)

    def rolled(self, one: MatterState) -> str:
        """The matter's state, its assignments counted in."""
        kinds = [(row[0], row[1], bool(row[2])) for row in self._all(_OF_MATTER, matter=one.id)]
        return matter_state(one.state, kinds)

    def _put(self, statement: Statement, table: Any, rows: Iterable[dict[str, Any]]) -> None:
        names = statement.on(self._dialect).names
        self._many(statement, [tuple(row[name] for name in names) for row in rows])


def _compared(one: MatterState) -> tuple[str, str, str]:
    return one.id, one.title, one.content
