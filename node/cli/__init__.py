"""The terminal: `duban …`. Reads arguments, calls services, prints; decides nothing.

Exit codes: 0 done, 1 refused with one clear line, 2 usage.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from node.cli.attachment import attachment
from node.cli.carry import ferry, picture, sync, verify
from node.cli.clock import clock
from node.cli.found import init, invite, join
from node.cli.intake import intake, triage
from node.cli.ledgers import campaign, ledger
from node.cli.matter import assignment, matter
from node.cli.members import erase, line, nodes, resume, rotate, suspend
from node.cli.notices import notices
from node.cli.rules import calendar, policy
from node.cli.serve import serve, worker
from node.cli.statistics import score, stats
from node.cli.topology import topology
from node.cli.users import audit, user
from node.config import BadSetting
from node.domain.commands import DomainRefused
from node.storage.engine import Unavailable
from schemas.refusals import Refused


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data", envvar="DUBAN_DATA", default="duban-data", show_default=True)
@click.option("--database", envvar="DUBAN_DATABASE", default=None, help="SQLAlchemy URL")
@click.pass_context
def duban(context: click.Context, data: str, database: str | None) -> None:
    """督办: one node per government body, one signed journal each."""
    context.obj = (data, database)


for command in (
    *(init, invite, join, serve, worker, clock),
    *(picture, sync, verify, ferry, user, audit, matter, assignment, attachment, calendar, policy),
    *(nodes, rotate, suspend, resume, line, erase),
    *(intake, triage, topology),
    *(ledger, campaign),
    *(stats, score, notices),
):
    duban.add_command(command)


REFUSALS = (Refused, DomainRefused, Unavailable, BadSetting, PermissionError, FileNotFoundError)


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line (`words`; None: the process's own arguments).

    A refusal is one line on standard error and exit code 1. Raises SystemExit unless the code is 0.
    """
    try:
        code = duban.main(args=words, prog_name="duban", standalone_mode=False)
        if isinstance(code, int) and code:
            sys.exit(code)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except REFUSALS as refusal:
        click.echo(f"refused: {refusal}", err=True)
        sys.exit(1)
