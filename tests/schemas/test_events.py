"""The registry of event types: what is known, what is critical, and what a bad payload tells."""

from collections.abc import Callable

import pytest

from schemas.events import REGISTRY, BadPayload, decode_data, known, read_payload, understood
from schemas.header import MAX_PAYLOAD, parse_payload
from schemas.membership import SHAPES
from schemas.refusals import Refused
from schemas.strict import dump
from tests.federation.lawful import LAWFUL as MEMBERS
from tests.schemas.intake_examples import LAWFUL as DRAFTS
from tests.schemas.rule_examples import EVERY as MATTERS

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


def _line(data: object, salt: str = "5" * 32) -> bytes:
    return dump({"salt": salt, "data": data})


@pytest.mark.parametrize("name", sorted(LAWFUL))
def test_a_plain_line_is_read_at_once_into_what_the_strict_readers_give(name: str) -> None:
    line = _line(LAWFUL[name])
    assert read_payload(name, line) == (decode_data(name, parse_payload(line)), True)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: line.replace(b":", b": ", 1),
        lambda line: line.replace(b'"data":{', b'"data":{"unheard":1,', 1),
        lambda line: line.replace(b'"data":{', b'"data":{"by":null,', 1),
        lambda line: line.replace("示".encode(), b"\\u793a", 1),
        lambda line: line.replace("示".encode(), b"\x7f", 1),
        lambda line: line.replace("示".encode(), b"\\n", 1),
        lambda line: line.replace(b'"no":', b'"nr":', 1),
        lambda line: line.replace(b'"daily"', b'"nightly"', 1),
        lambda line: line.replace(b"5" * 32, b"5" * 31, 1),
        lambda line: line[:-1] + b',"more":[]}',
        lambda line: line + b" " * MAX_PAYLOAD,
        lambda line: b"[]",
        lambda line: line[:-2] + b"\xff}}",
    ],
)
def test_any_other_line_is_left_to_the_strict_readers(spoil: Callable[[bytes], bytes]) -> None:
    plain = _line(LAWFUL["duban.matter.registered"])
    line = spoil(plain)
    assert line != plain
    assert told(lambda: read_payload("duban.matter.registered", line)) == told(
        lambda: (parse_payload(line), False)
    )


def told(read: Callable[[], object]) -> object:
    """What a reader gives, or the code of its refusal."""
    try:
        return read()
    except Refused as refusal:
        return refusal.code


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
