"""What waits for the full-text index is found by its title, and by its content once it is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from node.readmodel import register
from node.readmodel.register import Wanted
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


@pytest.mark.parametrize("walked", [1, 10**9])
def test_what_is_frequent_is_found_like_what_is_rare(
    one: OneHost, monkeypatch: pytest.MonkeyPatch, walked: int
) -> None:
    """However the database goes about it: newest first, page by page, counted as far as is said."""
    monkeypatch.setattr(register, "WALKED", walked)
    for number in range(7):
        title = f"第{number}项道路整改" if number % 3 else f"第{number}项学位补足"
        one.do("province", "matter.register", "", FORM | {"title": title})
        if number == 4:
            while searching.index(one.host):
                pass
    place, now = one.places["province"], "2026-11-24T04:00:00Z"
    asked = place.tenant.id, place.domain, now, Wanted(text="整改")
    with one.host.database.read() as connection:
        first = register.find_matters(connection, *asked, limit=3)
        rest = register.find_matters(connection, *asked, limit=3, after=first[-1]["place"])
        assert [row["title"][1] for row in (*first, *rest)] == ["5", "4", "2", "1"]
        assert register.count_matters(connection, *asked) == 4
        narrower = Wanted(text="整改", board=first[0]["board"], state=first[0]["state"])
        assert len(register.find_matters(connection, *asked[:3], narrower)) == 4
        monkeypatch.setattr(register, "MOST_COUNTED", 2)
        assert register.count_matters(connection, *asked) == 3  # more than two
        assert register.count_slips(connection, *asked) == 0
