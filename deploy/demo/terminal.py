"""A terminal kept open: one `duban` command per line of stdin, one answer per line of stdout.

A line is a JSON list of words, or {"words", "stdin"} for a command that reads a line. The answer is
{"code", "text"}: the command's exit code and what it printed. It runs the very same command
objects as `duban` does, and saves the demo a start of
the interpreter per command. Never keeps anything between two commands.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Sequence
from importlib import import_module


def run(words: Sequence[str], said: str = "") -> tuple[int, str]:
    """One command that reads `said`: its exit code and its output, errors included."""
    main = import_module("node.cli").main
    out = io.StringIO()
    code, stdin = 0, sys.stdin
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        sys.stdin = io.StringIO(said)
        try:
            main(list(words))
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        finally:
            sys.stdin = stdin
    return code, out.getvalue()


def loop() -> None:
    """Answer until stdin ends."""
    for line in sys.stdin:
        asked = json.loads(line)
        asked = asked if isinstance(asked, dict) else {"words": asked}
        code, text = run(asked["words"], asked.get("stdin", ""))
        print(json.dumps({"code": code, "text": text}), flush=True)


if __name__ == "__main__":
    loop()
