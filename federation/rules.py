"""What a membership event must prove, and what it then changes.

Decides, for each type, the proofs, consents, floors and states that an event of an entitled writer
still needs: CHECKS. Then EFFECTS says what the member becomes. Never decides who may write
(federation/authority.py). Follows docs/spec/04-membership.md and docs/spec/07-apply.md.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from federation import consents as c
from federation import dsse
from federation.authority import Case, joined
from federation.ids import epoch_counter, epoch_order, node_id
from federation.keys import PublicKey
from federation.member import (
    CutRule,
    EpochKey,
    Lift,
    LineRule,
    Member,
    Move,
    Resolution,
    Suspension,
    walk,
)
from federation.rotation import prove_rotation
from schemas import membership as m
from schemas.documents import Envelope
from schemas.refusals import Refused


def subject(case: Case[Any]) -> Member:
    """The member that the case is about. Refused: `unknown-member`."""
    found = case.tree.member(case.node)
    if found is None:
        raise Refused("unknown-member", f"{case.node} is not a member")
    return found


# admitted


def admission_key(case: Case[m.Admitted]) -> None:
    """The key may be used and is the one that the node's id is made of."""
    if node_id(PublicKey.from_record(case.fact.key).raw) != case.node:
        raise Refused("bad-proof", "the node's id is not made of this key")


@functools.lru_cache(maxsize=4096)
def _signed(join: Envelope, key: PublicKey) -> bool:
    """Whether `key` signed `join`; remembered, as neighbours on one host meet the same join."""
    try:
        dsse.verify(join, "join", key)
    except Refused:
        return False
    return True


def admission_proof(case: Case[m.Admitted]) -> None:
    """The join is signed with that key."""
    if not _signed(case.fact.join, PublicKey.from_record(case.fact.key)):
        raise Refused("bad-proof", "the join is not signed with the node's first key")


def admission_fit(case: Case[m.Admitted]) -> None:
    """The join is about this domain, node, epoch and key."""
    join = joined(case.fact.join).stated
    stated = (join.domain, join.node, join.epoch, join.key)
    if stated != (case.tree.domain, case.node, case.fact.epoch, case.fact.key):
        raise Refused("bad-proof", "the join is for another domain, node, epoch or key")


def admission_single(case: Case[m.Admitted]) -> None:
    """The node has no parent yet, or this is the same admission with other attributes."""
    known = case.tree.member(case.node)
    if known is None:
        return
    if known.birth != case.writer or known.join != joined(case.fact.join).digest:
        raise Refused("already-member", f"{case.node} is a member already")


def admit(case: Case[m.Admitted]) -> Member:
    """The node is a member below the writer."""
    fact, known = case.fact, case.tree.member(case.node)
    attributes: dict[str, Any] = {
        "name": fact.name,
        "level": fact.level,
        "code": fact.code,
        "custody": fact.custody,
        "address": fact.address,
        "poll": fact.poll,
        "stated": case.event.order,
    }
    if known is not None:
        return _with(known, **attributes) if case.event.order > known.stated else known
    return Member(
        node=case.node,
        birth=case.writer,
        parent=case.writer,
        join=joined(fact.join).digest,
        epochs=(EpochKey(fact.epoch, fact.key.pub),),
        **attributes,
    )


def _with(member: Member, **changes: Any) -> Member:
    return msgspec.structs.replace(member, **changes)


# opened, rekeyed


def opening_first(case: Case[m.Opened]) -> None:
    """It stands first in its stream."""
    if case.event.seq != 1:
        raise Refused("wrong-state", "a stream is opened by its first event only")


def opening_epoch(case: Case[m.Opened]) -> None:
    """Its epoch holds, or a rotation in it makes it hold."""
    if case.fact.rotation is not None:
        if _rotated(case, case.fact.rotation).epoch != case.event.epoch:
            raise Refused("bad-epoch", "the rotation opens another epoch")
    elif case.tree.key(case.node, case.event.epoch) is None:
        raise Refused("bad-epoch", f"no key is known for epoch {case.event.epoch}")


def _rotated(case: Case[m.Opened], rotation: Envelope) -> EpochKey:
    return prove_rotation(case.tree, case.tree.domain, case.node, rotation)


def opening_floor(case: Case[m.Opened]) -> None:
    """It doesn't leave out anything of its stream that was receipted.

    After a restore the links are floors by themselves, after a fork one branch is given up.
    """
    if case.fact.cause in ("restore", "fork"):
        return
    last = case.fact.last
    link = (epoch_counter(last.epoch), last.seq) if last is not None else (0, 0)
    counter = epoch_counter(case.event.epoch)
    for (epoch, stream), seq in case.floor.items():
        place = epoch_counter(epoch)
        if stream == case.event.stream and place < counter and (place, seq) > link:
            raise Refused("below-receipt", f"{epoch}/{stream}/{seq} was receipted")


def open_stream(case: Case[m.Opened]) -> Member:
    """The node's epoch is known."""
    member = subject(case)
    if case.fact.rotation is None:
        return member
    return with_epoch(member, _rotated(case, case.fact.rotation))


def with_epoch(member: Member, opened: EpochKey) -> Member:
    """The member with one more epoch."""
    if member.stated_epoch(opened.epoch) is not None:
        return member
    epochs = sorted((*member.epochs, opened), key=lambda one: epoch_order(one.epoch))
    return _with(member, epochs=tuple(epochs))


def rekey_known(case: Case[m.Rekeyed]) -> None:
    """The epoch is one that the node itself has opened, under this key: a parent makes none."""
    known = subject(case).stated_epoch(case.fact.epoch)
    if known is None or known.key != PublicKey.from_record(case.fact.key):
        raise Refused("bad-epoch", "the node has not opened this epoch under this key")


def rekey(case: Case[m.Rekeyed]) -> Member:
    """The parent has recorded the epoch; the first record decides between two rotations."""
    member, order = subject(case), case.event.order
    epochs = tuple(
        msgspec.structs.replace(one, recorded=min(one.recorded or order, order))
        if one.epoch == case.fact.epoch
        else one
        for one in member.epochs
    )
    return _with(member, epochs=epochs)


# suspended, resumed, line, observer


def suspend(case: Case[m.Suspended]) -> Member:
    """What the node writes past the heads doesn't count."""
    event = case.event
    made = Suspension(event.head, case.writer, event.order, case.fact.heads)
    member = subject(case)
    return _with(member, suspensions=_added(member.suspensions, made))


def resume(case: Case[m.Resumed]) -> Member:
    """The writer's earlier suspensions are over, and those named in `re` of writers below it."""
    event, member = case.event, subject(case)
    return _with(
        member,
        lifts=_added(member.lifts, Lift(event.head, case.writer, event.order, event.re)),
    )


def _added(known: tuple[Any, ...], made: Any) -> tuple[Any, ...]:
    """Both, in an order that doesn't tell which came first."""
    return known if made in known else tuple(sorted((*known, made), key=lambda one: one.head))


def draw_line(case: Case[m.Line]) -> Member:
    """`by` guides the member, or no longer: the writer's latest word counts."""
    member, order = subject(case), case.event.order
    said = LineRule(case.fact.by, case.writer, order, not case.fact.end)
    same = [one for one in member.lines if (one.by, one.writer) == (said.by, said.writer)]
    if any(one.order >= order for one in same):
        return member
    lines = [one for one in member.lines if one not in same] + [said]
    return _with(member, lines=tuple(sorted(lines, key=lambda one: (one.by, one.writer))))


def observe(case: Case[m.Observer]) -> Member:
    """The node may receive all that the root has."""
    return _with(subject(case), observer=True)


# moved, succeeded


def _act(case: Case[Any], name: str, above: int = 0) -> c.Act:
    detail = {key: value for key, value in case.event.data.items() if key != "consents"}
    return c.Act(name, case.node, detail, above)


def move_consents(case: Case[m.Moved]) -> None:
    """The node, the new parent, and the old one or the lowest common ancestor have signed."""
    fact = case.fact
    by = c.agreed(case.tree, _act(case, "move"), fact.consents)
    c.require(c.enough_to_move(case.tree, case.node, fact.old, fact.parent, by), "move")


def move_epoch(case: Case[m.Moved]) -> None:
    """The epoch that it opens comes after the node's first."""
    if epoch_counter(case.fact.epoch) <= subject(case).epochs[0].counter:
        raise Refused("bad-epoch", "a move opens an epoch above the first")


def _moves(case: Case[m.Moved]) -> tuple[Move, ...]:
    made = Move(case.fact.epoch, case.event.head, case.fact.old, case.fact.parent)
    return _added(subject(case).moves, made)


def move_start(case: Case[m.Moved]) -> None:
    """It starts from the parent that the node has when all earlier moves are done."""
    earlier = [one for one in _moves(case) if one.head != case.event.head]
    number = epoch_counter(case.fact.epoch)
    before = [one for one in earlier if epoch_counter(one.epoch) < number]
    if walk(subject(case).birth, before)[0] != case.fact.old:
        raise Refused("wrong-state", "the node is not below the parent that it would leave")


def move_cycle(case: Case[m.Moved]) -> None:
    """The parent that it will have doesn't lie below it."""
    parent, _ = walk(subject(case).birth, _moves(case))
    if parent is not None and case.tree.in_subtree(case.node, parent):
        raise Refused("cycle", "the new parent lies below the node")


def move(case: Case[m.Moved]) -> Member:
    """The node stands below its new parent; the old one is remembered."""
    member, moves = subject(case), _moves(case)
    parent, past = walk(member.birth, moves)
    return _with(member, parent=parent, past=past, moves=moves)


def succeed_consents(case: Case[m.Succeeded]) -> None:
    """The successor, the parent, and the node itself or one higher ancestor have signed."""
    by = c.agreed(case.tree, _act(case, "succeed"), case.fact.consents)
    c.require(c.enough_to_succeed(case.tree, case.node, case.fact.successor, by), "succeed")


def succeed_once(case: Case[m.Succeeded]) -> None:
    """No other node succeeded it, and it doesn't succeed itself, directly or round about."""
    if subject(case).successor not in (None, case.fact.successor):
        raise Refused("wrong-state", f"{case.node} has another successor")
    ahead: str | None = case.fact.successor
    while ahead is not None:
        if ahead == case.node:
            raise Refused("cycle", "a node can't succeed itself")
        ahead = case.tree.successor(ahead)


def succeed(case: Case[m.Succeeded]) -> Member:
    """The successor has what the node had."""
    return _with(subject(case), successor=case.fact.successor)


# recovered, cut, resolved


def recovery_key(case: Case[m.Recovered]) -> None:
    """The new key may be used."""
    PublicKey.from_record(case.fact.key)


def recovery_epoch(case: Case[m.Recovered]) -> None:
    """The epoch is new, and comes after the node's first."""
    member = subject(case)
    known = member.stated_epoch(case.fact.epoch)
    same = known is not None and (known.cause, known.pub) == ("recovery", case.fact.key.pub)
    late = epoch_counter(case.fact.epoch) <= member.epochs[0].counter
    if late or (known is not None and not same):
        raise Refused("bad-epoch", "the epoch is in use, or doesn't follow the first")


def recovery_consents(case: Case[m.Recovered]) -> None:
    """The parent and a higher ancestor, or the recovery keys, have signed."""
    by = c.agreed(case.tree, _act(case, "recover"), case.fact.consents)
    c.require(c.enough_to_recover(case.tree, case.node, by), "recover")


def recovery_floor(case: Case[m.Recovered]) -> None:
    """It doesn't come before an epoch of which something was receipted."""
    counter = epoch_counter(case.fact.epoch)
    for epoch, stream in case.floor:
        if epoch != case.fact.epoch and epoch_counter(epoch) >= counter:
            raise Refused("below-receipt", f"{epoch}/{stream} was receipted")


def recover(case: Case[m.Recovered]) -> Member:
    """The node goes on under the new key."""
    key = PublicKey.from_record(case.fact.key)
    return with_epoch(subject(case), EpochKey(case.fact.epoch, key.pub, "recovery"))


def epoch_known(case: Case[m.Cut] | Case[m.Resolved]) -> None:
    """The epoch is one of the node's."""
    if subject(case).stated_epoch(case.fact.epoch) is None:
        raise Refused("bad-epoch", f"no epoch {case.fact.epoch} is known")


def cut_heads(case: Case[m.Cut]) -> None:
    """The heads are of the epoch that is cut, one for each stream."""
    streams = {one.stream for one in case.fact.heads}
    strange = any(one.epoch != case.fact.epoch for one in case.fact.heads)
    if strange or len(streams) != len(case.fact.heads):
        raise Refused("bad-payload", "a cut names one head of its epoch for each stream")


def cut_consents(case: Case[m.Cut]) -> None:
    """Two have signed, one of them not the parent."""
    act = _act(case, "cut", epoch_counter(case.fact.epoch))
    by = c.agreed(case.tree, act, case.fact.consents)
    c.require(c.enough_to_cut(case.tree, case.node, by), "cut")


def cut_floor(case: Case[m.Cut]) -> None:
    """It leaves standing all that was receipted."""
    kept = {one.stream: one.seq for one in case.fact.heads}
    for (epoch, stream), seq in case.floor.items():
        if epoch == case.fact.epoch and kept.get(stream, 0) < seq:
            raise Refused("below-receipt", f"{epoch}/{stream}/{seq} was receipted")


def cut(case: Case[m.Cut]) -> Member:
    """Past the heads the epoch is disputed."""
    member = subject(case)
    made = CutRule(case.event.head, case.fact.epoch, case.fact.heads)
    return _with(member, cuts=_added(member.cuts, made))


def resolve_consents(case: Case[m.Resolved]) -> None:
    """The node under its new key and the parent, or the recovery keys, have signed."""
    act = _act(case, "resolve", epoch_counter(case.fact.epoch))
    by = c.agreed(case.tree, act, case.fact.consents)
    c.require(c.enough_to_resolve(case.tree, case.node, by), "resolve")


def resolve(case: Case[m.Resolved]) -> Member:
    """One of two histories of the chain holds."""
    member, fact = subject(case), case.fact
    made = Resolution(case.event.head, fact.epoch, fact.stream, fact.seq, fact.keep)
    return _with(member, resolutions=_added(member.resolutions, made))


Check = Callable[[Case[Any]], None]
Effect = Callable[[Case[Any]], Member]

CHECKS: Final[Mapping[str, tuple[Check, ...]]] = {
    m.OPENED: (opening_first, opening_epoch, opening_floor),
    m.ADMITTED: (admission_key, admission_fit, admission_proof, admission_single),
    m.REKEYED: (rekey_known,),
    m.MOVED: (move_consents, move_epoch, move_start, move_cycle),
    m.SUCCEEDED: (succeed_consents, succeed_once),
    m.RECOVERED: (recovery_key, recovery_epoch, recovery_consents, recovery_floor),
    m.CUT: (epoch_known, cut_heads, cut_consents, cut_floor),
    m.RESOLVED: (epoch_known, resolve_consents),
}

EFFECTS: Final[Mapping[str, Effect]] = {
    m.OPENED: open_stream,
    m.ADMITTED: admit,
    m.REKEYED: rekey,
    m.SUSPENDED: suspend,
    m.RESUMED: resume,
    m.LINE: draw_line,
    m.MOVED: move,
    m.SUCCEEDED: succeed,
    m.OBSERVER: observe,
    m.RECOVERED: recover,
    m.CUT: cut,
    m.RESOLVED: resolve,
    m.ERASED: subject,
}
