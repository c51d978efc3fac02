"""Where a command works: one node in one domain; and the chance that a host lends it."""

from __future__ import annotations

from typing import Protocol

import msgspec

from node.storage.hosts import Membership, Tenant


class Chance(Protocol):
    """Randomness, as the host lends it."""

    def bytes(self, count: int) -> bytes:
        """That many unpredictable bytes."""
        ...

    def nonce(self) -> str:
        """16 unpredictable characters of [a-z0-9]."""
        ...

    def unit(self) -> float:
        """A number in [0, 1)."""
        ...


class Place(msgspec.Struct, frozen=True):
    """A node that lives here, in one of its domains."""

    tenant: Tenant
    membership: Membership

    @property
    def domain(self) -> str:
        """The domain's id."""
        return self.membership.domain
