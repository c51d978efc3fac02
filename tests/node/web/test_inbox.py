"""The inbox page: what was said to a user, read one by one or all at once."""

from __future__ import annotations

import re
from datetime import timedelta

from node.bootstrap import real_time
from node.service import reminders
from node.service.clock import OffsetClock
from tests.node.api.stand import FORM
from tests.node.web.stand import WebStand


def test_what_was_said_is_shown_to_whom_it_was_said_and_read_by_a_button(web: WebStand) -> None:
    for _ in range(2):
        made = web.done("POST", "/matters", FORM)
        web.done("POST", f"/matters/{made['id']}/issue", {"lead": web.nodes["city"]})
    web.turn()
    ahead = timedelta(days=2)
    web.host.now = OffsetClock(lambda: real_time() + ahead, lambda: ahead, lambda _: None)
    reminders.look(web.host)
    head, clerk = web.browser("head", "city"), web.browser("registrar", "city")
    count = int(head.get("/inbox/unread"))
    assert count >= 2
    page = head.get("/inbox")
    assert f"未读 {count} 条" in head.said()
    assert "已到期" in head.said()
    assert FORM["title"] in head.said()
    assert page.count('name="notice"') == count
    (first, *_) = re.findall(r'name="notice" value="(\d+)"', page)
    head.post("/inbox", {"notice": first, "csrf_token": web.token(head)})
    assert head.get("/inbox/unread") == str(count - 1)
    head.send("/inbox", "全部标为已读")
    assert head.get("/inbox/unread") == "0"
    assert head.get("/inbox").count('name="notice"') == 0
    assert clerk.get("/inbox/unread") == "0"
    assert FORM["title"] not in (clerk.get("/inbox") and clerk.said())
