"""Hosts that start by the hundred serve peers at once; REST is made when it is first asked for."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

import node.api.app
from node.api.app import make_app_for_peers
from tests.node.api.stand import Stand


def test_rest_is_made_once_when_it_is_asked_for(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, make = [], node.api.app.rest_door
    monkeypatch.setattr(node.api.app, "rest_door", lambda *given: made.append(1) or make(*given))
    client = Client(make_app_for_peers(stand.host))
    assert client.get("/healthz").json == {"status": "ok", "nodes": 2}
    assert client.post("/exchange/v1", data=b"{}").status_code == 400
    assert not made
    headers = {"Authorization": f"Bearer {stand.tokens['province', 'supervisor']}"}
    for path in ("/api/v1/me", "/api/openapi.json"):
        assert (
            client.get(path, headers=headers).json == stand.client.get(path, headers=headers).json
        )
    assert made == [1]
    assert client.get("/nowhere").status_code == 404
