"""What the handlers of the questions that come back answer, and that Slack takes all that they show."""

import json
from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from bot import library
from bot.app import Coach
from bot.blocks import Message
from bot.errors import FieldErrors, QuestionGone
from bot.learning.reviews import views
from bot.learning.reviews.model import Rhythm, Wanted
from bot.library import Library
from handlers import quiz
from handlers.requests import Action, Reply, Request, View
from tests import catalogue_reviews as catalogue
from tests.catalogue_learning import lesson, question, track
from tests.samples import ANA, HERE, Clock
from tests.test_learning_views import check, longest, told

ASKED = Request("command", "T1", "UANA", "c:1", channel=HERE, trigger="t", text="quiz")
FIELDS = {"time": "08:15", "zone": "Europe/Berlin", "other_zone": "", "most": "5"}
FIRST = lesson()


def submitted(coach: Coach, **fields: str) -> Reply:
    view = View("V1", "h", views.SCHEDULING, {"channel": HERE}, FIELDS | fields)
    return quiz.save(Request("submission", "T1", "UANA", f"v:{fields}", view=view), coach)


def clicked(action: str, value: str = "", **more: Any) -> Request:  # noqa: ANN401 - fields of any type
    click = Request("action", "T1", "UANA", f"a:{action}{value}", channel=HERE, trigger="t")
    return replace(click, action=Action(action, value=value), **more)


def asked(coach: Coach) -> int:
    """Have a question on its way to Ana, from a quiz of which she had one wrong."""
    first = next(iter(coach.library.tracks["core"]))
    one = first.quiz[0]
    coach.learning.answer(first.id, {0: one.answer % len(one.options) + 1}, by=ANA)
    coach.reviews.enrol(Wanted(time(9), "Europe/Berlin", 3), by=ANA)
    return coach.reviews.give_now(by=ANA).id


def ids(message: Message | None) -> list[str]:
    assert message
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [one["action_id"] for row in rows for one in row]


# What Slack takes


def test_every_question_of_every_shipped_lesson() -> None:
    content = library.load()
    assert check(catalogue.of_questions(content), set()) > 3 * len(content.lessons)
    assert check(catalogue.of_standings(), set()) > 80


@pytest.mark.parametrize("letter", ["x", "&", "<", "é"])
def test_the_longest_question_that_the_schema_lets_through(letter: str) -> None:
    of = longest(letter)
    check(catalogue.of_questions(Library({}, {}, {"core": track("core", of)}, {of.id: of})), set())


@pytest.mark.parametrize("mark", ["&", "<", ">", "<!channel>", "<@U0EVIL>", "*", "`", "_"])
def test_a_teams_own_question_with_letters_that_slack_reads_as_markup(mark: str) -> None:
    many = (mark * 60)[:60]
    of = lesson(title=many, quiz=[question(text=many, options=[f"{mark} {n}" for n in range(4)], why=many)])
    check(catalogue.of_questions(Library({}, {}, {"core": track("core", of)}, {of.id: of})), set())


# What they say


def test_a_question_gives_nothing_away() -> None:
    message = views.question(catalogue.asked(FIRST), FIRST)
    assert ids(message) == [views.ANSWER]
    assert "Because it is." not in json.dumps(message.payload())
    radio = next(block for block in message.blocks if block["type"] == "actions")["elements"][0]
    assert [one["value"].partition(":")[0] for one in radio["options"]] == ["1", "2", "3"]
    assert "initial_option" not in radio


def test_a_wrong_answer_is_told_with_the_right_one_and_why() -> None:
    message = views.question(catalogue.answered(FIRST, 0, 3, 0.01), FIRST)
    assert "❌ You said: Both\n✅ Right: This\nBecause it is." in told(message)
    assert "It comes back soon." in told(message)
    assert ids(message) == []


def test_a_right_answer_can_be_too_easy_once() -> None:
    message = views.question(catalogue.answered(FIRST, 0, 1, 1), FIRST)
    assert "✅ You said: This\nBecause it is." in told(message)
    assert "It comes back in 1 day." in told(message)
    assert ids(message) == [views.EASY]
    easy = views.question(catalogue.answered(FIRST, 0, 1, 8, easy=True), FIRST)
    assert "It comes back in 8 days." in told(easy)
    assert ids(easy) == []


def test_a_rhythm_is_said_in_days() -> None:
    said = [views.rhythm(Rhythm(time(9), "UTC", most)) for most in (1, 2, 3, 7)]
    assert said == [
        "every Wednesday at 09:00 (UTC)",
        "every Tuesday and Thursday at 09:00 (UTC)",
        "every Monday, Wednesday and Friday at 09:00 (UTC)",
        "every day at 09:00 (UTC)",
    ]


# What the handlers do


def test_whoever_has_not_opted_in_is_told_what_it_is_and_can_begin(coach: Coach) -> None:
    reply = quiz.quiz(ASKED, coach)
    assert ids(reply.say) == [views.SCHEDULE]
    assert reply.meet == {"UANA"}
    coach.installs.note_person("T1", "UANA", zone="America/New_York", admin=False)
    modal = quiz.open_form(clicked(views.SCHEDULE), coach).modal
    assert modal
    assert modal.submit == "Start"
    fields = {block["block_id"]: block["element"] for block in modal.blocks if block["type"] == "input"}
    assert fields["zone"]["initial_option"]["value"] == "America/New_York"
    assert fields["most"]["initial_option"]["value"] == "3"


def test_the_form_is_kept_and_can_be_changed(coach: Coach) -> None:
    reply = submitted(coach)
    assert reply.channel == HERE
    assert reply.say
    assert "every Monday, Tuesday, Wednesday, Thursday and Friday at 08:15 (Europe/Berlin)" in told(reply.say)
    assert ids(reply.say) == [views.NOW, views.SCHEDULE, views.STOP]
    modal = quiz.open_form(clicked(views.SCHEDULE), coach).modal
    assert modal
    assert modal.submit == "Save"
    assert "Asia/Kathmandu" in told_of(submitted(coach, other_zone="asia/kathmandu"))


def told_of(reply: Reply) -> str:
    assert reply.say
    return told(reply.say)


@pytest.mark.parametrize(
    ("fields", "marked"),
    [
        ({"other_zone": "Mars/Olympus"}, "other_zone"),
        ({"zone": ""}, "zone"),
        ({"time": ""}, "time"),
        ({"most": ""}, "most"),
    ],
)
def test_what_is_missing_is_marked_where_it_was_typed(coach: Coach, fields: dict[str, str], marked: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        submitted(coach, **fields)
    assert set(refused.value.fields) == {marked}


def test_an_answer_and_too_easy_redraw_the_question(coach: Coach) -> None:
    number = asked(coach)
    right = next(iter(coach.library.tracks["core"])).quiz[0].answer
    reply = quiz.answer(clicked(views.ANSWER, f"{right}:{number}", message_ts="1.2"), coach)
    assert [(one.kind, one.subject) for one in reply.draw] == [("review", number)]
    drawn = coach.render(reply.draw[0])
    assert ids(drawn) == [views.EASY]
    assert quiz.too_easy(clicked(views.EASY, str(number)), coach).draw == reply.draw
    assert ids(coach.render(reply.draw[0])) == []


@pytest.mark.parametrize("value", ["", "1", "1:999", "x:y", "²:1"])
def test_a_click_on_what_is_not_there_is_refused_in_words(coach: Coach, value: str) -> None:
    with pytest.raises(QuestionGone):
        quiz.answer(clicked(views.ANSWER, value), coach)


def test_asking_now_has_it_delivered_and_stopping_ends_it(coach: Coach) -> None:
    asked(coach)
    coach.reviews.stop(by=ANA)
    coach.reviews.enrol(Wanted(time(9), "Europe/Berlin", 3), by=ANA)
    (sent,) = coach.outbox.listing("T1", ["skipped"])
    assert sent.kind == "review"
    submitted(coach)
    assert "✓ Stopped." in told_of(quiz.stop(clicked(views.STOP), coach))
    assert ids(quiz.quiz(ASKED, coach).say) == [views.SCHEDULE]


def test_the_question_that_was_asked_for_is_on_its_way(coach: Coach, clock: Clock) -> None:
    number = asked(coach)
    quiz.answer(clicked(views.ANSWER, f"1:{number}"), coach)
    clock.forward(minutes=1)
    reply = quiz.now(clicked(views.NOW), coach)
    assert reply.deliver
    assert "direct message" in told_of(reply)
