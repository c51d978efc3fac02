"""``python -m bench table``: the README's table of measured figures, from bench/results.

Decides nothing: each row is what a run wrote down, with its date and the command that repeats it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from bench.figure import RESULTS

BEGIN: Final = "<!-- figures: python -m bench table -->"
END: Final = "<!-- end of figures -->"
READMES: Final = (Path("README.md"), Path("README.zh-CN.md"))
HEADS: Final = {
    "README.md": "| figure | value | ratio | bar | reached | measured | by |",
    "README.zh-CN.md": "| 指标 | 数值 | 比值 | 门槛 | 是否达到 | 测量日期 | 命令 |",
}


def rows() -> list[str]:
    """One line per result, by name."""
    found = []
    for path in sorted(RESULTS.glob("*.json")):
        one = json.loads(path.read_text(encoding="utf-8"))
        ratio = "" if one["ratio"] is None else f"{one['ratio']:.2f} x {one['against']}"
        runs = f"{one['value']:,g} {one['unit']} ({len(one['runs'])} runs)"
        cells = [one["name"], runs, ratio, one["bar"], "yes" if one["reached"] else "**no**"]
        cells += [one["machine"]["date"], f"`python -m bench {one['name']}`"]
        found.append(f"| {' | '.join(cells)} |")
    return found


def write() -> int:
    """Put the table between its marks in both READMEs; 1 where a mark is missing."""
    for path in READMES:
        text = path.read_text(encoding="utf-8")
        before, mark, rest = text.partition(BEGIN)
        _, end, after = rest.partition(END)
        if not mark or not end:
            return 1
        head = HEADS[path.name]
        line = "|" + "---|" * (head.count("|") - 1)
        table = "\n".join((head, line, *rows()))
        path.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
    return 0
