"""What can be asked of a roster: who stands where, now and at any time, and what still counts."""

import json

from federation.member import Move, walk
from federation.roster import Roster
from schemas import membership as m
from schemas.strict import dump
from tests.federation.family import (
    DOMAIN,
    GENESIS,
    agreed,
    epoch_of,
    event,
    grown,
    head,
    id_of,
    key_of,
    rotation,
)
from tests.federation.lawful import (
    LAWFUL,
    cut,
    moved,
    moving,
    recovering,
    resolved,
    resolving,
    rotated,
)

ROOT, CITY, CITY2, DEPT, COUNTY, COUNTY2, TOWN = (
    id_of(name) for name in ("root", "city", "city2", "dept", "county", "county2", "town")
)
NOBODY = id_of("nobody")


def test_the_tree_answers_who_stands_where() -> None:
    roster = grown()
    assert (roster.domain, roster.root, len(roster)) == (DOMAIN, ROOT, 7)
    assert set(roster) == {ROOT, CITY, CITY2, DEPT, COUNTY, COUNTY2, TOWN}
    assert roster.lineage(TOWN) == (TOWN, COUNTY, CITY, ROOT)
    assert roster.children(ROOT) == tuple(sorted([CITY, CITY2, DEPT]))
    assert (roster.parent(TOWN), roster.parent(ROOT)) == (COUNTY, None)
    assert roster.lca(TOWN, COUNTY2) == ROOT
    assert roster.lca(TOWN, CITY) == CITY
    assert roster.in_subtree(CITY, TOWN)
    assert roster.in_subtree(TOWN, TOWN)
    assert not roster.in_subtree(CITY2, TOWN)
    assert roster.child_toward(ROOT, TOWN) == CITY
    assert roster.child_toward(COUNTY, TOWN) == TOWN
    assert roster.child_toward(TOWN, TOWN) is None
    assert roster.is_ancestor(ROOT, TOWN)
    assert not roster.is_ancestor(TOWN, TOWN)
    assert not roster.is_ancestor(TOWN, ROOT)
    assert roster.key(TOWN, epoch_of("town")) == key_of("town").public


def test_nothing_is_known_of_a_stranger() -> None:
    roster = grown()
    assert roster.member(NOBODY) is None
    assert (roster.parent(NOBODY), roster.lineage(NOBODY), roster.children(NOBODY)) == (
        None,
        (),
        (),
    )
    assert roster.lca(TOWN, NOBODY) is None
    assert not roster.in_subtree(NOBODY, NOBODY)
    assert not roster.is_ancestor(ROOT, NOBODY)
    assert not roster.was_parent(ROOT, NOBODY)
    assert not roster.guides(ROOT, NOBODY)
    assert not roster.guided_by(ROOT, NOBODY)
    assert (roster.epochs(NOBODY), roster.current_epoch(NOBODY)) == ((), None)
    assert roster.key(NOBODY, epoch_of("town")) is None
    assert roster.key(TOWN, "1-ffffffff") is None
    assert (roster.suspended(NOBODY), roster.cut(NOBODY, "1-ffffffff")) == (None, None)
    assert roster.resolved(NOBODY, "1-ffffffff", "up") is None
    assert roster.successor(NOBODY) is None


def test_a_move_is_seen_by_routes_and_forgotten_by_no_ruling() -> None:
    roster, one = moved()
    assert roster.apply(one) == (TOWN,)
    assert roster.apply(one) == ()
    assert roster.lineage(TOWN) == (TOWN, COUNTY2, CITY2, ROOT)
    assert TOWN not in roster.children(COUNTY)
    assert roster.children(COUNTY2) == (TOWN,)
    assert not roster.in_subtree(CITY, TOWN)
    for above in (COUNTY, CITY, COUNTY2, CITY2, ROOT):
        assert roster.is_ancestor(above, TOWN)
    assert not roster.is_ancestor(DEPT, TOWN)


def test_the_lowest_common_ancestor_at_any_time_survives_a_move() -> None:
    roster, one = moved()
    assert not roster.ever_lowest(CITY2, TOWN, COUNTY2)
    assert roster.ever_lowest(ROOT, TOWN, COUNTY2)
    assert not roster.ever_lowest(ROOT, TOWN, COUNTY)
    roster.apply(one)
    assert roster.ever_lowest(ROOT, TOWN, COUNTY2)
    assert roster.ever_lowest(COUNTY2, TOWN, COUNTY2)
    assert not roster.ever_lowest(DEPT, TOWN, COUNTY2)
    assert roster.ever_lowest(ROOT, TOWN, COUNTY)


def test_moves_that_go_back_and_forth_end_where_the_last_one_leads() -> None:
    moves = [Move("3-00000000", "a", "p", "q"), Move("5-00000000", "b", "q", "p")]
    assert walk("p", moves) == ("p", ("q",))
    assert walk("p", moves[:1]) == ("q", ("p",))
    assert walk("p", moves[1:]) == ("p", ())
    assert walk(None, []) == (None, ())


def test_former_relations_in_a_circle_are_walked_once() -> None:
    roster, one = moved()
    roster.apply(one)
    detail = moving("county2", "city2", "city")
    data = agreed("move", "county2", detail, ["county2", "city", "city2"])
    roster.apply(event("root", m.MOVED, data))
    back = moving("county", "city", "town", 3)
    data = agreed("move", "county", back, ["county", "town", "city"])
    roster.apply(event("city", m.MOVED, data))
    assert roster.lineage(COUNTY) == (COUNTY, TOWN, COUNTY2, CITY, ROOT)
    assert roster.is_ancestor(COUNTY, TOWN)
    assert roster.is_ancestor(TOWN, COUNTY)


def test_a_line_holds_at_any_time_once_it_was_drawn() -> None:
    roster = grown()
    data = {"over": COUNTY, "by": DEPT}
    first, second = event("root", m.LINE, data), event("root", m.LINE, data | {"end": True})
    roster.apply(first)
    assert roster.guides(DEPT, COUNTY)
    assert roster.guided_by(DEPT, COUNTY)
    assert not roster.guides(COUNTY, DEPT)
    roster.apply(second)
    assert roster.apply(first) == ()
    assert roster.guides(DEPT, COUNTY)
    assert not roster.guided_by(DEPT, COUNTY)


def _suspend(writer: str, *heads: object) -> dict[str, object]:
    return {"node": TOWN, "grounds": f"by {writer}", "heads": list(heads)}


def test_a_suspension_names_the_heads_that_count_until_its_writer_lifts_it() -> None:
    roster = grown()
    assert roster.suspended(TOWN) is None
    first = event("county", m.SUSPENDED, _suspend("county", head(5), head(2, "all")))
    roster.apply(first)
    assert roster.apply(first) == ()
    assert [(one.stream, one.seq) for one in roster.suspended(TOWN) or ()] == [
        ("all", 2),
        ("up", 5),
    ]
    other = event("city", m.SUSPENDED, _suspend("city", head(3)))
    roster.apply(other)
    assert [(one.stream, one.seq) for one in roster.suspended(TOWN) or ()] == [("up", 3)]
    lift = {"node": TOWN, "grounds": "done"}
    roster.apply(event("city", m.RESUMED, lift))
    assert roster.suspended(TOWN) is not None
    roster.apply(event("county", m.RESUMED, lift))
    assert roster.suspended(TOWN) is None
    roster.apply(event("county", m.SUSPENDED, _suspend("county")))
    assert roster.suspended(TOWN) == ()


def test_one_nearer_to_the_root_lifts_by_name_and_one_further_does_not() -> None:
    for above, below in (("city", "county"), ("county", "city")):
        roster = grown()
        made = event(below, m.SUSPENDED, _suspend(below, head(5)))
        roster.apply(made)
        lift = event(above, m.RESUMED, {"node": TOWN, "grounds": "x"}, re=(made.head,))
        roster.apply(lift)
        assert (roster.suspended(TOWN) is None) == (above == "city")


def test_cuts_and_resolutions_are_told() -> None:
    roster, one = cut()
    assert roster.cut(TOWN, epoch_of("town")) is None
    roster.apply(one)
    assert roster.apply(one) == ()
    assert [each.seq for each in roster.cut(TOWN, epoch_of("town")) or ()] == [5]
    assert roster.cut(TOWN, epoch_of("town", 2)) is None
    roster, one = resolved()
    roster.apply(one)
    told = roster.resolved(TOWN, epoch_of("town"), "up")
    assert told is not None
    assert told.keep == resolving()["keep"]
    assert roster.resolved(TOWN, epoch_of("town"), "all") is None


def test_observers_are_told() -> None:
    roster, one = LAWFUL[m.OBSERVER, "the root"]()
    assert roster.observers == frozenset()
    roster.apply(one)
    assert roster.observers == {DEPT}


def _rekeyed(counter: int, seq: int, key: str | None = None) -> object:
    record = key_of("town", counter).public.record
    data = {"node": TOWN, "epoch": epoch_of("town", counter), "key": record, "opened": "0" * 64}
    return event("county", m.REKEYED, data, seq=seq)


def test_an_epoch_that_was_rotated_to_holds_at_once_and_rekeyed_changes_no_key() -> None:
    roster = rotated()
    assert roster.current_epoch(TOWN) == epoch_of("town", 2)
    assert [one.epoch for one in roster.epochs(TOWN)] == [epoch_of("town"), epoch_of("town", 2)]
    keys = [one.key for one in roster.epochs(TOWN)]
    roster.apply(_rekeyed(2, 3))  # type: ignore[arg-type]
    assert [one.key for one in roster.epochs(TOWN)] == keys


def test_of_two_rotations_from_one_epoch_the_first_recorded_one_holds() -> None:
    for late, soon in ((2, 3), (3, 2)):
        roster = grown()
        for counter in (2, 3):
            roster.accept_rotation(DOMAIN, TOWN, rotation("town", 1, counter))
        assert len(roster.epochs(TOWN)) == 3
        roster.apply(_rekeyed(late, 9))  # type: ignore[arg-type]
        roster.apply(_rekeyed(soon, 8))  # type: ignore[arg-type]
        roster.apply(_rekeyed(soon, 10))  # type: ignore[arg-type]
        assert roster.current_epoch(TOWN) == epoch_of("town", soon)
        assert roster.key(TOWN, epoch_of("town", late)) is None


def test_a_recovery_takes_the_thief_s_epochs_away_whenever_they_came() -> None:
    data = agreed("recover", "town", recovering(counter=3), ["county", "city"])
    roster = grown()
    for old, new in ((1, 2), (2, 4), (4, 5)):
        roster.accept_rotation(DOMAIN, TOWN, rotation("town", old, new))
    roster.apply(event("county", m.RECOVERED, data))
    assert [one.counter for one in roster.epochs(TOWN)] == [1, 2, 3]
    roster.accept_rotation(DOMAIN, TOWN, rotation("town", 3, 6))
    assert roster.current_epoch(TOWN) == epoch_of("town", 6)
    assert roster.key(TOWN, epoch_of("town", 5)) is None


def test_a_roster_comes_back_from_its_rows_as_it_was() -> None:
    for make in LAWFUL.values():
        roster, one = make()
        changed = roster.apply(one)
        assert set(changed) <= set(roster)
        rows = json.loads(json.dumps(roster.dump()))
        again = Roster.load(GENESIS, rows)
        assert dump(again.dump()) == dump(roster.dump())
        assert {node: again.children(node) for node in again} == {
            node: roster.children(node) for node in roster
        }
        assert dump(again.dump(changed)) == dump([roster.row(node) for node in changed])
