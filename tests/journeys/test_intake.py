"""An enterprise's demand over real HTTP, to the unit that solves it and back to the enterprise."""

from pathlib import Path
from typing import Any

import requests

from node.service import enrol
from node.service.verify import verify
from tests.schemas.intake_examples import FORM, LAWFUL
from tests.support.forms import DEPLOY, DONE
from tests.support.hosts import Running, User, running, until

ASK = {name: LAWFUL["duban.draft.submitted"][name] for name in (
    "situation", "demand", "difficulty", "applicant")}  # fmt: skip


def test_a_demand_is_tracked_through_the_unit_in_charge_rated_and_complained_about(
    tmp_path: Path,
) -> None:
    one = Running(tmp_path)
    with running(one):
        root = enrol.init(one.host, "示例省", "province", root="gov").node
        bureau = enrol.init(one.host, "示例交通厅", "department").node
        above = one.host.place(root)
        invitation = enrol.invite(one.host, above, enrol.request_of(one.host, bureau), {}, None)
        joining = enrol.prepare(one.host, bureau, invitation, None, None, True)
        document = {"invitation": joining.invitation, "join": joining.join}
        enrol.finish(one.host, joining, enrol.admit(one.host, document))
        firm, clerk = User(one, root, "enterprise", "甲"), User(one, root, "registrar")
        chief, head = User(one, root, "supervisor"), User(one, bureau, "head")

        receipt = firm.post("/intake", ASK)
        ticket = {"number": receipt["receipt"], "code": receipt["code"]}

        def track(path: str = "", **more: Any) -> Any:
            url = f"{one.address}/api/v1/track{path}"
            answer = requests.post(url, json=ticket | more, timeout=10)
            assert answer.status_code == 200, answer.text
            return answer.json()

        for word, body, user in (
            ("draft", FORM, clerk),
            ("propose", {}, clerk),
            ("approve", {}, chief),
        ):
            made = user.post(f"/drafts/{receipt['id']}/{word}", body)
        handed = chief.post(f"/matters/{made['matter']}/issue", {"lead": bureau})["assignments"][0]
        told = track()
        assert (told["unit"], told["promised"]) == ("示例交通厅", handed["due"]["k7"])
        assert told["contact"] is None

        until(lambda: head.get("/assignments?role=assignee")["items"])
        for word, body in (("sign", {}), ("deploy", DEPLOY), ("report", DONE), ("clear", DONE)):
            head.post(f"/assignments/{handed['id']}/{word}", body)
        until(lambda: track()["steps"][-1]["step"] == "已申请办结")
        chief.post(f"/assignments/{handed['id']}/grant", {"mark": "good"})
        told = track()
        assert told["contact"] == DEPLOY["contact"]
        assert [step["step"] for step in told["steps"]] == [
            "线索/申报", "拟办", "已立项", "已交办(待签收)", "已签收", "已部署", "已反馈进展",
            "已申请办结", "已办结",
        ]  # fmt: skip
        assert DONE["text"] not in str(told)
        assert DEPLOY["measures"] not in str(told)

        track("/rate", score=2, remark="仍未通车")
        track("/complain", text="仍未通车")
        said = {"finding": "proved", "grounds": "现场核实"}
        found = chief.post(f"/drafts/{receipt['id']}/judge", said)
        assert found["reopened"] == handed["id"]
        told = track()
        assert (told["stage"], told["steps"][-1]["step"]) == ("办理中", "复核发回")
        assert (told["rating"], told["complaints"][0]["finding"]) == ("2", "proved")
        assert verify(one.host).findings == []
