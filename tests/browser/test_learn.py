"""One idea a week: a team subscribes, weeks pass, and it does the lessons, on the desk and on a phone."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, expect

from bot import library
from bot.learning.views import WEEKDAYS
from bot.schema_lessons import Lesson, Question
from tests.browser.conftest import Opener
from tests.browser.stage import PHONE, Stage, Window, playing

ZONE = "Europe/Berlin"
A_WEEK_OF_TICKS = 30_000
"""Milliseconds: the coach looks at every hour of the week before the page is answered."""

CORE = list(library.load().tracks["core"])


@pytest.fixture
def scene(browser: Browser, tmp_path: Path) -> Iterator[Stage]:
    """A sandbox of its own: its clock moves on by weeks, and what a channel subscribes to stays."""
    assert browser.is_connected()
    with playing(tmp_path) as started:
        yield started


@pytest.fixture
def clock(window: Opener) -> Window:
    """Chika, with the clock open."""
    return window("chika", "fraud-team", panel="clock")


def heading(week: int) -> str:
    return f"Week {week} of {len(CORE)} · {CORE[week - 1].title}"


def in_three_days() -> str:
    """Name a weekday that comes once in the next week, whenever the story is played."""
    return WEEKDAYS[(datetime.now(ZoneInfo(ZONE)).weekday() + 3) % 7]


def pass_a_week(clock: Window) -> None:
    panel = clock.page.get_by_role("complementary", name="Clock")
    with clock.page.expect_response(re.compile("/ui/clock"), timeout=A_WEEK_OF_TICKS) as answered:
        panel.get_by_role("button", name="+ 1 week").click()
    assert answered.value.ok


def fill_in(form: Locator, day: str) -> None:
    form.get_by_label("Track").select_option(label="Core")
    form.get_by_label("Day", exact=True).select_option(label=day)
    form.get_by_label("Time", exact=True).fill("09:30")
    form.get_by_label(re.compile("^Time zone")).select_option(label=ZONE)


def lessons(window: Window) -> Locator:
    return window.log.get_by_role("heading", name=re.compile(r"^Week \d+ of "))


def test_a_team_gets_one_idea_a_week_and_none_in_a_pause(anna: Window, ben: Window, clock: Window) -> None:
    day = in_three_days()
    anna.type("/aipm learn subscribe")
    form = anna.dialog("Weekly prompts")
    fill_in(form, day)
    form.get_by_role("button", name="Start").click()
    expect(anna.whisper("✓ Started.")).to_contain_text(f"Core, every {day} at 09:30 ({ZONE})")
    expect(lessons(ben)).to_have_count(0)
    pass_a_week(clock)
    both_did_it(anna, ben)
    take_the_quiz(anna, ben)

    anna.whisper("Up next").get_by_role("button", name="Pause").click()
    paused = anna.whisper("Paused until you resume")
    expect(paused).to_be_visible()
    pass_a_week(clock)
    expect(lessons(ben)).to_have_count(1)
    paused.get_by_role("button", name="Resume").click()
    expect(anna.whisper("✓ They go on.")).to_contain_text(CORE[1].title)
    expect(lessons(ben)).to_have_count(1)
    pass_a_week(clock)
    for window in (anna, ben):
        expect(lessons(window)).to_have_text([heading(1), heading(2)])
    expect(anna.card(heading(2)).root).to_contain_text(" ".join(CORE[1].opening.split()))


def both_did_it(anna: Window, ben: Window) -> None:
    for window in (anna, ben):
        expect(lessons(window)).to_have_text([heading(1)])
        expect(window.card(heading(1)).root.get_by_text("did it:")).to_have_count(0)
    anna.card(heading(1)).button("We did it").click()
    expect(ben.card(heading(1)).root.get_by_text("1 did it:")).to_be_visible()
    ben.card(heading(1)).button("We did it").click()
    for window in (anna, ben):
        expect(window.card(heading(1)).root).to_contain_text("2 did it: @Anna Berg, @Ben Ortiz")


def take_the_quiz(anna: Window, ben: Window) -> None:
    """Answer the first question wrongly and the others rightly; nobody else learns of it."""
    quiz = CORE[0].quiz
    ben.card(heading(1)).button("Quiz me").click()
    form = ben.dialog("Quiz")
    form.get_by_role("button", name="Check").click()
    expect(form.get_by_role("alert")).to_have_count(len(quiz))
    answer(form, CORE[0], wrong=quiz[0])
    result = ben.dialog("Your answers")
    expect(result).to_contain_text(f"{len(quiz) - 1} of {len(quiz)} right.")
    expect(result).to_contain_text(f"✅ Right: {quiz[0].options[quiz[0].answer - 1]}")
    expect(result.get_by_text("❌ You said:")).to_have_count(1)
    for question in quiz:
        expect(result).to_contain_text(" ".join(question.why.split()))
    result.get_by_role("button", name="Close all").click()
    expect(result).to_be_hidden()
    expect(anna.page.get_by_role("dialog")).to_have_count(0)
    expect(anna.page.get_by_text("You said")).to_have_count(0)


def answer(form: Locator, lesson: Lesson, wrong: Question) -> None:
    for question in lesson.quiz:
        chosen = question.answer % len(question.options) if question == wrong else question.answer - 1
        form.get_by_label(question.options[chosen], exact=True).check()
    form.get_by_role("button", name="Check").click()


def test_on_a_phone_nothing_of_it_is_cut(window: Opener, clock: Window) -> None:
    phone = window("anna", "fraud-team", PHONE)
    phone.type("/aipm learn subscribe")
    form = phone.dialog("Weekly prompts")
    expect(form.get_by_role("button", name="Start")).to_be_in_viewport()
    assert phone.overflowing() == []
    fill_in(form, in_three_days())
    form.get_by_role("button", name="Start").tap()
    told = phone.whisper("✓ Started.")
    reach(phone, told, "Skip the next", "Pause", "Post one now", "Change", "History", "Stop")
    pass_a_week(clock)
    post = phone.card(heading(1))
    post.button("We did it").tap()
    expect(post.root.get_by_text("1 did it:")).to_be_visible()
    reach(phone, post.root, "We did it", "Discuss", "Quiz me", "Not this week")
    post.button("Quiz me").tap()
    form = phone.dialog("Quiz")
    expect(form.get_by_role("button", name="Check")).to_be_in_viewport()
    assert phone.overflowing() == []
    answer(form, CORE[0], wrong=CORE[0].quiz[-1])
    result = phone.dialog("Your answers")
    expect(result.get_by_text("❌ You said:")).to_be_visible()
    expect(result.get_by_role("button", name="Close all")).to_be_in_viewport()
    assert phone.overflowing() == []


def reach(phone: Window, part: Locator, *buttons: str) -> None:
    """Scroll to each button, and see the whole of it."""
    for name in buttons:
        button = part.get_by_role("button", name=name, exact=True)
        button.scroll_into_view_if_needed()
        expect(button).to_be_in_viewport(ratio=1)
    assert phone.overflowing() == []
