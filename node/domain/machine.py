"""The two state machines of 13710 as tables: of a matter, and of an assignment.

Decides which act leads from which states to which, and which event type carries it. Never judges
the actor (authority.py, permissions.py) nor a guard that needs more than the state (commands/).
Rows whose `event` is None are stated but not live yet. tests/vectors/state_machine.json is the
golden copy; docs/machine.md has the picture. Follows docs/spec/07-apply.md, "States".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

MATTER_STATES: Final[Mapping[str, str]] = {
    "LEAD": "线索/申报",
    "DRAFT": "拟办",
    "PROPOSED": "待立项",
    "APPROVED": "已立项",
    "OPEN": "办理中",
    "CLOSED": "已办结",
    "STRUCK": "已销号",
    "REJECTED": "不予立项",
    "CANCELLED": "撤销",
    "MERGED": "已合并",
}
ASSIGNMENT_STATES: Final[Mapping[str, str]] = {
    "ISSUED": "已交办(待签收)",
    "SIGNED": "已签收(待部署)",
    "DOING": "办理中",
    "HUNG": "挂账(限期方案)",
    "SUSPENDED": "中止",
    "RETURNED": "已退回",
    "CLOSE_REQ": "申请办结(待审核)",
    "CLOSED": "已办结",
    "CANCELLED": "撤销",
    "RELIEVED": "已改派",
}
ENDED: Final = frozenset({"CLOSED", "CANCELLED", "RELIEVED"})
_OPEN: Final = tuple(one for one in ASSIGNMENT_STATES if one not in ENDED)


@dataclass(frozen=True, slots=True)
class Transition:
    """One row. `start` None: the object does not exist yet; `to` None: the state stays."""

    id: str
    action: str  # the interface's word
    start: tuple[str | None, ...]
    to: str | None
    who: str
    clock: str
    guard: str
    event: str | None = None  # the type that carries it; None: not live yet
    # "draft": the event is about what the matter is before it is registered (draft.py);
    # "part": the event is about another object, made from this one;
    # "assignments": follows from the assignments' states, no event of its own
    on: str = "self"
    stops: tuple[str, ...] = ()  # clocks that the event submits
    ends: bool = False  # whether no clock runs on after it


MATTER_TRANSITIONS: Final = (
    Transition(
        "T01", "申报", (None,), "LEAD", "企业用户/下级单位/热线/系统导入", "start KL",
        "统一社会信用代码校验(不符只提示); 诉求、现状、难题必填", "duban.draft.submitted",
        on="draft",
    ),
    Transition(
        "T02", "登记拟办", ("LEAD", None), "DRAFT", "督查室经办人", "stop KL", "来源、依据文号",
        "duban.draft.drafted", on="draft",
    ),
    Transition(
        "T03", "不予受理/转办", ("LEAD",), "REJECTED", "督查室负责人", "stop KL",
        "必须告知申报人理由或转往12345/主管部门", "duban.draft.declined", on="draft",
    ),
    Transition(
        "T03a", "并入", ("LEAD", "DRAFT", "PROPOSED"), "MERGED", "督查室负责人", "stop KL",
        "指明并入的事项或拟办件; 理由", "duban.draft.merged", on="draft",
    ),
    Transition(
        "T04", "提请立项", ("DRAFT",), "PROPOSED", "督查室经办人", "-",
        "一事一项; 门槛评分; 指标可量化; 板块; 一般/重大", "duban.draft.proposed", on="draft",
    ),
    Transition(
        "T05", "批准立项", ("PROPOSED",), "APPROVED", "督查室主任(重大: 秘书长/分管领导)", "-",
        "编督办编号", "duban.draft.approved", on="draft",
    ),
    Transition(
        "T05", "立项入册", ("PROPOSED",), "APPROVED", "督查室主任(重大: 秘书长/分管领导)", "-",
        "编督办编号; 同一事务", "duban.matter.registered",
    ),
    Transition(
        "T06", "驳回立项", ("PROPOSED",), "REJECTED", "督查室主任", "-", "理由",
        "duban.draft.rejected", on="draft",
    ),
    Transition(
        "T07", "交办", ("APPROVED",), "OPEN", "督查室", "the assignments' own", "首张交办单发出",
        on="assignments",
    ),
    Transition(
        "T22", "审核办结", ("OPEN",), "CLOSED", "交办方督查室主任", "the assignments' own",
        "主办已办结且无其他未办结交办单", on="assignments",
    ),
    Transition(
        "T23", "复核发回", ("CLOSED",), "OPEN", "交办方", "the assignments' own", "销号前",
        on="assignments",
    ),
    Transition(
        "T24", "销号归档", ("CLOSED",), "STRUCK", "立项机关(最高层交办方)", "all clocks end",
        "封存; 归档", "duban.matter.struck",
    ),
    Transition(
        "T25a", "申请中止", ("OPEN",), None, "承办单位", "none: a request pauses nothing",
        "法定/不可抗力理由", on="assignments",
    ),
    Transition(
        "T25", "中止", ("OPEN",), None, "立项机关", "pause K7|KM|KP, from the request on",
        "须有承办单位申请; 各交办单随之", "duban.matter.paused",
    ),
    Transition(
        "T26", "恢复", ("OPEN",), None, "立项机关", "resume; due += pause", "各交办单随之",
        "duban.matter.resumed",
    ),
    Transition(
        "T27", "撤销", ("APPROVED", "OPEN"), "CANCELLED", "立项机关", "all clocks end",
        "计入撤销统计, 不计办结", "duban.matter.cancelled",
    ),
    Transition(
        "T28", "并入另一事项", ("APPROVED", "OPEN"), "MERGED", "立项机关", "all clocks end",
        "不计入统计; 各交办单随之撤销", "duban.matter.merged",
    ),
)  # fmt: skip

ASSIGNMENT_TRANSITIONS: Final = (
    Transition(
        "T07", "交办", (None,), "ISSUED", "督查室(签名发出, 每个承办单位一张交办单)",
        "start K1,K3 and K7|KM; T0=交办时间",
        "事项已立项; 唯一主办; 协办可多; 期限由交办方算定并签名", "duban.assignment.issued",
    ),
    Transition(
        "T08", "签收", ("ISSUED",), "SIGNED", "承办单位联络员",
        "record only; no clock starts or stops", "记录签收时延; 未签收不停钟",
        "duban.assignment.signed",
    ),
    Transition(
        "T09", "退回申请(不属职责)", ("ISSUED", "SIGNED"), "RETURNED", "承办单位负责人",
        "none: a request pauses nothing", "仅限K1期内; 附依据与建议承办单位; 不得二次退回",
        "duban.assignment.refused",
    ),
    Transition(
        "T10", "同意退回并改派", ("RETURNED",), "RELIEVED", "督查室主任",
        "old clocks void; new unit gets new T0, capped by the matter's",
        "原单位不扣分; 新承办单位另开交办单(T07)", "duban.assignment.relieved", ends=True,
    ),
    Transition(
        "T10", "协同关系变更(改派、增加协办)", _OPEN, None, "交办方", "none",
        "主办只有一个; 变更送达主办与协办", "duban.assignment.regrouped",
    ),
    Transition(
        "T11", "不同意退回", ("RETURNED",), "SIGNED", "督查室主任", "none", "说明理由",
        "duban.assignment.upheld",
    ),
    Transition(
        "T12", "研究部署反馈", ("SIGNED",), "DOING", "承办单位主要负责人", "stop K1",
        "责任领导、责任人、联络人、措施、分解", "duban.assignment.deployed", stops=("k1",),
    ),
    Transition(
        "T12", "中止期间或恢复后补报部署", ("SUSPENDED", "DOING"), None, "承办单位主要负责人",
        "stop K1: it can't pause", "尚未部署", "duban.assignment.deployed", stops=("k1",),
    ),
    Transition(
        "T13", "分解转交下级", ("SIGNED", "DOING"), None, "承办单位督查机构(作为下级交办方)",
        "child K* start; child due <= parent due", "同一状态机递归; 父单不得先于子单办结",
        "duban.assignment.issued", on="part",
    ),
    Transition(
        "T14", "进度反馈", ("DOING", "HUNG", "SUSPENDED"), None, "承办单位(协办另抄送主办)",
        "first one stops K3; a milestone's stops its KP", "正文、指标值、附件、单位签名",
        "duban.assignment.reported", stops=("k3",),
    ),
    Transition(
        "T15", "延期申请", ("DOING",), "DOING", "承办单位负责人",
        "none: pending request does not move due", "到期前提出; 原因、拟延日期; 最多2次",
        "duban.assignment.extension_asked",
    ),
    Transition(
        "T16", "同意延期", ("DOING",), "DOING", "交办方督查室主任(重大: 批示领导)",
        "reset K7|KM due; original due kept", "须有申请; 不随动下级",
        "duban.assignment.extended",
    ),
    Transition(
        "T17", "不同意延期", ("DOING",), "DOING", "交办方督查室主任", "none", "须有申请",
        "duban.assignment.extension_refused",
    ),
    Transition(
        "T18", "提出挂账方案", ("DOING",), "DOING", "承办单位负责人",
        "none: a proposal moves nothing", "解决方案与时间节点", "duban.assignment.plan_asked",
    ),
    Transition(
        "T18", "转挂账", ("DOING",), "HUNG", "交办方督查室主任, 依承办单位方案",
        "stop K7|KM; start KP for each milestone", "必须有解决方案与时间节点",
        "duban.assignment.hung",
    ),
    Transition(
        "T18", "不同意挂账", ("DOING",), "DOING", "交办方督查室主任", "none", "须有方案",
        "duban.assignment.plan_refused",
    ),
    Transition(
        "T19", "挂账恢复", ("HUNG",), "DOING", "交办方或承办单位", "KP goes on", "说明理由",
        "duban.assignment.restored",
    ),
    Transition(
        "T20", "申请办结", ("DOING", "HUNG"), "CLOSE_REQ", "承办单位主要负责人(主办最后)",
        "stop K7|KM|KP; start KA", "全部子单办结、指标达成、佐证、解决方案",
        "duban.assignment.clearance_applied", stops=("k7", "km", "kp"),
    ),
    Transition(
        "T21", "退回重办", ("CLOSE_REQ",), "DOING", "交办方督查室",
        "stop KA; resume K7|KM (elapsed review time excluded)", "扣分; 计次",
        "duban.assignment.returned",
    ),
    Transition(
        "T22", "审核办结", ("CLOSE_REQ",), "CLOSED", "交办方督查室主任", "stop KA",
        "评定: 优秀/良好/合格; 申报人满意度回访", "duban.assignment.granted", ends=True,
    ),
    Transition(
        "T23", "复核发回", ("CLOSED",), "DOING", "交办方; 申报人不满意且查实", "new K7", "销号前",
        "duban.assignment.reopened",
    ),
    Transition(
        "T24", "销号归档", ("CLOSED",), "CLOSED", "立项机关(最高层交办方), 逐级转达",
        "all clocks end", "只作标记", "duban.assignment.struck", ends=True,
    ),
    Transition(
        "T25a", "申请中止", ("SIGNED", "DOING", "HUNG", "CLOSE_REQ"), None, "承办单位",
        "none: a request pauses nothing", "法定/不可抗力理由", "duban.assignment.pause_asked",
    ),
    Transition(
        "T25", "中止", ("SIGNED", "DOING", "HUNG", "CLOSE_REQ"), "SUSPENDED", "立项机关, 逐级转达",
        "pause K7|KM|KP, from the request on; K1 and K3 run on", "须有承办单位申请",
        "duban.assignment.paused",
    ),
    Transition(
        "T26", "恢复", ("SUSPENDED",), "DOING", "立项机关, 逐级转达", "resume; due += pause",
        "期限由交办方算定并签名", "duban.assignment.resumed",
    ),
    Transition(
        "T26", "日历变更重算期限", _OPEN, None, "交办方", "open clocks only",
        "已记逾期不变", "duban.assignment.redated",
    ),
    Transition(
        "T26", "提交时间裁定", tuple(ASSIGNMENT_STATES), None, "交办方(系统自动或督查室主任)",
        "verdict by the ruled instant", "首份回执迟于表头时间15分钟以上", "duban.assignment.ruled",
    ),
    Transition(
        "T27", "撤销",
        ("ISSUED", "SIGNED", "DOING", "HUNG", "SUSPENDED", "RETURNED", "CLOSE_REQ"), "CANCELLED",
        "立项机关或交办方, 逐级转达", "all clocks end", "计入撤销统计, 不计办结",
        "duban.assignment.cancelled", ends=True,
    ),
)  # fmt: skip

# What the events on the matter alone can tell: drafts stay in the registrar's `own` stream, and
# OPEN and CLOSED follow from its assignments (picture.py).
_TOLD: Final[Mapping[str | None, str | None]] = {
    None: None,
    "LEAD": None,
    "DRAFT": None,
    "PROPOSED": None,
    "OPEN": "APPROVED",
    "CLOSED": "APPROVED",
}


@dataclass(frozen=True, slots=True)
class Moves:
    """The live rows of one table, by event type."""

    rows: Mapping[str, Transition]
    steps: Mapping[tuple[str, str | None], str]  # (event type, state found) -> state left
    still: frozenset[str]  # the types that leave every state as it is
    goals: Mapping[str, frozenset[str]]  # per type the states that it may lead to

    def after(self, state: str | None, event: str) -> str | None:
        """The state that `event` leads to from `state`; None when it isn't allowed there."""
        return self.steps.get((event, state))

    def leaves_room(self, winner: str, loser: str) -> bool:
        """Whether a crossed `loser` may stand beside `winner`.

        So it is when the winner leaves the state as it is; or when the loser does, and is allowed
        in every state that the winner may lead to.
        """
        if winner in self.still:
            return True
        return loser in self.still and all(
            (loser, goal) in self.steps for goal in self.goals[winner]
        )


def moves(
    table: Iterable[Transition], told: Mapping[str | None, str | None], on: str = "self"
) -> Moves:
    """The live rows of a table, in the states which the object's own events can tell.

    `told`: those states that they can't tell, each with the one that they show instead; `on`: the
    object meant.
    """
    rows, steps = dict[str, Transition](), dict[tuple[str, str | None], str]()
    for row in table:
        if row.event is None or row.on != on:
            continue
        rows.setdefault(row.event, row)
        for start in row.start:
            seen = told.get(start, start)
            steps[(row.event, seen)] = (row.to and told.get(row.to, row.to)) or seen or ""
    moving = {event for (event, start), to in steps.items() if start != to or rows[event].ends}
    goals = {
        event: frozenset(to for (one, _), to in steps.items() if one == event) for event in rows
    }
    return Moves(rows, steps, frozenset(rows) - moving, goals)


DRAFT_MOVES: Final = moves(MATTER_TRANSITIONS, {}, "draft")
MATTER_MOVES: Final = moves(MATTER_TRANSITIONS, _TOLD)
ASSIGNMENT_MOVES: Final = moves(ASSIGNMENT_TRANSITIONS, {})

# A calendar, a policy or a score table: each publication is one more version of it.
CALENDAR_MOVES: Final = moves(
    [
        Transition(
            "C01", "发布日历", (None, "PUBLISHED"), "PUBLISHED", "根节点", "none",
            "新版本只管新事项", "duban.calendar.published",
        ),
    ],
    {},
)  # fmt: skip
POLICY_MOVES: Final = moves(
    [
        Transition(
            "P01", "发布时限规则", (None, "PUBLISHED", "WITHDRAWN"), "PUBLISHED",
            "交办方督查室主任", "none", "新版本只管新事项", "duban.policy.published",
        ),
        Transition(
            "P02", "停用时限规则", ("PUBLISHED",), "WITHDRAWN", "交办方督查室主任", "none", "",
            "duban.policy.withdrawn",
        ),
    ],
    {},
)  # fmt: skip
LEDGER_MOVES: Final = moves(
    [
        Transition(
            "L01", "发布台账定义", (None, "PUBLISHED"), "PUBLISHED", "根节点", "none",
            "已有字段不改类型", "duban.ledger.published",
        ),
    ],
    {},
)  # fmt: skip
SCORE_MOVES: Final = moves(
    [
        Transition(
            "E01", "发布评分表", (None, "PUBLISHED"), "PUBLISHED", "根节点", "none",
            "新版本自下月起用", "duban.score.published",
        ),
    ],
    {},
)  # fmt: skip
CAMPAIGN_MOVES: Final = moves(
    [
        Transition(
            "Z01", "发布专项", (None, "PUBLISHED"), "PUBLISHED", "交办方督查室主任", "none",
            "截止日期为硬期限", "duban.campaign.published",
        ),
    ],
    {},
)  # fmt: skip
ALL_MOVES: Final = (
    *(MATTER_MOVES, ASSIGNMENT_MOVES, CALENDAR_MOVES, POLICY_MOVES, SCORE_MOVES),
    *(LEDGER_MOVES, CAMPAIGN_MOVES),
)
