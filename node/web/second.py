"""The second factor as pages: set up with a QR code, recovery codes shown once, switched off.

Pages only; node/service/second.py decides. The QR code is drawn here and fetched from nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator

import segno
from flask import request

from node.domain.commands import DomainRefused
from node.service import second
from node.service.logins import Session
from node.web import sayings
from node.web.door import EVERYBODY, Page, Shown, Visit, flash, go


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("second", "/me/second", factor, EVERYBODY, ("GET", "POST"), bare=True)


def factor(visit: Visit) -> Shown:
    """One's own second factor: set it up, new recovery codes, switch it off."""
    found = visit.session
    if found is None:
        raise DomainRefused("no-token", "nobody has come in")
    told, shown = None, list[str]()
    if visit.posted:
        try:
            shown = _do(visit, found)
        except DomainRefused as refused:
            told = sayings.told(refused)
        else:
            if not shown:
                return go("second")
    held = second.standing(visit.host, found)
    picture = drawn(held["key"]["address"]) if held["key"] else ""
    return visit.show("second.html", held=held, picture=picture, shown=shown, told=told)


def drawn(address: str) -> str:
    """A QR code as an image that stands in the page itself."""
    made = segno.make(address, error="m", micro=False)
    return made.svg_data_uri(scale=5, border=4, dark="#000", light="#fff", encode_minimal=False)


def _do(visit: Visit, found: Session) -> list[str]:
    """Do what was asked; new recovery codes, which are shown once, else none."""
    form, host = request.form, visit.host
    what, code, password = form.get("what"), form.get("code", ""), form.get("password", "")
    if what == "begin":
        second.begin(host, found, password)
    elif what == "confirm":
        return second.confirm(host, found, code)
    elif what == "codes":
        return second.renew(host, found, password, code)
    elif what == "off":
        second.switch_off(host, found, password, code)
        flash("两步登录已关闭")
    else:
        raise DomainRefused("not-found", f"no {what}")
    return []
