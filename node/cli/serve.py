"""serve and worker: the processes of a host."""

from __future__ import annotations

import gc
import logging
import resource
import signal
import threading
from datetime import datetime
from types import FrameType
from typing import Any, Final

import click
import waitress

from node.api.app import make_app
from node.cli.common import data_options, host_of
from node.config import read_config
from node.service.clock import OffsetClock
from node.service.host import Host
from node.web.app import install
from node.worker import Worker

LEAST: Final = 100
MOST: Final = 8000
KEPT_BACK: Final = 256
"""open files for databases, calls to peers, mail"""


def tell(level: str) -> None:
    """Write what happens to standard error, from `level` (debug, info, warning, error) on."""
    logging.basicConfig(
        level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )


def settle_memory() -> None:
    """Let the collector look less often, and never at what start-up made: a tenth less work.

    Records are trees without circles, which counting references frees at once.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def most_connections() -> int:
    """How many may be open at a time: children keep theirs, so as many as files allow."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(LEAST, min(MOST, files - KEPT_BACK))


def listen(
    host: Host,
    bind: str,
    port: int,
    movable: bool = False,
    threads: int = 8,
    pages: bool = False,
    https: bool = False,
) -> Any:
    """API and exchange of a host at an address; a waitress server that isn't run yet.

    `pages`: the pages for people too; `https`: their cookies go over nothing else.
    """
    app = make_app(host, movable=movable)
    return server_of(install(app, host, https) if pages else app, bind, port, threads)


def server_of(app: Any, bind: str, port: int, threads: int = 8) -> Any:
    """A waitress server of a WSGI application, which isn't run yet."""
    return waitress.create_server(
        app,
        host=bind,
        port=port,
        threads=threads,
        connection_limit=most_connections(),
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=True,
        max_request_body_size=64 * 1024 * 1024,
    )


@click.command()
@click.option("--host", "bind", default=None, help="address to listen on")
@click.option("--port", default=None, type=int, help="port to listen on; 0 takes a free one")
@click.option("--clock", default=None, help="business time to start from; makes it movable")
@click.option("--poll", default=30, show_default=True, help="seconds after which children call")
@data_options
def serve(
    bind: str | None,
    port: int | None,
    clock: str | None,
    poll: int,
    data: str | None,
    database: str | None,
) -> None:
    """Web, API, exchange and worker of all nodes of this host.

    Example: duban serve --data ./xiaodian --port 8601
    """
    config = read_config(data, database)
    tell(config.log)
    with host_of(data, database) as host:
        host.poll = poll
        if clock is not None and isinstance(host.now, OffsetClock):
            host.now.set(datetime.fromisoformat(clock))
        place = bind or config.bind, config.port if port is None else port
        movable = clock is not None
        # of the threads four at most carry live screens (node/web/screen.py)
        server = listen(host, *place, movable, threads=12, pages=True, https=config.https)
        worker_here = Worker(host) if config.worker == "inprocess" else None
        if worker_here is not None:
            worker_here.start()

        def leave(_signal: int, _frame: FrameType | None) -> None:
            raise SystemExit(0)

        signal.signal(signal.SIGTERM, leave)
        settle_memory()
        click.echo(f"listening on http://{server.effective_host}:{server.effective_port}")
        try:
            server.run()
        except (KeyboardInterrupt, SystemExit):
            pass
        finally:
            server.close()
            if worker_here is not None:
                worker_here.stop()


@click.command()
@data_options
def worker(data: str | None, database: str | None) -> None:
    """The worker as a process of its own, beside `duban serve` with DUBAN_WORKER=none.

    Example: duban worker --data ./xiaodian
    """
    tell(read_config(data, database).log)
    ended = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda _signal, _frame: ended.set())
    with host_of(data, database) as host:
        made = Worker(host)
        settle_memory()
        made.start()
        ended.wait()
        made.stop()
