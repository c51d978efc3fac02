"""The enterprise port: register, submit in three pages, follow by number and code, rate, complain.

Decides the order of the pages. An applicant sees public words only (node/service/tracking.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import request, session

from node.domain.commands import DomainRefused
from node.readmodel import drafts
from node.service import intake, logins
from node.service.tracking import Tracking, public
from node.web import controls, labels, live, sayings
from node.web.account import MOST_LISTED, gatekeeper, tenant_named
from node.web.controls import Special
from node.web.deeds import _blamed, _give
from node.web.door import APPLICANT, Page, Shown, Visit, flash, go
from node.web.words import say
from schemas.api import forms
from schemas.refusals import Refused

BOTH: Final = ("GET", "POST")
SUBMIT: Final = Special(hidden=frozenset(("source", "applicant")))
_counters = dict[int, Tracking]()


def pages() -> Iterator[Page]:
    """The pages of this room."""
    held = "whoever has a receipt's number and code"
    yield Page("port", "/port", front, public="the port's front page")
    yield Page("firm", "/port/register", firm, methods=BOTH, public="anybody may register a firm")
    yield Page("ask", "/port/new", ask, APPLICANT, BOTH)
    yield Page("check", "/port/check", check, APPLICANT, ("POST",))
    yield Page("done", "/port/done/<no>", done, APPLICANT)
    yield Page("mine", "/port/mine", mine, APPLICANT)
    yield Page("case", "/port/mine/<id>", case, APPLICANT, BOTH)
    yield Page("track", "/track", track, methods=BOTH, public=held)


def front(visit: Visit) -> Shown:
    """What the port is for."""
    return visit.show("port.html")


def firm(visit: Visit) -> Shown:
    """A firm registers with its credit code; a wrong check digit warns only."""
    told = None
    if visit.posted:
        form = {name: value.strip() for name, value in request.form.items()}
        form["password"] = request.form.get("password", "")
        tenant = tenant_named(visit.host, form.get("node", ""))
        try:
            if tenant is None:
                raise DomainRefused("bad-input", say("没有这个单位"), where="node")
            address = request.remote_addr or ""
            warned = gatekeeper(visit.host).register_firm(tenant, form, address)
        except DomainRefused as refused:
            told = sayings.told(refused)
        except Refused as refused:
            told = sayings.told(refused)
        else:
            flash("注册成功,请登录")
            if warned:
                flash("统一社会信用代码校验位不符,请核对(应为 {digit})", digit=warned[0])
            return go("login", next="/port/new")
    every = visit.host.tenants()
    return visit.show(
        "firm.html", told=told, form=request.form, tenants=every[:MOST_LISTED], many=len(every) > 1
    )


def ask(visit: Visit) -> Shown:
    """First page: what it is about. What comes back from the second page is filled in again."""
    operation = "draft.submit"
    values = controls.posted(operation, request.form, SUBMIT) if visit.posted else {}
    made, told = controls.controls(operation, values, SUBMIT), None
    _need(made)
    if live.asked():
        return _beside(visit, made, values)
    firm_ = logins.profile_of(visit.host, visit.who)
    if visit.posted and "_back" not in request.form:
        missing = [one for one in made if one.needed and not one.value]
        _, where, detail = forms.read(operation, values)
        if where or detail:
            controls.blame(made, where, sayings.detail(detail))
        for one in missing:
            one.fault = say("必填")
        if not missing and not detail:
            return visit.show("port_check.html", made=made, values=values, firm=firm_)
        told = {"title": say("填写有误"), "detail": "", "accepted": "", "where": "", "label": ""}
    return visit.show("port_new.html", made=made, told=told, firm=firm_)


def _beside(visit: Visit, made: list[controls.Control], values: Mapping[str, Any]) -> Shown:
    """While it is filled in: how it is worded, and what the firm has handed in that is like it."""
    now, who = visit.now, visit.actor
    looked = visit.host.read(
        visit.place, lambda store: intake.examine_asked(store, who, values, now)
    )
    beside = live.gate(made, {**looked, "passes": True}, early=True) | {"brief": True}
    return live.part(visit, "draft.submit", made, values, beside)


def _need(made: list[controls.Control]) -> None:
    for one in made:
        one.needed = one.path in ("title", "situation", "demand", "difficulty")


def check(visit: Visit) -> Shown:
    """Second page: taken as it was shown; the third is the receipt."""
    operation = "draft.submit"
    values = controls.posted(operation, request.form, SUBMIT)
    firm_ = logins.profile_of(visit.host, visit.who)
    applicant = {
        name: request.form.get(f"applicant.{name}", "").strip() or firm_.get(name, "")
        for name in ("name", "uscc", "contact", "phone")
    }
    said = values | {"applicant": {name: text for name, text in applicant.items() if text}}
    made = controls.controls(operation, values, SUBMIT)
    _need(made)
    try:
        given = _give(visit, operation, "", said)
    except DomainRefused as refused:
        told = _blamed(made, refused, operation)
        return visit.show("port_new.html", made=made, told=told, firm=firm_ | applicant)
    session["receipt"] = {
        "no": given["receipt"], "code": given["code"], "promised": given["promised"],
        "id": given["id"],
    }  # fmt: skip
    return go("done", no=given["receipt"])


def done(visit: Visit, no: str) -> Shown:
    """Third page: the receipt; the code is shown only now."""
    held: Mapping[str, Any] = session.get("receipt") or {}
    if held.get("no") != no:
        return go("mine")
    return visit.show("port_done.html", receipt=held)


def mine(visit: Visit) -> Shown:
    """The firm's own submissions."""
    rows = visit.ask(drafts.list_drafts, submitter=visit.actor.user, limit=200)
    return visit.show(
        "port_mine.html", rows=rows[::-1], firm=logins.profile_of(visit.host, visit.who)
    )


def case(visit: Visit, id: str) -> Shown:
    """One's own submission: public steps, unit in charge, rating, complaint."""
    now, told = visit.now, None
    held = visit.host.read(visit.place, lambda store: intake.whole(store, visit.actor, id, now))
    if visit.posted:
        try:
            _say(visit, id)
        except DomainRefused as refused:
            told = sayings.told(refused)
        else:
            return go("case", id=id)
    shown = visit.host.read(visit.place, lambda store: public(store, id, now))
    return visit.show(
        "track.html", shown=shown, told=told, held=held, action="case", asked={}, now=now,
        stars=labels.STARS,
    )  # fmt: skip


def _say(visit: Visit, id: str) -> None:
    word = request.form.get("word", "")
    if word == "rate":
        said = {"score": request.form.get("score", ""), "remark": request.form.get("remark", "")}
    elif word == "complain":
        said = {"text": request.form.get("text", "")}
    else:
        raise DomainRefused("not-found", f"no {word}")
    _give(visit, f"draft.{word}", id, {name: text for name, text in said.items() if text})
    flash("已收到,谢谢")


def track(visit: Visit) -> Shown:
    """By number and code, without an account."""
    shown, told, asked = None, None, request.form
    if visit.posted:
        form = {name: asked.get(name, "").strip() for name in ("number", "code")}
        counter = _counters.setdefault(id(visit.host), Tracking(visit.host))
        try:
            word = asked.get("word", "")
            if word:
                extra = ("score", "remark") if word == "rate" else ("text",)
                said = {name: asked[name].strip() for name in extra if asked.get(name, "").strip()}
                counter.say(word, form | said)
                flash("已收到,谢谢")
            shown = counter.show(form)
        except DomainRefused as refused:
            told = sayings.told(refused)
            if asked.get("word") and refused.code not in ("not-found", "throttled"):
                shown = counter.show(form)
    return visit.show(
        "track.html", shown=shown, told=told, held=None, action="track", asked=asked,
        now=visit.now, stars=labels.STARS,
    )  # fmt: skip
