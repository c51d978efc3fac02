"""Reminders at work between a province and a city, by a clock that only the tests move.

The matter is given on Tuesday 2026-11-24 at 09:00 in Shanghai (01:00 UTC). Its clocks: k1 due at
the midnight that ends the 25th (16:00 UTC), yellow from noon of the 25th (04:00 UTC); k3 due on the
27th, yellow from the midnight that ends the 26th; k7 due on Tuesday, 1 December, yellow from the
midnight that ends Sunday, the 29th. 28 and 29 November are a weekend.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from node.bootstrap import make_host
from node.config import Config
from node.domain.commands import Actor, default_policy_data
from node.domain.permissions import may
from node.notify.message import Message
from node.readmodel import accounts
from node.service import digests, notices, policies, reminders, users, work
from node.service.clock import OffsetClock
from node.storage.notices import Contact, put_contact, ringing
from node.worker import Worker
from tests.schemas.intake_examples import LAWFUL
from tests.support.forms import DEPLOY, DONE, FORM
from tests.support.hosts import until
from tests.support.onehost import OneHost
from tests.support.postbox import Gate, Postbox, ways

ASK = {name: LAWFUL["duban.draft.submitted"][name] for name in (
    "title", "situation", "demand", "difficulty", "applicant")}  # fmt: skip
PARENTS = {"province": None, "city": "province"}
STAFF = {
    "甲": ("city", "handler"),
    "乙": ("city", "head"),
    "丙": ("province", "supervisor"),
    "丁": ("province", "leader"),
}


class Town(OneHost):
    """Four people; a mail server and a gateway; time stands still unless a test moves it."""

    def __init__(self, path: Path, database: str, box: Postbox, gate: Gate) -> None:
        self.now = datetime.fromisoformat("2026-11-24T01:00:00Z")
        super().__init__(path, database, dict(PARENTS))
        self.config = Config(data=path, database=database)
        self.box, self.gate = box, gate
        self.host.outlets = ways(self.config, box, gate)
        for user, (name, role) in STAFF.items():
            users.add(self.host, self.node(name), user, role)
        self.reach("甲", email="jia@example.cn", phone="13800000001")
        self.reach("乙", email="yi@example.cn")
        self.reach("丙", email="bing@example.cn", chat="督查群")
        self.reach("丁", email="ding@example.cn")
        reminders.tick(self.host)

    def _real(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def reach(self, user: str, **addresses: str) -> None:
        tenant = self.places[STAFF[user][0]].tenant.id
        kept = Contact(user, *(addresses.get(name) for name in ("email", "phone", "chat")))
        self.host.database.write(lambda one: put_contact(one, tenant, kept), tenant)

    def at(self, instant: str) -> tuple[int, int, int]:
        """Move both clocks there, and let the reminders look."""
        self.now = datetime.fromisoformat(instant)
        return reminders.tick(self.host)

    def do(self, name: str, operation: str, id: str = "", form: Any = None) -> dict[str, Any]:
        role = "supervisor" if may("supervisor", operation.partition(".")[2]) else "head"
        place, actor = self.places[name], self.actor(name, role)
        return work.run(self.host, place, actor, operation, id, form or {})

    def noon(self) -> tuple[int, int, int]:
        """The morning of the 25th, when nothing is due, and then noon, when k1 is yellow."""
        assert self.at("2026-11-25T00:30:01Z") == (0, 0, 0)
        return self.at("2026-11-25T04:00:01Z")

    def inbox(self, user: str) -> list[str]:
        """What each of a user's notices is about, the oldest first: clock and whom it is for."""
        return [f"{one['clock']} {one['to']}" for one in reversed(self.page(user)["items"])]

    def page(self, user: str, **asks: Any) -> dict[str, Any]:
        name, role = STAFF[user]
        actor = Actor(self.node(name), user, role)
        return notices.listed(self.host, self.places[name], actor, **asks)

    def log(self, name: str) -> list[dict[str, Any]]:
        """The delivery log, the oldest first."""
        found = notices.log(self.host, self.places[name].tenant, None, 500)["items"]
        return list(reversed(found))

    def states(self, name: str) -> list[str]:
        return [one["state"] for one in self.log(name)]

    def again(self) -> None:
        """End the host, and start another one on what it left."""
        self.host.database.close()
        self.host = make_host(self.config)
        self.host.now = OffsetClock(self._real, lambda: timedelta(0), lambda _: None)
        self.host.outlets = ways(self.config, self.box, self.gate)


@pytest.fixture
def box() -> Iterator[Postbox]:
    made = Postbox()
    yield made
    made.close()


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.close()


@pytest.fixture
def town(tmp_path: Path, box: Postbox, gate: Gate) -> Iterator[Town]:
    """On SQLite."""
    made = Town(tmp_path, f"sqlite:///{tmp_path}/host.db", box, gate)
    yield made
    made.close()


@pytest.fixture
def any_town(tmp_path: Path, database_url: str, box: Postbox, gate: Gate) -> Iterator[Town]:
    """On SQLite and on PostgreSQL."""
    made = Town(tmp_path, database_url, box, gate)
    yield made
    made.close()


def test_each_rung_is_said_once_to_its_people(any_town: Town) -> None:
    town = any_town
    town.given("province", "city")
    assert town.at("2026-11-25T03:59:59Z")[0] == 0
    assert town.noon() == (1, 0, 2)  # noon, half a day before: yellow
    assert (town.inbox("甲"), town.inbox("乙")) == (["k1 handler"], [])
    assert town.box.to == ["jia@example.cn"]
    assert [one["to"] for one in town.gate.bodies] == ["13800000001"]
    assert town.at("2026-11-25T09:00:00Z") == (0, 0, 0)
    assert town.at("2026-11-25T16:00:01Z") == (1, 0, 0)  # midnight: due; nothing goes at night
    assert town.inbox("乙") == ["k1 head"]
    assert (town.inbox("丙"), town.inbox("丁")) == ([], [])
    assert len(town.box.mails) == 1
    told, _, _ = town.at("2026-11-26T16:00:01Z")  # a day late: the office; and k3 is yellow
    assert told == 2
    assert (town.inbox("丙"), town.inbox("甲")) == (["k1 office"], ["k1 handler", "k3 handler"])
    told, _, _ = town.at("2026-11-28T16:00:01Z")  # three days late: the screen; k3: due, a day late
    assert told == 3
    assert (town.inbox("丁"), town.inbox("丙")) == (["k1 screen"], ["k1 office", "k3 office"])
    assert town.inbox("乙") == ["k1 head", "k3 head"]
    assert [town.at("2026-11-28T17:00:00Z")[0] for _ in range(3)] == [0, 0, 0]


def test_what_came_at_night_goes_with_the_digest_and_not_by_itself(any_town: Town) -> None:
    town = any_town
    town.given("province", "city")
    town.noon()
    town.at("2026-11-25T16:00:01Z")
    assert town.states("city") == ["sent", "sent", "waiting"]
    assert town.at("2026-11-26T00:29:59Z") == (0, 0, 0)
    before = len(town.box.mails)
    assert town.at("2026-11-26T00:30:01Z") == (0, 3, 3)  # 08:30: e-mail and phone of 甲, 乙
    digest, _ = sorted(town.box.mails[before:], key=lambda one: str(one["To"]))
    assert str(digest["Subject"]) == "【督办】2026-11-26 提醒汇总:逾期 1 项,即将到期 0 项"
    text = digest.get_content()
    assert "逾期第1天" in text
    assert "1天研究部署,时限 2026-11-25 24:00" in text
    assert town.states("city") == ["sent", "sent", "digest", "sent", "sent", "sent"]
    assert town.at("2026-11-26T01:00:00Z") == (0, 0, 0)
    assert town.at("2026-11-27T00:31:00Z")[1] == 5  # and once the next morning; now 丙 twice, too


def test_a_digest_waits_for_the_next_working_day(town: Town) -> None:
    town.given("province", "city")
    assert town.at("2026-11-28T16:00:01Z")[0] > 0
    assert town.at("2026-11-29T01:00:00Z") == (0, 0, 0)  # Sunday morning
    assert town.at("2026-11-29T16:00:01Z")[0] > 0
    assert not town.box.mails
    made, sent = town.at("2026-11-30T00:30:01Z")[1:]  # Monday
    assert made == sent == 6
    assert "waiting" not in town.states("city") + town.states("province")


def test_after_downtime_only_the_latest_threshold_is_said(any_town: Town) -> None:
    town = any_town
    town.given("province", "city")
    town.again()
    told, _, _ = town.at("2026-12-08T02:00:00Z")  # a week past the last clock
    assert told == 6
    assert town.inbox("甲") == []
    assert sorted(town.inbox("乙")) == ["k1 head", "k3 head", "k7 head"]
    assert town.inbox("丙") == []
    assert sorted(town.inbox("丁")) == ["k1 screen", "k3 screen", "k7 screen"]


def test_the_morning_s_digest_is_made_up_for_and_no_other(town: Town) -> None:
    town.given("province", "city")
    town.at("2026-11-25T16:00:01Z")
    town.again()
    assert town.at("2026-11-27T03:00:00Z")[1:] == (5, 5)
    days = {one["Subject"].split(" ")[0] for one in town.box.mails}
    assert days == {"【督办】2026-11-27"}


def test_a_restart_between_deciding_and_sending_loses_nothing_and_sends_once(
    any_town: Town,
) -> None:
    town = any_town
    town.given("province", "city")
    town.at("2026-11-25T00:30:01Z")
    town.now = datetime.fromisoformat("2026-11-25T04:00:01Z")
    assert reminders.look(town.host) == (2, 1)
    assert not town.box.mails
    town.again()
    assert town.at("2026-11-25T04:05:00Z") == (0, 0, 2)
    town.again()
    assert town.at("2026-11-25T04:10:00Z") == (0, 0, 0)
    assert (len(town.box.mails), len(town.gate.posts)) == (1, 1)


def test_a_crash_between_sending_and_committing_sends_the_same_id_again(town: Town) -> None:
    town.given("province", "city")
    mail = town.host.outlets["email"]

    class Crash:
        def send(self, message: Message) -> None:
            mail.send(message)
            raise KeyboardInterrupt

    town.host.outlets["email"] = Crash()
    with pytest.raises(KeyboardInterrupt):
        town.noon()
    town.again()
    town.at("2026-11-25T04:01:00Z")  # leased still
    assert len(town.box.mails) == 1
    town.at("2026-11-25T04:03:00Z")
    assert len(town.box.mails) == 2
    assert len(set(town.box.ids)) == 1
    (row,) = [one for one in town.log("city") if one["channel"] == "email"]
    assert (row["state"], row["attempts"]) == ("sent", 2)


def test_what_nobody_takes_is_tried_again_later_and_given_up_in_the_end(town: Town) -> None:
    town.given("province", "city")
    town.gate.status, town.box.refuse = 503, "550 nobody of that name"
    assert town.noon() == (1, 0, 0)
    assert town.states("city") == ["refused", "waiting"]
    assert town.log("city")[0]["last_error"] == "550 nobody of that name"
    town.at("2026-11-25T04:00:30Z")
    assert len(town.gate.posts) == 1  # a minute's pause
    town.at("2026-11-25T04:01:30Z")
    assert len(town.gate.posts) == 2
    town.gate.status = 200
    town.at("2026-11-25T04:04:30Z")
    row = town.log("city")[1]
    assert (row["state"], row["attempts"], row["last_error"]) == ("sent", 3, None)
    assert row["delivered_at"].startswith("2026-11-25T04:04:30")
    assert row["address"] == "138***001"
    assert len({one["idempotency-key"] for one, _ in town.gate.posts}) == 1


def test_what_is_never_taken_is_given_up_after_three_days(town: Town) -> None:
    town.given("province", "city")
    town.noon()
    town.gate.status = 503
    town.at("2026-11-26T00:30:01Z")
    assert "waiting" in town.states("city")
    town.at("2026-11-30T01:00:00Z")
    gone = [one for one in town.log("city") if one["state"] == "expired"]
    assert [one["channel"] for one in gone] == ["sms"]


def test_a_clock_that_was_stopped_meanwhile_is_not_reminded_of(town: Town) -> None:
    id = town.given("province", "city")
    town.gate.status = 503
    town.noon()
    for word, form in (("sign", None), ("deploy", DEPLOY), ("report", DONE)):
        town.do("city", f"assignment.{word}", id, form)
    town.settle()
    town.gate.status = 200
    posts = len(town.gate.posts)
    town.at("2026-11-25T05:00:00Z")
    assert len(town.gate.posts) == posts
    assert [one["state"] for one in town.log("city")] == ["sent", "moot"]
    assert town.at("2026-11-27T01:00:00Z")[:2] == (0, 0)  # k7 alone runs, and is green
    assert town.at("2026-11-29T16:00:01Z")[0] == 1


def test_an_extension_is_a_new_due_version(town: Town) -> None:
    id = town.given("province", "city")
    town.noon()
    for word, form in (("sign", None), ("deploy", DEPLOY), ("report", DONE)):
        town.do("city", f"assignment.{word}", id, form)
    town.at("2026-11-29T16:00:01Z")
    assert town.inbox("甲") == ["k1 handler", "k7 handler"]
    request = {"clock": "k7", "until": "2026-12-03", "reason": "等待部件到货"}
    town.do("city", "assignment.extend", id, request)
    town.settle()
    town.at("2026-11-30T09:00:00Z")
    assert len(town.inbox("甲")) == 2
    town.do("province", "assignment.grant-extension", id)
    town.settle()
    assert town.at("2026-12-01T15:59:00Z")[0] == 0
    assert town.at("2026-12-01T16:00:01Z")[0] == 1  # two days before the new instant
    assert town.inbox("甲") == ["k1 handler", "k7 handler", "k7 handler"]


def test_a_published_policy_has_a_ladder_of_its_own(any_town: Town) -> None:
    town = any_town
    ladder = [
        {"after": "yellow", "minutes": 60, "to": "head"},
        {"after": "due", "minutes": 30, "to": "office"},
    ]
    form = {**default_policy_data(), "version": "shortladder/1", "ladder": ladder}
    policies.publish(town.host, town.places["province"], town.actor("province", "supervisor"), form)
    town.given("province", "city")
    assert town.noon()[0] == 0
    assert town.at("2026-11-25T05:00:01Z")[0] == 1
    assert (town.inbox("甲"), town.inbox("乙")) == ([], ["k1 head"])
    assert town.at("2026-11-25T16:29:00Z")[0] == 0
    assert town.at("2026-11-25T16:30:01Z")[0] == 1
    assert "逾期0小时" not in town.page("丙")["items"][0]["text"]
    assert town.inbox("丙") == ["k1 office"]


def test_several_at_one_address_get_one_message(town: Town) -> None:
    users.add(town.host, town.node("city"), "戊", "handler")
    tenant = town.places["city"].tenant.id
    kept = Contact("戊", "jia@example.cn", None, None)
    town.host.database.write(lambda one: put_contact(one, tenant, kept), tenant)
    town.given("province", "city")
    assert town.noon() == (1, 0, 2)
    assert town.box.to == ["jia@example.cn"]
    town.at("2026-11-26T00:30:01Z")
    assert sorted(town.box.to) == ["jia@example.cn", "jia@example.cn", "yi@example.cn"]


def test_without_a_handler_the_next_in_line_hears_it(town: Town) -> None:
    town.given("province", "city")
    (account,) = [one for one in _accounts(town, "city") if one["user"] == "甲"]
    tenant = town.places["city"].tenant
    users.drop(
        town.host, tenant, users.operator(tenant.node), account["id"], users.Deed("user.revoke")
    )
    assert town.noon()[0] == 1
    assert town.inbox("乙") == ["k1 handler"]
    assert town.box.to == ["yi@example.cn"]


def _accounts(town: Town, name: str) -> list[dict[str, Any]]:
    with town.host.database.read() as connection:
        return accounts.list_users(connection, town.places[name].tenant.id)


def test_who_has_no_account_any_longer_is_sent_nothing(town: Town) -> None:
    town.given("province", "city")
    town.gate.status = 503
    town.noon()
    (account,) = [one for one in _accounts(town, "city") if one["user"] == "甲"]
    tenant = town.places["city"].tenant
    users.drop(
        town.host, tenant, users.operator(tenant.node), account["id"], users.Deed("user.revoke")
    )
    town.at("2026-11-25T05:00:00Z")
    assert town.states("city") == ["sent", "moot"]


def test_reading_is_one_s_own_and_counted(any_town: Town) -> None:
    town = any_town
    town.given("province", "city")
    town.given("province", "city")
    town.noon()
    first, second = town.page("甲")["items"]
    assert town.page("甲")["unread"] == 2
    assert "即将到期" in first["text"]
    page = town.page("甲", limit=1)
    assert (page["items"], page["next"]) == ([first], first["id"])
    assert town.page("甲", after=int(first["id"]))["items"] == [second]
    tenant = town.places["city"].tenant
    other, mine = (Actor(tenant.node, user, "handler") for user in ("乙", "甲"))
    ids = [first["id"], "999999", "x", "²"]
    assert notices.mark_read(town.host, tenant, other, ids) == []
    assert notices.mark_read(town.host, tenant, mine, ids) == [first["id"]]
    assert town.page("甲")["unread"] == 1
    assert town.page("甲", unread=True)["items"] == [second]
    auditor = Actor(tenant.node, "甲", "auditor")
    assert notices.listed(town.host, town.places["city"], auditor)["items"] == []
    assert notices.count_unread(town.host, town.places["city"], auditor) == 0
    assert notices.count_unread(town.host, town.places["city"], mine) == 1


def test_rule_7_each_person_is_told_once_of_a_redating(any_town: Town) -> None:
    town = any_town
    ids = [town.given("province", "city") for _ in range(3)]
    moved = {"due": {"k7": "2026-12-02T16:00:00Z"}, "calendar": "cn/2026.9", "reason": "放假"}
    for id in ids[:2]:
        town.do("province", "assignment.redate", id, moved)
    town.settle()
    assert (town.inbox("甲"), town.inbox("乙")) == ([" redated"], [" redated"])
    assert town.inbox("丙") == []
    assert "2件" in town.page("甲")["items"][0]["text"]
    town.at("2026-11-24T01:03:00Z")
    assert sorted(town.box.to) == ["jia@example.cn", "yi@example.cn"]
    assert "2件" in town.box.mails[0].get_content()
    town.do("province", "assignment.redate", ids[2], moved)
    town.settle()
    town.at("2026-11-24T02:00:00Z")
    assert len(town.box.mails) == 2
    assert len(town.inbox("甲")) == 1
    assert "3件" in town.page("甲")["items"][0]["text"]


def test_a_redating_at_night_is_told_with_the_digest(town: Town) -> None:
    id = town.given("province", "city")
    town.now = datetime.fromisoformat("2026-11-24T14:00:00Z")
    moved = {"due": {"k7": "2026-12-02T16:00:00Z"}, "calendar": "cn/2026.9", "reason": "放假"}
    town.do("province", "assignment.redate", id, moved)
    town.settle()
    town.at("2026-11-24T14:30:00Z")
    assert not town.box.mails
    assert town.at("2026-11-25T00:30:01Z")[1] == 3
    assert "cn/2026.9" in town.box.mails[0].get_content()
    assert town.at("2026-11-26T00:30:01Z")[1] == 0 or "cn/2026.9" not in (
        town.box.mails[-1].get_content()
    )


def test_nothing_is_looked_at_before_its_first_threshold(town: Town) -> None:
    """No walk over open clocks: an alarm rings at the earliest threshold of its assignment."""
    for _ in range(5):
        town.given("province", "city")
    with town.host.database.read() as connection:
        assert ringing(connection, "2026-11-25T03:59:59Z", 100) == []
        assert len(ringing(connection, "2026-11-25T04:00:00Z", 100)) == 10  # both nodes'
    town.noon()
    with town.host.database.read() as connection:
        assert ringing(connection, "2026-11-25T15:59:59Z", 100) == []
        assert len(ringing(connection, "2026-11-25T16:00:00Z", 100)) == 5  # the city's
        asked = "EXPLAIN QUERY PLAN SELECT object FROM alarms WHERE at <= '2026' ORDER BY at"
        plan = " ".join(str(row) for row in connection.exec_driver_sql(asked))
    assert "ix_alarms_at" in plan
    assert "SCAN" not in plan


def test_the_worker_reminds_by_itself(town: Town) -> None:
    town.given("province", "city")
    town.at("2026-11-25T00:30:01Z")
    town.now = datetime.fromisoformat("2026-11-25T04:00:01Z")
    worker = Worker(town.host, threads=1)
    worker.start()
    try:
        until(lambda: town.box.mails and town.gate.posts)
    finally:
        worker.stop()
    assert town.inbox("甲") == ["k1 handler"]


def test_a_digest_names_twenty_and_counts_the_rest(town: Town) -> None:
    for _ in range(21):
        made = town.do("province", "matter.register", form=FORM)
        town.do("province", "matter.issue", made["id"], {"lead": town.node("city")})
    town.settle()
    town.at("2026-11-25T16:00:01Z")
    assert town.at("2026-11-26T00:30:01Z")[1] == 1
    lines = town.box.mails[-1].get_content().strip().splitlines()
    assert lines[0].endswith("逾期 21 项,即将到期 0 项")
    assert len(lines) == 22
    assert "另有 1 项" in lines[-1]
    assert digests.make(town.host) == 0


def test_the_answer_to_an_application_is_owed_by_the_office_and_climbs_its_house(
    any_town: Town,
) -> None:
    """Rule 11: three working days, Tuesday to the end of Friday; yellow a day before."""
    town = any_town
    id = town.given("province", "city")
    for word, form in (("sign", None), ("deploy", DEPLOY), ("report", DONE)):
        town.do("city", f"assignment.{word}", id, form)
    town.do("city", "assignment.clear", id, DONE)
    town.settle()
    assert town.at("2026-11-26T15:59:59Z")[0] == 0
    assert town.at("2026-11-26T16:00:01Z")[0] == 1
    assert (town.inbox("丙"), town.inbox("丁"), town.inbox("乙")) == (["ka1 office"], [], [])
    (said,) = town.page("丙")["items"]
    assert said["due"] == "2026-11-27T16:00:00Z"
    assert "办结审核" in said["text"]
    assert town.at("2026-11-27T00:30:01Z")[1:] == (2, 2)  # 丙's mail and chat
    assert "办结审核" in town.box.mails[-1].get_content()
    assert town.at("2026-11-27T16:00:01Z")[0] == 1  # due: the head; there is none, so the leader
    assert town.inbox("丁") == ["ka1 head"]
    assert town.at("2026-11-28T16:00:01Z")[0] == 1
    assert town.page("丁")["items"][0]["step"] == "逾期1天"
    town.do("province", "assignment.grant", id, {"mark": "good"})
    town.settle()
    assert town.at("2026-12-01T01:00:00Z") == (0, 0, 0)  # answered: no digest either
    assert (town.inbox("甲"), town.inbox("乙")) == ([], [])  # never the unit that waits


def test_an_application_sent_back_and_made_again_starts_another_review(town: Town) -> None:
    id = town.given("province", "city")
    for word, form in (("sign", None), ("deploy", DEPLOY), ("report", DONE)):
        town.do("city", f"assignment.{word}", id, form)
    town.do("city", "assignment.clear", id, DONE)
    town.settle()
    town.at("2026-11-25T01:00:00Z")
    town.do("province", "assignment.return", id, {"reason": "佐证不足"})
    town.settle()
    assert town.at("2026-11-26T16:00:01Z")[0] == 0
    town.do(
        "city", "assignment.clear", id, DONE
    )  # Friday, 27 November: until Wednesday, 2 December
    town.settle()
    town.at("2026-12-01T16:00:01Z")
    assert town.inbox("丙") == ["ka2 office"]


def test_triage_is_reminded_of_until_the_lead_is_taken_up(any_town: Town) -> None:
    """Rule 2: one working day, so until the end of Wednesday; yellow half a day before."""
    town = any_town
    port = Actor(town.node("province"), "企业", "enterprise")
    office = Actor(town.node("province"), "丙", "supervisor")
    first, second = (
        work.run(town.host, town.places["province"], port, "draft.submit", "", ASK)["id"]
        for _ in range(2)
    )
    assert town.noon()[0] == 2
    assert town.inbox("丙") == ["kl office", "kl office"]
    said = town.page("丙")["items"][0]
    assert (said["matter"], said["object"], said["title"]) == (None, second, ASK["title"])
    assert "1个工作日内受理" in said["text"]
    work.run(
        town.host,
        town.places["province"],
        office,
        "draft.draft",
        first,
        {"basis": "省政府常务会议纪要"},
    )
    assert town.at("2026-11-25T16:00:01Z")[0] == 1
    assert town.inbox("丁") == ["kl head"]
    port_inbox = notices.listed(town.host, town.places["province"], port)
    assert port_inbox["items"] == []
    assert town.at("2026-11-26T00:30:01Z")[1] == 3  # 丙 twice, 丁
    assert "逾期 1 项" in str(town.box.mails[-1]["Subject"])
    work.run(
        town.host,
        town.places["province"],
        office,
        "draft.draft",
        second,
        {"basis": "省政府常务会议纪要"},
    )
    assert town.at("2026-11-28T16:00:01Z")[0] == 0
