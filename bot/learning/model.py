"""Weekly prompts: subscriptions, what was given, and which lesson is next."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Literal

from bot.learning.days_off import is_country
from bot.schedule import Schedule, is_zone, slot_of
from bot.schema_lessons import Lesson, Track

__all__ = [
    "Gap",
    "Given",
    "Outline",
    "Prompt",
    "PromptState",
    "Quizzed",
    "Record",
    "Schedule",
    "Subscription",
    "TeamRecord",
    "Wish",
    "choose",
    "is_zone",
    "may_fill_gap",
    "slot_of",
    "this_round",
]

PromptState = Literal["planned", "posted", "ended", "dropped"]


@dataclass(frozen=True)
class Gap:
    """A topic that the team's record points to; `reason` is a clause that the post shows."""

    topic: str
    reason: str


@dataclass(frozen=True)
class Subscription:
    """A channel's weekly prompts; `trouble` is Slack's word for why they were paused, `until` when they come back."""

    id: int
    workspace: str
    channel: str
    track: str
    schedule: Schedule
    country: str
    by_gaps: bool
    owner: str
    state: Literal["active", "paused", "stopped"]
    until: date | None = None
    trouble: str = ""
    next_due: datetime | None = None


@dataclass(frozen=True)
class Prompt:
    """One lesson given to a channel; `why` is set where the team's record chose it, `done` are who did it, in order."""

    id: int
    workspace: str
    subscription: int
    channel: str
    track: str
    lesson: str
    week: int
    of: int
    why: str
    state: PromptState
    slot: str
    done: tuple[str, ...] = ()
    posted_at: datetime | None = None
    discussed: bool = False
    ended_by: str | None = None


@dataclass(frozen=True)
class Given:
    """As much of a prompt as the choice of the next lesson needs."""

    track: str
    lesson: str
    why: str
    state: PromptState


@dataclass(frozen=True)
class Outline:
    """How a channel's prompts stand; `given` counts the lessons of this round."""

    subscription: Subscription | None
    track: Track | None = None
    given: int = 0
    upcoming: Lesson | None = None
    upcoming_why: str = ""


@dataclass(frozen=True)
class Quizzed:
    """A quiz as a person last answered it."""

    lesson: str
    right: int
    of: int
    at: datetime


@dataclass(frozen=True)
class Record:
    """What a person did, for that person alone; `elsewhere` has finished lines from other rooms under their heading."""

    user: str
    did: tuple[Prompt, ...]
    quizzes: tuple[Quizzed, ...]
    elsewhere: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class TeamRecord:
    """What a channel was given and who did it; answers to quizzes are each person's own and not in it."""

    channel: str
    given: tuple[Prompt, ...]

    @property
    def people(self) -> Mapping[str, int]:
        """Count the lessons that each person did, the busiest first."""
        return dict(Counter(user for prompt in self.given for user in prompt.done).most_common())


@dataclass(frozen=True)
class Wish:
    """What a person wants of a subscription, as far as they said it."""

    track: str
    weekday: int | None
    at: time | None
    zone: str
    country: str = ""
    by_gaps: bool = True

    def mistakes(self, tracks: Mapping[str, Track]) -> dict[str, str]:
        """Say of each field what to mend."""
        wrong = {}
        if self.track not in tracks:
            wrong["track"] = "Choose one of the tracks."
        if self.weekday not in range(7):
            wrong["weekday"] = "Choose a day of the week."
        if self.at is None:
            wrong["time"] = "Choose a time of day."
        if not is_zone(self.zone):
            wrong["zone"] = "Choose a time zone, such as Europe/Berlin."
        if self.country and not is_country(self.country):
            wrong["country"] = "I know no public holidays for that. Give a code such as DE or US-CA, or leave it empty."
        return wrong


def this_round(track: Track, given: Sequence[Prompt | Given]) -> frozenset[str]:
    """Name the lessons that had their turn since the track last began anew; `given` is oldest first.

    A lesson that comes again is the first of a new round. What was not posted (`dropped`) keeps its turn.
    """
    had: set[str] = set()
    for one in given:
        if one.track == track.about.id and one.state != "dropped":
            had = {one.lesson} if one.lesson in had else had | {one.lesson}
    return frozenset(had & {lesson.id for lesson in track})


def may_fill_gap(given: Sequence[Prompt | Given]) -> bool:
    """Say whether the last lesson came in the order of its track: at most every second one is for a gap."""
    last = [one for one in given if one.state != "dropped"][-1:]
    return not any(one.why for one in last)


def choose(track: Track, given: Sequence[Prompt | Given], gaps: Sequence[Gap]) -> tuple[Lesson, str] | None:
    """Choose the next lesson and say why, if it is not simply the next of the track; None when the track is over."""
    had = this_round(track, given)
    left = [lesson for lesson in track if lesson.id not in had]
    if not left and track.about.after == "again":
        left = list(track)
    if not left:
        return None
    fitting = _for_gap(left, gaps) if may_fill_gap(given) else None
    return fitting if fitting and fitting[0] is not left[0] else (left[0], "")


def _for_gap(left: Sequence[Lesson], gaps: Sequence[Gap]) -> tuple[Lesson, str] | None:
    found = ((lesson, gap.reason) for gap in gaps for lesson in left if gap.topic in lesson.topics)
    return next(found, None)
