"""One predicate says what a user sees, in lists, counts, one object, and cache keys alike."""

from __future__ import annotations

from typing import Any

import pytest

from node.readmodel import queries
from node.readmodel.scope import ADMINISTRATORS, BUSINESS, EVERYTHING, Sight, sight_of
from node.service import timeline
from node.service.picture import picture
from tests.node.api.stand import Stand
from tests.schemas.intake_examples import FORM, LAWFUL

ASK = {
    name: LAWFUL["duban.draft.submitted"][name]
    for name in ("situation", "demand", "difficulty", "applicant")
}
FIRM, OTHER = "province-enterprise", "another"


@pytest.fixture
def shop(any_stand: Stand) -> Stand:
    """Two firms' demands have become matters; one more matter is the registrar's own."""
    stand = any_stand
    made = stand.done("POST", "/users", {"user": OTHER, "role": "enterprise"}, "security")
    stand.tokens["province", OTHER] = made["token"]
    for role in ("enterprise", OTHER):
        id = stand.done("POST", "/intake", ASK, role)["id"]
        stand.done("POST", f"/drafts/{id}/draft", FORM, "registrar")
        answer = "另有其事"
        stand.done("POST", f"/drafts/{id}/propose", {"answer": answer}, "registrar")
        done = stand.done("POST", f"/drafts/{id}/approve", None, "supervisor")
        stand.done("POST", f"/matters/{done['matter']}/issue", {"lead": stand.nodes["city"]})
    return stand


def _rows(stand: Stand, ask: Any, sight: Sight) -> list[dict[str, Any]]:
    place, now = stand.places["province"], stand.host.now().business
    with stand.host.database.read() as connection:
        found: list[dict[str, Any]] = ask(
            connection, place.tenant.id, place.domain, now, sight=sight
        )
    return found


def test_a_firm_sees_its_own_drafts_by_rest_and_no_others(shop: Stand) -> None:
    (mine,) = shop.got("/intake/mine", "enterprise")["items"]
    (other,) = shop.got("/intake/mine", OTHER)["items"]
    assert mine["id"] != other["id"]
    assert len(shop.got("/drafts", "leader")["items"]) == 2
    assert shop.ask("GET", f"/drafts/{other['id']}", "enterprise").status_code == 404
    assert shop.ask("GET", f"/drafts/{mine['id']}", "enterprise").status_code == 200
    for path in ("/matters", "/assignments", "/picture", "/drafts", "/attachments"):
        assert shop.ask("GET", path, "enterprise").status_code == 403


def test_the_predicate_agrees_with_itself_in_lists_counts_and_single_objects(shop: Stand) -> None:
    place = shop.places["province"]
    for user in (FIRM, OTHER):
        sight = sight_of(user, "enterprise")
        (matter,) = _rows(shop, queries.list_matters, sight)
        (assignment,) = _rows(shop, queries.list_assignments, sight)
        assert assignment["matter"] == matter["id"]
        counted = picture(shop.host, place, sight)
        assert (counted["matters"], counted["assignments"]) == (1, 1)
        assert counted["states"] == {"OPEN": 1}
        assert [one["assignments"] for one in counted["units"]] == [1]
        assert sum(sum(one.values()) for one in counted["lights"].values()) == 1
        whole = timeline.assignment(shop.host, place, assignment["id"], sight)
        assert [one["data"] for one in whole["events"]] == [None]
        for one in _rows(shop, queries.list_matters, EVERYTHING):
            with shop.host.database.read() as connection:
                found = queries.one_matter(
                    connection, place.tenant.id, place.domain, "2026-01-01T00:00:00.000Z",
                    one["id"], sight,
                )  # fmt: skip
            assert (found is not None) == (one["id"] == matter["id"])


def test_the_staff_sees_all_and_administrators_nothing(shop: Stand) -> None:
    for role in BUSINESS:
        assert len(_rows(shop, queries.list_matters, sight_of("x", role))) == 2
    for role in (*ADMINISTRATORS, "unheard-of"):
        sight = sight_of("x", role)
        assert _rows(shop, queries.list_matters, sight) == []
        assert _rows(shop, queries.list_assignments, sight) == []
        counted = picture(shop.host, shop.places["province"], sight)
        assert (counted["matters"], counted["assignments"], counted["units"]) == (0, 0, [])


def test_an_etag_of_one_user_says_nothing_to_another(shop: Stand) -> None:
    tags = {
        role: shop.ask("GET", "/intake/mine", role).headers["ETag"]
        for role in ("enterprise", OTHER)
    }
    assert tags["enterprise"] != tags[OTHER]
    crossed = shop.ask("GET", "/intake/mine", "enterprise", If_None_Match=tags[OTHER])
    assert crossed.status_code == 200
    same = shop.ask("GET", "/intake/mine", "enterprise", If_None_Match=tags["enterprise"])
    assert same.status_code == 304
