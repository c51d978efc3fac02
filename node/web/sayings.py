"""Refusals and gate remarks in the interface's words: what was wrong, and what is accepted.

Decides wording only: codes and places are the domain's. The domain speaks English, and that is what
an English page shows where no other words stand here; the Chinese of all it says stands in SAYINGS,
ACCEPTED and refused_zh.json, which a test holds equal to the code. What comes from elsewhere and
has none is shown as it was said, beside the meaning of its code.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

from node.domain.commands import DomainRefused
from node.web import labels
from node.web.words import language, mark, say
from schemas.refusals import Refused

Rows = Sequence[Sequence[str]]  # a pattern, and what people read; groups are handed to the words
CODES: Final[Mapping[str, str]] = {
    "no-token": mark("用户名或密码不正确"),
    "wrong-role": mark("您的角色不能执行此操作"),
    "wrong-node": mark("只有相关单位才能执行此操作"),
    "wrong-state": mark("当前状态不允许此操作"),
    "gate": mark("未通过立项门槛"),
    "bad-input": mark("填写有误"),
    "not-found": mark("没有找到"),
    "conflict": mark("与现有情况冲突"),
    "idempotency-key": mark("这张表单已经用过,请刷新后重填"),
    "throttled": mark("尝试次数过多,请稍后再试"),
    # the protocol's own (schemas/refusals.py)
    "malformed": mark("格式不符,无法读取"),
    "oversize": mark("内容过大"),
    "bomb": mark("内容解开后过大"),
    "version": mark("版本不受支持"),
    "unknown-key": mark("没有这把密钥"),
    "bad-signature": mark("签名无效"),
    "stale-challenge": mark("质询已过期"),
    "replay": mark("重复的消息"),
    "wrong-receiver": mark("不是发给本节点的"),
    "foreign-domain": mark("属于另一个督办系统"),
    "not-linked": mark("没有建立联系"),
    "suspended": mark("该节点已被暂停"),
    "stale-fence": mark("该节点的另一份副本已在使用"),
    "link-epoch": mark("联系的代次不符"),
    "busy": mark("正忙,请稍后再试"),
    "rate": mark("请求过多,请稍后再试"),
    "unavailable": mark("暂时不可用,请稍后再试"),
    "gap": mark("记录不连续"),
    "fork": mark("同一日志出现两份签名历史"),
    "frozen": mark("该日志已冻结"),
    "unknown-origin": mark("来源节点未知"),
    "bad-header": mark("记录的抬头无效"),
    "bad-chain": mark("记录的链接不符"),
    "bad-seal": mark("封印无效"),
    "bad-datahash": mark("内容与校验值不符"),
    "payload-missing": mark("缺少内容"),
    "foreign-scope": mark("不在授权范围内"),
    "bad-route": mark("送达路径不符"),
    "bad-opening": mark("日志的开头无效"),
    "cut": mark("该密钥已截止"),
    "quota": mark("超出配额"),
    "not-named": mark("没有记录引用它"),
    "missing": mark("没有找到"),
    "sought": mark("正在向上级索取"),
    "too-large": mark("文件过大"),
    "bad-chunk": mark("文件分块不符"),
    "bad-content": mark("文件内容不符"),
    "bad-type": mark("不接受这种文件"),
    "weak-key": mark("密钥强度不足"),
    "algorithm": mark("不支持这种算法"),
    "invitation-expired": mark("邀请已过期"),
    "invitation-used": mark("邀请已使用"),
    "invitation-misfit": mark("邀请与节点不符"),
    "already-member": mark("已经是成员"),
    "no-authority": mark("无权执行此操作"),
    "bad-consent": mark("同意书无效"),
    "bad-proof": mark("证明无效"),
    "bad-lineage": mark("隶属关系无效"),
    "unknown-member": mark("不是成员"),
    "bad-epoch": mark("密钥代次无效"),
    "below-receipt": mark("早于已确认的记录"),
    "cycle": mark("隶属关系成环"),
    "unknown-type": mark("记录类型未知"),
    "critical": mark("含有必须理解而未知的内容"),
    "bad-payload": mark("记录内容无效"),
    "disputed": mark("存在争议"),
}
# what the domain says -> what people read; groups are handed to the words
SAYINGS: Final[Rows] = (
    (r"Missing data for required field\.", mark("必填")),
    (r"missing: (?P<what>.+)", mark("必填")),
    (r"Longer than maximum length (?P<most>\d+)\.", mark("最多 {most} 项(字)")),
    (r"Must be one of: .+", mark("请从选项中选择")),
    (r"String does not match expected pattern\.", mark("格式不符,或含有控制字符")),
    (r"Not a valid .+", mark("格式不符")),
    (r"name or password is wrong", mark("用户名或密码不正确")),
    (r"tried too often", mark("尝试次数过多")),
    (r".+ was tried too often", mark("尝试次数过多")),
    (r"the old password is wrong", mark("原密码不正确")),
    (r"the password is wrong", mark("密码不正确")),
    (r"the code is wrong or was used", mark("验证码不正确或已用过")),
    (r"the code is wrong", mark("验证码不正确")),
    (r"the first step is too long ago", mark("第一步已过期")),
    (r"a second factor is set up already", mark("已经开启两步登录")),
    (r"no second factor waits to be confirmed", mark("请先从第一步开始")),
    (
        r"this node demands a second factor of administrators",
        mark("本单位要求三员使用两步登录,不能关闭"),
    ),
    (r"nobody resets a second factor of one's own", mark("不能重置自己的两步登录")),
    (r".+ has no second factor", mark("该用户没有开启两步登录")),
    (r"no password", mark("密码不符合要求")),
    (r"the name is taken", mark("用户名已被使用")),
    (r"no receipt has this number and code", mark("没有与此编号和查询码对应的受理件")),
    (r"number and code are needed", mark("请填写受理编号和查询码")),
    (r".+ is no unified social credit code", mark("不是统一社会信用代码")),
    (
        r"no (?P<command>[a-z-]+) while the (matter|assignment) is (?P<state>[A-Z_]+)",
        mark("当前状态为“{state}”,不能执行此操作"),
    ),
    (r"(?P<count>\d+) of its parts not done: .+", mark("还有 {count} 个下级任务没有办结")),
    (r"(?P<count>\d+) of its co-handlers not done: .+", mark("还有 {count} 个协办单位没有办结")),
    (r"the matter has been issued: .+", mark("事项已经交办,主办单位只有一个")),
    (r"stage 1 ended at .+", mark("已超过1天的退回期限")),
    (r"due at .+", mark("已经到期,须在到期前提出")),
    (r"it is due at .+ already", mark("原时限已经不早于这一天")),
    (r"no (?P<what>[a-z ]+) is pending", mark("没有待处理的申请")),
    (r"nobody has asked for a pause", mark("没有单位申请中止")),
    (r"struck off", mark("已经销号")),
    (r"nobody changes an account of one's own", mark("不能更改自己的账号")),
    (
        r".+ is [a-z]+: the three administrators are three people",
        mark("三员须由三个人分别担任"),
    ),
    (r"no document number can be given: .+", mark("尚未设置机关代字")),
    (r"what the gate remarked must be answered.*", mark("请对门槛提示和疑似重复说明如何处理")),
)
ACCEPTED: Final[Rows] = (
    (r"try again in (?P<wait>\d+) seconds", mark("请 {wait} 秒后再试")),
    (r"10 to 200 characters, not the name itself", mark("10至200个字符,不能与用户名相同")),
    (
        r"18 characters of 0-9 and A-Z .+",
        mark("18位:数字和大写字母(不含 I、O、S、V、Z),第3至8位为数字"),
    ),
    (
        r"the 6 digits that the app shows now, each once, or a recovery code",
        mark("应用现在显示的6位数字(每个只能用一次),或一个没有用过的恢复码"),
    ),
    (
        r"the 6 digits that the app shows now; its clock and the host's must agree",
        mark("应用现在显示的6位数字;手机时间须准确"),
    ),
    (r"name and password again", mark("请重新填写用户名和密码")),
    (r"switch it off first", mark("先关闭,再重新开启")),
    (r"one address as name@example\.cn", mark("一个邮箱地址,如 name@example.cn")),
    (
        r"5 to 20 digits, a plus before and hyphens between are accepted",
        mark("5至20位数字,前面可有加号,中间可有短横"),
    ),
    (
        r"the group's name at the gateway, 1 to 200 characters without blanks",
        mark("消息网关给群聊的名称,1至200个字符,不含空格"),
    ),
    (r"a later date", mark("更晚的日期")),
    (r"another name", mark("换一个用户名")),
    (r"before it is due", mark("到期之前")),
    (r"within stage 1", mark("交办后1天内")),
)
REMARKS: Final[Mapping[str, str]] = {
    "missing": mark("缺少“{label}”"),
    "measure": mark("指标不可量化:至少一项,含名称、单位、目标值,目标值含数字"),
    "evidence": mark("没有写明佐证材料,如:验收单"),
    "lead": mark("主办单位须有一个,且只有一个"),
    "weight": mark("请完成门槛评分"),
    "trivial": mark("大事、要事、急事均不足3分:请不予立项,或转12345及主管部门"),
    "solution": mark("没有解决方案,也没有提出解决要求"),
    "vague": mark("“{word}”没有数字支撑:请改写为可量化的指标"),
    "several": mark("“{word}”前后可能是几件事:一事一项"),
    "source": mark("来源不在目录中"),
    "uscc": mark("校验位不符,请核对;仍可提交"),
}
SEVERITIES: Final[Mapping[str, str]] = {
    "refuse": mark("必须修改"),
    "warn": mark("请核对"),
    "hint": mark("提示"),
}


@functools.cache
def chinese(kind: str) -> Rows:
    """What the domain says, as patterns, with the Chinese of it: `detail` or `accepted`."""
    found: Mapping[str, Rows] = json.loads(
        files("node.web").joinpath("refused_zh.json").read_text(encoding="utf-8")
    )
    return found[kind]


def read(table: Rows, text: str) -> str | None:
    """What the first row that fits says of a text; None: no row fits."""
    for pattern, words in table:
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found is not None:
            groups = {name: value for name, value in found.groupdict().items() if value}
            if "state" in groups:
                groups["state"] = say(labels.state(groups["state"]))
            return say(words, **groups) if groups else say(words)
    return None


def _worded(table: Rows, kind: str, text: str) -> str:
    found = read(table, text)
    if found is None and language() != "en":
        found = read(chinese(kind), text)
    return found or text


def detail(text: str) -> str:
    """What was wrong."""
    return _worded(SAYINGS, "detail", text)


def accepted(text: str) -> str:
    """What is accepted."""
    return _worded(ACCEPTED, "accepted", text)


def told(refused: DomainRefused | Refused, operation: str = "") -> dict[str, str]:
    """A refusal for a page: title, detail, accepted, where, label."""
    where = str(getattr(refused, "where", "") or "")
    where = re.sub(r"^commands\[0\](\.body)?\.?", "", where)
    return {
        "code": refused.code,
        "title": say(CODES.get(refused.code, refused.code)),
        "detail": detail(refused.detail),
        "accepted": accepted(str(getattr(refused, "accepted", "") or "")),
        "where": where,
        "label": say(labels.member(where, operation)[0]) if where else "",
    }


def remark(one: Mapping[str, Any]) -> dict[str, Any]:
    """A gate's remark for a page: what it says, how grave, beside which member and words."""
    label = say(labels.member(one["where"])[0])
    words = say(REMARKS.get(one["code"], one["detail"]), label=label, word=one.get("word", ""))
    return {
        **one,
        "label": label,
        "words": words,
        "grave": say(SEVERITIES[one["severity"]]),
    }


def every() -> set[str]:
    """All sayings, for the test of translations."""
    tables = (CODES, REMARKS, SEVERITIES)
    rows = (*SAYINGS, *ACCEPTED)
    return {word for table in tables for word in table.values()} | {row[1] for row in rows}
