"""What a team learned, in three windows: logged, found, acted on, proven, and met in the next ethics check."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, expect

from bot.learning.views import WEEKDAYS
from tests.browser.conftest import Opener
from tests.browser.stage import PHONE, Stage, Window, playing

ZONE = "Europe/Berlin"
A_WEEK_OF_TICKS = 30_000
"""Milliseconds: the coach looks at every hour of the week before the page is answered."""

A_LOOK_ROUND = 30_000
"""Milliseconds: a retro's card learns of what was ticked elsewhere when the coach looks for cards that are behind."""

SYSTEM = "Alarm model v3"
RETRO = f"Retro 1 · {SYSTEM}"
HAPPENED = "Fewer false alarms; shops in Portugal saw twice as many."
CAUGHT = "A table by country in the evaluation."
TABLE, SUPPLIER = "Add a table by country", "Ask the supplier for the raw labels"
WIDE = f"Compare {'w' * 80}"
NOTE, LINK = "The table is on page 3 of the report.", f"https://wiki.example.com/{'path' * 30}"
ITEM, BRING = "Compare results by country", "The table, and who looked at it"
OVERDUE = re.compile("[0-9]+ actions? (is|are) overdue")
NONE_LEFT = "Nothing on this list is overdue any more."
PICTURE = re.compile("^Three charts, .*Causes named in retros: data 1.*1 done")


@pytest.fixture
def scene(browser: Browser, tmp_path: Path) -> Iterator[Stage]:
    """A sandbox of its own: its clock moves on, and what is added to a checklist stays."""
    assert browser.is_connected()
    with playing(tmp_path) as started:
        yield started


@pytest.fixture
def clock(window: Opener) -> Window:
    """Chika, an admin, with the clock open."""
    return window("chika", "fraud-team", panel="clock")


def day(ahead: int) -> datetime:
    """Give a day seen from the real today, which the coach goes by whatever the sandbox's clock shows."""
    return datetime.now(ZoneInfo(ZONE)) + timedelta(days=ahead)


def pass_weeks(clock: Window, weeks: int) -> None:
    button = clock.page.get_by_role("complementary", name="Clock").get_by_role("button", name="+ 1 week")
    for _ in range(weeks):
        with clock.page.expect_response(re.compile("/ui/clock"), timeout=A_WEEK_OF_TICKS) as answered:
            button.click()
        assert answered.value.ok


def begin(window: Window) -> Locator:
    """Open the form of a retro and answer what it asks."""
    window.type(f"/aipm retro {SYSTEM}")
    form = window.dialog("Retro")
    expect(form.get_by_label("System")).to_have_value("Alarm model")
    form.get_by_label("What did we expect").fill(HAPPENED)
    form.get_by_label("Data", exact=True).check()
    form.get_by_label("What would have caught it").fill(CAUGHT)
    return form


def fill_in(form: Locator, action: str, who: str, due: int) -> None:
    """Fill in the fields of one action."""
    form.get_by_label(re.compile("^What (else )?will you do")).fill(action)
    form.get_by_label("Who sees to it").select_option(label=who)
    form.get_by_label("By when").fill(f"{day(due):%Y-%m-%d}")


def add(form: Locator, action: str, who: str, due: int) -> None:
    fill_in(form, action, who, due)
    form.get_by_role("button", name="Add this action").click()
    expect(form.get_by_label("What else will you do?")).to_have_value("")


def digest_in_three_days(window: Window) -> None:
    """Have the weekly digest come on a day that is once in the next week, whenever the story is played."""
    window.type(f"/aipm actions digest {WEEKDAYS[day(3).weekday()].casefold()} 09:00")
    expect(window.whisper("✓ Saved.")).to_contain_text(f"every {WEEKDAYS[day(3).weekday()]} at 09:00")


def digests(window: Window) -> Locator:
    return window.log.get_by_role("article").filter(has_text=OVERDUE)


def test_a_retro_is_logged_found_acted_on_proven_and_met_in_the_next_check(
    anna: Window, ben: Window, clock: Window, window: Opener
) -> None:
    anna_logs_it(anna, ben, clock)
    ben_finds_it(ben)
    digest_in_three_days(anna)
    pass_weeks(clock, 1)
    expect(digests(ben)).to_have_count(0)
    pass_weeks(clock, 1)
    for who in (anna, ben, clock):
        expect(digests(who)).to_have_count(1)
    ben_proves_it(anna, ben)
    pass_weeks(clock, 3)
    expect(digests(clock)).to_have_count(0)
    expect(clock.log.get_by_text(NONE_LEFT)).to_have_count(1)
    the_proof_held(window("ben", "dm"), anna)
    an_item_is_proposed(anna, clock)
    the_next_check_shows_it(anna, ben)
    the_numbers_are_shown(anna, ben)
    expect(ben.card(RETRO).root).to_contain_text("Used in 1 checklist since, met in 1.", timeout=A_LOOK_ROUND)


def anna_logs_it(anna: Window, ben: Window, chika: Window) -> None:
    form = begin(anna)
    add(form, TABLE, "Ben Ortiz", due=5)
    fill_in(form, SUPPLIER, "Anna Berg", due=300)
    form.get_by_role("button", name="Log it").click()
    expect(form).to_be_hidden()
    for who in (anna, ben, chika):
        expect(who.card(RETRO).root.get_by_text("0 of 2 done")).to_be_visible()
        expect(who.card(RETRO).root).to_contain_text(TABLE)
    chika.type("/aipm actions")  # which has the coach learn from Slack that she is an admin
    expect(chika.whisper("Of others in this channel")).to_contain_text(TABLE)


def ben_finds_it(ben: Window) -> None:
    ben.type("/aipm retro search portug")
    found = ben.whisper("1 retro with portug")
    expect(found.get_by_text("Portugal", exact=True)).to_be_visible()
    expect(found.get_by_role("link", name=RETRO)).to_have_attribute("href", re.compile(r"/archives/C0FRAUDTEAM/p\d+$"))
    ben.type("/aipm actions")
    his = ben.whisper("Yours, in all channels")
    expect(his.get_by_role("button", name="Done…")).to_have_count(1)
    expect(his).to_contain_text(f"due {day(5).day} {day(5):%b} · retro 1 · {SYSTEM}")
    for text in (TABLE, "Of others in this channel", SUPPLIER):
        expect(his.get_by_text(text)).to_be_visible()


def ben_proves_it(anna: Window, ben: Window) -> None:
    digest = digests(ben)
    expect(digest).to_contain_text(TABLE)
    expect(digest).to_contain_text(f"🔴 was due {day(5).day} {day(5):%b}, 5 days overdue")
    expect(digest).not_to_contain_text(SUPPLIER)
    digest.get_by_role("button", name="Done…").click()
    form = ben.dialog("Done")
    form.get_by_role("button", name="Mark it done").click()
    expect(form.get_by_text("Say what proves it")).to_be_visible()
    form.get_by_label("What proves it?").fill(NOTE)
    form.get_by_role("button", name="Mark it done").click()
    expect(form).to_be_hidden()
    expect(anna.message(NONE_LEFT)).to_contain_text(NOTE)
    expect(anna.card(RETRO).root.get_by_text("1 of 2 done")).to_be_visible()


def the_proof_held(direct: Window, anna: Window) -> None:
    question = direct.message("Did the proof hold?")
    expect(question).to_contain_text(NOTE)
    question.get_by_role("button", name="It held").click()
    expect(direct.message("You said: it held.").get_by_role("button", name="It held")).to_have_count(0)
    expect(anna.card(RETRO).root).to_contain_text(f"{NOTE} · held after a month")


def an_item_is_proposed(anna: Window, chika: Window) -> None:
    anna.card(RETRO).button("Propose a checklist item").click()
    form = anna.dialog("Propose an item")
    expect(form.get_by_label("How does a team check it?")).to_have_value(CAUGHT)
    form.get_by_role("button", name="Propose").click()
    expect(form.get_by_role("alert")).not_to_have_count(0)
    form.get_by_label("Where should it stand?").select_option(label="Bias detection")
    form.get_by_label("What is to be done?").fill(ITEM)
    form.get_by_label("What is to be brought?").fill(BRING)
    form.get_by_role("button", name="Propose").click()
    expect(anna.whisper("✓ Proposed:")).to_contain_text(ITEM)
    accept(anna)
    expect(anna.whisper("Only a workspace admin decides")).to_be_visible()
    accept(chika)
    for who in (anna, chika):
        expect(who.card(RETRO).root).to_contain_text("The cause data has not come back.")
        expect(who.card(RETRO).button("Accept")).to_have_count(0)


def accept(window: Window) -> None:
    window.card(RETRO).button("Accept").click()
    window.page.get_by_role("dialog", name="Add this item?").get_by_role("button", name="Add it").click()


def the_next_check_shows_it(anna: Window, ben: Window) -> None:
    ben.type("/aipm ethics-check Alarm model v4")
    check = anna.card("Ethics check · Alarm model v4")
    expect(check.root).to_contain_text(f"{BRING} · added after retro 1")
    expect(check.root.get_by_role("link", name=RETRO)).to_be_visible()
    expect(ben.whisper("1 action from earlier retros of Alarm model is still open")).to_contain_text(SUPPLIER)
    check.box(ITEM).check()


def the_numbers_are_shown(anna: Window, ben: Window) -> None:
    anna.type("/aipm retro stats")
    told = anna.whisper("2 actions agreed, 1 done, 1 open.")
    expect(told.get_by_role("row")).to_have_count(4)  # a heading, and three months at least
    expect(told.get_by_role("cell", name="Data (1)")).to_be_visible()
    picture = ben.log.get_by_role("img", name=PICTURE)
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("complete", value=True)
    assert int(picture.evaluate("one => one.naturalWidth")) > PHONE["width"]


def test_on_a_phone_nothing_of_it_is_cut(window: Opener, clock: Window) -> None:
    phone = window("ben", "fraud-team", PHONE)
    a_phone_logs_it(phone)
    phone.type("/aipm actions")
    reach(phone, phone.whisper("Yours, in all channels"), "Done…", "Snooze a week")
    digest_in_three_days(phone)
    pass_weeks(clock, 1)
    a_phone_proves_it(phone)
    phone.card(RETRO).button("Propose a checklist item").tap()
    form = phone.dialog("Propose an item")
    expect(form.get_by_role("button", name="Propose")).to_be_in_viewport()
    assert phone.overflowing() == []
    form.get_by_role("button", name="Cancel").tap()
    phone.type("/aipm retro stats")
    expect(phone.log.get_by_role("img", name=PICTURE)).to_be_visible()
    phone.type("/aipm retro search zebra")
    expect(phone.whisper("I found nothing for zebra")).to_be_visible()
    assert phone.overflowing() == []


def a_phone_logs_it(phone: Window) -> None:
    form = begin(phone)
    expect(form.get_by_role("button", name="Log it")).to_be_in_viewport()
    add(form, WIDE, "Ben Ortiz", due=1)
    reach(phone, form, "More prompts", "Collect answers first", "Add this action")
    form.get_by_role("button", name="Log it").tap()
    reach(phone, phone.card(RETRO).root, "Edit", "Actions", "Propose a checklist item")


def a_phone_proves_it(phone: Window) -> None:
    digest = digests(phone)
    reach(phone, digest, "Done…", "Snooze a week")
    digest.get_by_label("More options").tap()
    expect(digest.get_by_role("button", name="Hand over…")).to_be_in_viewport()
    digest.get_by_role("button", name="Done…").tap()
    form = phone.dialog("Done")
    expect(form.get_by_role("button", name="Mark it done")).to_be_in_viewport()
    assert phone.overflowing() == []
    form.get_by_label("Or a link").fill(LINK)
    form.get_by_role("button", name="Mark it done").tap()
    expect(phone.message(NONE_LEFT)).to_be_visible()
    expect(phone.card(RETRO).root.get_by_role("link", name="wiki.example.com")).to_be_visible()
    assert phone.overflowing() == []


def reach(phone: Window, part: Locator, *buttons: str) -> None:
    """Scroll to each button, and see the whole of it."""
    for name in buttons:
        button = part.get_by_role("button", name=name, exact=True)
        button.scroll_into_view_if_needed()
        expect(button).to_be_in_viewport(ratio=1)
    assert phone.overflowing() == []
