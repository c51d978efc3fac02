"""The pages of docs/spec/ and the product's tables say the same."""

import re
from pathlib import Path

import pytest

from schemas.refusals import REFUSALS

SPEC = Path(__file__).parents[2] / "docs" / "spec"
PAGES = sorted(SPEC.glob("*.md"))


def test_refusals_page_lists_every_code_with_its_status_and_action() -> None:
    page = (SPEC / "08-refusals.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \| ([a-z]+) \|", page, re.MULTILINE)
    assert sorted(rows) == sorted((r.code, str(r.status), r.action) for r in REFUSALS.values())


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for name, anchor in re.findall(r"\]\(([a-z0-9-]*\.md)?(?:#([a-z-]+))?\)", page.read_text()):
        target = SPEC / (name or page.name)
        assert target.is_file(), name
        text = target.read_text(encoding="utf-8")
        titles = [
            re.sub(r"[^a-z0-9 -]", "", t.lower()) for t in re.findall(r"^#+ (.*)$", text, re.M)
        ]
        assert not anchor or f'id="{anchor}"' in text or anchor in titles, (name, anchor)


@pytest.mark.parametrize("page", PAGES[:-1], ids=lambda p: p.name)
def test_each_page_opens_with_an_example(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("    ") for line in lines[1:12])
