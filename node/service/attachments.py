"""Attachments for people: put in piece by piece, named by a report, pulled when wanted, read.

Decides who of this node may read one: whoever uploaded it, and everybody once an event that the
node holds names it and its bytes came from the side that named it. What travels between nodes is
decided in sync/attachments.py. Follows docs/spec/11-attachments.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from node.domain.commands import Actor, DomainRefused
from node.service.host import Host
from node.service.place import Place
from node.storage.files import CARRY, MOST, QUOTA
from node.storage.hosts import put_setting
from node.storage.store import SqlStore
from schemas.media import require_ending
from schemas.refusals import Refused
from sync import attachments as rules
from sync.attachments import CHUNK, HELD, LOCAL, MISSING, REFUSED, WANTED
from sync.me import Me
from sync.ports import FilePolicy, Named, Source

_HASH: Final = re.compile(r"[0-9a-f]{64}\Z")
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f/\\]{1,255}\Z")
MOST_UPLOADS: Final = 100


def create(host: Host, place: Place, actor: Actor, form: Mapping[str, Any]) -> dict[str, Any]:
    """Declare an upload: `sha256`, `size` in bytes, `name`. Declaring it again resumes it.

    Raises DomainRefused `bad-input`; Refused `too-large`, `quota`.
    """
    hash, size, name = _declared(form)

    def work(store: SqlStore, _: Me) -> dict[str, Any]:
        mine = store.source(hash, LOCAL + actor.user)
        if mine is not None and mine.size != size:
            raise DomainRefused("bad-input", f"{mine.size} bytes were declared", "the same", "size")
        if mine is None:
            policy = store.file_policy()
            if size > policy.most:
                raise Refused("too-large", f"{size} bytes, at most {policy.most} are accepted")
            if store.stored() + size > policy.quota:
                raise Refused("quota", f"{policy.quota} bytes are kept for this node, and no more")
        kept = HELD if mine is not None and mine.state == HELD else WANTED
        store.put_source(Source(hash, LOCAL + actor.user, kept, size, host.now().wire, name=name))
        return _upload(store, actor, hash)

    return host.write(place, work)


def _declared(form: Mapping[str, Any]) -> tuple[str, int, str]:
    hash, size, name = form.get("sha256"), form.get("size"), form.get("name")
    if not isinstance(hash, str) or not _HASH.match(hash):
        raise DomainRefused("bad-input", "sha256", "64 digits of [0-9a-f]", "sha256")
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise DomainRefused("bad-input", f"size {size!r}", "bytes, at least 1", "size")
    if not isinstance(name, str) or not _NAME.match(name):
        accepted = "1 to 255 characters, without / and \\"
        raise DomainRefused("bad-input", "a file name is needed", accepted, "name")
    return hash, size, name


def _mine(store: SqlStore, actor: Actor, hash: str) -> Source:
    found = store.source(hash, LOCAL + actor.user)
    if found is None:
        raise DomainRefused("not-found", f"{actor.user} declared no upload {hash}")
    return found


def _upload(store: SqlStore, actor: Actor, hash: str) -> dict[str, Any]:
    mine = _mine(store, actor, hash)
    staged = store.blob(hash, mine.source)
    total = rules.count(mine.size)
    taken = total if mine.state == HELD else staged.received if staged is not None else 0
    told = {"sha256": hash, "size": mine.size, "name": mine.name, "state": mine.state}
    kept = store.blob(hash) if mine.state == HELD else None
    return told | {
        "type": kept.type if kept is not None else None,
        "chunk": CHUNK,
        "chunks": total,
        "next": taken,
    }


def put(
    host: Host, place: Place, actor: Actor, hash: str, n: int, data: bytes, digest: bytes
) -> dict[str, Any]:
    """Take chunk `n` of a declared upload; `digest`: the SHA-256 of its bytes.

    One that was taken already changes nothing. Raises Refused `bad-chunk`, with what was expected.
    """

    def work(store: SqlStore, _: Me) -> dict[str, Any]:
        mine = _mine(store, actor, hash)
        now = _upload(store, actor, hash)
        due = min(CHUNK, mine.size - n * CHUNK)
        if sha256(data).digest() != digest:
            raise Refused("bad-chunk", "the bytes are not those of the digest", expected={"n": n})
        if n > now["next"]:
            detail = f"chunk {n}, but {now['next']} is the next"
            raise Refused("bad-chunk", detail, expected={"n": now["next"]})
        if len(data) != due:
            raise Refused("bad-chunk", f"{len(data)} bytes, {max(due, 0)} are due in chunk {n}")
        if n == now["next"] and mine.state == WANTED:
            store.put_chunk(hash, mine.source, mine.size, n, data)
        return _upload(store, actor, hash)

    return host.write(place, work)


def complete(host: Host, place: Place, actor: Actor, hash: str) -> dict[str, Any]:
    """Check the whole and keep it. Raises Refused `bad-chunk` (parts missing), `bad-content`,
    `bad-type`; the last two drop what was put in."""

    def work(store: SqlStore, _: Me) -> tuple[dict[str, Any], Refused | None]:
        mine, now = _mine(store, actor, hash), _upload(store, actor, hash)
        if mine.state == HELD:
            return now, None
        if now["next"] < now["chunks"]:
            detail = f"{now['next']} of {now['chunks']} chunks have come"
            raise Refused("bad-chunk", detail, expected={"n": now["next"]})
        try:
            require_ending(mine.name, rules.finish(store, mine))
        except Refused as refusal:
            forget(store, mine)
            return {}, refusal
        mine.since = host.now().wire
        store.put_source(mine)
        rules.arrived(rules.Reach(store, host.now()), hash)
        return _upload(store, actor, hash), None

    told, refused = host.write(place, work)
    if refused is not None:
        raise refused
    return told


def uploads(host: Host, place: Place, actor: Actor) -> list[dict[str, Any]]:
    """The actor's own uploads, kept and under way."""

    def look(store: SqlStore) -> list[dict[str, Any]]:
        source = LOCAL + actor.user
        found = [
            one
            for state in (WANTED, HELD)
            for one in store.sources_from(source, state, MOST_UPLOADS)
        ]
        return [_upload(store, actor, one.sha256) for one in found]

    return host.read(place, look)


def remove(host: Host, place: Place, actor: Actor, hash: str) -> None:
    """Forget an upload that no event names. Raises DomainRefused `conflict` when one does."""

    def work(store: SqlStore, _: Me) -> None:
        mine = _mine(store, actor, hash)
        if store.names(hash):
            raise DomainRefused("conflict", "an event names it: it stays")
        forget(store, mine)

    host.write(place, work)


def forget(store: SqlStore, upload: Source) -> None:
    """An upload is given up; its bytes go unless this node has them for somebody else too."""
    store.drop(upload.sha256, upload.source)
    store.forget_source(upload.sha256, upload.source)
    if not store.used(upload.sha256):
        store.drop(upload.sha256)


# what events name


def _names_of(store: SqlStore, hash: str) -> list[Named]:
    return [one for one in store.names(hash) if one.chain[0] == store.domain]


def readable(store: SqlStore, actor: Actor, hash: str) -> bool:
    """Whether the bytes are here and the actor may read them."""
    mine = store.source(hash, LOCAL + actor.user)
    if store.blob(hash) is None:
        return False
    if mine is not None and mine.state == HELD:
        return True
    return any(rules.proven(store, one) for one in _names_of(store, hash))


def require(store: SqlStore, actor: Actor, rows: Any) -> None:
    """Let a report name only what its writer has uploaded or may read, as it is.

    Raises DomainRefused `bad-input`, naming the member.
    """
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        where = f"attachments[{number}]"
        hash = row.get("sha256") if isinstance(row, dict) else None
        if not isinstance(hash, str) or not _HASH.match(hash) or not readable(store, actor, hash):
            accepted = "an attachment uploaded before: POST /api/v1/attachments"
            raise DomainRefused("bad-input", "it is not held here", accepted, f"{where}.sha256")
        kept = store.blob(hash)
        for member in ("size", "type") if kept is not None else ():
            if row.get(member) != getattr(kept, member):
                accepted = str(getattr(kept, member))
                raise DomainRefused("bad-input", "it is otherwise", accepted, f"{where}.{member}")
        try:
            require_ending(str(row.get("name")), kept.type if kept is not None else "")
        except Refused as refused:
            raise DomainRefused("bad-input", refused.detail, "", f"{where}.name") from None


def settle(host: Host, store: SqlStore) -> None:
    """At the end of a command's transaction: what policy carries at once is due to peers."""
    rules.settle(rules.Reach(store, host.now()))


def about(host: Host, place: Place, subject: str) -> list[dict[str, Any]]:
    """What the events about one object name, each with how it stands."""

    def look(store: SqlStore) -> list[dict[str, Any]]:
        seen = dict[str, Named]()
        for one in store.names_about(subject):
            seen.setdefault(one.sha256, one)
        return [_standing(store, [one]) for one in seen.values()]

    return host.read(place, look)


def standing(host: Host, place: Place, actor: Actor, hash: str) -> dict[str, Any]:
    """How it stands with one attachment: named, wanted, held, missing or refused.

    Raises DomainRefused `not-found` when no event held here names it and the actor has no upload.
    """

    def look(store: SqlStore) -> dict[str, Any]:
        found = _names_of(store, hash)
        if found:
            return _standing(store, found)
        return _upload(store, actor, hash)

    return host.read(place, look)


_RANK: Final = (HELD, WANTED, MISSING, REFUSED)


def _standing(store: SqlStore, names: Sequence[Named]) -> dict[str, Any]:
    hash, first = names[0].sha256, names[0]
    told = {"sha256": hash, "size": first.size, "name": first.name, "stated_type": first.type}
    kept = store.blob(hash)
    if kept is not None and any(rules.proven(store, one) for one in names):
        return told | {"state": HELD, "type": kept.type, "received": kept.size}
    sides = {rules.giver(store, one.chain[1]) for one in names}
    found = [one for one in store.sources(hash) if one.source in sides and one.state != HELD]
    if not found:
        state = MISSING if sides == {""} else "named"
        return told | {"state": state, "type": None, "received": 0, "reason": "", "since": None}
    best = min(found, key=lambda one: _RANK.index(one.state))
    staged = store.blob(hash, best.source)
    received = min(staged.received * CHUNK, staged.size) if staged is not None else 0
    more = {"since": best.since, "reason": best.reason, "from": best.source}
    return told | {"state": best.state, "type": None, "received": received} | more


def fetch(host: Host, place: Place, actor: Actor, hash: str) -> dict[str, Any]:
    """Want it from the side that named it, also after it was missing or refused.

    Raises DomainRefused `not-found`; Refused `missing` when only this node could have it.
    """

    def work(store: SqlStore, _: Me) -> dict[str, Any]:
        names = _names_of(store, hash)
        if not names:
            raise DomainRefused("not-found", f"no event held here names {hash}")
        if readable(store, actor, hash):
            return _standing(store, names)
        reach = rules.Reach(store, host.now())
        sought = [rules.seek(reach, one) for one in names]
        if not any(sought):
            raise Refused("missing", "it was named here, and nobody uploaded it here")
        return _standing(store, names)

    return host.write(place, work)


def content(
    host: Host, place: Place, actor: Actor, hash: str, first: int, last: int
) -> Iterator[bytes]:
    """The bytes `first` to `last`, chunk by chunk; who may read them was asked before."""
    for n in range(first // CHUNK, last // CHUNK + 1):
        data = host.read(place, lambda store, n=n: store.chunk(hash, n))  # type: ignore[misc]
        if data is None:
            return
        start = n * CHUNK
        yield data[max(first - start, 0) : last + 1 - start]


def opened(host: Host, place: Place, actor: Actor, hash: str) -> dict[str, Any]:
    """What is needed in order to send it: `size`, `type`, `name`.

    Raises DomainRefused `not-found`; Refused `missing` (with how it stands) when it is not here.
    """

    def look(store: SqlStore) -> dict[str, Any]:
        names, mine = _names_of(store, hash), store.source(hash, LOCAL + actor.user)
        if not names and mine is None:
            raise DomainRefused("not-found", f"no event held here names {hash}")
        kept = store.blob(hash)
        if kept is None or not readable(store, actor, hash):
            how = _standing(store, names) if names else _upload(store, actor, hash)
            raise Refused("missing", f"it is not here: {how['state']}", standing=how)
        name = names[0].name if names else mine.name if mine is not None else ""
        return {"size": kept.size, "type": kept.type, "name": name}

    return host.read(place, look)


# policy and tidying


def set_policy(host: Host, place: Place, given: Mapping[str, int | None]) -> FilePolicy:
    """Set `most`, `quota`, `carry` (bytes) of a node, those that are given; return all."""

    def work(store: SqlStore, _: Me) -> FilePolicy:
        for word, name in (("most", MOST), ("quota", QUOTA), ("carry", CARRY)):
            value = given.get(word)
            if value is not None and value < 0:
                raise DomainRefused("bad-input", f"{word} {value}", "bytes, 0 or more", word)
            if value is not None:
                put_setting(store.connection, name, str(value), store.tenant)
        return store.file_policy()

    return host.write(place, work)
