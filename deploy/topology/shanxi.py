"""The tree of exactly 8,907 nodes as a topology file, for 12 hosts, for 129 or for one.

    python -m deploy.topology.shanxi 12 > shanxi.json

Divisions are real, departments typical, the composition synthetic (deploy/sample/README.md). With
12 hosts each city has one for all below it; with 129 (1 + 11 + 117: zones stay with their city)
each county has its own. Decides names and parents; makes no node.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

SAMPLE: Final = Path(__file__).parent.parent / "sample"
NODES: Final = 8907
HOSTS: Final = (1, 12, 129)
Row = dict[str, Any]


def tree(hosts: int = 12) -> Row:
    """The whole file, parents before children. ValueError: not 1, 12 or 129 hosts."""
    if hosts not in HOSTS:
        raise ValueError(f"{hosts} hosts: 1, 12 or 129 are accepted")
    nodes = list(_nodes(hosts))
    if len(nodes) != NODES:
        raise ValueError(f"{len(nodes)} nodes, expected {NODES}: is deploy/sample whole?")
    return {
        "name": f"shanxi-{NODES}-{hosts}",
        "synthetic": True,
        "note": "Places are real; departments are typical of their level, the list is synthetic.",
        "domains": {"gov": "140000"},
        "hosts": [{"name": name} for name in dict.fromkeys(one["host"] for one in nodes)],
        "nodes": nodes,
    }


def _nodes(count: int) -> Iterator[Row]:
    """Every body, spread over so many hosts."""
    kinds = json.loads((SAMPLE / "departments.json").read_text(encoding="utf-8"))
    with (SAMPLE / "divisions.csv").open(encoding="utf-8", newline="") as lines:
        divisions = list(csv.DictReader(lines))
    hosts = dict[str, str]()
    for place in divisions:
        code, name, above = place["code"], place["name"], place["parent_code"]
        level = "zone" if place["level"] == "county" and code[4] == "7" else place["level"]
        own = not above or (count > 1 and level == "city") or (count > 12 and level == "county")
        hosts[code] = f"h{code}" if own else hosts[above]
        parents = {"gov": above} if above else {}
        yield _body(code, name, level, code, hosts[code], parents)
        for number, department in enumerate(_departments(kinds, level, name), 1):
            key = f"{code}-{number:02d}"
            yield _body(key, department, "department", code, hosts[code], {"gov": code})


def _body(key: str, name: str, level: str, code: str, host: str, parents: Row) -> Row:
    return {
        "key": key,
        "name": name,
        "level": level,
        "code": code,
        "host": host,
        "parents": parents,
    }


def _departments(kinds: Row, level: str, place: str) -> list[str]:
    """The names of the bodies of a government of this level."""
    match level:
        case "province":
            return [one["name"] for one in kinds["provincial_units_75"]]
        case "city":
            return [place + one["name"].removeprefix("市") for one in kinds["city_departments_53"]]
        case "zone":
            return [place + one["name"] for one in kinds["zone_departments_13"]]
        case "county":
            last = place[-1]
            names = [one["name"] for one in kinds["county_departments_58"]]
            return [_county(name, place, last if last in "区市" else "县") for name in names]
    return []


def _county(name: str, place: str, kind: str) -> str:
    """`县委办公室` is a district's 区委办公室, after the place's name without its last sign."""
    if name.startswith("县"):
        return place[:-1] + kind + name[1:]
    return place + name.replace("县", kind)


def main(words: Sequence[str]) -> int:
    """Write the file for as many hosts as asked to standard output; 2 on a bad number."""
    try:
        made = tree(int(words[0]) if words else 12)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(json.dumps(made, ensure_ascii=False, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
