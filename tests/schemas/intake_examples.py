"""One lawful `data` for each event type of a draft, every optional member filled in."""

from typing import Any

from tests.schemas.matter_examples import CONTACT, HEAD, INDICATOR, MATTER, ROOT

DRAFT = f"draft:{ROOT}:d0000001"
WHO = {"user": "某公司", "role": "enterprise"}
CLERK = {"user": "u1", "role": "registrar"}
SCORES = {
    "scope": "county",
    "people": "tens",
    "money": "none",
    "instruction": "city",
    "livelihood": "direct",
    "deadline": "week",
    "danger": "possible",
}
FORM: dict[str, Any] = {
    "title": "打通示例路断头段",
    "board": "daily",
    "grade": "general",
    "content": "示例路东段300米未贯通。请于11月底前通车。",
    "source": "enterprise",
    "basis": "示例会议纪要",
    "weight": "群众反映强烈",
    "scores": SCORES,
    "indicators": [INDICATOR],
    "solution": "征拆3户后铺筑300米",
    "lead": "示例市交通局",
    "responsible": "张三",
    "head": "李四",
    "contact": CONTACT,
    "region": "140105",
    "unit": "示例市交通局",
    "since": "2026-01-05",
    "campaign": "断头路",
    "class": "市政",
}
LAWFUL: dict[str, dict[str, Any]] = {
    "duban.draft.submitted": {
        "receipt": "20261124-0001",
        "track": HEAD,
        "source": "enterprise",
        "title": "断头路影响运输",
        "situation": "示例路东段未贯通",
        "demand": "请打通",
        "difficulty": "3户未征拆",
        "applicant": {
            "name": "示例公司",
            "uscc": "91110000600037341L",
            "contact": "赵六",
            "phone": "0351-0000000",
        },
        "region": "140105",
        "unit": "示例市交通局",
        "since": "2026-01-05",
        "due": "2026-11-25T16:00:00Z",
        "policy": "triage/1",
        "calendar": "cn/2026.1",
        "by": WHO,
    },
    "duban.draft.drafted": {**FORM, "by": CLERK},
    "duban.draft.edited": {**FORM, "by": CLERK},
    "duban.draft.declined": {"reason": "属12345受理范围", "to": "12345", "by": CLERK},
    "duban.draft.proposed": {"points": 9, "weights": ["big"], "answer": "已核", "by": CLERK},
    "duban.draft.approved": {
        "matter": MATTER,
        "no": "示督〔2026〕1号",
        "promised": "2026-12-01T16:00:00Z",
        "by": CLERK,
    },
    "duban.draft.rejected": {"reason": "已列入年度计划", "by": CLERK},
    "duban.draft.merged": {"into": MATTER, "reason": "同一路段", "by": CLERK},
    "duban.draft.rated": {"score": "5", "remark": "满意", "by": WHO},
    "duban.draft.complained": {"text": "仍未通车", "by": WHO},
    "duban.draft.complaint_judged": {
        "complaint": HEAD,
        "finding": "proved",
        "grounds": "现场核实",
        "by": CLERK,
    },
}
