"""Uploads that nobody needs go by themselves; what an event names, or anybody else has, stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import text

from node.domain.commands import Actor, DomainRefused
from node.service import attachments, enrol
from node.service.place import Place
from node.service.tidying import tidy
from node.service.verify import verify
from node.storage.hosts import load_key
from node.worker import Worker
from sync.attachments import CHUNK
from tests.support.forms import DEPLOY, DONE
from tests.support.onehost import OneHost

WEEK = timedelta(days=7, minutes=1)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def one(tmp_path: Path, database_url: str) -> Iterator[OneHost]:
    made = OneHost(tmp_path, database_url, {"province": None, "city": "province"})
    yield made
    made.close()


def upload(one: OneHost, place: Place, actor: Actor, data: bytes, chunks: int | None = None) -> str:
    """Put a picture in, or its first `chunks` only."""
    hash = sha256(data).hexdigest()
    form = {"sha256": hash, "size": len(data), "name": "a.png"}
    told = attachments.create(one.host, place, actor, form)
    for n in range(told["chunks"] if chunks is None else chunks):
        piece = data[n * CHUNK : (n + 1) * CHUNK]
        attachments.put(one.host, place, actor, hash, n, piece, sha256(piece).digest())
    if chunks is None:
        attachments.complete(one.host, place, actor, hash)
    return hash


def state(one: OneHost, place: Place, actor: Actor, hash: str) -> str:
    """How an upload stands, in a word."""
    try:
        return str(attachments.standing(one.host, place, actor, hash)["state"])
    except DomainRefused as refused:
        return refused.code


def reported(one: OneHost, hash: str, size: int) -> None:
    """The city names an attachment in a report."""
    id = one.given("province", "city")
    row = {"sha256": hash, "size": size, "name": "a.png", "type": "image/png"}
    one.do("city", "assignment.sign", id)
    one.do("city", "assignment.deploy", id, DEPLOY)
    one.do("city", "assignment.report", id, DONE | {"attachments": [row]})


def test_what_no_event_names_goes_after_a_week_and_no_sooner(one: OneHost) -> None:
    city, head = one.places["city"], one.actor("city", "head")
    whole = upload(one, city, head, PNG + bytes(10))
    begun = upload(one, city, head, PNG + bytes(2 * CHUNK), chunks=1)
    named = upload(one, city, head, PNG + bytes(20))
    reported(one, named, len(PNG) + 20)
    assert tidy(one.host) == 0
    stored = one.host.read(city, lambda store: store.stored())
    one.ahead += WEEK
    later = upload(one, city, head, PNG + bytes(30))
    Worker(one.host).once()
    told = {hash: state(one, city, head, hash) for hash in (whole, begun, named, later)}
    assert told == {whole: "not-found", begun: "not-found", named: "held", later: "held"}
    freed = 10 + 2 * CHUNK + 2 * len(PNG)
    assert one.host.read(city, lambda store: store.stored()) == stored - freed + 30 + len(PNG)
    assert verify(one.host).findings == []


def test_what_another_domain_of_the_node_names_stays(one: OneHost) -> None:
    city, head = one.places["city"], one.actor("city", "head")
    data = PNG + bytes(40)
    hash = upload(one, city, head, data)
    reported(one, hash, len(data))
    with one.host.database.read() as connection:
        key = load_key(connection, city.tenant, city.membership.keyid, one.host.vault)
    party, _ = enrol.found(one.host, city.tenant, key, "party", "某市")
    other = one.host.place(city.tenant.node, party)
    upload(one, other, head, data)
    attachments.remove(one.host, other, head, hash)
    assert state(one, city, head, hash) == "held"
    assert b"".join(attachments.content(one.host, city, head, hash, 0, len(data) - 1)) == data


def test_bytes_that_are_not_those_named_are_found(one: OneHost) -> None:
    city, head = one.places["city"], one.actor("city", "head")
    hash = upload(one, city, head, PNG + bytes(50))
    assert verify(one.host).attachments == 1
    assert verify(one.host).findings == []
    spoil = text("UPDATE blob_chunks SET data = :data")
    one.host.database.write(lambda live: live.execute(spoil, {"data": PNG + b"other"}))
    found = verify(one.host).findings
    assert [(each.node, each.where) for each in found] == [(one.node("city"), f"attachment {hash}")]
    assert "13 bytes in 1 chunks" in found[0].what
