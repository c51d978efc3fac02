"""The worker: takes every link's turn when it is due or has something to send.

A few threads, one turn per link at a time; a broken peer costs its own turns only (protocol law 9).
Woken by commits of its own process; twice a second it asks whether others have committed, and
looks where they have, or a link is due. The truth stays in the tables: a lost or doubled tick is
harmless. On PostgreSQL several processes may be workers of one host: a lease says who is at a link.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from node.service import appeals, heartbeats, hooks, jobs, reminders, searching, tidying
from node.service.host import Host
from node.service.tasks import TASKS
from node.storage import leases
from node.storage.hooks import Hook
from node.storage.hooks import due as hooks_due
from node.storage.jobs import waits as jobs_wait
from node.storage.leases import Key
from node.storage.turns import Turn, next_due, turns
from sync.driver import turn
from sync.transports.http import HttpWire
from sync.transports.webhook import HookSender

LOOK_SECONDS: Final = 0.5
IDLE_SECONDS: Final = 2.0
"""wire time between two looks at a database in which nothing has been written"""
APPEAL_SECONDS: Final = 3600.0
"""wire time between two looks for receipts that are missing too long"""
BEAT_SECONDS: Final = 600.0
"""wire time between two looks for seals that run out; they are renewed hours before"""
REMIND_SECONDS: Final = 2.0
"""wire time between two looks for reminders that are due"""
MOST_TURNS: Final = 200
RECEIPTS_SECONDS: Final = 1.0
"""how long receipts wait for a body that goes anyway, before one is sent for them alone"""
QUIET_SECONDS: Final = 1.0
"""how long nobody may have called for this host to count as idle"""
INDEX_SECONDS: Final = 5.0
"""how long texts wait for the full-text index at most while there is other work"""
LEASE_SECONDS: Final = 15.0
"""after which another process takes up what one that fell silent was at"""
_log = logging.getLogger("duban.worker")


class Loopback:
    """The wire between two nodes of one host: the same bytes through the same door."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def post(self, address: str, body: bytes) -> bytes:
        """Serve the body at once. Raises Refused as over HTTP."""
        return self._host.serve(body)


class Worker:
    """Runs until `stop`."""

    def __init__(self, host: Host, threads: int = 4) -> None:
        self._host = host
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="turn")
        self._tellers = ThreadPoolExecutor(2, thread_name_prefix="teller")  # subscribers may hang
        self._reminder = ThreadPoolExecutor(1, thread_name_prefix="reminder")  # mail may hang
        self._clerk = ThreadPoolExecutor(1, thread_name_prefix="clerk")  # one long job at a time
        self._local = threading.local()
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._busy = set[Key]()
        self._lazy = dict[Key, float]()
        """links that only receipts wait for -> wire time (Unix seconds) since when"""
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._appeals = 0.0  # wire time of the next look for receipts that are missing
        self._beats = 0.0  # wire time of the next look for seals that run out
        self._served = 0, 0.0  # exchanges served, and the wire time when that number last grew
        self._next = 0.0  # wire time of the next look, if nothing is written before
        self._indexed = 0.0  # wire time of the last look at texts that wait for the index
        self._reminds = 0.0  # wire time of the next look for reminders
        self._reminding = False
        self._name = host.chance.nonce()  # under which it holds leases
        self.turns = 0
        self.failures = 0

    def start(self) -> None:
        """Begin; commits of this process wake it from now on."""
        jobs.resume(self._host)
        self._host.database.on_commit(lambda tenants: self._wake.set() if tenants else None)
        self._thread.start()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._ended.is_set()

    def stop(self) -> None:
        """Finish the turns under way, and end."""
        self._ended.set()
        self._wake.set()
        self._thread.join()
        self._pool.shutdown(wait=True)
        self._tellers.shutdown(wait=True)
        self._reminder.shutdown(wait=True)
        self._clerk.shutdown(wait=True)

    def once(self, most_rounds: int = 20) -> tuple[int, int]:
        """Take turns in this thread until nothing is due or waiting; rounds and failures."""
        self._beat()
        jobs.run_all(self._host, TASKS)
        for _ in range(most_rounds):
            now = self._host.now().seconds
            with self._host.database.read() as connection:
                found = turns(connection, now, MOST_TURNS)
            if not found:
                break
            for due in found:
                self._take(due)
        while searching.index(self._host):
            pass
        return self.turns, self.failures

    def _run(self) -> None:
        moved = self._host.database.watch()
        while not self._ended.is_set():
            woken = self._wake.wait(LOOK_SECONDS)
            self._wake.clear()
            try:
                self._beat()
                self._remind()
                if moved() or woken or self._lazy or self._ripe():
                    self._index(idle=not self.look())
            except Exception:
                _log.exception("looking for due links failed")
                self._ended.wait(LOOK_SECONDS)

    def _ripe(self) -> bool:
        """Whether it is time to look again, though nothing was written; a clock may be put back."""
        return not self._next - IDLE_SECONDS <= self._host.now().seconds < self._next

    def _beat(self) -> None:
        """Now and then: seal idle chains again, give up uploads that nobody needs."""
        now = self._host.now().seconds
        if now >= self._beats:
            self._beats = now + BEAT_SECONDS * (0.5 + self._host.chance.unit() / 2)
            heartbeats.beat(self._host)
            tidying.tidy(self._host)
        if now >= self._appeals:
            self._appeals = now + min(APPEAL_SECONDS, self._host.withheld / 4)
            self._pool.submit(self._appeal)

    def _remind(self) -> None:
        """Let people be told what is due, unless somebody is at it."""
        now = self._host.now().seconds
        if now >= self._reminds and not self._reminding:
            self._reminds, self._reminding = now + REMIND_SECONDS, True
            self._reminder.submit(self._tick)

    def _tick(self) -> None:
        try:
            reminders.tick(self._host)
        except Exception:
            _log.exception("reminding failed")
        finally:
            self._reminding = False

    def _appeal(self) -> None:
        """Past their parents, for the nodes for which it is time."""
        try:
            appeals.look(self._host, self._http(), Loopback(self._host))
        except Exception:
            _log.exception("an appeal failed")

    def _index(self, idle: bool) -> None:
        """Fill the full-text index: when nothing else waits, and now and then in any case."""
        now = self._host.now().seconds
        if self._host.exchanges != self._served[0]:
            self._served = self._host.exchanges, now
        quiet = idle and now >= self._served[1] + QUIET_SECONDS
        if quiet or now >= self._indexed + INDEX_SECONDS:
            self._indexed = now
            if searching.index(self._host):
                self._wake.set()

    def look(self) -> bool:
        """Start the turns that are due now; whether there is anything under way."""
        now = self._host.now().seconds
        with self._host.database.read() as connection:
            found = turns(connection, now, MOST_TURNS)
            told = hooks_due(connection, now, MOST_TURNS)
            due = next_due(connection, now)
            asked = jobs_wait(connection, now)
        self._next = min(now + IDLE_SECONDS, now + IDLE_SECONDS if due is None else due)
        if asked:
            self._work()
        waiting = {(due.tenant, due.domain, due.peer): due for due in found}
        subscribers = {(one.tenant, "webhook", one.id): (one, node) for one, node in told}
        for key in self._begin([*self._pressing(waiting, now), *subscribers], now):
            if key in waiting:
                self._pool.submit(self._turn, key, waiting[key])
            else:
                self._tellers.submit(self._deliver, key, *subscribers[key])
        with self._lock:
            return bool(self._busy)

    def _pressing(self, waiting: Mapping[Key, Turn], now: float) -> list[Key]:
        """Links to call now; those for which only receipts wait have a second yet."""
        lazy = {key for key, due in waiting.items() if due.lazy}
        self._lazy = {key: self._lazy.get(key, now) for key in lazy}
        return [
            key for key in waiting
            if key not in lazy or now >= self._lazy[key] + RECEIPTS_SECONDS
        ]  # fmt: skip

    def _begin(self, keys: Iterable[Key], now: float) -> list[Key]:
        """Those that nobody is at, here or in another process; this process is at them now."""
        with self._lock:
            free = [] if self._ended.is_set() else [one for one in keys if one not in self._busy]
            self._busy.update(free)
        if not (free and self._host.database.shared):
            return free
        try:
            until = now + LEASE_SECONDS
            mine = self._host.database.write(
                lambda one: leases.claim(one, free, self._name, now, until)
            )
        except BaseException:
            self._end(*free)
            raise
        self._end(*(one for one in free if one not in mine))
        return [one for one in free if one in mine]

    def _end(self, *keys: Key, held: bool = False) -> None:
        """Nobody here is at them any longer. `held`: under a lease, which others may have now."""
        if held and self._host.database.shared:
            self._host.database.submit(lambda one: leases.release(one, keys, self._name))
        with self._lock:
            self._busy.difference_update(keys)

    def _work(self) -> None:
        """Start on the jobs that wait, unless the clerk is at one."""
        key = (0, "jobs", "")
        with self._lock:
            if key in self._busy or self._ended.is_set():
                return
            self._busy.add(key)
        self._clerk.submit(self._clear, key)

    def _clear(self, key: Key) -> None:
        try:
            while not self._ended.is_set() and jobs.run_one(self._host, TASKS):
                pass
        except Exception:
            _log.exception("a job could not be taken")
        finally:
            self._end(key)

    def _deliver(self, key: tuple[int, str, str], hook: Hook, node: str) -> None:
        again = False
        try:
            again = hooks.deliver(self._host, hook, node, self._sender().post)[1] is None
        except Exception:
            _log.exception("telling a subscriber of %s failed", node)
        finally:
            self._end(key, held=True)
            if again:
                self._wake.set()

    def _turn(self, key: tuple[int, str, str], due: Turn) -> None:
        again = False
        try:
            again = self._take(due)
        except Exception:
            _log.exception("a turn with %s failed", due.peer)
        finally:
            self._end(key, held=True)
            if again:
                self._wake.set()

    def _take(self, due: Turn) -> bool:
        """One turn; whether to look again at once."""
        place = self._host.place(due.node, due.domain)
        wire = Loopback(self._host) if due.address is None else self._http()
        done = turn(self._host.hands(place, wire), due.peer, due.address or "")
        self.turns += done.rounds
        if done.failure is not None:
            self.failures += 1
            _log.info("turn of %s with %s: %s", due.node, due.peer, done.failure)
        return done.failure is None

    def _sender(self) -> HookSender:
        if not hasattr(self._local, "sender"):
            self._local.sender = HookSender()
        sender: HookSender = self._local.sender
        return sender

    def _http(self) -> HttpWire:
        if not hasattr(self._local, "wire"):
            self._local.wire = HttpWire(self._host.limits.bytes * 2)
        wire: HttpWire = self._local.wire
        return wire
