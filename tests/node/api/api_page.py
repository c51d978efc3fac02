"""The table of routes in docs/api.md. `python -m tests.node.api.api_page` writes it anew."""

from __future__ import annotations

import re
from pathlib import Path

from node.api.rest import rest_rows
from node.readmodel.scope import BUSINESS, ROLES

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
BEGIN, END = "<!-- routes -->\n", "<!-- end of routes -->\n"


def table() -> str:
    """Every route with what it does and who may."""
    lines = ["| route | does | roles |", "|---|---|---|"]
    for row in rest_rows(movable=True):
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", row.path)
        lines.append(f"| `{row.method} {path}` | {_line(row.summary)} | {_roles(row)} |")
    return "\n".join(lines) + "\n"


def _line(summary: str) -> str:
    return " ".join(summary.split()).replace("|", "\\|")


def _roles(row: object) -> str:
    roles, public = row.roles, row.public  # type: ignore[attr-defined]
    if public:
        return f"anybody: {public}"
    if roles == frozenset(ROLES):
        return "every role"
    named = "staff" if frozenset(BUSINESS) <= roles else ""
    rest = sorted(roles - frozenset(BUSINESS)) if named else sorted(roles)
    return ", ".join([named, *rest] if named else rest)


def written(page: str) -> str:
    """The page with its table replaced."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
