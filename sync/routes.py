"""Where a chain travels: the table of docs/spec/06-routing-and-relay.md, "Routes", from both sides.

Decides which neighbours are given a chain and whether a chain may come from a neighbour. Reads the
roster, and with whom there is a link.
"""

from __future__ import annotations

from federation.roster import Roster
from schemas.refusals import Refused
from sync.event import ChainId
from sync.ports import Link, Store


def goes_up(roster: Roster, me: str, chain: ChainId) -> bool:
    """Whether `me` gives the chain to its parent."""
    _, origin, _, stream = chain
    if stream == "own":
        return False
    return roster.in_subtree(me, origin)


def goes_down(roster: Roster, me: str, child: str, chain: ChainId) -> bool:
    """Whether `me` gives the chain to its child `child`."""
    _, origin, _, stream = chain
    if stream == "all":
        return origin == me or origin in roster.lineage(me)
    if stream.startswith("to/"):
        return roster.in_subtree(child, stream[3:]) and not roster.in_subtree(child, origin)
    return False


def gives(roster: Roster, me: str, link: Link, chain: ChainId) -> bool:
    """Whether `me` gives the chain to the peer of `link`."""
    if link.side == "up":
        return goes_up(roster, me, chain)
    return goes_down(roster, me, link.peer, chain)


def receivers(store: Store, me: str, chain: ChainId, giver: str | None) -> list[str]:
    """The peers that `me` gives the chain to, but the one from whom it came.

    Costs as much as there are receivers, not children: what climbs goes to one, and what is for one
    node goes to the child on the way to it.
    """
    roster, stream = store.roster(), chain[3]
    above = store.peers("up") if goes_up(roster, me, chain) else []
    below = list[str]()
    if stream == "all":
        below = store.peers("down")
    elif stream.startswith("to/"):
        below = store.peers("down", roster.lineage(stream[3:]))
    given = (peer for peer in below if goes_down(roster, me, peer, chain))
    return [peer for peer in (*above, *given) if peer != giver]


def may_have(roster: Roster, me: str, link: Link, chain: ChainId) -> bool:
    """Whether the route, or the peer's right to what is its own, lets it have the chain."""
    if chain[3] == "own":
        return False
    if gives(roster, me, link, chain):
        return True
    return link.side == "down" and roster.in_subtree(link.peer, chain[1])


def check_route(roster: Roster, me: str, sender: str, chain: ChainId) -> None:
    """Refuse a run that doesn't travel from `sender` to `me`: `foreign-scope`, `bad-route`.

    A run of an origin at or below the receiver, coming from above, must have been asked for; the
    caller lets those through before.
    """
    _, origin, _, stream = chain
    if roster.parent(sender) == me:
        if not roster.in_subtree(sender, origin):
            raise Refused("foreign-scope", f"{origin} is not {sender} nor below it")
        if not goes_up(roster, sender, chain):
            raise Refused("bad-route", f"`{stream}` of {origin} does not travel up here")
    elif not goes_down(roster, sender, me, chain):
        raise Refused("bad-route", f"`{stream}` of {origin} does not travel down here")


def reads(roster: Roster, me: str, chain: ChainId) -> bool:
    """Whether `me` owes receipts for the chain (docs/spec/03, "Who signs")."""
    _, origin, _, stream = chain
    if origin == me or stream == "own":
        return False
    if roster.in_subtree(me, origin):
        return True
    return stream == f"to/{me}" or (stream == "all" and roster.parent(me) == origin)
