"""The tiny client's command line. Decides nothing: it calls `tiny_client`.

    python tiny_cli.py STATE new --name 示例乡 --level township   prints the join request
    python tiny_cli.py STATE join INVITATION [--domain gov@…]
    python tiny_cli.py STATE exchange | list | receipts
    python tiny_cli.py STATE report|clear SUBJECT --text … [--figure name=value]

Each call goes on where the last one stopped; exit 1 with one line when something is refused.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tiny_client import TinyClient
from tiny_wire import Obj, RefusedError, loads


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("state", type=Path)
    does = parser.add_subparsers(dest="does", required=True)
    new = does.add_parser("new")
    new.add_argument("--name", required=True)
    new.add_argument("--level", default="township")
    join = does.add_parser("join")
    join.add_argument("invitation", type=Path)
    join.add_argument("--domain")
    for name in ("exchange", "list", "receipts"):
        does.add_parser(name)
    for name in ("report", "clear"):
        act = does.add_parser(name)
        act.add_argument("subject")
        act.add_argument("--text", required=True)
        act.add_argument("--figure", action="append", default=[], help="name=value")
    return parser


def _figures(pairs: list[str]) -> list[Obj]:
    return [dict(zip(("name", "value"), pair.split("=", 1), strict=True)) for pair in pairs]


def run(argv: list[str]) -> Any:
    """One command; what it has to show, as a JSON value."""
    told = _parser().parse_args(argv)
    if told.does == "new":
        return TinyClient.new(told.state, told.name, told.level).state["request"]
    client = TinyClient.load(told.state)
    if told.does == "join":
        client.join(loads(told.invitation.read_bytes().strip()), told.domain)
        return {"node": client.node, "domain": client.state["domain"]}
    if told.does == "exchange":
        return {"received": client.exchange(), "provisional": client.provisional}
    if told.does in ("report", "clear"):
        act = client.work if told.does == "report" else client.clear
        act(told.subject, told.text, _figures(told.figure))
        client.exchange()
        return {"received by": client.received(told.subject)}
    return client.assignments() if told.does == "list" else client.state["receipts"]


if __name__ == "__main__":
    try:
        print(json.dumps(run(sys.argv[1:]), ensure_ascii=False))  # noqa: T201
    except RefusedError as error:
        sys.exit(f"refused: {error}")
