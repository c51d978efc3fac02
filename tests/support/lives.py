"""Whole lives over real HTTP: each step by whoever may take it, and then all books agree."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import requests

from node.domain.permissions import COMMANDS
from node.readmodel.books import Books
from node.storage.store import SqlStore
from tests.schemas.intake_examples import FORM as DRAFT_FORM
from tests.schemas.intake_examples import LAWFUL
from tests.support.forms import DEPLOY, DONE, FORM
from tests.support.hosts import until
from tests.support.realm import Realm, Seat

DAY = 86400
FOUR = {
    "province": Seat("", "province"),
    "city": Seat("province", "city"),
    "county": Seat("city", "county"),
    "town": Seat("county", "township"),
    "bureau": Seat("province", "department"),
}
# what a node knows of an assignment by the events that only it reads
APART = ("frontier", "places", "copies")
ASK = {name: LAWFUL["duban.draft.submitted"][name] for name in (
    "situation", "demand", "difficulty", "applicant")}  # fmt: skip
BODIES = {"deploy": DEPLOY, "report": DONE, "clear": DONE, "grant": {"mark": "good"}}


class Lives(Realm):
    """Four levels at work; the first node registers."""

    def __init__(self, path: Path, plan: dict[str, Seat] | None = None) -> None:
        super().__init__(path, plan or FOUR)
        self.top = next(iter(self.plan))
        until(lambda: self.knows(self.top) == set(self.plan))

    # steps

    def do(self, name: str, word: str, id: str, body: Any = None, role: str = "") -> Any:
        """A command on a matter or an assignment; then wait until all books agree."""
        roles = COMMANDS[word].roles
        role = role or next(one for one in ("supervisor", "head") if one in roles)
        folder = "matters" if id.startswith("matter:") else "assignments"
        done = self.user(name, role).post(f"/{folder}/{id}/{word}", body or BODIES.get(word))
        self.agree()
        return done

    def refused(self, name: str, word: str, id: str, body: Any, role: str) -> str:
        """The code of a command's refusal."""
        answer = self.user(name, role).try_post(f"/assignments/{id}/{word}", body)
        assert answer.status_code in (403, 409, 422), answer.text
        return str(answer.json()["code"])

    def steps(self, name: str, id: str, *words: str) -> None:
        """Several commands of one unit."""
        for word in words:
            self.do(name, word, id)

    def register(self, **change: Any) -> str:
        """A matter of the first node."""
        made = self.user(self.top, "supervisor").post("/matters", FORM | change)
        return str(made["id"])

    def issue(self, matter: str, lead: str, *others: str) -> list[str]:
        """Given out; the assignments' ids, the lead's first."""
        units = {"lead": self.node(lead), "cohandlers": [self.node(one) for one in others]}
        handed = self.do(self.top, "issue", matter, units)
        return [one["id"] for one in handed["assignments"]]

    def split(self, name: str, id: str, *units: str) -> list[str]:
        """Parts of an assignment; their ids."""
        lead, *others = (self.node(one) for one in units)
        handed = self.do(name, "split", id, {"lead": lead, "cohandlers": others})
        return [one["id"] for one in handed["assignments"]]

    def advance(self, days: float) -> None:
        """Let business time pass everywhere."""
        for name in self.plan:
            user = self.user(name, "admin")
            answer = requests.put(
                f"{user.base}/clock",
                json={"advance_seconds": days * DAY},
                headers=user.headers,
                timeout=10,
            )
            assert answer.status_code == 200, answer.text

    # books

    def rows(self, name: str) -> dict[str, dict[str, Any]]:
        """The assignments in a node's read model, by id."""
        items = self.user(name, "supervisor").get("/assignments?limit=500")["items"]
        return {one["id"]: one for one in items}

    def agree(self) -> None:
        """Wait until every node's books are those of the first one, which holds all of them: what
        REST lists, and behind it the whole record."""
        until(lambda: not self.differing(), 20)

    def differing(self) -> list[tuple[str, str]]:
        """Which node has which assignment otherwise than the first one, or lacks its own."""
        books = {name: self.rows(name) for name in self.plan}
        records = {name: self._records(name, books[name]) for name in self.plan}
        top, found = books[self.top], list[tuple[str, str]]()
        for name, book in books.items():
            for id, row in book.items():
                if top.get(id) != row or records[self.top].get(id) != records[name][id]:
                    found.append((name, id))
        for id, row in top.items():
            parties = (self.name(row[side]) for side in ("issuer", "assignee"))
            found += [(name, id) for name in parties if id not in books[name]]
        return found

    def _records(self, name: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        def look(store: SqlStore) -> dict[str, dict[str, Any]]:
            books = Books(store.connection, store.tenant, store.node, store.domain)
            held = {id: books.assignment(id) for id in ids}
            return {
                id: {
                    member: value
                    for member, value in msgspec.structs.asdict(one).items()
                    if member not in APART
                }
                for id, one in held.items()
                if one is not None
            }

        return self.hosts[name].host.read(self.places[name], look)

    def state(self, id: str, name: str = "") -> str:
        """An assignment's state, as a node's books say."""
        return str(self.rows(name or self.top)[id]["state"])

    def clock(self, id: str, kind: str) -> dict[str, Any]:
        """One clock of an assignment."""
        clocks = self.rows(self.top)[id]["clocks"]
        return next(one for one in clocks if one["kind"] == kind)

    def matter(self, id: str) -> dict[str, Any]:
        """A matter whole."""
        found: dict[str, Any] = self.user(self.top, "supervisor").get(f"/matters/{id}")
        return found

    def strike(self, matter: str) -> None:
        """The last step: nothing of it is open anywhere."""
        assert self.matter(matter)["state"] == "CLOSED"
        self.do(self.top, "strike", matter, {"result": "已办结"})
        assert self.matter(matter)["state"] == "STRUCK"
        for name in self.plan:
            held = [one for one in self.rows(name).values() if one["matter"] == matter]
            assert all(one["struck"] for one in held if one["state"] == "CLOSED"), name
            assert not [one for one in held if any(clock["light"] for clock in one["clocks"])], name


class Firm:
    """An enterprise at the first node's counter: what it hands in, and what it may see."""

    def __init__(self, lives: Lives, **asked: Any) -> None:
        self.lives = lives
        self.at = f"{lives.hosts[lives.top].address}/api/v1/track"
        self.receipt = lives.user(lives.top, "enterprise").post("/intake", ASK | asked)
        self.ticket = {"number": self.receipt["receipt"], "code": self.receipt["code"]}

    def track(self, path: str = "", **said: Any) -> Any:
        answer = requests.post(self.at + path, json=self.ticket | said, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def steps(self) -> list[str]:
        """The public steps so far."""
        return [one["step"] for one in self.track()["steps"]]

    def last(self) -> str:
        return self.steps()[-1]

    def taken_up(self, **form: Any) -> str:
        """Triaged, drafted, proposed and approved; the matter that it became."""
        lives, id = self.lives, self.receipt["id"]
        seen = [self.last()]
        for word, role in (("draft", "registrar"), ("propose", "registrar"), ("approve", "")):
            body = DRAFT_FORM | form if word == "draft" else {}
            made = lives.user(lives.top, role or "supervisor").post(f"/drafts/{id}/{word}", body)
            seen.append(self.last())
        assert seen == ["线索/申报", "拟办", "拟办", "已立项"]
        return str(made["matter"])
