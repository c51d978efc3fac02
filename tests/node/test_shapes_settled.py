"""Shapes that msgspec has learnt beforehand may be used by many threads at once.

Unprepared ones kill the process now and then, so what is tried runs in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys, threading
from typing import Annotated
import msgspec
from node.bootstrap import settle_shapes

sys.setswitchinterval(1e-6)
for number in range(60):
    texts = [(f"f{i}", Annotated[str, msgspec.Meta(pattern=f"^a{number}{i}")]) for i in range(12)]
    inner = msgspec.defstruct(f"Inner{number}", texts)
    outer = msgspec.defstruct(f"Outer{number}", [("one", inner), ("many", list[inner]), *texts])
    row = {f"f{i}": f"a{number}{i}" for i in range(12)}
    settle_shapes()
    start = threading.Barrier(8)

    def read():
        start.wait()
        msgspec.convert({"one": row, "many": [row], **row}, outer)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
"""


def test_shapes_that_were_settled_are_read_by_many_threads_at_once() -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
