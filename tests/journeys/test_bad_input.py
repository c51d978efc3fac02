"""Bad input through the real door of a host: each a clear answer, and nothing else is lost."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from node.service import enrol
from node.service.verify import verify
from sync.event import Tip
from sync.squeeze import deflate
from sync.writing import Draft
from tests.support.forms import FORM
from tests.support.hand import HELLO, MALLORY, Hand
from tests.support.hosts import join, until
from tests.support.realm import Realm, Seat

PLAN = {
    "province": Seat("", "province"),
    "city": Seat("province", "city"),
    "county": Seat("city", "county"),
    "town": Seat("county", "township", poll=True, works=False),
    "village": Seat("county", "township"),
}


class Case:
    """A township that reports to its county, in good times and bad; a second node lives there."""

    def __init__(self, path: Path) -> None:
        self.realm = realm = Realm(path, PLAN)
        county = realm.hosts["county"]
        born = enrol.init(county.host, "示例局", "department")
        self.bureau = join(realm.places["city"], realm.hosts["city"], born.node, county).tenant.node
        until(lambda: realm.knows("province") == set(PLAN))
        lead, other = realm.hand("county", "town", "village")
        self.id = lead
        realm.hosts["town"].turns()
        realm.act("town", lead, "sign", "deploy")
        until(lambda: realm.has("village", other))
        realm.act("village", other, "sign")
        realm.hosts["town"].turns()
        self.hand = Hand(realm, "town", "county")

    def pending(self) -> int:
        """Let the township report, without sending; how many events the county holds so far."""
        self.realm.act("town", self.id, "report")
        return len(self.realm.held("county", "town"))

    def mended(self) -> None:
        """A good body after the bad one: all that the township wrote is taken."""
        self.realm.hosts["town"].turns()
        assert self.realm.held("county", "town") == self.realm.held("town", "town")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    made = Case(tmp_path_factory.mktemp("bad"))
    yield made
    made.realm.stop()


def _altered(case: Case) -> bytes:
    body = case.hand.body(case.hand.held("town", 2, 2))
    changed = body.replace("甲".encode(), "乙".encode()).replace(b'"poll":0', b'"poll":1')
    assert changed != body
    return changed


def _again(case: Case) -> bytes:
    body = case.hand.body()
    assert case.hand.post(body).status_code == 200
    return body


def _many(case: Case) -> bytes:
    return case.hand.body(case.hand.forge(case.realm.chain("town", "all"), count=501))


BODIES: dict[str, tuple[Callable[[Case], bytes], int, str, str]] = {
    "no body at all": (lambda case: b"{}\n", 400, "malformed", "never"),
    "counts that do not add up": (
        lambda case: case.hand.body(manifest={"runs": [], "seals": [{}]}),
        400, "malformed", "never",
    ),
    "signed with another key": (
        lambda case: case.hand.body(me=case.hand.other(key=MALLORY)), 401, "bad-signature", "never",
    ),
    "altered on the way": (_altered, 401, "bad-signature", "never"),
    "an epoch that nobody knows": (
        lambda case: case.hand.body(me=case.hand.other(epoch="9-00000000")),
        401, "unknown-key", "refresh",
    ),
    "for a node that lives elsewhere": (
        lambda case: case.hand.body(to=case.realm.node("province")), 403, "wrong-receiver", "never",
    ),
    "for another tenant of this host": (
        lambda case: case.hand.body(to=case.bureau), 403, "not-linked", "operator",
    ),
    "from a stranger": (
        lambda case: case.hand.body(me=case.hand.other(node="a" * 32)),
        403, "not-linked", "operator",
    ),
    "of another domain": (
        lambda case: case.hand.body(me=case.hand.other(domain=f"gov@{'a' * 32}")),
        403, "foreign-domain", "never",
    ),
    "the same bytes again": (_again, 401, "stale-challenge", "refresh"),
    "a counter used before": (lambda case: case.hand.body(counter=1), 409, "replay", "refresh"),
    "another link epoch": (
        lambda case: case.hand.body(link="9-00000009"), 409, "link-epoch", "refresh",
    ),
    "an older copy's fence": (
        lambda case: case.hand.body(fence=0), 409, "stale-fence", "operator",
    ),
    "a version of the future": (
        lambda case: case.hand.body(
            manifest={"hello": HELLO | {"challenge": "c", "version": 9, "min": 9}}
        ),
        426, "version", "operator",
    ),
    "more bytes than the limit": (lambda case: b"x" * (9 << 20), 413, "oversize", "halve"),
    "more events than the limit": (_many, 413, "oversize", "halve"),
}  # fmt: skip


def _is_problem(answer: requests.Response, status: int, code: str, action: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert (problem["status"], problem["code"], problem["action"]) == (status, code, action)
    assert problem["type"] == f"urn:duban:refusal:{code}"
    assert problem["detail"]
    return problem


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_answered_by_its_code_and_a_good_one_after_it_is_taken(
    case: Case, name: str
) -> None:
    make, status, code, action = BODIES[name]
    before = case.pending()
    case.hand.refresh()
    counted = case.realm.hosts["county"].host.refused[code]
    problem = _is_problem(case.hand.post(make(case)), status, code, action)
    assert len(case.realm.held("county", "town")) == before
    assert case.realm.hosts["county"].host.refused[code] == counted + 1
    if code == "stale-challenge":
        assert problem["challenge"]
    if code in ("replay", "link-epoch", "stale-fence"):
        assert problem["expected"]
    case.mended()


def test_a_zstd_bomb_is_stopped_while_it_inflates(case: Case) -> None:
    case.pending()
    bomb = deflate(b"\0" * (256 << 20))
    assert len(bomb) < 1 << 20
    answer = case.hand.post(bomb, Content_Encoding="zstd")
    _is_problem(answer, 413, "bomb", "halve")
    case.mended()


def test_an_encoding_that_is_not_spoken_is_named_with_the_one_that_is(case: Case) -> None:
    answer = case.hand.post(case.hand.body(), Content_Encoding="br")
    assert answer.status_code == 415
    assert "zstd" in answer.json()["detail"]
    case.mended()


RUNS: dict[str, tuple[Callable[[Case], Any], str]] = {
    "a hole in the chain": (
        lambda case: case.hand.held("town", *[len(case.realm.held("town", "town"))] * 2), "gap",
    ),
    "a sibling's events": (lambda case: case.hand.held("village", 1, 2), "foreign-scope"),
    "a stream that never travels": (
        lambda case: case.hand.forge(case.realm.chain("town", "own")), "bad-route",
    ),
    "an origin that nobody admitted": (
        lambda case: case.hand.forge((case.hand.me.domain, "b" * 32, "1-00000000", "up")),
        "unknown-origin",
    ),
    "a chain that nobody opened": (
        lambda case: case.hand.forge(case.realm.chain("town", "all"), Tip(0, "0" * 64))._replace(
            lines=case.hand.held("town", 2, 2).lines
        ),
        "bad-opening",
    ),
    "a seal by another key": (
        lambda case: case.hand.forge(case.realm.chain("town", "all"), key=MALLORY), "bad-seal",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_a_bad_run_is_answered_inside_a_200_and_holds_up_nothing(case: Case, name: str) -> None:
    make, code = RUNS[name]
    for _ in range(3):
        before = case.pending()
    good = case.hand.held("town", before + 1, before + 1)
    (result,) = case.hand.say(make(case), good)
    assert (result["code"], bool(result["detail"])) == (code, True)
    if code == "gap":
        assert result["expected"]["seq"] == before + 1
    # the good run of the same body was taken
    assert len(case.realm.held("county", "town")) == before + 1
    seen = case.realm.link("county", "town")["refused"]
    assert (seen[-1]["code"], seen[-1]["origin"]) == (code, result["origin"])
    case.mended()


def test_an_unknown_type_is_kept_relayed_and_told_in_every_receipt(case: Case) -> None:
    realm = case.realm
    case.hand.write(
        Draft("duban.song.sung", f"song:{realm.node('town')}:a0000001", "up", {"tune": "x"})
    )
    head = realm.held("town", "town")[-1].head
    case.pending()
    case.mended()
    for above in ("county", "city", "province"):
        until(
            lambda above=above: (
                realm.hosts["town"].turns() >= 0
                and (told := realm.receipt("town", above, "town"))
                and [(one.head, one.code) for one in told.quarantine] == [(head, "unknown-type")]
            )
        )
    (up,) = (
        one
        for one in realm.user("town", "supervisor").get("/sync")["received"]
        if one["stream"] == "up"
    )
    assert {one["quarantined"] for one in up["readers"]} == {1}


@pytest.mark.parametrize("at", ["2001-01-01T00:00:00Z", "3001-01-01T00:00:00Z"])
def test_a_body_by_a_wrong_clock_is_taken_and_the_clock_is_named(case: Case, at: str) -> None:
    before = case.pending()
    run = case.hand.held("town", before + 1, before + 1)
    assert case.hand.say(run, hello=HELLO | {"challenge": "c", "at": at}) == []
    assert len(case.realm.held("county", "town")) == before + 1
    assert "clock-skew" in case.realm.noticed("county", "town")
    case.mended()
    assert "clock-skew" not in case.realm.noticed("county", "town")


@pytest.mark.parametrize("at", ["yesterday", "2001-01-01T00:00:00"])
def test_a_time_that_is_none_is_no_reason_to_refuse(case: Case, at: str) -> None:
    assert case.hand.say(hello=HELLO | {"challenge": "c", "at": at}) == []
    assert case.realm.link("county", "town")["clock_skew_seconds"] is None


def test_two_histories_freeze_the_stream_and_both_seals_are_shown(case: Case) -> None:
    chain = case.realm.chain("town", "all")
    assert case.hand.say(case.hand.forge(chain, text="one", count=2)) == []
    before = case.pending()
    other = case.hand.forge(chain, text="other", count=2)
    good = case.hand.held("town", before + 1, before + 1)
    assert [one["code"] for one in case.hand.say(other, good)] == ["fork"]
    longer = case.hand.forge(chain, text="one", count=3)
    assert [one["code"] for one in case.hand.say(longer)] == ["frozen"]
    (fork,) = case.realm.user("county", "supervisor").get("/sync")["forks"]
    assert (fork["origin"], fork["stream"]) == (case.realm.node("town"), "all")
    assert len(fork["seals"]) == 2
    assert {"fork", "frozen"} <= set(case.realm.noticed("county", "town"))
    case.mended()


@pytest.mark.parametrize(
    ("name", "role", "word", "status", "code"),
    [
        ("town", "supervisor", "report", 403, "wrong-role"),
        ("county", "head", "report", 403, "wrong-node"),
        ("county", "supervisor", "grant", 409, "wrong-state"),
        ("town", "head", "sign", 409, "wrong-state"),
    ],
)
def test_a_command_that_may_not_be_changes_nothing(
    case: Case, name: str, role: str, word: str, status: int, code: str
) -> None:
    case.pending()
    case.mended()
    realm, before = case.realm, len(case.realm.held(name, name))
    told = {"text": "x", "indicators": [{"name": "补设标志", "value": "12"}]}
    body = {"report": told, "grant": {"mark": "good"}}.get(word, {})
    answer = realm.user(name, role).try_post(f"/assignments/{case.id}/{word}", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert len(realm.held(name, name)) == before
    case.pending()
    case.mended()


def test_a_matter_by_a_handler_is_refused_and_by_the_supervisor_taken(case: Case) -> None:
    answer = case.realm.user("county", "handler").try_post("/matters", FORM)
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong-role")
    assert case.realm.user("county", "supervisor").post("/matters", FORM)["state"] == "APPROVED"


def test_all_that_was_good_is_at_the_province_and_every_node_verifies(case: Case) -> None:
    realm = case.realm
    until(lambda: realm.held("province", "town") == realm.held("town", "town"))
    for name in ("county", "city", "province", "village"):
        assert verify(case.realm.hosts[name].host).findings == []
