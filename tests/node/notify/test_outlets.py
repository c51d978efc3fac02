"""E-mail and gateway, received for real: what arrives, and what is made of each answer."""

from __future__ import annotations

import socket
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node.config import Config
from node.notify.message import Message, Outlet, Undelivered
from node.notify.outlets import outlets
from tests.support.postbox import Gate, Postbox, ways

BARE = Config(data=Path("nowhere"), database="sqlite:///nowhere.db")
SAID = Message(
    "5e" * 16, "email", "zhang@example.cn", "【督办】即将到期", "【督办】第一行\n.第二行"
)


@pytest.fixture
def box() -> Iterator[Postbox]:
    made = Postbox()
    yield made
    made.close()


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.close()


def email(box: Postbox, **more: Any) -> Outlet:
    return ways(BARE, box, None, **more)["email"]


def refusal(outlet: Outlet, message: Message = SAID) -> tuple[str, bool]:
    with pytest.raises(Undelivered) as caught:
        outlet.send(message)
    return caught.value.detail, caught.value.for_good


def test_an_email_arrives_as_it_was_said_with_its_id(box: Postbox) -> None:
    email(box, smtp_from="督办 <duban@mail.example>").send(SAID)
    (mail,) = box.mails
    assert box.to == ["zhang@example.cn"]
    assert mail.get_content().splitlines() == SAID.text.splitlines()
    assert (str(mail["Subject"]), str(mail["From"])) == (SAID.subject, "督办 <duban@mail.example>")
    assert box.ids == [f"<{SAID.id}@mail.example>"]
    assert (mail["X-Duban-Id"], mail["Auto-Submitted"]) == (SAID.id, "auto-generated")


def test_a_server_that_asks_for_a_name_gets_it(box: Postbox) -> None:
    box.login = b64encode(b"\0duban\0sesame").decode()
    email(box, smtp_user="duban", smtp_password="sesame").send(SAID)
    assert len(box.mails) == 1
    detail, for_good = refusal(email(box, smtp_user="duban", smtp_password="wrong"))
    assert detail.startswith("535")
    assert not for_good
    assert len(box.mails) == 1


@pytest.mark.parametrize(("said", "for_good"), [("550 unknown", True), ("451 later", False)])
def test_a_refused_recipient_is_tried_again_only_after_4xx(
    box: Postbox, said: str, for_good: bool
) -> None:
    box.refuse = said
    assert refusal(email(box)) == (said, for_good)


def test_a_server_without_starttls_gets_no_message_where_that_is_asked_for(box: Postbox) -> None:
    detail, for_good = refusal(email(box, smtp_tls="starttls"))
    assert "STARTTLS" in detail
    assert not for_good
    assert not box.mails


def test_a_closed_port_is_tried_again(gate: Gate) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    config = Config(
        data=BARE.data, database=BARE.database, smtp_host="127.0.0.1", smtp_port=port,
        gateway_url=f"http://127.0.0.1:{port}/",
    )  # fmt: skip
    for outlet in outlets(config).values():
        assert refusal(outlet)[1] is False


def test_the_gateway_gets_everything_by_default(gate: Gate) -> None:
    found = ways(BARE, None, gate, gateway_token="open")
    assert sorted(found) == ["chat", "sms"]
    found["sms"].send(Message("ab", "sms", "13800000000", "题", '含"引号"与{to}'))
    ((headers, body),) = gate.posts
    assert body == {
        "id": "ab",
        "channel": "sms",
        "to": "13800000000",
        "subject": "题",
        "text": '含"引号"与{to}',
    }
    assert (headers["idempotency-key"], headers["authorization"]) == ("ab", "Bearer open")


def test_a_robot_s_own_form_is_a_setting(gate: Gate) -> None:
    form = '{"msgtype":"text","text":{"content":"{text}"},"at":["{to}",1,null]}'
    found = ways(BARE, None, gate, gateway_body=form, gateway_channels=("chat",))
    assert sorted(found) == ["chat"]
    found["chat"].send(Message("ab", "chat", "群一", "题", "文"))
    ((headers, body),) = gate.posts
    assert body == {"msgtype": "text", "text": {"content": "文"}, "at": ["群一", 1, None]}
    assert "authorization" not in headers


@pytest.mark.parametrize(
    ("status", "for_good"),
    [
        (400, True),
        (404, True),
        (408, False),
        (429, False),
        (500, False),
        (503, False),
        (302, False),
    ],
)
def test_an_answer_of_the_gateway_says_whether_to_try_again(
    gate: Gate, status: int, for_good: bool
) -> None:
    gate.status = status
    assert refusal(ways(BARE, None, gate)["sms"]) == (f"status {status}", for_good)


def test_without_settings_there_is_no_way_out() -> None:
    assert outlets(BARE) == {}
