"""The authority table: each row lets in what it names, and nothing is let in without a row."""

import dataclasses

import pytest

from federation.authority import ROWS, Row
from federation.roster import Roster, RosterEvent
from schemas import membership as m
from schemas.refusals import Refused
from tests.federation.family import TREE, admission, event, grown, id_of
from tests.federation.lawful import LAWFUL, erasing

MEMBERS = ["root", *TREE]
NAMES = [(row.type, row.writer) for row in ROWS]
ENTITLED = {
    m.SUSPENDED: {"root", "city", "county"},
    m.RESUMED: {"root", "city", "county"},
}
"""Where more than the lawful writer of the sample may write."""


def _code(roster: Roster, one: RosterEvent) -> str:
    with pytest.raises(Refused) as caught:
        roster.judge(one)
    return caught.value.code


def test_every_row_has_its_lawful_event() -> None:
    assert list(LAWFUL) == NAMES
    assert {kind for kind, _ in NAMES} == set(m.SHAPES)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.type}, {row.writer}")
def test_a_lawful_event_counts_through_its_row_alone(row: Row) -> None:
    make = LAWFUL[row.type, row.writer]
    make()[0].apply(make()[1])
    others = tuple(one for one in ROWS if one is not row)
    assert _code(*make(rows=others)) == "no-authority"


@pytest.mark.parametrize(("kind", "who"), NAMES)
@pytest.mark.parametrize("writer", MEMBERS)
def test_no_one_else_may_write_it(kind: str, who: str, writer: str) -> None:
    roster, one = LAWFUL[kind, who]()
    if writer in ENTITLED.get(kind, ()) or id_of(writer) == one.writer:
        roster.judge(dataclasses.replace(one, writer=id_of(writer)))
        return
    if id_of(writer) not in roster:
        roster.apply(admission("city2"))
        writer = "city2"
    refused = _code(roster, dataclasses.replace(one, writer=id_of(writer)))
    assert refused == ("bad-payload" if kind == m.OPENED else "no-authority")


@pytest.mark.parametrize(("kind", "who"), [name for name in NAMES if name[0] != m.OPENED])
@pytest.mark.parametrize("stream", ["up", "all", "own", "to/" + "a" * 32])
def test_it_may_be_written_in_its_stream_only(kind: str, who: str, stream: str) -> None:
    roster, one = LAWFUL[kind, who]()
    moved = dataclasses.replace(one, stream=stream)
    if stream == one.stream or (kind == m.ADMITTED and stream == "up"):
        roster.judge(moved)
    else:
        assert _code(roster, moved) == "no-authority"


def test_an_ancestor_at_any_height_may_suspend_and_nobody_below_or_beside() -> None:
    roster = grown()
    data = {"node": id_of("county"), "grounds": "x", "heads": []}
    for writer in ("root", "city"):
        roster.judge(event(writer, m.SUSPENDED, data))
    for writer in ("county", "town", "city2", "dept"):
        assert _code(roster, event(writer, m.SUSPENDED, data)) == "no-authority"


@pytest.mark.parametrize(
    ("over", "by", "writer"),
    [
        ("county", "dept", "city"),
        ("county", "city", "city"),
        ("city", "county", "city"),
        ("town", "county", "city"),
        ("county", "county", "city"),
        ("county", "county", "county"),
    ],
)
def test_a_line_is_drawn_by_the_lowest_node_above_both(over: str, by: str, writer: str) -> None:
    one = event(writer, m.LINE, {"over": id_of(over), "by": id_of(by)})
    assert _code(grown(), one) == "no-authority"


def test_a_node_lies_above_both_ends_of_a_line_but_is_not_the_lowest() -> None:
    roster = grown()
    roster.apply(admission("bureau", "city"))
    data = {"over": id_of("town"), "by": id_of("bureau")}
    roster.judge(event("city", m.LINE, data))
    assert _code(roster, event("root", m.LINE, data)) == "no-authority"


def test_the_root_erases_only_with_grounds() -> None:
    assert _code(grown(), event("root", m.ERASED, erasing(grounds=""))) == "no-authority"
    assert _code(grown(), event("root", m.ERASED, erasing())) == "no-authority"


def test_may_erase_tells_the_entitled_from_the_rest() -> None:
    roster = grown()
    assert roster.may_erase(event("town", m.ERASED, erasing(), stream="up"))
    assert not roster.may_erase(event("county", m.ERASED, erasing(), stream="up"))
    assert not roster.may_erase(event("stranger", m.ERASED, erasing("stranger"), stream="up"))
    for wrong in (
        event("town", m.OBSERVER, {"node": id_of("town")}),
        event("town", m.ERASED, {"origin": id_of("town")}),
        event("town", m.ERASED, erasing(), stream="up", subject="member:" + id_of("city")),
    ):
        with pytest.raises(Refused) as caught:
            roster.may_erase(wrong)
        assert caught.value.code in ("unknown-type", "bad-payload")


def test_an_event_about_or_by_a_stranger_waits_for_its_lineage() -> None:
    roster = grown("city")
    suspension = {"node": id_of("county"), "grounds": "x", "heads": []}
    for one in (
        admission("town"),
        event("city", m.SUSPENDED, suspension),
        event("county", m.SUSPENDED, suspension | {"node": id_of("city")}),
        event("root", m.LINE, {"over": id_of("city"), "by": id_of("dept")}),
        event("county", m.OPENED, {"cause": "birth", "last": None}, seq=1),
    ):
        assert _code(roster, one) == "unknown-member"


def test_a_subject_that_is_not_the_member_spoken_of_is_a_bad_payload() -> None:
    for (kind, _), make in LAWFUL.items():
        roster, one = make()
        wrong = dataclasses.replace(one, subject="member:" + id_of("city2"))
        assert _code(roster, wrong) == "bad-payload", kind


def test_an_event_of_an_unknown_type_or_shape_is_refused_by_name() -> None:
    roster = grown()
    assert _code(roster, event("root", "duban.member.crowned", {})) == "unknown-type"
    assert _code(roster, event("root", m.OBSERVER, {})) == "bad-payload"
