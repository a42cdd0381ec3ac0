"""What a channel's retros show over time: pure counting."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from statistics import median

from bot.retros.model import CAUSES, Action, Cause, Kind, day_of

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
class Noted:
    """What is counted of a retro."""

    at: datetime
    causes: Sequence[Cause]
    actions: Sequence[Action]


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
        """Give the causes that were named in these months, the most frequent first."""
        counted = Counter(dict.fromkeys(CAUSES, 0))
        for month in self.months:
            counted.update(month.causes)
        return [(cause, times) for cause, times in counted.most_common() if times]

    @property
    def lately(self) -> int:
        """Count the retros of these months; where these are not all, older ones are not shown by month."""
        return sum(month.retros for month in self.months)

    @property
    def opened(self) -> int:
        """Count the actions that were agreed in these months."""
        return sum(month.opened for month in self.months)

    @property
    def days(self) -> list[int]:
        """Give the days that each action took that was done in these months."""
        return [days for month in self.months for days in month.days]


def middle(days: Sequence[int]) -> str:
    """Give the median as people say it; nothing where there is none."""
    return f"{median(days):g}" if days else ""


def how_long(days: Sequence[int]) -> str:
    """Say in words how long what was done took; nothing where nothing was."""
    whose = "What is done" if len(days) == 1 else "Half of what is done"
    took = {"0": "less than a day", "1": "one day or less"}.get(middle(days), f"{middle(days)} days or less")
    return f"{whose} took {took}." if days else ""


def count(retros: Iterable[Noted], now: datetime) -> Stats:
    """Count retros, one after the other; an action that was carried over counts where it was carried to."""
    today = day_of(now)
    tally = _Tally()
    for one in retros:
        tally.add(one, today)
    return Stats(
        months=[tally.month(one) for one in _shown(tally.retros, _index(now))],
        retros=tally.retros.total(),
        open=tally.open,
        overdue=tally.overdue,
    )


@dataclass
class _Tally:
    """What was counted so far; months count from the year 0."""

    retros: Counter[int] = field(default_factory=Counter)
    causes: defaultdict[int, Counter[Cause]] = field(default_factory=lambda: defaultdict(Counter))
    opened: Counter[int] = field(default_factory=Counter)
    days: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    open: int = 0
    overdue: int = 0

    def add(self, one: Noted, today: date) -> None:
        month = _index(one.at)
        self.retros[month] += 1
        self.causes[month].update(one.causes)
        for action in one.actions:
            if action.state != "carried":
                self._add_action(action, today)

    def _add_action(self, action: Action, today: date) -> None:
        self.opened[_index(action.created_at)] += 1
        self.open += action.state == "open"
        self.overdue += action.is_overdue(today)
        if action.done_at:
            self.days[_index(action.done_at)].append((action.done_at - action.created_at).days)

    def month(self, index: int) -> Month:
        return Month(
            name=f"{index // 12}-{index % 12 + 1:02}",
            retros=self.retros[index],
            causes=self.causes[index],
            opened=self.opened[index],
            days=self.days[index],
        )


def _index(at: datetime) -> int:
    return at.year * 12 + at.month - 1


def _shown(logged: Iterable[int], last: int) -> range:
    first = min(logged, default=last)
    return range(max(min(first, last - FEWEST + 1), last - MONTHS + 1), last + 1)
