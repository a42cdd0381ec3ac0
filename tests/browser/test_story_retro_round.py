"""Three people answer on their own before one of them writes; and a retro that was logged survives a killed bot."""

import os
import re
import signal
import sys

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Opener
from tests.browser.stage import Stage, Window

CHANNEL = "launches"
SAID = {
    "anna": "Half of the alarms were false.",
    "ben": "The test set had no shops from Portugal.",
    "chika": "Nobody dared to move the date.",
}
BACK = 60_000
"""Milliseconds: a bot that was killed often is started again more slowly, and for half a minute Slack might still take
a post that was under way."""


def retros(window: Window, system: str) -> Locator:
    return window.page.get_by_role("heading", name=re.compile(rf"^Retro \d+ · {re.escape(system)}$"))


def begin(window: Window, system: str) -> Locator:
    window.type(f"/aipm retro {system}")
    form = window.dialog("Retro")
    form.get_by_label("What did we expect").fill("Fewer alarms.")
    return form


def answer(window: Window, call: str, question: str, text: str, *, nameless: bool = False) -> None:
    window.card(call).button("Answer").click()
    form = window.dialog("Your answer")
    form.get_by_label(question).fill(text)
    form.get_by_label("Without my name").set_checked(nameless)
    form.get_by_role("button", name="Send").click()
    expect(form).to_be_hidden()


def test_three_answer_on_their_own_and_one_of_them_writes(window: Opener, system: str) -> None:
    anna, ben, chika = (window(who, CHANNEL) for who in ("anna", "ben", "chika"))
    call = f"Answers first · {system}"
    begin(anna, system).get_by_role("button", name="Collect answers first").click()
    told = anna.dialog("Answers first")
    expect(told).to_contain_text("What you typed is kept as your draft.")
    told.get_by_role("button", name="Close all").click()
    expect(ben.card(call).root.get_by_text("Nobody has answered yet.")).to_be_visible()
    answer(anna, call, "What did", SAID["anna"])
    answer(ben, call, "Why was", SAID["ben"], nameless=True)
    answer(chika, call, "Why was", SAID["chika"])
    for who in (anna, ben, chika):
        expect(who.card(call).root.get_by_text("3 people have answered.")).to_be_visible()
        for text in SAID.values():
            expect(who.page.get_by_text(text)).to_have_count(0)
    ben.card(call).button("Write the retro").click()
    expect(ben.whisper("reads these answers until they are in the retro")).to_be_visible()

    anna.card(call).button("Write the retro").click()
    beside = anna.dialog("Answers")
    for text in SAID.values():
        expect(beside.get_by_text(text)).to_be_visible()
    expect(beside).not_to_contain_text("Ben Ortiz")
    expect(beside.get_by_text("Without a name")).to_be_visible()
    beside.get_by_label("The answers, listed under each question").check()
    beside.get_by_role("button", name="Write the retro").click()
    form = anna.dialog("Retro")
    expect(form.get_by_label("What did we expect")).to_have_value(f"• {SAID['anna']}")
    expect(form.get_by_label("Why was there")).to_have_value(re.compile(re.escape(SAID["ben"])))
    form.get_by_role("button", name="Log it").click()
    expect(retros(ben, system)).to_have_count(1)
    is_closed(ben, system)
    drop_the_draft(anna)


def is_closed(window: Window, system: str) -> None:
    closed = window.card(f"Answers closed · {system}")
    expect(closed.root.get_by_text("Answers are closed: 3 people answered.")).to_be_visible()
    expect(closed.root.get_by_role("link", name=re.compile(r"^Retro \d+$"))).to_be_visible()
    expect(closed.button("Answer")).to_have_count(0)


def drop_the_draft(window: Window) -> None:
    """Find what was half written before the answers came, and start afresh: the next retro here is another one."""
    window.type("/aipm retro")
    form = window.dialog("Retro")
    expect(form.get_by_label("What did we expect")).to_have_value("Fewer alarms.")
    form.get_by_role("button", name="Start afresh").click()
    window.dialog("Start afresh?").get_by_role("button", name="Start afresh").click()
    expect(form.get_by_label("What did we expect")).to_have_value("")
    form.get_by_role("button", name="Cancel").click()
    expect(form).to_be_hidden()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(("fault", "cards"), [("ratelimited", 0), ("timeout_after", 1)], ids=["before", "after"])
def test_a_bot_that_is_killed_at_its_card_comes_back_with_one(
    stage: Stage, window: Opener, system: str, fault: str, cards: int
) -> None:
    anna, ben = window("anna", CHANNEL), window("ben", CHANNEL)
    stage.client.fault(fault, "chat.postMessage")
    form = begin(anna, system)
    form.get_by_role("button", name="Log it").click()
    expect(form).to_be_hidden()
    expect(retros(ben, system)).to_have_count(cards)
    os.kill(stage.bot(), signal.SIGKILL)
    expect(ben.page.get_by_role("alert").filter(has_text="The bot stopped (exit code -9)")).to_be_visible()
    expect(retros(ben, system)).to_have_count(cards)
    stage.client.clear_faults()
    expect(ben.page.get_by_text("The bot stopped")).to_have_count(0, timeout=BACK)
    ben.type(f"/aipm retro list {system}")
    listed = ben.whisper("The newest retros")
    expect(listed.get_by_text(re.compile(rf"Retro \d+ · {re.escape(system)}"))).to_have_count(1)
    expect(retros(anna, system)).to_have_count(1, timeout=BACK)
    card = anna.log.get_by_role("article").filter(has=retros(anna, system))
    card.get_by_role("button", name="Edit").click()
    form = anna.page.get_by_role("dialog", name=re.compile("^Edit retro"))
    form.get_by_label("Why was there").fill("The bot was killed.")
    form.get_by_role("button", name="Save").click()
    expect(ben.log.get_by_role("article").filter(has=retros(ben, system))).to_contain_text("The bot was killed.")
    expect(retros(ben, system)).to_have_count(1)
