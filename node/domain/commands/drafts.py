"""Commands on a draft, from its submission to its decision, and what its applicant says after.

Decides by what is handed in: clocks, numbers, nonces and hashes are arguments. Never writes.
Follows docs/spec/10-13710-events.md, "Drafts".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from node.domain import uscc
from node.domain.calendar import Calendar
from node.domain.commands.base import Actor, DomainRefused, Draft, blank, need
from node.domain.commands.gate import ACCEPTED, Remark, check, source_word
from node.domain.commands.likeness import Likeness
from node.domain.commands.matters import entered
from node.domain.commands.weighing import weigh
from node.domain.draft import FORM, PREFIX, TRIAGE, DraftState, after, draft_id, triage_due
from node.domain.facts import Relations
from node.domain.triage import permit_draft
from schemas.events import BadPayload, decode_data
from schemas.intake import SOURCES

ASKED: Final = ("title", "situation", "demand", "difficulty", "region", "unit", "since")
NEEDED: Final = ("situation", "demand", "difficulty")
ENDED: Final = frozenset({"REJECTED", "MERGED", "CANCELLED"})


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the host gives with a submission: its number, and the hash of its tracking code."""

    number: str
    track: str


def _draft(
    actor: Actor, word: str, subject: str, was: str | None, data: Mapping[str, Any]
) -> Draft:
    """The draft of an event in `own`, its payload in form."""
    type = PREFIX + word
    said = {name: value for name, value in data.items() if not blank(value)}
    try:
        found = decode_data(type, said | {"by": actor.by()})
    except BadPayload as bad:
        where = bad.path.removeprefix("$").removeprefix(".")
        raise DomainRefused("bad-input", bad.message, where=where) from None
    if after(was, type) is None:
        raise DomainRefused("wrong-state", f"no `{word}` in state {was}")
    return Draft(type, subject, "own", found)


def submit(
    actor: Actor,
    form: Mapping[str, Any],
    receipt: Receipt,
    now: str,
    calendar: Calendar,
    nonce: str,
    days: int = 1,
) -> tuple[Draft, list[Remark]]:
    """T01. The draft, and warnings: a code whose check digit is wrong is taken all the same.

    `days`: working days in which it must be taken up, by policy.
    """
    permit_draft(actor, "submit", None)
    need(form, *NEEDED)
    source = _source(form, "enterprise" if actor.role == "enterprise" else None)
    if actor.role == "enterprise" and source != "enterprise":
        detail = f"an enterprise submits through its own port, not {source}"
        raise DomainRefused("bad-input", detail, "enterprise", "source")
    applicant, remarks = _applicant(form.get("applicant"), source)
    data = {name: form[name] for name in ASKED if name in form} | {
        "source": source,
        "applicant": applicant,
        "receipt": receipt.number,
        "track": receipt.track,
        "due": triage_due(now, calendar, days),
        "policy": TRIAGE.version,
        "calendar": calendar.version,
    }
    return _draft(actor, "submitted", draft_id(actor.node, nonce), None, data), remarks


def _source(form: Mapping[str, Any], default: str | None) -> str:
    given = form.get("source") or default
    codes = {word: code for code, word in SOURCES.items()}
    found = codes.get(given, given) if isinstance(given, str) else given
    if found not in SOURCES:
        accepted = ", ".join(f"{code} {word}" for code, word in SOURCES.items())
        raise DomainRefused("bad-input", f"source {given!r}", accepted, "source")
    return str(found)


def _applicant(given: Any, source: str) -> tuple[dict[str, Any] | None, list[Remark]]:
    if blank(given) and source != "enterprise":
        return None, []
    if not isinstance(given, Mapping):
        accepted = '{"name":…,"uscc":…,"contact":…,"phone":…}'
        raise DomainRefused("bad-input", "applicant is missing", accepted, "applicant")
    found = {name: value for name, value in given.items() if not blank(value)}
    if source == "enterprise":
        need({"applicant": found}, "applicant.name", "applicant.uscc")
    code = found.get("uscc")
    if code is None:
        return found, []
    found["uscc"] = tidied = uscc.tidy(str(code))
    if not uscc.well_formed(tidied):
        detail = f"{code!r} is no unified social credit code"
        raise DomainRefused("bad-input", detail, uscc.ACCEPTED, "applicant.uscc")
    if uscc.fits(tidied):
        return found, []
    wanted = uscc.check_digit(tidied)
    detail = f"{tidied}: the check digit should be {wanted}; taken as it is, please look again"
    return found, [Remark("warn", "uscc", "applicant.uscc", detail)]


def draft(actor: Actor, state: DraftState | None, form: Mapping[str, Any], nonce: str) -> Draft:
    """T02. Take up what was submitted, or (`state` None) start a draft; source and basis needed.

    What was submitted is where the form begins; what the form says goes before it.
    """
    permit_draft(actor, "draft", state)
    said = {name: form[name] for name in FORM if name in form}
    if state is not None:
        said = _begun(state) | said
    said["source"] = _source(said, None)
    need(said, "basis")
    subject = state.id if state is not None else draft_id(actor.node, nonce)
    return _draft(actor, "drafted", subject, state.state if state is not None else None, said)


def _begun(state: DraftState) -> dict[str, Any]:
    asked = state.asked
    kept = ("title", "region", "unit", "since")
    found: dict[str, Any] = {name: asked[name] for name in kept if name in asked}
    parts = (("现状", "situation"), ("诉求", "demand"), ("难题", "difficulty"))
    content = "\n".join(f"{word}:{asked[name]}" for word, name in parts if asked.get(name))
    return {**found, "content": content, "source": state.source}


def edit(actor: Actor, state: DraftState, form: Mapping[str, Any]) -> Draft:
    """Say members of the form anew. One that is put to a decision must still pass the gate."""
    permit_draft(actor, "edit", state)
    said = {name: form[name] for name in FORM if name in form}
    if not any(not blank(value) for value in said.values()):
        raise DomainRefused("bad-input", "nothing is changed", ", ".join(FORM))
    if "source" in said:
        said["source"] = _source(said, None)
    if state.state == "PROPOSED":
        _hold(check(state.form | said, proposing=True))
    return _draft(actor, "edited", state.id, state.state, said)


def decline(actor: Actor, state: DraftState, form: Mapping[str, Any]) -> Draft:
    """T03. Not taken up, or passed on (`to`): the submitter is told the reason."""
    permit_draft(actor, "decline", state)
    need(form, "reason")
    said = {name: form.get(name) for name in ("reason", "to")}
    return _draft(actor, "declined", state.id, state.state, said)


def propose(
    actor: Actor, state: DraftState, form: Mapping[str, Any], alike: Sequence[Likeness]
) -> Draft:
    """T04. Put it to a decision. The gate must hold, with all that it then asks for.

    What it only warns of, and likely duplicates (`alike`), need an `answer`: how they were dealt
    with. Refuses `gate`.
    """
    permit_draft(actor, "propose", state)
    remarks = check(state.form, proposing=True)
    _hold(remarks)
    open_ones = [one.detail for one in remarks if one.severity == "warn"]
    open_ones += [f"likely the same as {one.no or one.id} {one.title}" for one in alike]
    if open_ones and blank(form.get("answer")):
        accepted = "refine it, merge it, or say in `answer` how each was dealt with"
        raise DomainRefused("gate", "; ".join(open_ones), accepted, "answer")
    weight = weigh(state.form["scores"])
    said = {"points": weight.points, "weights": list(weight.reached), "answer": form.get("answer")}
    return _draft(actor, "proposed", state.id, state.state, said)


def _hold(remarks: Sequence[Remark]) -> None:
    faults = [one for one in remarks if one.severity == "refuse"]
    if faults:
        detail = "; ".join(one.detail for one in faults)
        raise DomainRefused("gate", detail, faults[0].accepted or ACCEPTED, faults[0].where)


def approve(
    actor: Actor,
    state: DraftState,
    no: str,
    nonce: str,
    promised: str,
    relations: Relations,
    ledger: Mapping[str, Any] | None = None,
) -> tuple[Draft, Draft]:
    """T05. The matter's registration under `no`, and the draft's end that points at it.

    `ledger`: the draft's values, read by the definition in force.
    The registration says nothing that only this node can read: neither the draft nor the applicant.
    """
    permit_draft(actor, "approve", state)
    _hold(check(state.form, proposing=True))
    form = {**state.form, "source": source_word(state.source), "ledger": ledger}
    if blank(form.get("weight")):
        form["weight"] = weigh(state.form["scores"]).words
    registered = entered(actor, form, no, nonce, relations)
    said = {"matter": registered.subject, "no": no, "promised": promised}
    return registered, _draft(actor, "approved", state.id, state.state, said)


def reject(actor: Actor, state: DraftState, form: Mapping[str, Any]) -> Draft:
    """T06. It becomes no matter, for a reason."""
    permit_draft(actor, "reject", state)
    need(form, "reason")
    return _draft(actor, "rejected", state.id, state.state, {"reason": form["reason"]})


def merge(actor: Actor, state: DraftState, form: Mapping[str, Any], found: str | None) -> Draft:
    """T03a. It goes on as another draft or matter; `found`: that one's state, None: not held."""
    permit_draft(actor, "merge", state)
    need(form, "into", "reason")
    into = form["into"]
    if found is None or into == state.id:
        accepted = "another draft or matter that is held here"
        raise DomainRefused("not-found", f"{into} is none to merge into", accepted, "into")
    if found in ENDED:
        detail = f"{into} has ended itself: {found}"
        raise DomainRefused("wrong-state", detail, "one that goes on", "into")
    said = {"into": into, "reason": form["reason"]}
    return _draft(actor, "merged", state.id, state.state, said)


def rate(actor: Actor, state: DraftState, form: Mapping[str, Any], cleared: bool) -> Draft:
    """The applicant's 1 to 5 on the result, once the matter was cleared (`cleared`)."""
    permit_draft(actor, "rate", state)
    if not cleared:
        raise DomainRefused("wrong-state", "the matter is not cleared yet", "CLOSED, STRUCK")
    need(form, "score")
    said = {"score": str(form["score"]), "remark": form.get("remark")}
    return _draft(actor, "rated", state.id, state.state, said)


def complain(actor: Actor, state: DraftState, form: Mapping[str, Any]) -> Draft:
    """The applicant says what is wrong with how the matter is handled."""
    permit_draft(actor, "complain", state)
    need(form, "text")
    return _draft(actor, "complained", state.id, state.state, {"text": form["text"]})


def judge(actor: Actor, state: DraftState, form: Mapping[str, Any]) -> Draft:
    """Whether a complaint (its head, or the only open one) is `proved` or `unfounded`; once."""
    permit_draft(actor, "judge", state)
    need(form, "finding", "grounds")
    waiting = [one.head for one in state.complaints if one.finding is None]
    head = form.get("complaint") or (waiting[0] if len(waiting) == 1 else None)
    if head not in waiting:
        accepted = ", ".join(waiting) or "none is open"
        raise DomainRefused("conflict", f"no open complaint {head}", accepted, "complaint")
    said = {"complaint": head, "finding": form["finding"], "grounds": form["grounds"]}
    return _draft(actor, "complaint_judged", state.id, state.state, said)
