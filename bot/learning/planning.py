"""Which lesson a channel is given next, and how it gets on its way: by the clock, or because somebody asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
    """What a lesson is planned for: a week of the schedule, or a wish of the person in `asked_by`."""

    name: str
    due: datetime
    asked_by: str = ""


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

    def plan(self, tx: Transaction, one: Subscription, given: Sequence[Given], slot: Slot) -> Prompt | None:
        """Plan the next lesson; None if there is none, or if the slot has had one."""
        chosen = self.upcoming(one, given)
        if chosen is None:
            return None
        prompt = self._prompt(one, chosen, slot)
        known = store.add_prompt(self.database, tx, prompt, self.now(), asked=bool(slot.asked_by))
        if known is None:
            return None
        outbox.plan(self.database, tx, _delivery(one, known, slot))
        return replace(prompt, id=known)

    def _prompt(self, one: Subscription, chosen: tuple[Lesson, str], slot: Slot) -> Prompt:
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
            slot=slot.name,
        )


def _delivery(one: Subscription, prompt: int, slot: Slot) -> New:
    return New(
        workspace=one.workspace,
        kind="lesson",
        series=one.id,
        subject=prompt,
        slot=slot.name,
        channel=one.channel,
        owner=slot.asked_by or one.owner,
        due=slot.due,
        asked=bool(slot.asked_by),
        zone=one.schedule.zone,
    )
