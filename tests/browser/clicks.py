"""A person at a page, whose every click is counted; typing is not clicking."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page


class Clicks:
    """`count`: how often the mouse was pressed. A list that is opened and chosen from: twice."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def __call__(self, words: str, exact: bool = False, within: str = "main") -> None:
        """A link or a button with these words."""
        held = self.page.locator(within)
        self.on(
            held.get_by_role("link", name=words, exact=exact)
            .or_(held.get_by_role("button", name=words, exact=exact))
            .first
        )

    def on(self, spot: Locator) -> None:
        self.count += 1
        spot.click()

    def pick(self, name: str, value: str) -> None:
        """One of several that stand open; nothing where it is chosen already."""
        one = self.page.locator(f'input[name="{name}"][value="{value}"]')
        if not one.is_checked():
            self.on(one)

    def choose(self, name: str, value: str) -> None:
        """One from a list that must be opened."""
        self.count += 2
        self.page.select_option(f'select[name="{name}"]', value)

    def file(self, field: str, path: Path) -> None:
        self.count += 1
        self.page.set_input_files(field, path)

    def fill(self, **said: str) -> None:
        for name, value in said.items():
            self.page.locator(f'[name="{name.replace("__", ".")}"]').fill(value)
