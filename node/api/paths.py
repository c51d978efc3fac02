"""What a part of a path may be, where the paths of several routes would overlap.

A path belongs to one row for each method, so that `Allow` names exactly what it may be asked for
(RFC 9110, section 10.2.1). Decides which row is asked; never whether what it names exists.
"""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import BaseConverter


class Draft(BaseConverter):
    """A draft's id: not the word of a row beside it."""

    regex = "(?!check$)[^/]+"


def install(app: Flask) -> None:
    """Give the application this converter, before its routes."""
    app.url_map.converters["draft"] = Draft
