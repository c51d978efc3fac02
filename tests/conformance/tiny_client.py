"""A tiny client: joins, takes an assignment, reports. Written from docs/spec/ alone.

Decides: what to send to its parent, and whether to believe what came back (docs/spec 04, 05, 06).
Never imports the product: only the standard library, `cryptography` and its neighbours here.
"""

import secrets
import urllib.error
import urllib.request
from typing import Any

from tiny_book import TinyBook, count, wire
from tiny_wire import (
    ZEROS,
    Obj,
    RefusedError,
    chain,
    check_seal,
    dumps,
    key_record,
    loads,
    need,
    peek,
    read_event,
    sha,
    sign,
    verify,
)

LIMITS = {"events": 500, "bytes": 4194304}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def post(url: str, media: str, data: bytes) -> tuple[int, bytes]:
    """One POST; status and body, refusals included."""
    request = urllib.request.Request(url, data, {"Content-Type": media})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    try:
        with opener.open(request, timeout=60) as answer:
            return answer.status, answer.read(2 * LIMITS["bytes"])
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(65536)


class TinyClient(TinyBook):
    """A book that talks to its parent."""

    # -- 04 membership -------------------------------------------------------------------------
    def join(self, invitation: Obj, domain: str | None = None) -> None:
        """Check an invitation (and the domain id, if known from elsewhere), then join by it."""
        untrusted, _ = peek(invitation, "invitation")
        lineage = self.believe(untrusted["lineage"])
        told = verify(
            invitation, "invitation", lineage.key(untrusted["parent"], untrusted["epoch"])
        )
        need(told["domain"] == lineage.domain, "foreign-domain", "not the lineage's")
        need(domain in (None, told["domain"]), "foreign-domain", "not the one I was told of")
        record, (_, request) = key_record(self.key), peek(self.state["request"], "join-request")
        wanted = (self.node, record, sha(request))
        need((told["node"], told["key"], told["request"]) == wanted, "misfit")
        need(told["parent"] in lineage.parents, "unknown-origin", "parent")
        join = {"v": 1, "domain": told["domain"], "node": self.node, "parent": told["parent"]}
        epoch = self.state.setdefault("epoch", f"1-{secrets.token_hex(4)}")
        join |= {"epoch": epoch, "key": record, "nonce": told["nonce"]}
        join |= {"address": None, "poll": True, "at": self.state.setdefault("joined", wire())}
        self.save()
        body = {"invitation": invitation, "join": sign("join", join, self.key)}
        status, raw = post(told["address"] + "/join", "application/json", dumps(body))
        if status != 200:
            raise _problem(raw)
        answer = loads(raw.strip())
        lineage = self.believe(answer["lineage"])
        need(lineage.domain == told["domain"], "foreign-domain", "the answer's lineage")
        need(lineage.parents.get(self.node) == told["parent"], "not-linked", "not admitted")
        need(lineage.key(self.node, epoch) == record, "not-linked", "not with my key")
        self.lineage = lineage
        self.state |= {"domain": told["domain"], "parent": told["parent"], "link": answer["link"]}
        self.state |= {"lineage": answer["lineage"], "address": told["address"]}
        self._open("up")
        self._open("all")
        self.save()

    # -- 05 exchange ---------------------------------------------------------------------------
    def exchange(self) -> int:
        """Exchange until neither side has anything new; how many foreign events came in."""
        came, quiet = 0, False
        for _ in range(100):
            before = (self.state["acked"], self.state["ack"], len(self.state["owed"]))
            came += self._once()
            after = (self.state["acked"], self.state["ack"], len(self.state["owed"]))
            if quiet and before == after and not self.state["wanted"]:
                break
            quiet = before == after
        return came

    def _once(self) -> int:
        for _ in range(4):
            envelope, rest = self._body()
            data = dumps(envelope) + b"\n" + rest
            status, raw = post(self.state["address"], "application/vnd.duban.exchange", data)
            if status == 200:
                asked = loads(rest.split(b"\n", 1)[0])
                return self._answer(raw, asked["hello"]["challenge"])
            self._refused(_problem(raw))
        raise RefusedError("unavailable", "four refusals in a row")

    def _refused(self, error: RefusedError) -> None:
        told = error.expected or {}
        if error.code == "stale-challenge":
            self.state["challenge"] = told["challenge"]
        elif error.code == "replay":
            self.state["counter"] = max(self.state["counter"], int(told["counter"]))
        elif error.code == "link-epoch" and count(told["link"]) > count(self.state["link"]):
            self.state |= {"link": told["link"], "counter": 0, "peer_counter": 0}
            self.state |= {"acked": 0, "ack": 0, "mend": True}
        else:
            raise error
        self.save()

    def _body(self) -> tuple[Obj, bytes]:
        runs, seals, lines, through = self._runs()
        hello = {"version": 1, "min": 1, "limits": LIMITS, "poll": 0}
        hello["challenge"] = secrets.token_urlsafe(16)
        cursor = {"ack": self.state["ack"], "from": self.state["acked"], "through": through}
        manifest: Obj = {
            "hello": hello,
            "cursor": cursor,
            "runs": runs,
            "seals": seals,
            "lineage": [],
        }
        manifest |= {"receipts": [self.receipt(origin) for origin in self.state["owed"]]}
        manifest |= {"wants": self.state["wants"], "results": self.state["results"], "idle": []}
        if self.state.get("mend"):
            manifest["vector"] = self.vector()
        rest = b"".join(line + b"\n" for line in (dumps(manifest), *lines))
        self.state["counter"] += 1
        payload = {"v": 1, "from": self.node, "to": self.state["parent"]}
        payload |= {"domain": self.state["domain"], "epoch": self.state["epoch"]}
        payload |= {"link": self.state["link"], "challenge": self.state["challenge"]}
        payload |= {"counter": self.state["counter"], "fence": 1, "body": sha(rest)}
        self.save()
        return sign("exchange", payload, self.key), rest

    def _runs(self) -> tuple[list[Obj], list[Obj], list[bytes], int]:
        spool, start = self.state["spool"], min(self.state["acked"], len(self.state["spool"]))
        through = min(len(spool), start + 100)
        spans: dict[str, list[int]] = {}
        for stream, seq in spool[start:through]:
            spans.setdefault(stream, [seq, seq])[1] = seq
        for want in self.state["wanted"]:
            span = spans.setdefault(want["stream"], [want["from"], want["from"]])
            span[0] = min(span[0], want["from"])
        runs, seals, lines = [], [], []
        for stream, (first, last) in spans.items():
            run = {"origin": self.node, "epoch": self.state["epoch"], "stream": stream}
            runs.append(run | {"first": first, "count": last - first + 1})
            seals.append(self.seal(stream, last))
            own = self.state["books"][stream]["lines"][2 * first - 2 : 2 * last]
            lines += [line.encode() for line in own]
        return runs, seals, lines, through

    def _answer(self, raw: bytes, challenge: str) -> int:
        top, rest = raw.split(b"\n", 1)
        envelope = loads(top)
        untrusted, _ = peek(envelope, "exchange")
        rotation = envelope.get("rotation", [])
        for each in rotation if isinstance(rotation, list) else [rotation]:
            self.rotate(each)
        parent = self.state["parent"]
        told = verify(envelope, "exchange", self.known().key(parent, untrusted["epoch"]))
        got = [told[k] for k in ("from", "to", "domain", "link", "challenge", "body")]
        wanted = [parent, self.node, self.state["domain"], self.state["link"], challenge, sha(rest)]
        need(got == wanted, "bad-signature", "an answer to something else")
        need(told["counter"] > self.state["peer_counter"], "replay")
        need(rest.endswith(b"\n"), "malformed", "last LF")
        first, *lines = rest[:-1].split(b"\n")
        came = self._manifest(loads(first), lines)
        self.state["peer_counter"] = told["counter"]
        self.save()
        return came

    def _manifest(self, manifest: Obj, lines: list[bytes]) -> int:
        self.state |= {"owed": [], "results": [], "wants": [], "mend": False}
        hello, cursor = manifest["hello"], manifest["cursor"]
        need(hello["min"] <= 1 <= hello["version"], "version")
        self.state["challenge"] = hello["challenge"]
        for step in manifest.get("lineage", []):
            self.learn(step)
        runs, seals = manifest.get("runs", []), manifest.get("seals", [])
        need(len(runs) == len(seals), "malformed", "seals")
        need(len(lines) == 2 * sum(run["count"] for run in runs), "malformed", "lines")
        came, at = 0, 0
        for run, seal in zip(runs, seals, strict=True):
            came += self._judge(run, seal, lines[at : at + 2 * run["count"]])
            at += 2 * run["count"]
        for receipt in manifest.get("receipts", []):
            self.take_receipt(receipt)
        if cursor["from"] <= self.state["ack"]:
            self.state["ack"] = max(self.state["ack"], cursor["through"])
        self.state["acked"] = min(int(cursor["ack"]), len(self.state["spool"]))
        wanted = [w for w in manifest.get("wants", []) if w["origin"] == self.node]
        gaps = [r for r in manifest.get("results", []) if r.get("code") == "gap"]
        wanted += [g | {"from": g["expected"]["seq"]} for g in gaps if g["origin"] == self.node]
        self.state["wanted"] = [w for w in wanted if w["stream"] in self.state["books"]]
        self.state["told"] = manifest.get("results", [])
        return came

    # -- 06 accepting --------------------------------------------------------------------------
    def _judge(self, run: Obj, seal: Obj, lines: list[bytes]) -> int:
        try:
            return self._accept(run, seal, lines)
        except RefusedError as error:
            where = {k: run[k] for k in ("origin", "epoch", "stream")}
            result = {"code": error.code, "detail": error.detail, "expected": error.expected}
            self.state["results"].append(where | result)
            if error.code == "gap" and error.expected:
                self.state["wants"].append(where | {"from": error.expected["seq"]})
            return 0

    def _accept(self, run: Obj, seal: Obj, lines: list[bytes]) -> int:
        origin, stream = run["origin"], run["stream"]
        above = stream == "all" and origin in self.ancestors(self.node)
        need(above or stream == f"to/{self.node}", "bad-route")
        header, payload = read_event(lines[0], lines[1])
        if header["type"] == "duban.stream.opened" and payload and payload["data"].get("rotation"):
            self.rotate(payload["data"]["rotation"])
        keys = self.known().keys
        need((origin, run["epoch"]) in keys, "unknown-origin")
        place = f"{origin} {run['epoch']} {stream}"
        heads = self.state["held"].setdefault(place, [])
        start = run["first"] - 1
        if start > len(heads):
            last = heads[-1] if heads else ZEROS
            raise RefusedError("gap", place, {"seq": len(heads) + 1, "head": last})
        below = (start, heads[start - 1] if start else ZEROS)
        events = chain(run, lines, self.state["domain"], below)
        check_seal(seal, events[-1], keys[origin, run["epoch"]])
        known = [event["head"] for event in events[: len(heads) - start]]
        need(known == heads[start : start + len(known)], "fork", place)
        erased = self.erased(events)
        for event in events:
            need(event["payload"] is not None or event["head"] in erased, "payload-missing")
        fresh = events[len(known) :]
        for event in fresh:
            heads.append(event["head"])
            self.note(event["header"], (event["payload"] or {}).get("data"), event["head"])
        if origin not in self.state["owed"]:
            self.state["owed"].append(origin)
        return len(fresh)


def _problem(raw: bytes) -> RefusedError:
    try:
        told = loads(raw.replace(b"\n", b" ").strip())
    except RefusedError:
        return RefusedError("unavailable", raw[:200].decode(errors="replace"))
    expected = dict(told.get("expected") or {}) | {"challenge": told.get("challenge")}
    return RefusedError(str(told.get("code")), str(told.get("detail")), expected)
