"""What a body must satisfy before anything of it is looked at: a table, in the order of the spec.

Decides whether to refuse a whole body. Writes nothing. Each row can be switched off by tests, and
then a test fails. Follows docs/spec/05-exchange.md, "Checks on a body", steps 5 to 13; steps 1
and 2 are the transport's and `body.peek`'s, 3 and 4 the host's, 14 the host's lease.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from federation.keys import PublicKey
from federation.member import EpochKey
from federation.roster import Roster
from federation.rotation import prove_rotation, require_holding
from schemas.refusals import Refused
from sync.body import Incoming, Runs, hashes, open_rest
from sync.me import LEAST_VERSION, VERSION, Limits, Me
from sync.ports import Link


class Case(msgspec.Struct):
    """One body on trial."""

    me: Me
    incoming: Incoming
    roster: Roster
    link: Link | None
    limits: Limits
    expected: str | None
    """the challenge that an answer must carry; None for a request"""
    ferry: bool
    learnt: tuple[EpochKey, ...] = ()
    runs: Runs | None = None


def linked(case: Case) -> None:
    """5. Sender and receiver are parent and child, with a link."""
    if case.link is None:
        raise Refused("not-linked", f"there is no link with {case.incoming.head.sender}")


def key_known(case: Case) -> None:
    """6. The sender's epoch has a key, if need be by the rotations that stand beside the envelope.

    Nothing is recorded yet: `learnt` is taken in once the signature holds.
    """
    head = case.incoming.head
    if case.roster.key(head.sender, head.epoch) is not None:
        return
    for rotation in case.incoming.rotations:
        try:
            known = case.learnt
            opened = prove_rotation(case.roster, head.domain, head.sender, rotation, known)
            require_holding(case.roster, head.sender, opened, known)
        except Refused as refusal:
            raise Refused("unknown-key", refusal.detail) from None
        case.learnt = (*case.learnt, opened)
    if not any(one.epoch == head.epoch for one in case.learnt):
        raise Refused("unknown-key", f"no key is known for epoch {head.epoch} of {head.sender}")


def _key(case: Case) -> PublicKey | None:
    head = case.incoming.head
    known = case.roster.key(head.sender, head.epoch)
    if known is not None:
        return known
    return next((one.key for one in case.learnt if one.epoch == head.epoch), None)


def signed(case: Case) -> None:
    """7. The envelope is signed by that key."""
    key = _key(case)
    if key is None or not case.incoming.envelope.signed_by(key):
        raise Refused("bad-signature", "the envelope is not signed by the sender's key")


def whole(case: Case) -> None:
    """7. The body is the one that the envelope names."""
    if not hashes(case.incoming):
        raise Refused("bad-signature", "the body is not the one that the envelope names")


def not_suspended(case: Case) -> None:
    """8. The sender is not suspended."""
    if case.roster.suspended(case.incoming.head.sender) is not None:
        raise Refused("suspended", f"{case.incoming.head.sender} is suspended")


def framed(case: Case) -> None:
    """9. Manifest and framing."""
    case.runs = open_rest(case.incoming.rest)


def version_shared(case: Case) -> None:
    """9. The versions overlap."""
    hello = case.runs.manifest.hello if case.runs else None
    if hello is not None and (hello.version < LEAST_VERSION or hello.min > VERSION):
        detail = f"spoken here: {LEAST_VERSION} to {VERSION}; there: {hello.min} to {hello.version}"
        raise Refused("version", detail)


def within_limits(case: Case) -> None:
    """9. No more events than this node takes in one body."""
    runs = case.runs.manifest.runs if case.runs else ()
    count = sum(run.count for run in runs)
    if count > case.limits.events:
        raise Refused("oversize", f"{count} events, at most {case.limits.events} are accepted")
    chunks = len(case.runs.manifest.chunks) if case.runs else 0
    if chunks > case.limits.chunks:
        raise Refused("oversize", f"{chunks} chunks, at most {case.limits.chunks} are accepted")


def same_link(case: Case) -> None:
    """10. The link epoch is the current one."""
    if case.link is not None and case.incoming.head.link != case.link.epoch:
        raise Refused("link-epoch", "another link epoch", expected={"link": case.link.epoch})


def fence_current(case: Case) -> None:
    """11. The sender's copy is not an older one."""
    fence = case.incoming.head.fence
    if case.link is not None and not case.ferry and (fence < case.link.fence or fence < 1):
        seen = {"fence": case.link.fence}
        raise Refused("stale-fence", f"fence {fence}, {case.link.fence} was seen", expected=seen)


def challenge_fresh(case: Case) -> None:
    """12. It answers a challenge that this node gave and that was not used."""
    if case.ferry or case.link is None:
        return
    challenge = case.incoming.head.challenge
    if case.expected is not None:
        fresh = challenge == case.expected
    else:
        fresh = challenge is not None and challenge in case.link.given
    if not fresh:
        raise Refused("stale-challenge", "sign again with the challenge given here")


def counter_new(case: Case) -> None:
    """13. The counter is above the last one accepted."""
    counter = case.incoming.head.counter
    if case.link is not None and not case.ferry and counter <= case.link.heard:
        last = {"counter": case.link.heard}
        raise Refused("replay", f"counter {counter}, {case.link.heard} was heard", expected=last)


CHECKS: tuple[Callable[[Case], None], ...] = (
    linked,
    key_known,
    signed,
    whole,
    not_suspended,
    framed,
    version_shared,
    within_limits,
    same_link,
    fence_current,
    challenge_fresh,
    counter_new,
)


def judge(case: Case, checks: tuple[Callable[[Case], None], ...] = CHECKS) -> Runs:
    """Run the table; return the opened body. Raises Refused with the first failure."""
    for check in checks:
        check(case)
    return case.runs or open_rest(case.incoming.rest)
