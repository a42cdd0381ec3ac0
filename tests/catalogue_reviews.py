"""Everything that people can be shown of the questions that come back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from bot.learning.reviews import views
from bot.learning.reviews.model import MOST, Asked, Enrolment, Rhythm, Standing
from bot.library import Library
from bot.schema_lessons import Lesson
from tests.catalogue import Shown, shown
from tests.samples import HERE, NOW

FAR = Rhythm(time(23, 59), "America/Argentina/Buenos_Aires", 6)


def asked(of: Lesson, question: int = 0, **more: Any) -> Asked:  # noqa: ANN401 - fields of any type
    """Give a question as it was put to a person."""
    return replace(Asked(10**17, "T1", "UANA", of.id, question, "2026-03-02", state="posted"), **more)


def answered(of: Lesson, question: int, choice: int, days: float, *, easy: bool = False) -> Asked:
    """Give a question that comes back after some days."""
    due = NOW + timedelta(days=days)
    return asked(of, question, state="answered", choice=choice, answered_at=NOW, due=due, easy=easy)


def of_questions(library: Library) -> Iterator[Shown]:
    """Show every question of every lesson, and every answer to it."""
    for of in library.lessons.values():
        for number, question in enumerate(of.quiz):
            name = f"review {of.id} {number}"
            yield shown(name, views.question(asked(of, number), of))
            for choice in range(1, len(question.options) + 1):
                right = choice == question.answer
                for days, easy in ((2, False), (365, True)) if right else ((0.01, False),):
                    one = answered(of, number, choice, days, easy=easy)
                    yield shown(f"{name} {choice} {days}", views.question(one, of))


def of_standings() -> Iterator[Shown]:
    """Show how questions can stand for a person, and the form."""
    yield shown("nobody", views.standing(Standing(None)))
    for most in MOST:
        one = Enrolment(1, "T1", "UANA", replace(FAR, most=most), next_due=NOW)
        for waiting, known in ((0, 0), (0, 1), (0, 12), (1, 12), (156, 156)):
            for said in ("", "✓ Saved."):
                shows = views.standing(Standing(one, waiting, known), said=said)
                yield shown(f"{most} a week, {waiting} of {known} wait", shows)
        yield shown(
            f"stopped, {most}", views.standing(Standing(replace(one, state="stopped"), 0, 0), said="✓ Stopped.")
        )
        yield shown(f"change {most}", views.schedule(one.rhythm, "", channel=HERE, change=True))
    for zone in ("", "Europe/Berlin", "Asia/Kathmandu"):
        yield shown(f"start in {zone}", views.schedule(None, zone, channel=HERE))
    yield shown("on its way", views.on_its_way())
