"""The example of docs/spec/: a root, a city and a town, made from fixed seeds.

Decides nothing; builds the same bytes each time, with the tiny client's primitives alone. Its
seeds are public and good for nothing else.
"""

import copy
import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tiny_wire import ZEROS, Obj, b32, dumps, key_record, node_id, sha, sign

AT, NEXT_BY = "2026-11-24T05:03:28Z", "2026-11-25T05:03:28Z"
NAMES = {"root": "示例省政府办公厅", "city": "示例市政府", "town": "示例乡政府"}
LEVELS = {"root": "province", "city": "city", "town": "township"}
SEEDS = {
    name: hashlib.sha256(f"duban example {name}".encode()).digest()
    for name in ("root", "city", "town", "town2", "recovery1", "recovery2", "recovery3")
}
KEYS = {name: Ed25519PrivateKey.from_private_bytes(seed) for name, seed in SEEDS.items()}
PUB = {name: key_record(key) for name, key in KEYS.items()}
ID = {name: node_id(PUB[name]) for name in NAMES}
EPOCH = {name: f"1-{sha(name.encode())[:8]}" for name in NAMES}
LINK, MATTER, ISSUED = (
    "1-5eed0001",
    f"matter:{ID['root']}:m0000001",
    f"assignment:{ID['root']}:a0000001",
)


class Book:
    """One stream of one node, written event by event with predictable salts."""

    def __init__(self, who: str, domain: str, stream: str, epoch: str = "", key: str = "") -> None:
        self.who, self.domain, self.stream = who, domain, stream
        self.epoch, self.key = epoch or EPOCH[who], key or who
        self.headers: list[str] = []
        self.payloads: list[str] = []

    def write(self, kind: str, subject: str, data: Obj, *re: str) -> str:
        """Append one event; its head."""
        seq = len(self.headers) + 1
        salt = sha(f"{self.who} {self.epoch} {self.stream} {seq}".encode())[:32]
        payload = dumps({"salt": salt, "data": data})
        header: Obj = {
            "specversion": "1.0",
            "id": f"{self.epoch}/{self.stream}/{seq}",
            "source": ID[self.who],
            "type": kind,
            "subject": subject,
            "time": AT,
            "dataschema": "urn:duban:1",
            "domain": self.domain,
            "epoch": self.epoch,
            "stream": self.stream,
            "seq": seq,
            "prev": self.head,
        }
        if re:
            header["re"] = " ".join(re)
        header["datahash"] = sha(payload)
        self.headers.append(dumps(header).decode())
        self.payloads.append(payload.decode())
        return self.head

    @property
    def head(self) -> str:
        """The head so far, 64 zeros for none."""
        return sha(self.headers[-1].encode()) if self.headers else ZEROS

    def opened(self, cause: str = "birth", last: Obj | None = None, **more: Any) -> None:
        """Write event 1."""
        data = {"cause": cause, "last": last, **more}
        self.write("duban.stream.opened", f"member:{ID[self.who]}", data)

    def seal(self, seq: int = 0, **changes: Any) -> Obj:
        """A seal at `seq` (the end when 0), any member changed for a bad one."""
        seq = seq or len(self.headers)
        payload = {
            "v": 1,
            "domain": self.domain,
            "origin": ID[self.who],
            "epoch": self.epoch,
            "stream": self.stream,
            "seq": seq,
            "head": sha(self.headers[seq - 1].encode()),
            "at": AT,
            "next_by": NEXT_BY,
        }
        return sign("seal", payload | changes, KEYS[self.key])

    def run(self, first: int = 1) -> Obj:
        """The manifest's entry for everything from `first` on."""
        return {
            "origin": ID[self.who],
            "epoch": self.epoch,
            "stream": self.stream,
            "first": first,
            "count": len(self.headers) - first + 1,
        }

    def lines(self, first: int = 1) -> list[str]:
        """Header and payload lines, alternating, from `first` on."""
        pairs = zip(self.headers[first - 1 :], self.payloads[first - 1 :], strict=True)
        return [line for pair in pairs for line in pair]

    def proven(self, seq: int) -> Obj:
        """A proven event, sealed at the end of the stream."""
        return {
            "header": self.headers[seq - 1],
            "payload": self.payloads[seq - 1],
            "headers": self.headers[seq:],
            "seal": self.seal(),
        }


def found() -> tuple[Obj, str]:
    """The example domain: its genesis and its id."""
    payload = {
        "v": 1,
        "name": "gov",
        "title": "示例省政府督办系统",
        "root": ID["root"],
        "epoch": EPOCH["root"],
        "key": PUB["root"],
        "recovery": {"k": 2, "keys": [PUB[f"recovery{n}"] for n in (1, 2, 3)]},
        "at": AT,
    }
    return sign("genesis", payload, KEYS["root"]), f"gov@{b32(dumps(payload))}"


GENESIS, DOMAIN = found()


def enrol(child: str, parent: str, book: Book, lineage: Obj) -> Obj:
    """Request, invitation, join and the parent's `admitted`; the answer's lineage grows."""
    name, level = NAMES[child], LEVELS[child]
    about = {"name": name, "level": level, "code": None}
    request = {"v": 1, "node": ID[child], "key": PUB[child], **about, "at": AT, "nonce": "r0000001"}
    invitation = {
        "v": 1,
        "domain": DOMAIN,
        "parent": ID[parent],
        "epoch": EPOCH[parent],
        "node": ID[child],
        "key": PUB[child],
        **about,
        "address": "http://127.0.0.1:8601/exchange/v1",
        "custody": "own",
        "request": sha(dumps(request)),
        "nonce": f"invite{child}01",
        "at": AT,
        "expires": "2026-12-01T05:03:28Z",
        "lineage": copy.deepcopy(lineage),
    }
    join = {
        "v": 1,
        "domain": DOMAIN,
        "node": ID[child],
        "parent": ID[parent],
        "epoch": EPOCH[child],
        "key": PUB[child],
        "nonce": invitation["nonce"],
        "address": None,
        "poll": True,
        "at": AT,
    }
    proof = sign("join", join, KEYS[child])
    admitted = {
        "node": ID[child],
        **about,
        "custody": "own",
        "address": None,
        "poll": True,
        "epoch": EPOCH[child],
        "key": PUB[child],
        "join": proof,
    }
    book.write("duban.member.admitted", f"member:{ID[child]}", admitted)
    lineage["steps"].append(book.proven(len(book.headers)))
    return {
        "request": sign("join-request", request, KEYS[child]),
        "body": {"invitation": sign("invitation", invitation, KEYS[parent]), "join": proof},
        "answer": {"admitted": True, "lineage": copy.deepcopy(lineage), "link": LINK},
    }


def body(signer: str, to: str, manifest: Obj, lines: list[str], **more: Any) -> str:
    """One exchange body."""
    rest = b"".join(line + b"\n" for line in (dumps(manifest), *(x.encode() for x in lines)))
    payload = {
        "v": 1,
        "from": ID[signer],
        "to": ID[to],
        "domain": DOMAIN,
        "epoch": EPOCH[signer],
        "link": LINK,
        "challenge": None,
        "counter": 1,
        "fence": 1,
        "body": sha(rest),
    }
    return (dumps(sign("exchange", payload | more, KEYS[signer])) + b"\n" + rest).decode()


def hello(challenge: str) -> Obj:
    """A hello with the default limits."""
    limits = {"events": 500, "bytes": 4194304}
    return {"version": 1, "min": 1, "limits": limits, "challenge": challenge, "poll": 30}


def manifest(challenge: str | None, cursor: tuple[int, int, int], **more: Any) -> Obj:
    """A manifest with empty lists where nothing is said."""
    told = dict(zip(("ack", "from", "through"), cursor, strict=True))
    lists: Obj = {name: [] for name in LISTS}
    return {"hello": hello(challenge or ""), "cursor": told, **lists, **more}


BY = {"user": "u1", "role": "registrar"}
ISSUE = {
    "matter": MATTER,
    "no": "示督〔2026〕1号",
    "title": "打通示例路断头段",
    "board": "daily",
    "grade": "general",
    "content": "示例路东段300米未贯通,11月底前通车。",
    "indicators": [{"name": "贯通里程", "unit": "米", "target": "300"}],
    "kind": "lead",
    "parent": None,
    "assignee": ID["city"],
    "lead": None,
    "cohandlers": [],
    "t0": AT,
    "due": {
        "k1": "2026-11-25T16:00:00Z",
        "k3": "2026-11-27T16:00:00Z",
        "k7": "2026-12-01T16:00:00Z",
    },
    "policy": "default/1",
    "calendar": "cn/2026.1",
    "by": BY,
}
LISTS = ("runs", "seals", "lineage", "receipts", "wants", "results", "idle")
HANDLER = {"user": "u2", "role": "handler"}


def main_job() -> Obj:
    """The root issues one assignment, the city signs, deploys and reports; all the streams."""
    books = {
        "all": Book("root", DOMAIN, "all"),
        "to": Book("root", DOMAIN, f"to/{ID['city']}"),
        "up": Book("city", DOMAIN, "up"),
        "cityall": Book("city", DOMAIN, "all"),
    }
    for book in books.values():
        book.opened()
    lineage: Obj = {"genesis": GENESIS, "steps": []}
    joins = {"city": enrol("city", "root", books["all"], lineage)}
    joins["town"] = enrol("town", "city", books["cityall"], lineage)
    issued = books["to"].write("duban.assignment.issued", ISSUED, ISSUE)
    up = books["up"]
    up.write("duban.assignment.signed", ISSUED, {"by": HANDLER}, issued)
    deployed = {
        "leader": "张三",
        "responsible": "李四",
        "contact": {"name": "王五", "phone": "0351-0000000"},
        "measures": "周内清障,月底前铺通。",
        "by": HANDLER,
    }
    up.write("duban.assignment.deployed", ISSUED, deployed, issued)
    report = {
        "text": "清障完成,路基已铺180米。",
        "indicators": [{"name": "贯通里程", "value": "180"}],
        "attachments": [],
        "by": HANDLER,
    }
    up.write("duban.assignment.reported", ISSUED, report, issued)
    return {"books": books, "joins": joins, "lineage": lineage}


def receipt(signer: str, book: Book, counter: int) -> Obj:
    """Everything held and applied."""
    n = len(book.headers)
    stream = {"epoch": book.epoch, "stream": book.stream, "seq": n, "head": book.head}
    stream |= {"applied": n, "parked": 0, "quarantined": 0}
    payload = {
        "v": 1,
        "domain": DOMAIN,
        "by": ID[signer],
        "epoch": EPOCH[signer],
        "counter": counter,
        "origin": ID[book.who],
        "at": AT,
        "time": AT,
        "streams": [stream],
    }
    return sign("receipt", payload, KEYS[signer])
