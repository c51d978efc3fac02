"""Attachments between real ends in memory: hop by hop, resumed, and against a liar."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from schemas.refusals import Refused
from sync import attachments, exchange
from sync.attachments import CHUNK, Ask, ChunkSpec, Reach, count, seek
from sync.body import Outgoing, encode, open_rest, peek
from sync.me import Limits
from sync.ports import FilePolicy, Link, Source
from sync.writing import Draft
from tests.federation.family import id_of
from tests.support.town import Town

LINE: dict[str, str | None] = {"root": None, "city": "root", "county": "city", "town": "county"}
TREE: dict[str, str | None] = LINE | {"county2": "city"}
PNG = b"\x89PNG\r\n\x1a\n"
Change = Callable[[dict[str, Any], list[bytes]], list[bytes]]


def image(size: int, seed: int = 1) -> bytes:
    """`size` bytes that begin like a picture."""
    block = bytes((one * 31 + seed) % 251 for one in range(4096))
    return (PNG + block * (size // 4096 + 1))[:size]


def upload(town: Town, name: str, data: bytes) -> str:
    """Let a user of `name` put it in."""
    store, hash = town.stores[name], sha256(data).hexdigest()
    row = Source(hash, "user:u", "wanted", len(data), "2026-11-24T00:00:00Z")
    for n in range(count(len(data))):
        store.put_chunk(hash, row.source, len(data), n, data[n * CHUNK : (n + 1) * CHUNK])
    attachments.finish(store, row)
    store.put_source(row)
    attachments.arrived(Reach(store, town.now()), hash)
    return hash


def name(town: Town, who: str, hash: str, size: int, stream: str = "up") -> None:
    row = {"sha256": hash, "size": size, "name": "清障.png", "type": "image/png"}
    subject = f"assignment:{id_of(who)}:a0000001"
    data = {"text": "x", "attachments": [row]}
    town.write(who, Draft("duban.assignment.reported", subject, stream, data))
    attachments.settle(Reach(town.stores[who], town.now()))


def want(town: Town, who: str, hash: str) -> Source | None:
    store = town.stores[who]
    return seek(Reach(store, town.now()), store.names(hash)[0])


def held(town: Town, who: str, hash: str) -> bytes | None:
    store = town.stores[who]
    blob = store.blob(hash)
    if blob is None:
        return None
    return b"".join(store.chunk(hash, n) or b"" for n in range(blob.received))


def stands(town: Town, who: str, hash: str, side: str) -> tuple[str, str]:
    found = town.stores[who].source(hash, id_of(side))
    assert found is not None
    return found.state, found.reason.partition(":")[0]


def lazy(town: Town) -> None:
    """Nothing travels unasked."""
    for store in town.stores.values():
        store.policy = FilePolicy(carry=0)


def ready(parents: dict[str, str | None], carry: bool = False) -> Town:
    town = Town(parents)
    if not carry:
        lazy(town)
    town.settle(3)
    return town


def test_a_picture_that_the_root_wants_comes_up_hop_by_hop() -> None:
    town, data = ready(LINE), image(3 * CHUNK + 5)
    hash = upload(town, "town", data)
    name(town, "town", hash, len(data))
    town.settle(3)
    assert [held(town, who, hash) for who in ("county", "city", "root")] == [None] * 3
    want(town, "root", hash)
    town.settle(8)
    for who in ("county", "city", "root"):
        assert held(town, who, hash) == data, who


def test_nothing_more_is_said_once_it_has_come() -> None:
    town, data = ready(LINE), image(2 * CHUNK)
    hash = upload(town, "town", data)
    name(town, "town", hash, len(data))
    town.settle(3)
    want(town, "root", hash)
    town.settle(8)
    for store in town.stores.values():
        for link in store.links():
            assert (link.files, link.awaited, link.seeks) == ((), (), False)
            assert not exchange.pending(store, link.peer)


def test_a_small_one_is_carried_up_with_the_event() -> None:
    town, data = ready(LINE, carry=True), image(CHUNK)
    hash = upload(town, "town", data)
    name(town, "town", hash, len(data))
    town.meet("town")
    assert held(town, "county", hash) == data
    town.settle(2)
    assert held(town, "root", hash) == data


def test_one_that_comes_after_its_name_is_carried_when_it_comes() -> None:
    town, data = ready(LINE, carry=True), image(CHUNK)
    hash = sha256(data).hexdigest()
    name(town, "town", hash, len(data))
    town.settle(4)
    assert stands(town, "county", hash, "town") == ("missing", "missing")
    assert stands(town, "root", hash, "city")[0] == "missing"
    upload(town, "town", data)
    town.settle(8)
    assert held(town, "root", hash) == data


def test_what_an_assignment_names_goes_down_to_the_assignee_only() -> None:
    town, data = ready(TREE), image(CHUNK + 1)
    hash = upload(town, "city", data)
    name(town, "city", hash, len(data), f"to/{id_of('county')}")
    town.settle(3)
    want(town, "county", hash)
    town.settle(4)
    assert held(town, "county", hash) == data
    assert town.stores["county2"].names(hash) == []
    assert held(town, "county2", hash) is None


def test_a_transfer_goes_on_where_it_broke_off() -> None:
    town, data = ready(LINE), image(9 * CHUNK)
    hash = upload(town, "town", data)
    name(town, "town", hash, len(data))
    town.settle(2)
    want(town, "county", hash)
    town.meet("town")
    town.meet("town")
    staged = town.stores["county"].blob(hash, id_of("town"))
    assert staged is not None
    assert staged.received == 4
    with pytest.raises(Refused):
        town.meet("town", up=lambda body: body[:-1])
    seen = list[tuple[int, ...]]()

    def listen(body: bytes) -> bytes:
        seen.append(tuple(spec.n for spec in open_rest(peek(body).rest).manifest.chunks))
        return body

    for _ in range(4):
        town.meet("town", up=listen)
    assert held(town, "county", hash) == data
    sent = [n for chunks in seen for n in chunks]
    assert 0 not in sent
    assert set(sent) >= {4, 5, 6, 7, 8}


def test_events_go_before_chunks_and_no_body_holds_more_chunks_than_the_peer_takes() -> None:
    town, data = ready(LINE), image(6 * CHUNK)
    hash = upload(town, "town", data)
    name(town, "town", hash, len(data))
    town.settle(2)
    want(town, "county", hash)
    town.meet("town")
    town.note("town", count=3)
    seen = list[tuple[int, int]]()

    def listen(body: bytes) -> bytes:
        manifest = open_rest(peek(body).rest).manifest
        seen.append((sum(run.count for run in manifest.runs), len(manifest.chunks)))
        return body

    town.meet("town", up=listen)
    assert seen[-1] == (3, 4)
    town.stores["town"].held_links[id_of("county")].most_chunks = 0
    assert (
        attachments.give(
            town.stores["town"], town.stores["town"].held_links[id_of("county")], 10**7, 4
        )
        == []
    )


# a liar


def lie(town: Town, who: str, change: Change) -> Callable[[bytes], bytes]:
    """Sign a body of `who` anew after changing its manifest and its chunks."""

    def wire(body: bytes) -> bytes:
        incoming = peek(body)
        if incoming.head.challenge is None:
            return body
        runs = open_rest(incoming.rest)
        manifest = msgspec.json.decode(incoming.rest.partition(b"\n")[0])
        pieces = change(manifest, list(runs.pieces))
        manifest["chunks"] = [
            one | {"size": len(piece)}
            for one, piece in zip(manifest["chunks"], pieces, strict=True)
        ]
        outgoing = Outgoing(manifest=msgspec.convert(manifest, type(runs.manifest)))
        lines = incoming.rest[: len(incoming.rest) - sum(map(len, runs.pieces))].partition(b"\n")[2]
        head = incoming.head
        stated = {"to": head.to, "link": head.link, "challenge": head.challenge}
        stated |= {"counter": head.counter, "fence": head.fence}
        made = Outgoing(manifest=outgoing.manifest, pieces=(lines, *pieces))
        return encode(made, town.me(who), stated)

    return wire


def asked(town: Town, data: bytes, size: int = 0) -> str:
    hash = upload(town, "town", data)
    name(town, "town", hash, size or len(data))
    town.settle(2)
    want(town, "county", hash)
    town.meet("town")
    return hash


def other_bytes(manifest: dict[str, Any], pieces: list[bytes]) -> list[bytes]:
    made = [bytes(len(piece)) for piece in pieces]
    for spec, piece in zip(manifest["chunks"], made, strict=True):
        spec["hash"] = sha256(piece).hexdigest()
    return made


def false_hash(manifest: dict[str, Any], pieces: list[bytes]) -> list[bytes]:
    for spec in manifest["chunks"]:
        spec["hash"] = "0" * 64
    return pieces


def too_short(manifest: dict[str, Any], pieces: list[bytes]) -> list[bytes]:
    made = [piece[:-1] for piece in pieces]
    for spec, piece in zip(manifest["chunks"], made, strict=True):
        spec["hash"] = sha256(piece).hexdigest()
    return made


def past_the_end(manifest: dict[str, Any], pieces: list[bytes]) -> list[bytes]:
    for spec in manifest["chunks"]:
        spec["n"] += 1000
    return pieces


@pytest.mark.parametrize("change", [false_hash, too_short, past_the_end])
def test_a_false_chunk_is_not_taken_and_the_right_one_still_is(change: Change) -> None:
    town, data = ready(LINE), image(2 * CHUNK)
    hash = asked(town, data)
    town.note("town")
    town.meet("town", up=lie(town, "town", change))
    assert held(town, "county", hash) is None
    assert town.stores["county"].blob(hash, id_of("town")) is None
    assert len(town.held("county", town.chain("town"))) == len(
        town.held("town", town.chain("town"))
    )
    said = list[str]()

    def listen(body: bytes) -> bytes:
        said.extend(one["code"] for one in open_rest(peek(body).rest).manifest.results)
        return body

    town.meet("town", down=listen)
    town.meet("town", down=listen)
    assert held(town, "county", hash) == data
    assert said in ([], ["bad-chunk"])


def test_bytes_of_another_hash_are_dropped_whole_and_named() -> None:
    town, data = ready(LINE), image(2 * CHUNK)
    hash = asked(town, data)
    said = list[str]()

    def listen(body: bytes) -> bytes:
        said.extend(one["code"] for one in open_rest(peek(body).rest).manifest.results)
        return body

    town.meet("town", up=lie(town, "town", other_bytes), down=listen)
    assert said == ["bad-content"]
    assert held(town, "county", hash) is None
    assert town.stores["county"].blob(hash, id_of("town")) is None
    assert stands(town, "county", hash, "town") == ("refused", "bad-content")
    want(town, "county", hash)
    town.settle(3)
    assert held(town, "county", hash) == data


def test_more_than_was_named_is_not_taken() -> None:
    town, data = ready(LINE), image(3 * CHUNK)
    hash = asked(town, data, size=CHUNK)
    town.settle(3)
    assert stands(town, "county", hash, "town") == ("refused", "bad-content")
    assert held(town, "county", hash) is None


def test_content_of_a_kind_that_is_not_accepted_is_refused_and_named() -> None:
    town, data = ready(LINE), b"MZ\x90\x00" + bytes(5000)
    hash = sha256(data).hexdigest()
    store = town.stores["town"]
    store.put_chunk(hash, "user:u", len(data), 0, data)
    store.keep(hash, "user:u", "image/png")
    store.put_source(Source(hash, "user:u", "held", len(data), "2026-11-24T00:00:00Z"))
    name(town, "town", hash, len(data))
    town.settle(2)
    want(town, "root", hash)
    town.settle(6)
    assert stands(town, "county", hash, "town") == ("refused", "bad-type")
    assert stands(town, "root", hash, "city") == ("refused", "bad-type")


def test_chunks_that_nobody_asked_for_are_left_aside() -> None:
    town, data = ready(LINE), image(CHUNK)
    hash = upload(town, "town", data)
    name(town, "town", hash, len(data))
    town.settle(2)
    store = town.stores["town"]
    link = store.link(id_of("county"))
    assert link is not None
    link.files = ((hash, 0),)
    store.save_link(link)
    town.meet("town")
    assert town.stores["county"].blob(hash, id_of("town")) is None
    assert town.stores["county"].stored() == 0


def _ask(town: Town, who: str, peer: str, hash: str) -> Link:
    store = town.stores[peer]
    link = store.link(id_of(who))
    assert link is not None
    attachments.asked(Reach(store, town.now(), link), link, [Ask(hash, 0)])
    return link


def test_a_hash_alone_opens_nothing() -> None:
    town, data = ready(TREE), image(CHUNK)
    hash = upload(town, "city", data)
    name(town, "city", hash, len(data), f"to/{id_of('county')}")
    town.settle(3)
    link = _ask(town, "county2", "city", hash)
    assert link.files == ()
    assert [one["code"] for one in link.replies] == ["not-named"]
    assert _ask(town, "county", "city", hash).files == ((hash, 0),)


def test_who_names_what_another_holds_must_bring_the_bytes_first() -> None:
    town, data = ready(TREE), image(CHUNK)
    hash = upload(town, "city", data)
    name(town, "city", hash, len(data), f"to/{id_of('county')}")
    town.settle(3)
    name(town, "county2", hash, len(data))
    town.settle(3)
    link = _ask(town, "county2", "city", hash)
    assert link.files == ()
    assert [one["code"] for one in link.replies] == ["missing"]
    upload(town, "county2", data)
    by = next(one for one in town.stores["city"].names(hash) if one.chain[1] == id_of("county2"))
    assert not attachments.proven(town.stores["city"], by)
    seek(Reach(town.stores["city"], town.now()), by)
    town.settle(2)
    assert attachments.proven(town.stores["city"], by)
    assert _ask(town, "county2", "city", hash).files == ((hash, 0),)


def test_a_node_that_waits_is_told_when_nobody_below_has_it() -> None:
    town, data = ready(LINE), image(CHUNK)
    hash = sha256(data).hexdigest()
    name(town, "town", hash, len(data))
    town.settle(3)
    want(town, "root", hash)
    town.settle(6)
    for who, side in (("county", "town"), ("city", "county"), ("root", "city")):
        assert stands(town, who, hash, side) == ("missing", "missing"), who


def test_too_large_or_beyond_the_quota_is_said_and_nothing_is_asked() -> None:
    town, data = ready(LINE), image(CHUNK)
    hash = upload(town, "town", data)
    name(town, "town", hash, len(data))
    town.settle(3)
    town.stores["county"].policy = FilePolicy(most=100, carry=0)
    want(town, "root", hash)
    town.settle(4)
    assert stands(town, "county", hash, "town") == ("refused", "too-large")
    assert stands(town, "root", hash, "city") == ("refused", "too-large")
    town.stores["county"].policy = FilePolicy(quota=100, carry=0)
    want(town, "root", hash)
    town.settle(4)
    assert stands(town, "root", hash, "city") == ("refused", "quota")
    town.stores["county"].policy = FilePolicy(carry=0)
    want(town, "root", hash)
    town.settle(8)
    assert held(town, "root", hash) == data


def test_a_peer_that_never_answers_an_ask_has_not_got_it() -> None:
    town, data = ready(LINE), image(CHUNK)
    hash = sha256(data).hexdigest()
    name(town, "town", hash, len(data))
    town.settle(2)
    want(town, "county", hash)

    def deaf(manifest: dict[str, Any], pieces: list[bytes]) -> list[bytes]:
        manifest["results"] = []
        return pieces

    for _ in range(attachments.PATIENCE + 2):
        town.meet("town", up=lie(town, "town", deaf))
    assert stands(town, "county", hash, "town") == ("missing", "missing")
    link = town.stores["county"].link(id_of("town"))
    assert link is not None
    assert not link.seeks


def test_more_chunks_than_are_taken_refuse_the_body_before_any_is_looked_at() -> None:
    town, data = ready(LINE), image(6 * CHUNK)
    asked(town, data)
    town.limits = Limits(chunks=4)

    def twice(manifest: dict[str, Any], pieces: list[bytes]) -> list[bytes]:
        manifest["chunks"] *= 2
        return pieces * 2

    with pytest.raises(Refused, match="oversize"):
        town.meet("town", up=lie(town, "town", twice))


def test_a_body_shorter_than_its_chunks_is_malformed() -> None:
    town = ready(LINE)
    body = town.call("town", "county", "c")
    manifest = msgspec.json.decode(peek(body).rest.partition(b"\n")[0])
    spec = ChunkSpec("0" * 64, 0, CHUNK, "0" * 64)
    manifest["chunks"] = [msgspec.to_builtins(spec)]
    with pytest.raises(Refused, match="shorter than the chunks"):
        open_rest(msgspec.json.encode(manifest) + b"\n")


def test_what_has_not_the_form_of_an_attachment_names_nothing() -> None:
    town = ready(LINE)
    rows: list[Any] = [{"sha256": "x"}, 7, {"sha256": "0" * 64, "size": 0, "name": "", "type": ""}]
    for data in ({"attachments": rows}, {"attachments": {}}, {"text": '"attachments"'}):
        subject = f"assignment:{id_of('town')}:a0000001"
        town.write("town", Draft("duban.assignment.reported", subject, "up", data))
    assert town.stores["town"].named == []


def test_an_erased_event_names_nothing_any_longer() -> None:
    town, data = ready(LINE), image(CHUNK)
    hash = upload(town, "town", data)
    name(town, "town", hash, len(data))
    town.settle(2)
    store = town.stores["town"]
    chain = town.chain("town")
    event = store.journal[chain][-1]
    store.journal[chain][-1] = msgspec.structs.replace(event, payload_line=None)
    link = _ask(town, "county", "town", hash)
    assert [one["code"] for one in link.replies] == ["not-named"]


def test_over_ferry_the_same_asks_and_chunks_go_into_the_file() -> None:
    town, data = ready(LINE), image(7 * CHUNK + 1)
    for who, peer in (("town", "county"), ("county", "town")):
        link = town.stores[who].link(id_of(peer))
        assert link is not None
        link.kind = "ferry"
        town.stores[who].save_link(link)
    hash = upload(town, "town", data)
    name(town, "town", hash, len(data))

    def carry(low: str, high: str) -> int:
        store, other = town.stores[low], town.stores[high]
        bodies = exchange.load(store, town.me(low), id_of(high), town.now(), town.limits)
        for body in bodies:
            exchange.unload(other, town.me(high), peek(body), town.now(), town.limits)
        return len(bodies)

    carry("town", "county")
    want(town, "county", hash)
    carry("county", "town")
    assert carry("town", "county") >= 2
    assert held(town, "county", hash) == data
