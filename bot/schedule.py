"""When: one local time a week, whatever the clocks of its zone do."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

_WEEK = timedelta(weeks=1)
_MINUTE = timedelta(minutes=1)
_NO_ZONE = {"Factory", "localtime"}


@cache
def zones() -> Mapping[str, str]:
    """Give the time zones by their names in small letters."""
    return {name.casefold(): name for name in sorted(available_timezones() - _NO_ZONE)}


def is_zone(name: str) -> bool:
    """Say whether it is the exact name of a time zone."""
    return zones().get(name.casefold()) == name


@dataclass(frozen=True)
class Schedule:
    """Once a week; `weekday` 0 is Monday, `at` is local to `zone`, an IANA name."""

    weekday: int
    at: time
    zone: str

    def after(self, moment: datetime) -> datetime:
        """Give the first slot strictly after a moment, in UTC."""
        return next(slot for slot in self._around(moment) if slot > moment)

    def latest(self, moment: datetime) -> datetime:
        """Give the last slot at or before a moment, in UTC."""
        return max(slot for slot in self._around(moment) if slot <= moment)

    def on(self, monday: date) -> datetime:
        """Give the slot of a week, in UTC; the clock decides what becomes of a local time that it skips or repeats."""
        local = datetime.combine(monday + timedelta(days=self.weekday), self.at)
        return _instant(local, ZoneInfo(self.zone))

    def _around(self, moment: datetime) -> Iterator[datetime]:
        today = moment.astimezone(ZoneInfo(self.zone)).date()
        monday = today - timedelta(days=today.weekday())
        yield from (self.on(monday + number * _WEEK) for number in range(-1, 3))


@lru_cache(maxsize=4096)
def _instant(local: datetime, zone: ZoneInfo) -> datetime:
    """Give a local time in UTC: one that comes twice is the first, one that is left out is the first minute after."""
    first = local.replace(tzinfo=zone).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == local:
        return first
    # In a gap fold=1 reckons with the offset after it, fold=0 with the one before: the change is between the two.
    before = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    offset = first.astimezone(zone).utcoffset()

    def is_past(number: int) -> int:
        return int((before + number * _MINUTE).astimezone(zone).utcoffset() == offset)

    return before + bisect_left(range((first - before) // _MINUTE), 1, key=is_past) * _MINUTE


def slot_of(due: datetime, zone: str) -> str:
    """Name the local week of a moment, such as 2026-W47."""
    year, week, _ = due.astimezone(ZoneInfo(zone)).isocalendar()
    return f"{year}-W{week:02}"
