"""Random lawful lives of matters on the stage, and what must hold after each step.

A step is one that `allowed` offers some role at some node now, with a form that nothing is wrong
with but perhaps its dates. Everybody hears everything at once: what crosses is tried elsewhere.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from node.domain import commands as c
from node.domain.assignment import AssignmentState
from node.domain.calendar import DEFAULT_POLICY
from node.domain.clocks import last_due
from node.domain.commands import Actor, DomainRefused, Draft
from node.domain.facts import Fact
from node.domain.instants import local_date, order
from node.domain.machine import ENDED
from node.domain.matter import MatterState
from node.domain.permissions import allowed
from node.domain.picture import matter_state
from tests.node.domain.cast import BUREAU, CITY, COUNTY, OFFICE, ROOT, STRANGER, T0, TOWN, TREE, Pen
from tests.node.domain.commands.stage import (
    CALENDAR,
    DAILY,
    DEPLOY,
    DONE,
    VALUES,
    WHY,
    Stage,
    content_of,
)

UNITS: Final = (CITY, COUNTY, TOWN, BUREAU, OFFICE, STRANGER)
ROLES: Final = ("supervisor", "head", "supervisor", "head", "handler", "registrar", "leader")
RARE: Final = frozenset(
    ("cancel", "merge", "redate", "rule", "link", "list", "urge", "pause", "value",
     "reopen", "ask-pause", "strike", "return")
)  # fmt: skip
ANSWERS: Final = frozenset(
    ("reassign", "uphold", "pause", "resume", "grant-plan", "grant-extension", "refuse-extension")
)
MORE: Final = ("issue", "split", "add-cohandler")  # what makes more of them
MANY: Final = 5
GROUNDS: Final = {"grounds": "如此"}
ENDINGS: Final = ("CANCELLED", "MERGED")  # of a matter: a lead that was open has gone then
GONE: Final = ("RELIEVED", "CANCELLED")
RULINGS: Final = {
    "strike": "struck", "cancel": "cancelled", "pause": "paused", "resume": "resumed",
    "merge": "cancelled",
}  # fmt: skip
Made = Draft | list[Draft] | None
Act = Callable[["Life", Actor, Any, random.Random], Made]


class Life(Stage):
    """The stage with a clock, every object's state at hand, and the invariants watched."""

    def __init__(self) -> None:
        super().__init__()
        self.moment = datetime.fromisoformat(T0)
        self.tasks: dict[str, AssignmentState] = {}
        self.books: dict[str, MatterState] = {}
        self.given = Counter[str]()
        for grade, units in (("general", (CITY, BUREAU, STRANGER)), ("major", (CITY, COUNTY))):
            self.issue(self.register(grade=grade), *units)
        self.register()

    @property
    def now(self) -> str:
        """The business instant."""
        return f"{self.moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

    @property
    def clock(self) -> Any:
        """By which due instants are computed now."""
        return self.now, DEFAULT_POLICY, CALENDAR

    def held(self, matter: str = "") -> list[AssignmentState]:
        return [one for one in self.tasks.values() if not matter or one.matter == matter]

    def beside(self, state: AssignmentState) -> list[AssignmentState]:
        """What was given as parts of the same, or of the same matter."""
        return [one for one in self.held(state.matter) if one.parent == state.parent]

    def whole(self, state: AssignmentState) -> AssignmentState | None:
        """What it is a part of."""
        return self.tasks[state.parent] if state.parent else None

    def write(self, writer: str, *drafts: Draft, time: str = "") -> list[Fact]:
        """Append, fold what changed, and see what the new facts did to due instants."""
        made = super().write(writer, *drafts, time=self.now)
        self._within_whole(made)
        for subject in dict.fromkeys(fact.subject for fact in made):
            if subject.startswith("matter:"):
                self.books[subject] = self.matter(subject)
                continue
            before, after = self.tasks.get(subject), self.assignment(subject)
            self.tasks[subject] = after
            was = {one.kind: one.due for one in before.clocks} if before else {}
            due = {one.kind: one.due for one in after.clocks}
            assert was.keys() <= due.keys(), f"a clock of {subject} is gone"
            moved = {pair for pair in due.items() if was.get(pair[0]) != pair[1]}
            named = {pair for fact in made if fact.subject == subject for pair in _named(fact)}
            assert moved <= named, f"{moved - named} moved by none of {[f.type for f in made]}"
        return made

    def _within_whole(self, made: list[Fact]) -> None:
        for fact in made:
            whole = fact.type.endswith(".issued") and self.tasks.get(fact.datum("parent") or "")
            if whole:
                cap = last_due({one.kind: one.due for one in whole.clocks if one.open})
                for kind, due in fact.datum("due").items():
                    assert not cap or order(due) <= order(cap[0]), f"{kind} {due} past {cap[0]}"

    # steps

    def step(self, number: int) -> None:
        """One lawful command, of those that are offered to somebody."""
        chance = random.Random(number)
        self.moment += timedelta(hours=chance.choice((0, 0, 1, 5, 11, 30)))
        found = self._offer(chance)
        if found is None:
            return
        word, actor, state = found
        try:
            made = ACTS[word](self, actor, state, chance)
        except DomainRefused as refused:
            # a date may be wrong, a unit may have it already or not be below
            if refused.code in ("bad-input", "conflict", "wrong-node"):
                return
            raise AssertionError(f"{word} was offered to {actor.role}: {refused}") from refused
        if made is None:
            return
        self.given[word] += 1
        if word in RULINGS and isinstance(made, Draft):
            self.rule(made, RULINGS[word])
        else:
            ends = self.write(actor.node, *(made if isinstance(made, list) else [made]))
            self.spread(ends[:1] if word == "reassign" else [])
            if word == "reopen":
                after = self.tasks[state.id]
                self.write(actor.node, *c.rejoin(actor, after, self.beside(after), TREE))
        self.look()

    def _offer(self, chance: random.Random) -> tuple[str, Actor, Any] | None:
        """A command, who may give it, and on what. Mostly one that leads on."""
        rare = not chance.randrange(4)
        for _ in range(40):
            state: Any = chance.choice([*self.books.values(), *self.tasks.values()])
            actor, held = self._somebody(state, chance), self._around(state)
            told = allowed(actor, state, TREE, held, self.now, self._rolled_of(state))
            offers = [word for word in told if rare or word not in RARE]
            if chance.randrange(3) and len(self.tasks) > MANY:
                offers = [word for word in offers if word not in MORE]
            answers = [word for word in told if word in ANSWERS]
            if answers and chance.randrange(3):
                offers = answers
            if offers:
                return chance.choice(offers), actor, state
        return None

    def _rolled_of(self, state: MatterState | AssignmentState) -> str:
        return self.rolled(state.id if isinstance(state, MatterState) else state.matter)

    def _somebody(self, state: MatterState | AssignmentState, chance: random.Random) -> Actor:
        seats = [ROOT] if isinstance(state, MatterState) else [state.issuer, state.assignee]
        return Actor(chance.choice(seats), "u1", chance.choice(ROLES))

    def _around(self, state: MatterState | AssignmentState) -> list[AssignmentState]:
        return self.held(state.id if isinstance(state, MatterState) else state.matter)

    # what must hold

    def look(self) -> None:
        """One lead each, nothing running of what has ended."""
        for one in self.tasks.values():
            running = [clock.kind for clock in one.clocks if clock.open or clock.runs]
            assert one.state not in ENDED or not running, f"{one.id} {one.state} {running}"
            if one.kind == "co" and one.state not in ENDED:
                lead = self.tasks[(one.lead or {})["assignment"]]
                assert (lead.kind, lead.assignee) == ("lead", (one.lead or {})["node"])
                assert lead.state not in GONE, f"{one.id} is led by none"
                assert (lead.parent, lead.matter) == (one.parent, one.matter)
        for id in self.books:
            live = [one for one in self.held(id) if not one.part and one.state not in GONE]
            leads = [one.id for one in live if one.kind == "lead"]
            assert len(leads) == 1 or not live or self.books[id].state in ENDINGS, (
                f"{id} has leads {leads}"
            )
            if self.rolled(id) in ("CLOSED", "STRUCK", "CANCELLED", "MERGED"):
                still = [one.id for one in self.held(id) if any(k.open for k in one.clocks)]
                assert not still, f"{id} is {self.rolled(id)}, and {still} runs on"

    def rolled(self, matter: str) -> str:
        states = [(one.kind, one.state, one.part) for one in self.held(matter)]
        return matter_state(self.books[matter].state, states)


def _named(fact: Fact) -> set[tuple[str, str]]:
    """The due instants that a fact names, by clock."""
    due = fact.datum("due") or {}
    rows = fact.datum("milestones") or []
    return set(due.items()) | {(one["clock"], one["due"]) for one in rows if "clock" in one}


def _day(instant: str, later: int = 0) -> str:
    return str(date.fromisoformat(instant[:10]) + timedelta(later))


def _units(actor: Actor, chance: random.Random) -> list[str]:
    """One to three nodes below the actor's, or guided by it; else anybody, to be refused."""
    below = [one for one in UNITS if TREE.is_ancestor(actor.node, one)]
    below += [one for one in UNITS if TREE.guides(actor.node, one)]
    return chance.sample(below or [TOWN], min(len(below) or 1, chance.randrange(1, 4)))


def _issue(life: Life, actor: Actor, state: MatterState, chance: random.Random) -> Made:
    units = _units(actor, chance)
    nonces = life.nonce(len(units))
    return c.issue(actor, state, life.held(state.id), units, TREE, life.clock, nonces)


def _split(life: Life, actor: Actor, state: AssignmentState, chance: random.Random) -> Made:
    units = _units(actor, chance)
    nonces, content = life.nonce(len(units)), content_of(state)
    return c.split(actor, state, content, units, TREE, life.clock, nonces, life.held())


def _reassign(life: Life, actor: Actor, state: AssignmentState, chance: random.Random) -> Made:
    unit, content, held = _units(actor, chance)[0], content_of(state), life.beside(state)
    nonce, whole = life.nonce(1)[0], life.whole(state)
    return c.reassign(actor, state, content, unit, held, TREE, life.clock, nonce, whole)


def _add(life: Life, actor: Actor, state: AssignmentState, chance: random.Random) -> Made:
    units, content, held = _units(actor, chance), content_of(state), life.beside(state)
    nonces, whole = life.nonce(len(units)), life.whole(state)
    return c.add_cohandlers(actor, state, content, units, held, TREE, life.clock, nonces, whole)


def _report(life: Life, actor: Actor, state: AssignmentState, chance: random.Random) -> Made:
    open_ = [one.kind for one in state.clocks if one.family == "kp" and one.open]
    return c.report(actor, state, DONE | ({"milestone": open_[0]} if open_ else {}), TREE)


def _extend(life: Life, actor: Actor, state: AssignmentState, chance: random.Random) -> Made:
    until = _day(state.last_clocks()[-1].due, chance.randrange(1, 9))
    return c.extend(actor, state, WHY | {"until": until}, life.now, TREE)


def _plan(life: Life, actor: Actor, state: AssignmentState, chance: random.Random) -> Made:
    today = local_date(life.now)
    days = sorted(chance.sample(range(20), 2))
    rows = [{"name": f"第{n}天", "date": str(today + timedelta(n))} for n in days]
    return c.plan(actor, state, {"solution": "分步", "milestones": rows}, life.now, TREE)


def _rule(life: Life, actor: Actor, state: AssignmentState, chance: random.Random) -> Made:
    stopped = [one for one in state.clocks if one.stopped_at]
    if not stopped:
        return None
    clock = chance.choice(stopped)
    told = WHY | {"clock": clock.kind, "submitted": clock.stopped_at}
    return c.rule(actor, state, told, Pen().up("deployed"), TREE)


def _redate(life: Life, actor: Actor, state: AssignmentState, chance: random.Random) -> Made:
    running = [one for one in state.clocks if one.open]
    if not running:
        return None
    clock = chance.choice(running)
    due = _day(clock.due, chance.choice((-2, -1, 1, 2))) + clock.due[10:]
    told = WHY | {"calendar": "cn/2026.9"}
    return c.redate(actor, state, {clock.kind: due}, told, life.now, TREE)


def _other(life: Life, state: MatterState, chance: random.Random) -> str:
    return chance.choice([id for id in life.books if id != state.id])


def _pause(life: Life, actor: Actor, state: MatterState, chance: random.Random) -> Made:
    return c.pause(actor, state, life.held(state.id), "汛期", TREE, life.rolled(state.id))


ACTS: Final[Mapping[str, Act]] = {
    "issue": _issue,
    "split": _split,
    "reassign": _reassign,
    "add-cohandler": _add,
    "report": _report,
    "extend": _extend,
    "plan": _plan,
    "rule": _rule,
    "redate": _redate,
    "pause": _pause,
    "strike": lambda life, who, one, _: c.strike(who, one, life.rolled(one.id), "办结", TREE),
    "value": lambda life, who, one, _: c.value(who, one, DAILY, VALUES, TREE, life.rolled(one.id)),
    "cancel": lambda life, who, one, _: c.cancel(who, one, "重复", TREE, life.rolled(one.id)),
    "resume": lambda life, who, one, _: c.resume(who, one, life.now, TREE, life.rolled(one.id)),
    "merge": lambda life, who, one, chance: c.merge(
        who, one, GROUNDS | {"into": _other(life, one, chance)}, TREE, life.rolled(one.id)
    ),
    "link": lambda life, who, one, chance: c.link(
        who, one, {"to": _other(life, one, chance), "kind": "related"}, TREE
    ),
    "list": lambda life, who, one, _: c.put_on_list(who, one, GROUNDS, TREE, life.rolled(one.id)),
    "sign": lambda life, who, one, _: c.sign(who, one, TREE),
    "deploy": lambda life, who, one, _: c.deploy(who, one, DEPLOY, TREE),
    "clear": lambda life, who, one, _: c.clear(who, one, DONE, life.held(one.matter), TREE),
    "grant": lambda life, who, one, _: c.grant(
        who, one, {"mark": "good"}, TREE, life.held(one.matter), CALENDAR
    ),
    "return": lambda life, who, one, _: c.send_back(who, one, WHY, life.now, TREE, CALENDAR),
    "urge": lambda life, who, one, _: c.urge(who, one, "请抓紧", TREE, life.now),
    "refuse": lambda life, who, one, _: c.refuse(
        who, one, GROUNDS | {"proposed": "另一单位"}, life.now, TREE
    ),
    "uphold": lambda life, who, one, _: c.uphold(who, one, WHY, TREE),
    "grant-extension": lambda life, who, one, _: c.grant_extension(
        who, one, {}, TREE, life.whole(one)
    ),
    "refuse-extension": lambda life, who, one, _: c.refuse_extension(who, one, WHY, TREE),
    "grant-plan": lambda life, who, one, _: c.grant_plan(
        who, one, {}, life.now, TREE, life.whole(one)
    ),
    "refuse-plan": lambda life, who, one, _: c.refuse_plan(who, one, WHY, TREE),
    "restore": lambda life, who, one, _: c.restore(who, one, WHY, TREE),
    "reopen": lambda life, who, one, _: c.reopen(
        who, one, WHY, TREE, life.clock, life.whole(one), life.rolled(one.matter)
    ),
    "ask-pause": lambda life, who, one, _: c.ask_pause(who, one, GROUNDS, TREE),
    "refuse-pause": lambda life, who, one, _: c.refuse_pause(who, one, WHY, TREE),
}
