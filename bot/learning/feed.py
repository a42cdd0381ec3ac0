"""What the outbox asks of weekly prompts: what is due, what is posted, and what became of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.blocks import Message
from bot.database import Database, Transaction
from bot.delivery import store as cards
from bot.delivery.model import Key
from bot.learning import store, views
from bot.learning.days_off import is_day_off
from bot.learning.model import Given, Prompt, Subscription, slot_of
from bot.learning.planning import Gaps, Planner, Slot
from bot.library import Library
from bot.outbox.model import Delivery, State

BATCH = 100
"""Subscriptions that one transaction plans; a longer one would make people wait for their turn to write."""

PAUSING = frozenset({"not_in_channel", "is_archived", "channel_not_found", "restricted_action"})
"""What Slack says of a channel that somebody has to mend before anything can be posted there."""


@dataclass(frozen=True)
class LessonFeed:
    """Lessons when they are due, and the questions that people put into their threads."""

    database: Database
    library: Library
    now: Callable[[], datetime]
    gaps: Gaps

    def plan(self, now: datetime) -> bool:
        """Plan what is due; True if there may be more."""
        planner = Planner(self.database, self.library, self.now, self.gaps)
        with self.database.write() as tx:
            due = store.due(tx, now, BATCH)
            given = store.given(tx, due)
            store.advance(tx, [_plan(planner, tx, one, given[one.id], now) for one in due])
        return len(due) == BATCH

    def message(self, kind: str, workspace: str, subject: int) -> Message | None:
        """Give a lesson's post or its question; None if the lesson is gone or put aside."""
        with self.database.read() as tx:
            prompt = store.get_prompt(tx, workspace, subject)
        if prompt is None or prompt.state in {"ended", "dropped"}:
            return None
        if kind == "lesson":
            return show(self.library, prompt)
        lesson = self.library.lessons.get(prompt.lesson)
        return views.discussion(lesson) if lesson else None

    def unwanted(self, tx: Transaction, deliveries: Sequence[Delivery]) -> set[str]:
        """Name those of channels that are paused or stopped; what somebody asked for is wanted even in a pause."""
        lessons = [one for one in deliveries if one.kind == "lesson"]
        states = store.states(tx, lessons[0].workspace, [one.series for one in lessons]) if lessons else {}
        wanted = {True: {"active", "paused"}, False: {"active"}}
        return {one.id for one in lessons if states.get(one.series) not in wanted[one.asked]}

    def settled(self, tx: Transaction, delivery: Delivery, state: State, code: str) -> None:
        """Take note of how it went; a channel that cannot be posted into is left alone until somebody resumes."""
        workspace, subject = delivery.workspace, delivery.subject
        if delivery.kind == "discussion":
            if state != "sent":
                cards.touch(tx, Key(workspace, "lesson", subject))
                store.set_prompt(tx, workspace, subject, discussed=False)
            return
        if state == "sent":
            store.posted(tx, workspace, subject, self.now())
            return
        store.drop(tx, workspace, subject)
        if state == "refused" and code in PAUSING:
            store.pause_for(tx, workspace, delivery.series, code)


def _plan(planner: Planner, tx: Transaction, one: Subscription, given: list[Given], now: datetime) -> Subscription:
    """Plan the last slot that is due, however many were missed, unless it is a day off; give what is due next."""
    schedule = one.schedule
    due = max(one.next_due or now, schedule.latest(now))
    if not is_day_off(one.country, due.astimezone(ZoneInfo(schedule.zone)).date()):
        planner.plan(tx, one, given, Slot(slot_of(due, schedule.zone), due))
    return replace(one, state="active", until=None, next_due=schedule.after(now))


def show(library: Library, prompt: Prompt) -> Message | None:
    """Draw a lesson's post as it stands; None if the lesson is no longer among the content."""
    lesson, track = library.lessons.get(prompt.lesson), library.tracks.get(prompt.track)
    return views.post(prompt, lesson, library.cite, track.about.title if track else "") if lesson else None
