"""A write that is sent twice has one effect and one answer."""

from __future__ import annotations

from werkzeug.test import Client

from node.api.app import make_app
from node.bootstrap import make_host
from tests.node.api.stand import FORM, Stand


def test_the_same_key_and_body_give_the_same_answer_once(any_stand: Stand) -> None:
    first = any_stand.ask("POST", "/matters", body=FORM, Idempotency_Key="k1")
    second = any_stand.ask("POST", "/matters", body=FORM, Idempotency_Key="k1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert any_stand.got("/picture")["matters"] == 1
    assert len(any_stand.audit(act="matter.register")) == 1


def test_the_answer_outlasts_the_process(stand: Stand) -> None:
    first = stand.ask("POST", "/matters", body=FORM, Idempotency_Key="k1")
    stand.host.database.close()
    again = make_host(stand.config)
    try:
        client = Client(make_app(again))
        token = stand.tokens["province", "supervisor"]
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k1"}
        second = client.post("/api/v1/matters", json=FORM, headers=headers)
        assert second.json == first.json
        assert client.get("/api/v1/picture", headers=headers).json["matters"] == 1  # type: ignore[index]
    finally:
        again.database.close()


def test_a_key_used_with_another_request_is_refused(any_stand: Stand) -> None:
    made = any_stand.ask("POST", "/matters", body=FORM, Idempotency_Key="k1").json
    assert made is not None
    other = any_stand.ask("POST", "/matters", body=FORM | {"title": "另一件"}, Idempotency_Key="k1")
    elsewhere = any_stand.ask(
        "POST", f"/matters/{made['id']}/cancel", body={"grounds": "x"}, Idempotency_Key="k1"
    )
    for answer in (other, elsewhere):
        assert answer.status_code == 422
        assert answer.json is not None
        assert answer.json["code"] == "idempotency-key"
    assert any_stand.got("/picture")["states"] == {"APPROVED": 1}


def test_a_key_is_its_users_own(stand: Stand) -> None:
    for role in ("supervisor", "registrar"):
        assert stand.ask("POST", "/matters", role, FORM, Idempotency_Key="k").status_code == 201
    assert stand.got("/picture")["matters"] == 2


def test_a_refused_write_keeps_nothing_and_may_be_mended(stand: Stand) -> None:
    bad = stand.ask("POST", "/matters", body={}, Idempotency_Key="k")
    assert bad.status_code == 422
    assert stand.ask("POST", "/matters", body=FORM, Idempotency_Key="k").status_code == 201


def test_a_batch_is_sent_twice_and_done_once(stand: Stand) -> None:
    body = {"commands": [{"op": "matter.register", "body": FORM}] * 3}
    answers = [stand.ask("POST", "/batch", body=body, Idempotency_Key="b").json for _ in range(2)]
    assert answers[0] == answers[1]
    assert stand.got("/picture")["matters"] == 3


def test_a_token_that_is_told_again_is_not_kept_in_the_clear(stand: Stand) -> None:
    body = {"user": "新人", "role": "head"}
    told = [
        stand.ask("POST", "/users", "security", body, Idempotency_Key="u").json for _ in range(2)
    ]
    assert told[0] == told[1]
    assert told[0] is not None
    token = told[0]["token"].encode()
    stand.host.database.close()
    files = [one.read_bytes() for one in stand.config.data.glob("host.db*")]
    assert files
    assert not any(token in one for one in files)


def test_an_overlong_key_is_refused(stand: Stand) -> None:
    assert stand.ask("POST", "/matters", body=FORM, Idempotency_Key="k" * 129).status_code == 422
