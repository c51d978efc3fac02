"""The pages' way into a host's application: sessions, form tokens, headers, errors as pages.

Decides the headers of every page (no script and no style from anywhere but here, none inline) and
how an error is shown to a person. Never what a page does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import Flask, Response, render_template, request
from flask.sessions import SecureCookieSessionInterface
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from werkzeug.exceptions import HTTPException

from node.domain.commands import DomainRefused
from node.service.host import Host
from node.service.logins import web_secret
from node.storage.engine import Unavailable
from node.web import (
    account,
    admin,
    bulletin,
    calendars,
    campaigns,
    counted,
    deeds,
    federation,
    imports,
    inbox,
    labels,
    ledgers,
    matters,
    members,
    operation,
    outgoing,
    policies,
    port,
    publishing,
    sayings,
    scoring,
    screen,
    second,
    show,
    statistics,
    triage,
    words,
    workbench,
)
from node.web.door import DOOR, Page, Visit, open_pages
from schemas.fields import NO_CLASSIFIED
from schemas.refusals import Refused

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
STATUS: Final = {
    "no-token": 401, "wrong-role": 403, "wrong-node": 403, "not-found": 404, "throttled": 429,
    "bad-input": 422, "gate": 422,
}  # fmt: skip
# endpoints beside the pages: anybody may ask them, and why
PUBLIC: Final = {
    f"{DOOR}.static": "style sheets, scripts",
    "bootstrap.static": "style sheets, icons",
}
VERSION: Final = "1"


class _Cookies(SecureCookieSessionInterface):
    """The form's cookie goes over https only, where the page came by https."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure or bool(app.config.get("DUBAN_HTTPS"))


def pages() -> Iterator[Page]:
    """Every page."""
    for room in (
        *(account, workbench, matters, deeds, triage, port),
        *(screen, federation, inbox, admin, second),
        *(operation, outgoing, members, calendars, policies, publishing),
        *(statistics, scoring, counted, bulletin, ledgers, campaigns, imports),
    ):
        yield from room.pages()


def install(app: Flask, host: Host, https: bool = False) -> Flask:
    """Give the host's application its pages. `https`: cookies go over nothing else."""
    app.static_url_path = "/static"
    app.secret_key = web_secret(host)
    app.session_interface = _Cookies()
    app.config.update(
        SESSION_COOKIE_NAME="duban_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SEND_FILE_MAX_AGE_DEFAULT=86400,
        BOOTSTRAP_SERVE_LOCAL=True,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        DUBAN_HTTPS=https,
    )
    Bootstrap5(app)
    csrf = CSRFProtect(app)
    door = open_pages(host, pages())

    @door.before_request
    def protect() -> None:
        if request.method == "POST":
            csrf.protect()

    door.after_request(_headers)
    for kind in (DomainRefused, Refused, Unavailable, CSRFError, HTTPException):
        door.register_error_handler(kind, _error)
    app.register_blueprint(door)
    before = app.error_handler_spec[None][None].get(HTTPException)

    def lost(error: HTTPException) -> Any:
        if before is not None and request.path.startswith(("/api", "/exchange")):
            return before(error)
        return _headers(_error(error))

    app.register_error_handler(404, lost)
    _templates(app)
    return app


def _templates(app: Flask) -> None:
    app.jinja_env.filters.update(show.filters())
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    app.jinja_env.globals.update(_=words.say, labels=labels, csrf=generate_csrf)

    @app.context_processor
    def given() -> dict[str, Any]:
        return {
            "lang": words.language(),
            "languages": words.LANGUAGES,
            "notice": NO_CLASSIFIED.partition("。")[0]
            if words.language() == "zh"
            else NO_CLASSIFIED.partition("。")[2],
            "version": VERSION,
        }


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CSP)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Frame-Options", "DENY")
    if request.endpoint != f"{DOOR}.static":
        headers.setdefault("Cache-Control", "no-store")
        headers.setdefault("Vary", "Cookie")
    return response


def _error(error: Exception) -> Response:
    visit: Visit | None = getattr(request, "duban_visit", None)
    told, status = _told(error)
    response = Response(render_template("refused.html", visit=visit, told=told), status)
    if isinstance(error, HTTPException):
        for name in ("Allow", "Retry-After"):
            value = error.get_response().headers.get(name)
            if value:
                response.headers[name] = value
    return response


def _told(error: Exception) -> tuple[dict[str, str], int]:
    if isinstance(error, DomainRefused):
        return sayings.told(error), STATUS.get(error.code, 409)
    if isinstance(error, Refused):
        return sayings.told(error), error.row.status
    plain = {"code": "", "detail": "", "accepted": "", "where": "", "label": ""}
    if isinstance(error, Unavailable):
        return plain | {"title": words.say("数据库暂时不可用,请稍后再试")}, 503
    if isinstance(error, CSRFError):
        return plain | {"title": words.say("表单已过期,请返回刷新后重新提交")}, 400
    status = error.code or 500 if isinstance(error, HTTPException) else 500
    titles = {404: words.say("没有这个页面"), 405: words.say("不支持这种请求方式"),
              413: words.say("提交的内容过大")}  # fmt: skip
    return plain | {"title": titles.get(status, words.say("无法处理这个请求"))}, status
