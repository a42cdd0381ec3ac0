"""When a question comes back, as the package `fsrs` reckons it."""

from datetime import UTC, datetime, timedelta
from enum import Enum

from fsrs import Card, Rating, Scheduler


class Grade(Enum):
    """How an answer went."""

    WRONG = Rating.Again
    RIGHT = Rating.Good
    EASY = Rating.Easy


# Nobody is asked several times an hour, so that one short step is enough; and after a year everything is asked again.
_STEP = [timedelta(minutes=10)]
_SCHEDULER = Scheduler(learning_steps=_STEP, relearning_steps=_STEP, maximum_interval=365, enable_fuzzing=False)


def fresh(at: datetime) -> str:
    """Give the card of a question that was never answered."""
    return Card(card_id=0, due=at.astimezone(UTC)).to_json()


def graded(card: str, grade: Grade, at: datetime) -> tuple[str, datetime]:
    """Give the card after an answer, and when the question is due again."""
    after, _log = _SCHEDULER.review_card(Card.from_json(card), grade.value, at.astimezone(UTC))
    return after.to_json(), after.due
