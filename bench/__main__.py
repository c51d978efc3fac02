"""``python -m bench [ROW] [--events N] [--runs N] [--profile]``: one measured row, or all."""

import sys

from bench import live, three_hops

ROWS = {"three-hops": three_hops.main, "live": live.main}

if __name__ == "__main__":
    words = sys.argv[1:]
    asked = [words.pop(0)] if words and not words[0].startswith("-") else list(ROWS)
    if unknown := [row for row in asked if row not in ROWS]:
        sys.exit(f"bench: no row {unknown[0]!r}; there are: {', '.join(ROWS)}")
    sys.exit(max(ROWS[row](list(words)) for row in asked))
