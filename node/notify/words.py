"""What notices say, in the words of the interface. Decides no more than the wording.

Due instants are the exclusive 00:00 of the next day: said as 24:00 of the day before (rule 4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from node.domain.instants import SHANGHAI, local_date, moment, reached

MOST_LINES: Final = 20
STAGES: Final = {
    "k1": "1天研究部署",
    "k3": "3天反馈办理情况",
    "k7": "7天落实",
    "km": "1个月落实",
    "kp": "挂账节点",
    "ka": "办结审核",
    "kl": "1个工作日内受理",
}
OWED: Final = ("ka", "kl")
"""what the office itself has to do: nobody else is asked to urge it"""
Row = Mapping[str, Any]


def stage(kind: str) -> str:
    """What a clock is called."""
    return STAGES.get(kind[:2], kind)


def day_of(due: str) -> str:
    """A due instant as a person names it."""
    local = moment(due).astimezone(SHANGHAI)
    if (local.hour, local.minute) == (0, 0):
        return f"{(local.date() - timedelta(days=1)).isoformat()} 24:00"
    return local.strftime("%Y-%m-%d %H:%M")


def step(row: Row) -> str:
    """What a notice says has come about."""
    minutes = row["minutes"]
    if row["kind"] == "redated":
        return "时限调整"
    if row["after"] == "yellow":
        return "即将到期"
    if not minutes:
        return "已到期"
    days, rest = divmod(minutes, 1440)
    if days and not rest:
        late = f"逾期{days}天"
    else:
        late = f"逾期{minutes // 60}小时" if minutes >= 60 else f"逾期{minutes}分钟"
    if row["clock"][:2] in OWED:
        return late
    return late + {"office": ",提请交办方督办", "screen": ",已在指挥中心亮红灯"}.get(row["to"], "")


def line(row: Row) -> str:
    """A notice in one line."""
    if row["kind"] == "redated":
        return f"工作日历{row['due']}调整了本单位{row['count']}件交办事项的时限,请查看"
    about = f"{row['no']} {row['title']}".strip()
    return f"{step(row)}:{about}({stage(row['clock'])},时限 {day_of(row['due'])})"


def put(row: Row) -> tuple[str, str]:
    """A notice as a message: subject and text."""
    said = line(row)
    subject = step(row) if row["kind"] == "redated" else f"{step(row)} {row['no']}".strip()
    return f"【督办】{subject}", f"【督办】{said}。请登录督办系统办理。"


def digest(day: date, running: Sequence[Row], moved: Sequence[Row], now: str) -> str:
    """A digest: its first line is the subject."""
    late = sum(reached(row["due"], now) for row in running)
    head = f"【督办】{day.isoformat()} 提醒汇总:逾期 {late} 项,即将到期 {len(running) - late} 项"
    lines = [head]
    for number, row in enumerate([*moved, *running], 1):
        if number > MOST_LINES:
            lines.append(
                f"…… 另有 {len(moved) + len(running) - MOST_LINES} 项,请登录督办系统查看。"
            )
            break
        said = line(row) if row["kind"] == "redated" else _standing(row, now)
        lines.append(f"{number}. {said}")
    return "\n".join(lines)


def _standing(row: Row, now: str) -> str:
    """How a clock stands now."""
    about = f"{row['no']} {row['title']}".strip()
    light = "即将到期"
    if reached(row["due"], now):
        days = (local_date(now) - local_date(row["due"])).days + 1
        light = f"逾期第{days}天"
    return f"{light}:{about}({stage(row['clock'])},时限 {day_of(row['due'])})"


def split(text: str) -> tuple[str, str]:
    """A kept digest as subject and text."""
    return text.partition("\n")[0], text
