"""Every page, made from the application's own map of addresses, tried as every role and as nobody.

Somebody of another tenant is at home only at its own node: what it names of another's is not found,
and what it changes changes nothing there.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from werkzeug.routing import Rule

from node.domain.commands import Actor
from node.readmodel.scope import ROLES
from node.service import jobs
from node.service.tasks import TASKS
from node.web.app import PUBLIC, pages
from node.web.door import DOOR
from tests.node.api.stand import FORM
from tests.node.web.stand import WebStand
from tests.node.web.tables import campaign_form, packed, rows

PAGES = {page.name: page for page in pages()}


def rules(web: WebStand) -> Iterator[Rule]:
    for rule in web.app.url_map.iter_rules():
        if not rule.rule.startswith(("/api", "/exchange")) and rule.endpoint != "host.healthz":
            yield rule


def address(rule: Rule, web: WebStand, ids: dict[str, str]) -> str:
    known = {
        "matter": ids["matter"], "do_matter": ids["matter"], "do_assignment": ids["assignment"],
        "assignment": ids["assignment"], "draft": ids["draft"], "do_draft": ids["draft"],
        "case": ids["draft"],
        **dict.fromkeys(("campaign", "problems", "import", "template"), ids["campaign"]),
        **dict.fromkeys(("import_job", "import_part", "import_errors"), ids["check"]),
        **dict.fromkeys(("export_job", "export_part", "export_file"), ids["bulletin"]),
    }  # fmt: skip
    name = rule.endpoint.removeprefix(f"{DOOR}.")
    words = {"do_matter": "urge", "do_assignment": "urge", "do_draft": "edit"}
    named = {"id": known.get(name, "x"), "word": words.get(name, "x"), "code": "zh", "no": "x",
             "node": web.nodes["province"], "hash": "0" * 64, "filename": "duban.css",
             "what": "policies" if name == "publish" else "matters",
             "board": "investment"}  # fmt: skip
    path = rule.rule
    for argument in rule.arguments:
        path = path.replace(f"<{argument}>", named[argument])
        path = path.replace(f"<path:{argument}>", named[argument])
    return path


@pytest.fixture(scope="module")
def ids(long_web: WebStand) -> dict[str, str]:
    """What the province holds, and the city knows nothing of."""
    matter = long_web.done("POST", "/matters", FORM, "supervisor")
    body = {"source": "hotline", "situation": "a", "demand": "b", "difficulty": "c"}
    draft = long_web.done("POST", "/intake", body, "supervisor")
    own = long_web.done("POST", "/matters", FORM | {"title": "只在省里办的一件事"}, "supervisor")
    units = {"lead": long_web.nodes["province"]}
    answer = long_web.ask("POST", f"/matters/{own['id']}/issue", body=units)
    slip = answer.json["assignments"][0]["id"] if answer.status_code == 200 else "assignment:x"
    campaign = str(long_web.done("POST", "/campaigns", campaign_form(long_web))["id"])
    place = long_web.places["province"]
    actor = Actor(long_web.nodes["province"], "province-supervisor", "supervisor")
    check = jobs.ask(long_web.host, place, actor, "check", campaign, {}, packed(rows(1)))
    bulletin = jobs.ask(
        long_web.host, place, actor, "bulletin", "2026-01", {"month": "2026-01", "form": "pdf"}
    )
    jobs.run_all(long_web.host, TASKS)
    return {"matter": matter["id"], "assignment": slip, "draft": draft["id"],
            "campaign": campaign, "check": check, "bulletin": bulletin}  # fmt: skip


def test_every_address_is_a_page_with_its_roles_or_is_said_to_be_public(web: WebStand) -> None:
    for rule in rules(web):
        name = rule.endpoint.removeprefix(f"{DOOR}.")
        assert name in PAGES or rule.endpoint in PUBLIC, rule
        if name in PAGES:
            page = PAGES[name]
            assert page.roles <= set(ROLES)
            assert bool(page.public) or page.roles, rule


def test_nobody_is_sent_to_the_login(long_web: WebStand, ids: dict[str, str]) -> None:
    nobody = long_web.nobody()
    for rule in rules(long_web):
        page = PAGES.get(rule.endpoint.removeprefix(f"{DOOR}."))
        if page is None or page.public:
            continue
        path = address(rule, long_web, ids)
        if "GET" in page.methods:
            answer = nobody.client.get(path)
            assert answer.status_code == 303, path
            assert "/login" in answer.headers["Location"], path
        if "POST" in page.methods:
            answer = nobody.client.post(path, data={})
            assert answer.status_code == 400, "without a form's token nothing is looked at"


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_its_pages_and_no_others(
    long_web: WebStand, ids: dict[str, str], role: str
) -> None:
    browser = long_web.browser(role)
    for rule in rules(long_web):
        page = PAGES.get(rule.endpoint.removeprefix(f"{DOOR}."))
        if page is None or page.public or page.name == "logout":
            continue
        path = address(rule, long_web, ids)
        if page.name == "live" or "GET" not in page.methods:
            continue
        status = browser.client.get(path).status_code
        if role not in page.roles:
            assert status == 403, (role, path)
        else:
            assert status in (200, 302, 303, 404), (role, path, status)


@pytest.mark.parametrize("role", ROLES)
def test_another_tenants_people_find_nothing_of_it(
    long_web: WebStand, ids: dict[str, str], role: str
) -> None:
    browser = long_web.browser(role, "city")
    token = long_web.token(browser)
    before = long_web.got("/audit", "auditor")["items"][0]["id"]
    for rule in rules(long_web):
        page = PAGES.get(rule.endpoint.removeprefix(f"{DOOR}."))
        if page is None or page.public or "id" not in rule.arguments:
            continue
        path = address(rule, long_web, ids)
        wanted = {403} if role not in page.roles else {404}
        if "GET" in page.methods:
            assert browser.client.get(path).status_code in wanted, (role, path)
        if "POST" in page.methods:
            sent = {"csrf_token": token, "text": "x", "word": "rate", "score": "5"}
            assert browser.client.post(path, data=sent).status_code in wanted, (role, path)
    assert long_web.got("/audit", "auditor")["items"][1]["id"] == before, "nothing was done there"


@pytest.mark.parametrize("role", ROLES)
def test_what_is_administered_is_the_askers_own_nodes(
    long_web: WebStand, ids: dict[str, str], role: str
) -> None:
    """Pages of administration name no object in their address: a form from another tenant, sent
    with the province's own names in it, changes nothing there and shows nothing of it."""
    browser = long_web.browser(role, "city")
    token = long_web.token(browser)
    place = long_web.places["province"]
    before = long_web.host.read(place, lambda store: [tip for _, tip in store.chains()])
    marks = {"user": "province-head", "id": "x", "node": long_web.nodes["province"],
             "name": "workingdays", "version": "workingdays/1", "grounds": "x",
             "role": "auditor", "password": "another password", "region": "cn",
             "token": "x", "reason": "x"}  # fmt: skip
    for page in PAGES.values():
        if not page.path.startswith("/admin") or "POST" not in page.methods:
            continue
        path = page.path.replace("<what>", "policies")
        for what in ("suspend", "second", "revoke", "password", "sessions", "publish"):
            sent = marks | {"csrf_token": token, "what": what}
            status = browser.client.post(path, data=sent).status_code
            assert status < 500, (role, path, what)
            assert status == 403 or role in page.roles, (role, path, what)
    after = long_web.host.read(place, lambda store: [tip for _, tip in store.chains()])
    assert after == before, "nothing was written at the other node"
    long_web.nobody().login(long_web.nodes["province"], "province-head")
