"""What a person sees of the questions that come back; nobody else sees any of it."""

import json

from bot.blocks import (
    FIELD,
    Block,
    Message,
    Modal,
    actions,
    ask,
    button,
    confirm,
    context,
    esc,
    moment,
    option,
    paragraphs,
    radio,
    section,
    select,
    time_of_day,
)
from bot.learning.modals import zone_fields
from bot.learning.reviews.model import MOST, Asked, Rhythm, Standing
from bot.learning.views import WEEKDAYS
from bot.schema_lessons import Lesson, Question

SCHEDULE = "review.schedule"
NOW = "review.now"
STOP = "review.stop"
ANSWER = "review.answer"
EASY = "review.easy"
SCHEDULING = "review.schedule_form"

USUAL = 3
_MORNING = "09:00"
_OFFER = (
    "I can ask you one question at a time in a direct message, from the quizzes you answered and the lessons you did; "
    "what you know comes back later each time, and what you missed comes back soon. "
    "You choose the time and how many a week, and only you see your answers."
)


# How it stands


def standing(of: Standing, *, said: str = "") -> Message:
    """Show how a person's questions stand, and what can be done; `said` is what was done just now."""
    found = of.enrolment
    if found is None or found.state == "stopped":
        return _offer(said)
    head = f"*One question at a time*, {rhythm(found.rhythm)}"
    coming = f"Next: {moment(found.next_due)}" if found.next_due else ""
    sure = confirm("Stop the questions?", "What you know is kept: start again, and they go on from there.", "Stop")
    blocks = [
        *paragraphs(one for one in (said, head, coming, _waiting(of)) if one),
        actions(
            button("Ask me now", NOW, style="primary"),
            button("Change", SCHEDULE),
            button("Stop", STOP, style="danger", confirm=sure),
        ),
        context("Only you see this."),
    ]
    return Message(f"{said} {head}. {_waiting(of)}".strip(), blocks)


def _offer(said: str) -> Message:
    what = [*([said] if said else []), "*Questions that come back*", _OFFER]
    return Message(
        f"{said} {_OFFER}".strip(),
        [*paragraphs(what), actions(button("Choose a time", SCHEDULE, style="primary"))],
    )


def rhythm(of: Rhythm) -> str:
    """Say when, in the person's own time."""
    *names, last = [WEEKDAYS[day] for day in of.days]
    some = f"{', '.join(names)} and {last}" if names else last
    return f"every {'day' if of.most == MOST[-1] else some} at {of.at:%H:%M} ({esc(of.zone)})"


def _waiting(of: Standing) -> str:
    if not of.known:
        return (
            "Nothing to ask yet. Press *Quiz me* or *We did it* on a weekly post, and its questions come back to you."
        )
    if not of.waiting:
        return (
            f"No question is waiting: you are on top of all {of.known}." if of.known > 1 else "No question is waiting."
        )
    return "1 question is waiting." if of.waiting == 1 else f"{of.waiting} questions are waiting."


def schedule(now: Rhythm | None, zone: str, *, channel: str, change: bool = False) -> Modal:
    """Ask when and how many, filled in with what is known; `change` if questions come already."""
    numbers = [option(f"At most {number}", str(number)) for number in MOST]
    most = now.most if now else USUAL
    blocks = [
        section("One question at a time, in our direct message."),
        ask("Time", time_of_day(FIELD, f"{now.at:%H:%M}" if now else _MORNING), "time"),
        *zone_fields(now.zone if now else zone),
        ask("Questions a week", select(FIELD, numbers, numbers[most - 1]), "most"),
    ]
    return Modal(
        "Questions",
        blocks,
        SCHEDULING,
        submit="Save" if change else "Start",
        close="Cancel",
        private_metadata=json.dumps({"channel": channel}),
    )


def on_its_way() -> Message:
    """Say where the question is that was asked for."""
    text = "Your question is on its way, as a direct message."
    return Message(text, [section(text)])


# A question


def question(asked: Asked, lesson: Lesson) -> Message:
    """Ask a question, or show what was answered and why it is so."""
    one = lesson.quiz[asked.question]
    words = esc(" ".join(one.text.split()))
    head = [section(f"*{words}*")]
    if asked.choice is None or asked.choice > len(one.options):
        return Message(
            words, [*head, *_options(asked, one), context(f"{_from(lesson)} · `/aipm quiz` changes when I ask")]
        )
    return _answered(asked, one, words, lesson)


def _options(asked: Asked, one: Question) -> list[Block]:
    options = [option(text, f"{place}:{asked.id}") for place, text in enumerate(one.options, 1)]
    return [actions(radio(ANSWER, options), block_id=f"review~{asked.id}")]


def _from(lesson: Lesson) -> str:
    return f"From _{esc(' '.join(lesson.title.split()))}_"


def _answered(asked: Asked, one: Question, words: str, lesson: Lesson) -> Message:
    chosen = asked.choice or 1
    right = chosen == one.answer
    lines = [
        f"*{words}*",
        f"{'✅' if right else '❌'} You said: {esc(one.options[chosen - 1])}",
        *([] if right else [f"✅ Right: {esc(one.options[one.answer - 1])}"]),
        esc(" ".join(one.why.split()), 2700),
    ]
    easy = [actions(button("Too easy", EASY, str(asked.id)))] if right and not asked.easy else []
    blocks = [*paragraphs(lines), *easy, context(f"{_from(lesson)} · {_again(asked)}")]
    return Message(f"{'Right' if right else 'Not quite'}: {words}", blocks)


def _again(asked: Asked) -> str:
    if not asked.days:
        return "It comes back soon."
    return f"It comes back in {asked.days} day{'' if asked.days == 1 else 's'}."
