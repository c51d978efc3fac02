"""Many clients from one thread: a batch counts when all of it is acknowledged, however it comes."""

from __future__ import annotations

import socket
import threading

import pytest

from bench.rivals.clients import Lines, drive


def test_marks_that_are_split_between_reads_are_counted() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        client = Lines(ours, b"batch", b"}\r\n", 2)
        client.send()
        assert theirs.recv(100) == b"batch"
        theirs.sendall(b"MSG 1 {}\r")
        assert not client.heard()
        theirs.sendall(b"\n{}\r\n")
        assert client.heard()


def test_a_refusal_ends_the_run() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        client = Lines(ours, b"batch", b"\n", 1)
        client.send()
        theirs.sendall(b"-ERR no room\r\n")
        with pytest.raises(RuntimeError, match="no room"):
            client.heard()


def test_every_client_sends_all_of_its_batches() -> None:
    pairs = [socket.socketpair() for _ in range(3)]
    sent = [0, 0, 0]

    def echo(number: int) -> None:
        line = pairs[number][1]
        while line.recv(1):
            sent[number] += 1
            line.sendall(b"\n")

    threads = [threading.Thread(target=echo, args=(number,)) for number in range(3)]
    for one in threads:
        one.start()
    drive([Lines(ours, b"b", b"\n", 1) for ours, _ in pairs], 5)
    for ours, _ in pairs:
        ours.close()
    for one in threads:
        one.join(10)
    for _, theirs in pairs:
        theirs.close()
    assert sent == [5, 5, 5]
