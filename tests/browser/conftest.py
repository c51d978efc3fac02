"""A real browser before real hosts: a system chromium, or a skip that says what is missing.

DUBAN_TEST_CHROMIUM=required in the environment makes a missing one fail, as in continuous
integration; Debian: `apt-get install chromium`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

from tests.browser.town import Town

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REQUIRED = "DUBAN_TEST_CHROMIUM"


def missing(why: str) -> None:
    if os.environ.get(REQUIRED) == "required":
        pytest.fail(f"{REQUIRED}=required, and there is no browser: {why}")
    pytest.skip(f"no browser: {why}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of this machine."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        missing(f"none of {', '.join(NAMES)} is installed (Debian: apt-get install chromium)")
    with sync_playwright() as player:
        try:
            browser = player.chromium.launch(executable_path=found, args=["--no-sandbox"])
        except Error as error:
            missing(f"{found} does not start: {error.message.splitlines()[0]}")
            return
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A province, a city and a county, each on its own host, over real HTTP."""
    made = Town(tmp_path_factory.mktemp("town"))
    yield made
    made.stop()
