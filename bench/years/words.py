"""What the commands say: forms of registrations, reports and rulings. All of it is invented.

Pure. Decides texts and values by the matter's number in the plan, never who does what. Titles and
contents are those of deploy/sample, told apart by place and number.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from bench.years.course import Matter
from bench.years.figures import CAMPAIGN
from bench.years.tree import Tree
from deploy.sample import document
from deploy.sample.railway import problems
from node.domain.ledgers import INDUSTRIES

Row = dict[str, Any]
SOURCES: Final = ("企业端口", "领导批示", "会议决定", "政府工作报告", "代表建议", "热线留言")
NAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
RAILWAY: Final = "railway2018"
POLICY: Final = "fouryears/1"
TOLERANCE: Final = 7 * 1440
"""minutes: a link where nobody waits is called once a week"""


def person(number: int) -> str:
    """An invented person."""
    return f"{NAMES[number % len(NAMES)]}某(虚构)"


@lru_cache(maxsize=1)
def _samples() -> Mapping[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for one in document("matters")["matters"]:
        found.setdefault(one["board"], []).append(one)
    return found


@lru_cache(maxsize=4)
def _railway(seed: int) -> list[Row]:
    return problems(seed)


def registration(one: Matter, day: date, tree: Tree, campaign: str, seed: int) -> Row:
    """The form by which a matter is registered on that day; `campaign`: the railway's id."""
    n = one.index
    form: Row = {
        "board": one.board,
        "grade": one.grade,
        "source": SOURCES[n % len(SOURCES)],
        "basis": f"{tree.letters(one.registrar)}〔{day.year}〕{n % 97 + 1}号纪要(虚构)",
        "responsible": person(n),
        "head": person(n + 7),
        "contact": {"name": person(n + 13), "phone": f"000-0000-{n % 10000:04d}"},
    }
    if one.place:
        form["region"] = one.place
    if one.problem >= 0:
        row = _railway(seed)[one.problem - 1]
        named = {name: row[name] for name in ("title", "content", "indicators", "class")}
        return form | named | {"campaign": campaign}
    sample = _samples()[one.board][n % len(_samples()[one.board])]
    form["title"] = f"{tree.name[one.lead]}:{sample['title']}({n + 1})"
    form |= {name: sample[name] for name in ("content", "indicators")}
    values = entered(one.board, n, day)
    return form | {"ledger": values} if values else form


def entered(board: str, n: int, day: date) -> Row:
    """What a registration enters in its board's ledger; amounts in 万元."""
    industry = INDUSTRIES[n % len(INDUSTRIES)]
    if board == "investment":
        return {
            "investor": f"某投资公司{n % 900 + 100}(虚构)",
            "industry": industry,
            "signed_amount": (n * 7919 % 4000 + 20) * 100,
            "signed_on": (day - timedelta(n % 9)).isoformat(),
        }
    if board == "key-project":
        start = (day + timedelta(30 + n % 60)).isoformat()
        return {"industry": industry, "total": (n * 104729 % 9000 + 50) * 100, "start_by": start}
    if board == "technical-upgrade":
        made = {"firm": f"某企业{n % 700 + 100}(虚构)", "industry": industry}
        return made | {
            "equipment": "数控装备",
            "units": n % 40 + 1,
            "investment": (n % 300 + 5) * 10,
        }
    return {}


def reported(board: str, n: int, stage: int, day: date) -> Row:
    """What a lead's report says in the ledger: the first (`stage` 0), or a later one."""
    if board == "investment":
        amount = (n * 7919 % 4000 + 20) * 100
        values: Row = {"funds": amount * (n % 5 + 1 + 3 * stage) // 10}
        return values | ({"started_on": day.isoformat()} if n % 4 or stage else {})
    if board == "key-project":
        total = (n * 104729 % 9000 + 50) * 100
        return {"completed": total * (n % 6 + 1 + 3 * stage) // 10, "started_on": day.isoformat()}
    return {"completed": (n % 300 + 5) * (n % 7 + 1 + 3 * stage)}


def report(said: Any, day: date) -> Row:
    """A progress report: plain, with ledger values, or of a plan's milestone (its number)."""
    if isinstance(said, int):
        return {
            "text": f"第{said}个时间节点已按方案完成,佐证材料留存备查。",
            "milestone": f"kp{said}",
        }
    form: Row = {"text": f"{day.month}月{day.day}日现场核查1次,问题清单逐条对应整改,完成过半。"}
    if said is not None:
        form["ledger"] = reported(*said, day)
    return form


def deployment(no: str, day: date) -> Row:
    """A deployment report."""
    n = sum(no.encode()) + day.day
    return {
        "leader": person(n),
        "responsible": person(n + 3),
        "contact": {"name": person(n + 5), "phone": f"000-0000-{n % 10000:04d}"},
        "measures": f"{day.month}月{day.day}日召开专题会1次,明确责任科室与时限,逐项对账销号。",
    }


def plan(dates: tuple[str, ...]) -> Row:
    """A plan with milestones at those dates."""
    names = [{"name": f"第{n}阶段完工", "date": one} for n, one in enumerate(dates, 1)]
    return {"solution": "一次解决确有困难,分阶段实施,逐段验收。", "milestones": names}


SAID: Final[Mapping[str, Row]] = {
    "clear": {"text": "指标全部达成,佐证材料齐备,申请办结。"},
    "return": {"reason": "佐证材料不足,请补充验收单后重报。"},
    "uphold": {"reason": "职责分工明确,由你单位继续承办。"},
    "not-extended": {"reason": "条件具备,按期完成。"},
    "reopen": {"reason": "回访发现1处未落实,发回复办。"},
    "urge": {"text": "已过时限,请于2日内报送办理情况。"},
    "ask-pause": {"grounds": "涉及诉讼,待法院裁决后办理。"},
    "pause": {"grounds": "同意中止,恢复条件具备即报。"},
    "cancel": {"grounds": "事由消失,经批准撤销。"},
    "strike": {"result": "指标全部达成,同意销号。"},
}


def campaign(territory: list[Row]) -> Row:
    """The railway campaign's publication, with who answers for which place."""
    source, (starts, ends) = document("railway"), CAMPAIGN
    goals = ((starts + timedelta(30), 30), (starts + timedelta(60), 70), (ends, 100))
    return {
        "version": f"{RAILWAY}/1",
        "title": source["campaign"]["title"],
        "board": "key-work",
        "grade": "major",
        "starts": starts.isoformat(),
        "ends": ends.isoformat(),
        "classes": [{name: one[name] for name in ("code", "name")} for one in source["classes"]],
        "territory": territory,
        "milestones": [
            {"name": f"完成{done}%", "date": day.isoformat(), "share": done} for day, done in goals
        ],
    }
