"""What the outbox asks of weekly prompts: what is due, what is posted, and what became of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.blocks import Message
from bot.database import Database, Transaction
from bot.delivery import store as cards
from bot.delivery.model import Key
from bot.learning import store, views
from bot.learning.days_off import is_day_off
from bot.learning.model import Given, Prompt, Subscription, may_fill_gap, slot_of
from bot.learning.planning import Gaps, Planner, Slot, Turn
from bot.learning.subscriptions import store as subscriptions
from bot.library import Library
from bot.outbox.model import FAR, Delivery, Outcome

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
        with self.database.read() as tx:
            astray = subscriptions.astray(tx, now + FAR, BATCH)
            coming = subscriptions.due(tx, now, BATCH)
            given = store.given(tx, [one for one in coming if one.by_gaps])
        if astray:
            self._bring_back(now)
        if not coming:
            return False
        planner = Planner(self.database, self.library, self.now, self._looked_up(coming, given))
        with self.database.write() as tx:
            due = subscriptions.take_due(tx, now, BATCH)
            planner.plan(tx, list(_turns(due, store.given(tx, due), now)))
            moved = [replace(one, state="active", until=None, next_due=one.schedule.after(now)) for one in due]
            subscriptions.advance(tx, moved)
        return len(due) == BATCH

    def _bring_back(self, now: datetime) -> None:
        """Reckon anew what a clock that was weeks ahead has put off; a week that it posted is not posted again."""
        with self.database.write() as tx:
            astray = subscriptions.astray(tx, now + FAR, BATCH)
            subscriptions.advance(tx, [replace(one, next_due=one.schedule.after(now)) for one in astray])

    def _looked_up(self, coming: Sequence[Subscription], given: Mapping[int, Sequence[Given]]) -> Gaps:
        """Look at records before the transaction, which other people's writes wait for."""
        asking = [(one.workspace, one.channel) for one in coming if one.by_gaps and may_fill_gap(given[one.id])]
        known = {place: self.gaps(*place) for place in asking}
        return lambda *place: known[place] if place in known else self.gaps(*place)

    def messages(self, workspace: str, deliveries: Sequence[Delivery]) -> Mapping[str, Message]:
        """Give posts and questions by the delivery's id, without those of lessons that are gone or put aside."""
        with self.database.read() as tx:
            prompts = store.get_prompts(tx, workspace, [one.subject for one in deliveries])
        drawn = {one.id: self._draw(one.kind, prompts.get(one.subject)) for one in deliveries}
        return {name: message for name, message in drawn.items() if message}

    def _draw(self, kind: str, prompt: Prompt | None) -> Message | None:
        if prompt is None or prompt.state in {"ended", "dropped"}:
            return None
        if kind == "lesson":
            return show(self.library, prompt)
        lesson = self.library.lessons.get(prompt.lesson)
        return views.discussion(lesson) if lesson else None

    def unwanted(self, tx: Transaction, deliveries: Sequence[Delivery]) -> set[str]:
        """Name those of channels that are paused or stopped; what somebody asked for is wanted even in a pause."""
        lessons = [one for one in deliveries if one.kind == "lesson"]
        states = subscriptions.states(tx, lessons[0].workspace, [one.series for one in lessons]) if lessons else {}
        wanted = {True: {"active", "paused"}, False: {"active"}}
        return {one.id for one in lessons if states.get(one.series) not in wanted[one.asked]}

    def settled(self, tx: Transaction, workspace: str, outcomes: Sequence[Outcome]) -> None:
        """Take note of how it went; a channel that cannot be posted into is left alone until somebody resumes."""
        sent = [one.delivery for one in outcomes if one.state == "sent"]
        store.posted(tx, workspace, [one.subject for one in sent if one.kind == "lesson"], self.now())
        for one in outcomes:
            if one.state != "sent":
                _failed(tx, workspace, one)


def _failed(tx: Transaction, workspace: str, outcome: Outcome) -> None:
    one = outcome.delivery
    if one.kind == "discussion":
        cards.touch(tx, Key(workspace, "lesson", one.subject))
        store.set_prompt(tx, workspace, one.subject, discussed=False)
        return
    store.drop(tx, workspace, one.subject)
    if outcome.state == "refused" and outcome.code in PAUSING:
        subscriptions.pause_for(tx, workspace, one.series, outcome.code)


def _turns(some: Sequence[Subscription], given: Mapping[int, Sequence[Given]], now: datetime) -> Iterator[Turn]:
    """Give to each the last slot that is due, however many were missed, unless it is a day off."""
    for one in some:
        schedule = one.schedule
        due = max(one.next_due or now, schedule.latest(now))
        if not is_day_off(one.country, due.astimezone(ZoneInfo(schedule.zone)).date()):
            yield Turn(one, given[one.id], Slot(slot_of(due, schedule.zone), due))


def show(library: Library, prompt: Prompt) -> Message | None:
    """Draw a lesson's post as it stands; None if the lesson is no longer among the content."""
    lesson, track = library.lessons.get(prompt.lesson), library.tracks.get(prompt.track)
    return views.post(prompt, lesson, library.cite, track.about.title if track else "") if lesson else None
