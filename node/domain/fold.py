"""From the set of facts about one object to its state: the same for every order of arrival.

Decides what each fact is: applied, void, waiting or quarantined; and runs those that count through
the object's table. `start` and `extend` are the short ways, for a fact that makes an object and for
one that builds upon all that is known; they give what the whole fold would give, or nothing. Never
knows what an object is for (assignment.py, matter.py). Follows docs/spec/07-apply.md, "Judging one
event" to "Crossing".
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

import msgspec

from federation.ids import owner_of
from node.domain.authority import AUTHORITY, Parties, Row, judge
from node.domain.course import Course, repetition
from node.domain.crossing import CROSSING, NEUTRAL
from node.domain.facts import APPLIED, VOID, WAITING, Fact, Place, Relations, Verdict, quarantined
from node.domain.machine import Moves
from node.domain.ordering import arrange, waiting
from schemas.events import BadPayload, decode_data, known, understood


class Book(msgspec.Struct, kw_only=True):
    """What every object's state has."""

    id: str
    state: str
    frontier: dict[str, str]  # writer -> head of its latest applied fact that changed the state
    places: dict[str, Place]  # writer -> place of its latest fact held, whatever became of it
    irregular: int = 0  # facts held that are not applied

    def twin(self) -> Self:
        """A copy that can be changed without changing this one."""
        found = copy.copy(self)
        found.frontier = dict(self.frontier)
        found.places = dict(self.places)
        return found


S = TypeVar("S", bound=Book)


@dataclass(frozen=True, slots=True)
class Folded(Generic[S]):
    """The state (None: not made yet), and per head what became of each fact handed in."""

    state: S | None
    verdicts: Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class Kind(Generic[S]):
    """What the fold must be told about a kind of object."""

    made_by: str  # the type of the fact that makes one
    moves: Moves
    parties: Callable[[Fact], Parties]  # of the fact that made it
    known_parties: Callable[[S], Parties]  # the same, of a state
    begin: Callable[[Fact], S]
    apply: Callable[[S, Fact], None]  # the effects of a fact beside state and frontier
    note: Callable[[S, Fact], None]  # those of a neutral one: the same in any order
    widen: Callable[[Parties, Iterable[Fact]], Parties]  # parties that later facts name


def fold(
    kind: Kind[S],
    facts: Iterable[Fact],
    relations: Relations,
    table: tuple[Row, ...] = AUTHORITY,
    foreign: Collection[str] = (),
    disputed: Collection[str] = (),
) -> Folded[S]:
    """Judge a set of facts about one object.

    `foreign`: heads known to be about other objects, which no fact may name in `re`; `disputed`:
    heads of facts that lie past a suspension or a cut.
    """
    run = _Fold(kind, {fact.head: fact for fact in facts}, relations, table)
    run.form(foreign)
    run.wait()
    run.dispute(disputed)
    state = run.settle() if run.entitled() else None
    if state is not None:
        state.places = _places(run.facts.values())
        state.irregular = sum(one is not APPLIED for one in run.verdicts.values())
    return Folded(state, run.verdicts)


def read(fact: Fact) -> Fact | str:
    """The fact with its payload in form; or the code for which it is quarantined."""
    if not known(fact.type):
        return "unknown-type"
    if fact.data is None or fact.formed:
        return fact
    if fact.crit and not understood(fact.type, fact.crit, fact.data):
        return "critical"
    try:
        data = decode_data(fact.type, fact.data)
        return msgspec.structs.replace(fact, data=data, formed=True)
    except BadPayload:
        return "bad-payload"


def _places(facts: Iterable[Fact]) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for fact in facts:
        found[fact.writer] = max(found.get(fact.writer, fact.place), fact.place)
    return dict(sorted(found.items()))


class _Fold(Generic[S]):
    """One run over one object's facts; the steps are called in order by `fold`."""

    def __init__(
        self,
        kind: Kind[S],
        facts: dict[str, Fact],
        relations: Relations,
        table: tuple[Row, ...],
    ):
        self.kind = kind
        self.facts = facts
        self.relations = relations
        self.table = table
        self.verdicts: dict[str, Verdict] = {}
        self.parties = Parties(registrar="")

    def _open(self) -> list[Fact]:
        """Those not judged yet."""
        return [fact for head, fact in self.facts.items() if head not in self.verdicts]

    def form(self, foreign: Collection[str]) -> None:
        """Steps 1 to 3: type, critical members, payload."""
        for head, fact in self.facts.items():
            found = read(fact)
            if not isinstance(found, str) and any(one in foreign for one in fact.re):
                found = "bad-payload"
            if isinstance(found, str):
                self.verdicts[head] = quarantined(found)
            else:
                self.facts[head] = found

    def wait(self) -> None:
        """Step 4, as far as `re` goes."""
        for head in waiting(self.facts, self._chained(), self.verdicts.keys()):
            self.verdicts[head] = WAITING

    def dispute(self, disputed: Collection[str]) -> None:
        """Step 5, as far as suspensions and cuts go."""
        for fact in self._open():
            if fact.head in disputed:
                self.verdicts[fact.head] = quarantined("disputed")

    def _chained(self) -> list[str]:
        return [head for head, fact in self.facts.items() if fact.type not in NEUTRAL]

    def entitled(self) -> bool:
        """Step 5: the authority table. False: nothing that is entitled makes the object."""
        makers = [fact for fact in self._open() if self._makes(fact) and self._may(fact)]
        if makers:
            made = min(makers, key=lambda fact: (*fact.place, fact.head))
            self.parties = self.kind.widen(self.kind.parties(made), self._open())
        held = any(self._makes(fact) for fact in self.facts.values())
        for fact in self._open():
            if not held and fact.type != self.kind.made_by:
                self.verdicts[fact.head] = WAITING
            elif not self._may(fact):
                self.verdicts[fact.head] = quarantined("no-authority")
        return bool(makers)

    def _makes(self, fact: Fact) -> bool:
        return fact.type == self.kind.made_by and fact.writer == owner_of(fact.subject)

    def _may(self, fact: Fact) -> bool:
        mine = fact.type == self.kind.made_by
        parties = self.kind.parties(fact) if mine else self.parties
        return judge(fact, parties, self.relations, self.table)

    def settle(self) -> S | None:
        """Steps 6 and 7: states and crossings; then the state."""
        held = {h: f for h, f in self.facts.items() if self.verdicts.get(h) is not WAITING}
        order = arrange(held, [head for head in self._chained() if head in held])
        lively = {
            at
            for at, fact in enumerate(order.facts)
            if fact.head not in self.verdicts and fact.type in CROSSING
        }
        for head in order.knotted:
            self.verdicts.setdefault(head, quarantined("wrong-state"))
        course = Course(order, lively, self.kind.moves, self.parties)
        state: S | None = None
        for at in course.stand():
            fact = order.facts[at]
            state = self._step(state, fact)
        for at in lively:
            found = VOID if at in course.allowed else quarantined("wrong-state")
            found = APPLIED if at in course.echoes else found
            self.verdicts.setdefault(order.facts[at].head, found)
        for fact in self._open():
            self.verdicts[fact.head] = APPLIED
            if state is not None:
                self.kind.note(state, fact)
        if state is not None:
            state.frontier = dict(sorted(state.frontier.items()))
        return state

    def _step(self, state: S | None, fact: Fact) -> S | None:
        moved = self.kind.moves.after(state.state if state is not None else None, fact.type)
        if moved is None and state is not None and fact.type in self.kind.moves.still:
            moved = state.state  # it stands beside one that it is crossed with
        if moved is None:
            self.verdicts[fact.head] = quarantined("wrong-state")
            return state
        self.verdicts[fact.head] = APPLIED
        return _advance(self.kind, state, fact, moved)


def _advance(kind: Kind[S], state: S | None, fact: Fact, moved: str) -> S:
    found = kind.begin(fact) if state is None else state
    found.state = moved
    found.frontier[fact.writer] = fact.head
    if state is not None:
        kind.apply(found, fact)
    return found


def start(
    kind: Kind[S], fact: Fact, relations: Relations, table: tuple[Row, ...] = AUTHORITY
) -> Folded[S] | None:
    """The object that one fact makes, when that is all that is held about it.

    None when the fact isn't plainly applied: then only the whole fold can tell.
    """
    found = read(fact)
    if isinstance(found, str) or found.re or found.type != kind.made_by:
        return None
    if found.writer != owner_of(found.subject):
        return None
    moved = kind.moves.after(None, found.type)
    if moved is None or not judge(found, kind.parties(found), relations, table):
        return None
    state = _advance(kind, None, found, moved)
    state.places = {found.writer: found.place}
    return Folded(state, {found.head: APPLIED})


def extend(
    kind: Kind[S],
    state: S,
    fact: Fact,
    relations: Relations,
    table: tuple[Row, ...] = AUTHORITY,
) -> Folded[S] | None:
    """`state` with one more fact, in a time that doesn't grow with the object's past.

    None when the fact doesn't build upon all that is known, or isn't plainly applied: then only
    the whole fold can tell. The verdicts returned are those of this fact alone.
    """
    found = read(fact)
    if state.irregular or isinstance(found, str) or not _follows(state, found):
        return None
    parties = kind.known_parties(state)
    if found.type == kind.made_by or not judge(found, parties, relations, table):
        return None
    if repetition(found) is not None:  # perhaps an echo
        return None
    neutral = found.type in NEUTRAL
    moved = state.state if neutral else kind.moves.after(state.state, found.type)
    if moved is None:
        return None
    longer = state.twin()
    if neutral:
        kind.note(longer, found)
    else:
        _advance(kind, longer, found, moved)
    longer.places[found.writer] = found.place
    longer.frontier = dict(sorted(longer.frontier.items()))
    longer.places = dict(sorted(longer.places.items()))
    return Folded(longer, {found.head: APPLIED})


def _follows(state: Book, fact: Fact) -> bool:
    """Whether `fact` is new and reaches the latest fact of every writer."""
    last = state.places.get(fact.writer)
    if last is not None and fact.place <= last:
        return False
    heads = set(state.frontier.values())
    if not heads.issuperset(fact.re):
        return False
    others = {head for writer, head in state.frontier.items() if writer != fact.writer}
    return fact.type in NEUTRAL or others.issubset(fact.re)
