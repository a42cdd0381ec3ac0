"""What the handlers of the weekly prompts answer where a story over HTTP does not get to."""

from dataclasses import replace
from datetime import time

import pytest

from bot.app import Coach
from bot.errors import LessonGone, Refused
from bot.learning import views
from bot.learning.model import Wish
from bot.library import Library
from handlers import learning
from handlers.requests import Action, Reply, Request
from tests.samples import ANA, HERE

WISH = Wish("core", 1, time(10), "Europe/Berlin")
ASKED = Request("command", "T1", "UBEN", "c:1", channel=HERE, trigger="t", text="learn")


@pytest.fixture
def coach(coach: Coach) -> Coach:
    coach.learning.subscribe(WISH, by=ANA, channel=HERE)
    return coach


def said(reply: Reply) -> str:
    return reply.say.text if reply.say else ""


def typed(coach: Coach, text: str, user: str = "UANA") -> Reply:
    return learning.learn(replace(ASKED, text=f"learn {text}", user=user, key=f"c:{text}{user}"), coach)


def clicked(coach: Coach, action: str, user: str = "UANA") -> Request:
    """Give a click on a post that stands in the channel."""
    prompt = coach.learning.give_now(HERE, by=ANA)
    return Request(
        "action", "T1", user, "a:1", channel=HERE, message_ts="1.2", action=Action(action, value=str(prompt.id))
    )


def test_who_may_be_an_admin_is_looked_up_and_told_to_try_again(coach: Coach) -> None:
    for word in ("stop", "pause", "skip", "resume", "subscribe core friday", "record team"):
        reply = typed(coach, word, "UBEN")
        assert "<@UANA>" in said(reply)
        assert said(reply).endswith("if you are, try again in a moment.")
        assert reply.meet == {"UBEN"}
    coach.installs.note_person("T1", "UBEN", zone="Europe/Berlin", admin=False)
    assert "try again" not in said(typed(coach, "stop", "UBEN"))
    coach.installs.note_person("T1", "UBEN", zone="Europe/Berlin", admin=True)
    assert said(typed(coach, "stop", "UBEN")).startswith("✓ Stopped.")


def test_a_question_is_put_into_the_thread_once(coach: Coach) -> None:
    click = clicked(coach, views.DISCUSS)
    first = learning.discuss(click, coach)
    assert first.deliver
    assert first.draw
    second = learning.discuss(replace(click, key="a:2", user="UBEN"), coach)
    assert not second.deliver
    assert "in the thread of this post already" in said(second)


def test_a_lesson_that_is_gone_from_the_content_has_no_quiz(coach: Coach) -> None:
    click = clicked(coach, views.QUIZ)
    assert learning.ask(click, coach).modal
    with pytest.raises(LessonGone):
        learning.ask(click, replace(coach, library=Library({}, {})))
    with pytest.raises(LessonGone):
        learning.ask(replace(click, action=Action(views.QUIZ, value="999")), coach)


def test_words_change_only_what_they_name(coach: Coach) -> None:
    coach.learning.subscribe(replace(WISH, country="DE", by_gaps=False), by=ANA, channel=HERE)
    assert "every Friday at 10:00 (Europe/Berlin)" in said(typed(coach, "subscribe friday"))
    found = coach.learning.get("T1", HERE)
    assert (found.country, found.by_gaps, found.track) == ("DE", False, "core")


def test_subscribing_without_words_opens_the_form_as_it_stands(coach: Coach) -> None:
    modal = typed(coach, "subscribe").modal
    assert modal
    assert modal.submit == "Save"
    typed(coach, "stop")
    again = typed(coach, "subscribe").modal
    assert again
    assert again.submit == "Start"


def test_the_own_zone_is_taken_from_what_slack_says(coach: Coach) -> None:
    coach.installs.note_person("T1", "UBEN", zone="America/New_York", admin=False)
    there = replace(ASKED, text="learn subscribe core tue 9am", user="UBEN", channel="CTHERE")
    assert "(America/New_York)" in said(learning.learn(there, coach))
    nowhere = replace(there, user="UCLEO", channel="CELSE", key="c:2")
    assert learning.learn(nowhere, coach).modal


def test_a_pause_until_a_day(coach: Coach) -> None:
    assert "Paused until Monday 24 August 2026. Next: " in said_in_full(typed(coach, "pause until 2026-08-24"))
    assert "Paused until Monday 24 August 2026." in said_in_full(typed(coach, "pause 2026-08-24"))
    for day in ("until 2020-01-01", "until soon", "until 2026-02-30"):
        with pytest.raises(Refused, match="day"):
            typed(coach, f"pause {day}")


def said_in_full(reply: Reply) -> str:
    return str(reply.say.payload()) if reply.say else ""


def test_a_record_comes_as_a_page_and_as_a_file(coach: Coach) -> None:
    assert "Nothing yet." in said(typed(coach, "record"))
    learning.did(clicked(coach, views.DID), coach)
    assert said(typed(coach, "record")).startswith("You did 1 lesson")
    for which, title in ((views.MINE, "# What I did"), (views.TEAM, "# What this channel learned")):
        click = Request("action", "T1", "UANA", "a:3", channel=HERE, action=Action(views.RECORD_FILE, value=which))
        reply = learning.give_record(click, coach)
        assert reply.direct
        (text,) = reply.files.values()
        assert text.startswith(title)
