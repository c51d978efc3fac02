"""Each check of a body and of a run is tried through the real door, and each is needed."""

from collections.abc import Callable
from typing import Any

import pytest

from federation import dsse
from federation.keys import SigningKey
from schemas.refusals import Refused
from schemas.strict import dump, parse
from sync.body import encode, open_rest, peek
from sync.checks import CHECKS
from sync.event import Tip
from sync.me import Limits, Me
from sync.outbox import compose
from sync.writing import Draft, opening, seal, write
from tests.federation.family import AT, DOMAIN, epoch_of, id_of, key_of
from tests.support.town import LINK, Town

LINE: dict[str, str | None] = {"root": None, "city": "root", "county": "city", "town": "county"}
Change = dict[str, Any]


def _ready() -> Town:
    town = Town(LINE)
    town.settle(2)
    town.note("town", count=2)
    return town


def _made(town: Town, me: Me | None = None, manifest: Change | None = None, **link: Any) -> bytes:
    """The town's next body with something in it changed, signed as a thief or a fool would."""
    store, honest = town.stores["town"], town.me("town")
    line = store.link(id_of("county"))
    assert line is not None
    body = town.call("town", "county", "challenge-x")
    line = store.link(id_of("county"))
    assert line is not None
    head = parse(dsse.peek(parse_envelope(body), "exchange").payload, 10**5)
    stated = {
        "to": head["to"],
        "link": head["link"],
        "challenge": head["challenge"],
        "counter": head["counter"],
        "fence": head["fence"],
    } | link
    rest = body.partition(b"\n")[2]
    lines = rest.split(b"\n")
    if manifest:
        lines[0] = dump(parse(lines[0], 10**7) | manifest)
    return _signed(me or honest, stated, b"\n".join(lines))


def parse_envelope(body: bytes) -> dict[str, Any]:
    found = parse(body.partition(b"\n")[0], 10**5)
    found.pop("rotation", None)
    return found


def _signed(me: Me, stated: Change, rest: bytes) -> bytes:
    from hashlib import sha256

    head = {"v": 1, "from": me.node, "domain": me.domain, "epoch": me.epoch, **stated}
    head["body"] = sha256(rest).hexdigest()
    return dsse.sign("exchange", dump(head), [me.key]) + b"\n" + rest


def _stranger(town: Town) -> bytes:
    key = SigningKey.from_seed(b"s" * 32)
    return _made(town, Me("a" * 32, DOMAIN, "1-00000000", key))


def _other_epoch(town: Town) -> bytes:
    return _made(town, Me(id_of("town"), DOMAIN, "2-00000000", key_of("town", 2)))


def _other_key(town: Town) -> bytes:
    return _made(town, Me(id_of("town"), DOMAIN, epoch_of("town"), key_of("mallory")))


def _other_body(town: Town) -> bytes:
    return _made(town).replace(b'"text":"x"', b'"text":"y"', 1)


def _suspended(town: Town) -> bytes:
    data = {"node": id_of("town"), "grounds": "整顿", "heads": []}
    town.write("county", Draft("duban.member.suspended", f"member:{id_of('town')}", "all", data))
    return _made(town)


def _badly_framed(town: Town) -> bytes:
    return _made(town, manifest={"runs": []})


def _other_version(town: Town) -> bytes:
    hello = {"version": 9, "min": 9, "limits": {"events": 500, "bytes": 4194304}}
    return _made(town, manifest={"hello": hello | {"challenge": "c", "poll": 0}})


def _too_many(town: Town) -> bytes:
    body = _made(town)
    town.limits = Limits(events=2)
    return body


ATTACKS: dict[str, tuple[str, Callable[[Town], bytes]]] = {
    "linked": ("not-linked", _stranger),
    "key_known": ("unknown-key", _other_epoch),
    "signed": ("bad-signature", _other_key),
    "whole": ("bad-signature", _other_body),
    "not_suspended": ("suspended", _suspended),
    "framed": ("malformed", _badly_framed),
    "version_shared": ("version", _other_version),
    "within_limits": ("oversize", _too_many),
    "same_link": ("link-epoch", lambda town: _made(town, link="9-5eed0009")),
    "fence_current": ("stale-fence", lambda town: _made(town, fence=0)),
    "challenge_fresh": ("stale-challenge", lambda town: _made(town, challenge="challenge-old")),
    "counter_new": ("replay", lambda town: _made(town, counter=1)),
}


def _answer(town: Town, body: bytes, **tables: Any) -> str:
    try:
        town.serve("county", body, **tables)
    except Refused as refusal:
        return refusal.code
    return "taken"


def test_every_check_has_its_attack() -> None:
    assert list(ATTACKS) == [check.__name__ for check in CHECKS]


@pytest.mark.parametrize("name", ATTACKS)
def test_the_attack_is_refused_by_its_code_and_nothing_is_lost(name: str) -> None:
    town = _ready()
    code, attack = ATTACKS[name]
    assert _answer(town, attack(town)) == code
    assert len(town.held("county", town.chain("town"))) == 0
    if name not in ("not_suspended", "within_limits"):
        town.settle(3)
        assert len(town.held("root", town.chain("town"))) == 3


@pytest.mark.parametrize("name", ATTACKS)
def test_without_the_check_the_attack_is_not_refused_so(name: str) -> None:
    town = _ready()
    code, attack = ATTACKS[name]
    checks = tuple(check for check in CHECKS if check.__name__ != name)
    body = attack(town)
    try:
        answer = _answer(town, body, checks=checks)
    except AssertionError:
        raise
    except Exception:
        answer = "broken"
    assert answer != code or name in ("linked", "key_known", "framed")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda body: b"", "malformed"),
        (lambda body: b"{}\n", "malformed"),
        (lambda body: body[:-1], "bad-signature"),
        (lambda body: body.replace(b'"payloadType"', b'"payloadtype"', 1), "malformed"),
    ],
)
def test_bytes_without_the_form_of_a_body_are_refused(spoil: Any, code: str) -> None:
    town = _ready()
    assert _answer(town, spoil(_made(town))) == code


# runs, as a hostile child sends them


def _run(name: str, stream: str, count: int = 2, **other: Any) -> tuple[Any, Any, Any]:
    """A run of `name`'s own making, whatever the town may say: spec, seal, lines."""
    chain = (DOMAIN, id_of(name), other.get("epoch", epoch_of(name)), stream)
    subject = f"assignment:{id_of(name)}:a0000001"
    note = Draft("duban.assignment.reported", subject, stream, {"text": other.get("text", "z")})
    first = [] if other.get("headless") else [opening(id_of(name), stream, _birth())]
    events = write(chain, Tip(0, "0" * 64), [*first, *[note] * (count - len(first))], AT, _salts())
    key = other.get("key") or key_of(name)
    made = seal(chain, Tip(count, events[-1].head), AT, AT, key)
    spec = {
        "origin": chain[1],
        "epoch": chain[2],
        "stream": stream,
        "first": 1,
        "count": count,
    }
    lines = [line for one in events for line in (one.header_line, one.payload_line or b"")]
    return spec, parse(made, 10**5), lines


def _birth() -> Change:
    return {"cause": "birth", "last": None}


def _salts() -> list[bytes]:
    return [number.to_bytes(16, "big") for number in range(600)]


def _send(town: Town, *runs: tuple[Any, Any, Any], **manifest: Any) -> list[Change]:
    """The county's results for runs that the town sends, as the next answer tells them."""
    store, me = town.stores["town"], town.me("town")
    link = store.link(id_of("county"))
    assert link is not None
    link.counter += 1
    hello = {"version": 1, "min": 1, "limits": {"events": 500, "bytes": 4194304}}
    stated = {
        "hello": hello | {"challenge": "c", "poll": 0},
        "cursor": {"ack": link.taken, "from": link.acked, "through": link.acked},
        "runs": [run[0] for run in runs],
        "seals": [run[1] for run in runs],
    }
    rest = b"\n".join([dump(stated | manifest), *(line for run in runs for line in run[2])]) + b"\n"
    theirs = {"to": link.peer, "link": LINK, "challenge": link.theirs, "counter": link.counter}
    store.save_link(link)
    answer = peek(town.serve("county", _signed(me, theirs | {"fence": 1}, rest)))
    link.theirs = open_rest(answer.rest).manifest.hello.challenge
    store.save_link(link)
    return list(open_rest(answer.rest).manifest.results)


def _settled() -> Town:
    town = Town(LINE)
    town.settle(3)
    return town


@pytest.mark.parametrize(
    ("run", "code"),
    [
        (_run("city2", "up"), "unknown-origin"),
        (_run("city", "up"), "foreign-scope"),
        (_run("town", "own"), "bad-route"),
        (_run("town", "up", epoch="7-00000000"), "unknown-origin"),
        (_run("town", "up", headless=True), "bad-opening"),
        (_run("town", "up", key=key_of("mallory")), "bad-seal"),
    ],
)
def test_a_bad_run_is_named_and_holds_up_nothing(run: Any, code: str) -> None:
    town = _settled()
    good = _run("town", "all")
    results = _send(town, run, good)
    assert [one["code"] for one in results] == [code]
    assert len(town.held("county", town.chain("town", "all"))) == 2


def test_two_histories_of_one_chain_freeze_it_and_keep_both_seals() -> None:
    town = _settled()
    assert _send(town, _run("town", "up")) == []
    assert [one["code"] for one in _send(town, _run("town", "up", text="other"))] == ["fork"]
    assert [one["code"] for one in _send(town, _run("town", "up", 5))] == ["frozen"]
    store = town.stores["county"]
    held, shown = store.forks[town.chain("town")]
    assert held != shown
    assert len(town.held("county", town.chain("town"))) == 2


def test_a_hole_is_asked_for_and_mended() -> None:
    town = _settled()
    spec, made, lines = _run("town", "up", 4)
    late = (spec | {"first": 3, "count": 2}, made, lines[4:])
    (result,) = _send(town, late)
    assert (result["code"], result["expected"]["seq"]) == ("gap", 1)


def test_a_receipt_of_somebody_who_does_not_read_is_dropped_and_told() -> None:
    town = _settled()
    from sync import receipts

    town.note("county", "up")
    forged = receipts.make(town.stores["city"], town.me("city"), id_of("county"), town.now())
    assert forged is not None
    other = parse(forged.line.replace(b"a", b"b", 1), 10**5)
    codes = [one["code"] for one in _send(town, receipts=[other, {"x": 1}])]
    assert len(codes) == 2


def test_an_idle_seal_is_kept_where_it_fits_what_is_held() -> None:
    town = _settled()
    _send(town, _run("town", "up"))
    chain = town.chain("town")
    before = town.stores["county"].last_seal(chain)
    tip = town.stores["county"].tip(chain)
    again = parse(seal(chain, tip, AT, "2027-01-01T00:00:00Z", key_of("town")), 10**5)
    forged = parse(seal(chain, tip, AT, "2028-01-01T00:00:00Z", key_of("mallory")), 10**5)
    _send(town, idle=[again, forged, {"payload": "x"}])
    after = town.stores["county"].last_seal(chain)
    assert before != after
    assert after is not None
    assert after[1] == dump(again)


def test_a_lineage_that_proves_nothing_is_told() -> None:
    town = _settled()
    step = town.stores["root"].proof(id_of("city"))
    assert step is not None
    spoilt = step | {"payload": step["payload"].replace("示例", "假冒") + " "}
    (result,) = _send(town, lineage=[spoilt])
    assert result["code"] == "bad-lineage"


def test_composing_leaves_out_what_the_peer_may_not_have() -> None:
    town = _settled()
    town.note("county", "own")
    store, me = town.stores["county"], town.me("county")
    link = store.link(id_of("town"))
    assert link is not None
    link.asked = ((id_of("county"), epoch_of("county"), "own", 1),)
    hello = open_rest(peek(town.call("town", "county", "c")).rest).manifest.hello
    made = compose(store, me, link, Limits(), 0, hello)
    assert all(run.stream != "own" for run in made.manifest.runs)
    assert link.asked == ()
    assert encode(
        made, me, {"to": link.peer, "link": LINK, "challenge": None, "counter": 1, "fence": 1}
    )


def test_what_was_lost_above_comes_back_when_it_is_asked_for() -> None:
    town = _settled()
    town.note("town", count=3)
    town.settle(4)
    chain = town.chain("town")
    lost = town.stores["town"]
    lost.journal.pop(chain)
    lost.seals.pop(chain)
    link = lost.link(id_of("county"))
    assert link is not None
    link.wants = ((*chain[1:], 1),)
    lost.save_link(link)
    town.meet("town")
    town.meet("town")
    assert len(town.held("town", chain)) == 4


def test_a_restored_parent_and_its_child_compare_and_mend() -> None:
    town = _settled()
    old = town.stores["county"].snapshot()
    town.note("town", count=3)
    town.note("county", f"to/{id_of('town')}")
    town.settle(4)
    town.stores["county"].restore(old)
    link, below = town.stores["county"].link(id_of("town")), town.stores["town"]
    assert link is not None
    fresh = below.link(id_of("county"))
    assert fresh is not None
    for one in (link, fresh):
        one.epoch, one.heard, one.counter, one.acked, one.taken = "2-5eed0002", 0, 0, 0, 0
        one.mismatch = True
    town.stores["county"].save_link(link)
    below.save_link(fresh)
    for _ in range(4):
        town.meet("town")
    assert len(town.held("county", town.chain("town"))) == 4


def test_an_ack_beyond_the_end_of_the_spool_asks_for_a_comparison() -> None:
    town = _settled()
    _send(town, cursor={"ack": 10**6, "from": 0, "through": 0})
    link = town.stores["county"].link(id_of("town"))
    assert link is not None
    assert not link.mismatch  # it was said in the answer
    _send(town, cursor={"ack": 0, "from": 10**6, "through": 10**6})
    link = town.stores["county"].link(id_of("town"))
    assert link is not None
    assert link.taken < 10**6


def _rotating(town: Town) -> tuple[Me, dict[str, Any]]:
    """The town in its second epoch, with the rotation that proves it."""
    from tests.federation.family import rotation

    envelope = rotation("town", 1, 2)
    return Me(id_of("town"), DOMAIN, epoch_of("town", 2), key_of("town", 2)), envelope


def test_a_rotation_beside_the_envelope_is_checked_before_the_signature() -> None:
    town = _settled()
    me, envelope = _rotating(town)
    body = _made(town, me)
    assert _answer(town, body) == "unknown-key"
    first, _, rest = body.partition(b"\n")
    line = parse(first, 10**5) | {"rotation": envelope}
    assert _answer(town, dump(line) + b"\n" + rest) == "taken"
    assert town.stores["county"].roster().current_epoch(id_of("town")) == epoch_of("town", 2)
    forged = dict(envelope, signatures=envelope["signatures"][:1])
    spoilt = parse(first, 10**5) | {"rotation": [forged]}
    town = _settled()
    assert _answer(town, dump(spoilt) + b"\n" + rest) == "unknown-key"


def test_a_chain_of_a_new_epoch_brings_its_own_rotation() -> None:
    town = _settled()
    me, envelope = _rotating(town)
    data = {"cause": "rotation", "last": None, "rotation": envelope}
    chain = (DOMAIN, me.node, me.epoch, "up")
    events = write(chain, Tip(0, "0" * 64), [opening(me.node, "up", data)], AT, _salts())
    made = parse(seal(chain, Tip(1, events[0].head), AT, AT, me.key), 10**5)
    spec = {"origin": me.node, "epoch": me.epoch, "stream": "up", "first": 1, "count": 1}
    lines = [events[0].header_line, events[0].payload_line or b""]
    assert _send(town, (spec, made, lines)) == []
    assert len(town.held("county", chain)) == 1
    spoilt = data | {"rotation": dict(envelope, signatures=envelope["signatures"][:1])}
    chain = (DOMAIN, me.node, me.epoch, "all")
    events = write(chain, Tip(0, "0" * 64), [opening(me.node, "all", spoilt)], AT, _salts())
    town = _settled()
    lines = [events[0].header_line, events[0].payload_line or b""]
    (result,) = _send(town, (spec | {"stream": "all"}, made, lines))
    assert result["code"] == "bad-opening"


def test_a_payload_erased_in_the_same_run_is_accepted_and_one_that_is_only_missing_is_not() -> None:
    town = _settled()
    chain = town.chain("town")
    subject = f"assignment:{id_of('town')}:a0000001"
    note = Draft("duban.assignment.reported", subject, "up", {"text": "身份证号"})
    events = write(
        chain, Tip(0, "0" * 64), [opening(id_of("town"), "up", _birth()), note], AT, _salts()
    )
    gone = {"origin": id_of("town"), "epoch": chain[2], "stream": "up", "seq": 2}
    gone |= {"head": events[1].head, "grounds": "个人信息"}
    erased = Draft("duban.payload.erased", f"member:{id_of('town')}", "up", gone)
    events += write(chain, Tip(2, events[1].head), [erased], AT, _salts())
    lines = [line for one in events for line in (one.header_line, one.payload_line or b"")]
    lines[3] = b""
    spec = {"origin": id_of("town"), "epoch": chain[2], "stream": "up", "first": 1}
    short = parse(seal(chain, Tip(2, events[1].head), AT, AT, key_of("town")), 10**5)
    (result,) = _send(town, (spec | {"count": 2}, short, lines[:4]))
    assert result["code"] == "payload-missing"
    made = parse(seal(chain, Tip(3, events[2].head), AT, AT, key_of("town")), 10**5)
    assert _send(town, (spec | {"count": 3}, made, lines)) == []
    assert town.held("county", chain)[1].payload_line is None


def test_receipts_that_lie_are_dropped() -> None:
    from schemas.sealed import Receipt, ReceiptStream
    from sync import receipts

    town = _settled()
    store = town.stores["county"]
    stream = ReceiptStream(epoch=epoch_of("town"), stream="own", seq=1, head="0" * 64)
    about = {"domain": DOMAIN, "origin": id_of("town"), "at": AT, "time": AT, "counter": 1}

    def said(by: str, key: Any, **other: Any) -> dict[str, Any]:
        stated = about | {"by": id_of(by), "epoch": epoch_of(by), "streams": (stream,)} | other
        return dsse.envelope("receipt", dump(Receipt(**({"v": 1} | stated))), [key])

    for made, code in (
        (said("city", key_of("mallory")), "bad-seal"),
        (said("city", key_of("city")), "bad-seal"),
        (said("city2", key_of("city2")), "unknown-origin"),
        (said("city", key_of("city"), domain="gov@" + "a" * 32), "bad-seal"),
    ):
        with pytest.raises(Refused) as caught:
            receipts.judge(store.roster(), made, DOMAIN)
        assert caught.value.code == code
