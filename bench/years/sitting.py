"""A node's working day in its host: its steps, given as commands at the desk, in one transaction.

Ids are found in the node's own books by document number and unit. Sittings follow each other (a
supervisor's in the morning, a leader's, a head's in the afternoon), each with its instant and its
entry in the audit trail; what is alike in one is decided one by one and written together. That the
day is done is kept in the same transaction, so that a host that was killed does nothing twice.
Decides nothing of the domain: node/domain/commands does, and refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final
from zlib import crc32

from bench.years import words
from bench.years.course import ACTS, Step
from bench.years.days import CLOSES, NOON, OPENS, at
from bench.years.tree import Tree
from node.domain import commands as c
from node.domain.commands import Actor, Draft
from node.readmodel import queries
from node.service import acts, entering
from node.service.acts import Deed
from node.service.host import Host
from node.service.place import Place
from node.service.work import OPERATIONS, Desk
from node.storage.hosts import find_setting, put_setting
from node.storage.store import SqlStore
from sync.me import Me

DAY: Final = "years-day"
TOGETHER: Final = 50
"""commands of one sitting at most; a node that has more sits again"""
AT_ONCE: Final = 100
SPREAD: Final = 90
"""minutes over which the nodes' sittings are spread"""
Items = Sequence[Step]


class Registry:
    """What a host's nodes found in their books: ids by document number. Nothing that can't be
    found there again."""

    def __init__(self) -> None:
        self._units = dict[tuple[int, str, str], str]()
        self._matters = dict[tuple[int, str], str]()

    def put_matter(self, place: Place, no: str, id: str) -> None:
        """Remember a matter that was registered here."""
        self._matters[place.tenant.id, no] = id

    def put_unit(self, place: Place, no: str, unit: str, id: str) -> None:
        """Remember an assignment that was given here."""
        self._units[place.tenant.id, no, unit] = id

    def matter(self, desk: Desk, no: str) -> str:
        """The id of a matter of this node's own. KeyError: its books have none."""
        named = desk.place.tenant.id, no
        if named not in self._matters:
            books = desk.books
            for row in queries.list_matters(books.connection, *_scope(desk), no=no):
                self._matters[named] = row["id"]
        return self._matters[named]

    def unit(self, desk: Desk, no: str, unit: str) -> str:
        """The id of what a unit was given under a number. KeyError: the books have none."""
        named = desk.place.tenant.id, no, unit
        for asked in self._asked(desk, unit) if named not in self._units else ():
            after = None
            while rows := queries.list_assignments(
                desk.books.connection, *_scope(desk), after=after, limit=500, **asked
            ):
                for row in rows:
                    self._units[desk.place.tenant.id, row["no"], row["assignee"]] = row["id"]
                after = rows[-1]["id"]
            if named in self._units:
                break
        return self._units[named]

    def _asked(self, desk: Desk, unit: str) -> tuple[dict[str, str], ...]:
        """What is new comes first: the rest is asked for after a restart only."""
        mine = {"assignee": unit}
        return ({**mine, "state": "ISSUED"}, mine)


def _scope(desk: Desk) -> tuple[int, str, str]:
    return desk.place.tenant.id, desk.place.domain, desk.now.business


class Sitter:
    """Plays the days of one host. `ids`: node ids by key; `set_clock`: moves business time."""

    def __init__(
        self,
        host: Host,
        tree: Tree,
        ids: Mapping[str, str],
        seed: int,
        set_clock: Callable[[str], None],
    ) -> None:
        self.host, self.tree, self.ids, self.seed = host, tree, ids, seed
        self.set_clock = set_clock
        self.registry = Registry()
        self.campaign = f"campaign:{ids[tree.root]}:{words.RAILWAY}"

    def sit(self, place: Place, day: int, when: date, steps: Items, store: SqlStore, me: Me) -> int:
        """All that the node does on that day, unless it was done; how many commands."""
        done = find_setting(store.connection, DAY, place.tenant.id)
        if done is not None and int(done) >= day:
            return 0
        for minute, role, some in _sittings(steps, day):
            self.set_clock(at(when, minute))
            actor = Actor(place.tenant.node, f"{role}-1", role)
            desk = Desk(self.host, place, actor, store, me, self.host.calendar)
            desk.alone = False
            for act, alike in groupby(some, key=lambda one: one.act):
                self._do(desk, act, list(alike), when)
            desk.close()
            deed = Deed(f"years:{some[0].act}", count=len(some))
            acts.note(self.host, store.connection, place.tenant, actor, deed, acts.DONE)
        put_setting(store.connection, DAY, str(day), place.tenant.id)
        return len(steps)

    def _do(self, desk: Desk, act: str, steps: Items, when: date) -> None:
        if act == "register":
            self._register(desk, steps, when)
        elif act == "issue":
            self._issue(desk, steps)
        elif act == "strike":
            self._strike(desk, steps)
        elif act in MANY:
            states = desk.books.assignments(self._units(desk, steps))
            drafts = [
                draft
                for step in steps
                for draft in MANY[act](
                    self, desk, states[self.registry.unit(desk, step.no, self.ids[step.unit])],
                    step, when,
                )
            ]  # fmt: skip
            _write(desk, drafts)
        else:
            for step in steps:
                self._one(desk, act, step)

    def _units(self, desk: Desk, steps: Items) -> list[str]:
        return [self.registry.unit(desk, step.no, self.ids[step.unit]) for step in steps]

    def _register(self, desk: Desk, steps: Items, when: date) -> None:
        for step in steps:
            form = words.registration(step.said, when, self.tree, self.campaign, self.seed)
            made = desk.register("", form)
            if made["no"] != step.no:
                raise RuntimeError(f"{made['no']} was given out, {step.no} was planned")
            self.registry.put_matter(desk.place, step.no, made["id"])

    def _issue(self, desk: Desk, steps: Items) -> None:
        """One assignment per unit, those of one unit behind each other."""
        ids = [self.registry.matter(desk, step.no) for step in steps]
        matters, roster, drafts = desk.books.matters(ids), desk.roster(), list[Draft]()
        for step, id in zip(steps, ids, strict=True):
            units = desk.reached([self.ids[one] for one in step.said])
            held = desk.books.of_matter(id)
            clock, nonces = desk.clock(matters[id]), desk.nonces(len(units))
            drafts += c.issue(desk.actor, matters[id], held, units, roster, clock, nonces)
        _write(desk, drafts)
        self._given(desk, drafts)

    def _given(self, desk: Desk, drafts: Sequence[Draft]) -> None:
        for one in drafts:
            self.registry.put_unit(desk.place, one.data["no"], one.data["assignee"], one.subject)

    def _strike(self, desk: Desk, steps: Items) -> None:
        ids = [self.registry.matter(desk, step.no) for step in steps]
        matters, roster, said = desk.books.matters(ids), desk.roster(), words.SAID["strike"]
        drafts = [
            c.strike(
                desk.actor, matters[id], desk.books.rolled(matters[id]), said["result"], roster
            )
            for id in ids
        ]
        heads = {one.header.subject: one.head for one in _write(desk, drafts)}
        repeated = [
            each
            for one in drafts
            for each in c.repeats(
                "duban.assignment.struck", heads[one.subject], one.data,
                desk.books.of_matter(one.subject), desk.actor.node,
            )
        ]  # fmt: skip
        _write(desk, repeated)

    def _one(self, desk: Desk, act: str, step: Step) -> None:
        operation, form = _command(act, step, self.ids)
        if operation.startswith("matter."):
            id = self.registry.matter(desk, step.no)
            if act == "merge":
                form = {
                    "into": self.registry.matter(desk, step.said),
                    "grounds": "事由相同,并案办理。",
                }
        else:
            unit = step.node if act == "split" else step.unit
            id = self.registry.unit(desk, step.no, self.ids[unit])
        made = OPERATIONS[operation](desk, id, form)
        if act == "split":
            for one in made["assignments"]:
                self.registry.put_unit(desk.place, step.no, one["assignee"], one["id"])
        elif act == "reassign":
            self.registry.put_unit(desk.place, step.no, self.ids[step.said], made["to"])


def _write(desk: Desk, drafts: Sequence[Draft]) -> list[Any]:
    ordered, written = sorted(drafts, key=lambda one: one.stream), list[Any]()
    for start in range(0, len(ordered), AT_ONCE):
        written += desk.write(ordered[start : start + AT_ONCE])
    return written


def _sittings(steps: Items, day: int) -> Iterator[tuple[int, str, list[Step]]]:
    """The minute, the role and the steps of each sitting, in order of time."""
    spread = crc32(f"{day} {steps[0].node}".encode()) % SPREAD
    starts = {"supervisor": OPENS + spread, "leader": NOON - 30, "head": NOON + spread}
    for role, mine in groupby(steps, key=lambda one: ACTS[one.act]):
        listed = list(mine)
        for number, start in enumerate(range(0, len(listed), TOGETHER)):
            minute = min(starts[role] + 2 * number, CLOSES)
            yield minute, role, listed[start : start + TOGETHER]


def _command(act: str, step: Step, ids: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The operation by its name, and its form, of what is given one by one."""
    name = act.removesuffix("-by-leader")
    forms: Mapping[str, Any] = {
        "split": lambda: {"lead": ids[step.unit]},
        "refuse": lambda: {"grounds": "不属本单位职责。", "proposed": ids[step.said]},
        "reassign": lambda: {"to": ids[step.said]},
        "extend": lambda: {"reason": "设备到货延迟,需延期完成。", "until": step.said},
        "plan": lambda: words.plan(step.said),
    }
    form = forms[name]() if name in forms else words.SAID.get(name, {})
    matter = name in ("pause", "resume", "cancel", "merge")
    renamed = {
        "extended": "grant-extension", "not-extended": "refuse-extension", "hang": "grant-plan",
    }  # fmt: skip
    return f"{'matter' if matter else 'assignment'}.{renamed.get(name, name)}", dict(form)


# what is decided one by one and written together: assignments that stand alone in their sitting


def _sign(_: Sitter, desk: Desk, state: Any, __: Step, ___: date) -> list[Draft]:
    return [c.sign(desk.actor, state, desk.roster())]


def _deploy(_: Sitter, desk: Desk, state: Any, step: Step, when: date) -> list[Draft]:
    return [c.deploy(desk.actor, state, words.deployment(step.no, when), desk.roster())]


def _report(_: Sitter, desk: Desk, state: Any, step: Step, when: date) -> list[Draft]:
    form = words.report(step.said, when)
    form, _warnings = entering.reported(desk.rules.ledger(state.board), state.ledger, form)
    return c.report(desk.actor, state, form, desk.roster())


def _clear(_: Sitter, desk: Desk, state: Any, __: Step, ___: date) -> list[Draft]:
    around = _around(desk, state)
    return [c.clear(desk.actor, state, words.SAID["clear"], around, desk.roster())]


def _grant(_: Sitter, desk: Desk, state: Any, step: Step, ___: date) -> list[Draft]:
    around = desk.roster(), _around(desk, state), desk.calendar
    return [c.grant(desk.actor, state, {"mark": step.said}, *around)]


def _around(desk: Desk, state: Any) -> list[Any]:
    others = desk.books.of_matter(state.matter) if state.matter else []
    return [*others, *desk.books.parts(state.id)]


MANY: Final[Mapping[str, Callable[[Sitter, Desk, Any, Step, date], list[Draft]]]] = {
    "sign": _sign,
    "deploy": _deploy,
    "report": _report,
    "clear": _clear,
    "grant": _grant,
}
