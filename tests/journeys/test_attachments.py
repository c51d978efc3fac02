"""Attachments over real HTTP on three levels and by ferry: put in, pulled, broken off, resumed."""

from __future__ import annotations

import base64
import tracemalloc
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import requests

from node.service import attachments, enrol
from node.service.place import Place
from schemas.refusals import Refused
from sync.attachments import CHUNK
from sync.body import open_rest, peek
from sync.driver import turn
from sync.transports.http import HttpWire
from tests.journeys.test_ferry import Duban, Village, duban
from tests.support.forms import DEPLOY, DONE, FORM
from tests.support.hosts import Running, User, join, until

__all__ = ["duban"]
MIB = 1024 * 1024
PNG = b"\x89PNG\r\n\x1a\n"


def image(size: int) -> bytes:
    block = bytes(one * 31 % 251 for one in range(4096))
    return (PNG + block * (size // 4096 + 1))[:size]


class CutWire:
    """Real HTTP that breaks after some bodies with chunks; notes which chunks went out."""

    def __init__(self, whole: int = 10**6) -> None:
        self._wire = HttpWire(16 * MIB)
        self.whole = whole
        self.sent = list[int]()

    def post(self, address: str, body: bytes) -> bytes:
        chunks = [spec.n for spec in open_rest(peek(body).rest).manifest.chunks]
        if chunks and not self.whole:
            raise Refused("unavailable", "the line is cut")
        self.whole -= bool(chunks)
        answer = self._wire.post(address, body)
        self.sent.extend(chunks)
        return answer

    def close(self) -> None:
        self._wire.close()


class Three:
    """Province, county and township; the township calls, and only when a test lets it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.province, self.county = Running(path / "province"), Running(path / "county")
        self.top = self.province.host.place(
            enrol.init(self.province.host, "示例省", "province", root="gov").node
        )
        born = enrol.init(self.county.host, "示例县", "county")
        self.middle = join(self.top, self.province, born.node, self.county)
        self.town = self._quiet()
        born = enrol.init(self.town.host, "示例乡", "township")
        self.low = join(self.middle, self.county, born.node, self.town, poll=True)
        for host, place in ((self.province, self.top), (self.county, self.middle)):
            attachments.set_policy(host.host, place, {"carry": 0})
        self.user = self._user()

    def _quiet(self) -> Running:
        made = Running(self.path / "town")
        made.worker.stop()
        return made

    def _user(self) -> User:
        return User(self.town, self.low.tenant.node, "head", "乡")

    def restart(self) -> None:
        self.town.stop()
        self.town = self._quiet()
        self.low = self.town.host.place(self.low.tenant.node)
        self.user = self._user()

    def call(self, wire: CutWire | None = None) -> CutWire:
        """One turn of the township with its parent, over real HTTP."""
        used = wire or CutWire()
        hands = self.town.host.hands(self.low, used)
        turn(hands, self.middle.tenant.node, self.county.url)
        used.close()
        return used

    def assigned(self) -> str:
        """An assignment of the county, signed and deployed by the township."""
        chief = User(self.county, self.middle.tenant.node, "supervisor")
        made = chief.post("/matters", FORM)
        body = {"lead": self.low.tenant.node}
        id: str = chief.post(f"/matters/{made['id']}/issue", body)["assignments"][0]["id"]
        self.call()
        self.user.post(f"/assignments/{id}/sign")
        self.user.post(f"/assignments/{id}/deploy", DEPLOY)
        return id

    def report(self, id: str, data: bytes, name: str = "清障.png") -> str:
        row = put(self.user, data, name)
        self.user.post(f"/assignments/{id}/report", DONE | {"attachments": [row]})
        self.call()
        return str(row["sha256"])

    def stop(self) -> None:
        for one in (self.province, self.county, self.town):
            one.stop()


def digest(piece: bytes) -> dict[str, str]:
    coded = base64.b64encode(sha256(piece).digest()).decode()
    return {"Content-Digest": f"sha-256=:{coded}:"}


def send(user: User, method: str, path: str, **more: Any) -> requests.Response:
    headers = user.headers | more.pop("headers", {})
    url = f"{user.base}/attachments{path}"
    return requests.request(method, url, headers=headers, timeout=20, **more)


def put_chunk(user: User, hash: str, n: int, piece: bytes) -> requests.Response:
    return send(user, "PUT", f"/{hash}/chunks/{n}", data=piece, headers=digest(piece))


def put(user: User, data: bytes, name: str) -> dict[str, Any]:
    hash = sha256(data).hexdigest()
    form = {"sha256": hash, "size": len(data), "name": name}
    told = send(user, "POST", "", json=form)
    assert told.status_code == 201, told.text
    for n in range(told.json()["next"], told.json()["chunks"]):
        answer = put_chunk(user, hash, n, data[n * CHUNK : (n + 1) * CHUNK])
        assert answer.status_code == 200, answer.text
    done = send(user, "POST", f"/{hash}/complete")
    assert done.status_code == 200, done.text
    return {one: done.json()[one] for one in ("sha256", "size", "name", "type")}


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Three]:
    made = Three(tmp_path_factory.mktemp("three"))
    yield made
    made.stop()


def standing(user: User, hash: str) -> dict[str, Any]:
    found: dict[str, Any] = user.get(f"/attachments/{hash}")
    return found


def staged(running: Running, place: Place, hash: str, side: str) -> int:
    found = running.host.read(place, lambda store: store.blob(hash, side))
    return found.received if found is not None else 0


def test_a_user_at_the_province_opens_what_the_township_reported_though_the_line_breaks(
    three: Three,
) -> None:
    data, id = image(20 * MIB + 17), three.assigned()
    hash = three.report(id, data)
    leader = User(three.province, three.top.tenant.node, "leader")
    until(lambda: send(leader, "GET", f"/{hash}").status_code == 200)
    assert standing(leader, hash)["state"] == "named"
    missing = send(leader, "GET", f"/{hash}/content")
    assert (missing.status_code, missing.json()["standing"]["state"]) == (404, "named")
    assert send(leader, "POST", f"/{hash}/fetch").json()["state"] == "wanted"
    side = three.middle.tenant.node
    until(
        lambda: three.county.host.read(
            three.middle, lambda store: store.source(hash, three.low.tenant.node)
        )
    )
    before = three.call(CutWire(5))
    assert before.sent == list(range(20))
    assert staged(three.county, three.middle, hash, three.low.tenant.node) == 20
    assert staged(three.province, three.top, hash, side) == 0
    three.restart()
    after = three.call()
    assert set(after.sent) == set(range(min(after.sent), 81))
    assert 16 <= min(after.sent) <= 24
    until(lambda: standing(leader, hash)["state"] == "held", 30)
    whole = send(leader, "GET", f"/{hash}/content")
    assert whole.content == data
    assert whole.headers["Content-Type"] == "image/png"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    span = {"Range": f"bytes={CHUNK - 3}-{CHUNK + 4}"}
    part = send(leader, "GET", f"/{hash}/content", headers=span)
    assert (part.status_code, part.content) == (206, data[CHUNK - 3 : CHUNK + 5])
    assert part.headers["Content-Range"] == f"bytes {CHUNK - 3}-{CHUNK + 4}/{len(data)}"
    (listed,) = leader.get(f"/attachments?object={id}")["items"]
    assert (listed["sha256"], listed["state"], listed["name"]) == (hash, "held", "清障.png")


def test_an_upload_over_rest_goes_on_where_it_broke_off(three: Three) -> None:
    data = image(3 * CHUNK + 9)
    hash, form = sha256(data).hexdigest(), {"size": len(data), "name": "图.png"}
    told = send(three.user, "POST", "", json=form | {"sha256": hash}).json()
    assert (told["chunk"], told["chunks"], told["next"]) == (CHUNK, 4, 0)
    assert put_chunk(three.user, hash, 0, data[:CHUNK]).json()["next"] == 1
    three.restart()
    user = three.user
    again = send(user, "POST", "", json=form | {"sha256": hash}).json()
    assert again["next"] == 1
    assert put_chunk(user, hash, 0, data[:CHUNK]).json()["next"] == 1
    skipped = put_chunk(user, hash, 3, data[3 * CHUNK :])
    assert (skipped.status_code, skipped.json()["code"]) == (422, "bad-chunk")
    assert skipped.json()["expected"] == {"n": 1}
    short = put_chunk(user, hash, 1, data[CHUNK : 2 * CHUNK - 1])
    assert (short.status_code, short.json()["code"]) == (422, "bad-chunk")
    broken = send(user, "PUT", f"/{hash}/chunks/1", data=bytes(CHUNK), headers=digest(b"x"))
    assert (broken.status_code, broken.json()["code"]) == (422, "bad-chunk")
    nothing = send(user, "PUT", f"/{hash}/chunks/1", data=bytes(CHUNK))
    assert (nothing.status_code, nothing.json()["code"]) == (422, "bad-input")
    early = send(user, "POST", f"/{hash}/complete")
    assert (early.status_code, early.json()["expected"]) == (422, {"n": 1})
    assert put(user, data, "图.png")["type"] == "image/png"
    assert put(user, data, "图.png")["type"] == "image/png"
    assert any(one["sha256"] == hash for one in user.get("/attachments")["items"])


def test_what_is_refused_of_an_upload_says_what_is_accepted(three: Three) -> None:
    user = three.user
    for form, where in (
        ({"sha256": "x", "size": 1, "name": "a.png"}, "sha256"),
        ({"sha256": "0" * 64, "size": 0, "name": "a.png"}, "size"),
        ({"sha256": "0" * 64, "size": True, "name": "a.png"}, "size"),
        ({"sha256": "0" * 64, "size": 1, "name": "../a.png"}, "name"),
    ):
        answer = send(user, "POST", "", json=form)
        assert (answer.status_code, answer.json()["where"]) == (422, where)
        assert answer.json()["accepted"]
    assert send(user, "POST", "", data="[]").status_code == 415
    assert send(user, "POST", "", json=[]).status_code == 422
    large = send(user, "POST", "", json={"sha256": "0" * 64, "size": 10**9, "name": "a.png"})
    assert (large.status_code, large.json()["code"]) == (413, "too-large")
    for data, name, says in (
        (b"MZ\x90\x00" + bytes(50), "a.png", "pdf, docx"),
        (image(50), "a.pdf", ".png"),
    ):
        hash = sha256(data).hexdigest()
        send(user, "POST", "", json={"sha256": hash, "size": len(data), "name": name})
        put_chunk(user, hash, 0, data)
        answer = send(user, "POST", f"/{hash}/complete")
        assert (answer.status_code, answer.json()["code"]) == (422, "bad-type")
        assert says in answer.json()["detail"]
        assert send(user, "GET", f"/{hash}").status_code == 404
    wrong = sha256(b"other").hexdigest()
    send(user, "POST", "", json={"sha256": wrong, "size": 50, "name": "a.png"})
    put_chunk(user, wrong, 0, image(50))
    assert send(user, "POST", f"/{wrong}/complete").json()["code"] == "bad-content"
    long = send(user, "PUT", f"/{wrong}/chunks/0", data=bytes(CHUNK + 1), headers=digest(b""))
    assert (long.status_code, long.json()["code"]) == (413, "oversize")


def test_the_quota_of_a_node_holds_for_what_is_declared(three: Three) -> None:
    host = three.town.host
    used = host.read(three.low, lambda store: store.stored())
    attachments.set_policy(host, three.low, {"quota": used + 100})
    form = {"sha256": "1" * 64, "size": 101, "name": "a.png"}
    answer = send(three.user, "POST", "", json=form)
    assert (answer.status_code, answer.json()["code"]) == (429, "quota")
    attachments.set_policy(host, three.low, {"quota": 10**10})


def test_without_a_token_or_a_name_nothing_is_shown(three: Three) -> None:
    hash = put(three.user, image(1000), "秘.png")["sha256"]
    other = User(three.town, three.low.tenant.node, "handler", "别人")
    assert requests.get(f"{three.user.base}/attachments/{hash}", timeout=5).status_code == 401
    for method, path in (("GET", ""), ("GET", "/content"), ("POST", "/fetch"), ("DELETE", "")):
        assert send(other, method, f"/{hash}{path}").status_code == 404, (method, path)
    resumed = send(other, "POST", "", json={"sha256": hash, "size": 1000, "name": "秘.png"})
    assert (resumed.json()["state"], resumed.json()["next"]) == ("wanted", 0)
    assert send(other, "GET", f"/{hash}/content").status_code == 404
    assert send(three.user, "GET", f"/{hash}/content").content == image(1000)
    assert send(other, "DELETE", f"/{hash}").status_code == 204
    assert send(three.user, "GET", f"/{hash}/content").status_code == 200
    assert send(three.user, "DELETE", f"/{hash}").status_code == 204
    assert send(three.user, "GET", f"/{hash}/content").status_code == 404


def test_a_report_names_only_what_its_writer_has(three: Three) -> None:
    id, data = three.assigned(), image(2000)
    row = {"sha256": "2" * 64, "size": 5, "name": "a.png", "type": "image/png"}
    path = f"/assignments/{id}/report"
    answer = three.user.try_post(path, DONE | {"attachments": [row]})
    assert (answer.status_code, answer.json()["where"]) == (422, "attachments[0].sha256")
    kept = put(three.user, data, "b.png")
    for change, where in (
        ({"size": 5}, "size"),
        ({"type": "x/y"}, "type"),
        ({"name": "b"}, "name"),
    ):
        answer = three.user.try_post(path, DONE | {"attachments": [kept | change]})
        assert (answer.status_code, answer.json()["where"]) == (422, f"attachments[0].{where}")
    three.user.post(path, DONE | {"attachments": [kept]})
    assert send(three.user, "DELETE", f"/{kept['sha256']}").status_code == 409


def test_ranges_and_conditions_of_a_download(three: Three) -> None:
    data = image(700)
    hash = put(three.user, data, "c.png")["sha256"]
    for span, status, found in (
        ("bytes=0-", 206, data),
        ("bytes=-10", 206, data[-10:]),
        ("bytes=690-9999", 206, data[690:]),
        ("bytes=-9999", 206, data),
        ("bytes=1-2,5-6", 200, data),
        ("lines=1-2", 200, data),
    ):
        answer = send(three.user, "GET", f"/{hash}/content", headers={"Range": span})
        assert (answer.status_code, answer.content) == (status, found), span
    for span in ("bytes=700-", "bytes=9-3", "bytes=-0"):
        answer = send(three.user, "GET", f"/{hash}/content", headers={"Range": span})
        assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */700")
    same = {"If-None-Match": f'"{hash}"'}
    assert send(three.user, "GET", f"/{hash}/content", headers=same).status_code == 304
    other = {"Range": "bytes=0-1", "If-Range": '"x"'}
    assert send(three.user, "GET", f"/{hash}/content", headers=other).content == data


def peak(path: Path, size: int) -> int:
    """Bytes that this process holds at most while `size` bytes go between two of its nodes."""
    one = Running(path)
    one.worker.stop()
    wire = CutWire()
    try:
        top = one.host.place(enrol.init(one.host, "省", "province", root="gov").node)
        born = enrol.init(one.host, "县", "county")
        low = join(top, one, born.node, one)

        def call() -> None:
            turn(one.host.hands(low, wire), top.tenant.node, one.url)

        call()
        chief, head = User(one, top.tenant.node, "supervisor"), User(one, born.node, "head")
        made = chief.post("/matters", FORM)
        body = {"lead": born.node}
        id = chief.post(f"/matters/{made['id']}/issue", body)["assignments"][0]["id"]
        call()
        head.post(f"/assignments/{id}/sign")
        head.post(f"/assignments/{id}/deploy", DEPLOY)
        row = put(head, image(size), "a.png")
        head.post(f"/assignments/{id}/report", DONE | {"attachments": [row]})
        call()
        assert send(chief, "POST", f"/{row['sha256']}/fetch").status_code == 202
        tracemalloc.start()
        call()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert standing(chief, row["sha256"])["state"] == "held"
        assert len(wire.sent) == -(-size // CHUNK)
        return most
    finally:
        wire.close()
        one.stop()


def test_twenty_mebibytes_need_no_more_memory_than_four(tmp_path: Path) -> None:
    few, many = peak(tmp_path / "few", 4 * MIB), peak(tmp_path / "many", 20 * MIB)
    assert many - few < 2 * MIB, (few, many)


def test_a_township_without_network_sends_a_picture_by_file(tmp_path: Path, duban: Duban) -> None:
    village = Village(tmp_path, duban)
    village.join()
    made = village.new(village.province)
    issue = ("matter", "issue", made["id"], "--lead", village.node, "--data", village.province)
    id = duban(*issue, "--json")["assignments"][0]["id"]
    village.down()
    small, large = tmp_path / "小.png", tmp_path / "大.png"
    small.write_bytes(image(300000))
    large.write_bytes(image(3 * MIB))
    rows = []
    for file in (small, large):
        rows.append(duban("attachment", "add", str(file), "--data", village.town, "--json"))
    for word, body in (
        ("sign", {}),
        ("deploy", DEPLOY),
        ("report", DONE | {"attachments": rows}),
    ):
        village.act(word, id, body)
    village.up()

    def states() -> dict[str, str]:
        listed = ("attachment", "list", id, "--data", village.province, "--json")
        return {one["name"]: one["state"] for one in duban(*listed)}

    assert states() == {"小.png": "held", "大.png": "named"}
    got = tmp_path / "got.png"
    get = ("attachment", "get", rows[1]["sha256"], str(got), "--data", village.province)
    assert "asked for" in duban(*get)
    assert states()["大.png"] == "wanted"
    village.down()
    village.up()
    assert states()["大.png"] == "held"
    duban(*get)
    assert got.read_bytes() == large.read_bytes()
    assert "大.png" in duban("attachment", "list", "--data", village.town)
    policy = duban("attachment", "policy", "--carry", "0", "--data", village.town, "--json")
    assert policy["carry"] == 0
    for where in (village.province, village.town):
        assert duban("verify", "--data", where, "--json")["findings"] == []
