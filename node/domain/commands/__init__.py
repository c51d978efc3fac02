"""Commands decided: from what is known and who asks, to events to write or a named refusal."""

from node.domain.commands.assignments import (
    clear,
    deploy,
    grant,
    react,
    report,
    send_back,
    sign,
    split,
    urge,
)
from node.domain.commands.base import Actor, DomainRefused, Draft
from node.domain.commands.gate import gate
from node.domain.commands.matters import cancel, issue, register, repeats, strike

__all__ = [
    "Actor",
    "DomainRefused",
    "Draft",
    "cancel",
    "clear",
    "deploy",
    "gate",
    "grant",
    "issue",
    "react",
    "register",
    "repeats",
    "report",
    "send_back",
    "sign",
    "split",
    "strike",
    "urge",
]
