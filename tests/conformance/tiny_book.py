"""What a tiny client knows and writes: its key, its streams, its assignments.

Decides: the next event of its own, what its assignments' states are, and the receipt for what it
read (docs/spec 02, 03, 07, 10). Never talks to anybody; one JSON file holds everything.
"""

import json
import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tiny_wire import (
    ZEROS,
    Lineage,
    Obj,
    RefusedError,
    dumps,
    key_record,
    loads,
    need,
    node_id,
    peek,
    sha,
    sign,
    verify,
)

KNOWN = tuple(f"duban.{kind}." for kind in ("stream", "member", "epoch", "fork", "payload"))
MINE = {
    "signed": "SIGNED",
    "deployed": "DOING",
    "reported": "DOING",
    "clearance_applied": "CLOSE_REQ",
}
THEIRS = {"granted": "CLOSED", "struck": "CLOSED", "cancelled": "CANCELLED", "returned": "DOING"}


def wire(days: int = 0) -> str:
    """The wire clock now, or days from now."""
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def count(epoch: str) -> int:
    """The counter of an epoch."""
    return int(epoch.split("-")[0])


class TinyBook:
    """One node in one domain; `state` is everything it knows, kept at `path`."""

    def __init__(self, path: Path, state: Obj) -> None:
        self.path, self.state = path, state
        self.key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(state["seed"]))
        self.node = node_id(key_record(self.key))
        self.lineage = self.believe(state["lineage"]) if state.get("lineage") else None
        for envelope in state["rotations"]:
            self.known().rotate(envelope)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Go on with a stored client."""
        return cls(path, json.loads(path.read_text(encoding="utf-8")))

    @classmethod
    def new(cls, path: Path, name: str, level: str) -> Self:
        """A new key and a join request for it."""
        key = Ed25519PrivateKey.generate()
        record = key_record(key)
        request = {"v": 1, "node": node_id(record), "key": record, "name": name, "level": level}
        request |= {"code": None, "at": wire(), "nonce": secrets.token_hex(8)}
        state: Obj = {"seed": key.private_bytes_raw().hex(), "counter": 0, "challenge": None}
        state |= {"request": sign("join-request", request, key), "books": {}, "spool": []}
        state |= {"acked": 0, "ack": 0, "held": {}, "receipts": {}, "peer_counter": 0}
        state |= {"wanted": [], "results": [], "wants": [], "events": {}, "owed": []}
        state |= {"rotations": []}
        client = cls(path, state)
        client.save()
        return client

    def save(self) -> None:
        """Keep the state, whole or not at all."""
        spare = self.path.with_suffix(".new")
        spare.touch(mode=0o600)
        spare.write_text(json.dumps(self.state, ensure_ascii=False), encoding="utf-8")
        os.replace(spare, self.path)

    @staticmethod
    def believe(untrusted: Obj) -> Lineage:
        """A lineage, each of its steps verified."""
        lineage = Lineage(untrusted["genesis"])
        for step in untrusted["steps"]:
            lineage.step(step)
        return lineage

    def known(self) -> Lineage:
        """The tree as it was proved to me."""
        if self.lineage is None:
            raise RefusedError("not-linked", "join first")
        return self.lineage

    def learn(self, step: Obj) -> None:
        """Take one more proven event into the lineage."""
        if step not in self.state["lineage"]["steps"]:
            self.known().step(step)
            self.state["lineage"]["steps"].append(step)

    def rotate(self, envelope: Obj) -> None:
        """Take one more rotation into the lineage."""
        self.known().rotate(envelope)
        if envelope not in self.state["rotations"]:
            self.state["rotations"].append(envelope)

    # -- 02 my own streams ---------------------------------------------------------------------
    def _open(self, stream: str) -> None:
        data = {"cause": "birth", "last": None}
        self.write(stream, "duban.stream.opened", f"member:{self.node}", data)

    def write(self, stream: str, kind: str, subject: str, data: Obj, *re: str) -> str:
        """Append one event to one of my streams; its head."""
        if kind != "duban.stream.opened" and stream not in self.state["books"]:
            self._open(stream)
        book = self.state["books"].setdefault(stream, {"head": ZEROS, "lines": []})
        seq = len(book["lines"]) // 2 + 1
        payload = dumps({"salt": secrets.token_hex(16), "data": data})
        header: Obj = {"specversion": "1.0", "id": f"{self.state['epoch']}/{stream}/{seq}"}
        header |= {"source": self.node, "type": kind, "subject": subject, "time": wire()}
        header |= {"dataschema": "urn:duban:1", "domain": self.state["domain"]}
        header |= {"epoch": self.state["epoch"], "stream": stream, "seq": seq}
        header |= {"prev": book["head"]} | ({"re": " ".join(sorted(re))} if re else {})
        line = dumps(header | {"datahash": sha(payload)})
        book["head"] = sha(line)
        book["lines"] += [line.decode(), payload.decode()]
        self.state["spool"].append([stream, seq])
        self.note(header, data, book["head"])
        return str(book["head"])

    def seal(self, stream: str, seq: int) -> Obj:
        """A seal of mine on the first `seq` events of a stream."""
        head = sha(self.state["books"][stream]["lines"][2 * seq - 2].encode())
        seal: Obj = {"v": 1, "domain": self.state["domain"], "origin": self.node}
        seal |= {"epoch": self.state["epoch"], "stream": stream, "seq": seq, "head": head}
        return sign("seal", seal | {"at": wire(), "next_by": wire(days=1)}, self.key)

    def ancestors(self, node: str) -> list[str]:
        """Parent, its parent, … the root."""
        above, parents = [], self.known().parents
        while (parent := parents.get(node)) is not None:
            above.append(parent)
            node = parent
        return above

    # -- 03 receipts ---------------------------------------------------------------------------
    def receipt(self, origin: str) -> Obj:
        """What I have of this origin's streams."""
        streams = []
        for place, heads in self.state["held"].items():
            source, epoch, stream = place.split(" ")
            if source == origin and heads:
                strange = sum(self.state["events"][h]["type"].startswith("?") for h in heads)
                entry = {"epoch": epoch, "stream": stream, "seq": len(heads), "head": heads[-1]}
                entry |= {"applied": len(heads) - strange, "parked": 0, "quarantined": strange}
                streams.append(entry)
        self.state["receipt_counter"] = self.state.get("receipt_counter", 0) + 1
        told = {"v": 1, "domain": self.state["domain"], "by": self.node}
        told |= {"epoch": self.state["epoch"], "counter": self.state["receipt_counter"]}
        told |= {"origin": origin, "at": wire(), "time": wire(), "streams": streams}
        return sign("receipt", told, self.key)

    def take_receipt(self, envelope: Obj) -> None:
        """Keep the latest receipt about me per signer."""
        untrusted, _ = peek(envelope, "receipt")
        told = verify(envelope, "receipt", self.known().key(untrusted["by"], untrusted["epoch"]))
        if told["origin"] != self.node or told["domain"] != self.state["domain"]:
            return
        held = self.state["receipts"].get(told["by"])
        rank = (count(told["epoch"]), told["counter"])
        if held is None or rank > (count(held["epoch"]), held["counter"]):
            self.state["receipts"][told["by"]] = told

    def received(self, subject: str) -> list[str]:
        """The nodes whose receipts cover my last event on this object."""
        mine = [e for e in self.state["events"].values() if e["subject"] == subject]
        mine = [e for e in mine if e["source"] == self.node]
        need(mine, "unknown-origin", "nothing written")
        last = mine[-1]
        return [
            by
            for by, told in self.state["receipts"].items()
            for s in told["streams"]
            if s["stream"] == last["stream"] and s["seq"] >= last["seq"]
        ]

    @property
    def provisional(self) -> bool:
        """True until the root itself has said that it has something of mine."""
        return self.known().root not in self.state["receipts"]

    # -- 07 and 10: assignments ----------------------------------------------------------------
    def vector(self) -> list[list[Any]]:
        """The last seq and head of every chain, mine and others'."""
        mine = [
            [self.node, self.state["epoch"], stream, len(book["lines"]) // 2, book["head"]]
            for stream, book in self.state["books"].items()
        ]
        held = [
            [*place.split(" "), len(heads), heads[-1]]
            for place, heads in self.state["held"].items()
            if heads
        ]
        return mine + held

    def erased(self, events: list[Obj]) -> set[str]:
        """Heads whose payload their origin or the root has erased, as far as I know."""
        told = [
            (event["header"]["source"], event["header"]["type"], (event["payload"] or {})["data"])
            for event in events
            if event["payload"]
        ]
        told += [(e["source"], e["type"], e["data"]) for e in self.state["events"].values()]
        for step in self.state["lineage"]["steps"]:
            header, payload = loads(step["header"].encode()), loads(step["payload"].encode())
            told.append((header["source"], header["type"], payload["data"]))
        return {
            data["head"]
            for source, kind, data in told
            if kind == "duban.payload.erased" and source in (data["origin"], self.known().root)
        }

    def note(self, header: Obj, data: Obj | None, head: str) -> None:
        """Remember what an event of mine or of an ancestor says."""
        known = header["type"].startswith(KNOWN) or header["type"].split(".")[2:] in [
            [name] for name in ("issued", "urged", "copied", *MINE, *THEIRS)
        ]
        event = {k: header[k] for k in ("source", "subject", "stream", "seq")}
        event |= {"type": header["type"] if known else "?" + header["type"], "data": data or {}}
        self.state["events"][head] = event

    def assignments(self) -> dict[str, Obj]:
        """Assignments issued to me: state, issuer, last head of the issuer, the issue itself."""
        found: dict[str, Obj] = {}
        for head, event in self.state["events"].items():
            subject, issuer = event["subject"], event["subject"].split(":")[1]
            kind = event["type"].removeprefix("duban.assignment.")
            if kind == "issued" and event["source"] == issuer:
                if event["data"].get("assignee") == self.node:
                    about = {"state": "ISSUED", "issuer": issuer, "re": head, "data": event["data"]}
                    found.setdefault(subject, about)
            elif subject in found and event["source"] == issuer and kind in THEIRS:
                found[subject] |= {"state": THEIRS[kind], "re": head}
            elif subject in found and event["source"] == self.node and kind in MINE:
                found[subject]["state"] = MINE[kind]
        return found

    def act(self, subject: str, kind: str, data: Obj) -> str:
        """Write `signed`, `deployed`, `reported` or `clearance_applied` on a task of mine."""
        about = self.assignments()[subject]
        up = about["issuer"] in self.ancestors(self.node)
        stream = "up" if up else f"to/{about['issuer']}"
        data = data | {"by": {"user": "tiny", "role": "handler"}}
        head = self.write(stream, f"duban.assignment.{kind}", subject, data, about["re"])
        self.save()
        return head

    def work(self, subject: str, text: str, figures: list[Obj]) -> None:
        """Sign, deploy and report, as far as that was not done."""
        state = self.assignments()[subject]["state"]
        if state == "ISSUED":
            self.act(subject, "signed", {})
        if state in ("ISSUED", "SIGNED"):
            contact = {"name": "王五", "phone": "0351-0000000"}
            plan = {"leader": "张三", "responsible": "李四", "contact": contact}
            self.act(subject, "deployed", plan | {"measures": "逐项落实"})
        self.act(subject, "reported", {"text": text, "indicators": figures})

    def clear(self, subject: str, text: str, figures: list[Obj]) -> None:
        """Apply for clearance."""
        self.act(subject, "clearance_applied", {"text": text, "indicators": figures})
