"""The authority table: each row from each node and stream, and each row left out."""

from itertools import product

import pytest

from node.domain.authority import (
    AUTHORITY,
    Parties,
    assignment_parties,
    home,
    judge,
    matter_parties,
    may_assign,
    rule_parties,
)
from node.domain.facts import Fact
from node.domain.machine import ASSIGNMENT_MOVES
from tests.node.domain.cast import (
    BUREAU,
    CALENDAR,
    CITY,
    COUNTY,
    MATTER,
    NODES,
    OFFICE,
    POLICY,
    ROOT,
    SCORE,
    STRANGER,
    TASK,
    TOWN,
    TREE,
    Pen,
    Tree,
    full,
)
from tests.schemas.rule_examples import CAMPAIGN, LEDGER
from tests.schemas.rule_examples import EVERY as LAWFUL

STREAMS = ("up", "all", "own", *(f"to/{node}" for node in NODES))
ASSIGNEES = (
    "signed", "deployed", "reported", "clearance_applied", "refused", "extension_asked",
    "plan_asked", "pause_asked",
)  # fmt: skip
ISSUERS = (
    "granted", "returned", "struck", "cancelled", "relieved", "upheld", "regrouped", "extended",
    "extension_refused", "hung", "plan_refused", "reopened", "paused", "resumed", "ruled",
    "redated",
)  # fmt: skip
MATTERS = (
    "registered", "struck", "cancelled", "merged", "linked", "listed", "paused", "resumed",
    "valued",
)  # fmt: skip

# Given along the tree: ROOT to CITY, two of whose nodes handle it too.
TREE_TASK = assignment_parties(Pen().issue(cohandlers=[COUNTY, STRANGER]))
# Given by a line, as a part of a matter of STRANGER's: nobody is two things at once.
LINE_TASK = f"assignment:{BUREAU}:b0000001"
LINE_PARTIES = assignment_parties(
    Pen().issue(
        LINE_TASK,
        BUREAU,
        OFFICE,
        matter=f"matter:{STRANGER}:m0000002",
        parent=f"assignment:{STRANGER}:b0000002",
        cohandlers=[TOWN],
    )
)
TO_CITY, TO_OFFICE = f"to/{CITY}", f"to/{OFFICE}"

Case = tuple[str, Parties, str, set[tuple[str, str]]]
CASES: list[Case] = [
    *(
        (f"matter.{name}", matter_parties(MATTER), MATTER, {(ROOT, "up")})
        for name in MATTERS
    ),
    ("issued", TREE_TASK, TASK, {(ROOT, TO_CITY)}),
    *((name, TREE_TASK, TASK, {(CITY, "up")}) for name in ASSIGNEES),
    *((name, TREE_TASK, TASK, {(ROOT, TO_CITY)}) for name in ISSUERS),
    ("urged", TREE_TASK, TASK, {(ROOT, TO_CITY)}),
    ("restored", TREE_TASK, TASK, {(ROOT, TO_CITY), (CITY, "up")}),
    ("pause_refused", TREE_TASK, TASK, {(ROOT, TO_CITY)}),
    ("copied", TREE_TASK, TASK, {(COUNTY, TO_CITY), (STRANGER, TO_CITY)}),
    ("issued", LINE_PARTIES, LINE_TASK, {(BUREAU, TO_OFFICE)}),
    *((name, LINE_PARTIES, LINE_TASK, {(OFFICE, f"to/{BUREAU}")}) for name in ASSIGNEES),
    *((name, LINE_PARTIES, LINE_TASK, {(BUREAU, TO_OFFICE)}) for name in ISSUERS),
    ("urged", LINE_PARTIES, LINE_TASK,
     {(BUREAU, TO_OFFICE), (CITY, TO_OFFICE), (ROOT, TO_OFFICE), (STRANGER, TO_OFFICE)}),
    ("restored", LINE_PARTIES, LINE_TASK, {(BUREAU, TO_OFFICE), (OFFICE, f"to/{BUREAU}")}),
    ("pause_refused", LINE_PARTIES, LINE_TASK, {(BUREAU, TO_OFFICE), (STRANGER, TO_OFFICE)}),
    ("copied", LINE_PARTIES, LINE_TASK, {(TOWN, TO_OFFICE)}),
    ("calendar.published", rule_parties(CALENDAR), CALENDAR, {(ROOT, "all")}),
    ("score.published", rule_parties(SCORE), SCORE, {(ROOT, "all")}),
    *(
        (f"policy.{name}", rule_parties(POLICY), POLICY, {(ROOT, "all")})
        for name in ("published", "withdrawn")
    ),
    ("ledger.published", rule_parties(LEDGER), LEDGER, {(ROOT, "all")}),
    ("campaign.published", rule_parties(CAMPAIGN), CAMPAIGN, {(ROOT, "all")}),
]  # fmt: skip


def fact(name: str, subject: str, writer: str, stream: str) -> Fact:
    return Pen().say(writer, name, subject, stream)


def ids(case: Case) -> str:
    return f"{case[0]} by line" if case[2] == LINE_TASK else case[0]


def test_every_type_is_tried_along_the_tree_and_along_a_line() -> None:
    assert {full(case[0]) for case in CASES} == {row.type for row in AUTHORITY} == set(LAWFUL)


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_only_the_right_writer_in_the_right_stream_may_write(case: Case) -> None:
    name, parties, subject, lawful = case
    for writer, stream in product(NODES, STREAMS):
        allowed = judge(fact(name, subject, writer, stream), parties, TREE)
        assert allowed is ((writer, stream) in lawful), (writer, stream)


@pytest.mark.parametrize("row", AUTHORITY, ids=lambda row: f"{row.type} {row.relation}")
def test_a_row_left_out_makes_a_lawful_act_refused(row: object) -> None:
    table = tuple(one for one in AUTHORITY if one is not row)
    assert any(
        not judge(fact(name, subject, writer, stream), parties, TREE, table)
        for name, parties, subject, lawful in CASES
        for writer, stream in lawful
    )


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_a_type_is_refused_on_an_object_of_another_kind(case: Case) -> None:
    name, parties, subject, lawful = case
    other = TASK if subject == MATTER else MATTER
    for writer, stream in lawful:
        assert not judge(fact(name, other, writer, stream), parties, TREE)


@pytest.mark.parametrize(
    ("issuer", "assignee", "may"),
    [
        (ROOT, CITY, True),
        (ROOT, TOWN, True),  # past the levels between
        (CITY, OFFICE, True),
        (BUREAU, OFFICE, True),  # by the line
        (OFFICE, BUREAU, False),
        (CITY, ROOT, False),
        (CITY, CITY, False),
        (CITY, BUREAU, False),
        (BUREAU, CITY, False),
        (STRANGER, OFFICE, False),  # a line over a line's bureau reaches no further
    ],
)
def test_work_is_given_downwards_or_along_a_line(issuer: str, assignee: str, may: bool) -> None:
    assert may_assign(issuer, assignee, TREE) is may
    subject = f"assignment:{issuer}:c0000001"
    issued = Pen().issue(subject, issuer, assignee, matter=f"matter:{issuer}:m0000003")
    assert judge(issued, assignment_parties(issued), TREE) is may


def test_only_the_registrar_gives_out_its_matter_and_assignees_only_parts_of_theirs() -> None:
    subject = f"assignment:{CITY}:c0000001"
    whole = Pen().issue(subject, CITY, COUNTY, matter=MATTER, parent=None)
    part = Pen().issue(subject, CITY, COUNTY, matter=MATTER, parent=TASK)
    assert not judge(whole, assignment_parties(whole), TREE)
    assert judge(part, assignment_parties(part), TREE)


def test_an_assignment_belongs_to_the_node_that_its_id_names() -> None:
    for subject in (f"assignment:{CITY}:c0000001", f"assignment:{TOWN}:c0000001"):
        issued = Pen().issue(subject, ROOT, CITY)
        assert not judge(issued, assignment_parties(issued), TREE)


def test_the_assignee_is_the_one_that_issued_names_not_the_stream() -> None:
    issued = Pen().say(ROOT, "issued", TASK, f"to/{COUNTY}", assignee=CITY)
    assert not judge(issued, assignment_parties(issued), TREE)


def test_the_assignee_of_an_erased_issue_is_shown_by_its_stream() -> None:
    issued = Pen().say(ROOT, "issued", TASK, TO_CITY, erased=True)
    parties = assignment_parties(issued)
    assert parties == Parties(registrar="", issuer=ROOT, assignee=CITY, part=True)
    assert judge(issued, parties, TREE)


def test_the_assignee_writes_home_up_the_tree_or_to_the_issuer() -> None:
    assert home(TREE_TASK, TREE) == "up"
    assert home(LINE_PARTIES, TREE) == f"to/{BUREAU}"
    assert home(TREE_TASK, Tree(parents={})) == f"to/{ROOT}"


def test_a_type_outside_the_table_is_nobody_s() -> None:
    assert full("urged") not in ASSIGNMENT_MOVES.rows
    assert not judge(fact("praised", TASK, ROOT, TO_CITY), TREE_TASK, TREE)


def test_a_policy_may_be_anybody_s_for_what_it_issues_itself_a_calendar_only_the_root_s() -> None:
    for kind, may in (("policy", True), ("calendar", False), ("score", False)):
        subject = f"{kind}:{CITY}:workingdays"
        said = fact(f"{kind}.published", subject, CITY, "all")
        assert judge(said, rule_parties(subject), TREE) is may
