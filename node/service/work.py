"""Commands at work: load what is known, let the domain decide, append, all in one transaction.

One method per command (requests and rulings: answers.py); `run` takes them by name, and `batch`
several in one transaction, all or nothing. Decides nothing of the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from federation.roster import Roster
from node.domain import commands as c
from node.domain.assignment import AssignmentState
from node.domain.calendar import Calendar, Policy
from node.domain.commands import Actor, DomainRefused, Draft
from node.domain.commands.gate import check
from node.domain.matter import MatterState
from node.readmodel.books import Books
from node.service import accepting, answers, attachments, entering, intake
from node.service.convert import drafts_of
from node.service.host import Host
from node.service.numbers import Numbers
from node.service.place import Place
from node.service.rulebook import Rules, policy_of_assignment
from node.storage.store import SqlStore
from schemas.header import parse_payload
from schemas.membership import OPENED
from sync import publish as publishing
from sync.event import Event
from sync.me import Me, Now
from sync.publish import publish
from sync.writing import SEAL_BYTES, SEAL_EVENTS

MOST_BATCH = 500
Asked = tuple[str, str, Mapping[str, Any]]
"""An operation, the id that it is about, its form."""
CONTENT = ("matter", "no", "title", "board", "grade", "content", "indicators", "campaign", "class")


class Desk:
    """One actor's commands inside one transaction of its node."""

    def __init__(
        self, host: Host, place: Place, actor: Actor, store: SqlStore, me: Me, calendar: Calendar
    ) -> None:
        self.host, self.place, self.actor = host, place, actor
        self.store, self.me = store, me
        self._rules = Rules(store, store.roster().root, place.tenant.code, calendar)
        self.number = 0
        """of the command at work, in its batch"""
        self._books = Books(store.connection, store.tenant, store.node, store.domain)
        self._pending = list[tuple[int, Draft]]()
        self.now: Now = host.now()
        self.alone = True  # whether this is the transaction's only command
        self._numbers: Numbers | None = None
        self._unsealed: dict[str, tuple[int, int]] = {}  # stream -> events, bytes

    # what is known

    @property
    def books(self) -> Books:
        """The read models, with all that was written so far."""
        self.flush()
        return self._books

    def roster(self) -> Roster:
        """Who is who in the domain."""
        return self.store.roster()

    def matter(self, id: str) -> MatterState:
        """The matter. Refuses `not-found`."""
        found = self.books.matter(id)
        if found is None:
            raise DomainRefused("not-found", f"no matter {id} is held here")
        return found

    def assignment(self, id: str) -> AssignmentState:
        """The assignment. Refuses `not-found`."""
        found = self.books.assignment(id)
        if found is None:
            raise DomainRefused("not-found", f"no assignment {id} is held here")
        return found

    def reached(self, units: list[str]) -> list[str]:
        """The units; refused where one was below or guided once and no longer is: that binds
        commands, while what was issued before counts on (docs/spec/07, "Authority table")."""
        roster, me = self.roster(), self.me.node
        for unit in units:
            gone = roster.is_ancestor(me, unit) or roster.guides(me, unit)
            if gone and not (roster.in_subtree(me, unit) or roster.guided_by(me, unit)):
                raise DomainRefused("wrong-node", f"{unit} is no longer below or guided", me)
        return units

    @property
    def rules(self) -> Rules:
        """What is published: calendars, policies, ledgers, campaigns."""
        return self._rules

    @property
    def calendar(self) -> Calendar:
        """The latest calendar of the nearest region that is held."""
        return self._rules.calendar()

    def policy(self, board: str, grade: str) -> Policy:
        """The policy for a new matter of this board and grade."""
        return self._rules.policy(board, grade, self.now.business)

    def clock(self, of: MatterState | AssignmentState) -> tuple[str, Policy, Calendar]:
        """The instant, policy and calendar by which due instants are computed.

        What is given of an assignment (a part, another round) goes by the policy that was in force
        when that was given: a new one is for new matters (rule 14).
        """
        now = self.now.business
        since = of.t0 if isinstance(of, AssignmentState) else now
        return now, self._rules.policy(of.board, of.grade, since), self.calendar

    def nonces(self, count: int) -> list[str]:
        """Names for new objects: by time first, so that an index grows at its end, then chance."""
        start = f"{int(self.now.seconds * 1000):012x}"
        return [start + self.host.chance.bytes(7).hex() for _ in range(count)]

    def write(self, drafts: Sequence[Draft]) -> list[Event]:
        """Append; refuses `conflict` where something would not count."""
        self.flush()
        written = self._publish(entering.within(self, drafts), sealed=False)
        for event in written:
            count, size = self._unsealed.get(event.chain[3], (0, 0))
            self._unsealed[event.chain[3]] = count + 1, size + event.size
        for stream, (count, size) in self._unsealed.items():
            if count > SEAL_EVENTS // 2 or size > SEAL_BYTES // 2:
                self._settle(stream)
        self._count(written)
        return written

    def _later(self, draft: Draft) -> None:
        """Write a draft that nothing else in this transaction builds on yet, with others alike."""
        self._pending.append((self.number, draft))

    def flush(self) -> None:
        """Write what was put off, all at once."""
        pending, self._pending = self._pending, []
        if pending:
            written = self._publish([draft for _, draft in pending], sealed=True)
            said = [event for event in written if event.header.type != OPENED]
            self._count(said, [number for number, _ in pending])

    def _publish(self, drafts: Sequence[Draft], sealed: bool) -> list[Event]:
        salt = self.host.chance.bytes
        made = drafts_of(drafts)
        return publish(self.store, self.me, made, self.now, lambda: salt(16), sealed=sealed)

    def _count(self, written: Sequence[Event], numbers: Sequence[int] = ()) -> None:
        """Refuse `conflict` when a written event would not count."""
        for at, event in enumerate(written):
            code = self.store.amiss.get(event.head, "waiting")
            if code not in ("", "waiting"):  # a copy waits here: its object is the lead's
                where = f"commands[{numbers[at]}]" if numbers else ""
                detail = f"{event.header.type} would not count: {code}"
                raise DomainRefused("conflict", detail, where=where)

    # matters

    def register(self, _: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Register a matter; give out the next document number."""
        return self._register(entering.registered(self, form))

    def _register(self, form: Mapping[str, Any]) -> dict[str, Any]:
        remarks, named = check(form), (self.next_no(), self.nonces(1)[0])
        draft = c.register(self.actor, form, *named, self.roster(), remarks)
        alike = intake.alike_to(self, form) if self.alone else []
        self._later(draft)
        made = {"id": draft.subject, "no": draft.data["no"], "state": "APPROVED"}
        return made | intake.warned(remarks, alike)

    def register_all(self, forms: Sequence[Mapping[str, Any]]) -> list[MatterState]:
        """Register many whose values are read already; the matters that they became."""
        made = []
        for self.number, form in enumerate(forms):
            made.append(self._register(form)["id"])
        held = self.books.matters(made)
        return [held[id] for id in made]

    def next_no(self) -> str:
        """The next document number; see numbers.py."""
        if self._numbers is None:
            self._numbers = Numbers(self.store, self.place.domain, self.now.business)
        return self._numbers.next()

    def _settle(self, stream: str) -> None:
        publishing.settle(self.store, self.me, stream, self.now)
        self._unsealed[stream] = 0, 0

    def close(self) -> None:
        """Seal what was written, keep the last number given out: the transaction's end."""
        self.flush()
        for stream in self._unsealed:
            self._settle(stream)
        attachments.settle(self.host, self.store)
        if self._numbers is not None:
            self._numbers.keep()

    def issue(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Give a matter to a lead and co-handlers."""
        units, matter = self.reached(_units(form)), self.matter(id)
        drafts = c.issue(
            self.actor,
            matter,
            self.books.of_matter(id),
            units,
            self.roster(),
            self.clock(matter),
            self.nonces(len(units)),
        )
        self.write(drafts)
        return _handed(drafts, self.calendar)

    def strike(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Strike a matter off, and tell every assignee."""
        matter, held = self.matter(id), self.books.of_matter(id)
        rolled = self.books.rolled(matter)
        draft = c.strike(self.actor, matter, rolled, str(form.get("result") or ""), self.roster())
        return self.rule_matter(draft, "duban.assignment.struck", held, "STRUCK")

    def cancel(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Cancel a matter, and tell every assignee."""
        matter, held = self.matter(id), self.books.of_matter(id)
        grounds, rolled = str(form.get("grounds") or ""), self.books.rolled(matter)
        draft = c.cancel(self.actor, matter, grounds, self.roster(), rolled)
        return self.rule_matter(draft, "duban.assignment.cancelled", held, "CANCELLED")

    def rule_matter(
        self, draft: Draft, type: str, held: Sequence[AssignmentState], state: str
    ) -> dict[str, Any]:
        """Append a ruling on a matter, and repeat it to its assignees as `type`."""
        head = self.write([draft])[-1].head
        repeated = c.repeats(type, head, draft.data, held, self.actor.node)
        self.write(repeated)
        return {"id": draft.subject, "state": state, "told": len(repeated)}

    # assignments

    def sign(self, id: str, _: Mapping[str, Any]) -> dict[str, Any]:
        """Sign for an assignment."""
        return self.one(id, [c.sign(self.actor, self.assignment(id), self.roster())])

    def deploy(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Report the deployment."""
        return self.one(id, [c.deploy(self.actor, self.assignment(id), form, self.roster())])

    def report(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Report progress."""
        attachments.require(self.store, self.actor, form.get("attachments"))
        state = self.assignment(id)
        form, warnings = entering.reported(self._rules.ledger(state.board), state.ledger, form)
        done = self.one(id, c.report(self.actor, state, form, self.roster()))
        return done | ({"warnings": warnings} if warnings else {})

    def clear(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Apply for clearance."""
        state = self.assignment(id)
        return self.one(id, [c.clear(self.actor, state, form, self._around(state), self.roster())])

    def grant(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Grant clearance; the lead's last."""
        state, held = self.assignment(id), self._around(self.assignment(id))
        around = self.roster(), held, self.calendar
        draft = c.grant(self.actor, state, form, *around, self._review_days(state))
        return self.one(id, [draft])

    def _around(self, state: AssignmentState) -> list[AssignmentState]:
        """What must be done first: the parts, and the other assignments of the matter."""
        others = self.books.of_matter(state.matter) if state.matter else []
        return [*others, *self.books.parts(state.id)]

    def _review_days(self, state: AssignmentState) -> int:
        """Working days in which an application is to be answered, by the assignment's policy."""
        return policy_of_assignment(self.store, state.policy).review

    def send_back(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Return an application for clearance."""
        state, now = self.assignment(id), self.now.business
        days = self._review_days(state)
        draft = c.send_back(self.actor, state, form, now, self.roster(), self.calendar, days)
        return self.one(id, [draft])

    def urge(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Urge the unit in charge."""
        state, text = self.assignment(id), str(form.get("text") or "")
        return self.one(id, [c.urge(self.actor, state, text, self.roster(), self.now.business)])

    def split(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Hand parts down."""
        state, units = self.assignment(id), self.reached(_units(form))
        drafts = c.split(
            self.actor,
            state,
            self.content(state),
            units,
            self.roster(),
            self.clock(state),
            self.nonces(len(units)),
            self.books.parts(id),
        )
        self.write(drafts)
        return _handed(drafts, self.calendar)

    def content(self, state: AssignmentState) -> dict[str, Any]:
        """What the whole's `issued` event says, for its parts to say the same."""
        for event in self.store.events_of(state.id):
            if event.head == state.issued_head and event.payload_line is not None:
                data = parse_payload(event.payload_line)
                return {name: data[name] for name in CONTENT if name in data}
        raise DomainRefused("not-found", f"the content of {state.id} was erased")

    def one(self, id: str, drafts: Sequence[Draft]) -> dict[str, Any]:
        """Append; what the assignment then shows."""
        self.write(drafts)
        after = self.assignment(id)
        return {"id": id, "state": after.state, "due": after.due}


def _units(form: Mapping[str, Any]) -> list[str]:
    lead, others = form.get("lead"), form.get("cohandlers") or []
    if not isinstance(lead, str) or not isinstance(others, list):
        accepted = '"lead": a node id, "cohandlers": a list of node ids'
        raise DomainRefused("bad-input", "a lead is needed", accepted, "lead")
    return [lead, *(str(one) for one in others)]


def _handed(drafts: Sequence[Draft], calendar: Calendar) -> dict[str, Any]:
    made = [
        {"id": one.subject, "assignee": one.data["assignee"], "due": one.data["due"]}
        for one in drafts
    ]
    unsure = {kind for one in drafts for kind in one.data.get("provisional", ())}
    if not unsure:
        return {"assignments": made}
    warning = {
        "code": "provisional",
        "calendar": calendar.version,
        "covered_until": calendar.covered_until.isoformat(),
        "clocks": sorted(unsure),
        "detail": f"calendar {calendar.version} ends on {calendar.covered_until}; beyond it only "
        "weekends are known, so these due dates are provisional",
    }
    return {"assignments": made, "warnings": [warning]}


OPERATIONS: Mapping[str, Callable[[Desk, str, Mapping[str, Any]], dict[str, Any]]] = {
    "matter.register": Desk.register,
    "matter.issue": Desk.issue,
    "matter.strike": Desk.strike,
    "matter.cancel": Desk.cancel,
    "assignment.sign": Desk.sign,
    "assignment.deploy": Desk.deploy,
    "assignment.report": Desk.report,
    "assignment.clear": Desk.clear,
    "assignment.grant": Desk.grant,
    "assignment.return": Desk.send_back,
    "assignment.urge": Desk.urge,
    "assignment.split": Desk.split,
    **answers.OPERATIONS,
    **intake.OPERATIONS,
    **accepting.OPERATIONS,
    **entering.OPERATIONS,
}


def run(
    host: Host, place: Place, actor: Actor, operation: str, id: str, form: Mapping[str, Any]
) -> dict[str, Any]:
    """One command in one transaction. Raises DomainRefused, and then nothing was written."""
    return batch(host, place, actor, [(operation, id, form)])[0]


def batch(host: Host, place: Place, actor: Actor, asked: Sequence[Asked]) -> list[dict[str, Any]]:
    """Several commands in one transaction, all or nothing; a refusal names its number."""
    return host.write(place, lambda store, me: batch_in(host, place, actor, asked, store, me))


def batch_in(
    host: Host, place: Place, actor: Actor, asked: Sequence[Asked], store: SqlStore, me: Me
) -> list[dict[str, Any]]:
    """As `batch`, inside a transaction that the caller opened."""
    if not 1 <= len(asked) <= MOST_BATCH:
        raise DomainRefused("bad-input", f"{len(asked)} commands", f"1 to {MOST_BATCH}", "commands")
    desk = Desk(host, place, actor, store, me, host.calendar)
    desk.alone = len(asked) == 1
    results = []
    for number, (operation, id, form) in enumerate(asked):
        desk.number, made = number, OPERATIONS.get(operation)
        if made is None:
            accepted = ", ".join(OPERATIONS)
            raise DomainRefused("bad-input", f"operation {operation!r}", accepted, "op")
        try:
            results.append(made(desk, id, form))
        except DomainRefused as refused:
            if len(asked) > 1 and not refused.where.startswith("commands["):
                refused.where = f"commands[{number}].{refused.where}".rstrip(".")
            raise
    desk.close()
    return results
