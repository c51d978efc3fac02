"""The host's settings, read once from the environment and never changed.

Names and meanings stand here and nowhere else; docs/settings.md lists them and a test compares.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
from environs import Env, EnvError

WORKERS = ("inprocess", "none")
TLS = ("none", "starttls", "tls")
GATEWAY_CHANNELS = ("sms", "chat")
GATEWAY_BODY = (
    '{"id":"{id}","channel":"{channel}","to":"{to}","subject":"{subject}","text":"{text}"}'
)
ANSWERS = ("no", "yes")
LEVELS = ("debug", "info", "warning", "error")


SENDER = r"[^\s<>@]+@[^\s<>@]+|[^<>\r\n]*<[^\s<>@]+@[^\s<>@]+>"
ADDRESS = r"https?://[^\s/?#@]+(/\S*)?"


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
    smtp_host: str | None = None
    """DUBAN_SMTP_HOST: mail server; without it no e-mail is sent"""
    smtp_port: int = 25
    """DUBAN_SMTP_PORT: its port"""
    smtp_tls: str = "none"
    """DUBAN_SMTP_TLS: none, starttls, or tls from the first byte on"""
    smtp_user: str | None = None
    """DUBAN_SMTP_USER: name to log in with; without it nobody logs in"""
    smtp_password: str | None = None
    """DUBAN_SMTP_PASSWORD: its password"""
    smtp_from: str = "duban@localhost"
    """DUBAN_SMTP_FROM: whom e-mails are from; Message-ID ends with its domain"""
    gateway_url: str | None = None
    """DUBAN_GATEWAY_URL: http(s) address of the gateway for text messages and group-chat robots;
    without it none are sent"""
    gateway_token: str | None = None
    """DUBAN_GATEWAY_TOKEN: sent to it as bearer token"""
    gateway_body: str = GATEWAY_BODY
    """DUBAN_GATEWAY_BODY: the JSON posted to it; {id} {channel} {to} {subject} {text} are replaced
    in its strings"""
    gateway_channels: tuple[str, ...] = GATEWAY_CHANNELS
    """DUBAN_GATEWAY_CHANNELS: what it takes: sms, chat, or both with a comma between"""
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
            **_smtp(env),
            **_gateway(env),
            https=_word(env, "HTTPS", ANSWERS) == "yes",
            log=_word(env, "LOG", LEVELS, "info"),
        )


def _smtp(env: Env) -> dict[str, Any]:
    return {
        "smtp_host": env.str("SMTP_HOST", "") or None,
        "smtp_port": _number(env, "SMTP_PORT", 25, 1, 65535),
        "smtp_tls": _word(env, "SMTP_TLS", TLS),
        "smtp_user": env.str("SMTP_USER", "") or None,
        "smtp_password": env.str("SMTP_PASSWORD", "") or None,
        "smtp_from": _matching(env, "SMTP_FROM", "duban@localhost", SENDER, "name@host"),
    }


def _gateway(env: Env) -> dict[str, Any]:
    url = _matching(env, "GATEWAY_URL", "", ADDRESS, "an http(s) address")
    return {
        "gateway_url": url or None,
        "gateway_token": env.str("GATEWAY_TOKEN", "") or None,
        "gateway_body": _json(env, "GATEWAY_BODY", GATEWAY_BODY),
        "gateway_channels": _words(env, "GATEWAY_CHANNELS", GATEWAY_CHANNELS),
    }


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


def _matching(env: Env, name: str, default: str, form: str, accepted: str) -> str:
    found = env.str(name, default) or default
    if found and not re.fullmatch(form, found):
        raise BadSetting(f"DUBAN_{name}={found!r}; accepted: {accepted}")
    return found


def _json(env: Env, name: str, default: str) -> str:
    found = env.str(name, default) or default
    try:
        fine = isinstance(json.loads(found), dict)
    except ValueError:
        fine = False
    if not fine:
        raise BadSetting(f"DUBAN_{name}={found!r}; accepted: a JSON object")
    return found


def _words(env: Env, name: str, words: tuple[str, ...]) -> tuple[str, ...]:
    said = env.str(name, "") or ",".join(words)
    found = tuple(one.strip() for one in said.split(","))
    if not set(found) <= set(words):
        raise BadSetting(f"DUBAN_{name}={said!r}; accepted: {', '.join(words)}")
    return found


def _word(env: Env, name: str, words: tuple[str, ...], default: str | None = None) -> str:
    found = env.str(name, default or words[0])
    if found not in words:
        raise BadSetting(f"DUBAN_{name}={found!r}; accepted: {', '.join(words)}")
    return found
