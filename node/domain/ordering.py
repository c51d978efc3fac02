"""Which fact builds upon which: the causal order of the facts about one object.

Decides, for a set of facts, what each reaches through `re` and through its writer's earlier facts,
and which of them wait for something that isn't held. Never looks at types or at authority.
Follows docs/spec/07-apply.md, "`re`".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from node.domain.facts import Fact


@dataclass(frozen=True, slots=True)
class Order:
    """Facts in an order in which none comes before one that it reaches."""

    facts: Sequence[Fact]
    past: Sequence[int]  # per fact the set of what it reaches: bit i stands for facts[i]
    knotted: Sequence[str]  # heads that reach themselves, or one that does: no hash allows it


def waiting(facts: Mapping[str, Fact], chained: Collection[str], firm: Collection[str]) -> set[str]:
    """The heads of those that name something not held, or build upon one that does.

    `facts` by head; `chained`: those that their writer's later facts build upon (not the neutral
    ones); `firm`: those whose own `re` is of no concern, as they are quarantined for their form.
    """
    found = {
        head
        for head, fact in facts.items()
        if head not in firm and any(one not in facts for one in fact.re)
    }
    if not found:
        return found
    above: dict[str, list[str]] = {}
    for head, below in _links(facts, chained).items():
        for one in below:
            above.setdefault(one, []).append(head)
    ahead = list(found)
    while ahead:
        for head in above.get(ahead.pop(), ()):
            if head not in found:
                found.add(head)
                ahead.append(head)
    return found.difference(firm)


def arrange(facts: Mapping[str, Fact], chained: Collection[str]) -> Order:
    """Put the facts (by head) in order. A function of the set alone."""
    links = _links(facts, chained)
    done, left = _sorted(facts, links)
    index = {head: at for at, head in enumerate(done)}
    past: list[int] = []
    for head in done:
        reached = 0
        for below in links[head]:
            reached |= 1 << index[below] | past[index[below]]
        past.append(reached)
    return Order([facts[head] for head in done], past, left)


def _links(facts: Mapping[str, Fact], chained: Collection[str]) -> dict[str, set[str]]:
    """Per head, the heads that it builds upon directly and that are held."""
    links = {head: {one for one in fact.re if one in facts} for head, fact in facts.items()}
    soft = _own_links(facts, chained, links)
    # Two passes: what hashes alone contradict goes first, so that it can displace no true claim.
    claims = [one for one in soft if not _reaches(links, one[1], one[0])]
    for later, before in claims:
        if not _reaches(links, before, later):
            links[later].add(before)
    return links


def _own_links(
    facts: Mapping[str, Fact], chained: Collection[str], links: dict[str, set[str]]
) -> list[tuple[str, str]]:
    """Add each fact's predecessor in its own chain to `links`: that order is hashed, so true.

    Returns the links between chains of one writer, which are only that writer's claim.
    """
    by_writer: dict[str, list[Fact]] = {}
    for head in chained:
        by_writer.setdefault(facts[head].writer, []).append(facts[head])
    soft = []
    for own in by_writer.values():
        own.sort(key=lambda fact: (*fact.place, fact.head))
        last: dict[tuple[str, str], str] = {}
        for before, fact in zip([None, *own], own, strict=False):
            chain = (fact.epoch, fact.stream)
            if chain in last:
                links[fact.head].add(last[chain])
            if before is not None and before.head != last.get(chain):
                soft.append((fact.head, before.head))
            last[chain] = fact.head
    return sorted(soft)


def _reaches(links: Mapping[str, set[str]], start: str, goal: str) -> bool:
    seen, ahead = {start}, [start]
    while ahead:
        new = links[ahead.pop()] - seen
        if goal in new:
            return True
        seen |= new
        ahead.extend(new)
    return False


def _sorted(
    facts: Mapping[str, Fact], links: Mapping[str, set[str]]
) -> tuple[list[str], list[str]]:
    """Heads in causal order, the earliest writer's place first; then those in a knot."""
    waits = {head: len(below) for head, below in links.items()}
    above: dict[str, list[str]] = {}
    for head, below in links.items():
        for one in below:
            above.setdefault(one, []).append(head)
    done: list[str] = []
    ready = _by_place(facts, (head for head, count in waits.items() if not count))
    while ready:
        done.extend(ready)
        for head in ready:
            for one in above.get(head, ()):
                waits[one] -= 1
        freed = {one for head in ready for one in above.get(head, ()) if not waits[one]}
        ready = _by_place(facts, freed)
    return done, _by_place(facts, facts.keys() - set(done))


def _by_place(facts: Mapping[str, Fact], heads: Iterable[str]) -> list[str]:
    return sorted(heads, key=lambda head: (facts[head].writer, facts[head].place, head))
