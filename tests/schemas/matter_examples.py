"""One lawful `data` for each event type of 13710, every optional member filled in."""

from typing import Any

ROOT, CITY, COUNTY, TOWN = "r" * 32, "c" * 32, "y" * 32, "t" * 32
BUREAU, OFFICE, STRANGER = "b" * 32, "o" * 32, "s" * 32
MATTER = f"matter:{ROOT}:m0000001"
OTHER = f"matter:{ROOT}:m0000002"
TASK = f"assignment:{ROOT}:a0000001"
CO_TASK = f"assignment:{ROOT}:a0000002"
PART = f"assignment:{CITY}:a0000003"
HEAD = "0123456789abcdef" * 4

LEDGER = {"version": "investment/1", "values": {"signed_amount": "125000000", "industry": "能源"}}
BY = {"user": "u1", "role": "registrar"}
INDICATOR = {"name": "贯通里程", "unit": "米", "target": "300", "evidence": "验收单"}
READING = {"name": "贯通里程", "value": "180"}
CONTACT = {"name": "王五", "phone": "0351-0000000"}
FILE = {"sha256": HEAD, "size": 12, "name": "照片.jpg", "type": "image/jpeg"}
GIVEN = {
    "no": "示督〔2026〕1号",
    "title": "打通示例路断头段",
    "board": "daily",
    "grade": "general",
    "content": "示例路东段300米未贯通。\n\t11月底前通车。",
    "indicators": [INDICATOR],
    "campaign": "铁路沿线",
    "class": "彩钢瓦",
    "by": BY,
}

LAWFUL: dict[str, dict[str, Any]] = {
    "duban.matter.registered": {
        **GIVEN,
        "source": "主任信箱",
        "basis": "示例会议纪要",
        "weight": "群众反映强烈",
        "responsible": "张三",
        "head": "李四",
        "contact": CONTACT,
        "region": "140105",
        "ledger": LEDGER,
    },
    "duban.matter.struck": {"result": "已通车", "by": BY},
    "duban.matter.cancelled": {"grounds": "重复立项", "by": BY},
    "duban.assignment.issued": {
        **GIVEN,
        "matter": MATTER,
        "kind": "lead",
        "parent": None,
        "assignee": CITY,
        "lead": None,
        "cohandlers": [COUNTY],
        "t0": "2026-11-24T05:03:28Z",
        "due": {
            "k1": "2026-11-25T16:00:00Z",
            "k3": "2026-11-27T16:00:00Z",
            "k7": "2026-12-01T16:00:00Z",
        },
        "policy": "default/1",
        "calendar": "cn/2026.1",
        "warn": {"k1": 240, "k3": 1440, "k7": 2880},
        "provisional": ["k7"],
        "instead": CO_TASK,
    },
    "duban.assignment.signed": {"by": BY},
    "duban.assignment.deployed": {
        "leader": "张三",
        "responsible": "李四",
        "contact": CONTACT,
        "measures": "逐项落实",
        "by": BY,
    },
    "duban.assignment.reported": {
        "text": "路基已铺180米。",
        "indicators": [READING],
        "attachments": [FILE],
        "milestone": "kp1",
        "ledger": LEDGER,
        "by": BY,
    },
    "duban.assignment.clearance_applied": {"text": "通车", "indicators": [READING], "by": BY},
    "duban.assignment.granted": {
        "mark": "good",
        "remark": "属实",
        "review_due": "2026-12-05T16:00:00Z",
        "by": BY,
    },
    "duban.assignment.returned": {
        "reason": "标线未划",
        "due": {"k7": "2026-12-03T16:00:00Z"},
        "review_due": "2026-12-03T16:00:00Z",
        "by": BY,
    },
    "duban.assignment.struck": {"matter": MATTER, "repeats": HEAD, "by": BY},
    "duban.assignment.cancelled": {
        "matter": MATTER,
        "grounds": "重复",
        "repeats": None,
        "by": BY,
    },
    "duban.assignment.urged": {"text": "请抓紧", "by": BY},
    "duban.assignment.copied": {
        "of": CO_TASK,
        "text": "已会签",
        "indicators": [READING],
        "by": BY,
    },
    "duban.matter.merged": {"into": OTHER, "grounds": "同一路段", "by": BY},
    "duban.matter.linked": {"to": OTHER, "kind": "follow-up", "by": BY},
    "duban.matter.valued": {"ledger": LEDGER, "by": BY},
    "duban.matter.listed": {"listed": "on", "grounds": "久拖不决", "by": BY},
    "duban.matter.paused": {
        "assignment": TASK,
        "asked": HEAD,
        "since": "2026-11-26T01:00:00Z",
        "grounds": "汛期停工",
        "by": BY,
    },
    "duban.matter.resumed": {"at": "2026-11-28T01:00:00Z", "by": BY},
    "duban.assignment.refused": {"grounds": "三定方案", "proposed": "示例市交通局", "by": BY},
    "duban.assignment.relieved": {"to": {"node": BUREAU, "assignment": CO_TASK}, "by": BY},
    "duban.assignment.upheld": {"reason": "属地责任", "by": BY},
    "duban.assignment.regrouped": {"lead": None, "cohandlers": [COUNTY, TOWN], "by": BY},
    "duban.assignment.extension_asked": {"reason": "连阴雨", "until": "2026-12-08", "by": BY},
    "duban.assignment.extended": {"due": {"k7": "2026-12-08T16:00:00Z"}, "by": BY},
    "duban.assignment.extension_refused": {"reason": "可抢工期", "by": BY},
    "duban.assignment.plan_asked": {
        "solution": "分两步",
        "milestones": [{"name": "立项", "date": "2026-12-20"}],
        "by": BY,
    },
    "duban.assignment.hung": {
        "milestones": [{"clock": "kp1", "name": "立项", "due": "2026-12-20T16:00:00Z"}],
        "by": BY,
    },
    "duban.assignment.plan_refused": {"reason": "时间过长", "by": BY},
    "duban.assignment.restored": {"reason": "条件已具备", "by": BY},
    "duban.assignment.reopened": {
        "reason": "反弹",
        "complaint": "来信核实属实",
        "due": {"k7.2": "2026-12-15T16:00:00Z"},
        "by": BY,
    },
    "duban.assignment.pause_asked": {"grounds": "汛期停工", "by": BY},
    "duban.assignment.pause_refused": {"of": HEAD, "reason": "可以施工", "by": BY},
    "duban.assignment.paused": {
        "matter": MATTER,
        "since": "2026-11-26T01:00:00Z",
        "repeats": HEAD,
        "by": BY,
    },
    "duban.assignment.resumed": {
        "matter": MATTER,
        "at": "2026-11-28T01:00:00Z",
        "due": {"k7": "2026-12-03T16:00:00Z"},
        "repeats": HEAD,
        "by": BY,
    },
    "duban.assignment.ruled": {
        "clock": "k1",
        "of": HEAD,
        "stated": "2026-11-24T05:03:28Z",
        "submitted": "2026-11-26T01:00:00Z",
        "reason": "补报",
        "by": BY,
    },
    "duban.assignment.redated": {
        "due": {"k7": "2026-12-02T16:00:00Z"},
        "calendar": "cn/2026.2",
        "policy": "default/1",
        "provisional": ["k7"],
        "reason": "调休",
        "by": BY,
    },
}
