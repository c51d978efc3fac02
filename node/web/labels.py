"""What codes are called on pages: boards, states, lights, clocks, roles, commands, members, events.

States Chinese words only; words.py has the English ones. What the domain's own tables call a thing
(machine.py, intake.py, weighing.py) is taken from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from node.domain.commands.weighing import AXES, TABLE
from node.domain.machine import ASSIGNMENT_STATES, MATTER_STATES
from node.web import titles
from schemas.intake import SOURCES

BOARDS: Final[Mapping[str, str]] = {
    "daily": "日常交办",
    "key-work": "重点工作",
    "reform": "重大改革",
    "key-project": "重点工程",
    "technical-upgrade": "重大技改",
    "investment": "重点招商",
}
GRADES: Final[Mapping[str, str]] = {"general": "一般", "major": "重大", "complex": "复杂"}
LIGHTS: Final[Mapping[str, str]] = {"green": "正常", "yellow": "临期", "red": "逾期"}
SHINES: Final[Mapping[str, str]] = {**LIGHTS, "none": "不计时"}
"""what a list can be narrowed to: a light, or that no clock is open"""
MARKS: Final[Mapping[str, str]] = {"excellent": "优秀", "good": "良好", "pass": "合格"}
KINDS: Final[Mapping[str, str]] = {"lead": "主办", "co": "协办"}
LINKS: Final[Mapping[str, str]] = {
    "follow-up": "后续事项",
    "follows": "前序事项",
    "related": "相关事项",
}
FINDINGS: Final[Mapping[str, str]] = {"proved": "查实", "unfounded": "不属实"}
LISTED: Final[Mapping[str, str]] = {"on": "挂牌督办", "off": "取消挂牌"}
VERDICTS: Final[Mapping[str, str]] = {"on_time": "按时", "late": "超时"}
LEVELS: Final[Mapping[str, str]] = {
    "province": "省级",
    "city": "市级",
    "county": "县级",
    "township": "乡镇(街道)",
    "department": "部门",
    "zone": "开发区",
    "central": "中央驻晋单位",
}
ROLES: Final[Mapping[str, str]] = {
    "registrar": "经办人",
    "supervisor": "督查室主任",
    "head": "单位负责人",
    "handler": "承办人",
    "leader": "领导",
    "enterprise": "企业用户",
    "admin": "系统管理员",
    "security": "安全管理员",
    "auditor": "审计管理员",
    "system": "系统",
}
CLOCKS: Final[Mapping[str, str]] = {
    "k1": "1天内研究部署",
    "k3": "3天内反馈办理情况",
    "k7": "7天内落实",
    "km": "1个月内落实",
    "kp": "挂账时间节点",
    "ka": "办结审核",
    "kl": "1个工作日内受理",
}
DOMAINS: Final[Mapping[str, str]] = {"gov": "政府", "party": "党委", "central": "中央驻晋单位"}
STARS: Final[Mapping[str, str]] = {
    "5": "非常满意",
    "4": "满意",
    "3": "基本满意",
    "2": "不满意",
    "1": "非常不满意",
}
ASKS: Final[Mapping[str, str]] = {
    "extension": "申请延期",
    "plan": "提出挂账方案",
    "pause": "申请中止",
    "refusal": "申请退回",
}

# what lists are filtered by: value -> words
MATTER_STATE: Final[Mapping[str, str]] = {
    **{code: MATTER_STATES[code] for code in ("APPROVED", "OPEN", "CLOSED", "STRUCK")},
    "cleared": "已办结和已销号",
    **{code: MATTER_STATES[code] for code in ("CANCELLED", "MERGED")},
}
SLIP_STATE: Final[Mapping[str, str]] = {"running": "未结", **ASSIGNMENT_STATES}
STAGES: Final[Mapping[str, str]] = {
    "k1": "1天内研究部署",
    "k3": "3天内反馈办理情况",
    "last": "7天或1个月内落实",
}
FATES: Final[Mapping[str, str]] = {
    "on_time": "按时",
    "late": "超时",
    "overdue": "逾期未交",
    "waiting": "未到期",
}

# operation -> the button's words, and what it does
COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "matter.register": ("登记立项", "经门槛审核后编号入册"),
    "matter.issue": ("交办", "确定一个主办单位和若干协办单位,时限自交办时起算"),
    "matter.strike": ("销号", "结果记录在案,事项归档,逐级转达"),
    "matter.cancel": ("撤销", "说明理由,告知所有承办单位"),
    "matter.pause": ("批准中止", "自申请之时起停表;1天、3天两个节点不停"),
    "matter.resume": ("恢复办理", "中止结束,时限继续计算"),
    "matter.merge": ("并入其他事项", "本事项以“已合并”结束,不计入统计"),
    "matter.link": ("关联事项", "两件事项互相可见"),
    "matter.list": ("挂牌督办", "列入或移出领导挂牌督办清单"),
    "assignment.sign": ("签收", "确认收到交办单;时限自交办起算,与签收无关"),
    "assignment.deploy": ("研究部署", "报告谁牵头、谁承办、找谁联系、采取什么措施(1天内)"),
    "assignment.report": ("反馈进展", "报告办理情况、指标和佐证材料(首次须在3天内)"),
    "assignment.clear": ("申请办结", "指标达成后申请办结,审核期间停止计时"),
    "assignment.grant": ("同意办结", "审核通过并评定等次"),
    "assignment.return": ("退回重办", "说明未达标之处,剩余时限继续计算"),
    "assignment.urge": ("催办", "提醒承办单位;不改变状态"),
    "assignment.split": ("分解下交", "把任务分解给下级;下级时限不得晚于本级"),
    "assignment.refuse": ("申请退回", "说明理由并提出应承办的单位;1天内,仅一次"),
    "assignment.reassign": ("同意退回并改派", "改由其他单位承办,重新起算时限"),
    "assignment.uphold": ("不同意退回", "说明理由,原单位继续承办"),
    "assignment.extend": ("申请延期", "须在到期前提出;批准前时限不变"),
    "assignment.grant-extension": ("同意延期", "新时限与原时限一并记录"),
    "assignment.refuse-extension": ("不同意延期", "说明理由"),
    "assignment.plan": ("提出挂账方案", "确实解决不了的,拿出时间节点和方案"),
    "assignment.grant-plan": ("同意挂账", "以方案的时间节点代替原时限"),
    "assignment.refuse-plan": ("不同意挂账", "说明理由"),
    "assignment.restore": ("恢复办理", "由挂账转回一般办理"),
    "assignment.reopen": ("复核发回", "销号前重新办理,开始第二轮计时"),
    "assignment.ask-pause": ("申请中止", "须有法定或不可抗力理由"),
    "assignment.refuse-pause": ("不同意中止", "说明理由"),
    "assignment.rule": ("认定提交时间", "认定某一节点的实际提交时间"),
    "assignment.redate": ("调整时限", "日历变更后重新确定未到期的时限"),
    "assignment.add-cohandler": ("增加协办单位", "新增单位与主办单位一起办理,各自计时"),
    "matter.value": ("登记台账", "按板块台账的字段填写数值"),
    "draft.submit": ("提交诉求", "如实说明现状、诉求和难点"),
    "draft.draft": ("受理拟办", "登记来源和依据,补全事项要素"),
    "draft.edit": ("修改拟办", "补全、修改事项要素"),
    "draft.decline": ("不予受理", "告知申报人理由,或转往主管部门"),
    "draft.propose": ("提请立项", "通过门槛审核后报批"),
    "draft.approve": ("批准立项", "编号入册,随后交办"),
    "draft.reject": ("驳回立项", "说明理由"),
    "draft.merge": ("并入已有事项", "与已有事项重复,合并办理"),
    "draft.rate": ("评价", "对办理结果评价"),
    "draft.complain": ("投诉", "结果与事实不符的,可以投诉"),
    "draft.accept": ("受理并交办", "受理、立项、交办一次完成;重大、复杂事项提请领导批准"),
    "draft.judge": ("核查投诉", "查实的,在销号前发回重办"),
}

# member -> its label, and a hint (may be "")
MEMBERS: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("标题", "一事一项,写明要解决的一件事"),
    "board": ("板块", ""),
    "grade": ("等级", "一般事项7天,重大、复杂事项1个月"),
    "content": ("内容", "写明要办什么、办到什么程度;不写空话"),
    "source": ("来源", ""),
    "basis": ("依据文号", "如:晋政办〔2026〕1号"),
    "weight": ("分量说明", "为什么是大事、要事、急事"),
    "indicators": ("指标", "可量化、可核验,至少一项含数字"),
    "indicators.name": ("指标名称", ""),
    "indicators.unit": ("单位", ""),
    "indicators.target": ("目标值", ""),
    "indicators.evidence": ("佐证材料", ""),
    "indicators.value": ("完成值", ""),
    "responsible": ("责任人", ""),
    "head": ("负责人", ""),
    "contact": ("联络人", ""),
    "contact.name": ("联络人姓名", ""),
    "contact.phone": ("联系电话", ""),
    "region": ("行政区划代码", "6至12位数字,如 140105"),
    "campaign": ("所属专项", ""),
    "class": ("专项类别", ""),
    "lead": ("主办单位", "只有一个"),
    "cohandlers": ("协办单位", "可以多个,也可以没有"),
    "result": ("办理结果", ""),
    "grounds": ("理由", ""),
    "reason": ("理由", ""),
    "leader": ("责任领导", ""),
    "measures": ("措施", ""),
    "text": ("内容", ""),
    "attachments": ("佐证材料", "可选多个文件"),
    "milestone": ("对应时间节点", ""),
    "mark": ("评定等次", ""),
    "remark": ("评语", ""),
    "into": ("并入", "填写事项编号"),
    "to": ("对象", ""),
    "kind": ("关系", ""),
    "listed": ("操作", ""),
    "proposed": ("建议承办单位", ""),
    "until": ("延至(含当日)", ""),
    "solution": ("解决方案", ""),
    "milestones": ("时间节点", "每个节点各有时限"),
    "milestones.name": ("节点名称", ""),
    "milestones.date": ("完成日期", ""),
    "complaint": ("投诉内容", ""),
    "clock": ("节点", ""),
    "submitted": ("提交时间", "北京时间"),
    "situation": ("现状", "发生了什么,在哪里,从什么时候开始"),
    "demand": ("诉求", "希望解决什么"),
    "difficulty": ("难点", "卡在哪里,已经找过谁"),
    "unit": ("涉及单位", ""),
    "since": ("起始日期", ""),
    "to.draft": ("转往单位", "如:12345热线或主管部门"),
    "answer": ("处理说明", "对门槛提示和疑似重复逐项说明如何处理"),
    "scores": ("门槛评分", "任一方面达到3分即为大事、要事或急事"),
    "score": ("满意度", ""),
    "finding": ("核查结论", ""),
    "user": ("用户名", ""),
    "password": ("密码", "至少10个字符"),
    "old": ("原密码", ""),
    "name": ("名称", ""),
    "uscc": ("统一社会信用代码", "18位,在营业执照上"),
    "phone": ("联系电话", ""),
    "role": ("角色", ""),
    "ledger": ("台账", ""),
    "attachments.sha256": ("摘要", ""),
    "attachments.size": ("大小", ""),
    "attachments.type": ("类型", ""),
    "due": ("时限", ""),
    "calendar": ("日历", ""),
    "policy": ("时限规则", ""),
    "provisional": ("暂定", ""),
    "applicant": ("申报人", ""),
    "number": ("受理编号", ""),
    "code": ("查询码", ""),
}

EVENTS: Final[Mapping[str, str]] = {
    "duban.matter.registered": "登记立项",
    "duban.matter.struck": "销号",
    "duban.matter.cancelled": "撤销",
    "duban.matter.paused": "批准中止",
    "duban.matter.resumed": "恢复办理",
    "duban.matter.merged": "并入其他事项",
    "duban.matter.linked": "关联事项",
    "duban.matter.listed": "挂牌督办变更",
    "duban.assignment.issued": "交办",
    "duban.assignment.signed": "签收",
    "duban.assignment.deployed": "研究部署",
    "duban.assignment.reported": "反馈进展",
    "duban.assignment.clearance_applied": "申请办结",
    "duban.assignment.granted": "同意办结",
    "duban.assignment.returned": "退回重办",
    "duban.assignment.urged": "催办",
    "duban.assignment.refused": "申请退回",
    "duban.assignment.relieved": "同意退回",
    "duban.assignment.upheld": "不同意退回",
    "duban.assignment.regrouped": "协办关系变更",
    "duban.assignment.extension_asked": "申请延期",
    "duban.assignment.extended": "同意延期",
    "duban.assignment.extension_refused": "不同意延期",
    "duban.assignment.plan_asked": "提出挂账方案",
    "duban.assignment.hung": "同意挂账",
    "duban.assignment.plan_refused": "不同意挂账",
    "duban.assignment.restored": "恢复办理",
    "duban.assignment.reopened": "复核发回",
    "duban.assignment.pause_asked": "申请中止",
    "duban.assignment.pause_refused": "不同意中止",
    "duban.assignment.paused": "中止",
    "duban.assignment.resumed": "恢复计时",
    "duban.assignment.struck": "销号转达",
    "duban.assignment.cancelled": "撤销转达",
    "duban.assignment.ruled": "认定提交时间",
    "duban.assignment.redated": "调整时限",
    "duban.assignment.copied": "抄送主办",
}

CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    "board": BOARDS,
    "grade": GRADES,
    "mark": MARKS,
    "kind": LINKS,
    "listed": LISTED,
    "finding": FINDINGS,
    "source": SOURCES,
    "score": STARS,
    **{
        code: {option: name for option, (name, _) in row.options.items()}
        for code, row in TABLE.items()
    },
}  # fmt: skip
CRITERIA: Final[Mapping[str, str]] = {code: row.name for code, row in TABLE.items()}


def every() -> set[str]:
    """All words of the tables, for the test of translations."""
    plain = (
        *(BOARDS, GRADES, SHINES, MARKS, KINDS, LINKS, FINDINGS, LISTED, VERDICTS, LEVELS, ROLES),
        *(CLOCKS, DOMAINS, STARS, ASKS, EVENTS, MATTER_STATES, ASSIGNMENT_STATES, SOURCES),
        *(CRITERIA, AXES, MATTER_STATE, SLIP_STATE, STAGES, FATES, *CHOICES.values()),
    )
    found = {word for table in plain for word in table.values()}
    pairs = (*COMMANDS.values(), *MEMBERS.values())
    return found | {word for pair in pairs for word in pair if word}


def clock(kind: str) -> str:
    """What a clock is called, whatever its round."""
    return CLOCKS.get(kind[:2], kind)


def member(path: str, operation: str = "") -> tuple[str, str]:
    """The label and the hint of a member by its path (`indicators.0.name`)."""
    names = [one for one in path.replace("[", ".").replace("]", "").split(".") if not one.isdigit()]
    if operation == "draft.decline" and names == ["to"]:
        names = ["to.draft"]
    if len(names) == 2 and names[0] == "scores":
        return CRITERIA.get(names[1], names[1]), ""
    joined = ".".join(names)
    published = titles.member(joined, operation)
    if published is not None:
        return published
    return MEMBERS.get(joined) or MEMBERS.get(names[-1]) or (joined, "")


def state(code: str) -> str:
    """What a matter's or an assignment's state is called."""
    return ASSIGNMENT_STATES.get(code) or MATTER_STATES.get(code) or code


def event(type: str) -> str:
    """What an event is called."""
    return EVENTS.get(type, type.rpartition(".")[2])
