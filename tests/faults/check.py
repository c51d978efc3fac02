"""The reckoning: what is wrong with the books of a tree that had time to mend itself.

Raw journals are read and reduced by code that imports nothing of the product (deploy/demo), and
held against the province's rows, against what somebody was told of, and against each other.
Poison is left out of the reduction: the authority table must have kept it from counting.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from deploy.demo.journals import read
from deploy.demo.opinion import FIELDS, compare
from deploy.demo.reducer import reduce
from tests.faults import orders
from tests.faults.tree import HONEST, VICTIMS, Tree


def amiss(tree: Tree) -> list[str]:
    """One line for each thing that is wrong; empty when every book equals the model's."""
    own, faults = read(list(tree.paths(tuple(tree.boxes))))
    victims = [tree.nodes[name] for name in VICTIMS]
    faults = [line for line in faults if not any(node in line for node in victims)]
    faults += _lost(tree, own) + _doubled(tree, own) + _rows(tree, own, victims)
    for name in HONEST:
        found = tree.boxes[name].do(orders.findings)
        faults += [f"{name}: {line}" for line in found if not any(one in line for one in victims)]
    return faults + _untold(tree, own)


def _lost(tree: Tree, own: dict[str, Any]) -> list[str]:
    """Events that somebody was told of, and that their author does not hold."""
    return [
        f"{name}: {'/'.join(chain)}/{seq} was acknowledged and is not kept"
        for name in HONEST
        for chain, ends in tree.relied[name].items()
        for seq, head in ends.items()
        if head not in own
    ]


def _doubled(tree: Tree, own: dict[str, Any]) -> list[str]:
    """Registrations that are more, or fewer, than were asked for."""
    found, wrong = Counter(), list[str]()
    for event in own.values():
        found[event["source"]] += event["type"] == "duban.matter.registered"
    for name in HONEST:
        sure, maybe = tree.registered[name]
        count = found[tree.nodes[name]]
        if not sure <= count <= sure + maybe:
            wrong.append(f"{name}: {count} registrations, {sure} to {sure + maybe} were made")
    return wrong


def _rows(tree: Tree, own: dict[str, Any], victims: list[str]) -> list[str]:
    """The province's rows beside the sum of the journals."""
    plain = {head: event for head, event in own.items() if head not in tree.poison}
    books = reduce(plain, orders.DOMAIN)
    rows = tree.boxes["province"].do(orders.shown, tree.eyes["province"])
    lines = [line for kind in FIELDS for line in compare(books[kind], rows[kind], FIELDS[kind])]
    return [line for line in lines if not any(one in line for one in victims)]


def _untold(tree: Tree, own: dict[str, Any]) -> list[str]:
    """Differences about the victims of which no operator was told."""
    wrong = list[str]()
    for name in VICTIMS:
        parent, box = tree.above(name), tree.boxes[name]
        mine = box.do(orders.tips, tree.nodes[name])
        theirs = tree.boxes[parent].do(orders.known, tree.nodes[parent], tree.nodes[name])
        copies = [mine] + (
            [tree.twin.do(orders.tips, tree.nodes[name])] if _twin(tree, name) else []
        )
        if all(theirs.get(chain) == end for copy in copies for chain, end in copy.items()):
            continue
        said = tree.boxes[parent].do(orders.told, tree.nodes[parent])
        said = [one for one in said if tree.nodes[name] in one]
        for each in (box, tree.twin) if _twin(tree, name) else (box,):
            said += each.do(orders.told, tree.nodes[name])
        if not said:
            wrong.append(f"{name}: its books differ from its parent's, and nobody was told")
    return wrong


def _twin(tree: Tree, name: str) -> bool:
    return name == "twin" and tree.twin is not None
