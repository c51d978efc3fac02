"""Drafts at work: triage's commands inside a desk's transaction, and what people read of drafts.

One function per command, listed in OPERATIONS, which work.py runs. Decides nothing of the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, Protocol

import msgspec

from node.domain import triage
from node.domain.calendar import Calendar, Policy
from node.domain.clocks import due_instants
from node.domain.commands import Actor, DomainRefused, Draft, drafts
from node.domain.commands.base import blank
from node.domain.commands.gate import Remark, check
from node.domain.commands.likeness import Item, Likeness, likely
from node.domain.draft import FORM, DraftState, owner, triage_light
from node.domain.instants import local_date
from node.readmodel import drafts as rows
from node.readmodel.drafts import Drafts
from node.service import answers, entering
from node.service.drafting import drafts_of_store
from node.service.place import Chance
from node.storage.store import SqlStore

CODE: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 characters that can't be mistaken
CODE_LENGTH: Final = 12
ASKED_AS: Final = {"content": "situation"}  # the gate's members, as a demand calls them
CLEARED: Final = ("CLOSED", "STRUCK")
Form = Mapping[str, Any]


class Lender(Protocol):
    """What a host lends."""

    @property
    def chance(self) -> Chance:
        """Randomness."""
        ...


class Desk(entering.Desk, Protocol):
    """What is needed of work.Desk."""

    @property
    def calendar(self) -> Calendar:
        """The calendar by which the node issues now."""
        ...

    def policy(self, board: str, grade: str) -> Policy:
        """The policy for a new matter of this board and grade."""
        ...

    @property
    def host(self) -> Lender:
        """Who lends chance."""
        ...

    def next_no(self) -> str:
        """The next document number."""
        ...


def track_hash(number: str, code: str) -> str:
    """What is kept of a tracking code, with the receipt number that it belongs to."""
    plain = "".join(one for one in code.upper() if one.isalnum())
    return sha256(f"duban-track-v1\0{number}\0{plain}".encode()).hexdigest()


def _books(desk: Desk) -> Drafts:
    return drafts_of_store(desk.store)


def held(desk: Desk, id: str) -> DraftState:
    """The draft. Refuses `not-found`."""
    found = _books(desk).draft(id)
    if found is None:
        raise DomainRefused("not-found", f"no draft {id} is held here")
    return found


def _done(desk: Desk, draft: Draft, **more: Any) -> dict[str, Any]:
    desk.write([draft])
    return {"id": draft.subject, "state": held(desk, draft.subject).state, **more}


def submit(desk: Desk, _: str, form: Form) -> dict[str, Any]:
    """T01. The answer holds the receipt's number and the tracking code, shown only now."""
    code = "".join(CODE[one % 32] for one in desk.host.chance.bytes(CODE_LENGTH))
    prefix = f"{local_date(desk.now.business):%Y%m%d}-"
    last = rows.last_receipt(desk.store.connection, desk.store.tenant, prefix)
    number = f"{prefix}{last + 1:04d}"
    receipt = drafts.Receipt(number, track_hash(number, code))
    days = desk.policy("daily", "general").triage  # no board yet: what comes in is daily work
    made, remarks = drafts.submit(
        desk.actor, form, receipt, desk.now.business, desk.calendar, desk.nonces(1)[0], days
    )
    shown = "-".join(code[at : at + 4] for at in range(0, CODE_LENGTH, 4))
    told = {"receipt": number, "code": shown, "promised": made.data["due"]}
    return _done(desk, made, **told, remarks=_told(remarks))


def draft(desk: Desk, id: str, form: Form) -> dict[str, Any]:
    """T02. `id` "": start one here."""
    return _examined(desk, take_up(desk, id, form))


def take_up(desk: Desk, id: str, form: Form) -> dict[str, Any]:
    """T02, without a look at what is like it."""
    entering.valued(desk, form.get("board"), form.get("ledger"))
    made = drafts.draft(desk.actor, held(desk, id) if id else None, form, desk.nonces(1)[0])
    return _done(desk, made)


def edit(desk: Desk, id: str, form: Form) -> dict[str, Any]:
    """Say members of the form anew."""
    return _examined(desk, change(desk, id, form))


def change(desk: Desk, id: str, form: Form) -> dict[str, Any]:
    """As `edit`, without a look at what is like it."""
    state = held(desk, id)
    said = state.form | dict(form)
    entering.valued(desk, said.get("board"), said.get("ledger"))
    return _done(desk, drafts.edit(desk.actor, state, form))


def _examined(desk: Desk, told: dict[str, Any]) -> dict[str, Any]:
    state = held(desk, told["id"])
    alike = _alike(desk.store, rows.item_of(state))
    return told | {"remarks": _told(check(state.form, True)), "duplicates": _told(alike)}


def decline(desk: Desk, id: str, form: Form) -> dict[str, Any]:
    """T03."""
    return _done(desk, drafts.decline(desk.actor, held(desk, id), form))


def propose(desk: Desk, id: str, form: Form) -> dict[str, Any]:
    """T04."""
    state = held(desk, id)
    alike = _alike(desk.store, rows.item_of(state))
    made = drafts.propose(desk.actor, state, form, alike)
    kept = {name: made.data[name] for name in ("points", "weights")}
    return _done(desk, made, **kept, duplicates=_told(alike))


def approve(desk: Desk, id: str, _: Form) -> dict[str, Any]:
    """T05. Registration and the draft's end, in one transaction."""
    state, now = held(desk, id), desk.now.business
    triage.permit_draft(desk.actor, "approve", state)
    form = entering.registered(desk, state.form)  # its campaign fits, its values are read
    grade = state.word("grade")
    due = due_instants(now, grade, desk.policy(state.word("board"), grade), desk.calendar)
    promised = due.get("k7") or due["km"]
    registered, ended = drafts.approve(
        desk.actor, state, desk.next_no(), desk.nonces(1)[0], promised, desk.store.roster(),
        form.get("ledger") or None,
    )  # fmt: skip
    desk.write([registered])
    told = {"matter": registered.subject, "no": registered.data["no"], "promised": promised}
    return _done(desk, ended, **told)


def reject(desk: Desk, id: str, form: Form) -> dict[str, Any]:
    """T06."""
    return _done(desk, drafts.reject(desk.actor, held(desk, id), form))


def merge(desk: Desk, id: str, form: Form) -> dict[str, Any]:
    """T03a."""
    into = str(form.get("into") or "")
    made = drafts.merge(desk.actor, held(desk, id), form, _state_of(desk, into))
    return _done(desk, made, into=into)


def _state_of(desk: Desk, id: str) -> str | None:
    if owner(id) is not None:
        other = _books(desk).draft(id)
        return other.state if other is not None else None
    matter = desk.books.matter(id)
    return desk.books.rolled(matter) if matter is not None else None


def rate(desk: Desk, id: str, form: Form) -> dict[str, Any]:
    """The applicant's mark on the result."""
    state = held(desk, id)
    cleared = state.matter is not None and _state_of(desk, state.matter) in CLEARED
    return _done(desk, drafts.rate(desk.actor, state, form, cleared))


def complain(desk: Desk, id: str, form: Form) -> dict[str, Any]:
    """The applicant's complaint."""
    return _done(desk, drafts.complain(desk.actor, held(desk, id), form))


def judge(desk: Desk, id: str, form: Form) -> dict[str, Any]:
    """A complaint's finding. A proved one reopens the lead's assignment, before strike-off."""
    state = held(desk, id)
    made = drafts.judge(desk.actor, state, form)
    told = _done(desk, made, reopened=None)
    matter = state.matter or ""
    if made.data["finding"] == "proved" and _state_of(desk, matter) == "CLOSED":
        for one in desk.books.of_matter(matter):
            if one.kind == "lead" and not one.part and one.state == "CLOSED":
                answers.reopen(desk, one.id, {"reason": made.data["grounds"]})
                told["reopened"] = one.id
    return told


OPERATIONS: Final[Mapping[str, Callable[[Desk, str, Form], dict[str, Any]]]] = {
    "draft.submit": submit,
    "draft.draft": draft,
    "draft.edit": edit,
    "draft.decline": decline,
    "draft.propose": propose,
    "draft.approve": approve,
    "draft.reject": reject,
    "draft.merge": merge,
    "draft.rate": rate,
    "draft.complain": complain,
    "draft.judge": judge,
}


# what is read


def _told(found: Sequence[Remark] | Sequence[Likeness]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = msgspec.to_builtins(found)
    return told


def _alike(store: SqlStore, mine: Item) -> list[Likeness]:
    return likely(mine, rows.candidates(store.connection, store.tenant, store.domain, mine))


def _item(form: Form, now: str) -> Item:
    units = tuple(str(form[name]) for name in ("lead", "unit") if not blank(form.get(name)))
    title, content = str(form.get("title") or ""), str(form.get("content") or "")
    region = form.get("region")
    return Item("", title, content, region if isinstance(region, str) else None, units, now)


def alike_to(desk: Desk, form: Form) -> list[Likeness]:
    """Likely duplicates of what is registered directly; of a campaign's many alike, none."""
    if not blank(form.get("campaign")):
        return []
    return _alike(desk.store, _item(form, desk.now.business))


def warned(remarks: Sequence[Remark], alike: Sequence[Likeness]) -> dict[str, Any]:
    """What a direct registration is told beside its number."""
    return {"remarks": _told(remarks), "duplicates": _told(alike)}


def examine(store: SqlStore, form: Form, now: str, proposing: bool) -> dict[str, Any]:
    """A dry run of the gate: all remarks and likely duplicates, nothing written."""
    said = {name: form[name] for name in (*FORM, "source", "basis") if name in form}
    remarks = check(said, proposing)
    passes = not any(one.severity == "refuse" for one in remarks)
    alike = _alike(store, _item(said, now))
    return {"passes": passes, "remarks": _told(remarks), "duplicates": _told(alike)}


def examine_asked(store: SqlStore, actor: Actor, form: Form, now: str) -> dict[str, Any]:
    """As `examine`, of a demand before it is handed in: how it is worded, and what the asking user
    has handed in that is like it. Never shows what others asked for."""
    said = {"title": form.get("title"), "content": form.get("situation")}
    remarks = [
        msgspec.structs.replace(one, where=ASKED_AS.get(one.where, one.where))
        for one in check(said, False)
        if one.word
    ]
    mine = [
        one
        for one in _alike(store, _item({**form, "content": form.get("situation")}, now))
        if _submitter(store, one.id) == actor.user
    ]
    return {"remarks": _told(remarks), "duplicates": _told(mine)}


def _submitter(store: SqlStore, id: str) -> str | None:
    found = drafts_of_store(store).draft(id) if owner(id) else None
    return found.submitter if found is not None else None


def meant_lead(store: SqlStore, matter: str) -> str:
    """The lead that the draft named from which a matter came; "" where none did."""
    ids = rows.merged_drafts(store.connection, store.tenant, matter)
    held_ = [drafts_of_store(store).draft(id) for id in ids]
    return next((one.word("lead") for one in held_ if one is not None and one.matter == matter), "")


def whole(store: SqlStore, actor: Actor, id: str, now: str) -> dict[str, Any]:
    """A draft with what may be done with it, what the gate remarks, and likely duplicates.

    An applicant sees its own, and neither remarks nor others' matters. Raises `not-found`.
    """
    state = drafts_of_store(store).draft(id)
    applicant = actor.role == triage.APPLICANT
    if state is None or (applicant and state.submitter != actor.user):
        raise DomainRefused("not-found", f"no draft {id} is held here")
    told: dict[str, Any] = msgspec.to_builtins(state)
    del told["track"]
    told["light"] = triage_light(state.due, state.taken_at, now)
    told["allowed"] = list(triage.allowed_on(actor, state))
    if applicant:
        inside = ("form", "points", "weights", "answer")
        return {name: value for name, value in told.items() if name not in inside}
    waits = state.state in rows.WAITING
    told["remarks"] = _told(check(state.form, True)) if state.form and waits else []
    told["duplicates"] = _told(_alike(store, rows.item_of(state))) if waits else []
    return told
