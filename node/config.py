"""The host's settings, read once from the environment and never changed.

Names and meanings stand here and nowhere else; docs/settings.md lists them and a test compares.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from environs import Env, EnvError

WORKERS = ("inprocess", "none")
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
            log=_word(env, "LOG", LEVELS, "info"),
        )


def _port(env: Env) -> int:
    try:
        found = env.int("PORT", 8600)
    except EnvError:
        found = -1
    if not 0 <= found <= 65535:
        raise BadSetting(f"DUBAN_PORT={env.str('PORT')!r}; accepted: 0 to 65535")
    return found


def _word(env: Env, name: str, words: tuple[str, ...], default: str | None = None) -> str:
    found = env.str(name, default or words[0])
    if found not in words:
        raise BadSetting(f"DUBAN_{name}={found!r}; accepted: {', '.join(words)}")
    return found
