"""What people can do with questions that come back; one public method is one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.blocks import Message
from bot.database import Actor, Database, Transaction
from bot.delivery import store as cards
from bot.delivery.model import Key
from bot.errors import FieldErrors, NotEnrolled, NothingToAsk, QuestionGone, QuestionPending
from bot.learning.reviews import store
from bot.learning.reviews.asking import Asker, Slot
from bot.learning.reviews.feed import ON_WISH, show
from bot.learning.reviews.model import Asked, Enrolment, Rhythm, Standing, Wanted
from bot.learning.reviews.spacing import Grade, graded
from bot.library import Library
from bot.outbox import store as outbox
from bot.schema_lessons import Question

AGAIN_AFTER = timedelta(minutes=1)
"""How soon after an unanswered question another may be asked for: who clicks twice means one."""


def key(workspace: str, asked: int) -> Key:
    """Give the key of a question's message."""
    return Key(workspace, "review", asked)


@dataclass(frozen=True)
class Reviews:
    """The questions that come back, of all workspaces; each person's are their own."""

    database: Database
    library: Library
    now: Callable[[], datetime]

    @property
    def _asker(self) -> Asker:
        return Asker(self.database, self.library, self.now)

    def enrol(self, wanted: Wanted, *, by: Actor) -> Enrolment:
        """Start a person's questions or change when they come; raises FieldErrors."""
        wrong = wanted.mistakes()
        if wrong or wanted.at is None:
            raise FieldErrors(wrong)
        rhythm = Rhythm(time(wanted.at.hour, wanted.at.minute), wanted.zone, wanted.most)
        with self.database.write(by, self.now()) as tx:
            new = Enrolment(0, by.workspace, by.user, rhythm, next_due=rhythm.after(self.now()))
            store.put(self.database, tx, new)
            return self._active(tx, by)

    def find(self, workspace: str, user: str) -> Enrolment | None:
        """Give a person's enrolment, stopped or not."""
        with self.database.read() as tx:
            return store.find(tx, workspace, user)

    def standing(self, workspace: str, user: str) -> Standing:
        """Say how a person's questions stand."""
        with self.database.write() as tx:
            found = store.find(tx, workspace, user)
            if found is None or found.state == "stopped":
                return Standing(found)
            known = self._asker.known(tx, workspace, user)
        return Standing(found, sum(one.due <= self.now() for one in known), len(known))

    def stop(self, *, by: Actor) -> None:
        """Stop; what is known is kept, and a new start goes on from there."""
        with self.database.write(by, self.now()) as tx:
            one = self._active(tx, by)
            store.stop(tx, one.workspace, one.id)
            outbox.withdraw(tx, one.workspace, "review", one.id)
            for asked, _ in self._asker.open(tx, one):
                found = outbox.of_subject(tx, one.workspace, "review", asked.id)
                if found is None or found.state == "skipped":
                    store.conclude(tx, one.workspace, asked.id, "dropped")

    def give_now(self, *, by: Actor) -> Asked:
        """Plan the next question at once, whether it is due or not."""
        now = self.now()
        with self.database.write(by, now) as tx:
            one = self._active(tx, by)
            if any(planned > now - AGAIN_AFTER for _, planned in self._asker.open(tx, one)):
                raise QuestionPending
            asked = self._asker.ask(tx, one, Slot(f"{ON_WISH}{now:%Y%m%dT%H%M%S.%fZ}", now))
            if asked is None:
                raise NothingToAsk
            return asked

    def answer(self, asked_id: int, choice: int, *, by: Actor, channel: str) -> None:
        """Keep a person's answer, given in `channel`; the first one counts, and options count from 1."""
        with self.database.write(by, self.now()) as tx:
            asked, question = self._clicked(tx, by, asked_id, channel)
            if asked.state != "answered" and choice in range(1, len(question.options) + 1):
                self._grade(tx, asked, choice, right=choice == question.answer)

    def _grade(self, tx: Transaction, asked: Asked, choice: int, *, right: bool) -> None:
        now = self.now()
        review = store.lock_review(tx, asked)
        if review is None:
            raise QuestionGone
        card, due = graded(review.card, Grade.RIGHT if right else Grade.WRONG, now)
        store.save_review(tx, asked, card, due)
        given = {"state": "answered", "choice": choice, "answered_at": now, "before": review.card, "due": due}
        store.set_asked(tx, asked.workspace, asked.id, **given)

    def too_easy(self, asked_id: int, *, by: Actor, channel: str) -> None:
        """Have a question that was answered right come back much later, unless it was asked again since."""
        with self.database.write(by, self.now()) as tx:
            asked, question = self._clicked(tx, by, asked_id, channel)
            review = store.lock_review(tx, asked)
            unchanged = review is not None and review.due == asked.due
            if unchanged and asked.answered_at and asked.choice == question.answer and not asked.easy:
                card, due = graded(asked.before, Grade.EASY, asked.answered_at)
                store.save_review(tx, asked, card, due)
                store.set_asked(tx, asked.workspace, asked.id, easy=True, due=due)

    def card(self, workspace: str, asked_id: int) -> Message | None:
        """Draw a question as it is now; None if it is gone."""
        with self.database.read() as tx:
            asked = store.get_asked(tx, workspace, asked_id)
        return show(self.library, asked) if asked else None

    def _clicked(self, tx: Transaction, by: Actor, asked_id: int, channel: str) -> tuple[Asked, Question]:
        """Have a message redrawn, and read it for a change, in this order: whoever settles the post takes them so too.

        It was posted to a person, but Slack changes messages only by the id of the channel: the click tells it.
        """
        cards.touch(tx, key(by.workspace, asked_id))
        if channel:
            cards.settle(tx, key(by.workspace, asked_id), {"channel_id": channel})
        asked = store.lock_asked(tx, by.workspace, asked_id)
        question = self._asker.question(asked.lesson, asked.question) if asked else None
        if asked is None or question is None or asked.user != by.user:
            raise QuestionGone
        return asked, question

    def _active(self, tx: Transaction, by: Actor) -> Enrolment:
        found = store.lock(tx, by.workspace, by.user)
        if found is None or found.state == "stopped":
            raise NotEnrolled
        return found
