"""Dates as Slack's client writes them, in the reader's own zone."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_WORD = re.compile(r"\{(\w+)\}")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def local(seconds: float, tz: str) -> datetime:
    """Give a Unix time as a zone's clock shows it."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(tz))


def clock_time(when: datetime, *, seconds: bool = False) -> str:
    """Write the time of day: 9:05 AM."""
    # strftime's form without the leading zero differs between systems.
    second = f":{when.second:02d}" if seconds else ""
    return f"{when.hour % 12 or 12}:{when.minute:02d}{second} {'AM' if when.hour < 12 else 'PM'}"  # noqa: PLR2004


def day(when: datetime, now: datetime) -> str:
    """Write a day as the line between two days of messages: Today, or Monday, March 2nd."""
    return _near(when, now).capitalize() or f"{_DAYS[when.weekday()]}, {_long(when, now)}"


def stamp(seconds: str, pattern: str, tz: str, now: float) -> str | None:
    """Fill a `<!date>` pattern; None if the time is out of every calendar or the pattern is unknown."""
    try:
        when = local(int(seconds), tz)
    except (ValueError, OverflowError, OSError):
        return None
    today = local(now, tz)
    words = set(_WORD.findall(pattern))
    if not words or not words <= _WORDS.keys():
        return None
    return _WORD.sub(lambda found: _WORDS[found[1]](when, today), pattern)


def _near(when: datetime, now: datetime) -> str:
    near = {0: "today", -1: "yesterday", 1: "tomorrow"}
    return near.get((when.date() - now.date()).days, "")


def _year(when: datetime, now: datetime) -> str:
    return "" if abs(when - now) < timedelta(days=183) else f", {when.year}"


def _ordinal(number: int) -> str:
    teens = 10 < number % 100 < 20  # noqa: PLR2004
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _long(when: datetime, now: datetime) -> str:
    return f"{_MONTHS[when.month - 1]} {_ordinal(when.day)}{_year(when, now)}"


def _short(when: datetime, now: datetime) -> str:
    return f"{_MONTHS[when.month - 1][:3]} {when.day}{_year(when, now)}"


def _weekday(when: datetime, now: datetime) -> str:
    return f"{_DAYS[when.weekday()]}, {_long(when, now)}"


def _ago(when: datetime, now: datetime) -> str:
    minutes = round((now - when).total_seconds() / 60)
    size, unit = next(
        ((size, unit) for size, unit in ((1440, "day"), (60, "hour")) if abs(minutes) >= size), (1, "minute")
    )
    count = abs(minutes) // size
    span = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {span}" if minutes < 0 else f"{span} ago"


_WORDS: dict[str, Callable[[datetime, datetime], str]] = {
    "date_num": lambda when, _now: f"{when:%Y-%m-%d}",
    "date_slash": lambda when, _now: f"{when:%m/%d/%Y}",
    "date": _long,
    "date_long": _weekday,
    "date_long_full": _weekday,
    "date_short": _short,
    "date_pretty": lambda when, now: _near(when, now) or _long(when, now),
    "date_short_pretty": lambda when, now: _near(when, now) or _short(when, now),
    "date_long_pretty": lambda when, now: _near(when, now) or _weekday(when, now),
    "time": lambda when, _now: clock_time(when),
    "time_secs": lambda when, _now: clock_time(when, seconds=True),
    "ago": _ago,
}
