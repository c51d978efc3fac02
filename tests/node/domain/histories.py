"""Random histories of one assignment: mostly lawful, told by nodes that hear of each other late."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from node.domain.assignment import fold_assignment
from node.domain.crossing import NEUTRAL
from node.domain.facts import Fact
from node.domain.machine import ASSIGNMENT_MOVES
from tests.node.domain.cast import CITY, COUNTY, ROOT, STRANGER, TASK, TREE, Pen, full

# fmt: off
SIDES = {
    ROOT: (
        "granted", "returned", "struck", "cancelled", "urged", "relieved", "upheld", "regrouped",
        "extended", "extension_refused", "hung", "plan_refused", "restored", "reopened", "paused",
        "resumed", "ruled", "redated", "pause_refused",
    ),
    CITY: (
        "signed", "deployed", "reported", "clearance_applied", "refused", "extension_asked",
        "plan_asked", "pause_asked", "restored",
    ),
    COUNTY: ("copied",),
    STRANGER: ("urged", "issued", "reported", "granted", "extended", "ruled"),
}
# fmt: on
HOME = {ROOT: f"to/{CITY}", CITY: "up", COUNTY: f"to/{CITY}", STRANGER: f"to/{CITY}"}
NAMES = sorted({name for names in SIDES.values() for name in names} | {"praised"})
TIMES = [f"2026-11-{day}T0{hour}:00:00Z" for day in range(24, 31) for hour in (1, 8)]
WILD: list[dict[str, Any]] = [
    {"by": None},
    {"crit": ("unheard",)},
    {"erased": True},
    {"stream": "all"},
    {"lost": "e" * 64},
    {"epoch": "2-0a0b0c0d"},
    {"epoch": "2-0a0b0c0e"},
    {"repeats": "f" * 64},
]


class Teller:
    """Tells a history: each node knows what it said and what it has heard."""

    def __init__(self, **issue: Any) -> None:
        self.pen = Pen()
        issued = self.pen.issue(**issue)
        self.told = [issued]
        self.known: dict[str, set[str]] = {node: set() for node in SIDES}
        self.known[ROOT].add(issued.head)

    def view(self, who: str) -> list[Fact]:
        """The facts that `who` knows."""
        return [fact for fact in self.told if fact.head in self.known[who]]

    def re_of(self, who: str) -> list[str]:
        """What a lawful writer names: the latest applied head of each other writer."""
        folded = fold_assignment(self.view(who), TREE)
        frontier = folded.state.frontier if folded.state else {}
        return [head for writer, head in frontier.items() if writer != who]

    def open_to(self, who: str) -> list[str]:
        """The acts of its side that the state allows which `who` sees."""
        folded = fold_assignment(self.view(who), TREE)
        state = folded.state.state if folded.state else None
        return [
            name
            for name in SIDES[who]
            if full(name) in NEUTRAL or ASSIGNMENT_MOVES.after(state, full(name))
        ]

    def tell(self, who: str, name: str, time: str, re: list[str], **wild: Any) -> None:
        """Add one fact."""
        stream = wild.pop("stream", HOME[who])
        named = [*re, *([wild.pop("lost")] if "lost" in wild else [])]
        fact = self.pen.say(who, name, TASK, stream, *named, time=time, **wild)
        self.told.append(fact)
        self.known[who].add(fact.head)


@st.composite
def histories(draw: st.DrawFn, most: int = 14, wild: bool = True) -> list[Fact]:
    """Facts in the order in which they were told; `wild`: some break the rules."""
    teller = Teller()
    for _ in range(draw(st.integers(0, most))):
        who = draw(st.sampled_from([CITY, CITY, CITY, ROOT, ROOT, COUNTY, *[STRANGER] * wild]))
        if draw(st.integers(0, 3)):
            for other in SIDES:
                teller.known[who] |= teller.known[other]
        odd = wild and not draw(st.integers(0, 3))
        names = NAMES if odd else teller.open_to(who)
        if not names:
            continue
        name, time = draw(st.sampled_from(names)), draw(st.sampled_from(TIMES))
        re = teller.re_of(who)
        change: dict[str, Any] = {}
        if odd and draw(st.booleans()):
            heads = [fact.head for fact in teller.told]
            re = draw(st.lists(st.sampled_from(heads), max_size=2, unique=True))
        if odd and draw(st.booleans()):
            change = dict(draw(st.sampled_from(WILD)))
        if name in ("struck", "paused", "resumed") and draw(st.booleans()):
            change.setdefault("repeats", "f" * 64)
        teller.tell(who, name, time, re, **change)
    return teller.told
