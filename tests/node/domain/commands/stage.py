"""Where commands are tried: drafts become facts that everybody hears at once, folded anew."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from node.domain import commands as c
from node.domain.assignment import AssignmentState, fold_assignment
from node.domain.calendar import DEFAULT_POLICY, Calendar, Policy
from node.domain.clocks import submit
from node.domain.commands import Actor, Draft
from node.domain.facts import APPLIED, Fact
from node.domain.fold import fold
from node.domain.ledgers import DEFAULTS
from node.domain.matter import KIND as MATTER_KIND
from node.domain.matter import MatterState
from node.domain.permissions import COMMANDS
from node.domain.picture import matter_state
from tests.node.domain.cast import BUREAU, CITY, COUNTY, EPOCH, ROOT, T0, TASK, TREE, Pen

CALENDAR = Calendar("cn/2026.1", date(2026, 12, 31))
CLOCK: tuple[str, Policy, Calendar] = (T0, DEFAULT_POLICY, CALENDAR)
FORM: dict[str, Any] = {
    "title": "打通示例路断头段",
    "board": "daily",
    "grade": "general",
    "content": "示例路东段300米未贯通。",
    "source": "主任信箱",
    "basis": "示例会议纪要",
    "weight": "群众反映强烈",
    "indicators": [{"name": "贯通里程", "unit": "米", "target": "300"}],
    "responsible": "张三",
    "head": "李四",
    "contact": {"name": "王五", "phone": "0351-0000000"},
}
DEPLOY: dict[str, Any] = {
    "leader": "张三",
    "responsible": "李四",
    "contact": {"name": "王五", "phone": "0351-0000000"},
    "measures": "逐项落实",
}
DONE: dict[str, Any] = {"text": "通车", "indicators": [{"name": "贯通里程", "value": "300"}]}
PLAN: dict[str, Any] = {
    "solution": "分两步",
    "milestones": [{"name": "立项", "date": "2026-12-20"}, {"name": "完工", "date": "2027-02-28"}],
}
DAILY = DEFAULTS["daily"]
VALUES: dict[str, Any] = {"ledger": {"people": "1200"}}
HEAD = "0123456789abcdef" * 4
OTHER_MATTER = f"matter:{ROOT}:00000099"
NO = "示督〔2026〕1号"


def at(node: str, role: str = "supervisor") -> Actor:
    """Somebody at a node."""
    return Actor(node, "u1", role)


# What the book must show beside the state for a command to be timely.
READY: Mapping[str, Mapping[str, Any]] = {
    "grant-extension": {"extension": {"reason": "雨", "until": "2026-12-05", "at": T0}},
    "refuse-extension": {"extension": {"reason": "雨", "until": "2026-12-05", "at": T0}},
    "grant-plan": {"plan": {"solution": "分步", "milestones": PLAN["milestones"], "at": T0}},
    "refuse-plan": {"plan": {"solution": "分步", "milestones": PLAN["milestones"], "at": T0}},
    "refuse-pause": {"pause_asked": {"grounds": "汛期", "at": T0, "head": HEAD}},
}


def given(state: str = "ISSUED", **change: Any) -> AssignmentState:
    """TASK, given by ROOT to CITY, put into a state."""
    found = fold_assignment([Pen().issue(TASK, ROOT, CITY)], TREE).state
    assert found is not None
    found.state, found.applied_at = state, "2026-11-30T01:00:00Z"
    submit(found.clocks[0], T0)
    if state == "CLOSE_REQ":
        submit(found.clocks[2], found.applied_at)
    for name, value in change.items():
        setattr(found, name, value)
    return found


def registered(state: str = "APPROVED") -> MatterState:
    """A matter of ROOT's, put into a state."""
    stage = Stage()
    found = stage.matter(stage.register())
    found.state = state
    return found


WHY = {"reason": "如此"}
LIVE = ("OPEN", "CLOSED")  # the states that a matter has from its assignments
# Each command on an assignment, with a form that nothing is wrong with.
ACTS: Mapping[str, Callable[[Actor, AssignmentState], Any]] = {
    "sign": lambda who, state: c.sign(who, state, TREE),
    "deploy": lambda who, state: c.deploy(who, state, DEPLOY, TREE),
    "split": lambda who, state: c.split(
        who, state, content_of(state), [COUNTY], TREE, CLOCK, ["p0000001"]
    ),
    "report": lambda who, state: c.report(who, state, DONE, TREE),
    "clear": lambda who, state: c.clear(who, state, DONE, [], TREE),
    "grant": lambda who, state: c.grant(who, state, {"mark": "good"}, TREE),
    "return": lambda who, state: c.send_back(who, state, {"reason": "标线未划"}, T0, TREE),
    "urge": lambda who, state: c.urge(who, state, "请抓紧", TREE),
    "refuse": lambda who, state: c.refuse(
        who, state, {"grounds": "不属职责", "proposed": "市交通局"}, T0, TREE
    ),
    "reassign": lambda who, state: c.reassign(
        who, state, content_of(state), BUREAU, [], TREE, CLOCK, "r0000001"
    ),
    "add-cohandler": lambda who, state: c.add_cohandlers(
        who, state, content_of(state), [BUREAU], [], TREE, CLOCK, ["a0000001"]
    ),
    "uphold": lambda who, state: c.uphold(who, state, WHY, TREE),
    "extend": lambda who, state: c.extend(
        who, state, {"reason": "雨", "until": "2026-12-05"}, T0, TREE
    ),
    "grant-extension": lambda who, state: c.grant_extension(who, state, {}, TREE),
    "refuse-extension": lambda who, state: c.refuse_extension(who, state, WHY, TREE),
    "plan": lambda who, state: c.plan(who, state, PLAN, T0, TREE),
    "grant-plan": lambda who, state: c.grant_plan(who, state, {}, T0, TREE),
    "refuse-plan": lambda who, state: c.refuse_plan(who, state, WHY, TREE),
    "restore": lambda who, state: c.restore(who, state, WHY, TREE),
    "reopen": lambda who, state: c.reopen(who, state, WHY, TREE, CLOCK),
    "ask-pause": lambda who, state: c.ask_pause(who, state, {"grounds": "汛期"}, TREE),
    "refuse-pause": lambda who, state: c.refuse_pause(who, state, WHY, TREE),
    "rule": lambda who, state: c.rule(
        who, state, {"clock": "k1", "submitted": T0, **WHY}, Pen().up("deployed"), TREE
    ),
    "redate": lambda who, state: c.redate(
        who, state, {"k3": "2026-11-28T16:00:00Z"}, {"calendar": "cn/2026.2", **WHY}, T0, TREE
    ),
}


# Each command on a matter of ROOT's, with a form that nothing is wrong with; the last argument is
# its state with its assignments counted in.
ON_MATTER: Mapping[str, Callable[[Actor, MatterState, str], Any]] = {
    "issue": lambda who, state, rolled: c.issue(
        who, state, holding(rolled), [CITY], TREE, CLOCK, ["i0000001"]
    ),
    "value": lambda who, state, rolled: c.value(who, state, DAILY, VALUES, TREE, rolled),
    "strike": lambda who, state, rolled: c.strike(who, state, rolled, "办结", TREE),
    "cancel": lambda who, state, rolled: c.cancel(who, state, "重复", TREE, rolled),
    "pause": lambda who, state, rolled: c.pause(
        who, state, [given("DOING", **READY["refuse-pause"])], "汛期", TREE, rolled
    ),
    "resume": lambda who, state, rolled: c.resume(who, state, T0, TREE, rolled),
    "merge": lambda who, state, rolled: c.merge(
        who, state, {"into": OTHER_MATTER, "grounds": "同一事项"}, TREE, rolled
    ),
    "link": lambda who, state, rolled: c.link(
        who, state, {"to": OTHER_MATTER, "kind": "related"}, TREE
    ),
    "list": lambda who, state, rolled: c.put_on_list(
        who, state, {"grounds": "久拖不决"}, TREE, rolled
    ),
}


def holding(rolled: str) -> list[AssignmentState]:
    """The assignments by which a matter is in that state."""
    return [given("CLOSED" if rolled == "CLOSED" else "DOING")] if rolled in LIVE else []


def content_of(state: AssignmentState) -> dict[str, Any]:
    """What the whole says, for its parts to say the same."""
    names = ("content", "indicators")
    told = {name: FORM[name] for name in names}
    return told | {
        "matter": state.matter,
        "no": state.no,
        "title": state.title,
        "board": state.board,
        "grade": state.grade,
    }


class Stage:
    """All that was written, by object; whoever asks knows all of it."""

    def __init__(self) -> None:
        self.facts: dict[str, list[Fact]] = {}
        self.seqs: Counter[tuple[str, str]] = Counter()
        self.nonces = iter(f"n{number:07}" for number in range(1, 1000))

    def nonce(self, count: int) -> list[str]:
        return [next(self.nonces) for _ in range(count)]

    def write(self, writer: str, *drafts: Draft, time: str = T0) -> list[Fact]:
        """Append drafts to the writer's streams."""
        made = [self._fact(writer, draft, time) for draft in drafts]
        for fact in made:
            self.facts.setdefault(fact.subject, []).append(fact)
        return made

    def _fact(self, writer: str, draft: Draft, time: str) -> Fact:
        self.seqs[(writer, draft.stream)] += 1
        seq = self.seqs[(writer, draft.stream)]
        told = json.dumps([writer, draft.type, draft.subject, draft.stream, seq, draft.data])
        head = sha256(told.encode()).hexdigest()
        return Fact(
            head, draft.type, writer, draft.subject, draft.stream, EPOCH, seq, time, draft.re,
            draft.data,
        )  # fmt: skip

    def assignment(self, id: str) -> AssignmentState:
        """Folded; and nothing that was written is without effect."""
        found = fold_assignment(self.facts[id], TREE)
        assert found.state is not None
        assert set(found.verdicts.values()) == {APPLIED}
        return found.state

    def matter(self, id: str) -> MatterState:
        """The same of a matter."""
        found = fold(MATTER_KIND, self.facts[id], TREE)
        assert found.state is not None
        assert set(found.verdicts.values()) == {APPLIED}
        return found.state

    def held(self, matter: str = "") -> list[AssignmentState]:
        """Every assignment (of one matter)."""
        ids = [id for id in self.facts if id.startswith("assignment:")]
        states = [self.assignment(id) for id in ids]
        return [one for one in states if not matter or one.matter == matter]

    def rolled(self, matter: str) -> str:
        """A matter's state, its assignments counted in."""
        own = self.matter(matter).state
        return matter_state(own, [(one.kind, one.state, one.part) for one in self.held(matter)])

    def register(self, node: str = ROOT, **change: Any) -> str:
        """A matter; its id."""
        draft = c.register(at(node), {**FORM, **change}, NO, self.nonce(1)[0], TREE)
        return self.write(node, draft)[0].subject

    def issue(self, matter: str, *units: str, node: str = ROOT) -> list[str]:
        """Assignments of a matter; their ids."""
        drafts = c.issue(
            at(node), self.matter(matter), self.held(matter), units, TREE, CLOCK,
            self.nonce(len(units)),
        )  # fmt: skip
        return [fact.subject for fact in self.write(node, *drafts)]

    def split(self, whole: str, *units: str) -> list[str]:
        """Parts of an assignment; their ids."""
        state = self.assignment(whole)
        drafts = c.split(
            at(state.assignee), state, content_of(state), units, TREE, CLOCK,
            self.nonce(len(units)), self.held(),
        )  # fmt: skip
        return [fact.subject for fact in self.write(state.assignee, *drafts)]

    def act(self, word: str, id: str) -> AssignmentState:
        """One step by whoever may take it; the state after it."""
        state = self.assignment(id)
        node = state.issuer if COMMANDS[word].party == "issuer" else state.assignee
        role = "supervisor" if node == state.issuer else "head"
        if word == "clear":
            drafts: Any = c.clear(at(node, role), state, DONE, self.held(), TREE)
        elif word == "grant":
            drafts = c.grant(at(node, role), state, {"mark": "good"}, TREE, self.held())
        else:
            drafts = ACTS[word](at(node, role), state)
        self.write(node, *(drafts if isinstance(drafts, list) else [drafts]))
        return self.assignment(id)

    def until_doing(self, id: str) -> None:
        """Signed for, deployed, reported on."""
        for word in ("sign", "deploy", "report"):
            self.act(word, id)

    def rule(self, draft: Draft, word: str, time: str = T0) -> None:
        """The registrar's ruling, its repetitions, and what each assignee's node repeats."""
        head = self.write(ROOT, draft, time=time)[0].head
        told = c.repeats(
            f"duban.assignment.{word}", head, draft.data, self.held(draft.subject), ROOT
        )
        self.spread(self.write(ROOT, *told, time=time), time)

    def spread(self, told: list[Fact], time: str = T0) -> None:
        """What each assignee's node repeats of these rulings, and so on down."""
        while told:
            ruling = told.pop()
            state = self.assignment(ruling.subject)
            told += self.write(state.assignee, *c.react(state, ruling, self.held()), time=time)
