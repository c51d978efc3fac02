"""Random lawful steps in the small federation, and what must hold of every book after each.

A step is one that `may` offers some role at a node, with a form that nothing is wrong with; so a
refusal for role, node or state is a fault, too.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from node.domain.assignment import AssignmentState
from node.domain.clocks import last_due
from node.domain.commands import Actor, DomainRefused
from node.domain.instants import local_date, order
from node.domain.machine import ENDED
from node.domain.permissions import COMMANDS
from node.readmodel import queries
from node.readmodel.books import Books
from node.readmodel.scope import BUSINESS
from node.service import may, work
from node.service.picture import picture
from node.storage.store import SqlStore
from schemas.header import parse_payload
from sync.event import Event
from tests.node.domain.commands.stage import DEPLOY, DONE, FORM, VALUES
from tests.node.settling import PARENTS, World

WHY: Final = {"reason": "如此"}
GROUNDS: Final = {"grounds": "如此"}
FIXED: Final[Mapping[str, Mapping[str, Any]]] = {
    "sign": {}, "deploy": DEPLOY, "clear": DONE, "grant": {"mark": "good"}, "return": WHY,
    "urge": {"text": "请抓紧"}, "uphold": WHY, "grant-extension": {}, "refuse-extension": WHY,
    "grant-plan": {}, "refuse-plan": WHY, "restore": WHY, "reopen": WHY, "ask-pause": GROUNDS,
    "refuse-pause": WHY, "strike": {"result": "办结"}, "cancel": GROUNDS, "pause": GROUNDS,
    "resume": {}, "list": GROUNDS, "value": VALUES,
}  # fmt: skip
RARE: Final = (
    "cancel",
    "merge",
    "redate",
    "ask-pause",
    "refuse",
    "rule",
    "link",
    "list",
    "urge",
    "value",
)
ROLES: Final = (*BUSINESS, "supervisor", "head", "supervisor", "head")
MORE: Final = ("register", "issue", "split", "add-cohandler", "plan", "extend")
MATTERS: Final = 4
Due = dict[str, str]


class Living:
    """A world whose steps are watched."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.given = Counter[str]()
        self._seen: dict[tuple[str, str], Due] = {}  # (name, assignment) -> due by clock
        self._upto: dict[str, int] = {}
        for name in world.places:
            self.look(name)

    # steps

    def step(self, name: str, number: int) -> None:
        """One of the commands that may be given at a node now."""
        chance = random.Random(number)
        for role in chance.sample(ROLES, len(ROLES)):
            told = self.offers(name, role)
            less = RARE if chance.randrange(4) else ()
            less = (*less, *MORE) if chance.randrange(4) else less
            offers = {word: ids for word, ids in told.items() if word not in less}
            if offers:
                break
        else:
            return
        word = chance.choice(sorted(offers))
        id = chance.choice(offers[word])
        form = self.form(name, word, id, chance)
        if form is None:
            return
        kind = COMMANDS[word].on if word != "register" else "matter"
        before = self.dues(name)
        at = self.world.read(name, _last)
        actor = Actor(self.world.node(name), "u", role)
        host, place = self.world.hosts[name], self.world.places[name]
        try:
            work.run(host, place, actor, f"{kind}.{word}", id, form)
        except DomainRefused as refused:
            # a date may be wrong, a unit may have it already
            if refused.code in ("bad-input", "conflict"):
                return
            raise AssertionError(f"{word} was offered to {role}: {refused}") from refused
        self.given[word] += 1
        self.parts_within_their_whole(name, at, before)

    def offers(self, name: str, role: str) -> dict[str, list[str]]:
        """By command: the objects for which `may` offers it to a role."""
        host, place = self.world.hosts[name], self.world.places[name]
        actor = Actor(self.world.node(name), "u", role)
        found: dict[str, list[str]] = {}
        matters, tasks = self.world.read(name, _ids)
        if name in ("province", "city") and role == "supervisor" and len(matters) < MATTERS:
            found["register"] = [""]
        for ids, ask in ((matters, may.on_matter), (tasks, may.on_assignment)):
            for id in ids:
                for word in ask(host, place, actor, id):
                    found.setdefault(word, []).append(id)
        return found

    def form(self, name: str, word: str, id: str, chance: random.Random) -> Any:
        """A form that nothing is wrong with, but perhaps its dates; None: there is none."""
        if word in FIXED:
            return FIXED[word]
        if word == "register":
            return FORM | {"grade": chance.choice(("general", "general", "major"))}
        if COMMANDS[word].on == "matter":
            return self._on_matter(name, word, id, chance)
        task = self.books(name)[id]
        if word in ("split", "reassign", "add-cohandler"):
            return self._units(name, word, chance)
        return _said(word, task, local_date(self.world.clock().business), chance)

    def _on_matter(self, name: str, word: str, id: str, chance: random.Random) -> Any:
        if word == "issue":
            lead, *others = self._below(name, chance)
            return {"lead": lead, "cohandlers": others}
        others = [
            one["id"]
            for one in self.rows(name)[1]
            if one["id"] != id and one["state"] in ("APPROVED", "OPEN", "CLOSED")
        ]
        if not others:
            return None
        other = chance.choice(others)
        said = {"into": other} | GROUNDS
        return said if word == "merge" else {"to": other, "kind": "related"}

    def _units(self, name: str, word: str, chance: random.Random) -> dict[str, Any] | None:
        units = self._below(name, chance)
        if not units:
            return None
        if word == "reassign":
            return {"to": units[0]}
        return {"cohandlers": units} | ({"lead": units.pop(0)} if word == "split" else {})

    def _below(self, name: str, chance: random.Random) -> list[str]:
        """One to three nodes below a node, some; none where there is none."""
        me = self.world.node(name)
        below = self.world.read(
            name, lambda store: [one for one in store.roster() if one != me
                                 and store.roster().in_subtree(me, one)]
        )  # fmt: skip
        return chance.sample(sorted(below), min(len(below), chance.randrange(1, 4)))

    def spread(self) -> None:
        """Let everybody hear what was said: up to the root, and down again."""
        links = [(name, above) for name, above in PARENTS.items() if above is not None]
        for link in (*reversed(links), *links):
            assert self.world.talk(*link) is None

    # what is held

    def books(self, name: str) -> dict[str, AssignmentState]:
        """Every assignment held at a node."""

        def look(store: SqlStore) -> dict[str, AssignmentState]:
            books = Books(store.connection, store.tenant, store.node, store.domain)
            held = {id: books.assignment(id) for id in _ids(store)[1]}
            return {id: one for id, one in held.items() if one is not None}

        found: dict[str, AssignmentState] = self.world.read(name, look)
        return found

    def dues(self, name: str) -> dict[str, str | None]:
        """Of each assignment held: when its last clock that runs is due; None: none runs."""
        found = {}
        for id, one in self.books(name).items():
            cap = last_due({clock.kind: clock.due for clock in one.clocks if clock.open})
            found[id] = cap[0] if cap else None
        return found

    # what must hold

    def look(self, name: str) -> None:
        """Whatever was done or heard: the invariants of one node's books."""
        held = self.books(name)
        news = self.world.read(name, lambda store: store.since(self._upto.get(name, 0), 10**6))
        told: dict[str, set[tuple[str, str]]] = {}
        for at, event in news:
            self._upto[name] = at
            told.setdefault(event.header.subject, set()).update(_named(event))
        for id, one in held.items():
            due = {clock.kind: clock.due for clock in one.clocks}
            before = self._seen.get((name, id), {})
            assert before.keys() <= due.keys(), f"{name}: a clock of {id} is gone"
            moved = {pair for pair in due.items() if before.get(pair[0]) != pair[1]}
            assert moved <= told.get(id, set()), f"{name}: {moved} of {id} moved by no event"
            self._seen[name, id] = due
            running = [clock.kind for clock in one.clocks if clock.open or clock.runs]
            assert one.state not in ENDED or not running, f"{name}: {id} {one.state} {running}"
        self.one_lead(name, held)

    def one_lead(self, name: str, held: Mapping[str, AssignmentState]) -> None:
        """What a node has issued is led by exactly one unit, and its co-handlers know which."""
        me = self.world.node(name)
        mine = [one for one in held.values() if one.issuer == me]
        by_matter: dict[str, list[AssignmentState]] = {}
        for one in mine:
            if not one.part:
                by_matter.setdefault(one.matter, []).append(one)
            if one.kind == "co" and one.state not in ENDED:
                lead = held[(one.lead or {})["assignment"]]
                assert (lead.kind, lead.assignee) == ("lead", (one.lead or {})["node"])
                assert lead.state not in ("RELIEVED", "CANCELLED"), (
                    f"{name}: {one.id} is led by none"
                )
                assert (lead.parent, lead.matter) == (one.parent, one.matter)
        ended = {one["id"] for one in self.rows(name)[1] if one["state"] in ("CANCELLED", "MERGED")}
        for matter, given in by_matter.items():
            if matter in ended:  # a lead that was open has gone then, a closed co-handler stays
                continue
            live = [one for one in given if one.state not in ("RELIEVED", "CANCELLED")]
            leads = [one.id for one in live if one.kind == "lead"]
            assert len(leads) == 1 or not live, f"{name}: {matter} has leads {leads}"

    def parts_within_their_whole(
        self, name: str, at: int, before: Mapping[str, str | None]
    ) -> None:
        """What was issued since `at` is due no later than its whole was."""
        for _, event in self.world.read(name, lambda store: store.since(at, 10**6)):
            if event.header.type != "duban.assignment.issued" or event.payload_line is None:
                continue
            said = parse_payload(event.payload_line)
            cap = before.get(said["parent"]) if said["parent"] else None
            for kind, due in said["due"].items():
                assert cap is None or order(due) <= order(cap), f"{name}: {kind} {due} past {cap}"

    def totals(self, name: str) -> None:
        """Every total is the sum of the rows behind it."""
        told = picture(self.world.hosts[name], self.world.places[name])
        rows, matters = self.rows(name)
        assert told["matters"] == sum(told["states"].values()) == len(matters)
        states = Counter(one["state"] for one in matters)
        assert told["states"] == dict(states)
        assert told["assignments"] == len(rows)
        for unit in told["units"]:
            mine = [one for one in rows if one["assignee"] == unit["unit"]]
            assert unit["assignments"] == len(mine)
            assert unit["cleared"] == sum(one["state"] == "CLOSED" for one in mine)
            assert unit["open"] == sum(one["state"] not in ENDED for one in mine)
            for light in queries.LIGHTS:
                assert unit[light] == sum(one["light"] == light for one in mine)
        assert {one["unit"] for one in told["units"]} == {one["assignee"] for one in rows}
        lights: Counter[str] = Counter()
        for counts in told["lights"].values():
            lights.update(counts)
        assert lights == Counter(one["light"] for one in matters if one["light"])

    def rows(self, name: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The rows of a node's lists: assignments, matters."""
        host, place = self.world.hosts[name], self.world.places[name]
        asked = (place.tenant.id, place.domain, host.now().business)
        with host.database.read() as connection:
            tasks = queries.list_assignments(connection, *asked, limit=queries.MOST)
            return tasks, queries.list_matters(connection, *asked, limit=queries.MOST)

    def levels(self) -> None:
        """Once all is told: whoever stands above counts the same of those below."""
        counted = {name: self._units_of(name) for name in self.world.places}
        for name, mine in counted.items():
            me = self.world.node(name)
            below = set(self.world.read(
                name, lambda store, me=me: [
                    one for one in store.roster() if store.roster().in_subtree(me, one)]
            ))  # fmt: skip
            for upper, theirs in counted.items():
                roster = self.world.read(upper, lambda store, me=me: (
                    store.roster().is_ancestor(store.node, me)))  # fmt: skip
                if roster:
                    seen = {unit: row for unit, row in theirs.items() if unit in below}
                    assert seen == {unit: row for unit, row in mine.items() if unit in below}, (
                        f"{upper} counts otherwise than {name}"
                    )

    def _units_of(self, name: str) -> dict[str, dict[str, Any]]:
        told = picture(self.world.hosts[name], self.world.places[name])["units"]
        counts = ("assignments", "open", "cleared", *queries.LIGHTS)
        return {one["unit"]: {count: one[count] for count in counts} for one in told}


def _said(word: str, task: AssignmentState, today: date, chance: random.Random) -> Any:
    """What hangs on the assignment's own clocks."""
    running = [one for one in task.clocks if one.open]
    if word == "report":
        open_ = [one.kind for one in running if one.family == "kp"]
        return DONE | ({"milestone": open_[0]} if open_ else {})
    if word == "refuse":
        return GROUNDS | {"proposed": "另一单位"}
    if word == "extend":
        return WHY | {"until": _day(task.last_clocks()[-1].due, chance.randrange(1, 9))}
    if word == "plan":
        days = sorted(chance.sample(range(20), 2))
        rows = [{"name": f"第{n}天", "date": str(today + timedelta(n))} for n in days]
        return {"solution": "分步", "milestones": rows}
    if word == "rule":
        stopped = [one for one in task.clocks if one.stopped_at]
        one = chance.choice(stopped) if stopped else None
        return one and WHY | {"clock": one.kind, "submitted": one.stopped_at}
    if word == "redate":
        one = chance.choice(running) if running else None
        due = one and {one.kind: _day(one.due, chance.choice((-2, -1, 1, 2, 3))) + one.due[10:]}
        return due and WHY | {"calendar": "cn/2026.9", "due": due}
    raise AssertionError(f"no form for {word}")


def _ids(store: SqlStore) -> tuple[list[str], list[str]]:
    """The ids of matters and assignments in the read models."""
    asked = (store.connection, store.tenant, store.domain, "")
    matters = queries.list_matters(*asked, limit=queries.MOST)
    tasks = queries.list_assignments(*asked, limit=queries.MOST)
    return [one["id"] for one in matters], [one["id"] for one in tasks]


def _last(store: SqlStore) -> int:
    found = list(store.since(0, 10**6))
    return found[-1][0] if found else 0


def _named(event: Event) -> set[tuple[str, str]]:
    """The due instants that an event names, by clock."""
    said = parse_payload(event.payload_line) if event.payload_line is not None else {}
    due = said.get("due")
    rows = said.get("milestones") or []
    named = {(one["clock"], one["due"]) for one in rows if "clock" in one}
    return named | (set(due.items()) if isinstance(due, dict) else set())


def _day(instant: str, later: int = 0) -> str:
    return str(date.fromisoformat(instant[:10]) + timedelta(later))
