"""The web application of a host: exchange, REST, health and documentation behind one door each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

from flask import Blueprint, Flask, Response, jsonify

from node.api import paths
from node.api.exchange import exchange_door
from node.api.problems import ProblemApi, install
from node.api.reference import reference_door
from node.api.rest import rest_door
from node.service.host import Host

SETTINGS = {
    "API_TITLE": "Duban 督办",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api",
    "OPENAPI_JSON_PATH": "openapi.json",
}


def make_app(host: Host, movable: bool = False, rest: bool = True) -> Flask:
    """The WSGI application. `movable`: whether business time may be moved through the API.

    `rest`: without it there is nothing but exchange and health, which peers need.
    """
    app = Flask("duban", static_folder=None)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.config.update(SETTINGS)
    install(app)
    paths.install(app)
    app.register_blueprint(exchange_door(host))
    app.register_blueprint(_health(host))
    if rest:
        api = ProblemApi(app)
        for door in rest_door(host, movable):
            api.register_blueprint(door)
        app.register_blueprint(reference_door(api))
    return app


def make_app_for_peers(host: Host) -> Callable[[Any, Any], Iterable[bytes]]:
    """The same, REST being made when somebody first asks for it.

    It is described to its last member, which takes a tenth of a second: too long for hosts that
    start by the hundred, most of them for peers alone.
    """
    peers, lock, made = make_app(host, rest=False), Lock(), list[Flask]()

    def whole(environ: Any, start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(("/exchange/", "/healthz")):
            return peers(environ, start_response)
        with lock:
            if not made:
                made.append(make_app(host))
        return made[0](environ, start_response)

    return whole


def _health(host: Host) -> Blueprint:
    door = Blueprint("host", __name__)

    @door.get("/healthz")
    def healthz() -> Response:
        return jsonify({"status": "ok", "nodes": len(host.tenants())})

    return door
