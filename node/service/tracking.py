"""What an applicant sees without an account: number and code show public steps, and nothing else.

Decides whether the code fits (constant time, against its hash), how often one may try, and which
words about a matter are public: its number, steps with their dates, the unit in charge and whom to
call there. Reports, rulings and other applicants stay inside.
"""

from __future__ import annotations

import hmac
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from node.domain.assignment import AssignmentState
from node.domain.commands import Actor, DomainRefused
from node.domain.draft import DraftState
from node.domain.machine import ASSIGNMENT_STATES, MATTER_STATES
from node.readmodel import drafts as rows
from node.readmodel.books import Books
from node.service import acts
from node.service.acts import Deed
from node.service.drafting import drafts_of_store
from node.service.host import Host
from node.service.intake import track_hash
from node.service.place import Place
from node.storage.store import SqlStore
from schemas.header import parse_payload

TRIES: Final = 10
WINDOW: Final = 600.0  # seconds after which failed tries are forgotten
REMEMBERED: Final = 10_000  # numbers
HOPS: Final = 8  # mergers that are followed
NOBODY: Final = "0" * 64
PUBLIC: Final = ("rate", "complain")


class Throttle:
    """How often a number was tried in vain. Kept in memory; safe between threads."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, number: str, now: float) -> None:
        """Refuse `throttled` after ten failed tries within ten minutes. `now`: seconds."""
        with self._lock:
            recent = [at for at in self._failed.get(number, []) if now - at < WINDOW]
        if len(recent) >= TRIES:
            wait = int(WINDOW - (now - recent[0])) + 1
            detail = f"{number} was tried too often"
            raise DomainRefused("throttled", detail, f"try again in {wait} seconds", "code")

    def failed(self, number: str, now: float) -> None:
        """Count a try in vain."""
        with self._lock:
            tries = self._failed.pop(number, [])
            self._failed[number] = [*(at for at in tries[-TRIES:] if now - at < WINDOW), now]
            while len(self._failed) > REMEMBERED:
                self._failed.popitem(last=False)


class Tracking:
    """The public counter of a host."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._throttle = Throttle()

    def show(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """The public picture of what `number` and `code` name. `not-found`, `throttled`."""
        place, id = self._find(form)
        now = self._host.now().business
        return self._host.read(place, lambda store: public(store, id, now))

    def say(self, word: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Rate or complain, as the applicant that number and code stand for."""
        if word not in PUBLIC:
            raise DomainRefused("not-found", f"no public {word}", ", ".join(PUBLIC))
        place, id = self._find(form)
        held = self._host.read(place, lambda store: drafts_of_store(store).draft(id))
        user = held.submitter if held is not None else ""
        actor = Actor(place.tenant.node, user, "enterprise")
        operation = f"draft.{word}"
        said = {name: value for name, value in form.items() if name not in ("number", "code")}
        done, _ = acts.command(
            self._host, place, actor, Deed(operation, id), [(operation, id, said)]
        )
        return done[0]

    def _find(self, form: Mapping[str, Any]) -> tuple[Place, str]:
        number, code = form.get("number"), form.get("code")
        if not isinstance(number, str) or not isinstance(code, str) or len(number) > 24:
            accepted = '"number": as on the receipt, "code": 12 characters'
            raise DomainRefused("bad-input", "number and code are needed", accepted, "number")
        now = self._host.now().seconds
        self._throttle.check(number, now)
        with self._host.database.read() as connection:
            held = rows.by_receipt(connection, number)
        said, found = track_hash(number, code[:64]), None
        for row in held or [{"track": NOBODY}]:
            if hmac.compare_digest(said, row["track"] or NOBODY):
                found = row
        if found is None:
            self._throttle.failed(number, now)
            raise DomainRefused("not-found", "no receipt has this number and code")
        return self._host.place(found["node"], found["domain"]), str(found["id"])


def public(store: SqlStore, id: str, now: str) -> dict[str, Any]:
    """The steps of a draft and of the matter that it became, in public words."""
    held = drafts_of_store(store)
    state = first = held.draft(id)
    if first is None or state is None:
        raise DomainRefused("not-found", "no receipt has this number and code")
    steps = _of_draft(first)
    target = first.matter or first.into
    for _ in range(HOPS):
        onward = held.draft(target) if target and target.startswith("draft:") else None
        if onward is None:
            break
        target = onward.matter or onward.into
    told: dict[str, Any] = {
        "number": first.receipt,
        "title": first.word("title"),
        "state": first.state,
        "stage": MATTER_STATES[first.state],
        "promised": first.promised or first.due,
        "reason": first.reason if first.state in ("REJECTED", "MERGED") else None,
        "transferred_to": first.to,
        "unit": None,
        "contact": None,
        "steps": steps,
        "rating": first.score,
        "complaints": [
            {"time": one.time, "text": one.text, "finding": one.finding, "grounds": one.grounds}
            for one in first.complaints
        ],
        "as_of": now,
    }
    return told | _of_matter(store, target, steps)


def _of_draft(state: DraftState) -> list[dict[str, Any]]:
    return [
        {"step": MATTER_STATES[one.state], "time": one.time, "unit": None}
        for one in state.steps
        if one.state != "PROPOSED"
    ]


def _of_matter(store: SqlStore, id: str | None, steps: list[dict[str, Any]]) -> dict[str, Any]:
    books = Books(store.connection, store.tenant, store.node, store.domain)
    matter = books.matter(id) if id else None
    if matter is None:
        return {}
    state = books.rolled(matter)
    told: dict[str, Any] = {"no": matter.no, "state": state, "stage": MATTER_STATES[state]}
    leads = [one for one in books.of_matter(matter.id) if one.kind == "lead" and not one.part]
    for lead in leads:
        name = _name(store, lead.assignee)
        steps.extend(_of_lead(store, lead, name))
        finals = [one.due for one in lead.clocks if one.kind in ("k7", "km")]
        if lead.state != "CANCELLED":
            told |= {"unit": name, "promised": finals[-1] if finals else None}
            told["contact"] = _contact(store, lead)
    if matter.ended_at:
        steps.append({"step": MATTER_STATES[state], "time": matter.ended_at, "unit": None})
    return told


_WORDS: Final[Mapping[str, str]] = {
    "issued": ASSIGNMENT_STATES["ISSUED"],
    "signed": "已签收",
    "deployed": "已部署",
    "reported": "已反馈进展",
    "clearance_applied": "已申请办结",
    "returned": "退回重办",
    "granted": ASSIGNMENT_STATES["CLOSED"],
    "reopened": "复核发回",
}


def _of_lead(store: SqlStore, lead: AssignmentState, unit: str) -> list[dict[str, Any]]:
    """The lead's steps that count; only their kind and date are public."""
    outcomes = store.outcomes_of(lead.id)
    return [
        {"step": _WORDS[word], "time": event.header.time, "unit": unit}
        for event in store.events_of(lead.id)
        if (word := event.header.type.rpartition(".")[2]) in _WORDS and event.head not in outcomes
    ]


def _name(store: SqlStore, node: str) -> str:
    roster = store.roster()
    return str(roster.row(node)["name"]) if node in roster else ""


def _contact(store: SqlStore, lead: AssignmentState) -> dict[str, str] | None:
    """Whom to call at the unit, once it has deployed."""
    outcomes, found = store.outcomes_of(lead.id), None
    for event in store.events_of(lead.id):
        counts = event.payload_line is not None and event.head not in outcomes
        if counts and event.header.type == "duban.assignment.deployed":
            found = parse_payload(event.payload_line or b"")["contact"]
    return found
