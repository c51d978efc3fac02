"""What no command writes is still judged, at a real store, in whatever way it comes.

Recovery, cut, move, succession, fork resolution, observer: each taken where it is right, and each
quarantined under its own code where one thing about it is wrong.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from federation.consents import make_consent
from federation.ids import epoch_counter, epoch_id, member_id
from federation.keys import SigningKey
from node.domain.commands import DomainRefused
from node.service import rotation
from node.storage.hosts import load_key
from schemas import membership as m
from sync.writing import Draft
from tests.support.onehost import DEPLOY, FORM, OneHost

TREE = {
    "province": None,
    "city": "province",
    "city2": "province",
    "county": "city",
    "town": "county",
}
NEW = SigningKey.from_seed(b"n" * 32)
Json = dict[str, Any]


class Pen:
    """Writes membership events as the town's parents would, with consents."""

    def __init__(self, tree: OneHost) -> None:
        self.tree = tree
        given = tree.do("county", "matter.register", form=FORM)
        handed = tree.do("county", "matter.issue", given["id"], {"lead": tree.node("town")})
        self.id = handed["assignments"][0]["id"]
        tree.settle()
        tree.do("town", "assignment.sign", self.id)
        tree.settle()
        ((self.chain, self.last),) = tree.chains("town", "town").items()

    def key(self, name: str) -> SigningKey:
        host, place = self.tree.host, self.tree.places[name]
        with host.database.read() as connection:
            return load_key(connection, place.tenant, place.membership.keyid, host.vault)

    def head(self, seq: int) -> Json:
        place, chain = self.tree.places["town"], self.chain
        found = self.tree.host.read(place, lambda store: store.head_at(chain, seq))
        return {"epoch": chain[2], "stream": chain[3], "seq": seq, "head": found or f"{seq:064x}"}

    def agreed(self, act: str, detail: Json, *signers: str) -> Json:
        domain, node = self.tree.places["province"].domain, detail["node"]
        made = []
        for each in signers:
            if each.startswith("offline"):
                seed = bytes.fromhex(self.tree.born["province"].recovery[int(each[-1])])
                key, by = SigningKey.from_seed(seed), "recovery"
            else:
                key, by = self.key(each), self.tree.node(each)
            made.append(make_consent(domain, act, node, by, detail, key))
        return detail | {"consents": made}

    def write(self, name: str, kind: str, data: Json) -> str:
        """How the event ends at the province after it has travelled: "" or its code."""
        about = member_id(data["node"])
        (*_, head) = self.tree.write(name, Draft(kind, about, "all", data))
        self.tree.settle(3)
        ends = {self.tree.outcome(each, about, head) for each in ("province", "county", "town")}
        assert len(ends) == 1, ends
        return ends.pop()


@pytest.fixture
def pen(tmp_path: Path, database_url: str) -> Iterator[Pen]:
    tree = OneHost(tmp_path, database_url, dict(TREE))
    tree.settle()
    yield Pen(tree)
    tree.close()


def _recovery(pen: Pen, counter: int = 2) -> Json:
    epoch = epoch_id(counter, b"rrrr")
    return {"node": pen.tree.node("town"), "epoch": epoch, "key": NEW.public.record}


def _cut(pen: Pen, seq: int) -> Json:
    heads = [pen.head(seq)]
    return {"node": pen.tree.node("town"), "epoch": pen.chain[2], "heads": heads}


def _move(pen: Pen) -> Json:
    tree = pen.tree
    epoch = epoch_id(epoch_counter(pen.chain[2]) + 1, b"mmmm")
    ends = {"from": tree.node("county"), "parent": tree.node("city2")}
    return {"node": tree.node("town"), "epoch": epoch, **ends}


def _resolution(pen: Pen) -> Json:
    one = pen.head(2)
    return {
        "node": pen.tree.node("town"),
        "epoch": one["epoch"],
        "stream": one["stream"],
        "seq": 2,
        "keep": one["head"],
    }


def test_a_recovery_needs_a_higher_ancestor_and_gives_a_key(pen: Pen) -> None:
    wrong = pen.agreed("recover", _recovery(pen), "county")
    assert pen.write("county", m.RECOVERED, wrong) == "bad-consent"
    right = pen.agreed("recover", _recovery(pen), "county", "city")
    assert pen.write("city", m.RECOVERED, right) == "no-authority"
    low = pen.agreed("recover", _recovery(pen, 1), "county", "city")
    assert pen.write("county", m.RECOVERED, low) == "bad-epoch"
    assert pen.write("county", m.RECOVERED, right) == ""
    roster = pen.tree.host.read(pen.tree.places["province"], lambda store: store.roster())
    assert roster.key(pen.tree.node("town"), right["epoch"]) == NEW.public
    assert pen.tree.findings() == []


def test_a_cut_needs_two_and_stays_above_what_was_receipted(pen: Pen) -> None:
    assert pen.write("county", m.CUT, pen.agreed("cut", _cut(pen, 2), "county")) == "bad-consent"
    below = pen.agreed("cut", _cut(pen, 1), "county", "city")
    assert pen.write("county", m.CUT, below) == "below-receipt"
    assert pen.tree.findings() == []
    other = pen.agreed("cut", _cut(pen, 2), "county", "city")
    other["heads"] = [pen.head(9)]
    assert pen.write("county", m.CUT, other) == "bad-consent"
    right = pen.agreed("cut", _cut(pen, 2), "county", "city")
    assert pen.write("county", m.CUT, right) == ""
    with pytest.raises(DomainRefused, match="disputed"):
        pen.tree.do("town", "assignment.deploy", pen.id, DEPLOY)
    assert pen.tree.findings() == []


def test_a_move_is_agreed_by_all_three_and_changes_the_tree(pen: Pen) -> None:
    wrong = pen.agreed("move", _move(pen), "town", "city2")
    assert pen.write("province", m.MOVED, wrong) == "bad-consent"
    data = pen.agreed("move", _move(pen), "town", "city2", "county")
    about = member_id(data["node"])
    (*_, head) = pen.tree.write("city", Draft(m.MOVED, about, "all", data))
    pen.tree.settle(3)
    assert pen.tree.outcome("province", about, head) == "no-authority"
    assert pen.write("province", m.MOVED, data) == ""
    for name in ("province", "county", "town"):
        roster = pen.tree.host.read(pen.tree.places[name], lambda store: store.roster())
        assert roster.parent(pen.tree.node("town")) == pen.tree.node("city2"), name


def test_a_succession_is_written_by_the_parent_and_agreed_by_the_successor(pen: Pen) -> None:
    detail = {"node": pen.tree.node("town"), "successor": pen.tree.node("county")}
    wrong = pen.agreed("succeed", detail, "county", "town")
    assert pen.write("city", m.SUCCEEDED, wrong) == "no-authority"
    alone = pen.agreed("succeed", detail, "town")
    assert pen.write("county", m.SUCCEEDED, alone) == "bad-consent"
    itself = {"node": pen.tree.node("town"), "successor": pen.tree.node("town")}
    round_about = pen.agreed("succeed", itself, "town", "county")
    assert pen.write("county", m.SUCCEEDED, round_about) == "cycle"
    assert pen.write("county", m.SUCCEEDED, wrong) == ""
    assert pen.tree.findings() == []


def test_a_resolution_is_agreed_by_node_and_parent(pen: Pen) -> None:
    alone = pen.agreed("resolve", _resolution(pen), "county")
    assert pen.write("county", m.RESOLVED, alone) == "bad-consent"
    # the node speaks under a key above the epoch in question, and has none yet
    both = pen.agreed("resolve", _resolution(pen), "county", "town")
    assert pen.write("county", m.RESOLVED, both) == "bad-consent"
    detail = _resolution(pen)
    rotation.rotate(pen.tree.host, pen.tree.node("town"))
    pen.tree.places["town"] = pen.tree.host.place(pen.tree.node("town"))
    pen.tree.settle()
    made = pen.agreed("resolve", detail, "county", "town")
    assert pen.write("county", m.RESOLVED, made) == ""
    unknown = {**detail, "epoch": "7-00000000"}
    strange = pen.agreed("resolve", unknown, "county", "town")
    assert pen.write("county", m.RESOLVED, strange) == "bad-epoch"
    assert pen.tree.findings() == []


def test_the_root_alone_names_an_observer(pen: Pen) -> None:
    data = {"node": pen.tree.node("city2")}
    about = member_id(data["node"])
    (*_, head) = pen.tree.write("city", Draft(m.OBSERVER, about, "all", data))
    pen.tree.settle(3)
    assert pen.tree.outcome("province", about, head) == "no-authority"
    (*_, head) = pen.tree.write("province", Draft(m.OBSERVER, about, "all", data))
    pen.tree.settle(3)
    assert pen.tree.outcome("city2", about, head) == ""
    roster = pen.tree.host.read(pen.tree.places["city2"], lambda store: store.roster())
    assert roster.observers == {data["node"]}


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        (m.SUSPENDED, {"grounds": "x"}, "bad-payload"),
        (m.RESUMED, {"grounds": ""}, "bad-payload"),
        (m.REKEYED, {"epoch": "2-00000000", "key": NEW.public.record, "opened": "0" * 64},
         "bad-epoch"),
        (m.CUT, {"epoch": "1-00000000", "heads": [], "consents": []}, "bad-epoch"),
        (m.MOVED, {"parent": "a" * 32}, "bad-payload"),
    ],
)  # fmt: skip
def test_a_wrong_form_or_fact_is_quarantined_and_relayed(
    pen: Pen, kind: str, data: Json, code: str
) -> None:
    assert pen.write("county", kind, {"node": pen.tree.node("town")} | data) == code
    assert pen.tree.findings() == []
