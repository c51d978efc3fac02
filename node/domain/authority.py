"""Who may write which 13710 event: one table, and what is absent from it is `no-authority`.

Decides, for one event, by its type, the writer's relation to the object, and the stream. Never
looks at states (machine.py) or at persons' roles (permissions.py). Events about members are judged
in federation. Follows docs/spec/07-apply.md, "Authority table".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from federation.ids import kind_of, owner_of
from node.domain.facts import Fact, Relations

Relation = Literal[
    "registrar", "assigner", "issuer", "assignee", "cohandler", "superior", "owner", "root"
]
Stream = Literal["up", "home", "down", "all"]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing allowed. `home` is the assignee's stream, `down` the one that leads to it."""

    type: str
    relation: Relation
    stream: Stream


_UP = "duban.matter."
_A = "duban.assignment."

AUTHORITY: Final = (
    Row(_UP + "registered", "registrar", "up"),
    Row(_UP + "struck", "registrar", "up"),
    Row(_UP + "cancelled", "registrar", "up"),
    Row(_A + "issued", "assigner", "down"),
    Row(_A + "signed", "assignee", "home"),
    Row(_A + "deployed", "assignee", "home"),
    Row(_A + "reported", "assignee", "home"),
    Row(_A + "clearance_applied", "assignee", "home"),
    Row(_A + "granted", "issuer", "down"),
    Row(_A + "returned", "issuer", "down"),
    Row(_A + "struck", "issuer", "down"),
    Row(_A + "cancelled", "issuer", "down"),
    Row(_A + "urged", "issuer", "down"),
    Row(_A + "urged", "superior", "down"),
    Row(_A + "urged", "registrar", "down"),
    Row(_A + "copied", "cohandler", "down"),
    Row(_UP + "merged", "registrar", "up"),
    Row(_UP + "linked", "registrar", "up"),
    Row(_UP + "listed", "registrar", "up"),
    Row(_UP + "paused", "registrar", "up"),
    Row(_UP + "resumed", "registrar", "up"),
    Row(_A + "refused", "assignee", "home"),
    Row(_A + "extension_asked", "assignee", "home"),
    Row(_A + "plan_asked", "assignee", "home"),
    Row(_A + "pause_asked", "assignee", "home"),
    Row(_A + "restored", "assignee", "home"),
    Row(_A + "restored", "issuer", "down"),
    Row(_A + "relieved", "issuer", "down"),
    Row(_A + "upheld", "issuer", "down"),
    Row(_A + "regrouped", "issuer", "down"),
    Row(_A + "extended", "issuer", "down"),
    Row(_A + "extension_refused", "issuer", "down"),
    Row(_A + "hung", "issuer", "down"),
    Row(_A + "plan_refused", "issuer", "down"),
    Row(_A + "reopened", "issuer", "down"),
    Row(_A + "pause_refused", "issuer", "down"),
    Row(_A + "pause_refused", "registrar", "down"),
    Row(_A + "paused", "issuer", "down"),
    Row(_A + "resumed", "issuer", "down"),
    Row(_A + "ruled", "issuer", "down"),
    Row(_A + "redated", "issuer", "down"),
    Row("duban.calendar.published", "root", "all"),
    Row("duban.policy.published", "owner", "all"),
    Row("duban.policy.withdrawn", "owner", "all"),
    Row(_UP + "valued", "registrar", "up"),
    Row("duban.ledger.published", "root", "all"),
    Row("duban.campaign.published", "owner", "all"),
    Row("duban.score.published", "root", "all"),
)


@dataclass(frozen=True, slots=True)
class Parties:
    """The nodes that an object names: by its id, and by the event that made it."""

    registrar: str  # "" when the matter isn't known (erased)
    issuer: str = ""
    assignee: str = ""
    cohandlers: tuple[str, ...] = ()
    part: bool = False  # given by an assignee, not by the matter's registrar
    owner: str = ""  # of a calendar, a policy or a score table: the node that its id names


def matter_parties(subject: str) -> Parties:
    """The parties of a matter: its id names the registrar."""
    return Parties(registrar=owner_of(subject))


def rule_parties(subject: str) -> Parties:
    """The parties of what is published: its id names who publishes it."""
    return Parties(registrar="", owner=owner_of(subject))


def assignment_parties(issued: Fact) -> Parties:
    """The parties that an `issued` event names; an erased one still shows whom it went to."""
    matter = issued.datum("matter")
    return Parties(
        registrar=owner_of(matter) if matter else "",
        issuer=owner_of(issued.subject),
        assignee=issued.datum("assignee", issued.stream.removeprefix("to/")),
        cohandlers=tuple(issued.datum("cohandlers", ())),
        part=issued.data is None or issued.data["parent"] is not None,
    )


def widened(parties: Parties, facts: Iterable[Fact]) -> Parties:
    """The parties of an assignment, with those who came to it later (the issuer's `regrouped`)."""
    told = (
        name
        for fact in facts
        if fact.type == _A + "regrouped" and fact.writer == parties.issuer
        if fact.stream == f"to/{parties.assignee}"
        for name in fact.datum("cohandlers", ())
    )
    more = tuple(sorted(set(told) - set(parties.cohandlers)))
    return replace(parties, cohandlers=parties.cohandlers + more) if more else parties


def home(parties: Parties, relations: Relations) -> str:
    """The stream in which the assignee writes about its assignment."""
    above = relations.is_ancestor(parties.issuer, parties.assignee)
    return "up" if above else f"to/{parties.issuer}"


def may_assign(issuer: str, assignee: str, relations: Relations) -> bool:
    """Whether `issuer` may give work to `assignee`: it stands above it, or guides it by a line."""
    return relations.is_ancestor(issuer, assignee) or relations.guides(issuer, assignee)


def _assigner(writer: str, parties: Parties, relations: Relations) -> bool:
    return (
        writer == parties.issuer
        and (parties.part or writer == parties.registrar)
        and may_assign(writer, parties.assignee, relations)
    )


_HOLDS: Final[Mapping[Relation, Callable[[str, Parties, Relations], bool]]] = {
    "registrar": lambda writer, parties, _: writer == parties.registrar,
    "assigner": _assigner,
    "issuer": lambda writer, parties, _: writer == parties.issuer,
    "assignee": lambda writer, parties, _: writer == parties.assignee,
    "cohandler": lambda writer, parties, _: writer in parties.cohandlers,
    "owner": lambda writer, parties, _: writer == parties.owner,
    "root": lambda writer, parties, relations: writer == parties.owner == relations.root,
    "superior": lambda writer, parties, relations: relations.is_ancestor(writer, parties.assignee),
}


def stream_of(stream: Stream, parties: Parties, relations: Relations) -> str:
    """The name of the stream that a row means for these parties."""
    if stream in ("up", "all"):
        return stream
    return home(parties, relations) if stream == "home" else f"to/{parties.assignee}"


def _by_type(table: tuple[Row, ...]) -> Mapping[str, tuple[Row, ...]]:
    return {
        name: tuple(row for row in table if row.type == name) for name in {r.type for r in table}
    }


_OURS: Final = _by_type(AUTHORITY)


def judge(
    fact: Fact, parties: Parties, relations: Relations, table: tuple[Row, ...] = AUTHORITY
) -> bool:
    """Whether some row of `table` lets the fact's writer write it there."""
    rows = _OURS if table is AUTHORITY else _by_type(table)
    if not fact.type.startswith(f"duban.{kind_of(fact.subject)}."):
        return False
    for row in rows.get(fact.type, ()):
        if stream_of(row.stream, parties, relations) == fact.stream and _HOLDS[row.relation](
            fact.writer, parties, relations
        ):
            return True
    return False
