"""The whole tree: 8,907 nodes born, enrolled and in touch, in 12 hosts, 129 hosts or one.

Runs the command that an operator types, in an empty folder. `memory` is the same with all nodes in
one host: the resident memory of its process afterwards (PSS, MiB).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.figure import Figure, median
from deploy.topology.shanxi import tree

MOST_SECONDS = 180
MOST_MEMORY = 400


def once(hosts: int) -> dict[str, Any]:
    """What `duban topology apply` says of the tree on so many hosts."""
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder) / "tree.json"
        plan.write_text(json.dumps(tree(hosts), ensure_ascii=False), encoding="utf-8")
        command = [sys.executable, "-m", "node", "topology", "apply", str(plan), "--json"]
        done = subprocess.run(
            [*command, "--data", str(Path(folder) / "data")],
            check=True,
            stdout=subprocess.PIPE,
        )
        found: dict[str, Any] = json.loads(done.stdout)
    return found


def birth(runs: int, hosts: int = 12) -> Figure:
    """Seconds until every link was heard and the root knows all."""
    found = [once(hosts) for _ in range(runs)]
    took = [one["seconds"]["all"] for one in found]
    return Figure(
        name="birth" if hosts == 12 else f"birth-{hosts}",
        value=median(took),
        unit="s",
        ratio=median(took) / MOST_SECONDS,
        against="the limit of 3 minutes",
        runs=took,
        bar=f"at most {MOST_SECONDS} s",
        reached=median(took) <= MOST_SECONDS,
        detail={"nodes": found[0]["nodes"], "hosts": hosts, "seconds": found[-1]["seconds"]}
        | found[-1]["memory"],
    )


def memory(runs: int) -> Figure:
    """MiB of the one process that holds all 8,907 nodes."""
    found = [once(1) for _ in range(runs)]
    held = [float(one["memory"]["all hosts, MiB"]) for one in found]
    return Figure(
        name="memory",
        value=median(held),
        unit="MiB",
        ratio=median(held) / MOST_MEMORY,
        against="the limit of 400 MiB",
        runs=held,
        bar=f"at most {MOST_MEMORY} MiB",
        reached=median(held) <= MOST_MEMORY,
        detail={"nodes": found[0]["nodes"], "seconds": found[-1]["seconds"]},
    )
