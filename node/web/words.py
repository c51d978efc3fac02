"""The words of the interface: Simplified Chinese as written in the code, English from a catalogue.

Decides which language a request gets: the visitor's choice, kept in a cookie; Chinese otherwise.
Never guesses a translation: a string without one is shown in Chinese, and a test fails.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from flask import has_request_context, request

LANGUAGES: Final = {"zh": "中文", "en": "English"}
COOKIE: Final = "duban_lang"


@functools.cache
def english() -> Mapping[str, str]:
    """Chinese -> English, from every catalogue beside this module."""
    found = dict[str, str]()
    for path in files("node.web").iterdir():
        if path.name.startswith("english") and path.name.endswith(".json"):
            found |= json.loads(path.read_text(encoding="utf-8"))
    return found


def language() -> str:
    """The language of this request."""
    if not has_request_context():
        return "zh"
    chosen = request.cookies.get(COOKIE, "zh")
    return chosen if chosen in LANGUAGES else "zh"


def say(text: str, **named: Any) -> str:
    """A string of the interface in the request's language; `{name}` stands for what is named."""
    told = english().get(text, text) if language() == "en" else text
    return told.format(**named) if named else told


def mark(text: str) -> str:
    """A string that is said later: names it for the test of translations."""
    return text
