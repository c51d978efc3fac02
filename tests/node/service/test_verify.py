"""A database damaged by hand, in every way that we could think of: each is found and named."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection

from federation import dsse
from federation.keys import SigningKey
from node.bootstrap import make_host
from node.config import Config, read_config
from node.domain.commands import Actor
from node.service import enrol, users, work
from node.service.host import Host
from node.service.place import Place
from node.service.verify import Report, verify
from schemas.strict import dump
from sync.driver import turn
from sync.me import Now
from tests.node.domain.commands.stage import DEPLOY, DONE, FORM
from tests.support.postgres import SUPERUSER, USER

Damage = Callable[[Connection], None]
OTHER = "0" * 63 + "1"
NOW = Now("2026-03-02T02:00:00Z", "2026-03-02T02:00:00Z", "2026-03-03T02:00:00Z", 1772416800.0)


class Wire:
    """Hands bodies to the one host that answers them."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def post(self, address: str, body: bytes) -> bytes:
        return self.host.serve(body)


class Town:
    """A city on the database under test, and its county on another host, with a closed matter."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.city = make_host(Config(data=folder / "city", database=url))
        self.county = make_host(read_config(str(folder / "county"), None))
        for host in (self.city, self.county):
            host.now = lambda: NOW
        root = enrol.init(self.city, "city", "city", root="gov")
        self.above = self.city.place(root.node)
        leaf = enrol.init(self.county, "county", "county")
        request = enrol.request_of(self.county, leaf.node)
        invitation = enrol.invite(self.city, self.above, request, {}, "http://city")
        joining = enrol.prepare(self.county, leaf.node, invitation, self.above.domain, None, True)
        document = {"invitation": joining.invitation, "join": joining.join}
        self.below = enrol.finish(self.county, joining, enrol.admit(self.city, document))
        users.add(self.city, root.node, "zhang", "supervisor")
        self._work()

    def _work(self) -> None:
        matter = self._do(self.city, self.above, "matter.register", "", FORM)["id"]
        lead = {"lead": self.below.tenant.node}
        made = self._do(self.city, self.above, "matter.issue", matter, lead)
        (task,) = [one["id"] for one in made["assignments"]]
        self.talk()
        for step, form in (("sign", {}), ("deploy", DEPLOY), ("report", DONE), ("clear", DONE)):
            self._do(self.county, self.below, f"assignment.{step}", task, form)
            self.talk()
        self._do(
            self.city, self.above, "assignment.grant", task, {"mark": "good", "remark": "done"}
        )
        self._do(self.city, self.above, "matter.register", "", FORM)

    def _do(
        self, host: Host, place: Place, name: str, id: str, form: Mapping[str, Any]
    ) -> dict[str, Any]:
        role = {"assignment.clear": "head", "assignment.sign": "head"}.get(name, "handler")
        actor = Actor(place.tenant.node, "u", "supervisor" if host is self.city else role)
        return work.run(host, place, actor, name, id, form)

    def talk(self) -> None:
        hands = self.county.hands(self.below, Wire(self.city))
        assert turn(hands, self.above.tenant.node, "http://city").failure is None

    def damage(self, *steps: str | Damage) -> None:
        """Change the database behind the host's back, its own safeguards off."""
        engine = create_engine(self.url.replace(f"//{USER}@", f"//{SUPERUSER}@"))
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SET session_replication_role = replica"))
            for step in steps:
                if callable(step):
                    step(connection)
                else:
                    assert connection.execute(text(step)).rowcount >= 1, f"nothing hit: {step}"
        engine.dispose()

    def report(self) -> Report:
        return verify(self.city)

    def close(self) -> None:
        for host in (self.city, self.county):
            host.database.close()


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    made = Town(database_url, tmp_path)
    try:
        yield made
    finally:
        made.close()


# which rows: the city's `up` stream, written here; the county's, taken in
CITY = "(SELECT c.id FROM chains c JOIN tenants t ON t.node = c.origin WHERE c.stream = 'up')"
COUNTY = """(SELECT c.id FROM chains c LEFT JOIN tenants t ON t.node = c.origin
    WHERE t.node IS NULL AND c.stream = 'up')"""
OWN = "(SELECT id FROM chains WHERE stream = 'own')"
LAST = "(SELECT max(seq) FROM journal j WHERE j.chain = {chain})"


def event(change: str, chain: str, seq: str) -> str:
    return f"{change} WHERE chain = {chain} AND seq = {seq}"


def last(chain: str) -> str:
    return LAST.format(chain=chain)


def relined(column: str, table: str, where: str, change: Callable[[bytes], bytes]) -> Damage:
    """Change the bytes of one row."""

    def done(connection: Connection) -> None:
        asked = text(f"SELECT {column} FROM {table} WHERE {where}")
        value = connection.execute(asked).scalar_one()
        made = change(bytes(value) if not isinstance(value, str) else value.encode())
        put = text(f"UPDATE {table} SET {column} = :value WHERE {where}")
        new = made.decode() if isinstance(value, str) else made
        assert connection.execute(put, {"value": new}).rowcount == 1

    return done


def header(chain: str, seq: str, change: Callable[[bytes], bytes]) -> Damage:
    return relined("header", "journal", f"chain = {chain} AND seq = {seq}", change)


def payload(chain: str, seq: str, change: Callable[[bytes], bytes]) -> Damage:
    return relined("payload", "journal", f"chain = {chain} AND seq = {seq}", change)


def one_seal(chain: str, change: Callable[[bytes], bytes]) -> Damage:
    where = f"chain = {chain} AND seq = (SELECT max(s.seq) FROM seals s WHERE s.chain = {chain})"
    return relined("line", "seals", where, change)


def forged(kind: str) -> Callable[[bytes], bytes]:
    """The same statement under another's signature."""

    def change(line: bytes) -> bytes:
        return dsse.sign(kind, dsse.peek(line, kind).payload, [SigningKey.from_seed(b"\7" * 32)])

    return change


def stated(kind: str, **members: Any) -> Callable[[bytes], bytes]:
    """Another statement under the old signature."""

    def change(line: bytes) -> bytes:
        said = json.loads(dsse.peek(line, kind).payload) | members
        made = json.loads(dsse.sign(kind, dump(said), [SigningKey.from_seed(b"\7" * 32)]))
        return dump(json.loads(line) | {"payload": made["payload"]})

    return change


def swapped(first: str, second: str) -> Damage:
    """Two rows of the seals change their lines."""

    def done(connection: Connection) -> None:
        lines = [
            connection.execute(text(f"SELECT line FROM seals WHERE {one}")).scalar_one()
            for one in (first, second)
        ]
        for where, line in zip((first, second), reversed(lines), strict=True):
            put = text(f"UPDATE seals SET line = :line WHERE {where}")
            connection.execute(put, {"line": line})

    return done


def seal_at(chain: str, which: str) -> str:
    found = f"(SELECT {which}(s.seq) FROM seals s WHERE s.chain = {chain})"
    return f"chain = {chain} AND seq = {found}"


def cut(value: bytes) -> bytes:
    return value[:-9]


def other_letter(value: bytes) -> bytes:
    """The same length and form, another content."""
    return value.replace(b'"time":"20', b'"time":"19').replace(b'"text":"d', b'"text":"D')


MINE = "domain NOT LIKE 'self@%'"
TASK = "(SELECT id FROM assignments)"
DAMAGES: dict[str, tuple[tuple[str | Damage, ...], str, str]] = {
    # name: what is done, where it is found, what is said
    "first event deleted": (
        (event("DELETE FROM journal", COUNTY, "1"),),
        "/up/2",
        "event 1 should stand here",
    ),
    "event in the middle deleted": (
        (event("DELETE FROM journal", COUNTY, "3"),),
        "/up/4",
        "event 3 should stand here",
    ),
    "own event in the middle deleted": (
        (event("DELETE FROM journal", CITY, "2"),),
        "/up/3",
        "event 2 should stand here",
    ),
    "last event deleted": (
        (event("DELETE FROM journal", COUNTY, last(COUNTY)),),
        "/up",
        "expected",
    ),
    "last event deleted, seal and tip with it": (
        (
            f"DELETE FROM seals WHERE {seal_at(COUNTY, 'max')}",
            event("DELETE FROM journal", COUNTY, last(COUNTY)),
            f"UPDATE chains SET seq = {last(COUNTY)}, head = (SELECT head FROM journal j"
            f" WHERE j.chain = {COUNTY} AND j.seq = {last(COUNTY)}) WHERE id = {COUNTY}",
        ),
        "/up/",
        "has a receipt for it",
    ),
    "a whole chain deleted": (
        (
            f"DELETE FROM seals WHERE chain = {COUNTY}",
            f"DELETE FROM journal WHERE chain = {COUNTY}",
        ),
        "/up",
        "ends at 0",
    ),
    "a chain's row deleted": ((f"DELETE FROM chains WHERE id = {COUNTY}",), "journal", "no chain"),
    "two events in each other's place": (
        (
            f"UPDATE journal SET pos = -pos WHERE chain = {COUNTY} AND seq = 3",
            f"UPDATE journal SET pos = (SELECT max(pos) + 1 FROM journal)"
            f" WHERE chain = {COUNTY} AND seq = 2",
        ),
        "/up/",
        "events are missing",
    ),
    "header changed": (
        (header(COUNTY, "3", other_letter),),
        "/up/3",
        "not the event that was taken here",
    ),
    "header cut": ((header(COUNTY, "3", cut),), "/up/3", "header"),
    "header empty": ((header(COUNTY, "3", lambda _: b""),), "/up/3", "header"),
    "header no text": ((header(COUNTY, "3", lambda _: b"\xff\xfe"),), "/up/3", "header"),
    "head changed": (
        (event(f"UPDATE journal SET head = '{OTHER}'", COUNTY, "3"),),
        "/up/3",
        "not the event that was taken here",
    ),
    "type beside the header changed": (
        (event("UPDATE journal SET type = 'duban.assignment.struck'", COUNTY, "3"),),
        "/up/3",
        "beside it",
    ),
    "object beside the header changed": (
        (event("UPDATE journal SET object = (SELECT min(id) FROM objects)", COUNTY, "3"),),
        "/up/3",
        "beside it",
    ),
    "payload changed": (
        (payload(COUNTY, "3", lambda one: one.replace(b'"salt":"', b'"salt":"00', 1)),),
        "/up/3",
        "payload is not the one",
    ),
    "payload blanked": (
        (event("UPDATE journal SET payload = NULL", COUNTY, "3"),),
        "/up/3",
        "nobody entitled erased it",
    ),
    "payload blanked under a forged erasure": (
        (
            "INSERT INTO erasures (tenant, domain, head) SELECT j.tenant, c.domain, j.head"
            f" FROM journal j JOIN chains c ON c.id = j.chain WHERE c.id = {COUNTY} AND j.seq = 3",
            event("UPDATE journal SET payload = NULL", COUNTY, "3"),
        ),
        "erasures",
        "1 extra",
    ),
    "tip's head changed": (
        (f"UPDATE chains SET head = '{OTHER}' WHERE id = {COUNTY}",),
        "/up",
        "another head",
    ),
    "tip too far": (
        (f"UPDATE chains SET seq = seq + 1 WHERE id = {COUNTY}",),
        "/up",
        "expected",
    ),
    "own stream cut": (
        (event("DELETE FROM journal", OWN, last(OWN)),),
        "/own",
        "expected",
    ),
    "seal cut": ((one_seal(COUNTY, cut),), "/up/", "seal"),
    "seal forged": ((one_seal(COUNTY, forged("seal")),), "/up/", "not signed"),
    "seal says something else": (
        (one_seal(COUNTY, stated("seal", head=OTHER)),),
        "/up/",
        "not signed",
    ),
    "own seal forged": ((one_seal(OWN, forged("seal")),), "/own/", "not signed"),
    "seals swapped": (
        (swapped(seal_at(COUNTY, "max"), seal_at(COUNTY, "min")),),
        "/up/",
        "for something else",
    ),
    "last seal deleted": (
        (f"DELETE FROM seals WHERE {seal_at(COUNTY, 'max')}",),
        "/up",
        "under no seal",
    ),
    "seal of a longer chain": (
        (f"UPDATE seals SET seq = seq + 7 WHERE {seal_at(COUNTY, 'max')}",),
        "/up/",
        "not held",
    ),
    "seal's row promises more": (
        (f"UPDATE seals SET next_by = '2099-01-01T00:00:00Z' WHERE {seal_at(COUNTY, 'max')}",),
        "/up/",
        "promises another",
    ),
    "frozen without a proof": (
        (f"UPDATE chains SET frozen = '{{}}' WHERE id = {COUNTY}",),
        "/up/fork",
        "two seals",
    ),
    "matter changed": (("UPDATE matters SET title = 'x' WHERE no LIKE '%1号'",), "matters", "diff"),
    "matter's record changed": (
        ("UPDATE matters SET record = CAST('{}' AS BLOB) WHERE no LIKE '%1号'",),
        "matters",
        "1 different",
    ),
    "matter deleted": (("DELETE FROM matters WHERE no LIKE '%1号'",), "matters", "1 missing"),
    "assignment's state changed": (
        ("UPDATE assignments SET state = 'DOING'",),
        "assignments",
        "1 different",
    ),
    "assignment deleted": (("DELETE FROM assignments",), "assignments", "1 missing"),
    "clock changed": (
        ("UPDATE clocks SET verdict = 'on_time', stopped_at = NULL WHERE kind = 'k1'",),
        "clocks",
        "1 different",
    ),
    "clock deleted": (("DELETE FROM clocks WHERE kind = 'k1'",), "clocks", "1 missing"),
    "clock of nothing": (
        ("UPDATE clocks SET assignment = 'assignment:x' WHERE kind = 'k1'",),
        "clocks",
        "1 extra",
    ),
    "member's key changed": (
        (relined("row", "members", "row LIKE '%county%'", lambda one: one.replace(b'"', b"'")),),
        "members",
        "1 different",
    ),
    "member deleted": (("DELETE FROM members WHERE row LIKE '%county%'",), "members", "1 missing"),
    "user made a supervisor": (("UPDATE users SET role = 'auditor'",), "users", "1 different"),
    "user added": (
        (f"INSERT INTO users SELECT tenant, '{OTHER}', 'ghost', role, revoked FROM users",),
        "users",
        "1 extra",
    ),
    "outcome made up": (
        (
            "INSERT INTO outcomes (chain, seq, tenant, head, code) SELECT chain, seq, tenant, head,"
            f" 'void' FROM journal WHERE chain = {COUNTY} AND seq = 3",
        ),
        "outcomes",
        "1 extra",
    ),
    "counts made up": (
        (f"UPDATE chains SET quarantined = 1 WHERE id = {COUNTY}",),
        "counts",
        "1 extra",
    ),
    "receipt forged": (
        (
            relined(
                "line",
                "receipts",
                "signer <> origin AND signer IN (SELECT node FROM tenants)",
                forged("receipt"),
            ),
        ),
        "receipt of",
        "not signed",
    ),
    "receipt cut": (
        (relined("line", "receipts", "signer IN (SELECT node FROM tenants)", cut),),
        "receipt of",
        "",
    ),
    "receipt under another's name": (
        ("UPDATE receipts SET counter = counter + 1 WHERE signer IN (SELECT node FROM tenants)",),
        "receipt of",
        "not the one that its row names",
    ),
    "link unreadable": (("UPDATE links SET record = '{'",), "link with", ""),
    "link turned": (("UPDATE links SET side = 'up'",), "link with", "not of this link"),
    "link with a stranger": (
        (
            "INSERT INTO links (tenant, domain, peer, side, record)"
            " SELECT tenant, domain, 'nobody', side, record FROM links",
        ),
        "link with nobody",
        "parent",
    ),
    "spool names too much": (("UPDATE spool SET last = last + 9",), "spool of", "not held"),
    "spool past its end": (("UPDATE spool_ends SET n = 0",), "spool of", "given out"),
    "key lost": (
        (f"UPDATE memberships SET keyid = '{OTHER}' WHERE {MINE}",),
        "keys",
        "LookupError",
    ),
    "another key": (
        (f"UPDATE memberships SET epoch = '2-00000000' WHERE {MINE}",),
        "keys",
        "not the member's",
    ),
    "locked key changed": (
        ("UPDATE secrets SET blob = CAST(keyid AS BLOB)",),
        "keys",
        "can't be opened",
    ),
    "genesis changed": (
        (relined("genesis", "memberships", MINE, cut),),
        "keys",
        "can't be read",
    ),
    "lineage unreadable": (
        (f"UPDATE memberships SET lineage = '[' WHERE {MINE}",),
        "membership",
        "can't be read",
    ),
}


def test_a_healthy_host_has_no_finding(town: Town) -> None:
    report = town.report()
    assert report.findings == []
    assert report.chains >= 3
    assert report.events >= 12
    assert report.seals >= 3
    assert report.receipts >= 2
    assert report.rows >= 8


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_found_and_named(name: str, town: Town) -> None:
    steps, where, what = DAMAGES[name]
    if town.url.startswith("postgresql"):
        steps = tuple(_said_otherwise(one) for one in steps)
    town.damage(*steps)
    found = [(one.where, one.what) for one in town.report().findings]
    assert [one for one in found if where in one[0] and what in one[1]], found


def _said_otherwise(step: str | Damage) -> str | Damage:
    if callable(step):
        return step
    return step.replace("CAST('{}' AS BLOB)", "'{}'::bytea").replace(
        "CAST(keyid AS BLOB)", "keyid::bytea"
    )


def test_all_else_is_looked_at_behind_damage(town: Town) -> None:
    town.damage(
        event("DELETE FROM journal", COUNTY, "3"),
        header(CITY, "2", cut),
        "UPDATE users SET role = 'auditor'",
        "UPDATE links SET record = '{'",
    )
    where = " ".join(one.where for one in town.report().findings)
    for part in ("/up/4", "/up/2", "users", "link with"):
        assert part in where
