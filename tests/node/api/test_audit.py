"""Each act of a user stands in the node's own chain, refused ones too, and no secret with it."""

from __future__ import annotations

import json
from itertools import pairwise

from sqlalchemy import delete, update

from node.readmodel.tables import acts
from node.service.acts import own_place
from node.service.verify import verify
from node.storage.store import SqlStore
from sync.event import Event
from tests.node.api.stand import FORM, Stand


def _events(stand: Stand) -> list[Event]:
    place = own_place(stand.host, stand.places["province"].tenant)

    def read(store: SqlStore) -> list[Event]:
        chain = (place.domain, store.node, place.membership.epoch, "own")
        last, _ = store.last_seal(chain) or (0, "")
        assert last == store.tip(chain).seq
        return store.events(chain, 1, last)

    return stand.host.read(place, read)


def test_a_write_is_one_act_with_who_what_and_when(any_stand: Stand) -> None:
    made = any_stand.done("POST", "/matters", FORM)
    (act,) = any_stand.audit(act="matter.register")
    said = {name: act[name] for name in ("user", "role", "object", "outcome", "count")}
    assert said == {
        "user": "province-supervisor",
        "role": "supervisor",
        "object": made["id"],
        "outcome": "done",
        "count": 1,
    }
    assert act["time"].endswith("Z")


def test_a_batch_is_one_act_with_its_count(stand: Stand) -> None:
    good = {"op": "matter.register", "body": FORM}
    stand.done("POST", "/batch", {"commands": [good] * 40})
    (act,) = stand.audit(act="matter.register")
    assert act["count"] == 40


def test_refusals_of_every_kind_are_acts(stand: Stand) -> None:
    made = stand.done("POST", "/matters", FORM)
    stand.ask("POST", "/matters", "handler", FORM)
    stand.ask("POST", "/matters", "supervisor", {})
    stand.ask("POST", "/matters", "supervisor", {"title": 1})
    stand.ask("POST", f"/matters/{made['id']}/strike", "supervisor", {"result": "x"})
    stand.ask("POST", "/users", "admin", {"user": "x", "role": "head"})
    found = {(one["act"], one["outcome"]) for one in stand.audit(limit="100")}
    assert {
        ("matter.register", "refused:wrong-role"),
        ("matter.register", "refused:gate"),
        ("matter.register", "refused:bad-input"),
        ("matter.strike", "refused:wrong-state"),
        ("user.add", "refused:wrong-role"),
    } <= found
    (struck,) = stand.audit(outcome="refused:wrong-state")
    assert struck["object"] == made["id"]


def test_administrators_acts_and_the_reading_of_the_trail_are_acts(stand: Stand) -> None:
    made = stand.done("POST", "/users", {"user": "甲", "role": "head"}, "security")
    stand.done("PUT", f"/users/{made['id']}", {"role": "leader"}, "security")
    stand.done("DELETE", f"/users/{made['id']}", None, "security")
    stand.done("PUT", "/clock", {"advance_seconds": 60}, "admin")
    stand.audit()
    acts = [one["act"] for one in stand.audit()]
    assert acts[:5] == ["audit.list", "clock", "user.revoke", "user.change", "user.add"]


def test_a_revoked_token_that_is_tried_is_an_act(stand: Stand) -> None:
    made = stand.done("POST", "/users", {"user": "甲", "role": "head"}, "security")
    stand.done("DELETE", f"/users/{made['id']}", None, "security")
    stand.ask("GET", "/matters", None, Authorization=f"Bearer {made['token']}")
    (act,) = stand.audit(outcome="refused:no-token")
    assert (act["user"], act["act"]) == ("甲", "read.matters")


def test_the_trail_is_chained_and_sealed_and_holds_no_secret(stand: Stand) -> None:
    told = stand.done("POST", "/users", {"user": "甲", "role": "head"}, "security")
    hook = stand.done("POST", "/hooks", {"address": "http://127.0.0.1:9/x"}, "admin")
    stand.done("POST", "/matters", FORM | {"content": "不可入册的内容"})
    events = _events(stand)
    acts = [one for one in events if one.header.type == "duban.audit.acted"]
    assert {"user.add", "hook.add", "matter.register"} <= {
        json.loads(one.payload_line or b"")["data"]["act"] for one in acts
    }
    for before, after in pairwise(events):
        assert after.header.prev == before.head
    whole = b"".join(one.payload_line or b"" for one in acts).decode()
    for secret in (told["token"], hook["secret"], "不可入册的内容"):
        assert secret not in whole


def test_another_tenants_auditor_reads_another_trail(stand: Stand) -> None:
    stand.done("POST", "/matters", FORM)
    found = stand.got("/audit?act=matter.register", "auditor", "city")["items"]
    assert found == []


def test_the_trail_is_narrowed_by_user_object_and_time(stand: Stand) -> None:
    stand.done("POST", "/matters", FORM)
    stand.done("PUT", "/clock", {"advance_seconds": 86400}, "admin")
    second = stand.done("POST", "/matters", FORM, "registrar")
    assert len(stand.audit(user="province-registrar")) == 1
    assert len(stand.audit(object=second["id"])) == 1
    when = stand.audit(object=second["id"])[0]["time"]
    assert len(stand.audit(act="matter.register", since=when)) == 1
    assert len(stand.audit(act="matter.register", until=when)) == 1


def test_verify_finds_an_act_that_was_changed_or_taken_out(stand: Stand) -> None:
    stand.done("POST", "/matters", FORM)
    assert verify(stand.host).findings == []
    tenant = stand.places["province"].tenant.id
    stand.host.database.write(
        lambda one: one.execute(
            update(acts).where(acts.c.tenant == tenant).values(user="somebody else")
        )
    )
    assert any(one.where == "acts" for one in verify(stand.host).findings)
    stand.host.database.write(lambda one: one.execute(delete(acts).where(acts.c.tenant == tenant)))
    assert any(one.where == "acts" for one in verify(stand.host).findings)
