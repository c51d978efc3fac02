"""Writes tests/vectors/wire/: golden bytes, computed by the tiny client's primitives alone.

`python tests/conformance/make_vectors.py DIR`. Everything follows from four fixed seeds, so two
runs write the same bytes; the product's own tests read the files, and this program never imports
the product. The pages of docs/spec/ quote these bytes.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any

from example_town import (
    DOMAIN,
    EPOCH,
    GENESIS,
    ID,
    KEYS,
    LINK,
    PUB,
    SEEDS,
    Book,
    body,
    main_job,
    manifest,
    receipt,
)
from tiny_wire import ZEROS, Obj, dumps, sha, sign


def ferry(bodies: list[str]) -> str:
    """A ferry file from the root to the city."""
    first = {"duban-ferry": 1, "from": ID["root"], "to": ID["city"], "domain": DOMAIN}
    text = dumps(first | {"link": LINK, "bodies": len(bodies)}).decode() + "\n"
    return text + "".join(f"{len(each.encode())}\n{each}\n" for each in bodies)


def exchanges(books: dict[str, Book]) -> list[Obj]:
    """First try and refusal, then the city's report and the root's receipt."""
    up, to = books["up"], books["to"]
    mani = manifest("c1-from-city", (0, 0, 4), runs=[up.run()], seals=[up.seal()])
    first = body("city", "root", mani, up.lines())
    second = body("city", "root", mani, up.lines(), challenge="c1-from-root", counter=2)
    problem = {
        "type": "urn:duban:refusal:stale-challenge",
        "title": "The challenge is not one that I gave",
        "status": 401,
        "detail": "sign again with the challenge given here",
        "code": "stale-challenge",
        "action": "refresh",
        "challenge": "c1-from-root",
    }
    mani = manifest("c2-from-root", (4, 0, 2), runs=[to.run()], seals=[to.seal()])
    mani["receipts"] = [receipt("root", up, 1)]
    answer = body("root", "city", mani, to.lines(), challenge="c1-from-city", counter=1)
    return [
        {"request": first, "status": 401, "answer": dumps(problem).decode()},
        {"request": second, "status": 200, "answer": answer},
    ]


def rotated(old: Book) -> Obj:
    """The city's second epoch, `up`, signed by the old key and the new."""
    told = {"v": 1, "domain": DOMAIN, "node": ID["town"], "from": EPOCH["town"]}
    told |= {"to": "2-0badcafe", "key": PUB["town2"]}
    envelope = sign("rotation", told, KEYS["town"], KEYS["town2"])
    book = Book("town", DOMAIN, "up", "2-0badcafe", "town2")
    last = {"epoch": old.epoch, "seq": len(old.headers), "head": old.head}
    book.opened("rotation", last, rotation=envelope)
    return {"rotation": envelope, "lines": book.lines(), "seal": book.seal()}


def refused_runs(up: Book) -> list[Obj]:
    """One defect each, in a run offered to a receiver that holds nothing of this stream."""
    run, lines, seal = up.run(), up.lines(), up.seal()
    salt = '{"salt":"' + "0" * 32 + '"'
    forged = [*lines[:-1], salt + lines[-1][len(salt) :]]
    other = sign("seal", json.loads("{}") | {"v": 1}, KEYS["town"])
    bent = [*lines[:2], lines[2].replace(up.headers[1][-66:-2], "0" * 64), *lines[3:]]
    middle = lines[:2] + lines[4:]
    cases: list[tuple[str, Obj, list[str], Obj]] = [
        ("gap", run | {"first": 2, "count": 3}, lines[2:], seal),
        ("gap", run | {"count": 3}, middle, seal),
        ("bad-datahash", run, forged, seal),
        ("bad-datahash", run, bent, seal),
        ("bad-seal", run, lines, other),
        ("bad-seal", run, lines, up.seal(seq=3)),
        ("bad-seal", run, lines, up.seal(head=ZEROS) | {}),
        ("bad-seal", run, lines, up.seal(domain=DOMAIN.replace("gov", "party"))),
        (
            "bad-chain",
            run,
            [*lines[:2], lines[2].replace(sha(lines[0].encode()), ZEROS), *lines[3:]],
            seal,
        ),
        (
            "bad-header",
            run,
            [*lines[:4], lines[4].replace('"seq":3', '"seq":3,"seq":3'), *lines[5:]],
            seal,
        ),
        ("bad-header", run, [lines[0].replace(DOMAIN, "gov@" + "a" * 32), *lines[1:]], seal),
        ("payload-missing", run, [*lines[:3], "", *lines[4:]], seal),
    ]
    return [dict(zip(("code", "run", "lines", "seal"), case, strict=True)) for case in cases]


def refused_exchanges(books: dict[str, Book]) -> list[Obj]:
    """One defect each, in the city's second body; the root gave the challenge `c1-from-root`."""
    up = books["up"]
    mani = manifest("c1-from-city", (0, 0, 4), runs=[up.run()], seals=[up.seal()])

    def made(**more: Any) -> str:
        said: Obj = {"challenge": "c1-from-root", "counter": 2} | more
        return body(said.pop("signer", "city"), said.pop("to", "root"), mani, up.lines(), **said)

    good = made()
    cases = {
        "malformed": [good[:200], good[1:], "\n"],
        "bad-signature": [good.replace("180", "300"), made(epoch=EPOCH["city"], body=ZEROS)],
        "unknown-key": [made(epoch="2-0badcafe")],
        "stale-challenge": [made(challenge="c0-from-root"), made(challenge=None)],
        "wrong-receiver": [made(to="town")],
        "foreign-domain": [made(domain="party@" + "a" * 32)],
        "link-epoch": [made(link="9-00000000")],
        "replay": [made(counter=0)],
    }
    return [{"code": code, "body": each} for code, bodies in cases.items() for each in bodies]


GOOD_LINES = ["{}", '{"a":[1,-1,0.5,"\\u00e9",null,true]}', '{"n":9007199254740991}', '{"字":"値"}']
BAD_LINES = {
    '{"a":NaN}': "NaN",
    '{"a":-Infinity}': "Infinity",
    '{"a":1e999}': "number out of range",
    '{"a":1,"a":2}': "duplicate key",
    '{"a":{"b":1,"b":1}}': "duplicate key, deeper",
    '{"a":"\\ud800"}': "lone surrogate, escaped",
    '{"\\udc00":1}': "lone surrogate in a key",
    '{"n":9007199254740992}': "integer out of range",
    '{"a":' * 16 + "{}" + "}" * 16: "17 deep",
    "[]": "not an object",
    '"a"': "not an object",
    "": "empty",
    '{"a":1}{}': "two values",
    '{"a":01}': "leading zero",
    "\ufeff{}": "byte order mark",
    '{"a":"\t"}': "raw control character",
}


def weak_keys() -> list[Obj]:
    """Public keys that MUST be refused, in base64url, with the code."""
    raws = {
        "identity": "01" + "00" * 31,
        "order 2": "ec" + "ff" * 30 + "7f",
        "order 4": "00" * 32,
        "order 4, sign": "00" * 31 + "80",
        "order 8": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "order 8, sign": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "order 8, other": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "order 8, other, sign": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "identity, sign": "01" + "00" * 30 + "80",
        "order 2, sign": "ec" + "ff" * 31,
        "y = p": "ed" + "ff" * 30 + "7f",
        "y = p + 1": "ee" + "ff" * 30 + "7f",
        "y = 2^255 - 1": "ff" * 31 + "7f",
    }
    return [
        {"why": why, "code": "weak-key", "alg": "ed25519", "pub": _url(raw)}
        for why, raw in raws.items()
    ]


def _url(text: str) -> str:
    return str(base64.urlsafe_b64encode(bytes.fromhex(text)).decode()).rstrip("=")


def everything() -> dict[str, Any]:
    """File name -> content (text as it is, everything else as JSON)."""
    job = main_job()
    books, joins = job["books"], job["joins"]
    town = Book("town", DOMAIN, "up")
    town.opened()
    streams = {
        name: {
            "run": book.run(),
            "lines": book.lines(),
            "heads": [sha(line.encode()) for line in book.headers],
            "seal": book.seal(),
        }
        for name, book in books.items()
    }
    conversation = exchanges(books)
    keys = {name: {"seed": SEEDS[name].hex(), "key": PUB[name]} for name in SEEDS}
    for name in ID:
        keys[name] |= {"node": ID[name], "epoch": EPOCH[name]}
    return {
        "keys.json": {"good": keys, "refused": weak_keys()},
        "json.json": {
            "good": GOOD_LINES,
            "refused": [{"line": line, "why": why} for line, why in BAD_LINES.items()],
        },
        "domain.json": {"genesis": GENESIS, "domain": DOMAIN},
        "streams.json": streams,
        "refused_runs.json": refused_runs(books["up"]),
        "refused_exchanges.json": refused_exchanges(books),
        "receipt.json": receipt("root", books["up"], 1),
        "rotation.json": rotated(town),
        "join.json": joins,
        "lineage.json": job["lineage"],
        "exchange.json": conversation,
        "ferry.txt": ferry(
            [
                body(
                    "root",
                    "city",
                    manifest(None, (0, 0, 2), runs=[books["to"].run()], seals=[books["to"].seal()]),
                    books["to"].lines(),
                    fence=0,
                )
            ]
        ),
    }


def main(folder: str) -> None:
    """Write every file."""
    for name, content in everything().items():
        text = content if isinstance(content, str) else _pretty(content)
        Path(folder, name).write_text(text, encoding="utf-8", newline="\n")


def _pretty(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    main(sys.argv[1])
