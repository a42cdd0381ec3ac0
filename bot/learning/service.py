"""What people can do with weekly prompts; one public method is one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.blocks import Message, person
from bot.database import Actor, Database, Transaction
from bot.delivery import store as delivery
from bot.delivery.model import Key
from bot.errors import (
    DayIsOver,
    FieldErrors,
    JustAsked,
    LessonGone,
    NoSubscription,
    NotRunning,
    NotYours,
    PutAside,
    TrackGone,
    TrackIsOver,
)
from bot.installs import store as installs
from bot.learning import store
from bot.learning.feed import show
from bot.learning.model import (
    Outline,
    Prompt,
    Record,
    Schedule,
    Subscription,
    TeamRecord,
    Wish,
    slot_of,
    this_round,
)
from bot.learning.planning import Gaps, Planner, Slot, Turn
from bot.learning.reviews.asking import Asker
from bot.learning.subscriptions import store as subscriptions
from bot.library import Library
from bot.outbox import store as outbox
from bot.outbox.model import New
from bot.schema_lessons import Lesson, Question

AGAIN_AFTER = timedelta(minutes=1)
"""How soon after one lesson another may be asked for: two people who ask at once mean one."""

ENDS = date(9000, 1, 1)
"""Days beyond this are not reckoned with."""

Answered = list[tuple[Question, int, bool]]


def key(workspace: str, prompt: int) -> Key:
    """Give the key of a lesson's post."""
    return Key(workspace, "lesson", prompt)


@dataclass(frozen=True)
class Learning:
    """The weekly prompts of all workspaces."""

    database: Database
    library: Library
    now: Callable[[], datetime]
    gaps: Gaps

    @property
    def _planner(self) -> Planner:
        return Planner(self.database, self.library, self.now, self.gaps)

    # A channel's subscription

    def subscribe(self, wish: Wish, *, by: Actor, channel: str) -> Subscription:
        """Start a channel's prompts or change them; raises FieldErrors for what is missing or wrong."""
        wrong = wish.mistakes(self.library.tracks)
        if wrong or wish.weekday is None or wish.at is None:
            raise FieldErrors(wrong)
        fresh = Subscription(
            id=0,
            workspace=by.workspace,
            channel=channel,
            track=wish.track,
            schedule=Schedule(wish.weekday, time(wish.at.hour, wish.at.minute), wish.zone),
            country=wish.country,
            by_gaps=wish.by_gaps,
            owner=by.user,
            state="active",
        )
        with self.database.write(by, self.now()) as tx:
            fresh = replace(fresh, next_due=fresh.schedule.after(self.now()))
            if not subscriptions.add(self.database, tx, fresh):
                self._change(tx, fresh, by)
            return self._found(tx, by.workspace, channel)

    def _change(self, tx: Transaction, fresh: Subscription, by: Actor) -> None:
        """Change what is there; whoever starts stopped prompts again looks after them from then on."""
        old = self._locked(tx, by, fresh.channel, stopped=True)
        if old.state != "stopped":
            self._require_owner(tx, old, by)
            fresh = replace(fresh, owner=old.owner)
        fresh = replace(fresh, id=old.id)
        same = old.state == "active" and old.schedule == fresh.schedule
        subscriptions.save(tx, replace(fresh, next_due=old.next_due if same else self._next(tx, fresh)))

    def find(self, workspace: str, channel: str) -> Subscription | None:
        """Give a channel's subscription, stopped or not."""
        with self.database.read() as tx:
            return subscriptions.find(tx, workspace, channel)

    def get(self, workspace: str, channel: str) -> Subscription:
        """Give a channel's subscription; raises NoSubscription."""
        with self.database.read() as tx:
            return self._found(tx, workspace, channel)

    def outline(self, workspace: str, channel: str) -> Outline:
        """Say how a channel's prompts stand."""
        with self.database.read() as tx:
            found = subscriptions.find(tx, workspace, channel)
            given = store.given(tx, [found])[found.id] if found else []
        track = self.library.tracks.get(found.track) if found else None
        if found is None or track is None:
            return Outline(found, None, len(given))
        upcoming, why = self._planner.upcoming(found, given) or (None, "")
        return Outline(found, track, len(this_round(track, given)), upcoming, why)

    def pause(self, channel: str, until: date | None = None, *, by: Actor) -> Subscription:
        """Pause, until a day or until somebody resumes."""
        with self.database.write(by, self.now()) as tx:
            one = self._owned(tx, by, channel)
            back = self._first_on(one.schedule, until) if until else None
            self._withdraw(tx, one)
            return self._save(tx, replace(one, state="paused", until=until, trouble="", next_due=back))

    def resume(self, channel: str, *, by: Actor) -> Subscription:
        """Go on after a pause."""
        with self.database.write(by, self.now()) as tx:
            one = self._owned(tx, by, channel)
            if one.state == "active":
                return one
            fresh = replace(one, state="active", until=None, trouble="", next_due=self._next(tx, one))
            return self._save(tx, fresh)

    def skip(self, channel: str, *, by: Actor) -> Subscription:
        """Pass over the next slot; its lesson keeps its turn."""
        with self.database.write(by, self.now()) as tx:
            one = self._owned(tx, by, channel)
            if one.state != "active" or one.next_due is None:
                raise NotRunning
            return self._save(tx, replace(one, next_due=one.schedule.after(max(one.next_due, self.now()))))

    def stop(self, channel: str, *, by: Actor) -> Subscription:
        """Stop; a new start goes on from there."""
        with self.database.write(by, self.now()) as tx:
            one = self._owned(tx, by, channel)
            self._withdraw(tx, one)
            return self._save(tx, replace(one, state="stopped", until=None, trouble="", next_due=None))

    def set_by_gaps(self, channel: str, *, on: bool, by: Actor) -> Subscription:
        """Choose whether the team's own record may choose a lesson."""
        with self.database.write(by, self.now()) as tx:
            return self._save(tx, replace(self._owned(tx, by, channel), by_gaps=on))

    def give_now(self, channel: str, *, by: Actor) -> Prompt:
        """Plan the next lesson at once, outside the schedule."""
        now = self.now()
        with self.database.write(by, now) as tx:
            one = self._locked(tx, by, channel)
            if store.asked_since(tx, one.workspace, one.id, now - AGAIN_AFTER):
                raise JustAsked
            if one.track not in self.library.tracks:
                raise TrackGone
            slot = Slot(f"now-{now:%Y%m%dT%H%M%S.%fZ}", now)
            planned = self._planner.plan(tx, [Turn(one, store.given(tx, [one])[one.id], slot)], by.user)
            if not planned:
                raise TrackIsOver
            return planned[0]

    # A lesson as it was given

    def history(self, workspace: str, channel: str) -> list[Prompt]:
        """Give what a channel was given, oldest first."""
        with self.database.read() as tx:
            found = subscriptions.find(tx, workspace, channel)
            return store.history(tx, workspace, found.id) if found else []

    def prompt(self, workspace: str, prompt_id: int) -> Prompt | None:
        """Give a lesson as it was given."""
        with self.database.read() as tx:
            return store.get_prompt(tx, workspace, prompt_id)

    def card(self, workspace: str, prompt_id: int) -> Message | None:
        """Draw a lesson's post as it is now; None if it is gone."""
        prompt = self.prompt(workspace, prompt_id)
        return show(self.library, prompt) if prompt else None

    def did(self, prompt_id: int, *, by: Actor) -> None:
        """Count a person among those who did it; a second time takes it back."""
        with self.database.write(by, self.now()) as tx:
            prompt = self._clicked(tx, by, prompt_id)
            if not store.drop_done(tx, by.workspace, prompt.id, by.user):
                store.add_done(tx, by.workspace, prompt.id, by.user, self.now())

    def end(self, prompt_id: int, *, by: Actor) -> None:
        """Put a lesson aside until it comes round again."""
        with self.database.write(by, self.now()) as tx:
            prompt = self._clicked(tx, by, prompt_id)
            store.set_prompt(tx, by.workspace, prompt.id, state="ended", ended_by=by.user)

    def discuss(self, prompt_id: int, ts: str, *, by: Actor) -> bool:
        """Put the question into the thread of the post at `ts`; False if it is there or on its way."""
        now = self.now()
        with self.database.write(by, now) as tx:
            prompt = self._clicked(tx, by, prompt_id)
            if prompt.discussed:
                return False
            new = New(
                workspace=by.workspace,
                kind="discussion",
                series=prompt.id,
                subject=prompt.id,
                slot="discussion",
                channel=prompt.channel,
                owner=by.user,
                due=now,
                asked=True,
                thread=ts,
            )
            # The second slot is for a question that Slack refused the first time.
            again = replace(new, slot=f"discussion-{now:%Y%m%dT%H%M%S.%fZ}")
            planned = any(outbox.plan(self.database, tx, [one]) for one in (new, again))
            store.set_prompt(tx, by.workspace, prompt.id, discussed=True)
            return planned

    # What a person learned

    def answer(self, of: int | str, choices: Mapping[int, int], *, by: Actor) -> Answered:
        """Keep a person's answers to the quiz of a prompt or a lesson; questions count from 0, options from 1."""
        with self.database.write(by, self.now()) as tx:
            lesson = self._quizzed(tx, by.workspace, of)
            given = [
                (number, question, choices[number])
                for number, question in enumerate(lesson.quiz)
                if choices.get(number, 0) in range(1, len(question.options) + 1)
            ]
            rows = [
                {"question": number, "choice": choice, "right": choice == question.answer, "at": self.now()}
                for number, question, choice in given
            ]
            if rows:
                store.put_answers(tx, by.workspace, by.user, lesson.id, rows)
            right = {number: choice == question.answer for number, question, choice in given}
            Asker(self.database, self.library, self.now).practised(tx, by.workspace, by.user, lesson.id, right)
        return [(question, choice, choice == question.answer) for _, question, choice in given]

    def record(self, workspace: str, user: str) -> Record:
        """Give what a person did; it is shown to that person alone."""
        with self.database.read() as tx:
            did, quizzes = store.did(tx, workspace, user), store.quizzes(tx, workspace, user)
        return Record(user, tuple(did), tuple(quizzes))

    def team_record(self, workspace: str, channel: str, *, by: Actor) -> TeamRecord:
        """Give what a channel was given and who did it, to whoever looks after its prompts."""
        with self.database.read() as tx:
            one = subscriptions.find(tx, workspace, channel)
            if one is None:
                raise NoSubscription
            self._require_owner(tx, one, by)
            return TeamRecord(channel, tuple(store.history(tx, workspace, one.id)))

    def _quizzed(self, tx: Transaction, workspace: str, of: int | str) -> Lesson:
        prompt = store.get_prompt(tx, workspace, of) if isinstance(of, int) else None
        lesson = self.library.lessons.get(prompt.lesson if prompt else str(of))
        if lesson is None:
            raise LessonGone
        return lesson

    def _clicked(self, tx: Transaction, by: Actor, prompt_id: int) -> Prompt:
        """Have a post redrawn, and read it for a change, in this order: whoever settles the post takes them so too."""
        delivery.touch(tx, key(by.workspace, prompt_id))
        prompt = store.lock_prompt(tx, by.workspace, prompt_id)
        if prompt is None:
            raise LessonGone
        if prompt.state == "ended":
            raise PutAside
        return prompt

    def _found(self, tx: Transaction, workspace: str, channel: str) -> Subscription:
        found = subscriptions.find(tx, workspace, channel)
        if found is None or found.state == "stopped":
            raise NoSubscription
        return found

    def _locked(self, tx: Transaction, by: Actor, channel: str, *, stopped: bool = False) -> Subscription:
        found = subscriptions.lock(tx, by.workspace, channel)
        if found is None or (found.state == "stopped" and not stopped):
            raise NoSubscription
        return found

    def _owned(self, tx: Transaction, by: Actor, channel: str) -> Subscription:
        found = self._locked(tx, by, channel)
        self._require_owner(tx, found, by)
        return found

    def _require_owner(self, tx: Transaction, one: Subscription, by: Actor) -> None:
        if by.user != one.owner and not installs.is_admin(tx, by.workspace, by.user, self.now()):
            raise NotYours(
                f"{person(one.owner)} looks after these prompts. Ask them or a workspace admin to change that."
            )

    def _save(self, tx: Transaction, changed: Subscription) -> Subscription:
        subscriptions.save(tx, changed)
        return changed

    def _next(self, tx: Transaction, one: Subscription) -> datetime:
        """Give the next slot that had no lesson: a change of day must not give a week two."""
        due = one.schedule.after(self.now())
        taken = store.has_slot(tx, one.workspace, one.id, slot_of(due, one.schedule.zone))
        return one.schedule.after(due) if taken else due

    def _first_on(self, schedule: Schedule, day: date) -> datetime:
        """Give the first slot on that day or after it."""
        zone = ZoneInfo(schedule.zone)
        if not self.now().astimezone(zone).date() < day < ENDS:
            raise DayIsOver
        return schedule.after(datetime.combine(day, time(), zone) - timedelta(seconds=1))

    def _withdraw(self, tx: Transaction, one: Subscription) -> None:
        """Take back what is not on its way yet; its lesson keeps its turn."""
        outbox.withdraw(tx, one.workspace, "lesson", one.id)
        for prompt in store.planned(tx, one.workspace, one.id):
            found = outbox.of_subject(tx, one.workspace, "lesson", prompt)
            if found is None or found.state == "skipped":
                store.drop(tx, one.workspace, prompt)
