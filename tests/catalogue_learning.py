"""Everything that people can be shown of the weekly prompts: from all lessons, and from whatever people may write."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from bot.app import Coach
from bot.blocks import clean
from bot.errors import Refused
from bot.learning import modals, views
from bot.learning.model import (
    Outline,
    Prompt,
    Quizzed,
    Record,
    Schedule,
    Subscription,
    TeamRecord,
    Wish,
)
from bot.library import Library
from bot.outbox import notices
from bot.outbox.model import RESTORED, Delivery
from bot.schema_lessons import About, Lesson, Track
from handlers import learning as handling
from handlers.mishaps import sentence
from handlers.requests import Request
from tests.catalogue import Shown, replied, shown
from tests.samples import HERE, NOW

CROWD = ("UANA", "UBEN", "UCLEO", "UBEN") * 10
WEEKLY = Schedule(1, time(9, 30), "America/Argentina/Buenos_Aires")
TROUBLES = ("not_in_channel", "channel_not_found", "is_archived", "restricted_action", "a_new_code")


def lesson(name: str = "first", week: int = 1, **more: object) -> Lesson:
    """Give a lesson made for tests."""
    words = " ".join(["word"] * 150)
    body: dict[str, object] = {
        "id": name,
        "week": week,
        "title": f"The {name} thing",
        "minutes": 20,
        "topics": ["bias"],
        "opening": "Somebody picked a number.",
        "idea": f"A *worked* example: {words}",
        "activity": ["Pick a line.", "Compare."],
        "thread": "Reply with your line by Thursday.",
        "question": "Whose day goes wrong?",
        "term": {"word": "Recall", "meaning": "The share that was found."},
        "sources": ["OWN 1"],
        "quiz": [question(), question(text="And then?", answer=2)],
    }
    return Lesson.model_validate(body | more)


def question(**more: object) -> dict[str, object]:
    body = {"text": "What is certain?", "options": ["This", "That", "Both"], "answer": 1, "why": "Because it is."}
    return body | more


def track(name: str, *lessons: Lesson, **more: object) -> Track:
    """Give a track made for tests."""
    about = {"id": name, "title": f"The {name} track", "summary": "For tests", "order": 10}
    return Track(About.model_validate(about | more), lessons)


def prompt(told: Lesson, /, **more: Any) -> Prompt:  # noqa: ANN401 - fields of any type
    """Give a lesson as it was given to a channel."""
    frame: dict[str, Any] = {
        "id": 7,
        "workspace": "T1",
        "subscription": 3,
        "channel": HERE,
        "track": "core",
        "lesson": told.id,
        "week": told.week,
        "of": 52,
        "why": "",
        "state": "posted",
        "slot": "2026-W10",
        "done": (),
        "posted_at": NOW,
        "discussed": False,
    }
    return Prompt(**frame | more)


def subscription(**more: Any) -> Subscription:  # noqa: ANN401 - fields of any type
    """Give a subscription that never saw a database."""
    frame: dict[str, Any] = {
        "id": 3,
        "workspace": "T1",
        "channel": HERE,
        "track": "core",
        "schedule": WEEKLY,
        "country": "",
        "by_gaps": True,
        "owner": "UANA",
        "state": "active",
        "until": None,
        "trouble": "",
        "next_due": datetime(2026, 3, 10, 12, 30, tzinfo=UTC),
    }
    return Subscription(**frame | more)


def cases(of: Lesson, text: str = "“Check results” was at risk in 2 of your last 3 checklists") -> Iterator[Prompt]:
    """Give a lesson in every state in which a channel can see it."""
    yield prompt(of)
    yield prompt(of, state="planned", posted_at=None, why=text)
    yield prompt(of, done=("UANA",), why=text, discussed=True)
    yield prompt(of, done=CROWD, week=520, of=520, id=10**17)
    yield prompt(of, state="ended", done=("UANA", "UBEN"))
    yield prompt(of, state="ended", ended_by="UBEN")


def of_lessons(library: Library, tracks: Mapping[str, Track] | None = None) -> Iterator[Shown]:
    """Show every lesson of the tracks in every state, its quiz, and every kind of answer to it."""
    for one in (tracks or library.tracks).values():
        for of in one:
            for number, given in enumerate(cases(of)):
                post = views.post(given, of, library.cite, one.about.title)
                yield shown(f"post {of.id} {number}", post)
            yield shown(f"discussion {of.id}", views.discussion(of))
            yield from _quizzes(of)


def _quizzes(of: Lesson) -> Iterator[Shown]:
    yield shown(f"quiz {of.id}", modals.quiz(of, 7))
    for chosen in range(1, 5):
        said = [min(chosen, len(one.options)) for one in of.quiz]
        given = [(one, choice, choice == one.answer) for one, choice in zip(of.quiz, said, strict=True)]
        yield shown(f"answered {of.id} {chosen}", modals.answered(of, given))


def of_standings(tracks: Mapping[str, Track], text: str = "Bias comes up often") -> Iterator[Shown]:
    """Show how a channel's prompts can stand, the form, and what was given."""
    for number, one in enumerate(outlines(tracks, text)):
        yield shown(f"outline {number}", views.outline(one, tracks))
        yield shown(f"outline {number}, after", views.outline(one, tracks, said="✓ Changed."))
    for wish in (Wish("", None, None, ""), Wish("core", 6, time(23, 59), "Asia/Kathmandu", "DE", by_gaps=False)):
        yield shown(f"subscribe {wish.zone}", modals.subscribe(tracks, wish, channel=HERE))
        yield shown(f"change {wish.zone}", modals.subscribe(tracks, wish, channel=HERE, change=True))
    lessons = {of.id: of for one in tracks.values() for of in one}
    for name, given in pasts(list(lessons.values())).items():
        yield shown(f"history {name}", views.history(given, lessons))
        quizzes = tuple(Quizzed(one.lesson, 1, 3, NOW) for one in given)
        yield shown(f"record {name}", views.record(Record("UANA", tuple(given), quizzes), lessons))
        yield shown(f"record {name} without quizzes", views.record(Record("UANA", tuple(given), ()), lessons))
        yield shown(f"team {name}", views.team_record(TeamRecord(HERE, tuple(given)), lessons))


def outlines(tracks: Mapping[str, Track], text: str) -> Iterator[Outline]:
    first = next(iter(tracks.values()))
    of = next(iter(first))
    active = subscription(track=first.about.id)
    yield Outline(None)
    yield Outline(active, first, 0, of, "")
    yield Outline(replace(active, country="DE", by_gaps=False), first, 51, of, text)
    yield Outline(active, first, len(first), None, "")
    yield Outline(replace(active, track="gone"), None, 3, None, "")
    yield Outline(replace(active, state="paused", next_due=None), first, 3, of, "")
    yield Outline(replace(active, state="paused", until=date(2026, 8, 24)), first, 3, of, text)
    yield Outline(replace(active, state="stopped", next_due=None), first, 3, of, "")
    for code in TROUBLES:
        yield Outline(replace(active, state="paused", trouble=code), first, 3, of, "")


def pasts(lessons: Sequence[Lesson]) -> dict[str, list[Prompt]]:
    """Give what channels may have been given: nothing, everything, something that is gone, more than is listed."""
    every = [replace(one, id=number) for number, one in enumerate(cases(lessons[0]))]
    gone = replace(every[0], lesson="x" * 40)
    dropped = replace(every[0], state="dropped", posted_at=None)
    return {"none": [], "each": [*every, gone, dropped], "many": [replace(gone, id=number) for number in range(500)]}


def of_deliveries() -> Iterator[Shown]:
    """Show what an owner is told of a delivery."""
    plan: dict[str, Any] = {
        "id": "0" * 32,
        "workspace": "T1",
        "series": 3,
        "subject": 7,
        "slot": "2026-W10",
        "channel": HERE,
    }
    state: dict[str, Any] = {"owner": "UANA", "due": NOW, "asked": False, "thread": "", "zone": "UTC", "attempt": 1}
    for kind in ("lesson", "discussion", "review", "digest", "proof", "another"):
        one = Delivery(**plan | state, kind=kind, state="held")
        yield shown(f"held {kind}", notices.held(one))
        yield shown(f"held {kind} after a restore", notices.held(replace(one, error=RESTORED)))
        for code in TROUBLES:
            yield shown(f"refused {kind} {code}", notices.refused(one, code))


def of_words(coach: Coach, text: str) -> Iterator[Shown]:
    """Let people write this wherever a command takes words, and show all that comes of it."""
    line = " ".join(clean(text).split())
    asked = Request("command", "T1", "UANA", "c:1", channel=HERE, trigger="t")
    for typed in ("", line, f"subscribe {line}", f"pause {line}", f"pause until {line}", f"record {line}"):
        for one in (asked, replace(asked, source="mention", trigger="")):
            try:
                yield from replied(f"learn {typed}", handling.learn(replace(one, text=f"learn {typed}"), coach))
            except Refused as refusal:
                yield shown(f"refused: learn {typed}", sentence(refusal.text))
    yield shown("ask for the form", views.ask_for_form(line))
