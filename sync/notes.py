"""What was not accepted, on either side of a link: kept for operators, the latest few.

Decides what is worth showing and when it is mended; never what to do about it. Nothing here is ever
read by the protocol. Follows docs/spec/08-refusals.md, "Run", and 06, "A relay".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeAlias

import msgspec

MOST_NOTES = 16
MOST_TEXT = 200
Place: TypeAlias = tuple[str | None, str | None, str | None]
"""(origin, epoch, stream): the chain without its domain; Nones for what is of no chain"""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """One refusal of a run, a receipt or a lineage step, of one chain and one code."""

    origin: str | None
    epoch: str | None
    stream: str | None
    code: str
    detail: str
    at: str
    """wire instant of the latest time"""
    count: int = 1
    """how often it came"""
    held: int = 0
    """last seq held of the chain when it was refused"""
    again: bool = False
    """of what a peer told: sent again since"""
    mended: bool = False
    """what was refused then has come, or went through, since"""

    @property
    def place(self) -> Place:
        """The chain that it is of."""
        return self.origin, self.epoch, self.stream


def add(
    notes: tuple[Note, ...],
    results: Iterable[Mapping[str, Any]],
    at: str,
    held: Callable[[Place], int],
) -> tuple[Note, ...]:
    """`notes` with the `results` of one body, latest last. `held`: last seq held of a chain."""
    found = {(note.place, note.code): note for note in notes}
    for one in results:
        place = (_text(one, "origin"), _text(one, "epoch"), _text(one, "stream"))
        code = _text(one, "code") or "?"
        before = found.pop((place, code), None)
        found[place, code] = Note(
            origin=place[0],
            epoch=place[1],
            stream=place[2],
            code=code,
            detail=_text(one, "detail") or "",
            at=at,
            count=before.count + 1 if before is not None else 1,
            held=held(place),
        )
    return tuple(found.values())[-MOST_NOTES:]


def grown(notes: tuple[Note, ...], held: Callable[[Place], int]) -> tuple[Note, ...]:
    """Mark what we refused as mended where its chain has grown since."""
    return tuple(
        msgspec.structs.replace(note, mended=True)
        if note.origin is not None and not note.mended and held(note.place) > note.held
        else note
        for note in notes
    )


def resent(notes: tuple[Note, ...], places: Collection[Place]) -> tuple[Note, ...]:
    """Mark what a peer refused as sent again, where a body to it carries that chain."""
    return tuple(
        msgspec.structs.replace(note, again=True) if note.place in places else note
        for note in notes
    )


def went_through(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """Mark what was sent again and is not in the peer's latest results as mended.

    To be called before the results of that body are added.
    """
    return tuple(
        msgspec.structs.replace(note, mended=True, again=False) if note.again else note
        for note in notes
    )


def _text(one: Mapping[str, Any], name: str) -> str | None:
    found = one.get(name)
    return found[:MOST_TEXT] if isinstance(found, str) else None
