"""Questions that come back: when a person wants them, and how each of them stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.schedule import Schedule, is_zone

AskedState = Literal["planned", "posted", "answered", "dropped"]

MOST = range(1, 8)
"""How many questions a week a person may choose."""

_DAYS: tuple[tuple[int, ...], ...] = (
    (2,),
    (1, 3),
    (0, 2, 4),
    (0, 1, 3, 4),
    (0, 1, 2, 3, 4),
    (0, 1, 2, 3, 4, 5),
    (0, 1, 2, 3, 4, 5, 6),
)


@dataclass(frozen=True)
class Rhythm:
    """At most so many questions a week, on days spread over it, at a time local to `zone`."""

    at: time
    zone: str
    most: int

    @property
    def days(self) -> tuple[int, ...]:
        """Give the weekdays; 0 is Monday."""
        return _DAYS[self.most - 1]

    def after(self, moment: datetime) -> datetime:
        """Give the first slot strictly after a moment, in UTC."""
        return min(one.after(moment) for one in self._schedules())

    def latest(self, moment: datetime) -> datetime:
        """Give the last slot at or before a moment, in UTC."""
        return max(one.latest(moment) for one in self._schedules())

    def slot(self, due: datetime) -> str:
        """Name the local day of a moment, such as 2026-11-18."""
        return due.astimezone(ZoneInfo(self.zone)).date().isoformat()

    def week(self, due: datetime) -> tuple[str, str]:
        """Name the first and the last local day of a moment's week."""
        day = due.astimezone(ZoneInfo(self.zone)).date()
        monday = day - timedelta(days=day.weekday())
        return monday.isoformat(), (monday + timedelta(days=6)).isoformat()

    def _schedules(self) -> Iterator[Schedule]:
        return (Schedule(day, self.at, self.zone) for day in self.days)


@dataclass(frozen=True)
class Wanted:
    """What a person chose in the form."""

    at: time | None
    zone: str
    most: int

    def mistakes(self) -> dict[str, str]:
        """Say of each field what to mend."""
        wrong = {}
        if self.at is None:
            wrong["time"] = "Choose a time of day."
        if not is_zone(self.zone):
            wrong["zone"] = "Choose a time zone, such as Europe/Berlin."
        if self.most not in MOST:
            wrong["most"] = "Choose a number from 1 to 7."
        return wrong


@dataclass(frozen=True)
class Enrolment:
    """A person to whom questions come."""

    id: int
    workspace: str
    user: str
    rhythm: Rhythm
    state: Literal["active", "stopped"] = "active"
    next_due: datetime | None = None


@dataclass(frozen=True)
class Review:
    """How well a person knows a question; `card` is the schedule's own record of it."""

    workspace: str
    user: str
    lesson: str
    question: int
    card: str
    due: datetime


@dataclass(frozen=True)
class Answer:
    """A question of a lesson as a person has answered it elsewhere."""

    lesson: str
    question: int
    right: bool
    at: datetime


@dataclass(frozen=True)
class Asked:
    """A question as it was put to a person; `before` is its card before the answer, `due` when it comes back."""

    id: int
    workspace: str
    user: str
    lesson: str
    question: int
    slot: str
    state: AskedState = "planned"
    choice: int | None = None
    answered_at: datetime | None = None
    easy: bool = False
    before: str = ""
    due: datetime | None = None

    @property
    def days(self) -> int:
        """Give in how many days it comes back; 0 for with the next question."""
        return round((self.due - self.answered_at) / timedelta(days=1)) if self.due and self.answered_at else 0


@dataclass(frozen=True)
class Standing:
    """How questions stand for a person: who they are to, how many wait for an answer, how many there are."""

    enrolment: Enrolment | None
    waiting: int = 0
    known: int = 0
