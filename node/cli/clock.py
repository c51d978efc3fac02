"""clock: business time, shown and moved (demonstrations only)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import click

from node.cli.common import data_options, host_of, json_option, show
from node.service.clock import OffsetClock

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@click.command()
@click.option("--advance", default=None, help="e.g. 1d, 12h, 30m")
@click.option("--set", "to", default=None, help="business time, RFC 3339")
@data_options
@json_option
def clock(
    advance: str | None, to: str | None, data: str | None, database: str | None, as_json: bool
) -> None:
    """Show business time, or move it. Example: duban clock --advance 1d"""
    with host_of(data, database) as host:
        if isinstance(host.now, OffsetClock):
            if to is not None:
                host.now.set(datetime.fromisoformat(to))
            if advance is not None:
                host.now.advance(_span(advance))
        now = host.now()
        show({"business": now.business, "wire": now.wire}, as_json)


def _span(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if found is None:
        raise click.BadParameter("a number and s, m, h or d, e.g. 1d", param_hint="--advance")
    return timedelta(seconds=int(found[1]) * UNITS[found[2]])
