"""A small domain for tests: root; city and city2; county below city; town below county; dept.

Events are made as a roster hears them; `Book` makes the lines and seals of a real `all` stream.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from federation import dsse
from federation.consents import make_consent
from federation.genesis import make_genesis, open_genesis
from federation.ids import epoch_id, member_id, node_id
from federation.keys import SigningKey
from federation.lineage import Proven
from federation.roster import Roster, RosterEvent
from schemas import membership as m
from schemas.documents import Envelope
from schemas.header import DATASCHEMA, NO_HEAD
from schemas.shapes import read_object
from schemas.strict import dump

AT = "2026-11-24T05:03:28Z"
LATER = "2026-12-01T05:03:28Z"
TREE = {
    "city": "root",
    "city2": "root",
    "dept": "root",
    "county": "city",
    "county2": "city2",
    "town": "county",
}
Json = dict[str, Any]


def key_of(name: str, counter: int = 1) -> SigningKey:
    return SigningKey.from_seed(hashlib.sha256(f"{name}/{counter}".encode()).digest())


def id_of(name: str) -> str:
    return node_id(key_of(name).public.raw)


def epoch_of(name: str, counter: int = 1) -> str:
    return epoch_id(counter, hashlib.sha256(name.encode()).digest()[:4])


def head(number: int, stream: str = "up", name: str = "town", counter: int = 1) -> Json:
    epoch = epoch_of(name, counter)
    return {"epoch": epoch, "stream": stream, "seq": number, "head": f"{number:064x}"}


OFFLINE = [key_of(f"offline{number}") for number in (1, 2, 3)]
GENESIS_ENVELOPE = make_genesis(
    "gov", "示例省", key_of("root"), epoch_of("root"), [k.public for k in OFFLINE], 2, AT
)
GENESIS = open_genesis(GENESIS_ENVELOPE)
DOMAIN = GENESIS.domain
_counter = iter(range(10**6))


def join_of(name: str, parent: str, **other: Any) -> Json:
    stated = {
        "v": 1,
        "domain": DOMAIN,
        "node": id_of(name),
        "parent": id_of(parent),
        "epoch": epoch_of(name),
        "key": key_of(name).public.record,
        "nonce": "nonce0001",
        "address": None,
        "poll": True,
        "at": AT,
    }
    return dsse.envelope("join", dump(stated | other), [key_of(name)])


def admitted(name: str, parent: str, /, **other: Any) -> Json:
    return {
        "node": id_of(name),
        "name": f"示例{name}",
        "level": "city",
        "code": None,
        "custody": "own",
        "address": None,
        "poll": True,
        "epoch": epoch_of(name),
        "key": key_of(name).public.record,
        "join": join_of(name, parent),
    } | other


def event(writer: str, kind: str, data: Mapping[str, Any], **other: Any) -> RosterEvent:
    """One event by `writer` (a name), about the member that its data names."""
    node = data.get("node") or data.get("over") or data.get("origin") or id_of(writer)
    number = next(_counter)
    made = {
        "head": hashlib.sha256(f"event {number}".encode()).hexdigest(),
        "writer": id_of(writer),
        "stream": "all",
        "epoch": epoch_of(writer),
        "seq": number + 2,
        "type": kind,
        "subject": member_id(node),
        "data": data,
    }
    return RosterEvent(**(made | other))


def admission(name: str, parent: str | None = None, /, **other: Any) -> RosterEvent:
    parent = parent or TREE[name]
    return event(parent, m.ADMITTED, admitted(name, parent, **other))


def grown(*names: str, **tables: Any) -> Roster:
    """The domain with these members, by default with all of them; then judged by `tables`."""
    full = Roster(GENESIS)
    for name in names or TREE:
        full.apply(admission(name))
    roster = Roster(GENESIS, **tables)
    roster._members, roster._children = full._members, full._children
    return roster


def consent(
    act: str, node: str, by: str, detail: Mapping[str, Any], key: SigningKey | None = None
) -> Json:
    """A consent by the node with the name `by`, or by "recovery"."""
    signer = by if by == "recovery" else id_of(by)
    return make_consent(DOMAIN, act, id_of(node), signer, detail, key or key_of(by))


def agreed(act: str, node: str, detail: Mapping[str, Any], signers: Iterable[str]) -> Json:
    """`detail` with the consents of `signers`: names, "name/epoch", or "offline1"."""
    made = []
    for signer in signers:
        name, _, counter = signer.partition("/")
        by = "recovery" if name.startswith("offline") else name
        made.append(consent(act, node, by, detail, key_of(name, int(counter or 1))))
    return {**detail, "consents": made}


def rotation(name: str, old: int, new: int, **other: Any) -> Json:
    """The envelope by which `name` hands over from epoch `old` to `new`."""
    stated = {
        "v": 1,
        "domain": DOMAIN,
        "node": id_of(name),
        "from": epoch_of(name, old),
        "to": epoch_of(name, new),
        "key": key_of(name, new).public.record,
    }
    keys = [key_of(name, old), key_of(name, new)]
    return dsse.envelope("rotation", dump(stated | other), keys)


class Book:
    """The `all` stream of one node in one epoch: lines as they travel."""

    def __init__(self, name: str, counter: int = 1, domain: str = DOMAIN) -> None:
        self.name, self.counter, self.domain = name, counter, domain
        self.lines: list[tuple[bytes, bytes]] = []
        self.head = NO_HEAD

    def write(self, kind: str, data: Mapping[str, Any], **other: Any) -> None:
        node = data.get("node") or data.get("over") or data.get("origin") or id_of(self.name)
        payload = dump({"salt": f"{len(self.lines):032x}", "data": data})
        epoch, seq = epoch_of(self.name, self.counter), len(self.lines) + 1
        header = dump(
            {
                "specversion": "1.0",
                "id": f"{epoch}/all/{seq}",
                "source": id_of(self.name),
                "type": kind,
                "subject": member_id(node),
                "time": AT,
                "dataschema": DATASCHEMA,
                "domain": self.domain,
                "epoch": epoch,
                "stream": "all",
                "seq": seq,
                "prev": self.head,
                "datahash": hashlib.sha256(payload).hexdigest(),
            }
            | other
        )
        self.head = hashlib.sha256(header).hexdigest()
        self.lines.append((header, payload))

    def opened(self, **other: Any) -> "Book":
        self.write(m.OPENED, {"cause": "birth", "last": None} | other)
        return self

    def seal(self, key: SigningKey | None = None, **other: Any) -> Envelope:
        stated = {
            "v": 1,
            "domain": self.domain,
            "origin": id_of(self.name),
            "epoch": epoch_of(self.name, self.counter),
            "stream": "all",
            "seq": len(self.lines),
            "head": self.head,
            "at": AT,
            "next_by": LATER,
        }
        signer = key or key_of(self.name, self.counter)
        made = dsse.envelope("seal", dump(stated | other), [signer])
        return read_object(made, Envelope, "seal")

    def proven(self, seq: int, seal: Envelope | None = None) -> Proven:
        header, payload = self.lines[seq - 1]
        later = tuple(line for line, _ in self.lines[seq:])
        return Proven(header, payload, later, seal or self.seal())


def steps_to_town() -> list[Proven]:
    """The proven admissions of city, county and town."""
    found = []
    for name in ("city", "county", "town"):
        book = Book(TREE[name]).opened()
        book.write(m.ADMITTED, admitted(name, TREE[name]))
        found.append(book.proven(2))
    return found
