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
from node.domain.commands.rules import (
    default_policy_data,
    publish_calendar,
    publish_policy,
    withdraw_policy,
)
from node.domain.permissions import require

__all__ = [
    "Actor",
    "DomainRefused",
    "Draft",
    "cancel",
    "clear",
    "default_policy_data",
    "deploy",
    "gate",
    "grant",
    "issue",
    "publish_calendar",
    "publish_policy",
    "react",
    "register",
    "repeats",
    "report",
    "require",
    "send_back",
    "sign",
    "split",
    "strike",
    "urge",
    "withdraw_policy",
]
