"""Codes of the second factor: whether one fits now, used once, throttled as passwords are.

Decides what a code is (RFC 6238: SHA-1, 30 seconds, 6 digits, one step early or late; or a recovery
code), and who must have a second factor. Never decides who comes in (logins.py), nor how a factor
is set up or taken away (second.py). A secret is kept locked by the host's key, a recovery code as a
hash: it has 80 random bits, so no slow hash is needed (ADR 0063).
"""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256
from typing import Final

from federation.keys import DIGITS, STEP, one_time_code
from node.domain.commands import Actor, DomainRefused
from node.readmodel.scope import ADMINISTRATORS
from node.service import acts
from node.service.acts import Deed
from node.service.host import Host
from node.storage import factors as kept
from node.storage.engine import Connection
from node.storage.hosts import Tenant, find_setting

WINDOW: Final = 1  # steps before and after the present one
TRIES: Final = 5
LOCKED: Final = 900.0
SECRET: Final = 20  # bytes, as long as the hash (RFC 4226, 4)
RECOVERY: Final = 10  # codes
RECOVERY_BYTES: Final = 10
DEMAND: Final = "second-factor"
"""the node's setting: "administrators", or nothing"""
ADMINISTRATORS_ONLY: Final = "administrators"


def demanded(connection: Connection, tenant: int, role: str) -> bool:
    """Whether the node lets this role do nothing without a second factor."""
    if role not in ADMINISTRATORS:
        return False
    return find_setting(connection, DEMAND, tenant) == ADMINISTRATORS_ONLY


def confirmed(connection: Connection, tenant: int, user: str) -> bool:
    """Whether a user comes in by two steps."""
    held = kept.find(connection, tenant, user)
    return held is not None and held.since > 0


def bound(node: str, user: str) -> bytes:
    """What a locked secret is bound to."""
    return f"duban second factor of {user} at {node}".encode(errors="surrogatepass")


def base32(secret: bytes) -> str:
    """A secret as authenticator apps take it."""
    return base64.b32encode(secret).decode("ascii").rstrip("=")


def step_of(secret: bytes, said: str, seconds: float) -> int | None:
    """The time step, now or one beside, whose code this is; None: of none."""
    now = int(seconds // STEP)
    text = said if len(said) == DIGITS and said.isascii() and said.isdigit() else "-"
    found = None
    for step in range(now - WINDOW, now + WINDOW + 1):  # all of them, whichever fits
        if step >= 0 and hmac.compare_digest(one_time_code(secret, step), text):
            found = step
    return found


def tidy(said: str) -> str:
    """A code as it was meant: without the blanks and hyphens that people write."""
    return "".join(one for one in said if not one.isspace() and one != "-").upper()[:64]


def recovery(host: Host) -> tuple[list[str], list[str]]:
    """New recovery codes, as they are shown once, and the hashes that are kept."""
    made = [base32(host.chance.bytes(RECOVERY_BYTES)) for _ in range(RECOVERY)]
    shown = ["-".join(one[at : at + 4] for at in range(0, len(one), 4)) for one in made]
    return shown, [hash_of(one) for one in made]


def hash_of(code: str) -> str:
    """What is kept of a recovery code."""
    return sha256(f"duban-recovery-v1\0{code}".encode(errors="surrogatepass")).hexdigest()


def spend(host: Host, tenant: Tenant, by: Actor, said: str, deed: Deed) -> None:
    """Use a one-time code or a recovery code of `by`; what was in vain is counted and audited.

    DomainRefused `bad-input` where it is none, or was used; `throttled` after TRIES in vain.
    """
    user, code = by.user, tidy(said)

    def work(connection: Connection) -> DomainRefused | None:
        held = kept.find(connection, tenant.id, user)
        if held is None or not held.since:
            return _wrong()
        now = host.now().seconds
        if held.locked > now:
            return throttled()
        secret = host.vault.open(held.secret, bound(tenant.node, user))
        step = step_of(secret, code, now)
        if step is not None and kept.take_step(connection, tenant.id, user, step):
            return None
        if kept.take_recovery(connection, tenant.id, user, hash_of(code)):
            kept.change(connection, tenant.id, user, failures=0, locked=0.0)
            acts.note(host, connection, tenant, by, Deed("second.recovery", user), acts.DONE)
            return None
        count = held.failures + 1
        full = count >= TRIES
        values = {"failures": 0 if full else count, "locked": now + LOCKED if full else 0.0}
        kept.change(connection, tenant.id, user, **values)
        detail = f"code, try {count}" + (", locked" if full else "")
        acts.note(host, connection, tenant, by, deed, "refused:no-token", detail)
        return _wrong()

    refused = host.database.write(work, tenant.id)
    if refused is not None:
        raise refused


def _wrong() -> DomainRefused:
    return DomainRefused(
        "bad-input",
        "the code is wrong or was used",
        "the 6 digits that the app shows now, each once, or a recovery code",
        "code",
    )


def throttled() -> DomainRefused:
    """Too many in vain."""
    return DomainRefused(
        "throttled", "tried too often", f"try again in {int(LOCKED)} seconds", "code"
    )
