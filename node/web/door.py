"""One row per page, and what every page gets: who comes, whether the role may, CSRF, headers.

Decides in which order a request is looked at: session, role, form token, effect. A page that isn't
a row has no way into the application. Every change goes through the services that REST uses
(node/service/acts.py); this room has no other way to write.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request, session, url_for
from flask import flash as flash_
from werkzeug.wrappers import Response as Plain

from node.domain.commands import Actor, DomainRefused
from node.readmodel.scope import BUSINESS, ROLES, Sight, sight_of
from node.service import acts, logins
from node.service.acts import Answer, Deed
from node.service.host import Host
from node.service.logins import Session
from node.service.place import Place
from node.service.users import Who
from node.storage.hosts import list_memberships
from node.web.words import say

COOKIE: Final = "duban"
DOOR: Final = "web"
STAFF: Final = frozenset(BUSINESS)
EVERYBODY: Final = frozenset(ROLES)
APPLICANT: Final = frozenset(("enterprise",))
MOST_FORM: Final = 40 * 1024 * 1024

Shown = str | Plain


@dataclass(frozen=True, slots=True)
class Page:
    """`roles`: who may; `public`: why anybody may, without coming in; `wall`: a screen may too.

    `bare`: also before a second factor that is demanded has been set up.
    """

    name: str
    path: str
    handler: Callable[..., Shown]
    roles: frozenset[str] = STAFF
    methods: tuple[str, ...] = ("GET",)
    public: str = ""
    wall: bool = False
    bare: bool = False


@dataclass(slots=True)
class Visit:
    """One request for a page, by somebody or by nobody."""

    host: Host
    page: Page
    session: Session | None
    _place: Place | None = field(default=None)

    @property
    def who(self) -> Who:
        """Who came in."""
        if self.session is None:
            raise DomainRefused("no-token", "nobody has come in")
        return self.session.who

    @property
    def actor(self) -> Actor:
        """The user, at its node, in its role."""
        return self.who.actor

    @property
    def domains(self) -> list[str]:
        """The domains that the node is a member of."""
        with self.host.database.read(self.who.tenant.id) as connection:
            held = list_memberships(connection, self.who.tenant)
        return [one.domain for one in held if one.genesis is not None]

    @property
    def place(self) -> Place:
        """The node in the domain that the visitor chose, or in its first. Raises Refused."""
        if self._place is None:
            held, chosen = self.domains, session.get("domain")
            named = chosen if chosen in held else held[0] if held else None
            self._place = self.host.place(self.who.tenant.node, named)
        return self._place

    @property
    def sight(self) -> Sight:
        """What the user may see."""
        return sight_of(self.actor.user, self.actor.role)

    @property
    def now(self) -> str:
        """The business instant."""
        return self.host.now().business

    @property
    def posted(self) -> bool:
        """Whether a form was sent."""
        return request.method == "POST"

    def may(self, *roles: str) -> bool:
        """Whether the visitor has one of these roles."""
        return self.session is not None and self.actor.role in roles

    def ask(self, question: Callable[..., Any], *more: Any, **named: Any) -> Any:
        """A question to the read models about this place, as of now, within the user's sight."""
        place, now = self.place, self.now
        with self.host.database.read(place.tenant.id) as connection:
            return question(
                connection, place.tenant.id, place.domain, now, *more, sight=self.sight, **named
            )

    def deed(self, act: str, object: str = "", body: Any = None) -> Deed:
        """What the form means to do; its hidden key lets a form sent twice have one effect."""
        said = json.dumps([act, object, body], ensure_ascii=False, sort_keys=True, default=str)
        key = request.form.get("_key", "")[: acts.MOST_KEY]
        return Deed(act, object, 1, key, sha256(said.encode(errors="surrogatepass")).hexdigest())

    def command(self, operation: str, id: str, form: Mapping[str, Any]) -> Answer:
        """One command of the domain, as REST would give it. Raises DomainRefused."""
        deed = self.deed(operation, id, form)
        made, _ = acts.command(self.host, self.place, self.actor, deed, [(operation, id, form)])
        return made[0]

    def around(self, deed: Deed, work: Callable[[], Answer]) -> Answer:
        """A write by a service that opens its own transactions; see acts.around."""
        return acts.around(self.host, self.place, self.actor, deed, work)[0]

    def show(self, template: str, **named: Any) -> str:
        """The page."""
        return render_template(template, visit=self, key=self.host.chance.bytes(16).hex(), **named)


def go(name: str, **values: Any) -> Plain:
    """To another page, after a form was taken."""
    return redirect(url_for(f"{DOOR}.{name}", **values), 303)


def flash(text: str, **named: Any) -> None:
    """A line that the next page shows."""
    flash_(say(text, **named))


def open_pages(host: Host, pages: Iterable[Page]) -> Blueprint:
    """The blueprint with these pages."""
    door = Blueprint(
        DOOR, __name__, template_folder="templates", static_folder="static",
        static_url_path="/static",
    )  # fmt: skip
    for page in pages:
        door.add_url_rule(page.path, page.name, _guarded(host, page), methods=list(page.methods))
    return door


def _guarded(host: Host, page: Page) -> Callable[..., Response | Plain]:
    def view(**path: Any) -> Response | Plain:
        request.max_content_length = MOST_FORM
        found = logins.find(host, request.cookies.get(COOKIE, ""))
        visit = Visit(host, page, found)
        request.duban_visit = visit  # type: ignore[attr-defined]
        if not page.public:
            away = _away(visit)
            if away is not None:
                return away
        made = page.handler(visit, **path)
        return made if isinstance(made, Plain) else Response(made)

    view.__name__ = page.name
    return view


def _away(visit: Visit) -> Plain | None:
    """Where a visitor is sent who may not see the page; a refused role is written down."""
    page = visit.page
    if visit.session is None and "HX-Request" in request.headers:
        return Response(status=403)  # a page's part: no login is put into it
    if visit.session is None:
        back = request.full_path.rstrip("?") if request.method == "GET" else "/"
        return redirect(url_for(f"{DOOR}.login", next=back), 303)
    role = visit.actor.role
    wall = visit.session.kind == "screen"
    if role not in page.roles or (wall and not page.wall):
        accepted = ", ".join(sorted(page.roles))
        refused = DomainRefused("wrong-role", f"{role} may not see this", accepted)
        deed = Deed(f"page.{page.name}")
        acts.refuse(visit.host, visit.who.tenant, visit.actor, deed, refused)
        raise refused
    if visit.session.bare and not page.bare:
        return go("second")
    return None
