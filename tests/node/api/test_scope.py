"""One predicate says what a user sees, in lists, counts, one object, and cache keys alike."""

from __future__ import annotations

from typing import Any

import pytest

from sync.me import Me
from sync.publish import publish
from sync.writing import Draft
from tests.node.api.stand import FORM, Stand

READERS = ("registrar", "supervisor", "head", "handler", "leader")


def _submit(stand: Stand, user: str, nonce: str, node: str = "province") -> str:
    """A matter that an enterprise user submitted, as its node writes it."""
    place = stand.places[node]
    id = f"matter:{stand.nodes[node]}:{nonce}"
    data: dict[str, Any] = FORM | {
        "no": f"企〔2026〕{nonce}号",
        "by": {"user": user, "role": "enterprise"},
    }
    draft = Draft("duban.matter.registered", id, "up", data)

    def work(store: Any, me: Me) -> None:
        publish(store, me, [draft], stand.host.now(), lambda: stand.host.chance.bytes(16))

    stand.host.write(place, work)
    return id


@pytest.fixture
def shop(any_stand: Stand) -> Stand:
    """Two firms and one registrar have each a matter."""
    _submit(any_stand, "province-enterprise", "firm00001")
    _submit(any_stand, "another", "firm00002")
    any_stand.done("POST", "/matters", FORM)
    return any_stand


def test_a_firm_sees_what_it_submitted_and_nothing_else(shop: Stand) -> None:
    (mine,) = shop.got("/matters", "enterprise")["items"]
    assert mine["id"].endswith("firm00001")
    assert shop.got(f"/matters/{mine['id']}", "enterprise")["title"] == FORM["title"]
    for one in shop.got("/matters", "leader")["items"]:
        status = shop.ask("GET", f"/matters/{one['id']}", "enterprise").status_code
        assert status == (200 if one["id"] == mine["id"] else 404)
    picture = shop.got("/picture", "enterprise")
    assert (picture["matters"], picture["states"]) == (1, {"APPROVED": 1})


def test_the_staff_sees_all_and_counts_agree_with_lists(shop: Stand) -> None:
    for role in READERS:
        assert len(shop.got("/matters", role)["items"]) == 3
        assert shop.got("/picture", role)["matters"] == 3


def test_a_firm_follows_the_steps_of_its_own_matter_without_their_content(shop: Stand) -> None:
    (mine,) = shop.got("/matters", "enterprise")["items"]
    other = next(one for one in shop.got("/matters")["items"] if one["id"] != mine["id"])
    for one in (mine, other):
        shop.done("POST", f"/matters/{one['id']}/issue", {"lead": shop.nodes["city"]})
    (row,) = shop.got("/assignments", "enterprise")["items"]
    assert row["matter"] == mine["id"]
    whole = shop.got(f"/assignments/{row['id']}", "enterprise")
    assert [one["data"] for one in whole["events"]] == [None]
    assert whole["allowed"] == []
    hidden = next(one for one in shop.got("/assignments")["items"] if one["matter"] == other["id"])
    assert shop.ask("GET", f"/assignments/{hidden['id']}", "enterprise").status_code == 404
    units = shop.got("/picture", "enterprise")["units"]
    assert [one["assignments"] for one in units] == [1]
    assert sum(shop.got("/picture", "enterprise")["lights"]["daily"].values()) == 1


def test_a_firm_of_the_same_name_elsewhere_is_another_firm(stand: Stand) -> None:
    _submit(stand, "province-enterprise", "firm00001", "city")
    assert stand.got("/matters", "enterprise", "city")["items"] == []
    assert stand.got("/matters", "enterprise")["items"] == []


def test_an_etag_of_one_user_says_nothing_to_another(shop: Stand) -> None:
    for path in ("/matters", "/picture", "/assignments?limit=1"):
        tags = {
            role: shop.ask("GET", path, role).headers["ETag"] for role in ("head", "enterprise")
        }
        crossed = shop.ask("GET", path, "enterprise", If_None_Match=tags["head"])
        same = shop.ask("GET", path, "enterprise", If_None_Match=tags["enterprise"])
        assert same.status_code == 304
        if path != "/assignments?limit=1":
            assert crossed.status_code == 200
