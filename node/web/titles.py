"""What members of publications are called: policies, score tables, ledgers, campaigns, contacts.

States Chinese words only, as labels.py does for commands; words.py has the English ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Pairs = Mapping[str, tuple[str, str]]

POLICY: Final[Pairs] = {
    "version": ("版本", "名称/序号:8至26个小写字母或数字,以字母开头,如 workingdays/1;序号只增不减"),
    "boards": ("适用板块", "一个不选即适用全部板块"),
    "grades": ("适用等级", "一个不选即适用全部等级"),
    "counts": ("计日方式", ""),
    "first_day": ("交办当日计为第一天", ""),
    "same_day": ("当日办理也算按时签收", ""),
    "rolls_over": ("到期日遇休息日顺延", ""),
    "days": ("各阶段天数", ""),
    "days.k1": ("研究部署", "1至366天"),
    "days.k3": ("反馈办理情况", "1至366天"),
    "days.k7": ("落实", "1至366天"),
    "days.km": ("重大、复杂事项落实", "1至366天;留空为次月同日"),
    "warn": ("提前多少分钟亮黄灯", "1440分钟为1天"),
    "warn.k1": ("研究部署", ""),
    "warn.k3": ("反馈办理情况", ""),
    "warn.k7": ("落实", ""),
    "warn.km": ("一个月落实", ""),
    "review": ("办结审核天数", "1至366天"),
    "triage": ("受理天数", "1至366天"),
    "ladder": ("提醒阶梯", "何时提醒谁;分钟数从黄灯或到期起算"),
    "ladder.after": ("起算", ""),
    "ladder.minutes": ("之后多少分钟", ""),
    "ladder.to": ("提醒", ""),
    "tolerance": ("宽限分钟", "在此之内仍算按时"),
}
SCORE: Final[Pairs] = {
    "version": ("版本", "monthlyscore/序号,如 monthlyscore/2;对公布之后开始的月份有效"),
    "lines": ("扣分和加分", "每个项目一行;100为1分"),
    "lines.measure": ("项目", ""),
    "lines.effect": ("扣分或加分", ""),
    "lines.points": ("分值(百分之一分)", "1至10000"),
    "lines.per": ("计法", ""),
    "lines.most": ("最多(百分之一分)", "1至10000"),
    "minimum": ("参加排名的最少在办件数", ""),
}
LEDGER: Final[Pairs] = {
    "version": ("版本", "板块代码/序号,如 investment/2;序号只增不减"),
    "board": ("板块", ""),
    "fields": ("字段", "已填的值不会改变;代码为小写字母、数字和下划线"),
    "fields.code": ("代码", ""),
    "fields.zh": ("中文名", ""),
    "fields.en": ("英文名", ""),
    "fields.type": ("类型", ""),
    "fields.unit": ("计量单位", "金额:元、万元、亿元"),
    "fields.scale": ("小数位数", "0至10;元2、万元6、亿元10"),
    "fields.required": ("必填", ""),
    "fields.cumulative": ("累计值", ""),
    "fields.choices": ("选项", ""),
    "totals": ("合计", "求和、计数,或两项之比"),
    "totals.code": ("代码", ""),
    "totals.zh": ("中文名", ""),
    "totals.en": ("英文名", ""),
    "totals.kind": ("算法", ""),
    "totals.field": ("字段或分子", ""),
    "totals.of": ("分母", "只用于比率"),
    "groups": ("分组", "按城市、按日期字段的月份、按字段的值"),
    "groups.code": ("代码", ""),
    "groups.zh": ("中文名", ""),
    "groups.en": ("英文名", ""),
    "groups.by": ("按", ""),
    "groups.field": ("字段", ""),
}
CAMPAIGN: Final[Pairs] = {
    "version": ("版本", "名称/序号:8至26个小写字母或数字,以字母开头,如 railwaysafe/1;序号只增不减"),
    "title": ("专项名称", "不超过100个字"),
    "board": ("板块", ""),
    "grade": ("等级", ""),
    "starts": ("开始日期", ""),
    "ends": ("截止日期", "含当日;到期不再延长"),
    "classes": ("问题类别", "一行一类:代码 名称,如 A1 私搭乱建"),
    "territory": ("属地单位", "一行一地:区划代码(6至12位) 单位名称或全路径"),
    "milestones": ("时间节点", "一行一个:日期 办结百分比 名称,如 2026-06-30 60 完成六成;可以没有"),
}
CONTACT: Final[Pairs] = {
    "email": ("邮箱", ""),
    "phone": ("手机", ""),
    "chat": ("群聊", "消息网关里的群名"),
}
MEMBERS: Final[Mapping[str, Pairs]] = {
    "policy.publish": POLICY,
    "score.publish": SCORE,
    "ledger.publish": LEDGER,
    "campaign.publish": CAMPAIGN,
    "contact.put": CONTACT,
}
COUNTS: Final = {"natural": "自然日", "working": "工作日"}
AFTER: Final = {"yellow": "亮黄灯", "due": "到期"}
WHOM: Final = {
    "handler": "承办人",
    "head": "承办单位负责人",
    "office": "交办方督查室",
    "screen": "交办方领导、指挥中心",
}
TYPES: Final = {
    "money": "金额",
    "number": "数值",
    "date": "日期",
    "choice": "选项",
    "text": "文字",
}
TOTALS: Final = {"sum": "求和", "count": "计数", "rate": "比率"}
GROUPS: Final = {"city": "城市", "month": "月份", "field": "字段的值"}
YES: Final = {"true": "是", "false": "否"}


def member(path: str, operation: str) -> tuple[str, str] | None:
    """The label and the hint of a publication's member; None where it is none."""
    return MEMBERS.get(operation, {}).get(path)
