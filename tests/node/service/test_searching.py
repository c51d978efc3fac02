"""What waits for the full-text index is found by its title, and by its content once it is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from node.readmodel.tables import matters
from node.readmodel.words import matching
from node.service import searching
from node.service.verify import verify
from tests.support.forms import FORM
from tests.support.onehost import OneHost


@pytest.fixture
def one(tmp_path: Path, database_url: str) -> Iterator[OneHost]:
    made = OneHost(tmp_path, database_url, {"province": None})
    yield made
    made.close()


def _found(one: OneHost, said: str) -> set[str]:
    place = one.places["province"]
    with one.host.database.read() as connection:
        dialect = connection.dialect.name
        asked = matching(dialect, place.tenant.id, place.domain, said)
        return {row[0] for row in connection.execute(asked)}


def test_a_title_is_found_at_once_and_the_content_when_there_was_time(one: OneHost) -> None:
    form = FORM | {
        "title": "冷链物流用地报批",
        "content": "请于月底前把公办幼儿园学位补足 300 个。",
    }
    id = one.do("province", "matter.register", "", form)["id"]
    for said in ("冷链", "物流 用地", "用地报批"):
        assert _found(one, said) == {id}, said
    assert not _found(one, "冷链 学位校车")
    assert not _found(one, "链冷")
    while searching.index(one.host):
        pass
    for said in ("冷链", "公办", "学位 300", "30"):
        assert _found(one, said) == {id}, said
    assert not _found(one, "办公")
    with one.host.database.read() as connection:
        assert connection.execute(select(matters.c.words)).scalar() is not None
    assert verify(one.host).findings == []
