"""Orders to many hosts: a few at work at once, each host's in order, every answer heard."""

from __future__ import annotations

import threading
from multiprocessing import Pipe
from typing import Any

import pytest

from node.cli import crew
from node.cli.crew import Crew, Failed


class _Hosts:
    """Hosts that answer with what they are given, on threads; counts how many are at work."""

    def __init__(self, count: int) -> None:
        self.most = self.busy = 0
        self.lock, self.full = threading.Lock(), threading.Barrier(3)
        self.crew = Crew.__new__(Crew)
        self.crew._pipes = {}
        for number in range(count):
            ours, theirs = Pipe()
            self.crew._pipes[f"h{number}"] = ours
            threading.Thread(target=self._live, args=(theirs,), daemon=True).start()

    def _live(self, pipe: Any) -> None:
        try:
            while True:
                name, given = pipe.recv()
                with self.lock:
                    self.busy += 1
                    self.most = max(self.most, self.busy)
                if name == "together":
                    self.full.wait(20)  # goes on only when three are at work
                with self.lock:
                    self.busy -= 1
                pipe.send(("wrong" if name == "fail" else None, given[0]))
        except EOFError:
            pass

    def close(self) -> None:
        for pipe in self.crew._pipes.values():
            pipe.close()


def test_so_many_are_at_work_at_once_and_every_order_is_answered_in_its_hosts_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crew, "AT_WORK", 3)
    hosts = _Hosts(9)
    orders = [(f"h{number}", ((number, turn),)) for turn in range(3) for number in range(9)]
    heard = list(hosts.crew.spread("together", orders))
    assert hosts.most == 3
    for number in range(9):
        mine = [answer for host, answer in heard if host == f"h{number}"]
        assert mine == [(number, turn) for turn in range(3)]
    assert hosts.crew.ask("h4", "echo", "one") == "one"
    hosts.close()


def test_a_host_that_cannot_says_which_and_why() -> None:
    hosts = _Hosts(2)
    with pytest.raises(Failed, match="host h1: wrong"):
        hosts.crew.ask("h1", "fail", "x")
    hosts.close()
