"""The rules of docs/spec/07-apply.md read once more, plainly and slowly, over sets of heads.

Shares with the product the reading of payloads and the two tables (authority, states), which have
tests of their own; order, waiting, states and crossings are its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from node.domain.authority import Parties, assignment_parties, judge
from node.domain.crossing import NEUTRAL
from node.domain.facts import Fact, Relations
from node.domain.fold import read
from node.domain.machine import ASSIGNMENT_MOVES, ASSIGNMENT_TRANSITIONS

ISSUED = "duban.assignment.issued"
Said = dict[str, str]


class Oracle:
    """What becomes of each fact about one assignment, by head; and the state that is left."""

    def __init__(self, facts: Iterable[Fact], relations: Relations):
        self.facts = {fact.head: fact for fact in facts}
        self.relations = relations
        self.verdicts: Said = {}
        self.parties = Parties(registrar="")
        for head, fact in self.facts.items():
            found = read(fact)
            if isinstance(found, str):
                self.verdicts[head] = found
            else:
                self.facts[head] = found
        self.past = self._pasts()
        self._wait()
        self._entitle()
        self.lively = {
            head
            for head in self.facts
            if head not in self.verdicts and self.facts[head].type in ASSIGNMENT_MOVES.rows
        }
        self._states: dict[frozenset[str], str | None] = {}
        self.counts: set[str] = set()
        self.state = self._settle()

    @property
    def consistent(self) -> bool:
        """Whether no writer's own places contradict what its hashes prove."""
        return not any(head in past for head, past in self.past.items())

    def _pasts(self) -> dict[str, set[str]]:
        past = {head: set(fact.re) & set(self.facts) for head, fact in self.facts.items()}
        for one in self.facts.values():
            for other in self.facts.values():
                earlier = one.writer == other.writer and other.place < one.place
                if earlier and not {one.type, other.type} & NEUTRAL:
                    past[one.head].add(other.head)
        grown = True
        while grown:
            grown = False
            for reached in past.values():
                more = set().union(*(past[head] for head in reached)) - reached
                grown = grown or bool(more)
                reached |= more
        return past

    def _wait(self) -> None:
        formed = [fact for head, fact in self.facts.items() if head not in self.verdicts]
        lacking = {fact.head for fact in formed if set(fact.re) - set(self.facts)}
        for fact in formed:
            if fact.head in lacking or self.past[fact.head] & lacking:
                self.verdicts[fact.head] = "waiting"

    def _entitle(self) -> None:
        issues = [f for f in self.facts.values() if f.type == ISSUED]
        right = [
            issue
            for issue in issues
            if issue.head not in self.verdicts
            and judge(issue, assignment_parties(issue), self.relations)
        ]
        if right:
            self.parties = assignment_parties(min(right, key=lambda issue: issue.place))
            self._newcomers()
        owned = any(issue.writer == issue.subject.split(":")[1] for issue in issues)
        for head, fact in self.facts.items():
            if head in self.verdicts:
                continue
            mine = assignment_parties(fact) if fact.type == ISSUED else self.parties
            if fact.type != ISSUED and not owned:
                self.verdicts[head] = "waiting"
            elif not judge(fact, mine, self.relations):
                self.verdicts[head] = "no-authority"

    def _newcomers(self) -> None:
        """Whoever a `regrouped` of the issuer's names may copy to the lead as well."""
        names = list(self.parties.cohandlers)
        for head, fact in self.facts.items():
            right = (
                fact.writer == self.parties.issuer and fact.stream == f"to/{self.parties.assignee}"
            )
            if head not in self.verdicts and fact.type.endswith(".regrouped") and right:
                names += fact.datum("cohandlers", ())
        self.parties = replace(self.parties, cohandlers=tuple(names))

    def _settle(self) -> str | None:
        said = set()
        for head in self._sorted(self.lively):
            fact = self.facts[head]
            repeats = fact.datum("repeats")
            if fact.type.endswith(".ruled") and fact.datum("by") is None:
                repeats = fact.datum("of")
            echo = (fact.writer, fact.type, fact.re, fact.stream, repeats)
            if repeats and echo in said:
                self.verdicts[head] = "applied"
            elif self._after(self._state(self.past[head] & self.lively), fact):
                self.counts.add(head)
                said.add(echo)
            else:
                self.verdicts[head] = "wrong-state"
        standing = self._standing(self.lively)
        for head in self.counts:
            self.verdicts[head] = "applied" if head in standing else "void"
        for head in self.facts:
            self.verdicts.setdefault(head, "applied")
        return self._state(self.lively)

    def _sorted(self, heads: Iterable[str]) -> list[str]:
        return sorted(heads, key=lambda head: (len(self.past[head]), head))

    def _after(self, state: str | None, fact: Fact) -> str | None:
        return ASSIGNMENT_MOVES.after(state, fact.type)

    def _rank(self, head: str) -> int:
        fact = self.facts[head]
        if fact.datum("repeats"):
            return 3
        return 2 if fact.writer == self.parties.issuer else 1

    def _standing(self, heads: set[str]) -> set[str]:
        kept: set[str] = set()
        for head in sorted(heads & self.counts, key=self._rank, reverse=True):
            if not any(self._beats(other, head) for other in kept):
                kept.add(head)
        return kept

    def _beats(self, one: str, other: str) -> bool:
        met = one in self.past[other] or other in self.past[one]
        return not met and self._rank(one) > self._rank(other) and not self._room(one, other)

    def _room(self, winner: str, loser: str) -> bool:
        """What keeps every state voids nothing; and stands where the winner leads, if it may."""
        strong, weak = self.facts[winner].type, self.facts[loser].type
        if self._keeps(strong):
            return True
        goals = {to for (one, _), to in ASSIGNMENT_MOVES.steps.items() if one == strong}
        return self._keeps(weak) and all((weak, goal) in ASSIGNMENT_MOVES.steps for goal in goals)

    @staticmethod
    def _keeps(type: str) -> bool:
        ends = any(row.ends for row in ASSIGNMENT_TRANSITIONS if row.event == type)
        steps = [(at, to) for (one, at), to in ASSIGNMENT_MOVES.steps.items() if one == type]
        return not ends and all(at == to for at, to in steps)

    def _state(self, heads: set[str]) -> str | None:
        key = frozenset(heads & self.counts)
        if key not in self._states:
            state: str | None = None
            for head in self._sorted(self._standing(heads)):
                state = self._after(state, self.facts[head]) or state
            self._states[key] = state
        return self._states[key]
