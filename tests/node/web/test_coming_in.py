"""Coming in: passwords, lock-out, sessions that end, form tokens, headers."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from node.service import logins, passwords, users
from node.service.acts import Deed
from node.web import account
from tests.node.web.stand import PASSWORD, Browser, WebStand

CHIEF = "province-supervisor"


def later(web: WebStand, seconds: float) -> None:
    """The host's machine clock goes on, for sessions and locks alike."""
    clock, real = web.host.now, web.host.now._real  # type: ignore[attr-defined]
    clock._real = lambda: real() + timedelta(seconds=seconds)  # type: ignore[attr-defined]


def test_a_wrong_password_is_refused_and_says_nothing_of_the_name(web: WebStand) -> None:
    nobody = web.nobody()
    nobody.login(web.nodes["province"], CHIEF, "wrong wrong wrong", 200)
    known = nobody.said()
    nobody.login(web.nodes["province"], "who is this", "wrong wrong wrong", 200)
    assert "用户名或密码不正确" in known
    assert "用户名或密码不正确" in nobody.said()


def test_five_wrong_passwords_lock_the_name_for_a_while(any_web: WebStand) -> None:
    web, nobody = any_web, any_web.nobody()
    for _ in range(passwords.TRIES):
        nobody.login(web.nodes["province"], CHIEF, "wrong wrong wrong", 200)
    nobody.login(web.nodes["province"], CHIEF, status=200)
    assert "尝试次数过多" in nobody.said()
    web.nobody().login(web.nodes["province"], "province-leader")
    later(web, passwords.LOCKED + 1)
    nobody.login(web.nodes["province"], CHIEF)
    acts = web.audit(act="session.begin", user=CHIEF)
    assert [one["outcome"] for one in acts[::-1]] == ["refused:no-token"] * 5 + ["done"]


def test_a_name_that_nobody_has_is_locked_alike(web: WebStand) -> None:
    nobody = web.nobody()
    for _ in range(passwords.TRIES):
        nobody.login(web.nodes["province"], "who is this", "wrong wrong wrong", 200)
    nobody.login(web.nodes["province"], "who is this", "wrong wrong wrong", 200)
    assert "尝试次数过多" in nobody.said()


def test_one_address_may_not_try_all_names(web: WebStand) -> None:
    account._doors.clear()
    nobody = web.nobody()
    for number in range(logins.ADDRESS_TRIES):
        nobody.login(web.nodes["province"], f"name {number}", "wrong wrong wrong", 200)
    nobody.login(web.nodes["province"], CHIEF, status=200)
    assert "尝试次数过多" in nobody.said()


def test_a_session_ends_when_it_is_left_when_it_idles_and_when_it_is_old(web: WebStand) -> None:
    for wait in (0.0, logins.IDLE + 1):
        chief = web.browser("supervisor")
        chief.get("/")
        if wait:
            later(web, wait)
        else:
            chief.send("/", "退出")
        chief.get("/", 303)
    chief = web.browser("supervisor")
    for _ in range(13):
        later(web, logins.IDLE - 1)
        if chief.client.get("/").status_code == 303:
            return
    pytest.fail("a session may not last for ever")


def test_a_changed_role_bites_on_the_next_request(web: WebStand) -> None:
    chief = web.browser("supervisor")
    assert "登记事项" in chief.get("/")
    tenant = web.host.tenant(web.nodes["province"])
    mine = next(one for one in web.got("/users", "security")["items"] if one["user"] == CHIEF)
    by = users.operator(tenant.node)
    users.change(web.host, tenant, by, mine["id"], "handler", Deed("user.change"))
    assert "登记事项" not in chief.get("/")
    chief.get("/matters/new", 403)
    users.drop(web.host, tenant, by, mine["id"], Deed("user.revoke"))
    chief.get("/", 303)


def test_one_who_has_two_roles_switches_between_them(web: WebStand) -> None:
    users.add(web.host, web.nodes["province"], "province-leader", "supervisor")
    both = web.browser("leader")
    both.get("/")
    assert "登记事项" in both.page.text, "the first of the roles in the table's order"
    form = re.search(r'<option value="([0-9a-f]{64})">领导', both.get("/me"))
    assert form
    both.send("/me", "切换", account=form[1])
    both.get("/")
    assert "登记事项" not in both.page.text


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(web: WebStand) -> None:
    here, there = web.browser("supervisor"), web.browser("supervisor")
    here.send("/me", "原密码", 200, old="wrong", password="another good one")
    assert "原密码不正确" in here.said()
    here.send("/me", "原密码", 200, old=PASSWORD, password="short")
    assert "至少" in here.said() or "10" in here.said()
    here.send("/me", "原密码", old=PASSWORD, password="another good one")
    here.get("/")
    there.get("/", 303)
    web.nobody().login(web.nodes["province"], CHIEF, "another good one")


def test_a_form_without_its_token_changes_nothing(web: WebStand) -> None:
    chief = web.browser("supervisor")
    fields = {"title": "x"}
    assert chief.client.post("/matters/new", data=fields).status_code == 400
    token = web.token(web.nobody())
    answer = chief.client.post("/matters/new", data=fields | {"csrf_token": token})
    assert answer.status_code == 400, "another browser's token is none"


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(web: WebStand) -> None:
    chief = web.browser("supervisor")
    said = chief.page.headers.getlist("Set-Cookie")
    mine = next(one for one in said if one.startswith("duban="))
    assert "HttpOnly" in mine
    assert "SameSite=Lax" in mine


PATHS = ("/", "/matters", "/matters/new", "/screen", "/federation", "/triage", "/inbox", "/me")


@pytest.mark.parametrize("path", [*PATHS, "/login", "/port", "/track", "/nowhere"])
def test_no_page_holds_a_script_or_a_style_of_its_own(long_web: WebStand, path: str) -> None:
    chief: Browser = long_web.browser("supervisor")
    answer = chief.client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.search(r"\sstyle\s*=|<style|\son[a-z]+\s*=|javascript:", answer.text)
    assert all("src=" in one for one in re.findall(r"<script[^>]*>", answer.text))


def test_an_unknown_page_is_a_page_and_an_unknown_route_a_problem(long_web: WebStand) -> None:
    nobody = long_web.nobody()
    assert "没有这个页面" in nobody.get("/nowhere", 404)
    answer = nobody.client.get("/api/v1/nowhere")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_the_security_administrator_keeps_accounts_and_the_auditor_reads_the_trail(
    web: WebStand,
) -> None:
    keeper = web.browser("security")
    page = keeper.send("/admin/users", "建立", 200, user="新来的", role="handler",
                       password="a good password")  # fmt: skip
    assert re.search(r"<code>[0-9a-f]{48}</code>", page), "the token for programs, shown once"
    fresh = web.nobody()
    fresh.login(web.nodes["province"], "新来的", "a good password")
    fresh.get("/matters")
    keeper.send("/admin/users", "建立", 200, user="第四个", role="auditor", password="short")
    assert "10" in keeper.said()
    reader = web.browser("auditor")
    assert "新来的" in reader.get("/admin/audit?act=user.add")
    assert "user.password" in reader.get("/admin/audit?act=user.password")
    assert "没有符合条件的记录" in reader.get("/admin/audit?user=nobody")
