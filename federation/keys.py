"""Keys: the only place that touches the cryptography library.

Decides whether a public key may be used at all (algorithm, canonical form, order of the point) and
whether a signature verifies. Never decides whose key it is, nor stores one.
Follows docs/spec/01-primitives.md, "Keys".
"""

import base64
import binascii
import functools
import hashlib
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from schemas.documents import KeyRecord
from schemas.refusals import Refused
from schemas.shapes import read_object

ED25519: Final = "ed25519"
RESERVED: Final = frozenset({"sm2-sm3"})
NONCE_BYTES: Final = 12
_P: Final = 2**255 - 19
_Y8: Final = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
_SMALL_ORDER_Y: Final = frozenset({0, 1, _P - 1, _Y8, _P - _Y8})


class PublicKey:
    """A public key that may be used. Equal and hashable by its bytes."""

    __slots__ = ("_handle", "keyid", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw: Final = raw
        self.keyid: Final = hashlib.sha256(raw).hexdigest()[:16]
        self._handle: Ed25519PublicKey | None = None

    @staticmethod
    def from_raw(raw: bytes) -> "PublicKey":
        """The key with these 32 bytes. Refused: `malformed`, `weak-key`."""
        return _known(bytes(raw))

    @staticmethod
    def from_pub(pub: str) -> "PublicKey":
        """The Ed25519 key with this base64url text. Refused: `malformed`, `weak-key`."""
        return _known(_raw_of(pub))

    @staticmethod
    def from_record(record: Mapping[str, Any] | KeyRecord) -> "PublicKey":
        """The key in a key record. Refused: `malformed`, `algorithm`, `weak-key`."""
        if not isinstance(record, KeyRecord):
            record = read_object(record, KeyRecord, "key record")
        reader = _ALGORITHMS.get(record.alg)
        if reader is None:
            why = "reserved, not enabled here" if record.alg in RESERVED else "unknown"
            raise Refused("algorithm", f"{record.alg[:32]!r}: {why}")
        return reader(record.pub)

    @property
    def pub(self) -> str:
        """The 32 bytes in base64url without padding."""
        return base64.urlsafe_b64encode(self.raw).rstrip(b"=").decode("ascii")

    @property
    def record(self) -> dict[str, str]:
        """The key as it travels."""
        return {"alg": ED25519, "pub": self.pub}

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` (64 bytes) is this key's over `message`."""
        handle = self._handle
        if handle is None:
            handle = self._handle = Ed25519PublicKey.from_public_bytes(self.raw)
        try:
            handle.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and other.raw == self.raw

    def __hash__(self) -> int:
        return hash(self.raw)

    def __repr__(self) -> str:
        return f"PublicKey({self.keyid})"


@functools.lru_cache(maxsize=32768)
def _known(raw: bytes) -> PublicKey:
    if len(raw) != 32:
        raise Refused("malformed", f"a public key of {len(raw)} bytes, 32 needed")
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    if y >= _P:
        raise Refused("weak-key", "the point is not in canonical form")
    if y in _SMALL_ORDER_Y:
        raise Refused("weak-key", "the point has small order")
    return PublicKey(raw)


@functools.lru_cache(maxsize=32768)
def _raw_of(pub: str) -> bytes:
    try:
        raw = base64.b64decode(pub + "=" * (-len(pub) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Refused("malformed", "a public key that is not base64url") from None
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") != pub:
        raise Refused("malformed", "a public key that is not base64url in its one form")
    return raw


_ALGORITHMS: Final[Mapping[str, Callable[[str], PublicKey]]] = {ED25519: PublicKey.from_pub}


class SigningKey:
    """A private key. Shows its seed to whoever asks `seed`, and to nobody by accident."""

    __slots__ = ("_handle", "public", "seed")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != 32:
            raise ValueError("a seed has 32 bytes")
        self.seed: Final = seed
        self._handle: Final = Ed25519PrivateKey.from_private_bytes(seed)
        self.public: Final = PublicKey.from_raw(self._handle.public_key().public_bytes_raw())

    @staticmethod
    def from_seed(seed: bytes) -> "SigningKey":
        """The key that follows from these 32 random bytes."""
        return SigningKey(seed)

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature over `message`."""
        return self._handle.sign(message)

    def __repr__(self) -> str:
        return f"SigningKey({self.public.keyid})"


class Vault:
    """Locks secrets under a host's key of 32 bytes (AES-256-GCM)."""

    __slots__ = ("_cipher",)

    def __init__(self, host_key: bytes) -> None:
        if len(host_key) != 32:
            raise ValueError("a host key has 32 bytes")
        self._cipher: Final = AESGCM(host_key)

    def lock(self, secret: bytes, aad: bytes, nonce: bytes) -> bytes:
        """Return nonce and ciphertext; `nonce` is 12 random bytes, never used twice."""
        if len(nonce) != NONCE_BYTES:
            raise ValueError("a nonce has 12 bytes")
        return nonce + self._cipher.encrypt(nonce, secret, aad)

    def open(self, blob: bytes, aad: bytes) -> bytes:
        """Return the secret. ValueError: wrong host key, other `aad`, or altered bytes."""
        try:
            return self._cipher.decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], aad)
        except (InvalidTag, ValueError):
            raise ValueError("the secret can't be opened with this host key") from None

    def __repr__(self) -> str:
        return "Vault()"


def passphrase_key(passphrase: str, salt: bytes) -> bytes:
    """The 32-byte host key of a passphrase (scrypt, 64 MiB); `salt` is at least 16 bytes."""
    if len(salt) < 16:
        raise ValueError("a salt has at least 16 bytes")
    text = unicodedata.normalize("NFKC", passphrase).encode("utf-8")
    return Scrypt(salt=salt, length=32, n=2**16, r=8, p=1).derive(text)


STEP: Final = 30
"""seconds that a one-time code stands for (RFC 6238)"""
DIGITS: Final = 6
_OTP_HASHES: Final[Mapping[str, SHA1 | SHA256 | SHA512]] = {
    "SHA1": SHA1(),
    "SHA256": SHA256(),
    "SHA512": SHA512(),
}


def one_time_code(secret: bytes, step: int, digits: int = DIGITS, algorithm: str = "SHA1") -> str:
    """The code of a time step (Unix seconds // STEP), RFC 6238. `secret`: 16 bytes at least."""
    clock = TOTP(secret, digits, _OTP_HASHES[algorithm], STEP)
    return clock.generate(step * STEP).decode("ascii")
