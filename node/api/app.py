"""The web application of a host: exchange, REST, health and metrics behind one door each."""

from __future__ import annotations

from flask import Flask, Response, jsonify

from node.api.attachments import attachments_door
from node.api.exchange import exchange_door
from node.api.intake import intake_door
from node.api.members import members_door
from node.api.problems import install
from node.api.rest import rest_door
from node.service.host import Host


def make_app(host: Host, movable: bool = False) -> Flask:
    """The WSGI application. `movable`: whether business time may be moved through the API."""
    app = Flask("duban")
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    install(app)
    app.register_blueprint(exchange_door(host))
    app.register_blueprint(rest_door(host, movable))
    app.register_blueprint(intake_door(host))
    app.register_blueprint(attachments_door(host))
    app.register_blueprint(members_door(host))

    @app.get("/healthz")
    def health() -> Response:
        return jsonify({"status": "ok", "nodes": len(host.tenants())})

    return app
