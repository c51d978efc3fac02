"""Likely duplicates: how alike a draft is to what is held, and for which reasons.

Decides by bigrams of title and content, place, unit and time. Never finds the candidates
(node/readmodel/likeness.py), never merges: a person decides (drafts.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

import msgspec

from node.domain.instants import moment

MOST: Final = 10
ALIKE: Final = 0.5  # of one text alone
SOMEWHAT: Final = 0.3  # of both together, or of one with two other reasons
DAYS: Final = 180  # apart, and still about the same time
GIST: Final = 120  # characters of the content that are compared
_SILENT: Final = re.compile(r"[\W_]+|关于|的")


class Item(msgspec.Struct, frozen=True):
    """What is compared: a matter's or a draft's."""

    id: str
    title: str
    content: str = ""
    region: str | None = None
    units: tuple[str, ...] = ()
    at: str = ""  # instant at which it was registered or begun
    no: str = ""
    state: str = ""


class Likeness(msgspec.Struct, frozen=True):
    """A likely duplicate: `score` from 0 to 1, and why."""

    id: str
    no: str
    title: str
    state: str
    score: float
    reasons: tuple[str, ...]


def plain(text: str) -> str:
    """A text without punctuation, spaces and widths, in lower case."""
    return _SILENT.sub("", unicodedata.normalize("NFKC", text).lower())


def grams(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a plain text."""
    return frozenset(text[at : at + 2] for at in range(len(text) - 1))


def likely(mine: Item, held: Iterable[Item]) -> list[Likeness]:
    """Those held that are likely the same as `mine`, the likeliest first, ten at most."""
    title, content = _both(mine)
    found = []
    for one in held:
        if one.id == mine.id:
            continue
        theirs = _both(one)
        by_title, by_content = _shared(title, theirs[0]), _shared(content, theirs[1])
        reasons = _reasons(mine, one)
        best = max(by_title, by_content)
        both = min(by_title, by_content) >= SOMEWHAT
        if best >= ALIKE or both or (best >= SOMEWHAT and len(reasons) >= 2):
            said = [
                f"{what} {share:.0%}"
                for what, share in (("similar title", by_title), ("similar content", by_content))
                if share >= SOMEWHAT
            ]
            score = round(min(1.0, best + 0.05 * len(reasons)), 3)
            found.append(Likeness(one.id, one.no, one.title, one.state, score, (*said, *reasons)))
    return sorted(found, key=lambda one: (-one.score, one.id))[:MOST]


def _both(one: Item) -> tuple[frozenset[str], frozenset[str]]:
    return grams(plain(one.title)), grams(plain(one.content[:GIST]))


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _reasons(mine: Item, one: Item) -> list[str]:
    found = []
    if mine.region and mine.region == one.region:
        found.append("same place")
    if set(mine.units) & set(one.units):
        found.append("same unit")
    if mine.at and one.at and abs((moment(mine.at) - moment(one.at)).days) <= DAYS:
        found.append("overlapping time")
    return found
