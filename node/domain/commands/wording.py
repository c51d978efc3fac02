"""Wording: vague words without a figure, and several demands in one.

Decides where a text says `加强` and the like in a sentence that holds no figure, and where it joins
demands. Never decides what follows from it (gate.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

VAGUE: Final = (
    "加强", "推进", "进一步", "不断", "努力", "切实", "大力", "持续", "积极", "稳步", "有效",
    "全面", "深入", "强化", "完善", "提升", "优化", "加大", "加快", "狠抓", "扎实", "着力",
    "统筹", "高度重视", "尽快", "及时", "适时", "逐步", "有序", "力争",
)  # fmt: skip
# Words that only look like it: `有效期` is a date, `全面积` a size.
_NOT: Final = {"有效": "(?!期|证|身份|票)", "全面": "(?!积)", "不断": "(?!电|水|气|供|流)"}
_VAGUE: Final = re.compile(
    "|".join(word + _NOT.get(word, "") for word in sorted(VAGUE, key=len, reverse=True))
)
_SENTENCE: Final = re.compile(r"[^。!?;!?;\n]+")
_UNITS: Final = (
    "个|家|户|项|条|件|次|处|座|人|名|吨|米|公里|千米|里|亩|公顷|天|日|月|年|周|元|万|亿|%|"
    "成|倍|批|期|套|台|辆|份|度|小时|分钟"
)
FIGURE: Final = re.compile(rf"\d|百分之|(?<![统唯])[一二两三四五六七八九十百千]+(?:{_UNITS})")
_JOINED: Final = re.compile(
    r"以及|、|及(?!时|早|格|其|以)|和(?!谐|平|顺|睦|解)|并(?!网|列|行|不|轨|购)|同时|另外|此外"
)
_COUNTED: Final = re.compile(r"[二三四五]是|[((][二三四五2-5][))]|(?m:^\s*[2-5][..、])")


class Spot(NamedTuple):
    """A word and where it stands: characters from `start` up to, not including, `end`."""

    word: str
    start: int
    end: int


def vague(text: str) -> Iterator[Spot]:
    """The vague words of those sentences that hold no figure."""
    if not _VAGUE.search(text):
        return
    for sentence in _SENTENCE.finditer(text):
        if not FIGURE.search(sentence[0]):
            for found in _VAGUE.finditer(sentence[0]):
                start = sentence.start() + found.start()
                yield Spot(found[0], start, start + len(found[0]))


def joined(text: str, *, title: bool = False) -> Iterator[Spot]:
    """What joins several demands: in a title `、和以及…`, in prose a count (`二是`, `2.`)."""
    for found in (_JOINED if title else _COUNTED).finditer(text):
        yield Spot(found[0], found.start(), found.end())
