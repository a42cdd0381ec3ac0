"""Every post, form and page of the weekly prompts is taken by Slack, and says what it should."""

import inspect
import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, get_type_hints
from zoneinfo import available_timezones

import pytest

from bot import library
from bot.app import Coach
from bot.blocks import Home, Message, Modal
from bot.learning import export, modals, views
from bot.learning.model import Outline, Quizzed, Record, TeamRecord, Wish
from bot.library import Library
from bot.schema import Source
from bot.schema_lessons import Lesson
from tests import catalogue_learning as catalogue
from tests.catalogue import Shown
from tests.catalogue_learning import lesson, prompt, question, subscription, track
from tests.samples import HERE, HOSTILE, NOW
from tests.test_views import GOLDEN, faults, texts

SOURCE = Source(key="OWN", title="Our notes", organisation="Us", year="2026", kind="own", url="https://notes.example/")
FIRST, SECOND = lesson(), lesson("second", 2)
TRACK = track("core", FIRST, SECOND)
CONTENT = Library({}, {"OWN": SOURCE})


def longest(letter: str) -> Lesson:
    """Give a lesson that fills every field to its limit."""
    quiz = question(text=letter * 300, options=[f"{n}{letter * 74}" for n in range(4)], why=letter * 600, answer=4)
    return lesson(
        "longest",
        title=letter * 60,
        opening=letter * 160,
        idea="word " * 150 + letter * 1250,
        activity=[letter * 300] * 4,
        thread=letter * 250,
        question=letter * 200,
        term={"word": letter * 60, "meaning": letter * 200},
        sources=[f"OWN {place}" for place in range(4)],
        fact={"text": letter * 300, "source": "OWN 9", "last_checked": date(2026, 3, 1)},
        quiz=[quiz] * 3,
    )


def check(everything: Iterator[Shown], known: set[str]) -> int:
    found = {}
    count = 0
    for one in everything:
        count += 1
        if wrong := faults(one, known):
            found[one.name] = wrong[:3]
    assert not found, f"{len(found)} of {count}: {dict(list(found.items())[:20])}"
    return count


def addresses(content: Library) -> set[str]:
    return {one.url for one in content.sources.values() if one.url}


def told(what: Message | Modal) -> str:
    return "\n".join(text for _, _, text in texts(what.payload()))


def controls(message: Message) -> list[dict[str, Any]]:
    return [element for block in message.blocks if block["type"] == "actions" for element in block["elements"]]


def post(of: Lesson = FIRST, **more: Any) -> Message:  # noqa: ANN401 - fields of any type
    return views.post(prompt(of, **more), of, CONTENT.cite, "Core")


# What Slack takes


def test_every_shipped_lesson() -> None:
    content = library.load()
    assert check(catalogue.of_lessons(content), addresses(content)) > 8 * len(content.lessons)
    check(catalogue.of_standings(content.tracks), addresses(content))


@pytest.mark.parametrize("letter", ["x", "&", "<", "é"])
def test_the_longest_lesson_that_the_schema_lets_through(letter: str) -> None:
    of = {"core": track("core", longest(letter))}
    check(catalogue.of_lessons(CONTENT, of), addresses(CONTENT))
    check(catalogue.of_standings(of, letter * 500), set())


@pytest.mark.parametrize("mark", ["&", "<", ">", "<!channel>", "<@U0EVIL>", "*", "`", "|", "_"])
def test_a_teams_own_lessons_with_letters_that_slack_reads_as_markup(mark: str) -> None:
    many = (mark * 60)[:60]
    own = lesson(
        title=many,
        opening=many,
        thread=many,
        question=many,
        idea=many + " word" * 150,
        activity=[many] * 4,
        term={"word": many, "meaning": many},
        fact={"text": many, "source": "OWN 9", "last_checked": date(2026, 3, 1)},
        quiz=[question(text=many, options=[f"{mark} {n}" for n in range(4)], why=many)],
    )
    source = Source(key="OWN", title=many, organisation=many, year=mark, kind="own", url="https://notes.example/")
    of = track("core", own, title=f"A {mark} track", summary=f"For {mark} tests")
    content = Library({}, {"OWN": source})
    assert check(catalogue.of_lessons(content, {"core": of}), addresses(content)) > 10
    assert check(catalogue.of_standings({"core": of}, mark * 300), set()) > 20


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_whatever_people_type(coach: Coach, text: str) -> None:
    assert check(catalogue.of_words(coach, text), set()) >= 12


def test_what_owners_are_told() -> None:
    assert check(catalogue.of_deliveries(), set()) >= 18


def test_a_hundred_tracks_fit_into_the_form() -> None:
    many = {f"own-{number}": track(f"own-{number}", FIRST) for number in range(150)}
    form = modals.subscribe(many, Wish("own-3", None, None, "Mars/Olympus"), channel=HERE)
    assert faults(Shown("many", "modal", form.payload()), set()) == []


def test_every_view_is_in_the_catalogue() -> None:
    source = inspect.getsource(catalogue)
    for module in (views, modals):
        made = {
            name
            for name, one in inspect.getmembers(module, inspect.isfunction)
            if one.__module__ == module.__name__
            and not name.startswith("_")
            and get_type_hints(one).get("return") in {Message, Modal, Home}
        }
        used = set(re.findall(rf"{module.__name__.rpartition('.')[2]}\.(\w+)\(", source))
        assert made <= used, module.__name__


# What a post says


def test_a_post_says_everything_that_a_lesson_has() -> None:
    content = Library(
        {}, {"OWN": SOURCE, "OTHER": Source(**{**SOURCE.model_dump(), "key": "OTHER", "title": "Theirs"})}
    )
    fact = {"text": "A law says so.", "source": "OTHER", "last_checked": date(2026, 3, 1)}
    of = lesson(sources=["OWN page 2", "GONE", "OTHER"], fact=fact)
    words = told(views.post(prompt(of), of, content.cite, "Core"))
    assert "Week 1 of 52 · The first thing" in words
    assert "20 minutes · Core" in words
    assert "_Somebody picked a number._" in words
    assert "A *worked* example" in words
    assert "*Try it together*\n1. Pick a line.\n2. Compare.\n_No meeting? Reply with your line by Thursday._" in words
    assert "*Think about:* Whose day goes wrong?" in words
    assert "*Word of the week:* _Recall_: The share that was found." in words
    assert "*Read next:* <https://notes.example/|Our notes>, page 2 (Us, 2026)" in words
    assert "Also: <https://notes.example/|Theirs> (Us, 2026)" in words
    assert "A law says so. <https://notes.example/|Theirs> (Us, 2026). _Checked 01 Mar 2026._" in words


def test_a_post_without_a_source_that_is_still_known_says_nothing_of_it() -> None:
    of = lesson(sources=["GONE"], fact={"text": "So.", "source": "GONE", "last_checked": date(2026, 3, 1)})
    words = told(views.post(prompt(of), of, CONTENT.cite))
    assert "Read next" not in words
    assert "So. _Checked" in words


def test_a_post_says_why_it_was_chosen_and_who_did_it() -> None:
    assert not {"🎯", "✅", "💬"} & set(told(post()))
    words = told(post(why="“Check results” was at risk twice", done=("UANA", "UBEN"), discussed=True))
    assert "🎯 *Chosen for this team:* “Check results” was at risk twice." in words
    assert "✅ *2 did it:* <@UANA>, <@UBEN>" in words
    assert "💬 The question is in the thread." in words


def test_a_crowd_is_counted_and_not_listed() -> None:
    words = told(post(done=catalogue.CROWD))
    assert "✅ *40 did it:* <@UANA>" in words
    assert words.count("<@") == 12
    assert "and 28 more" in words


def test_a_post_has_its_four_buttons_and_none_when_it_is_put_aside() -> None:
    ids = [one["action_id"] for one in controls(post())]
    assert ids == [views.DID, views.DISCUSS, views.QUIZ, views.ASIDE]
    assert {one["value"] for one in controls(post())} == {"7"}
    assert views.DISCUSS not in [one["action_id"] for one in controls(post(discussed=True))]
    aside = post(state="ended", ended_by="UBEN")
    assert controls(aside) == []
    assert "*Week 1 of 52 · The first thing*\nPut aside by <@UBEN>." in told(aside)
    assert "Pick a line" not in told(aside)


def test_an_address_that_is_too_long_for_a_link_is_left_out() -> None:
    source = Source(**{**SOURCE.model_dump(), "url": "https://notes.example/?" + "&" * 450})
    of = lesson(fact={"text": "So.", "source": "OWN", "last_checked": date(2026, 3, 1)})
    words = told(views.post(prompt(of), of, Library({}, {"OWN": source}).cite))
    assert "*Read next:* Our notes, 1 (Us, 2026)" in words


def test_the_fallback_text_of_a_post_carries_its_meaning() -> None:
    text = "Week 1 of 52 · The first thing. Somebody picked a number. Think about: Whose day goes wrong?"
    assert post().text == text


def test_the_question_stands_in_the_thread() -> None:
    assert "*Whose day goes wrong?*" in told(views.discussion(FIRST))


# A quiz


def test_a_quiz_asks_every_question_and_tells_no_answer() -> None:
    form = modals.quiz(FIRST, 7)
    asked = [block for block in form.blocks if block["type"] == "input"]
    assert [block["block_id"] for block in asked] == ["question~0", "question~1"]
    assert [one["value"] for one in asked[0]["element"]["options"]] == ["1", "2", "3"]
    assert json.loads(form.private_metadata) == {"prompt": 7}
    assert "Because it is." not in told(form)


def test_answers_come_with_reasons_right_or_wrong() -> None:
    first, second = FIRST.quiz
    words = told(modals.answered(FIRST, [(first, 1, True), (second, 1, False)]))
    assert "1 of 2 right." in words
    assert "*What is certain?*\n✅ You said: This\nBecause it is." in words
    assert "*And then?*\n❌ You said: This\n✅ Right: That\nBecause it is." in words
    assert "Well done" not in words
    assert "2 of 2 right. Well done." in told(modals.answered(FIRST, [(first, 1, True), (second, 2, True)]))


# How it stands


def outline(**more: Any) -> Message:  # noqa: ANN401 - fields of any type
    return views.outline(Outline(subscription(**more), TRACK, 1, SECOND, ""), {"core": TRACK})


def test_nothing_yet_tells_what_it_would_be_and_how_to_begin() -> None:
    nothing = views.outline(Outline(None), {"core": TRACK})
    assert "*The core track* · For tests · 2 weeks" in told(nothing)
    assert f"`{views.EXAMPLE}`" in told(nothing)
    assert [one["action_id"] for one in controls(nothing)] == [views.SUBSCRIBE]


def test_it_says_what_comes_and_when() -> None:
    words = told(outline())
    assert "*The core track*, every Tuesday at 09:30 (America/Argentina/Buenos_Aires)" in words
    assert "Next: <!date^" in words
    assert "Up next: _The second thing_, 20 minutes" in words
    assert "1 of 2 given" in words
    assert "looked after by <@UANA>" in words


@pytest.mark.parametrize(
    ("state", "offered", "words"),
    [
        ({}, {views.SKIP, views.PAUSE}, "Next: "),
        ({"state": "paused"}, {views.RESUME}, "⏸ Paused until you resume."),
        ({"state": "paused", "until": date(2026, 8, 4)}, {views.RESUME}, "⏸ Paused until Tuesday 4 August 2026."),
        ({"state": "paused", "trouble": "not_in_channel"}, {views.RESUME}, "`/invite @aipm`, then press *Resume*"),
        ({"state": "paused", "trouble": "new_<code>"}, {views.RESUME}, "(new_&lt;code&gt;)"),
    ],
)
def test_each_state_offers_what_is_possible(state: dict[str, Any], offered: set[str], words: str) -> None:
    always = {views.NOW, views.SUBSCRIBE, views.HISTORY, views.STOP}
    assert {one["action_id"] for one in controls(outline(**state))} == always | offered
    assert words in told(outline(**state))


def test_a_stopped_one_can_be_begun_again() -> None:
    assert "A new start goes on where you left off, after 1 given." in told(outline(state="stopped"))
    assert [one["action_id"] for one in controls(outline(state="stopped"))] == [views.SUBSCRIBE]


def test_a_finished_or_missing_track_says_what_to_do() -> None:
    for track_now, telling in ((TRACK, "That was the last one"), (None, "no longer among mine")):
        message = views.outline(Outline(subscription(), track_now, 2, None, ""), {"core": TRACK})
        assert telling in told(message)
        assert "*Change*" in told(message)


def test_the_form_shows_what_is_known_and_the_own_zone_first() -> None:
    form = modals.subscribe({"core": TRACK}, Wish("core", 4, None, "Asia/Kathmandu"), channel=HERE)
    fields = {block["block_id"]: block["element"] for block in form.blocks if block["type"] == "input"}
    assert fields["track"]["initial_option"]["value"] == "core"
    assert fields["weekday"]["initial_option"]["text"]["text"] == "Friday"
    assert fields["time"]["initial_time"] == "10:00"
    assert fields["zone"]["options"][0] == fields["zone"]["initial_option"]
    assert fields["zone"]["initial_option"]["value"] == "Asia/Kathmandu"
    unknown = modals.subscribe({"core": TRACK}, Wish("", None, None, ""), channel=HERE)
    zone = next(block["element"] for block in unknown.blocks if block.get("block_id") == "zone")
    assert "initial_option" not in zone


def test_every_zone_that_is_offered_exists_once() -> None:
    assert set(modals.ZONES) <= available_timezones()
    assert len(set(modals.ZONES)) == len(modals.ZONES) >= 60


def test_history_is_newest_first_and_says_what_became_of_each() -> None:
    given = [prompt(FIRST, id=1, done=("UANA",)), prompt(SECOND, id=2, state="ended")]
    past = told(views.history(given, {FIRST.id: FIRST}))
    assert past.index("*second*") < past.index("*The first thing*")
    assert "✅ 1 did it" in past
    assert "put aside" in past
    assert "`/aipm learn now`" in told(views.history([], {}))


def test_a_record_is_the_persons_own_and_a_teams_has_no_scores() -> None:
    given = (prompt(FIRST, id=1, done=("UANA", "UBEN")), prompt(SECOND, id=2, done=("UANA",)))
    lessons = {FIRST.id: FIRST, SECOND.id: SECOND}
    mine = Record("UANA", given, (Quizzed("first", 1, 2, NOW),))
    for words in (told(views.record(mine, lessons)), export.record(mine, lessons)):
        assert all(part in words for part in ("The first thing", "The second thing", "1 of 2 right"))
    team = TeamRecord(HERE, given)
    for words in (told(views.team_record(team, lessons)), export.team_record(team, lessons)):
        assert words.index("UANA") < words.index("UBEN")
        assert "right" not in words
    assert "- 2026-03-02 The second thing: 1 did it" in export.team_record(team, lessons)
    assert "None yet." in export.record(Record("UANA", (), ()), lessons)


# Golden pictures

PICTURES: Mapping[str, Message | Modal] = {
    "lesson": post(why="“Check results” was at risk twice", done=("UANA", "UBEN")),
    "learning": outline(),
    "quiz": modals.quiz(FIRST, 7),
}


@pytest.mark.parametrize("name", PICTURES)
def test_it_looks_as_it_did(name: str) -> None:
    """Run with REWRITE_GOLDEN=1 to take a new picture; look at what changed before you keep it."""
    path = GOLDEN / "learning" / f"{name}.json"
    now = json.dumps(PICTURES[name].payload(), indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("REWRITE_GOLDEN"):
        path.write_text(now, "utf-8")
    assert json.loads(path.read_text("utf-8")) == json.loads(now)


def test_there_is_no_picture_of_nothing() -> None:
    assert {path.stem for path in Path(GOLDEN / "learning").glob("*")} == set(PICTURES)
