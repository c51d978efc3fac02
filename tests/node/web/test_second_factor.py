"""The second factor through pages: set up, two steps, recovery codes, lock-out, reset, demanded."""

from __future__ import annotations

import base64
import re

import pytest

from federation.keys import STEP, one_time_code
from node.service import codes, logins
from node.storage import factors
from tests.node.web.stand import PASSWORD, Browser, WebStand
from tests.node.web.test_coming_in import later

CHIEF = "province-supervisor"


class Phone:
    """An authenticator app: it knows the secret and the time."""

    def __init__(self, web: WebStand, page: str) -> None:
        found = re.search(r'<code class="secret">([A-Z2-7]+)<', page)
        assert found
        text = found[1]
        self._secret = base64.b32decode(text + "=" * (-len(text) % 8))
        self._web = web

    def code(self, steps: int = 0) -> str:
        now = int(self._web.host.now().seconds // STEP)
        return one_time_code(self._secret, now + steps)


def set_up(web: WebStand, browser: Browser) -> tuple[Phone, list[str]]:
    browser.send("/me/second", "下一步", password=PASSWORD)
    page = browser.follow()
    assert 'src="data:image/svg+xml' in page
    phone = Phone(web, page)
    shown = browser.send("/me/second", "开启", 200, code=phone.code())
    return phone, re.findall(r"<li><code>([A-Z2-7-]+)</code>", shown)


def half(web: WebStand, user: str = CHIEF) -> Browser:
    browser = web.nobody()
    browser.login(web.nodes["province"], user)
    assert browser.page.headers["Location"].startswith("/login/code")
    return browser


def step(browser: Browser, code: str, status: int = 303) -> str:
    return browser.send("/login/code", "验证码", status, code=code)


def test_two_steps_open_and_one_does_not(any_web: WebStand) -> None:
    web = any_web
    own = web.browser("supervisor")
    phone, shown = set_up(web, own)
    assert len(set(shown)) == codes.RECOVERY
    own.get("/")  # the session in which it was set up goes on
    browser = half(web)
    browser.get("/", 303)
    assert "/login" in browser.page.headers["Location"], "the first step alone opens nothing"
    held = browser.client.get_cookie("duban_half")
    assert held is not None
    browser.client.set_cookie("duban", held.value)
    browser.get("/", 303)
    later(web, STEP)
    step(browser, phone.code())
    browser.get("/")
    assert browser.client.get_cookie("duban_half") is None


def test_a_code_opens_once_and_none_before_it(any_web: WebStand) -> None:
    web = any_web
    phone, _ = set_up(web, web.browser("supervisor"))
    later(web, 5 * STEP)
    code, before = phone.code(), phone.code(-1)
    step(half(web), code)
    again = half(web)
    step(again, code, 200)
    assert "验证码不正确或已用过" in again.said()
    step(again, before, 200)
    step(again, phone.code(1))
    again.get("/")


def test_a_code_of_another_time_opens_nothing(web: WebStand) -> None:
    phone, _ = set_up(web, web.browser("supervisor"))
    later(web, 10 * STEP)
    browser = half(web)
    for steps in (-2, 2):
        step(browser, phone.code(steps), 200)
    step(browser, phone.code(-1))


def test_a_recovery_code_opens_once_in_any_writing(any_web: WebStand) -> None:
    web = any_web
    _, shown = set_up(web, web.browser("supervisor"))
    step(half(web), shown[0].lower().replace("-", " "))
    again = half(web)
    step(again, shown[0], 200)
    step(again, shown[1])
    again.get("/me/second")
    assert f"还剩 {codes.RECOVERY - 2} 个没有用过" in again.said()
    assert [one["outcome"] for one in web.audit(act="second.recovery")] == ["done", "done"]


def test_five_wrong_codes_lock_even_the_right_one_for_a_while(any_web: WebStand) -> None:
    web = any_web
    phone, shown = set_up(web, web.browser("supervisor"))
    later(web, STEP)
    browser = half(web)
    for _ in range(codes.TRIES):
        step(browser, "000000" if phone.code() != "000000" else "000001", 200)
    for right in (phone.code(), shown[0]):
        step(browser, right, 200)
        assert "尝试次数过多" in browser.said()
    refused = web.audit(act="session.begin", outcome="refused:no-token", user=CHIEF)
    assert len(refused) == codes.TRIES
    assert "locked" in refused[0]["detail"]
    later(web, codes.LOCKED + 1)
    step(half(web), phone.code())


def test_the_second_step_must_come_soon(web: WebStand) -> None:
    phone, _ = set_up(web, web.browser("supervisor"))
    browser = half(web)
    later(web, logins.BETWEEN + 1)
    step(browser, phone.code(), 200)
    assert "第一步已过期" in browser.said()


def test_the_secret_is_kept_locked_and_recovery_codes_hashed(web: WebStand) -> None:
    phone, shown = set_up(web, web.browser("supervisor"))
    tenant = web.host.tenant(web.nodes["province"])
    with web.host.database.read() as connection:
        held = factors.find(connection, tenant.id, CHIEF)
    assert held is not None
    assert phone._secret not in held.secret
    aad = codes.bound(tenant.node, CHIEF)
    assert web.host.vault.open(held.secret, aad) == phone._secret
    with pytest.raises(ValueError):
        web.host.vault.open(held.secret, codes.bound(tenant.node, "province-leader"))
    web.host.database.write(lambda _: None)
    raw = (web.config.data / "host.db").read_bytes() + (
        web.config.data / "host.db-wal"
    ).read_bytes()
    for secret in (phone._secret, codes.base32(phone._secret).encode(), *map(str.encode, shown)):
        assert secret not in raw


def test_switching_off_needs_the_password_and_a_code(web: WebStand) -> None:
    own = web.browser("supervisor")
    phone, shown = set_up(web, own)
    later(web, STEP)
    off = "关闭"
    own.send("/me/second", off, 200, password="wrong wrong wrong", code=phone.code())
    own.send("/me/second", off, 200, password=PASSWORD, code="000000")
    own.send("/me/second", off, 200, password=PASSWORD, code="")
    own.send("/me/second", off, password=PASSWORD, code=phone.code())
    web.nobody().login(web.nodes["province"], CHIEF)
    assert web.audit(act="second.off")[0]["outcome"] == "done"
    tenant = web.host.tenant(web.nodes["province"]).id
    with web.host.database.read() as connection:
        assert factors.count_recovery(connection, tenant, CHIEF) == 0
    assert shown


def test_a_password_asked_for_once_more_is_throttled_as_at_the_door(web: WebStand) -> None:
    own = web.browser("supervisor")
    for _ in range(5):
        own.send("/me/second", "下一步", 200, password="wrong wrong wrong")
        assert "密码不正确" in own.said()
    own.send("/me/second", "下一步", 200, password=PASSWORD)
    assert "尝试次数过多" in own.said()


def test_new_recovery_codes_end_the_old_ones(web: WebStand) -> None:
    own = web.browser("supervisor")
    phone, old = set_up(web, own)
    later(web, STEP)
    page = own.send("/me/second", "生成新的恢复码", 200, password=PASSWORD, code=phone.code())
    new = re.findall(r"<li><code>([A-Z2-7-]+)</code>", page)
    assert len(new) == codes.RECOVERY
    assert not set(new) & set(old)
    browser = half(web)
    step(browser, old[3], 200)
    step(browser, new[3])


def test_a_code_that_does_not_fit_switches_nothing_on(web: WebStand) -> None:
    own = web.browser("supervisor")
    own.send("/me/second", "下一步", password=PASSWORD)
    phone = Phone(web, own.follow())
    wrong = str((int(phone.code()) + 1) % 1_000_000).zfill(6)
    if wrong in (phone.code(-1), phone.code(1)):
        wrong = str((int(wrong) + 1) % 1_000_000).zfill(6)
    own.send("/me/second", "开启", 200, code=wrong)
    assert "验证码不正确" in own.said()
    web.nobody().login(web.nodes["province"], CHIEF)


def test_the_security_administrator_resets_anothers_and_not_ones_own(web: WebStand) -> None:
    own, guard = web.browser("supervisor"), web.browser("security")
    set_up(web, own)
    set_up(web, guard)
    page = guard.get("/admin/users")
    assert page.count('value="second"') == 1, "nothing to reset of one's own"
    token = web.token(guard)
    guard.post("/admin/users", {"csrf_token": token, "what": "second", "user": CHIEF})
    own.get("/", 303)
    web.nobody().login(web.nodes["province"], CHIEF)
    sent = {"csrf_token": token, "what": "second", "user": "province-security"}
    guard.post("/admin/users", sent, 200)
    told = [(one["object"], one["outcome"]) for one in web.audit(act="second.reset")]
    assert told == [("province-security", "refused:wrong-role"), (CHIEF, "done")]


def test_a_node_that_demands_it_lets_administrators_do_nothing_before(web: WebStand) -> None:
    guard, auditor = web.browser("security"), web.browser("auditor")
    auditor.get("/admin/audit")
    guard.send("/admin/users", "必须开启", of="administrators")
    for who in (guard, auditor):
        who.get("/me", 303)
        assert who.page.headers["Location"].endswith("/me/second")
    auditor.get("/admin/audit", 303)
    web.browser("supervisor").get("/")
    auditor.get("/me/second")
    assert "设置完成之前不能使用其他页面" in auditor.said()
    phone, _ = set_up(web, auditor)
    auditor.get("/admin/audit")
    later(web, STEP)
    auditor.get("/me/second")
    assert "不能关闭" in auditor.said()
    sent = {"csrf_token": web.token(auditor), "what": "off", "password": PASSWORD,
            "code": phone.code()}  # fmt: skip
    auditor.post("/me/second", sent, 200)
    assert half(web, "province-auditor")
    assert web.got("/audit", "auditor")["items"], "a program's token stands apart (ADR 0063)"
