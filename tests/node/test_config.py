"""The settings: from the environment, the command line first, each of them documented."""

import re
from pathlib import Path

import pytest

from node.config import BadSetting, Config, read_config

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
GIVEN = {
    "DUBAN_DATA": "place",
    "DUBAN_DATABASE": "sqlite:///elsewhere.db",
    "DUBAN_HOST": "0.0.0.0",
    "DUBAN_PORT": "8700",
    "DUBAN_KEY_PASSPHRASE": "open sesame",
    "DUBAN_WORKER": "none",
    "DUBAN_SEAL_SECONDS": "3600",
    "DUBAN_WITHHELD_SECONDS": "7200",
    "DUBAN_SMTP_HOST": "mail.example",
    "DUBAN_SMTP_PORT": "587",
    "DUBAN_SMTP_TLS": "starttls",
    "DUBAN_SMTP_USER": "duban",
    "DUBAN_SMTP_PASSWORD": "sesame",
    "DUBAN_SMTP_FROM": "督办 <duban@mail.example>",
    "DUBAN_GATEWAY_URL": "https://gateway.example/send?key=1",
    "DUBAN_GATEWAY_TOKEN": "token",
    "DUBAN_GATEWAY_BODY": '{"msgtype":"text","text":{"content":"{text}"}}',
    "DUBAN_GATEWAY_CHANNELS": "chat",
    "DUBAN_HTTPS": "yes",
    "DUBAN_LOG": "debug",
}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GIVEN:
        monkeypatch.delenv(name, raising=False)


def test_the_page_lists_every_setting_and_no_other() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if "`DUBAN_" in line]
    named = {line.split("`")[1] for line in rows if line.startswith("| `DUBAN_")}
    assert named == set(GIVEN)
    assert len(GIVEN) == len(Config.__struct_fields__)


def test_without_an_environment_the_documented_defaults_hold() -> None:
    made = read_config()
    assert (made.data, made.bind, made.port) == (Path("duban-data"), "127.0.0.1", 8600)
    assert made.database == "sqlite:///duban-data/host.db"
    assert (made.passphrase, made.worker, made.log) == (None, "inprocess", "info")
    assert (made.seal_seconds, made.withheld_seconds) == (86400, 86400)
    assert (made.smtp_host, made.smtp_port, made.smtp_tls) == (None, 25, "none")
    assert (made.gateway_url, made.gateway_channels) == (None, ("sms", "chat"))


def test_every_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)
    made = read_config()
    assert (str(made.data), made.database, made.bind, made.port) == (
        *("place", "sqlite:///elsewhere.db", "0.0.0.0"),
        8700,
    )
    assert (made.passphrase, made.worker, made.log) == ("open sesame", "none", "debug")
    assert (made.seal_seconds, made.withheld_seconds) == (3600, 7200)
    assert (made.smtp_host, made.smtp_port, made.smtp_tls) == ("mail.example", 587, "starttls")
    assert (made.smtp_user, made.smtp_password) == ("duban", "sesame")
    assert made.smtp_from == GIVEN["DUBAN_SMTP_FROM"]
    assert (made.gateway_url, made.gateway_token, made.gateway_body, made.gateway_channels) == (
        *(GIVEN[f"DUBAN_GATEWAY_{name}"] for name in ("URL", "TOKEN", "BODY")),
        ("chat",),
    )


def test_the_command_line_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_DATA", "place")
    assert read_config("there").database == "sqlite:///there/host.db"
    assert read_config("there", "sqlite:///x.db").database == "sqlite:///x.db"


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("DUBAN_PORT", "many", "0 to 65535"),
        ("DUBAN_PORT", "70000", "0 to 65535"),
        ("DUBAN_SEAL_SECONDS", "1", "60 to 31622400"),
        ("DUBAN_WORKER", "elsewhere", "inprocess, none"),
        ("DUBAN_SMTP_PORT", "0", "1 to 65535"),
        ("DUBAN_SMTP_TLS", "maybe", "none, starttls, tls"),
        ("DUBAN_SMTP_FROM", "nobody", "name@host"),
        ("DUBAN_GATEWAY_URL", "ftp://gateway", "an http(s) address"),
        ("DUBAN_GATEWAY_URL", "http://user:word@gateway/", "an http(s) address"),
        ("DUBAN_GATEWAY_BODY", "[]", "a JSON object"),
        ("DUBAN_GATEWAY_BODY", "text={text}", "a JSON object"),
        ("DUBAN_GATEWAY_CHANNELS", "pigeon", "sms, chat"),
        ("DUBAN_LOG", "loud", "debug, info, warning, error"),
    ],
)
def test_a_setting_without_its_form_is_named_with_what_is_accepted(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, accepted: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSetting, match=re.escape(f"{name}='{value}'; accepted: {accepted}")):
        read_config()
