"""What a channel's retros show over time: pure counting."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from bot.retros.model import CAUSES, Action, Cause, Kind, Retro

MONTHS = 12
"""Months that are shown: a year, up to the present one."""

FEWEST = 3
"""A single month is no course of things."""


@dataclass(frozen=True)
class Wanted:
    """Which retros go into an export; what is empty does not narrow."""

    system: str = ""
    kind: Kind | None = None
    cause: Cause | None = None
    since: date | None = None

    def takes(self, causes: Collection[Cause]) -> bool:
        """Say whether a retro of these causes is wanted; the rest is asked of the database, which cannot read them."""
        return self.cause is None or self.cause in causes


@dataclass(frozen=True)
class Month:
    """One month: `days` are the days that its closed actions took, each counted in the month in which it closed."""

    name: str
    retros: int
    causes: Mapping[Cause, int]
    opened: int
    days: Sequence[int]

    @property
    def closed(self) -> int:
        """Count the actions that were done."""
        return len(self.days)


@dataclass(frozen=True)
class Stats:
    """The months, oldest first, and how things stand today."""

    months: Sequence[Month]
    retros: int
    open: int
    overdue: int

    @property
    def causes(self) -> list[tuple[Cause, int]]:
        """Give the causes that were named, the most frequent first."""
        counted = Counter(dict.fromkeys(CAUSES, 0))
        for month in self.months:
            counted.update(month.causes)
        return [(cause, times) for cause, times in counted.most_common() if times]

    @property
    def opened(self) -> int:
        """Count the actions that were agreed."""
        return sum(month.opened for month in self.months)

    @property
    def days(self) -> list[int]:
        """Give the days that each closed action took."""
        return [days for month in self.months for days in month.days]


def middle(days: Sequence[int]) -> str:
    """Give the median as people say it; nothing where there is none."""
    return f"{median(days):g}" if days else ""


def how_long(days: Sequence[int]) -> str:
    """Say in words how long what was done took; nothing where nothing was."""
    whose = "What is done" if len(days) == 1 else "Half of what is done"
    took = {"0": "less than a day", "1": "one day or less"}.get(middle(days), f"{middle(days)} days or less")
    return f"{whose} took {took}." if days else ""


def count(retros: Sequence[Retro], now: datetime) -> Stats:
    """Count the retros of the last twelve months; what was carried over counts where it was carried to."""
    today = now.date()
    actions = [action for retro in retros for action in retro.actions if action.state != "carried"]
    standing = [one for one in actions if one.state == "open"]
    return Stats(
        months=[_month(name, retros, actions) for name in _names(retros, today)],
        retros=len(retros),
        open=len(standing),
        overdue=sum(one.is_overdue(today) for one in standing),
    )


def _names(retros: Iterable[Retro], today: date) -> list[str]:
    first = min((one.logged_at.date() for one in retros), default=today)
    last = today.year * 12 + today.month - 1
    start = max(min(first.year * 12 + first.month - 1, last - FEWEST + 1), last - MONTHS + 1)
    return [f"{month // 12}-{month % 12 + 1:02}" for month in range(start, last + 1)]


def _month(name: str, retros: Iterable[Retro], actions: Iterable[Action]) -> Month:
    logged = [one for one in retros if f"{one.logged_at:%Y-%m}" == name]
    listed = list(actions)
    done = [(one.created_at, one.done_at) for one in listed if one.done_at and f"{one.done_at:%Y-%m}" == name]
    return Month(
        name=name,
        retros=len(logged),
        causes=Counter(cause for one in logged for cause in one.words.causes),
        opened=sum(f"{one.created_at:%Y-%m}" == name for one in listed),
        days=[(ended - began).days for began, ended in done],
    )
