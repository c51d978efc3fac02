"""The settings: from the environment, the command line first, each of them documented."""

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
        ("DUBAN_LOG", "loud", "debug, info, warning, error"),
    ],
)
def test_a_setting_without_its_form_is_named_with_what_is_accepted(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, accepted: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSetting, match=f"{name}='{value}'; accepted: {accepted}"):
        read_config()
