"""Notices over REST and the terminal: one's own inbox and addresses, the administrator's log."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from node.bootstrap import real_time
from node.cli import main
from node.service import reminders
from node.service.clock import OffsetClock
from node.worker import Loopback
from schemas.api import answers
from sync.driver import turn
from tests.node.api.stand import FORM, Stand


@pytest.fixture
def told(stand: Stand) -> Stand:
    """Two matters given to the city, one day before they are due."""
    for _ in range(2):
        made = stand.done("POST", "/matters", FORM)
        stand.done("POST", f"/matters/{made['id']}/issue", {"lead": stand.nodes["city"]})
    hands = stand.host.hands(stand.places["city"], Loopback(stand.host))
    assert turn(hands, stand.nodes["province"], "").failure is None
    ahead = timedelta(days=2)
    stand.host.now = OffsetClock(lambda: real_time() + ahead, lambda: ahead, lambda _: None)
    assert reminders.look(stand.host)[1] >= 2
    return stand


def _inbox(stand: Stand, role: str = "head", query: str = "") -> Any:
    return stand.got(f"/notices{query}", role, node="city")


def test_an_inbox_is_read_one_by_one(told: Stand) -> None:
    page = _inbox(told)
    assert answers.inbox_page()().validate(page) == {}
    assert page["unread"] == len(page["items"]) >= 2
    one = page["items"][0]
    assert (one["kind"], one["to"], one["read_at"]) == ("reminder", "head", None)
    assert one["text"].startswith("已到期:")
    assert FORM["title"] in one["text"]
    done = told.done("POST", f"/notices/{one['id']}/read", None, "head", node="city")
    assert done == {"id": one["id"], "state": "read"}
    assert _inbox(told)["unread"] == page["unread"] - 1
    assert _inbox(told, query="?unread=yes")["items"] == page["items"][1:]
    again = told.ask("POST", f"/notices/{one['id']}/read", "head", node="city")
    assert again.status_code == 200
    read_at = _inbox(told)["items"][0]["read_at"]
    assert read_at is not None
    acts = told.got("/audit?act=notice.read", "auditor", node="city")["items"]
    assert {act["object"] for act in acts} == {one["id"]}


def test_pages_together_are_the_inbox(told: Stand) -> None:
    whole, found, after = _inbox(told)["items"], list[Any](), ""
    while True:
        page = _inbox(told, query=f"?limit=1{after}")
        found += page["items"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert found == whole
    assert told.ask("GET", "/notices?after=x", "head").status_code == 422


def test_nobody_reads_what_was_said_to_another(told: Stand) -> None:
    id = _inbox(told)["items"][0]["id"]
    for role in ("handler", "supervisor", "leader"):
        assert id not in {one["id"] for one in _inbox(told, role)["items"]}
        refused = told.ask("POST", f"/notices/{id}/read", role, node="city")
        assert refused.status_code == 404
    assert told.ask("POST", f"/notices/{id}/read", "head").status_code == 404  # the province's
    assert told.ask("POST", "/notices/x/read", "head", node="city").status_code == 404
    for role in ("enterprise", "admin", "auditor", "security"):
        assert told.ask("GET", "/notices", role, node="city").status_code == 403


def test_addresses_are_one_s_own_and_checked(told: Stand) -> None:
    path = "/me/contacts"
    empty = {"user": "city-head", "email": None, "phone": None, "chat": None}
    assert told.got(path, "head", node="city") == empty
    given = {"email": "head@example.cn", "phone": "+86-13800000000"}
    put = told.done("PUT", path, given, "head", node="city")
    assert put == told.got(path, "head", node="city") == empty | given
    assert told.got(path, "handler", node="city")["email"] is None
    for bad in (
        {"email": "nobody"},
        {"email": "a@b\r\nBcc: c@d"},
        {"email": "a@b,c@d"},
        {"phone": "tel"},
        {"chat": "a b"},
        {"pager": "1"},
    ):
        assert told.ask("PUT", path, "head", bad, node="city").status_code == 422, bad
    assert told.done("PUT", path, {}, "head", node="city") == empty


def test_the_log_shows_the_administrator_no_content(told: Stand) -> None:
    class Nowhere:
        def send(self, message: object) -> None:
            """Take it."""

    told.host.outlets = {"email": Nowhere()}
    told.done("PUT", "/me/contacts", {"email": "head@example.cn"}, "handler", node="city")
    told.host.now.advance(timedelta(days=3))  # type: ignore[attr-defined]
    reminders.look(told.host)
    page = told.got("/deliveries", "admin", node="city")
    assert answers.page_of(answers.DeliveryRow)().validate(page) == {}
    assert page["items"]
    assert {one["state"] for one in page["items"]} == {"waiting"}
    assert {one["address"] for one in page["items"]} == {"h***@example.cn"}
    assert FORM["title"] not in json.dumps(page, ensure_ascii=False)
    assert told.got("/deliveries", "admin")["items"] == []
    assert told.got(f"/deliveries?limit=1&after={10**6}", "admin", node="city")["next"]
    assert told.ask("GET", "/deliveries", "head", node="city").status_code == 403


def _said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    main(list(words))
    return capsys.readouterr().out


def test_the_terminal_shows_inbox_addresses_and_log(
    told: Stand, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told.host.database.close()
    here = ("--data", str(tmp_path))
    node = ("--node", told.nodes["city"])
    shown = _said(capsys, *here, "notices", "list", "city-head", "--unread", *node)
    assert "已到期" in shown
    assert "unread: " in shown
    asked = ("notices", "contact", "city-head")
    _said(capsys, *here, *asked, "--phone", "13800000000", *node)
    kept = json.loads(_said(capsys, *here, *asked, "--json", *node))
    assert kept == {"user": "city-head", "email": None, "phone": "13800000000", "chat": None}
    with pytest.raises(SystemExit):
        main([*here, *asked, "--email", "nobody", *node])
    assert "email" in capsys.readouterr().err
    assert json.loads(_said(capsys, *here, "notices", "send", "--json"))["sent"] == 0
    assert json.loads(_said(capsys, *here, "notices", "log", "--json", *node))["items"] == []
