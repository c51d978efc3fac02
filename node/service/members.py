"""What people decide about members, and what is known of them: suspensions, lines, erasures, rolls.

Each command looks at the rules before it writes, so that what is written counts everywhere; the
rules themselves are federation's. Follows docs/spec/04-membership.md and 07-apply.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from federation.ids import epoch_order, member_id
from federation.roster import Roster
from federation.trust import custodian, provisional
from node.domain.commands import Actor, DomainRefused
from node.service.host import Host
from node.service.place import Place
from node.storage.store import SqlStore
from schemas.membership import ERASED, LINE, RESUMED, SHAPES, SUSPENDED
from sync.event import ChainId, Event
from sync.me import Me
from sync.publish import publish
from sync.writing import Draft

ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "rotate": ("admin", "security"),
    "suspend": ("admin", "security"),
    "resume": ("admin", "security"),
    "line": ("admin",),
    "erase": ("security",),
}
MOST_HEADS: Final = 256
MOST_REFS: Final = 16
LASTING: Final = ("duban.matter.registered", "duban.assignment.issued")
"""what objects begin with: without its content nothing about the object could be judged"""


def require(actor: Actor, command: str) -> None:
    """Refuse `wrong-role` unless the actor's role may give the command."""
    if actor.role not in ROLES[command]:
        accepted = ", ".join(ROLES[command])
        raise DomainRefused("wrong-role", f"{actor.role} may not {command}", accepted)


def _grounds(grounds: str) -> str:
    if not 1 <= len(grounds.strip()) <= 2000:
        raise DomainRefused("bad-input", "grounds are needed", "1 to 2000 characters", "grounds")
    return grounds.strip()


def _below(roster: Roster, me: str, node: str) -> None:
    if node not in roster:
        raise DomainRefused("not-found", f"{node} is not in the directory of this node")
    if node == me or not roster.in_subtree(me, node):
        raise DomainRefused("wrong-node", f"{node} is not below this node", "a node below this one")


def _write(host: Host, store: SqlStore, me: Me, draft: Draft) -> str:
    """Publish one membership event; its head. Refuses `conflict` when it would not count."""
    written = publish(store, me, [draft], host.now(), lambda: host.chance.bytes(16))
    code = store.outcomes_of(draft.subject).get(written[-1].head)
    if code is not None:
        raise DomainRefused("conflict", f"{draft.type} would not count: {code}")
    return written[-1].head


def suspend(host: Host, place: Place, actor: Actor, node: str, grounds: str) -> dict[str, Any]:
    """Let nothing count that `node`, which is below, writes past what is held of it here now."""
    require(actor, "suspend")
    grounds = _grounds(grounds)

    def work(store: SqlStore, me: Me) -> dict[str, Any]:
        _below(store.roster(), me.node, node)
        if store.roster().suspended(node) is not None:
            raise DomainRefused("wrong-state", f"{node} is suspended already", "resume it first")
        held = [(chain, tip) for chain, tip in store.chains_of(node) if tip.seq]
        held.sort(key=lambda one: (epoch_order(one[0][2]), one[0][3]), reverse=True)
        heads = [
            {"epoch": chain[2], "stream": chain[3], "seq": tip.seq, "head": tip.head}
            for chain, tip in held[:MOST_HEADS]
        ]
        data = {"node": node, "grounds": grounds, "heads": heads}
        head = _write(host, store, me, Draft(SUSPENDED, member_id(node), "all", data))
        return {"node": node, "suspended": True, "head": head, "heads": heads}

    return host.write(place, work)


def resume(host: Host, place: Place, actor: Actor, node: str, grounds: str) -> dict[str, Any]:
    """Lift this node's suspensions of `node`, and those by nodes between the two."""
    require(actor, "resume")
    grounds = _grounds(grounds)

    def work(store: SqlStore, me: Me) -> dict[str, Any]:
        roster = store.roster()
        _below(roster, me.node, node)
        if roster.suspended(node) is None:
            raise DomainRefused("wrong-state", f"{node} is not suspended")
        made = roster.member(node)
        others = [one for one in (made.suspensions if made else ()) if one.by != me.node]
        refs = tuple(sorted(one.head for one in others if roster.is_ancestor(me.node, one.by)))
        data = {"node": node, "grounds": grounds}
        draft = Draft(RESUMED, member_id(node), "all", data, refs[-MOST_REFS:])
        head = _write(host, store, me, draft)
        if store.roster().suspended(node) is not None:
            above = ", ".join(sorted({one.by for one in others}))
            raise DomainRefused("wrong-node", "a suspension by a higher node lasts", above)
        return {"node": node, "suspended": False, "head": head}

    return host.write(place, work)


def line(
    host: Host, place: Place, actor: Actor, over: str, by: str, end: bool = False
) -> dict[str, Any]:
    """Let `by` guide `over` and issue to it (条线), or end that. Both are below this node, which is
    the lowest that is above both."""
    require(actor, "line")

    def work(store: SqlStore, me: Me) -> dict[str, Any]:
        roster = store.roster()
        for node in (over, by):
            _below(roster, me.node, node)
        if roster.lca(over, by) != me.node:
            lowest = roster.lca(over, by) or ""
            raise DomainRefused("wrong-node", "a lower node is above both", lowest)
        if roster.guided_by(by, over) != end:
            state = "no line lies" if end else "a line lies already"
            raise DomainRefused("wrong-state", f"{state} from {by} over {over}")
        data = {"over": over, "by": by} | ({"end": True} if end else {})
        head = _write(host, store, me, Draft(LINE, member_id(over), "all", data))
        return {"over": over, "by": by, "lies": not end, "head": head}

    return host.write(place, work)


def erase(
    host: Host, place: Place, actor: Actor, origin: str, id: str, grounds: str | None
) -> dict[str, Any]:
    """Erase the payload of one event, named by `origin` and its id (epoch/stream/seq).

    Its origin may, and the root with grounds; never what an object or a membership rests on.
    """
    require(actor, "erase")

    def work(store: SqlStore, me: Me) -> dict[str, Any]:
        event = _erasable(store, origin, id)
        chain = event.chain
        data: dict[str, Any] = {"origin": origin, "epoch": chain[2], "stream": chain[3]}
        data |= {"seq": event.header.seq, "head": event.head}
        if grounds is not None or origin != me.node:
            data["grounds"] = _grounds(grounds or "")
        stream = chain[3] if origin == me.node else "all"
        head = _write(host, store, me, Draft(ERASED, member_id(origin), stream, data))
        return {"origin": origin, "id": id, "erased": event.head, "head": head}

    return host.write(place, work)


def erasable(host: Host, place: Place, origin: str, id: str) -> dict[str, Any]:
    """What is known of an event whose payload may be erased; refuses as `erase` does."""

    def look(store: SqlStore) -> dict[str, Any]:
        header = _erasable(store, origin, id).header
        told = {"type": header.type, "object": header.subject, "time": header.time}
        return {"origin": origin, "id": id} | told

    return host.read(place, look)


def _erasable(store: SqlStore, origin: str, id: str) -> Event:
    chain, seq = _placed(store.domain, origin, id)
    found = store.events(chain, seq, seq)
    if not found:
        raise DomainRefused("not-found", f"{origin} {id} is not held here")
    (event,) = found
    if origin != store.node and store.node != store.roster().root:
        raise DomainRefused("wrong-node", "only its origin or the root may erase a payload")
    if event.payload_line is None:
        raise DomainRefused("wrong-state", f"{id} has been erased already")
    if event.header.type in SHAPES or event.header.type in LASTING:
        raise DomainRefused("wrong-state", f"{event.header.type} is what later events rest on")
    return event


def _placed(domain: str, origin: str, id: str) -> tuple[ChainId, int]:
    epoch, _, rest = id.partition("/")
    stream, _, seq = rest.rpartition("/")
    if not (epoch and stream and seq.isdigit() and len(seq) < 10):
        raise DomainRefused("bad-input", f"id {id!r}", "epoch/stream/seq, e.g. 1-5eed0001/up/3")
    return (domain, origin, epoch, stream), int(seq)


def directory(host: Host, place: Place) -> list[dict[str, Any]]:
    """All members that this node knows, parents before children.

    `custody`: the node on whose machine the key lies. `provisional`: no receipt of the root is held
    about it; null where this node would not hold one. `lines`: who guides it.
    """

    def look(store: SqlStore) -> list[dict[str, Any]]:
        roster = store.roster()
        proved = store.receipted_by(roster.root)
        found = []
        for node in sorted(roster, key=lambda one: (len(roster.lineage(one)), one)):
            member = roster.member(node)
            if member is None:
                continue
            mine = roster.in_subtree(store.node, node)
            about = {roster.root} if node in proved else set[str]()
            found.append(
                {
                    "node": node,
                    "name": member.name,
                    "level": member.level,
                    "code": member.code,
                    "parent": member.parent,
                    "epoch": roster.current_epoch(node),
                    "custody": custodian(roster, node),
                    "suspended": roster.suspended(node) is not None,
                    "provisional": provisional(roster, node, about) if mine else None,
                    "lines": sorted(one.by for one in member.lines if one.on),
                }
            )
        return found

    return host.read(place, look)
