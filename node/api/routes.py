"""One row per route of REST, and what every row gets: who may, reading, audit, ETag, documentation.

Decides in which order a request is looked at: token, role, size, body, effect. A route that isn't a
row has no way into the application's REST; rules of the others stand in PUBLIC. Never decides what
a command does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from flask import Response, request
from flask_smorest import Blueprint

from node.api.reading import MOST_BODY, Reader
from node.domain.commands import Actor, DomainRefused
from node.readmodel.scope import BUSINESS, ROLES, Sight, sight_of
from node.service import acts, guests
from node.service.acts import Answer, Deed
from node.service.host import Host
from node.service.place import Place
from node.service.users import Who
from node.storage.hosts import Tenant
from schemas.api.answers import Schema
from schemas.api.questions import Question
from schemas.refusals import Refused
from schemas.strict import dump

# endpoints outside REST: anybody may ask them, and why
PUBLIC: Final[Mapping[str, str]] = {
    "exchange.take": "the protocol's own signatures decide",
    "exchange.join": "the invitation decides",
    "api-docs.openapi_json": "names of routes, no content",
    "reference.page": "names of routes, no content",
    "reference.style": "a style sheet",
    "host.healthz": "whether the host answers",
}
OPERATES: Final = frozenset(("admin", *BUSINESS))
SEES: Final = frozenset(BUSINESS)
EVERYBODY: Final = frozenset(ROLES)
REFUSALS: Final = ["400", "401", "403", "404", "409", "413", "415", "422", "429", "503"]
VOLATILE: Final = ("as_of", "next_call_in")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose sender is known and whose role may ask this."""

    host: Host
    who: Who
    route: Route
    query: Mapping[str, Any]
    digest: str

    @property
    def actor(self) -> Actor:
        """The user, at its node, in its role."""
        return self.who.actor

    @property
    def place(self) -> Place:
        """The node in the domain named, or in the only one. Raises Refused."""
        return self.host.place(self.who.tenant.node, self.query.get("domain"))

    @property
    def sight(self) -> Sight:
        """What the user may see."""
        return sight_of(self.actor.user, self.actor.role)

    def deed(self, object: str = "", act: str = "", count: int = 1) -> Deed:
        """What the request means to do, for the audit and for its Idempotency-Key."""
        key = request.headers.get("Idempotency-Key", "")
        return Deed(act or self.route.name, object, count, key, self.digest)

    def around(self, work: Callable[[], Answer], object: str = "") -> tuple[Answer, bool]:
        """A write by a service that opens its own transactions; see acts.around."""
        return acts.around(self.host, self.place, self.actor, self.deed(object), work)

    def ask(self, question: Callable[..., Any], *more: Any, **named: Any) -> Any:
        """A question to the read models about this place, as of now, within the user's sight."""
        place, now = self.place, self.host.now().business
        with self.host.database.read(place.tenant.id) as connection:
            return question(
                connection, place.tenant.id, place.domain, now, *more, sight=self.sight, **named
            )


Handler = Callable[..., Answer | tuple[Answer, bool] | Response]
"""Gives what is answered, whether it was kept from the first time, or a whole response."""


@dataclass(frozen=True, slots=True)
class Route:
    """`name`: its operation id, and what the audit calls it; `roles`: who may.

    `form`: of its body; `question`: of its query; `status`: of its answer.
    """

    method: str
    path: str
    name: str
    roles: frozenset[str]
    handler: Handler
    gives: type[Schema]
    summary: str
    form: type[Schema] | None = None
    question: type[Schema] = Question
    status: int = 200
    public: str = ""  # why anybody may ask, without an account
    limit: int = MOST_BODY  # bytes of its body
    takes: str = ""  # media type of a body that no form reads

    @property
    def writes(self) -> bool:
        """Whether it may change something."""
        return self.method != "GET"


NOBODY: Final = Who(Tenant(0, "", "", None, None), Actor("", "", ""))


class Door(Blueprint):  # type: ignore[misc]  # flask-smorest is not typed
    """A blueprint of REST, read by our parser."""

    ARGUMENTS_PARSER = Reader()


def open_door(name: str, description: str, host: Host, rows: Iterable[Route]) -> Door:
    """The blueprint with these routes, each documented."""
    door = Door(name, __name__, url_prefix="/api/v1", description=description)
    for row in rows:
        view = _documented(door, row, _view(host, row))
        door.add_url_rule(
            row.path, row.name.replace(".", "-"), _guarded(host, row, view), methods=[row.method]
        )
    return door


def _guarded(host: Host, row: Route, view: Callable[..., Response]) -> Callable[..., Response]:
    """The view behind token, role and size, before anything of the body is read."""

    def guarded(**path: Any) -> Response:
        request.max_content_length = row.limit
        if row.public:
            return view(**path)
        who = guests.enter(host, _token(), row.name, request.remote_addr or "")
        if who.actor.role not in row.roles:
            refused = DomainRefused(
                "wrong-role", f"{who.actor.role} may not {row.name}", ", ".join(sorted(row.roles))
            )
            acts.refuse(host, who.tenant, who.actor, Deed(row.name, _object(path)), refused)
            raise refused
        request.duban_who = who  # type: ignore[attr-defined]
        try:
            return view(**path)
        except (DomainRefused, Refused) as refused:
            if row.writes and not getattr(refused, "audited", False):
                acts.refuse(host, who.tenant, who.actor, Deed(row.name, _object(path)), refused)
            raise

    guarded.__name__ = row.name.replace(".", "_")
    guarded.__doc__ = view.__doc__
    guarded._apidoc = view._apidoc  # type: ignore[attr-defined]
    return guarded


def _object(path: Mapping[str, Any]) -> str:
    return str(next(iter(path.values()), ""))


def _token() -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _view(host: Host, row: Route) -> Callable[..., Response]:
    def view(
        query: Mapping[str, Any], form: Mapping[str, Any] | None = None, **path: Any
    ) -> Response:
        who: Who = getattr(request, "duban_who", NOBODY)
        asked = Asked(host, who, row, query, _digest() if row.writes else "")
        if row.writes:
            acts.bounded(asked.deed())
        made = row.handler(asked, **({"form": form} if row.form else {}), **path)
        if isinstance(made, Response):
            return made
        found, again = made if isinstance(made, tuple) else (made, False)
        return _written(found, row.status, again) if row.writes else _read(found)

    return view


def _digest() -> str:
    """Of what the request asks for: method, address and body."""
    asked = sha256(f"{request.method} {request.full_path}\n".encode(errors="surrogatepass"))
    asked.update(request.get_data(cache=True))
    return asked.hexdigest()


def _written(found: Answer, status: int, again: bool) -> Response:
    response = Response(dump(found), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    if again:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _read(found: Answer) -> Response:
    """The answer with its ETag; 304 where the asker holds the same.

    The ETag is weak: what only says when it was asked doesn't count. It is made from what this user
    sees, so that no cache can hand it to another (`Vary`).
    """
    body = dump(found)
    still = body if found.keys().isdisjoint(VOLATILE) else dump(_steady(found))
    response = Response(body, mimetype="application/json")
    response.set_etag(sha256(still).hexdigest()[:32], weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Authorization"
    response.make_conditional(request)
    return response


def _steady(found: Answer) -> Answer:
    return {name: value for name, value in found.items() if name not in VOLATILE}


def _documented(door: Door, row: Route, view: Callable[..., Response]) -> Callable[..., Response]:
    view.__doc__ = row.summary
    if row.form is not None:
        needed = any(one.required for one in row.form().fields.values())
        view = door.arguments(row.form, required=needed, arg_name="form")(view)
    view = door.arguments(row.question, location="query", arg_name="query")(view)
    view = door.response(row.status, row.gives)(view)
    view.__doc__ = row.summary
    headers = [IDEMPOTENCY] if row.writes else [NONE_MATCH]
    extra = {} if row.writes else {"304": {"description": "Not changed"}}
    return door.doc(  # type: ignore[no-any-return]
        operationId=row.name,
        summary=row.summary,
        description=row.public or f"Roles: {', '.join(sorted(row.roles))}.",
        security=[] if row.public else [{"token": []}],
        parameters=headers,
        **_taken(row),
        responses=extra | {code: {"$ref": "#/components/responses/Refused"} for code in REFUSALS},
    )(view)


def _taken(row: Route) -> dict[str, Any]:
    """A body that is a file."""
    if not row.takes:
        return {}
    schema = {"type": "string", "format": "binary"}
    return {"requestBody": {"required": True, "content": {row.takes: {"schema": schema}}}}


IDEMPOTENCY: Final = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": acts.MOST_KEY},
    "description": "The same key with the same request gives the same answer for 24 hours",
}
NONE_MATCH: Final = {
    "in": "header",
    "name": "If-None-Match",
    "schema": {"type": "string"},
    "description": "ETag of the answer held",
}
