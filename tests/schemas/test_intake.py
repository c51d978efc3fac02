"""What the events of a draft may say: an example of each, and the two readers agree on it."""

import copy
from typing import Any

import marshmallow as ma
import pytest

from schemas.assignments import ASSIGNMENTS
from schemas.compile import ShapeError, compile_decoder
from schemas.fields import NO_CLASSIFIED
from schemas.intake import DRAFTS, SOURCES
from schemas.matters import MATTERS
from schemas.strict import dump
from tests.schemas.intake_examples import LAWFUL

ODD: list[Any] = [None, True, 1, -1, "", "x", "x\x00", "字" * 20_001, [], {}, [None], [{}]]
SUBMITTED = "duban.draft.submitted"


def test_every_type_has_a_lawful_example_that_fits_into_one_payload_line() -> None:
    assert set(LAWFUL) == set(DRAFTS)
    for name, data in LAWFUL.items():
        assert DRAFTS[name]().load(copy.deepcopy(data)) == data
        assert len(dump({"salt": "0" * 32, "data": data})) < 65536


@pytest.mark.parametrize("name", sorted(DRAFTS))
def test_the_compiled_decoder_and_the_schema_agree(name: str) -> None:
    decode = compile_decoder(DRAFTS[name])
    cases = [{key: v for key, v in LAWFUL[name].items() if key != gone} for gone in LAWFUL[name]]
    cases += [{**LAWFUL[name], key: odd} for key in LAWFUL[name] for odd in ODD]
    for data in cases:
        try:
            by_schema: Any = DRAFTS[name]().load(copy.deepcopy(data))
        except ma.ValidationError:
            by_schema = None
        try:
            by_decoder: Any = decode(data)
        except ShapeError:
            by_decoder = None
        assert by_schema == by_decoder, data


def test_an_enterprise_says_who_it_is_with_its_code() -> None:
    data = {key: value for key, value in LAWFUL[SUBMITTED].items() if key != "applicant"}
    with pytest.raises(ma.ValidationError):
        DRAFTS[SUBMITTED]().load(data)
    assert DRAFTS[SUBMITTED]().load({**data, "source": "hotline"})


def test_there_are_the_ten_sources_and_every_form_carries_the_notice() -> None:
    assert len(SOURCES) == len(set(SOURCES.values())) == 10
    assert "严禁涉密" in NO_CLASSIFIED
    assert {one.NOTICE for one in (*DRAFTS.values(), *MATTERS.values(), *ASSIGNMENTS.values())} == {
        NO_CLASSIFIED
    }
