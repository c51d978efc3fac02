"""The independent reducer on what its first lives lack: requests, plans, pauses, rounds, drafts."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.demo import opinion
from tests.deploy.conftest import CITY, ROOT

MATTER = f"matter:{ROOT}:00000011"
TASK = f"assignment:{ROOT}:00000011"
OTHER = f"assignment:{ROOT}:00000012"
DUE = {"k1": "2026-03-03T16:00:00Z", "k3": "2026-03-05T16:00:00Z", "k7": "2026-03-09T16:00:00Z"}
LATER = "2026-03-12T16:00:00Z"
DONE = {"k1": "on_time", "k3": "on_time", "k7": None}


class Life:
    """One assignment of the root's to the city, each event upon all before it."""

    def __init__(self, books: Any) -> None:
        self.books = books
        books.write(ROOT, "up", "matter.registered", MATTER, holders="r")
        self.heads = {"": self.issue(TASK)}
        self.last = self.heads[""]

    def issue(self, id: str) -> str:
        head: str = self.books.write(
            ROOT, f"to/{CITY}", "assignment.issued", id, holders="rc", matter=MATTER,
            kind="lead", parent=None, due=DUE,
        )  # fmt: skip
        return head

    def by(self, who: str, kind: str, upon: str = "", time: str = "", **data: Any) -> str:
        """Write the next event; `upon`: the head that it builds upon, if not the last."""
        stream = "up" if who == CITY else f"to/{CITY}"
        head: str = self.books.write(
            who, stream, f"assignment.{kind}", TASK, holders="rc", re=(upon or self.last,),
            time=time or "2026-03-02T02:00:00Z", **data,
        )  # fmt: skip
        self.last = head
        return head

    def begun(self) -> None:
        """Signed, deployed, reported once."""
        for kind in ("signed", "deployed", "reported"):
            self.by(CITY, kind)

    def ends(self, state: str, due: Any, verdict: Any, matter: str = "OPEN", **more: Any) -> None:
        row = {"id": TASK, "state": state, "due": due, "verdict": verdict, "struck": False} | more
        other = {"id": OTHER, "state": "ISSUED", "due": DUE, "verdict": dict.fromkeys(DUE)}
        extra = [other | {"struck": False}] if "other" in self.heads else []
        shown = {"matters": [{"id": MATTER, "state": matter}], "drafts": []}
        rows = shown | {"assignments": [{k: v for k, v in row.items()}, *extra]}
        assert opinion.differences(self.books.journals, "gov", rows)[1] == []


@pytest.fixture
def life(books: Any) -> Life:
    return Life(books)


def test_a_granted_extension_moves_the_last_clock_and_a_refused_one_does_not(life: Life) -> None:
    life.begun()
    life.by(CITY, "extension_asked", reason="r", until="2026-03-12")
    life.by(ROOT, "extension_refused", reason="r")
    life.ends("DOING", DUE, DONE)
    life.by(CITY, "extension_asked", reason="r", until="2026-03-12")
    life.by(ROOT, "extended", due={"k7": LATER})
    life.ends("DOING", DUE | {"k7": LATER}, DONE)
    life.by(CITY, "clearance_applied", time="2026-03-10T01:00:00Z")
    life.ends("CLOSE_REQ", DUE | {"k7": LATER}, DONE | {"k7": "on_time"})


def test_a_plan_puts_milestones_in_the_last_clocks_place(life: Life) -> None:
    life.begun()
    life.by(CITY, "plan_asked", solution="s", milestones=[])
    stones = [
        {"clock": "kp1", "name": "a", "due": LATER},
        {"clock": "kp2", "name": "b", "due": LATER},
    ]
    life.by(ROOT, "hung", milestones=stones)
    due = DUE | {"kp1": LATER, "kp2": LATER}
    life.ends("HUNG", due, DONE | {"kp1": None, "kp2": None})
    life.by(CITY, "reported", milestone="kp1", time=LATER)
    life.ends("HUNG", due, DONE | {"kp1": "late", "kp2": None})
    life.by(CITY, "clearance_applied")
    life.ends("CLOSE_REQ", due, DONE | {"kp1": "late", "kp2": "on_time"})


def test_a_plan_asked_for_too_late_leaves_the_last_clock_late(life: Life) -> None:
    life.begun()
    life.by(CITY, "plan_asked", solution="s", milestones=[], time="2026-03-09T16:00:00Z")
    life.by(ROOT, "hung", milestones=[{"clock": "kp1", "name": "a", "due": LATER}])
    life.ends("HUNG", DUE | {"kp1": LATER}, DONE | {"k7": "late", "kp1": None})
    life.by(ROOT, "restored", reason="r")
    life.ends("DOING", DUE | {"kp1": LATER}, DONE | {"k7": "late", "kp1": None})


def test_a_pause_lets_a_crossing_report_stand_and_resuming_gives_new_due_instants(
    life: Life,
) -> None:
    life.by(CITY, "signed")
    life.by(CITY, "deployed")
    asked = life.by(CITY, "pause_asked", grounds="g")
    life.by(ROOT, "paused", upon=asked, matter=MATTER, since="2026-03-02T02:00:00Z", repeats=asked)
    life.by(CITY, "reported", upon=life.heads[""])
    life.ends("SUSPENDED", DUE, DONE)
    life.by(ROOT, "resumed", matter=MATTER, at=LATER, due={"k7": LATER}, repeats=asked)
    life.ends("DOING", DUE | {"k7": LATER}, DONE)


def test_a_report_that_crossed_a_cancelling_is_void(life: Life) -> None:
    signed = life.by(CITY, "signed")
    deployed = life.by(CITY, "deployed")
    life.by(ROOT, "cancelled", upon=deployed, matter=MATTER, grounds="g", repeats=signed)
    life.by(CITY, "reported", upon=life.heads[""])
    life.ends("CANCELLED", DUE, {"k1": "on_time", "k3": None, "k7": None})


def test_one_who_is_relieved_gives_way_to_another_and_its_clocks_end_without_a_verdict(
    life: Life,
) -> None:
    life.by(CITY, "refused", grounds="g", proposed=ROOT)
    life.ends("RETURNED", DUE, dict.fromkeys(DUE))
    life.by(ROOT, "relieved", to={"node": CITY, "assignment": OTHER})
    life.heads["other"] = life.issue(OTHER)
    life.ends("RELIEVED", DUE, dict.fromkeys(DUE))


def test_one_who_is_not_relieved_has_signed_thereby(life: Life) -> None:
    life.by(CITY, "refused", grounds="g", proposed=ROOT)
    life.by(ROOT, "upheld", reason="r")
    life.ends("SIGNED", DUE, dict.fromkeys(DUE))


def test_another_round_has_a_clock_of_its_own_and_the_first_keeps_its_verdict(life: Life) -> None:
    life.begun()
    life.by(CITY, "clearance_applied")
    life.by(ROOT, "granted", mark="pass")
    done = DONE | {"k7": "on_time"}
    life.ends("CLOSED", DUE, done, "CLOSED")
    life.by(ROOT, "reopened", reason="r", due={"k7.2": LATER})
    life.ends("DOING", DUE | {"k7.2": LATER}, done | {"k7.2": None})
    life.by(CITY, "clearance_applied", time=LATER)
    life.ends("CLOSE_REQ", DUE | {"k7.2": LATER}, done | {"k7.2": "late"})


def test_a_changed_calendar_moves_what_runs_and_leaves_recorded_breaches(life: Life) -> None:
    life.by(CITY, "signed")
    told = {"k1": LATER, "k3": LATER}
    life.by(ROOT, "redated", due=told, calendar="cn/2", reason="r", time="2026-03-03T16:00:00Z")
    life.ends("SIGNED", DUE | {"k3": LATER}, dict.fromkeys(DUE))


def test_a_merged_matter_ends_as_merged(life: Life) -> None:
    ruling = life.books.write(ROOT, "up", "matter.merged", MATTER, holders="r", into="m")
    life.by(ROOT, "cancelled", matter=MATTER, grounds="g", repeats=ruling)
    life.ends("CANCELLED", DUE, dict.fromkeys(DUE), "MERGED")


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        (("submitted",), "LEAD"),
        (("submitted", "drafted"), "DRAFT"),
        (("submitted", "drafted", "edited", "proposed"), "PROPOSED"),
        (("submitted", "declined"), "REJECTED"),
        (("drafted", "proposed", "rejected"), "REJECTED"),
        (("submitted", "merged"), "MERGED"),
    ],
)
def test_a_draft_is_in_the_state_that_its_last_step_leads_to(
    books: Any, kinds: tuple[str, ...], state: str
) -> None:
    id = f"draft:{ROOT}:00000013"
    for kind in kinds:
        books.write(ROOT, "own", f"draft.{kind}", id, holders="r")
    row = {"id": id, "state": state, "matter": None, "score": None}
    shown: dict[str, Any] = {"assignments": [], "matters": [], "drafts": [row]}
    assert opinion.differences(books.journals, "gov", shown)[1] == []
    row["state"] = "APPROVED"
    assert len(opinion.differences(books.journals, "gov", shown)[1]) == 1


def test_a_rated_draft_says_which_matter_it_became_and_its_stars(books: Any) -> None:
    id = f"draft:{ROOT}:00000013"
    books.write(ROOT, "own", "draft.drafted", id, holders="r")
    books.write(ROOT, "own", "draft.proposed", id, holders="r", points=3)
    books.write(ROOT, "up", "matter.registered", MATTER, holders="r")
    books.write(ROOT, "own", "draft.approved", id, holders="r", matter=MATTER, no="1")
    books.write(ROOT, "own", "draft.rated", id, holders="r", score="5")
    row = {"id": id, "state": "APPROVED", "matter": MATTER, "score": "5"}
    matter = {"id": MATTER, "state": "APPROVED"}
    shown = {"assignments": [], "matters": [matter], "drafts": [row]}
    assert opinion.differences(books.journals, "gov", shown)[1] == []
