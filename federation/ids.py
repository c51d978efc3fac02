"""Names of nodes, domains, epochs and objects: how they are made and read.

Decides: what a well-formed id is, and which node an id belongs to (the id of an object says by
itself who may create it). Never decides whether the node exists or may act.
Follows docs/spec/01-primitives.md.
"""

import base64
import functools
import hashlib
import re
from typing import Final

from schemas.refusals import Refused

NODE_PREFIX: Final = b"duban-node-v1\0"
SELF: Final = "self"

NODE: Final = re.compile(r"[a-z2-7]{32}")
NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
DOMAIN: Final = re.compile(r"[a-z][a-z0-9-]{0,31}@[a-z2-7]{32}")
NONCE: Final = re.compile(r"[a-z0-9]{8,26}")
EPOCH: Final = re.compile(r"[1-9][0-9]{0,8}-[0-9a-f]{8}")
HASH: Final = re.compile(r"[0-9a-f]{64}")
STREAM: Final = re.compile(r"up|all|own|to/[a-z2-7]{32}")
SEEN: Final = 16384  # ids whose parts are remembered: they come again and again
OBJECT: Final = re.compile(
    r"(?P<kind>matter|assignment|calendar|policy|score|ledger|campaign)"
    r":(?P<owner>[a-z2-7]{32}):[a-z0-9]{8,26}"
    r"|member:(?P<member>[a-z2-7]{32})"
)


def _short(digest: bytes) -> str:
    return base64.b32encode(digest[:20]).decode("ascii").lower()


def _match(pattern: re.Pattern[str], value: str, what: str) -> re.Match[str]:
    found = pattern.fullmatch(value)
    if found is None:
        raise Refused("malformed", f"not a well-formed {what}: {value[:80]!r}")
    return found


def node_id(raw_pub: bytes) -> str:
    """The id of the node whose first public key is `raw_pub` (32 bytes)."""
    return _short(hashlib.sha256(NODE_PREFIX + raw_pub).digest())


def domain_id(name: str, genesis_payload: bytes) -> str:
    """The id of the domain that the genesis with these payload bytes founds.

    The name `self` is kept for private events and refused here (`malformed`).
    """
    _match(NAME, name, "domain name")
    if name == SELF:
        raise Refused("malformed", "the domain name 'self' is reserved")
    return f"{name}@{_short(hashlib.sha256(genesis_payload).digest())}"


def self_domain(node: str) -> str:
    """The domain under which a node keeps events that concern no federation."""
    _match(NODE, node, "node id")
    return f"{SELF}@{node}"


def matter_id(node: str, nonce: str) -> str:
    """The id of a matter registered by `node`; nonce is 8 to 26 of [a-z0-9]."""
    return _object("matter", node, nonce)


def assignment_id(node: str, nonce: str) -> str:
    """The id of an assignment issued by `node`; nonce is 8 to 26 of [a-z0-9]."""
    return _object("assignment", node, nonce)


def calendar_id(node: str, region: str) -> str:
    """The id of the calendar that `node` publishes for a region, a place code of 12 digits."""
    return _object("calendar", node, region)


def policy_id(node: str, name: str) -> str:
    """The id of the policy that `node` publishes under a name, 8 to 26 of [a-z0-9]."""
    return _object("policy", node, name)


def ledger_id(node: str, board: str) -> str:
    """The id of the definition that `node` publishes for a board's ledger."""
    return _object("ledger", node, "board" + board.replace("-", ""))


def campaign_id(node: str, code: str) -> str:
    """The id of the campaign that `node` runs under a code, 8 to 26 of [a-z0-9]."""
    return _object("campaign", node, code)


def score_id(node: str, name: str) -> str:
    """The id of the score table that `node` publishes under a name, 8 to 26 of [a-z0-9]."""
    return _object("score", node, name)


def member_id(node: str) -> str:
    """The id under which membership events speak of `node`."""
    _match(NODE, node, "node id")
    return f"member:{node}"


def _object(kind: str, node: str, nonce: str) -> str:
    _match(NODE, node, "node id")
    _match(NONCE, nonce, "nonce")
    return f"{kind}:{node}:{nonce}"


@functools.lru_cache(maxsize=SEEN)
def owner_of(object_id: str) -> str:
    """The node that the object belongs to; `malformed` if it is no object id."""
    found = _match(OBJECT, object_id, "object id")
    return str(found["owner"] or found["member"])


@functools.lru_cache(maxsize=SEEN)
def kind_of(object_id: str) -> str:
    """Which kind of object an id names, `member` among them; `malformed` if it is no id."""
    found = _match(OBJECT, object_id, "object id")
    return str(found["kind"] or "member")


def epoch_id(counter: int, bits: bytes) -> str:
    """The epoch with this counter (1 to 999999999) and these 4 random bytes."""
    if len(bits) != 4:
        raise Refused("malformed", "an epoch takes exactly 4 random bytes")
    epoch = f"{counter}-{bits.hex()}"
    _match(EPOCH, epoch, "epoch")
    return epoch


def epoch_counter(epoch: str) -> int:
    """The number that epochs are ordered by; `malformed` if it is no epoch."""
    _match(EPOCH, epoch, "epoch")
    return int(epoch.partition("-")[0])


@functools.lru_cache(maxsize=SEEN)
def epoch_order(epoch: str) -> tuple[int, str]:
    """A sort key: by counter, then (two copies of one node) by the text."""
    return epoch_counter(epoch), epoch
