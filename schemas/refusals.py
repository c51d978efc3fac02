"""Every way the protocol says no: one table, from which answers and docs are made.

Decides which HTTP status and which action go with a refusal code. Never decides whether to
refuse. Follows docs/spec/08-refusals.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Action = Literal["retry", "halve", "refresh", "operator", "never"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row: the code that travels, its HTTP status, what the sender should do, its meaning."""

    code: str
    status: int
    action: Action
    title: str


_ROWS = (
    # the envelope: answered by the HTTP status
    Refusal("malformed", 400, "never", "the bytes do not have the shape that the spec asks for"),
    Refusal("oversize", 413, "halve", "larger than the limit that was announced"),
    Refusal("bomb", 413, "halve", "inflates to more than the limit that was announced"),
    Refusal("version", 426, "operator", "no common protocol version"),
    Refusal("unknown-key", 401, "refresh", "no key is known for this node and epoch"),
    Refusal("bad-signature", 401, "never", "the signature does not verify"),
    Refusal("stale-challenge", 401, "refresh", "the challenge is not the last one given out"),
    Refusal("replay", 409, "refresh", "the counter has been used on this link"),
    Refusal("wrong-receiver", 403, "never", "addressed to a node that is not served here"),
    Refusal("foreign-domain", 403, "never", "the receiver is not a member of this domain"),
    Refusal("not-linked", 403, "operator", "sender and receiver are not parent and child"),
    Refusal("suspended", 403, "operator", "the sender is suspended"),
    Refusal("stale-fence", 409, "operator", "another copy of this node holds a newer fence"),
    Refusal("link-epoch", 409, "refresh", "the link has been opened anew"),
    Refusal("busy", 409, "retry", "another exchange on this link is under way"),
    Refusal("rate", 429, "retry", "too many exchanges"),
    Refusal("unavailable", 503, "retry", "the receiver can't store anything now"),
    # one run: answered in the results, the link goes on
    Refusal("gap", 422, "retry", "events before this run are missing"),
    Refusal("fork", 409, "operator", "another history of this stream is already held"),
    Refusal("frozen", 409, "operator", "the stream is frozen after a fork"),
    Refusal("unknown-origin", 422, "retry", "the origin is not in the directory"),
    Refusal("bad-header", 422, "never", "a header does not belong to its run"),
    Refusal("bad-chain", 422, "never", "a header does not follow the one before it"),
    Refusal("bad-seal", 422, "never", "the seal does not fit the run or its origin's key"),
    Refusal("bad-datahash", 422, "never", "a payload is not the one that its header names"),
    Refusal("payload-missing", 422, "retry", "a payload is missing and nobody entitled erased it"),
    Refusal("foreign-scope", 403, "never", "the origin lies outside the sender's subtree"),
    Refusal("bad-route", 403, "never", "the stream does not travel over this link"),
    Refusal("bad-opening", 422, "never", "the first event of the epoch does not open it lawfully"),
    Refusal("cut", 409, "operator", "past the head at which the epoch was cut"),
    Refusal("quota", 429, "retry", "the origin has used up its quota of stored bytes"),
    # one attachment: answered in the results, and in a user's answers
    Refusal("not-named", 403, "never", "no event that you may read names it"),
    Refusal("missing", 404, "retry", "nobody on the way to its writer holds it"),
    Refusal("sought", 503, "retry", "asked for further on; it is sent when it comes"),
    Refusal("too-large", 413, "never", "larger than what is taken here"),
    Refusal("bad-chunk", 422, "retry", "a chunk has not its length, its hash or its turn"),
    Refusal("bad-content", 422, "operator", "the whole is not what its hash says"),
    Refusal("bad-type", 422, "never", "the content is of a kind that is not accepted"),
    # enrolment and membership
    Refusal("weak-key", 400, "never", "a small-order or non-canonical public key"),
    Refusal("algorithm", 400, "operator", "this key algorithm is not enabled here"),
    Refusal("invitation-expired", 403, "operator", "the invitation has expired"),
    Refusal("invitation-used", 409, "operator", "the invitation has been used"),
    Refusal("invitation-misfit", 403, "never", "the invitation was made for another key or node"),
    Refusal("already-member", 409, "never", "the node is a member of this domain already"),
    Refusal("no-authority", 403, "never", "the writer is not entitled to this"),
    Refusal("bad-consent", 403, "never", "a consent is missing, misfitting or not signed"),
    Refusal("bad-proof", 403, "never", "a proof of possession does not fit"),
    Refusal("bad-lineage", 403, "never", "the lineage does not lead from the root to the node"),
    Refusal("unknown-member", 422, "retry", "the node named is not a member of the domain"),
    Refusal("bad-epoch", 409, "never", "the epoch is in use, or does not follow the last one"),
    Refusal("below-receipt", 409, "never", "a cut or an epoch below a head that was receipted"),
    Refusal("cycle", 409, "never", "a node can't be placed below itself"),
    # apply: the event is kept, relayed and quarantined
    Refusal("unknown-type", 422, "operator", "no rule understands this type"),
    Refusal("critical", 422, "operator", "a critical member is not understood"),
    Refusal("bad-payload", 422, "operator", "the payload does not fit its schema"),
    Refusal("wrong-state", 409, "never", "the object's state does not allow this"),
    Refusal("disputed", 409, "operator", "written past a suspension or a cut"),
)

REFUSALS: dict[str, Refusal] = {row.code: row for row in _ROWS}


class Refused(Exception):
    """The protocol's no: a code of the table, and where and why in words.

    `extra` goes into the problem document as it is (`expected`, `challenge`, `retry_after`).
    """

    def __init__(self, code: str, detail: str = "", **extra: Any) -> None:
        self.row = REFUSALS[code]
        self.code = code
        self.detail = detail or self.row.title
        self.extra = extra
        super().__init__(f"{code}: {self.detail}")

    def problem(self) -> dict[str, Any]:
        """Return the RFC 9457 problem document for this refusal."""
        return {
            "type": f"urn:duban:refusal:{self.code}",
            "title": self.row.title,
            "status": self.row.status,
            "detail": self.detail,
            "code": self.code,
            "action": self.row.action,
            **self.extra,
        }
