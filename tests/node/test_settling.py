"""Whole nodes, random lawful commands, a wire at its worst: afterwards all books are the same."""

import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from node.domain.assignment import AssignmentState, fold_assignment
from node.domain.matter import fold_matter
from node.readmodel.books import Books
from node.readmodel.shadow import ShadowStore, compare, shadow
from node.service.apply import Rules
from node.service.convert import fact_of
from node.service.verify import learn, verify
from node.storage.hosts import put_membership
from node.storage.review import learnt
from node.storage.rosters import Rosters
from node.storage.store import SqlStore
from sync.event import Event
from sync.routes import reads
from tests.node.settling import FAULTS, NODES, World, found

numbers = st.integers(0, 2**16)
commands = st.tuples(st.just("act"), st.sampled_from(NODES), numbers)
exchanges = st.tuples(
    st.just("talk"), numbers, st.lists(st.sampled_from(FAULTS), max_size=4).map(tuple)
)
waits = st.tuples(st.just("wait"), st.just(0), st.integers(1, 60))
steps = st.one_of(commands, commands, exchanges, exchanges, waits)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    found(folder)
    return folder


@settings(
    max_examples=10,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes minutes: ask for it
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=numbers, script=st.lists(steps, min_size=40, max_size=80))
def test_all_books_are_the_same_once_everything_was_told(
    template: Path, tmp_path: Path, seed: int, script: Sequence[Any]
) -> None:
    world = World.copy(template, tmp_path / "world", str(seed))
    try:
        play(world, script)
        world.settle()
        everything_arrived(world)
        same_books(world)
        nothing_stays_open_under_a_cancelled_whole(world)
        for name in NODES:
            assert verify(world.hosts[name]).findings == []
        for name in ("province", NODES[seed % len(NODES)]):
            any_order_gives_the_same(world, name, seed)
    finally:
        world.close()


def play(world: World, script: Sequence[Any]) -> None:
    for kind, what, choice in script:
        if kind == "act":
            world.act(what, choice)
        elif kind == "talk":
            links = world.links()
            world.talk(*links[what % len(links)], *choice)
        else:
            world.clock.moment += timedelta(hours=choice)


def everything_arrived(world: World) -> None:
    """Each stream is held, whole, by each node that reads it, and by its author."""
    for author in NODES:
        tips = world.read(author, lambda store: store.chains_of(store.node))
        for reader in NODES:
            store_of = {chain: tip for chain, tip in world.read(reader, SqlStore.chains)}
            for chain, tip in tips:
                if world.read(reader, lambda store, c=chain: reads(store.roster(), store.node, c)):
                    assert store_of.get(chain) == tip, f"{reader} lacks {chain} of {author}"


def same_books(world: World) -> None:
    """Who holds an object holds the same of it; with the same events, to the last byte."""
    held: dict[str, dict[str, tuple[Any, Any]]] = {}
    for name in NODES:
        for id, found_here in world.read(name, _objects).items():
            held.setdefault(id, {})[name] = found_here
    for id, by_name in held.items():
        for name, (heads, row) in by_name.items():
            for other, (others, theirs) in by_name.items():
                if heads == others:
                    assert row == theirs, f"{id}: {name} and {other}"
                elif isinstance(row, AssignmentState) and isinstance(theirs, AssignmentState):
                    assert _shown(row) == _shown(theirs), f"{id}: {name} and {other}"


def nothing_stays_open_under_a_cancelled_whole(world: World) -> None:
    for name in NODES:
        for id, (_, whole) in world.read(name, _objects).items():
            mine = isinstance(whole, AssignmentState) and whole.assignee == world.node(name)
            if mine and whole.state == "CANCELLED":
                for part in world.read(name, lambda store, id=id: _books(store).parts(id)):
                    assert part.state in ("CANCELLED", "CLOSED"), f"{name}: part {part.id} of {id}"


def _books(store: SqlStore) -> Books:
    return Books(store.connection, store.tenant, store.node, store.domain)


def _objects(store: SqlStore) -> dict[str, tuple[frozenset[tuple[str, str]], Any]]:
    """Of each object the events held with their verdicts, and its row."""
    books = _books(store)
    found_here = {}
    for subject in {event.header.subject for _, event in store.since(0, 10**6)}:
        if subject.partition(":")[0] not in ("matter", "assignment"):
            continue
        codes = store.outcomes_of(subject)
        events = store.events_of(subject)
        heads = {(one.head, codes.get(one.head, "")) for one in events}
        row = books.assignment(subject) or books.matter(subject)
        fold = fold_assignment if subject.startswith("assignment:") else fold_matter
        whole = fold([fact_of(one) for one in events], store.roster())
        assert whole.state == row, f"{subject} at {store.node}: extended otherwise than folded"
        said = {head: one.code or one.outcome for head, one in whole.verdicts.items()}
        assert heads == {(head, "" if code == "applied" else code) for head, code in said.items()}
        found_here[subject] = (frozenset(heads), row)
    return found_here


def _shown(one: AssignmentState) -> Any:
    return one.state, one.struck, one.due, one.clocks


def any_order_gives_the_same(world: World, name: str, seed: int) -> None:
    """What is held, in another order of arrival, its chains mixed, makes the same rows."""
    place = world.places[name]
    with world.hosts[name].database.read() as connection, shadow() as apart:
        live = world.hosts[name].store(connection, place)
        put_membership(apart, place.tenant, place.membership)
        rebuilt = ShadowStore(apart, place.tenant, place.domain, Rules(None), Rosters())
        steps = learn(rebuilt, [*place.membership.lineage, *learnt(live)])
        for event in mixed([event for _, event in live.since(0, 10**6)], random.Random(seed)):
            rebuilt.append([event])
            rebuilt.apply([event])
            steps = learn(rebuilt, steps)
        for where, what, _ in compare(live, rebuilt):
            assert not what, f"{name} {where}: {what}"


def mixed(events: Sequence[Event], chance: random.Random) -> list[Event]:
    """The events in a random order that keeps each chain's own."""
    order = [event.chain for event in events]
    chance.shuffle(order)
    by_chain: dict[Any, list[Event]] = {}
    for event in events:
        by_chain.setdefault(event.chain, []).append(event)
    rows = {chain: iter(one) for chain, one in by_chain.items()}
    return [next(rows[chain]) for chain in order]
