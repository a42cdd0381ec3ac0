"""The forms of the weekly prompts: subscribing, and a quiz."""

import json
from collections.abc import Iterator, Mapping, Sequence

from bot.blocks import (
    FIELD,
    Block,
    Element,
    Modal,
    Option,
    ask,
    checkboxes,
    context,
    divider,
    esc,
    option,
    paragraphs,
    radio,
    section,
    select,
    time_of_day,
    writing,
)
from bot.learning.model import Wish
from bot.learning.views import WEEKDAYS
from bot.schema_lessons import Lesson, Question, Track

SUBSCRIBING = "learn.subscribe_form"
ANSWERING = "learn.quiz_form"
ANSWERED = "learn.quiz_result"

BY_GAPS = "by_gaps"
TUESDAY = 1
_MORNING = "10:00"
_SHOWN = 100
ZONES = (
    *("Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Phoenix", "America/Denver"),
    *("America/Chicago", "America/Mexico_City", "America/New_York", "America/Toronto", "America/Bogota"),
    *("America/Lima", "America/Caracas", "America/Halifax", "America/Santiago", "America/Sao_Paulo"),
    *("America/Argentina/Buenos_Aires", "America/St_Johns", "Atlantic/Azores", "Atlantic/Reykjavik", "UTC"),
    *("Europe/Lisbon", "Europe/London", "Europe/Dublin", "Africa/Casablanca", "Africa/Accra", "Africa/Lagos"),
    *("Europe/Madrid", "Europe/Paris", "Europe/Brussels", "Europe/Amsterdam", "Europe/Zurich", "Europe/Berlin"),
    *("Europe/Rome", "Europe/Vienna", "Europe/Prague", "Europe/Copenhagen", "Europe/Oslo", "Europe/Stockholm"),
    *("Europe/Warsaw", "Europe/Budapest", "Africa/Johannesburg", "Africa/Cairo", "Europe/Athens"),
    *("Europe/Bucharest", "Europe/Helsinki", "Europe/Kyiv", "Europe/Istanbul", "Africa/Nairobi"),
    *("Asia/Jerusalem", "Asia/Riyadh", "Asia/Dubai", "Asia/Karachi", "Asia/Kolkata", "Asia/Dhaka"),
    *("Asia/Bangkok", "Asia/Jakarta", "Asia/Ho_Chi_Minh", "Asia/Singapore", "Asia/Manila", "Asia/Hong_Kong"),
    *("Asia/Shanghai", "Asia/Taipei", "Australia/Perth", "Asia/Seoul", "Asia/Tokyo", "Australia/Brisbane"),
    *("Australia/Adelaide", "Australia/Sydney", "Pacific/Auckland"),
)
"""The zones that a form offers, from west to east; every other can be written."""


def subscribe(tracks: Mapping[str, Track], wish: Wish, *, channel: str, change: bool = False) -> Modal:
    """Ask for track, day and time, filled in with what is known; `change` if the channel has prompts already."""
    about = "One idea a week for this channel, in this channel's own time."
    blocks = [
        section(about),
        ask("Track", _track(tracks, wish.track), "track"),
        ask("Day", _weekday(wish), "weekday"),
        ask("Time", time_of_day(FIELD, f"{wish.at:%H:%M}" if wish.at else _MORNING), "time"),
        *zone_fields(wish.zone),
        _country(wish.country),
        _gaps(on=wish.by_gaps),
    ]
    return Modal(
        "Weekly prompts",
        blocks,
        SUBSCRIBING,
        submit="Save" if change else "Start",
        close="Cancel",
        private_metadata=json.dumps({"channel": channel}),
    )


def _track(tracks: Mapping[str, Track], chosen: str) -> Element:
    options = [option(one.about.title, one.about.id, one.about.summary) for one in tracks.values()][:_SHOWN]
    return select(FIELD, options, _the(options, chosen) or options[0])


def _weekday(wish: Wish) -> Element:
    options = [option(name, str(number)) for number, name in enumerate(WEEKDAYS)]
    return select(FIELD, options, options[TUESDAY if wish.weekday is None else wish.weekday])


def zone_fields(own: str) -> list[Block]:
    """Ask for a time zone: one of a list, with a person's own first, or any other in writing."""
    names = list(dict.fromkeys([own, *ZONES] if own else ZONES))[:_SHOWN]
    options = [option(name.replace("_", " "), name) for name in names]
    return [
        ask("Time zone", select(FIELD, options, _the(options, own)), "zone", optional=True),
        ask(
            "Another time zone",
            writing(FIELD, limit=60),
            "other_zone",
            hint="If yours is not in the list, write it as: Asia/Kathmandu",
            optional=True,
        ),
    ]


def _the(options: Sequence[Option], value: str) -> Option | None:
    return next((one for one in options if one["value"] == value), None)


def _country(country: str) -> Block:
    hint = "Its code, for example DE or US. A prompt that falls on a public holiday there is left out."
    return ask("Skip the holidays of", writing(FIELD, country, limit=10), "country", hint=hint, optional=True)


def _gaps(*, on: bool) -> Block:
    label = "When our checklists point to a gap, take the lesson for it first"
    choices = [option(label, BY_GAPS, "At most every second week; the post says why.")]
    return ask("Which lesson is next", checkboxes(FIELD, choices, choices if on else ()), BY_GAPS, optional=True)


def quiz(lesson: Lesson, prompt: int) -> Modal:
    """Ask the questions of a lesson."""
    blocks = [section(f"*{esc(lesson.title)}*"), context("Only you see this, and only you see your answers.")]
    blocks += [_question(number, one) for number, one in enumerate(lesson.quiz)]
    where = json.dumps({"prompt": prompt})
    return Modal("Quiz", blocks, ANSWERING, submit="Check", close="Cancel", private_metadata=where)


def _question(number: int, question: Question) -> Block:
    options = [option(text, str(place)) for place, text in enumerate(question.options, 1)]
    return ask(" ".join(question.text.split()), radio(FIELD, options), f"question~{number}")


def answered(lesson: Lesson, given: Sequence[tuple[Question, int, bool]]) -> Modal:
    """Show what was right, and why."""
    right = sum(one for _, _, one in given)
    blocks = [section(f"*{esc(lesson.title)}*\n{_praise(right, len(given))}")]
    for question, chosen, is_right in given:
        blocks += [divider(), *paragraphs(_marked(question, chosen, is_right=is_right))]
    return Modal("Your answers", blocks, ANSWERED)


def _praise(right: int, of: int) -> str:
    count = f"{right} of {of} right."
    if right == of:
        return f"{count} Well done."
    return f"{count} Read on for the reasons; *Quiz me* asks again whenever you like."


def _marked(question: Question, chosen: int, *, is_right: bool) -> Iterator[str]:
    yield f"*{esc(' '.join(question.text.split()))}*"
    yield f"{'✅' if is_right else '❌'} You said: {esc(question.options[chosen - 1])}"
    if not is_right:
        yield f"✅ Right: {esc(question.options[question.answer - 1])}"
    yield esc(" ".join(question.why.split()), 2700)
