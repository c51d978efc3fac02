"""The bytes of the wire, written from docs/spec/ 01 to 05 alone.

Decides: whether bytes are what the spec says (JSON lines, keys, DSSE, events, chains, seals,
lineage). Never opens a file or a socket, and never imports the product: only the standard library
and `cryptography`, so that it stays a proof that the pages are enough.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

Obj = dict[str, Any]
ZEROS = "0" * 64
MAX_HEADER, MAX_PAYLOAD, MAX_DEPTH, MAX_INT = 2048, 65536, 16, 2**53 - 1
P = 2**255 - 19
SMALL_Y = {  # 01: the y of every point whose order divides 8
    0,
    1,
    P - 1,
    0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
}
ENVELOPE = {"payload", "payloadType", "signatures"}


class RefusedError(Exception):
    """Something untrusted failed a check; `code` is one of page 08, `expected` what would do."""

    def __init__(self, code: str, detail: str = "", expected: Obj | None = None) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail, self.expected = code, detail, expected


def need(condition: object, code: str, detail: str = "") -> None:
    """Raise `RefusedError(code)` unless the condition holds."""
    if not condition:
        raise RefusedError(code, detail)


# -- 01 primitives -----------------------------------------------------------------------------
def sha(data: bytes) -> str:
    """Hash: lower-case hex SHA-256."""
    return hashlib.sha256(data).hexdigest()


def b32(data: bytes) -> str:
    """The first 20 bytes of SHA-256 in lower-case base32 without padding."""
    return base64.b32encode(hashlib.sha256(data).digest()[:20]).decode().lower()


def dumps(value: Obj) -> bytes:
    """One compact JSON line in UTF-8, without its LF."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _once(pairs: list[tuple[str, Any]]) -> Obj:
    need(len({k for k, _ in pairs}) == len(pairs), "malformed", "duplicate key")
    return dict(pairs)


def _no(text: str) -> Any:
    raise RefusedError("malformed", text)


def _look(value: Any, depth: int) -> None:
    need(depth <= MAX_DEPTH, "malformed", "too deep")
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, int):
        need(abs(value) <= MAX_INT, "malformed", "integer out of range")
    elif isinstance(value, float):
        need(abs(value) < float("inf"), "malformed", "number out of range")
    elif isinstance(value, dict):
        for key, member in value.items():
            key.encode()
            _look(member, depth + 1 if isinstance(member, dict | list) else depth)
    elif isinstance(value, list):
        for member in value:
            _look(member, depth + 1 if isinstance(member, dict | list) else depth)


def loads(line: bytes) -> Obj:
    """Strict reading of one JSON object."""
    try:
        value = json.loads(line.decode(), object_pairs_hook=_once, parse_constant=_no)
        _look(value, 1)
    except (ValueError, RecursionError) as error:
        raise RefusedError("malformed", str(error)) from None
    need(isinstance(value, dict) and b"\n" not in line, "malformed", "not one object on one line")
    return dict(value)


def public(record: Obj) -> bytes:
    """The 32 bytes of a key record, refused if weak."""
    need(record.get("alg") == "ed25519", "algorithm")
    text = record.get("pub")
    need(isinstance(text, str) and re.fullmatch(r"[A-Za-z0-9_-]{43}", text), "malformed", "pub")
    raw = base64.urlsafe_b64decode(str(text) + "=")
    need(record["pub"] == base64.urlsafe_b64encode(raw).decode()[:43], "malformed", "pub")
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    need(y < P and y not in SMALL_Y, "weak-key")
    return raw


def key_record(key: Ed25519PrivateKey) -> Obj:
    """The public key record of a private key."""
    raw = key.public_key().public_bytes_raw()
    return {"alg": "ed25519", "pub": base64.urlsafe_b64encode(raw).decode()[:43]}


def node_id(record: Obj) -> str:
    """The id of the node whose first key this is."""
    return b32(b"duban-node-v1\0" + public(record))


# -- DSSE --------------------------------------------------------------------------------------
def _pae(kind: str, payload: bytes) -> bytes:
    media = f"application/vnd.duban.{kind}+json"
    return b"DSSEv1 %d %s %d %s" % (len(media), media.encode(), len(payload), payload)


def sign(kind: str, payload: Obj, *keys: Ed25519PrivateKey) -> Obj:
    """A DSSE envelope around one JSON object, signed by each key."""
    data = dumps(payload)
    return {
        "payload": base64.b64encode(data).decode(),
        "payloadType": f"application/vnd.duban.{kind}+json",
        "signatures": [
            {
                "keyid": sha(key.public_key().public_bytes_raw())[:16],
                "sig": base64.b64encode(key.sign(_pae(kind, data))).decode(),
            }
            for key in keys
        ],
    }


def peek(envelope: Obj, kind: str) -> tuple[Obj, bytes]:
    """The still unverified payload of an envelope, and its bytes."""
    try:
        data = base64.b64decode(envelope["payload"], validate=True)
        need(envelope["payloadType"] == f"application/vnd.duban.{kind}+json", "malformed", kind)
        sigs = envelope["signatures"]
        need(1 <= len(sigs) <= 8 and all(set(s) == {"keyid", "sig"} for s in sigs), "malformed")
    except (KeyError, TypeError, ValueError) as error:
        raise RefusedError("malformed", f"envelope: {error}") from None
    payload = loads(data)
    need(payload.get("v") == 1, "malformed", "v")
    return payload, data


def verify(envelope: Obj, kind: str, *keys: Obj) -> Obj:
    """The payload, once each of the keys has one good signature on it."""
    payload, data = peek(envelope, kind)
    need(keys, "unknown-key")
    for record in keys:
        verifier = Ed25519PublicKey.from_public_bytes(public(record))
        for signature in envelope["signatures"]:
            try:
                raw = base64.b64decode(signature["sig"], validate=True)
                verifier.verify(raw, _pae(kind, data))
                break
            except (InvalidSignature, ValueError, TypeError):
                continue
        else:
            raise RefusedError("bad-signature", kind)
    return payload


# -- 02 events ---------------------------------------------------------------------------------
def read_event(header_line: bytes, payload_line: bytes) -> tuple[Obj, Obj | None]:
    """Header and payload of one event (payload None when erased), each checked alone."""
    need(len(header_line) <= MAX_HEADER and len(payload_line) <= MAX_PAYLOAD, "bad-header", "size")
    try:
        header = loads(header_line)
        event_id = "{epoch}/{stream}/{seq}".format(**header)
        need(header["specversion"] == "1.0" and header["dataschema"] == "urn:duban:1", "bad-header")
        need(header["id"] == event_id and header["seq"] >= 1, "bad-header", "id")
        need(all(header[k] for k in ("type", "subject", "time", "prev", "source")), "bad-header")
        wanted = header["datahash"]
    except (KeyError, TypeError) as error:
        raise RefusedError("bad-header", str(error)) from None
    except RefusedError as error:
        raise RefusedError("bad-header", str(error)) from None
    if not payload_line:
        return header, None
    need(sha(payload_line) == wanted, "bad-datahash")
    return header, loads(payload_line)


def chain(run: Obj, lines: Iterable[bytes], domain: str, last: tuple[int, str]) -> list[Obj]:
    """Read one run's lines on top of (seq, head) held before it; each result has its `head`."""
    seq, head = last
    events = []
    it = iter(lines)
    for header_line, payload_line in zip(it, it, strict=True):
        header, payload = read_event(header_line, payload_line)
        place = (header["domain"], header["source"], header["epoch"], header["stream"])
        need(place == (domain, run["origin"], run["epoch"], run["stream"]), "bad-header", "place")
        if header["seq"] != seq + 1:
            raise RefusedError("gap", header["id"], {"seq": seq + 1, "head": head})
        need(header["prev"] == head, "bad-chain", header["id"])
        seq, head = seq + 1, sha(header_line)
        events.append({"header": header, "payload": payload, "head": head})
    need(len(events) == run["count"], "malformed", "count")
    return events


def check_seal(envelope: Obj, event: Obj, key: Obj) -> Obj:
    """03: the seal's payload, once it vouches for exactly this event."""
    try:
        seal = verify(envelope, "seal", key)
    except RefusedError as error:
        raise RefusedError("bad-seal", str(error)) from None
    header = event["header"]
    wanted = [header[k] for k in ("domain", "source", "epoch", "stream", "seq")] + [event["head"]]
    got = [seal.get(k) for k in ("domain", "origin", "epoch", "stream", "seq", "head")]
    need(got == wanted, "bad-seal", "vouches for something else")
    return seal


# -- 04 lineage --------------------------------------------------------------------------------
class Lineage:
    """What a chain of proven events has shown: keys by (node, epoch), parents by node."""

    def __init__(self, genesis: Obj) -> None:
        untrusted, data = peek(genesis, "genesis")
        founded = verify(genesis, "genesis", untrusted["key"])
        need(node_id(founded["key"]) == founded["root"], "bad-signature", "root is not its key's")
        self.domain = f"{founded['name']}@{b32(data)}"
        self.root: str = founded["root"]
        self.keys: dict[tuple[str, str], Obj] = {(self.root, founded["epoch"]): founded["key"]}
        self.parents: dict[str, str | None] = {self.root: None}

    def rotate(self, envelope: Obj) -> None:
        """Learn an epoch that the old key and the new both signed."""
        told, _ = peek(envelope, "rotation")
        old = self.keys.get((told["node"], told["from"]))
        need(old and told["domain"] == self.domain, "unknown-key", told["node"])
        verify(envelope, "rotation", old or {}, told["key"])
        need(int(told["to"].split("-")[0]) > int(told["from"].split("-")[0]), "bad-signature")
        self.keys[told["node"], told["to"]] = told["key"]

    def step(self, proven: Obj) -> None:
        """Verify one proven event and learn from it."""
        lines = [proven["header"].encode(), proven["payload"].encode()]
        header, payload = read_event(*lines)
        need(payload is not None and header["domain"] == self.domain, "foreign-domain")
        event_type, data = header["type"], (payload or {})["data"]
        if event_type == "duban.stream.opened" and data.get("rotation"):
            self.rotate(data["rotation"])
        key = self.keys.get((header["source"], header["epoch"]))
        need(key, "unknown-origin", header["source"])
        self._sealed(header, lines[0], proven, key or {})
        if event_type == "duban.member.admitted":
            self._admitted(header, data)

    @staticmethod
    def _sealed(header: Obj, line: bytes, proven: Obj, key: Obj) -> None:
        last: Obj = {"header": header, "head": sha(line)}
        for text in proven["headers"]:
            later = loads(text.encode())
            need(later["prev"] == last["head"], "bad-chain", "lineage")
            need(later["seq"] == last["header"]["seq"] + 1, "bad-chain", "lineage")
            last = {"header": later, "head": sha(text.encode())}
        check_seal(proven["seal"], last, key)

    def _admitted(self, header: Obj, data: Obj) -> None:
        node = data["node"]
        joined = verify(data["join"], "join", data["key"])
        need(node_id(data["key"]) == node and header["stream"] in ("up", "all"), "no-authority")
        need(header["subject"] == f"member:{node}", "no-authority")
        wanted = (self.domain, node, header["source"], data["epoch"], data["key"])
        got = tuple(joined[k] for k in ("domain", "node", "parent", "epoch", "key"))
        need(got == wanted and header["source"] in self.parents, "no-authority", "join")
        need(node not in self.parents, "wrong-state", "admitted twice")
        self.keys[node, data["epoch"]] = data["key"]
        self.parents[node] = header["source"]

    def key(self, node: str, epoch: str) -> Obj:
        """The key of a node in an epoch, refused when not shown yet."""
        need((node, epoch) in self.keys, "unknown-key", f"{node} {epoch}")
        return self.keys[node, epoch]
