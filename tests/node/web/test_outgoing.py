"""What leaves the node, lines and erasures, as their administrators see and change them."""

from __future__ import annotations

import re

import pytest

from node.readmodel.scope import ROLES
from node.service import enrol, hooks
from node.storage import hooks as kept
from node.storage import notices as stored
from tests.node.api.stand import FORM
from tests.node.web.stand import Browser, WebStand


def subscribed(web: WebStand) -> list[kept.Hook]:
    tenant = web.places["province"].tenant.id
    with web.host.database.read(tenant) as connection:
        return [hook for hook, _ in kept.list_hooks(connection, tenant)]


def test_a_subscription_shows_its_secret_once_what_it_was_told_and_ends(any_web: WebStand) -> None:
    web = any_web
    admin = web.browser("admin")
    admin.send("/admin/hooks", "建立", 200, address="http://127.0.0.1:9/in",
               what="add", kinds="matter")  # fmt: skip
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", admin.page.text)
    assert secret
    assert "http://127.0.0.1:9/in" in admin.said()
    assert secret[0] not in admin.get("/admin/hooks"), "it is shown once"
    (hook,) = subscribed(web)
    assert hook.kinds == "matter"
    web.done("POST", "/matters", FORM)
    taken = hooks.deliver(web.host, hook, web.nodes["province"], lambda *_: 500)
    assert taken == (0, "status 500")
    admin.get("/admin/hooks")
    assert "✗ 1" in admin.said()
    assert "status 500" in admin.said()
    hooks.deliver(web.host, subscribed(web)[0], web.nodes["province"], lambda *_: 200)
    admin.get(f"/admin/hooks/{hook.id}")
    assert "✓" in admin.said()
    assert "matter:" in admin.said()
    admin.send("/admin/hooks", "取消订阅", what="drop")
    assert subscribed(web) == []
    admin.get(f"/admin/hooks/{hook.id}", 404)
    assert [one["act"] for one in web.audit(user="province-admin")[:2]] == ["hook.drop", "hook.add"]


@pytest.mark.parametrize("address", ["", "ftp://example.org", "http://user@example.org/"])
def test_an_address_that_is_none_is_refused_and_kept_in_the_form(
    long_web: WebStand, address: str
) -> None:
    admin = long_web.browser("admin")
    admin.send("/admin/hooks", "建立", 200, address=address, what="add")
    assert "以 http:// 或 https:// 开头的地址" in admin.said()
    assert f'value="{address}"' in admin.page.text
    assert subscribed(long_web) == []


def test_a_page_of_posts_that_is_none_is_refused(long_web: WebStand) -> None:
    admin = long_web.browser("admin")
    admin.get("/admin/hooks/x?after=abc", 422)
    admin.get("/admin/deliveries?after=abc", 422)
    admin.get("/admin/hooks/x", 404)


def test_the_delivery_log_shows_each_try_and_can_be_narrowed(any_web: WebStand) -> None:
    web = any_web
    tenant = web.places["province"].tenant.id
    now = web.host.now()
    reached = (("email", "head@example.org"), ("sms", "13700000000"))
    made = [
        {"tenant": tenant, "id": f"d{n}", "user": "province-head", "channel": channel,
         "address": address, "notice": None, "text": "x", "made_at": now.business,
         "begun": now.seconds, "due": now.seconds}
        for n, (channel, address) in enumerate(reached)
    ]  # fmt: skip
    web.host.database.write(lambda one: stored.put_deliveries(one, made), tenant)
    with web.host.database.read(tenant) as connection:
        second = stored.list_deliveries(connection, tenant)[0]
    told = {"state": "refused", "attempts": 3, "last_error": "550 no such user"}
    web.host.database.write(lambda one: stored.change_delivery(one, second.n, **told), tenant)
    admin = web.browser("admin")
    admin.get("/admin/deliveries")
    assert "hea" not in admin.said() or "head@example.org" not in admin.said()
    assert {"待发送", "✗ 对方不收", "550 no such user"} <= set(re.findall(
        r"待发送|✗ 对方不收|550 no such user", admin.said()))  # fmt: skip
    admin.get("/admin/deliveries?channel=email")
    assert "example.org" in admin.said()
    assert "137" not in rows(admin)
    admin.get("/admin/deliveries?state=refused")
    assert "137" in rows(admin)
    assert "example.org" not in rows(admin)
    got = web.got("/deliveries?state=refused&channel=sms", "admin")["items"]
    assert [one["state"] for one in got] == ["refused"]


def rows(browser: Browser) -> str:
    """The words of the table alone."""
    return browser.page.text.partition("<tbody>")[2]


def test_a_line_is_drawn_between_two_units_below_and_ended(any_web: WebStand) -> None:
    web = any_web
    web.nodes["bureau"] = enrol.init(web.host, "示例局", "department").node
    web._join("bureau")
    web.turn()
    admin = web.browser("admin")
    admin.send("/admin/lines", "建立", 200, by="示例局", over="没有这个单位", what="draw")
    assert 'value="没有这个单位"' in admin.page.text
    assert 'role="alert"' in admin.page.text
    admin.send("/admin/lines", "建立", by="示例局", over="示例市", what="draw")
    admin.follow()
    assert "条线已建立" in admin.said()
    assert "示例局" in rows(admin)
    roster = web.host.read(web.places["province"], lambda store: store.roster())
    assert roster.guided_by(web.nodes["bureau"], web.nodes["city"])
    admin.send("/admin/lines", "结束", what="end")
    admin.follow()
    assert "还没有条线" in admin.said()
    assert [one["act"] for one in web.audit(act="node.line")] == ["node.line"] * 2


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_room_is_its_administrators(long_web: WebStand, role: str) -> None:
    browser = long_web.browser(role)
    for path in ("/admin/hooks", "/admin/deliveries", "/admin/lines"):
        assert browser.client.get(path).status_code == (200 if role == "admin" else 403)
    status = browser.client.get("/admin/erase").status_code
    assert status == (200 if role == "security" else 403)


def test_content_is_erased_in_two_steps_on_grounds(any_web: WebStand) -> None:
    web = any_web
    made = web.done("POST", "/matters", FORM)
    place = web.places["province"]
    web.done("POST", f"/matters/{made['id']}/cancel", {"grounds": "重复立项,并案办理"})
    with web.host.database.read(place.tenant.id) as connection:
        store = web.host.store(connection, place)
        event = store.events_of(made["id"])[-1]
    security = web.browser("security")
    security.send("/admin/erase", "查看", 200, id=event.header.id, what="look")
    assert made["id"] in security.page.text
    assert "第二步" in security.said()
    security.send("/admin/erase", "查看", 200, id="x", what="look")
    assert "代次/流/序号" in security.said()
    form = {"id": event.header.id, "what": "erase", "origin": place.tenant.node}
    token = web.token(security)
    security.post("/admin/erase", form | {"csrf_token": token, "grounds": ""}, 200)
    assert 'role="alert"' in security.page.text
    security.post("/admin/erase", form | {"csrf_token": token, "grounds": "涉及个人信息"})
    with web.host.database.read(place.tenant.id) as connection:
        held = web.host.store(connection, place).events_of(made["id"])[-1]
    assert held.payload_line is None
    assert web.audit(act="node.erase")[0]["outcome"] == "done"
