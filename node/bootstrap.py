"""All wiring on one page: the only room that reads real clocks and real chance.

Makes a Host from settings: opens or makes the host's key, brings the database up to date, hands in
clocks and randomness. Decides nothing else.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from federation.keys import Vault, passphrase_key
from node.config import Config
from node.notify.outlets import outlets
from node.service.clock import OffsetClock
from node.service.host import Host
from node.service.rebuild import bring_up
from node.storage.engine import Database
from node.storage.guard import bypasses
from node.storage.hosts import find_setting, put_setting
from node.storage.migrate import upgrade

CLOCK = "clock-offset"
PAGE = 4096
_log = logging.getLogger("duban.bootstrap")


class RealChance:
    """Randomness of the operating system, asked for by the page, since each call is dear."""

    def __init__(self) -> None:
        self._page = threading.local()

    def bytes(self, count: int) -> bytes:
        """That many unpredictable bytes, given out once."""
        if count > PAGE:
            return secrets.token_bytes(count)
        page, at = getattr(self._page, "left", (b"", PAGE))
        if at + count > len(page):
            page, at = secrets.token_bytes(PAGE), 0
        self._page.left = page, at + count
        return bytes(page[at : at + count])

    def nonce(self) -> str:
        """26 unpredictable characters of [0-9a-f]."""
        return secrets.token_hex(13)

    def unit(self) -> float:
        """A number in [0, 1)."""
        return secrets.randbits(53) / 2**53


def real_time() -> datetime:
    """The machine's clock, in UTC."""
    return datetime.fromtimestamp(time.time(), UTC)


def host_key(config: Config) -> bytes:
    """The key under which the nodes' keys are locked: from the passphrase, or from its file.

    The file (or the passphrase's salt) is made at the first call, mode 0600. PermissionError when
    others may read it.
    """
    config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if config.passphrase is not None:
        return passphrase_key(config.passphrase, _secret_file(config.data / "host.salt"))
    return _secret_file(config.data / "host.key")


def _secret_file(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if path.stat().st_mode & 0o077:
            raise PermissionError(f"{path} may be read by others: chmod 600 it") from None
        return bytes.fromhex(path.read_text(encoding="ascii"))
    made = secrets.token_bytes(32)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(made.hex())
        file.flush()
        os.fsync(file.fileno())
    return made


def settle_shapes() -> None:
    """Let msgspec learn every shape that is stated, while there is one thread.

    It does so at a shape's first use otherwise, and another thread that uses the shape meanwhile
    reads what is half filled in: the process dies (SIGSEGV; seen with 129 hosts born at once).
    """
    kinds = list[type[msgspec.Struct]](msgspec.Struct.__subclasses__())
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
        with suppress(TypeError, NameError):  # a record that is never read from JSON
            msgspec.json.Decoder(kind)


def make_host(config: Config) -> Host:
    """A host ready for work. Its database is made, or brought up to date, first."""
    settle_shapes()
    key = host_key(config)
    upgrade(config.database)
    database = Database(config.database)
    with database.read() as connection:
        why = bypasses(connection)
    if why is not None:
        _log.warning("row-level security does not hold: %s (docs/settings.md)", why)

    def kept() -> timedelta:
        with database.read() as connection:
            return timedelta(seconds=float(find_setting(connection, CLOCK) or 0))

    def keep(offset: timedelta) -> None:
        database.write(lambda one: put_setting(one, CLOCK, str(offset.total_seconds())))

    clock = OffsetClock(real_time, kept, keep, timedelta(seconds=config.seal_seconds))
    host = Host(database, Vault(key), clock, RealChance())
    bring_up(host)
    host.withheld = config.withheld_seconds
    host.outlets = outlets(config)
    return host
