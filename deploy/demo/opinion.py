"""The second opinion as a whole: journals read and reduced, rows compared; also as a script.

Decides nothing itself. Imports nothing of the product, only journals.py and reducer.py.
"""

from __future__ import annotations

import json
import sys
from collections import Counter

from deploy.demo.journals import read
from deploy.demo.reducer import Row, reduce

FIELDS = {
    "assignments": ("state", "due", "verdict", "struck"),
    "matters": ("state",),
    "drafts": ("state", "matter", "score"),
}


def differences(paths: list[str], domain: str, shown: Row) -> tuple[Row, list[str]]:
    """The totals of the books, and all that is wrong with journals or rows (empty: all equal)."""
    own, faults = read(paths)
    books = reduce(own, domain)
    for kind, fields in FIELDS.items():
        faults += compare(books[kind], shown[kind], fields)
    totals: Row = {kind: len(rows) for kind, rows in books.items()}
    states = Counter(str(book["state"]) for book in books["matters"].values())
    return totals | {"states": dict(states)}, faults


def compare(mine: dict[str, Row], shown: list[Row], fields: tuple[str, ...]) -> list[str]:
    """One line for each row that only one side has, and for each field that they differ in."""
    theirs = {row["id"]: row for row in shown}
    lines = [f"{key}: not shown" for key in mine.keys() - theirs.keys()]
    lines += [f"{key}: shown, but in no book" for key in theirs.keys() - mine.keys()]
    lines += ["a row is shown twice"] * (len(theirs) != len(shown))
    for key in mine.keys() & theirs.keys():
        for field in fields:
            book, seen = mine[key][field], theirs[key].get(field)
            lines += [f"{key}: {field} is {book}, shown {seen}"] * (book != seen)
    return sorted(lines)


if __name__ == "__main__":  # python -m deploy.demo.opinion DOMAIN ROWS.json HOST.db...
    with open(sys.argv[2], encoding="utf-8") as rows:
        sums, found = differences(sys.argv[3:], sys.argv[1], json.load(rows))
    print(json.dumps(sums), *found, sep="\n")
    sys.exit(1 if found else 0)
