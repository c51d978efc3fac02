"""Names that prove themselves: ids made from the hash of what they name.

Pure; follows docs/spec/01-primitives.md.
"""

from __future__ import annotations

from base64 import b32encode
from hashlib import sha256


def _short(content: bytes) -> str:
    return b32encode(sha256(content).digest()[:20]).decode("ascii").lower()


def node_id(first_public_key: bytes) -> str:
    """Return the id of the node whose first public key is these 32 raw bytes: 32 characters."""
    return _short(b"duban-node-v1\0" + first_public_key)


def domain_id(name: str, genesis_payload: bytes) -> str:
    """Return NAME@HASH for the domain founded by these genesis payload bytes."""
    return f"{name}@{_short(genesis_payload)}"
