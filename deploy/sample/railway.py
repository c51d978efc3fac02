"""The railway campaign's problems, made from ``railway.json``: the same rows for the same seed.

Decides how each class is divided over the territories (in proportion to their length of line,
by largest remainder, so that no problem is lost or invented by rounding) and where on the line
each problem lies. Never reads a clock or global randomness. Every row says ``synthetic``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from deploy.sample import divisions, document

SEED = 13710
Row = dict[str, Any]


def share(total: int, weights: Sequence[float]) -> list[int]:
    """Divide `total` things in proportion to `weights`: whole numbers that add up to `total`."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [int(value) for value in exact]
    by_rest = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_rest[: total - sum(parts)]:
        parts[i] += 1
    return parts


def problems(seed: int = SEED) -> list[Row]:
    """All problems of the campaign, ordered along the line and numbered from 1."""
    source = document("railway")
    line = source["line"]
    starts = _starts([stretch["km"] for stretch in line])
    places, dice = divisions(), random.Random(seed)
    rows: list[Row] = []
    for kind in source["classes"]:
        parts = share(kind["count"], [stretch["km"] for stretch in line])
        for stretch, start, count in zip(line, starts, parts, strict=True):
            county = places[places[stretch["code"]]["parent_code"]]
            for row in _stretch(kind, stretch, start, county["name"], dice, count):
                rows.append(
                    row | {"county": county["code"], "campaign": source["campaign"]["code"]}
                )
    rows.sort(key=lambda row: (row["metre"], row["class"]))
    for number, row in enumerate(rows, 1):
        row["number"] = number
    return rows


def _starts(lengths: Sequence[float]) -> list[float]:
    return [sum(lengths[:i]) for i in range(len(lengths))]


def _stretch(
    kind: Row, stretch: Row, start: float, county: str, dice: random.Random, count: int
) -> Iterator[Row]:
    """The problems of one class in one township."""
    where = county + stretch["name"]
    for spot in dice.sample(range(int(stretch["km"] * 1000)), count):
        metre = int(start * 1000) + spot
        mark = f"K{metre // 1000}+{metre % 1000:03d}"
        side = dice.choice("左右")
        off = dice.randrange(3, 100)
        yield {
            "title": f"高铁沿线 {mark} {side}侧{kind['name']}({where})",
            "metre": metre,
            "class": kind["code"],
            "township": stretch["code"],
            "content": f"{mark} {side}侧距路基坡脚{off}米:{kind['situation']}。限期整治并验收。",
            "indicators": [dict(kind["indicator"])],
            "synthetic": True,
        }
