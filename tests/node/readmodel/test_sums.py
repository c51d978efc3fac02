"""Kept sums are what plain SQL counts, whatever was written, dropped or moved in between."""

from __future__ import annotations

import random

from node.domain.instants import later, moment
from node.domain.matter import MatterState
from node.readmodel import register, screen
from node.readmodel.books import Books
from node.readmodel.register import Wanted
from node.readmodel.scope import Sight
from node.readmodel.tables import sums
from node.storage.engine import open_engine
from node.storage.tables import metadata as storage
from tests.node.readmodel import plain
from tests.node.readmodel.test_counts import DOMAIN, NOW, UNITS, _state

TOP = "t" * 32
TIMES = (
    NOW,
    later(NOW, moment(NOW) - moment("2026-12-25T04:00:00.250Z")),
    *("2026-10-31T23:59:59.999Z", "2026-11-01T00:00:00Z", "2027-02-01T00:00:00Z"),
)
"""by day and by month: in the middle of one, at its ends, after all of them"""
MATTERS = [f"matter:{TOP}:m{number:08}" for number in range(40)]


class Tree:
    """Three units: the first two below the root, the third below whom it stands now."""

    def __init__(self) -> None:
        self.above = {UNITS[0]: TOP, UNITS[1]: TOP, UNITS[2]: UNITS[0]}

    def lineage(self, unit: str) -> tuple[str, ...]:
        found = [unit]
        while found[-1] in self.above:
            found.append(self.above[found[-1]])
        return tuple(found)

    def below(self, node: str) -> list[str]:
        return [one for one, above in self.above.items() if above == node]


def _matter(dice: random.Random, id: str) -> MatterState:
    own = dice.choice(("APPROVED", "APPROVED", "STRUCK", "CANCELLED"))
    board = ("daily", "reform")[int(id[-2:]) % 2]
    return MatterState(
        id=id, state=own, frontier={}, places={}, registrar=TOP, no="1", title="t", board=board,
        grade="general", content="c", source="s", basis="b", weight=None, indicators=[],
        responsible="r", head="h", contact={}, region=None, campaign=None, class_=None,
        registered_head="0" * 64, registered_at=NOW,
    )  # fmt: skip


def _agree(books: Books, tree: Tree, step: int) -> None:
    asked = books.connection, books.tenant, books.domain
    for now in (NOW, TIMES[step % len(TIMES)]):
        units = {row["unit"]: row for row in plain.by_unit(*asked, now)}
        for board in ("", "daily", "reform"):
            for state in ("", "OPEN", "APPROVED", "cleared", "apart"):
                few = Wanted(board=board, state=state)
                every = Wanted(board=board, state=state, until="9999")  # counted one by one
                counted = register.count_matters(*asked, now, few)
                assert counted == register.count_matters(*asked, now, every)
        for state in ("", "SIGNED", "DOING", "running", "cleared"):
            few, every = Wanted(state=state), Wanted(state=state, until="9999")
            counted = register.count_slips(*asked, now, few)
            assert counted == register.count_slips(*asked, now, every)
        red = register.red_units(*asked, now)
        for unit in UNITS:
            behind = Wanted(state="running", light="red", units=(unit,))
            assert red.get(unit, 0) == register.count_slips(*asked, now, behind)
        for top in (TOP, *UNITS):
            under = [one for one in UNITS if top in tree.lineage(one)]
            rows = [units[one] for one in under if one in units]
            names = [name for name in rows[0] if name != "unit"] if rows else []
            told = screen.tiles(*asked, now, [top]).get(top, {})
            assert told == {name: sum(row[name] for row in rows) for name in names}
            counted = plain.boards(*asked, now, tuple(under))
            assert screen.boards(*asked, now, top) == counted
            for board, row in screen.boards(*asked, now, top).items():
                shown = [row[name] for name in ("green", "yellow", "red", "still")]
                assert row["open"] == sum(shown), "a board's numbers add up"
                if top == TOP:
                    for light, number in zip(
                        ("green", "yellow", "red", "none"), shown, strict=True
                    ):
                        behind = Wanted(board=board, light=light, state="OPEN", units=tuple(under))
                        assert register.count_matters(*asked, now, behind) == number
            assert screen.stages(*asked, now, top) == plain.stages(*asked, now, under)
        assert screen.boards(*asked, now) == plain.boards(*asked, now)
        assert screen.stages(*asked, now) == plain.stages(*asked, now)


def test_after_every_change_each_sum_is_what_plain_sql_counts(database_url: str) -> None:
    dice, tree = random.Random(13710), Tree()
    engine = open_engine(database_url, writes=True)
    with engine.connect() as connection:
        storage.create_all(connection)
        sums.metadata.create_all(connection)
        books = Books(connection, 1, "z" * 32, DOMAIN, tree.lineage)
        for step in range(36):
            made = [_state(dice, dice.randrange(120)) for _ in range(dice.randrange(1, 6))]
            states = {one.id: one for one in made}
            for one in states.values():
                one.matter = MATTERS[int(one.id[-8:]) % 40]
                one.assignee = UNITS[int(one.id[-8:]) % 3]
                books.forget_clocks(one.id)
            books.put_assignments(list(states.values()))
            books.put_matters([_matter(dice, dice.choice(MATTERS))])
            if step % 7 == 3:
                books.drop(dice.choice(list(states)))
            if step % 11 == 5:
                books.drop(dice.choice(MATTERS))
            if step % 13 == 8:
                tree.above[UNITS[2]] = UNITS[1] if tree.above[UNITS[2]] == UNITS[0] else UNITS[0]
                books.moved([UNITS[2]], tree.below)
            _agree(books, tree, step)
        assert screen.tiles(connection, 1, DOMAIN, NOW, [TOP], sight=Sight("nothing")) == {}
    engine.dispose()
