"""The registry of event types: what is known, what is critical, and what a bad payload tells."""

import pytest

from schemas.events import REGISTRY, BadPayload, decode_data, known, understood
from schemas.membership import SHAPES
from tests.federation.lawful import LAWFUL as MEMBERS
from tests.schemas.intake_examples import LAWFUL as DRAFTS
from tests.schemas.matter_examples import LAWFUL as MATTERS

LAWFUL = {**MATTERS, **DRAFTS}
ISSUED = "duban.assignment.issued"
MEMBER_DATA = {kind: dict(make()[1].data) for (kind, _), make in MEMBERS.items()}


def test_the_registry_has_every_type_of_the_specification() -> None:
    assert set(REGISTRY) == set(LAWFUL) | set(SHAPES)
    assert all(known(name) for name in REGISTRY)
    assert not known("duban.assignment.praised")


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_each_type_reads_its_example_and_drops_what_it_does_not_name(name: str) -> None:
    data = {**LAWFUL, **MEMBER_DATA}[name]
    assert decode_data(name, {**data, "unheard": 1}) == data


@pytest.mark.parametrize(
    ("name", "change", "path"),
    [
        (ISSUED, {"due": {"k1": 1}}, "$.due.k1"),
        (ISSUED, {"kind": "co"}, "$.lead"),
        (ISSUED, {"indicators": [{}]}, "$.indicators[0]"),
        ("duban.member.line", {"over": "x"}, "$.over"),
        ("duban.member.suspended", {"heads": [{}]}, "$.heads[0].epoch"),
    ],
)
def test_a_bad_payload_names_type_and_member(
    name: str, change: dict[str, object], path: str
) -> None:
    with pytest.raises(BadPayload) as caught:
        decode_data(name, {**LAWFUL, **MEMBER_DATA}[name] | change)
    assert (caught.value.type, caught.value.path) == (name, path)
    assert caught.value.message
    assert str(caught.value).startswith(f"{name} {path}: ")


def test_what_is_no_object_is_a_bad_payload_of_the_whole() -> None:
    for name in (ISSUED, "duban.member.line"):
        with pytest.raises(BadPayload) as caught:
            decode_data(name, [])  # type: ignore[arg-type]
        assert caught.value.path == "$"


def test_an_unknown_type_has_no_payload() -> None:
    with pytest.raises(KeyError):
        decode_data("duban.assignment.praised", {})


@pytest.mark.parametrize(
    ("crit", "right"),
    [
        ((), True),
        (("due",), True),
        (("class",), True),
        (("re", "seq"), True),
        (("class_",), False),
        (("unheard",), False),
        (("due", "unheard"), False),
    ],
)
def test_a_critical_member_must_be_named_by_the_specification(
    crit: tuple[str, ...], right: bool
) -> None:
    assert understood(ISSUED, crit, {**LAWFUL[ISSUED], "unheard": 1}) is right


def test_a_critical_member_of_data_must_be_there() -> None:
    assert not understood(ISSUED, ("due",), {})
