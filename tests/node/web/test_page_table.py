"""docs/web.md names every page with what it shows and who may see it, as the code has it."""

from __future__ import annotations

from pathlib import Path

from node.readmodel.scope import ROLES
from node.web.app import pages
from node.web.door import STAFF, Page

DOC = Path(__file__).parents[3] / "docs" / "web.md"


def who(page: Page) -> str:
    if page.public:
        return f"anybody: {page.public}"
    if page.roles == set(ROLES):
        return "every role"
    names = ["staff"] if page.roles >= STAFF else sorted(page.roles)
    return ", ".join([*names, *(sorted(page.roles - STAFF) if page.roles >= STAFF else [])])


def line(page: Page) -> str:
    path = page.path.replace("<", "{").replace(">", "}")
    shows = (page.handler.__doc__ or "To the screen.").strip().splitlines()[0]
    return f"| `{' '.join(page.methods)} {path}` | {shows} | {who(page)} |"


def test_the_table_of_pages_is_the_codes() -> None:
    text = DOC.read_text(encoding="utf-8")
    table = text.split("<!-- pages -->\n")[1].split("<!-- end of pages -->")[0]
    assert table.splitlines()[2:] == [line(page) for page in pages()]
