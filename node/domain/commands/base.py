"""What every command shares: what comes of it, and the one check before a draft leaves.

Decides that a draft's type is legal in the object's state, that its payload has its form, and that
the authority table has a row for its writer: what passes is what every reader will apply. Never
decides who may ask (permissions.py). Follows docs/spec/07-apply.md, "Judging one event".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from node.domain.assignment import KIND, PREFIX, AssignmentState
from node.domain.authority import Parties, home, judge
from node.domain.crossing import NEUTRAL
from node.domain.facts import Fact, Relations
from node.domain.fold import Book
from node.domain.guards import DomainRefused
from node.domain.machine import ALL_MOVES, ASSIGNMENT_MOVES
from node.domain.permissions import Actor
from schemas.events import BadPayload, decode_data

__all__ = ["Actor", "Draft", "DomainRefused", "MOST_REFS", "blank", "checked", "need", "parties_of",
           "own", "re_of", "ruled"]  # fmt: skip

MOST_REFS: Final = 16  # a header line has room for no more
parties_of: Final = KIND.known_parties


@dataclass(frozen=True, slots=True)
class Draft:
    """An event to be written: not yet in a chain."""

    type: str
    subject: str
    stream: str
    data: Mapping[str, Any]
    re: tuple[str, ...] = ()


def re_of(state: Book, writer: str) -> tuple[str, ...]:
    """The latest state-changing heads of the object's other writers, ascending, at most 16."""
    others = {head for other, head in state.frontier.items() if other != writer}
    return tuple(sorted(others)[:MOST_REFS])


def checked(
    draft: Draft, writer: str, state: str | None, parties: Parties, relations: Relations
) -> Draft:
    """The draft with its payload in form, once it is sure to be applied.

    `state`: that of the object; None: the draft makes it. Refuses `wrong-state`, `bad-input`
    (naming the member), and `wrong-node` when the authority table has no row.
    """
    moves = next((one for one in ALL_MOVES if draft.type in one.rows), ASSIGNMENT_MOVES)
    if draft.type not in NEUTRAL and moves.after(state, draft.type) is None:
        starts = sorted(start or "" for event, start in moves.steps if event == draft.type)
        word = draft.type.rpartition(".")[2]
        raise DomainRefused("wrong-state", f"no `{word}` in state {state}", ", ".join(starts))
    try:
        data = decode_data(draft.type, draft.data)
    except BadPayload as bad:
        where = bad.path.removeprefix("$").removeprefix(".")
        raise DomainRefused("bad-input", bad.message, where=where) from None
    fact = Fact(
        "", draft.type, writer, draft.subject, draft.stream, "1-00000000", 1, "", draft.re, data
    )
    if not judge(fact, parties, relations):
        raise DomainRefused("wrong-node", f"{writer} may not write `{draft.type}` here")
    return replace(draft, data=data)


def own(
    actor: Actor, word: str, state: AssignmentState, said: Mapping[str, Any], relations: Relations
) -> Draft:
    """What the assignee writes about its assignment."""
    parties = parties_of(state)
    stream, refs = home(parties, relations), re_of(state, actor.node)
    draft = Draft(PREFIX + word, state.id, stream, {**said, "by": actor.by()}, refs)
    return checked(draft, actor.node, state.state, parties, relations)


def ruled(
    actor: Actor, word: str, state: AssignmentState, said: Mapping[str, Any], relations: Relations
) -> Draft:
    """What the issuer writes to the assignee."""
    data, refs = {**said, "by": actor.by()}, re_of(state, actor.node)
    draft = Draft(PREFIX + word, state.id, f"to/{state.assignee}", data, refs)
    return checked(draft, actor.node, state.state, parties_of(state), relations)


def blank(value: Any) -> bool:
    """Whether a form's member says nothing: absent, empty, or only spaces."""
    return not (value.strip() if isinstance(value, str) else value)


def need(form: Mapping[str, Any], *names: str) -> None:
    """Refuse `bad-input` unless each of these members (`a.b`: inside one) says something.

    All that are missing are named in `detail`, the first in `where`.
    """
    missing = [name for name in names if blank(_member(form, name))]
    if missing:
        detail = f"missing: {', '.join(missing)}"
        raise DomainRefused("bad-input", detail, "something in each of them", missing[0])


def _member(form: Any, path: str) -> Any:
    for name in path.split("."):
        form = form.get(name) if isinstance(form, Mapping) else None
    return form
