"""Checking the finished run: quiet links, stated totals, the reducer's second opinion, verify.

Decides when the federation counts as quiet, and what makes the demo fail. Never mends anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from deploy.demo import chapter, players
from deploy.demo.client import Desk, Row, await_true
from deploy.demo.found import Federation
from deploy.demo.opinion import differences
from deploy.demo.story import Errand, Expected, expected

TOTALS = ("events", "exchanges", "receipts")


def stats(fed: Federation) -> Counter[str]:
    """Events, exchanges and receipts, summed over all hosts."""
    found: Counter[str] = Counter()
    for key in one_body_per_host(fed):
        answer = fed.desk(key).call("GET", "/api/v1/stats")
        found.update({name: int(answer[name]) for name in TOTALS})
    return found


def await_quiet(fed: Federation) -> None:
    """Wait until nothing is pending on any link and no event came between two looks."""
    last: list[int] = []

    def quiet() -> bool:
        last.append(stats(fed)["events"])
        return last[-1:] == last[-2:-1] and all(map(_idle, fed.desks.values()))

    await_true(quiet, "quiet links", 180.0)


def _idle(desk: Desk) -> bool:
    links = desk.call("GET", "/api/v1/sync")["items"]
    return all(link["pending"] == 0 for link in links)


def one_body_per_host(fed: Federation) -> Iterable[str]:
    """The first body of each host: enough where a host answers for all of its tenants."""
    first: dict[str, str] = {}
    for key, body in fed.topology.bodies.items():
        first.setdefault(body.host, key)
    return first.values()


def shown(fed: Federation, key: str, domain: str) -> dict[str, list[Row]]:
    """The rows that a body's read API shows, all pages."""
    desk = fed.desk(key, domain)
    return {
        "assignments": list(desk.assignments()),
        "matters": list(desk.pages("/api/v1/matters")),
        "drafts": list(desk.pages("/api/v1/drafts")),
    }


def check(fed: Federation, story: list[Errand], cast: players.Cast) -> list[str]:
    """All that is wrong, one line each; empty if the picture equals the sum of the books."""
    journals = [str(machine.database) for machine in fed.machines.values()]
    faults: list[str] = []
    for domain, root in fed.topology.roots.items():
        rows = shown(fed, root, domain)
        _, wrong = differences(journals, domain, rows)
        faults += [f"{domain}: {line}" for line in wrong]
        stated = expected(story, domain) + chapter.expected(cast.scenes, domain)
        faults += [f"{domain}: {line}" for line in against(stated, rows)]
        if domain == chapter.DOMAIN:
            faults += players.differing(cast, rows)
            faults += _ledgers(fed.desk(root, domain)) + _lists(fed.desk(root, domain))
    return faults + _verify(fed)


def against(stated: Expected, rows: Mapping[str, list[Row]]) -> list[str]:
    """Where the rows' totals differ from those that were stated beforehand."""
    pairs: list[tuple[str, object, object]] = [
        ("matters", stated.matters, len(rows["matters"])),
        ("assignments", stated.assignments, len(rows["assignments"])),
        ("matters by state", stated.states, _by_state(rows["matters"])),
        ("assignments by state", stated.tasks, _by_state(rows["assignments"])),
        ("drafts by state", stated.drafts, _by_state(rows["drafts"])),
    ]
    return [f"{what}: expected {a}, found {b}" for what, a, b in pairs if a != b]


def _by_state(rows: list[Row]) -> dict[str, int]:
    return dict(Counter(row["state"] for row in rows))


def _ledgers(desk: Desk) -> list[str]:
    """Where the ledgers' totals are others than those stated."""
    faults = []
    for board, stated in chapter.ledgers().items():
        found = desk.call("GET", f"/api/v1/ledgers/{board}/totals")["total"]
        wrong = {name for name, value in stated.items() if found[name] != value}
        faults += [
            f"{board} {name}: expected {stated[name]}, found {found[name]}" for name in wrong
        ]
    return faults


def _lists(desk: Desk) -> list[str]:
    """Where a ranked unit's score holds a number that its list doesn't bear out."""
    faults = []
    ranked = [row for row in desk.call("GET", "/api/v1/scores")["rows"] if row["rank"] is not None]
    for row in ranked:
        for line in row["lines"]:
            listed = list(desk.pages("/api/v1" + line["list"]))
            days = line["measure"] == "overdue_days"
            found = sum(one["days"] for one in listed) if days else len(listed)
            if found != line["count"]:
                what = f"{row['name']} {line['measure']}"
                faults.append(f"{what}: scored {line['count']}, its list has {found}")
    return faults if ranked else ["no unit is ranked"]


def _verify(fed: Federation) -> list[str]:
    """`duban verify` on every host: its findings."""
    faults = []
    for name, machine in fed.machines.items():
        faults += [f"verify {name}: {line}" for line in machine.duban("verify")["findings"]]
    return faults
