"""Ids: made from their parts, read back, refused when they are none."""

from collections.abc import Callable

import pytest

from federation import ids
from schemas.refusals import Refused

NODE = "a" * 32


def test_object_ids_say_their_kind_and_owner() -> None:
    for made, kind in (
        (ids.matter_id(NODE, "m0000001"), "matter"),
        (ids.assignment_id(NODE, "a0000001"), "assignment"),
        (ids.member_id(NODE), "member"),
    ):
        assert ids.kind_of(made) == kind
        assert ids.owner_of(made) == NODE


def test_epochs_are_ordered_by_their_counter_not_by_their_text() -> None:
    small, great = ids.epoch_id(9, b"\xff" * 4), ids.epoch_id(10, b"\0" * 4)
    assert (small, great) == ("9-ffffffff", "10-00000000")
    assert sorted([great, small], key=ids.epoch_order) == [small, great]


def test_private_events_have_a_domain_of_their_own() -> None:
    assert ids.self_domain(NODE) == f"self@{NODE}"
    assert ids.DOMAIN.fullmatch(ids.self_domain(NODE))


@pytest.mark.parametrize(
    "make",
    [
        lambda: ids.domain_id("self", b"{}"),
        lambda: ids.domain_id("Gov", b"{}"),
        lambda: ids.domain_id("gov\n", b"{}"),
        lambda: ids.self_domain("root"),
        lambda: ids.matter_id(NODE, "short"),
        lambda: ids.matter_id(NODE[1:], "m0000001"),
        lambda: ids.member_id(NODE + "\n"),
        lambda: ids.owner_of("matter:" + NODE),
        lambda: ids.kind_of("person:" + NODE),
        lambda: ids.epoch_id(0, b"\0" * 4),
        lambda: ids.epoch_id(1, b"\0" * 3),
        lambda: ids.epoch_counter("01-00000000"),
        lambda: ids.epoch_counter("1-00000000\n"),
    ],
)
def test_what_is_no_id_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(Refused) as caught:
        make()
    assert caught.value.code == "malformed"
