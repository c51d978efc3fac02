"""Which ways out the settings open: by channel. Decides nothing else."""

from __future__ import annotations

from node.config import Config
from node.notify.gateway import Gateway
from node.notify.message import Outlet
from node.notify.smtp import Smtp


def outlets(config: Config) -> dict[str, Outlet]:
    """The ways out, by channel: e-mail with a mail server named, the others with a gateway."""
    found = dict[str, Outlet]()
    if config.smtp_host is not None:
        found["email"] = Smtp(config)
    if config.gateway_url is not None:
        gateway = Gateway(config)
        found |= dict.fromkeys(config.gateway_channels, gateway)
    return found
