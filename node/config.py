"""The host's settings, read once from the environment and never changed.

Names and meanings stand here and nowhere else; docs/settings.md lists them and a test compares.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from environs import Env, EnvError

WORKERS = ("inprocess", "none")
ANSWERS = ("no", "yes")
LEVELS = ("debug", "info", "warning", "error")


class BadSetting(ValueError):
    """A setting that has not its form: which one, its value, and what is accepted."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of one host."""

    data: Path
    """DUBAN_DATA: directory of the database and the host's key; default ./duban-data"""
    database: str
    """DUBAN_DATABASE: SQLAlchemy URL; default the file host.db in DUBAN_DATA"""
    bind: str = "127.0.0.1"
    """DUBAN_HOST: address to listen on"""
    port: int = 8600
    """DUBAN_PORT: port to listen on; 0 takes a free one"""
    passphrase: str | None = None
    """DUBAN_KEY_PASSPHRASE: the host's key follows from it; else it lies in a file of mode 0600"""
    worker: str = "inprocess"
    """DUBAN_WORKER: inprocess, or none when `duban worker` runs beside"""
    seal_seconds: int = 86400
    """DUBAN_SEAL_SECONDS: within how long a seal promises the next one of its stream; 60 or more"""
    withheld_seconds: int = 86400
    """DUBAN_WITHHELD_SECONDS: how long after the parent's receipt one of a higher ancestor may be
    missing before the parent counts as withholding"""
    https: bool = False
    """DUBAN_HTTPS: yes where people reach the pages by https: cookies then go over nothing else"""
    log: str = "info"
    """DUBAN_LOG: debug, info, warning or error"""


def read_config(data: str | None = None, database: str | None = None) -> Config:
    """The settings of the environment; arguments from the command line come first.

    Raises BadSetting.
    """
    env = Env()
    with env.prefixed("DUBAN_"):
        place = Path(data or env.str("DATA", "duban-data"))
        return Config(
            data=place,
            database=database or env.str("DATABASE", "") or f"sqlite:///{place / 'host.db'}",
            bind=env.str("HOST", "127.0.0.1"),
            port=_port(env),
            passphrase=env.str("KEY_PASSPHRASE", "") or None,
            worker=_word(env, "WORKER", WORKERS),
            seal_seconds=_seconds(env, "SEAL_SECONDS"),
            withheld_seconds=_seconds(env, "WITHHELD_SECONDS"),
            https=_word(env, "HTTPS", ANSWERS) == "yes",
            log=_word(env, "LOG", LEVELS, "info"),
        )


def _port(env: Env) -> int:
    return _number(env, "PORT", 8600, 0, 65535)


def _seconds(env: Env, name: str) -> int:
    return _number(env, name, 86400, 60, 366 * 86400)


def _number(env: Env, name: str, default: int, least: int, most: int) -> int:
    try:
        found = env.int(name, default)
    except EnvError:
        found = least - 1
    if not least <= found <= most:
        raise BadSetting(f"DUBAN_{name}={env.str(name)!r}; accepted: {least} to {most}")
    return found


def _word(env: Env, name: str, words: tuple[str, ...], default: str | None = None) -> str:
    found = env.str(name, default or words[0])
    if found not in words:
        raise BadSetting(f"DUBAN_{name}={found!r}; accepted: {', '.join(words)}")
    return found
