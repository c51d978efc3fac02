"""Signed envelopes (DSSE v1): made, opened, verified.

Decides whether an envelope is well formed, of the kind that its place calls for, and signed by the
keys that the caller names. Never decides which keys those are: `keyid` is ignored.
Follows docs/spec/01-primitives.md, "Signed envelopes".
"""

import binascii
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from federation.keys import PublicKey, SigningKey
from schemas.documents import Envelope
from schemas.refusals import Refused
from schemas.shapes import read_object
from schemas.strict import dump, parse

MAX_ENVELOPE: Final = 64 * 1024
MAX_INVITATION: Final = 8 * 1024 * 1024
KINDS: Final = {
    kind: f"application/vnd.duban.{kind}+json"
    for kind in (
        *("genesis", "seal", "receipt", "exchange", "join-request"),
        *("invitation", "join", "rotation", "consent"),
    )
}
_LIMITS: Final = {"invitation": MAX_INVITATION}


class Opened(msgspec.Struct, frozen=True):
    """An envelope's bytes; nothing of it is verified until `signed_by` says so."""

    kind: str
    payload: bytes
    signatures: tuple[bytes, ...]

    def signed_by(self, key: PublicKey) -> bool:
        """Whether one of the signatures is `key`'s."""
        message = pae(KINDS[self.kind], self.payload)
        return any(key.verify(signature, message) for signature in self.signatures)


def pae(payload_type: str, payload: bytes) -> bytes:
    """The bytes that are signed (DSSE's pre-authentication encoding)."""
    text = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(text), text, len(payload), payload)


def envelope(kind: str, payload: bytes, keys: Sequence[SigningKey]) -> dict[str, Any]:
    """The envelope of `payload` as a JSON object, signed by each of `keys` (at least one)."""
    message = pae(KINDS[kind], payload)
    return {
        "payload": _b64(payload),
        "payloadType": KINDS[kind],
        "signatures": [{"keyid": key.public.keyid, "sig": _b64(key.sign(message))} for key in keys],
    }


def sign(kind: str, payload: bytes, keys: Sequence[SigningKey]) -> bytes:
    """The envelope of `payload` as one JSON line without LF."""
    return dump(envelope(kind, payload, keys))


def as_object(made: Mapping[str, Any] | Envelope) -> dict[str, Any]:
    """The JSON object of an envelope: its three members, nothing that stood beside them."""
    if not isinstance(made, Envelope):
        made = read_object(made, Envelope, "envelope")
    found: dict[str, Any] = msgspec.to_builtins(made)
    return found


def peek(untrusted: bytes | Mapping[str, Any] | Envelope, kind: str) -> Opened:
    """Return what an envelope of `kind` carries, unverified. Refused: `oversize`, `malformed`."""
    if isinstance(untrusted, bytes):
        untrusted = parse(untrusted, _LIMITS.get(kind, MAX_ENVELOPE), kind)
    if not isinstance(untrusted, Envelope):
        untrusted = read_object(untrusted, Envelope, kind)
    if untrusted.payloadType != KINDS[kind]:
        raise Refused("malformed", f"{kind}: not an envelope of this kind")
    signatures = tuple(_unb64(one.sig, kind) for one in untrusted.signatures)
    return Opened(kind, _unb64(untrusted.payload, kind), signatures)


def verify(untrusted: bytes | Mapping[str, Any] | Envelope, kind: str, key: PublicKey) -> bytes:
    """Return the payload that exactly `key` signed, and nobody else.

    Refused: `oversize`, `malformed`, `bad-signature`.
    """
    opened = peek(untrusted, kind)
    if len(opened.signatures) != 1:
        raise Refused("malformed", f"{kind}: exactly one signature is needed")
    if not opened.signed_by(key):
        raise Refused("bad-signature", f"{kind}: not signed by key {key.keyid}")
    return opened.payload


def verify_all(
    untrusted: bytes | Mapping[str, Any] | Envelope, kind: str, keys: Iterable[PublicKey]
) -> bytes:
    """Return the payload that each of `keys` signed. Refused as `verify`."""
    needed = set(keys)
    return verify_threshold(untrusted, kind, needed, len(needed))


def verify_threshold(
    untrusted: bytes | Mapping[str, Any] | Envelope, kind: str, keys: Iterable[PublicKey], k: int
) -> bytes:
    """Return the payload that at least `k` different ones of `keys` signed. Refused as `verify`."""
    if k < 1:
        raise ValueError("at least one signature is needed")
    opened = peek(untrusted, kind)
    count = sum(opened.signed_by(key) for key in set(keys))
    if count < k:
        raise Refused("bad-signature", f"{kind}: {count} of {k} signatures")
    return opened.payload


def _b64(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).decode("ascii")


def _unb64(text: str, kind: str) -> bytes:
    try:
        raw = binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError):
        raise Refused("malformed", f"{kind}: not base64") from None
    if _b64(raw) != text:
        raise Refused("malformed", f"{kind}: base64 with unused bits")
    return raw
