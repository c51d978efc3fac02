"""Commands at work: load what is known, let the domain decide, append, all in one transaction.

One method per command; `run` takes them by name, and `batch` several in one transaction, all or
nothing. Decides nothing of the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from federation.roster import Roster
from node.domain import commands as c
from node.domain.assignment import AssignmentState
from node.domain.calendar import DEFAULT_POLICY, Calendar, Policy
from node.domain.commands import Actor, DomainRefused, Draft
from node.domain.matter import MatterState
from node.readmodel.books import Books
from node.service import intake
from node.service.convert import drafts_of
from node.service.host import Host
from node.service.numbers import Numbers
from node.service.place import Place
from node.storage.store import SqlStore
from schemas.header import parse_payload
from sync import publish as publishing
from sync.event import Event
from sync.me import Me, Now
from sync.publish import publish
from sync.writing import SEAL_BYTES, SEAL_EVENTS

MOST_BATCH = 500
CONTENT = ("matter", "no", "title", "board", "grade", "content", "indicators", "campaign", "class")


class Desk:
    """One actor's commands inside one transaction of its node."""

    def __init__(
        self, host: Host, place: Place, actor: Actor, store: SqlStore, me: Me, calendar: Calendar
    ) -> None:
        self.host, self.place, self.actor = host, place, actor
        self.store, self.me, self.calendar = store, me, calendar
        self.policy: Policy = DEFAULT_POLICY
        self.books = Books(store.connection, store.tenant, store.node, store.domain)
        self.now: Now = host.now()
        self.alone = True  # whether this is the transaction's only command
        self._numbers: Numbers | None = None
        self._unsealed: dict[str, tuple[int, int]] = {}  # stream -> events, bytes

    # what is known

    def _roster(self) -> Roster:
        return self.store.roster()

    def _matter(self, id: str) -> MatterState:
        found = self.books.matter(id)
        if found is None:
            raise DomainRefused("not-found", f"no matter {id} is held here")
        return found

    def _assignment(self, id: str) -> AssignmentState:
        found = self.books.assignment(id)
        if found is None:
            raise DomainRefused("not-found", f"no assignment {id} is held here")
        return found

    def _clock(self) -> tuple[str, Policy, Calendar]:
        return self.now.business, self.policy, self.calendar

    def _nonces(self, count: int) -> list[str]:
        return [self.host.chance.nonce() for _ in range(count)]

    def _write(self, drafts: Sequence[Draft]) -> list[Event]:
        written = publish(
            self.store,
            self.me,
            drafts_of(drafts),
            self.now,
            lambda: self.host.chance.bytes(16),
            sealed=False,
        )
        for event in written:
            count, size = self._unsealed.get(event.chain[3], (0, 0))
            self._unsealed[event.chain[3]] = count + 1, size + event.size
        for stream, (count, size) in self._unsealed.items():
            if count > SEAL_EVENTS // 2 or size > SEAL_BYTES // 2:
                self._settle(stream)
        for event in written:
            code = self.store.outcomes_of(event.header.subject).get(event.head, "waiting")
            if code != "waiting":  # a copy waits here: its object is the lead's
                raise DomainRefused("conflict", f"{event.header.type} would not count")
        return written

    write, nonces = _write, _nonces  # for intake.py

    # matters

    def register(self, _: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Register a matter; give out the next document number."""
        draft = c.register(self.actor, form, self.number(), self._nonces(1)[0], self._roster())
        alike = intake.alike_to(self, form) if self.alone else []
        self._write([draft])
        made = {"id": draft.subject, "no": draft.data["no"], "state": "APPROVED"}
        return made | intake.warned(form, alike)

    def number(self) -> str:
        """The next document number; see numbers.py."""
        if self._numbers is None:
            self._numbers = Numbers(self.store, self.place.domain, self.now.business)
        return self._numbers.next()

    def _settle(self, stream: str) -> None:
        publishing.settle(self.store, self.me, stream, self.now)
        self._unsealed[stream] = 0, 0

    def close(self) -> None:
        """Seal what was written, keep the last number given out: the transaction's end."""
        for stream in self._unsealed:
            self._settle(stream)
        if self._numbers is not None:
            self._numbers.keep()

    def issue(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Give a matter to a lead and co-handlers."""
        units = _units(form)
        drafts = c.issue(
            self.actor,
            self._matter(id),
            self.books.of_matter(id),
            units,
            self._roster(),
            self._clock(),
            self._nonces(len(units)),
        )
        self._write(drafts)
        return _handed(drafts)

    def strike(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Strike a matter off, and tell every assignee."""
        matter, held = self._matter(id), self.books.of_matter(id)
        rolled = self.books.rolled(matter)
        draft = c.strike(self.actor, matter, rolled, str(form.get("result") or ""), self._roster())
        return self._rule(draft, "duban.assignment.struck", held, "STRUCK")

    def cancel(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Cancel a matter, and tell every assignee."""
        matter, held = self._matter(id), self.books.of_matter(id)
        grounds, rolled = str(form.get("grounds") or ""), self.books.rolled(matter)
        draft = c.cancel(self.actor, matter, grounds, self._roster(), rolled)
        return self._rule(draft, "duban.assignment.cancelled", held, "CANCELLED")

    def _rule(
        self, draft: Draft, type: str, held: Sequence[AssignmentState], state: str
    ) -> dict[str, Any]:
        head = self._write([draft])[-1].head
        repeated = c.repeats(type, head, draft.data, held, self.actor.node)
        self._write(repeated)
        return {"id": draft.subject, "state": state, "told": len(repeated)}

    # assignments

    def sign(self, id: str, _: Mapping[str, Any]) -> dict[str, Any]:
        """Sign for an assignment."""
        return self._one(id, [c.sign(self.actor, self._assignment(id), self._roster())])

    def deploy(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Report the deployment."""
        return self._one(id, [c.deploy(self.actor, self._assignment(id), form, self._roster())])

    def report(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Report progress."""
        return self._one(id, c.report(self.actor, self._assignment(id), form, self._roster()))

    def clear(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Apply for clearance."""
        state = self._assignment(id)
        return self._one(
            id, [c.clear(self.actor, state, form, self._around(state), self._roster())]
        )

    def grant(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Grant clearance; the lead's last."""
        state = self._assignment(id)
        return self._one(
            id, [c.grant(self.actor, state, form, self._roster(), self._around(state))]
        )

    def _around(self, state: AssignmentState) -> list[AssignmentState]:
        """What must be done first: the parts, and the other assignments of the matter."""
        others = self.books.of_matter(state.matter) if state.matter else []
        return [*others, *self.books.parts(state.id)]

    def send_back(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Return an application for clearance."""
        state, now = self._assignment(id), self.now.business
        return self._one(id, [c.send_back(self.actor, state, form, now, self._roster())])

    def urge(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Urge the unit in charge."""
        state, text = self._assignment(id), str(form.get("text") or "")
        return self._one(id, [c.urge(self.actor, state, text, self._roster())])

    def split(self, id: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Hand parts down."""
        state, units = self._assignment(id), _units(form)
        drafts = c.split(
            self.actor,
            state,
            self._content(state),
            units,
            self._roster(),
            self._clock(),
            self._nonces(len(units)),
            self.books.parts(id),
        )
        self._write(drafts)
        return _handed(drafts)

    def _content(self, state: AssignmentState) -> dict[str, Any]:
        """What the whole's `issued` event says, for its parts to say the same."""
        for event in self.store.events_of(state.id):
            if event.head == state.issued_head and event.payload_line is not None:
                data = parse_payload(event.payload_line)
                return {name: data[name] for name in CONTENT if name in data}
        raise DomainRefused("not-found", f"the content of {state.id} was erased")

    def _one(self, id: str, drafts: Sequence[Draft]) -> dict[str, Any]:
        self._write(drafts)
        after = self._assignment(id)
        return {"id": id, "state": after.state, "due": after.due}


def _units(form: Mapping[str, Any]) -> list[str]:
    lead, others = form.get("lead"), form.get("cohandlers") or []
    if not isinstance(lead, str) or not isinstance(others, list):
        accepted = '"lead": a node id, "cohandlers": a list of node ids'
        raise DomainRefused("bad-input", "a lead is needed", accepted, "lead")
    return [lead, *(str(one) for one in others)]


def _handed(drafts: Sequence[Draft]) -> dict[str, Any]:
    made = [
        {"id": one.subject, "assignee": one.data["assignee"], "due": one.data["due"]}
        for one in drafts
    ]
    return {"assignments": made}


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
    **intake.OPERATIONS,
}


def run(
    host: Host, place: Place, actor: Actor, operation: str, id: str, form: Mapping[str, Any]
) -> dict[str, Any]:
    """One command in one transaction. Raises DomainRefused, and then nothing was written."""
    return batch(host, place, actor, [(operation, id, form)])[0]


def batch(
    host: Host,
    place: Place,
    actor: Actor,
    asked: Sequence[tuple[str, str, Mapping[str, Any]]],
) -> list[dict[str, Any]]:
    """Several commands in one transaction, all or nothing; a refusal names its number."""
    if not 1 <= len(asked) <= MOST_BATCH:
        raise DomainRefused("bad-input", f"{len(asked)} commands", f"1 to {MOST_BATCH}", "commands")

    def work(store: SqlStore, me: Me) -> list[dict[str, Any]]:
        desk = Desk(host, place, actor, store, me, host.calendar)
        desk.alone = len(asked) == 1
        results = []
        for number, (operation, id, form) in enumerate(asked):
            made = OPERATIONS.get(operation)
            if made is None:
                accepted = ", ".join(OPERATIONS)
                raise DomainRefused("bad-input", f"operation {operation!r}", accepted, "op")
            try:
                results.append(made(desk, id, form))
            except DomainRefused as refused:
                if len(asked) > 1:
                    refused.where = f"commands[{number}].{refused.where}".rstrip(".")
                raise
        desk.close()
        return results

    return host.write(place, work)
