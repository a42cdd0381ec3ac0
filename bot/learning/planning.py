"""Which lesson a channel is given next, and how it gets on its way: by the clock, or because somebody asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.database import Database, Transaction
from bot.learning import store
from bot.learning.model import Gap, Given, Prompt, Subscription, choose, may_fill_gap
from bot.library import Library
from bot.outbox import store as outbox
from bot.outbox.model import New
from bot.schema_lessons import Lesson

Gaps = Callable[[str, str], Sequence[Gap]]
"""Gives what the record of a workspace's channel points to."""


@dataclass(frozen=True)
class Slot:
    """What a lesson is planned for: a week of the schedule, or somebody's wish."""

    name: str
    due: datetime


@dataclass(frozen=True)
class Turn:
    """A subscription whose slot has come, and what it was given before, oldest first."""

    of: Subscription
    given: Sequence[Given]
    slot: Slot


@dataclass(frozen=True)
class Planner:
    """Chooses lessons and hands them to the outbox, in the caller's transaction."""

    database: Database
    library: Library
    now: Callable[[], datetime]
    gaps: Gaps

    def upcoming(self, one: Subscription, given: Sequence[Given]) -> tuple[Lesson, str] | None:
        """Give the next lesson and why; None if the track is over or gone."""
        track = self.library.tracks.get(one.track)
        if track is None:
            return None
        asks = one.by_gaps and may_fill_gap(given)
        return choose(track, given, self.gaps(one.workspace, one.channel) if asks else ())

    def plan(self, tx: Transaction, turns: Sequence[Turn], asked_by: str = "") -> list[Prompt]:
        """Plan the next lesson of each, by the clock or for whoever asked; none where the slot has had one."""
        wanted = [prompt for turn in turns if (prompt := self._prompt(turn))]
        planned = store.add_prompts(self.database, tx, wanted, self.now(), asked=bool(asked_by))
        by_id = {turn.of.id: turn for turn in turns}
        new = [_delivery(by_id[prompt.subscription], prompt.id, asked_by) for prompt in planned]
        outbox.plan(self.database, tx, new)
        return planned

    def _prompt(self, turn: Turn) -> Prompt | None:
        one, chosen = turn.of, self.upcoming(turn.of, turn.given)
        if chosen is None:
            return None
        lesson, why = chosen
        track = self.library.tracks[one.track]
        return Prompt(
            id=0,
            workspace=one.workspace,
            subscription=one.id,
            channel=one.channel,
            track=one.track,
            lesson=lesson.id,
            week=track.lessons.index(lesson) + 1,
            of=len(track),
            why=why,
            state="planned",
            slot=turn.slot.name,
        )


def _delivery(turn: Turn, prompt: int, asked_by: str) -> New:
    return New(
        workspace=turn.of.workspace,
        kind="lesson",
        series=turn.of.id,
        subject=prompt,
        slot=turn.slot.name,
        channel=turn.of.channel,
        owner=asked_by or turn.of.owner,
        due=turn.slot.due,
        asked=bool(asked_by),
        zone=turn.of.schedule.zone,
    )
