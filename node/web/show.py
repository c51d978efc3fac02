"""How instants, names and numbers are written on pages: Beijing time, dates to their 24:00.

Decides wording and form only. A due instant is exclusive (docs/spec/10): it is shown as the day
before's 24:00, never as 00:00 of the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from node.web import labels
from node.web.words import say

BEIJING: Final = timezone(timedelta(hours=8))
DAY: Final = 86400.0
ICONS: Final = {"green": "●", "yellow": "▲", "red": "■"}


def moment(instant: str) -> datetime:
    """A UTC instant in Beijing."""
    return datetime.fromisoformat(instant.replace("Z", "+00:00")).astimezone(BEIJING)


def when(instant: str | None) -> str:
    """An instant to the minute."""
    return moment(instant).strftime("%Y-%m-%d %H:%M") if instant else ""


def seconds(value: float | None) -> str:
    """An instant given as Unix seconds."""
    return datetime.fromtimestamp(value, BEIJING).strftime("%Y-%m-%d %H:%M") if value else ""


def due(instant: str | None) -> str:
    """A due instant: the last day, to its end."""
    if not instant:
        return ""
    at = moment(instant)
    if (at.hour, at.minute) != (0, 0):
        return at.strftime("%Y-%m-%d %H:%M")
    return (at - timedelta(days=1)).strftime("%Y-%m-%d 24:00")


def left(instant: str | None, now: str) -> str:
    """How long until it is due, or since when it is overdue."""
    if not instant:
        return ""
    span = (moment(instant) - moment(now)).total_seconds()
    late, span = span <= 0, abs(span)
    if span >= DAY:
        count = int(span // DAY)
        return say("逾期 {count} 天", count=count) if late else say("剩 {count} 天", count=count)
    count = max(1, int(span // 3600))
    return say("逾期 {count} 小时", count=count) if late else say("剩 {count} 小时", count=count)


def days(start: str, now: str) -> int:
    """Whole days since an instant."""
    return int((moment(now) - moment(start)).total_seconds() // DAY)


def to_utc(local: str) -> str:
    """What an input of date and time in Beijing says, as an instant; the same text if it can't."""
    try:
        at = datetime.fromisoformat(local).replace(tzinfo=BEIJING)
    except ValueError:
        return local
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def size(count: int) -> str:
    """Bytes for people."""
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.0f} KB" if count < 1024**2 else f"{count / 1024**2:.1f} MB"


def percent(value: float | None) -> str:
    """A share of 1 as per cent; a dash where nothing counts."""
    return "—" if value is None else f"{value * 100:.1f}%"


def light(color: str | None) -> Mapping[str, str]:
    """A light's icon and word: colour never stands alone."""
    if color is None:
        return {"color": "none", "icon": "○", "word": say("无")}
    return {"color": color, "icon": ICONS[color], "word": say(labels.LIGHTS[color])}


def filters() -> dict[str, Any]:
    """What templates use."""
    return {
        "when": when,
        "due": due,
        "last_day": lambda instant: due(instant)[:10],
        "left": left,
        "days": days,
        "stamp": lambda instant: moment(instant).timestamp(),
        "day": lambda instant: moment(instant).strftime("%Y-%m-%d"),
        "clock_time": lambda instant: moment(instant).strftime("%H:%M"),
        "unix": seconds,
        "size": size,
        "percent": percent,
        "lit": light,
        "state": lambda code: say(labels.state(code)),
        "event": lambda type: say(labels.event(type)),
        "clock": lambda kind: say(labels.clock(kind)),
        "board": lambda code: say(labels.BOARDS.get(code, code)),
        "grade": lambda code: say(labels.GRADES.get(code, code)),
        "kind": lambda code: say(labels.KINDS.get(code, code)),
        "mark": lambda code: say(labels.MARKS.get(code, code)),
        "role": lambda code: say(labels.ROLES.get(code, code)),
        "level": lambda code: say(labels.LEVELS.get(code or "", code or "")),
        "verdict": lambda code: say(labels.VERDICTS.get(code, code)),
        "source": lambda code: say(labels.CHOICES["source"].get(code, code)),
        "linked": lambda code: say(labels.LINKS.get(code, code)),
        "asked": lambda code: say(labels.ASKS.get(code, code)),
        "command": lambda name: say(labels.COMMANDS[name][0]) if name in labels.COMMANDS else name,
        "domain": lambda one: say(labels.DOMAINS.get(one.partition("@")[0], one)),
    }
