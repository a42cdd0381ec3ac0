"""Which question a person is asked next, and how it gets on its way."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.database import Database, Transaction
from bot.learning.reviews import store
from bot.learning.reviews.model import Asked, Enrolment, Review
from bot.learning.reviews.spacing import Grade, fresh, graded
from bot.library import Library
from bot.outbox import store as outbox
from bot.outbox.model import New
from bot.schema_lessons import Question

PATIENCE = timedelta(weeks=1)
"""How long a question waits for its answer before another one is asked; nobody comes back to a pile."""


@dataclass(frozen=True)
class Slot:
    """What a question is planned for: a local day, or a wish of the person."""

    name: str
    due: datetime


@dataclass(frozen=True)
class Asker:
    """Keeps what people can be asked and hands questions to the outbox, in the caller's transaction."""

    database: Database
    library: Library
    now: Callable[[], datetime]

    def question(self, lesson: str, number: int) -> Question | None:
        """Give a question; None if it is no longer among the content."""
        found = self.library.lessons.get(lesson)
        return found.quiz[number] if found and number < len(found.quiz) else None

    def known(self, tx: Transaction, workspace: str, user: str) -> list[Review]:
        """Give what a person can be asked, what is due first before the others; what they met since is added."""
        found = store.known(tx, workspace, user)
        had = {(one.lesson, one.question) for one in found}
        new = {(one.lesson, one.question): one for one in self._met(tx, workspace, user)}
        fresh_ones = [one for place, one in new.items() if place not in had]
        store.add_reviews(self.database, tx, fresh_ones)
        every = (one for one in [*found, *fresh_ones] if self.question(one.lesson, one.question))
        return sorted(every, key=lambda one: (one.due, one.lesson, one.question))

    def _met(self, tx: Transaction, workspace: str, user: str) -> Iterator[Review]:
        """Give the questions of the lessons that a person did, and after them what they answered in quizzes."""
        for lesson, at in store.did(tx, workspace, user):
            found = self.library.lessons.get(lesson)
            for number in range(len(found.quiz) if found else 0):
                yield Review(workspace, user, lesson, number, fresh(at), at)
        for one in store.answers(tx, workspace, user):
            card, due = graded(fresh(one.at), Grade.RIGHT if one.right else Grade.WRONG, one.at)
            yield Review(workspace, user, one.lesson, one.question, card, due)

    def practised(self, tx: Transaction, workspace: str, user: str, lesson: str, right: Mapping[int, bool]) -> None:
        """Count what a person answered in a lesson's quiz among their reviews: a mistake always, the rest if it is due.

        What is right before it is due proves little: the quiz has just been read, or its reasons have.
        """
        now = self.now()
        for number, is_right in right.items():
            place = Review(workspace, user, lesson, number, "", now)
            review = store.lock_review(tx, place)
            if review and (review.due <= now or not is_right):
                store.save_review(tx, place, *graded(review.card, Grade.RIGHT if is_right else Grade.WRONG, now))

    def open(self, tx: Transaction, one: Enrolment) -> list[tuple[Asked, datetime]]:
        """Give what the person was asked lately and did not answer."""
        return store.unanswered(tx, one.workspace, one.user, self.now() - PATIENCE)

    def ask(self, tx: Transaction, one: Enrolment, slot: Slot, *, by: datetime | None = None) -> Asked | None:
        """Plan the question that is due first; None if there is none, or with `by` none that is due by then."""
        there = {(asked.lesson, asked.question) for asked, _ in self.open(tx, one)}
        left = (at for at in self.known(tx, one.workspace, one.user) if (at.lesson, at.question) not in there)
        first = next(left, None)
        if first is None or (by is not None and first.due > by):
            return None
        asked = Asked(0, one.workspace, one.user, first.lesson, first.question, slot.name)
        number = store.add_asked(self.database, tx, asked, self.now())
        if number is None:
            return None
        outbox.plan(self.database, tx, [_delivery(one, number, slot)])
        return replace(asked, id=number)


def _delivery(one: Enrolment, asked: int, slot: Slot) -> New:
    """Give the delivery: Slack takes a person's id for the direct message with them."""
    return New(
        workspace=one.workspace,
        kind="review",
        series=one.id,
        subject=asked,
        slot=slot.name,
        channel=one.user,
        owner=one.user,
        due=slot.due,
        # The person has set hour and number themselves; what limits a channel's posts does not count here.
        asked=True,
        zone=one.rhythm.zone,
    )
