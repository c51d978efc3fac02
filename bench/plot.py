"""``python -m bench plot``: cost against size, as SVG, from bench/results/size.json.

Two panels, one by nodes and one by matters, both axes logarithmic: a cost that doesn't grow is a
level line. Decides nothing: the numbers are what a run wrote down. The picture has a title and a
description for those who can't see it, and a table of the same numbers stands in docs.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from bench.figure import RESULTS

PICTURE: Final = Path("docs/pictures/size.svg")
WIDTH, HEIGHT, GAP = 420, 300, 60
LEFT, TOP = 60, 50
COLOURS: Final = ("#0b5cad", "#b3261e", "#1b6e3c", "#7a4a00", "#5b3a8e")
UNIT: Final = "CPU ms"


def _x(size: float, sizes: Sequence[int]) -> float:
    low, high = math.log10(min(sizes)), math.log10(max(sizes))
    return (math.log10(size) - low) / ((high - low) or 1.0) * WIDTH


def _y(cost: float, decades: tuple[int, int]) -> float:
    low, high = decades
    return HEIGHT - (math.log10(max(cost, 10.0**low)) - low) / (high - low) * HEIGHT


def _decades(costs: Sequence[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(costs))), math.ceil(math.log10(max(costs)))
    return low, max(high, low + 1)


def _panel(title: str, costs: Mapping[str, Any], decades: tuple[int, int]) -> list[str]:
    """One panel, its own corner at (0, 0)."""
    sizes = [int(size) for size in costs]
    made = [f'<text x="0" y="-16" class="head">{escape(title)}</text>']
    made.append(f'<rect width="{WIDTH}" height="{HEIGHT}" class="frame"/>')
    for power in range(decades[0], decades[1] + 1):
        y = _y(10.0**power, decades)
        made.append(f'<line x1="0" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        made.append(f'<text x="-6" y="{y + 4:.1f}" class="end">{10.0**power:g}</text>')
    for size in sizes:
        x = _x(size, sizes)
        made.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{HEIGHT}" class="grid"/>')
        made.append(f'<text x="{x:.1f}" y="{HEIGHT + 18}" class="mid">{size:,}</text>')
    for number, name in enumerate(next(iter(costs.values()))):
        points = [(_x(size, sizes), _y(costs[str(size)][name][UNIT], decades)) for size in sizes]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        colour = COLOURS[number % len(COLOURS)]
        made.append(f'<polyline points="{path}" stroke="{colour}" class="line"/>')
        made += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
    return made


def svg(detail: Mapping[str, Any], said: str) -> str:
    """The picture of one result's `detail`. `said`: machine and date, for its foot."""
    panels = {"by nodes of the tree": detail["by nodes"]}
    panels["by matters at the node"] = detail["by matters"]
    panels = {title: costs for title, costs in panels.items() if costs}
    every = [
        one[UNIT] for costs in panels.values() for row in costs.values() for one in row.values()
    ]
    decades, inside = _decades(every), list[str]()
    for number, (title, costs) in enumerate(panels.items()):
        x = LEFT + number * (WIDTH + GAP)
        inside.append(f'<g transform="translate({x},{TOP})">')
        inside += [*_panel(f"CPU, ms, {title}", costs, decades), "</g>"]
    names = list(next(iter(next(iter(panels.values())).values())))
    foot = TOP + HEIGHT + 44
    for number, name in enumerate(names):
        x, y = LEFT + number % 2 * (WIDTH + GAP), foot + number // 2 * 20
        colour = COLOURS[number % len(COLOURS)]
        inside.append(f'<rect x="{x}" y="{y - 9}" width="18" height="4" fill="{colour}"/>')
        inside.append(f'<text x="{x + 26}" y="{y}">{escape(name)}</text>')
    height = foot + (len(names) + 1) // 2 * 20 + 20
    width = LEFT + len(panels) * (WIDTH + GAP)
    inside.append(f'<text x="{LEFT}" y="{height - 8}" class="small">{escape(said)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'aria-labelledby="title what">\n<title id="title">Cost against size</title>\n'
        '<desc id="what">Both axes logarithmic; a level line is a cost that does not grow.</desc>\n'
        "<style>text{font:13px sans-serif;fill:#222}.head{font-weight:bold}.small{font-size:11px}"
        ".end{text-anchor:end}.mid{text-anchor:middle}.frame{fill:#fff;stroke:#888}"
        ".grid{stroke:#ddd}.line{fill:none;stroke-width:2}</style>\n"
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n'
        + "\n".join(inside)
        + "\n</svg>\n"
    )


def write() -> int:
    """Draw what the last `size` run wrote; 1 where there is none."""
    path = RESULTS / "size.json"
    if not path.exists():
        return 1
    found = json.loads(path.read_text(encoding="utf-8"))
    of = found["machine"]
    said = f"{of['cores']} cores, Python {of['python']}, SQLite {of['sqlite']}, {of['date']}"
    PICTURE.write_text(svg(found["detail"], said), encoding="utf-8")
    return 0
