"""The bot is killed while people tick; what was acknowledged is there when it is back."""

import os
import signal
import sys

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.stage import Stage, Window

TITLES = (
    "Know what the model supplier may do with your data",
    "Write the test questions before tuning the prompt",
    "Show each person only what they may open",
    "Make factual answers traceable, or say they are not",
)
LATE = "Attack it through the content it reads"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_bot_comes_back_with_every_acknowledged_tick(
    stage: Stage, window: Opener, anna: Window, ben: Window, system: str
) -> None:
    heading = f"Language-model check · {system}"
    anna.type(f"/aipm llm-check {system}")
    card = anna.card(heading)
    for title in TITLES:
        card.box(title).check()
    expect(card.root.locator("[aria-busy=true]")).to_have_count(0)
    expect(card.root.get_by_role("alert")).to_have_count(0)
    os.kill(stage.bot(), signal.SIGKILL)
    ben.card(heading).box(LATE).check()
    for person in (anna, ben):
        expect(person.page.get_by_role("alert").filter(has_text="The bot stopped (exit code -9)")).to_be_visible()
    expect(ben.card(heading).root.get_by_role("alert")).to_contain_text("This app did not respond")
    for person in (anna, ben):
        expect(person.page.get_by_text("The bot stopped")).to_have_count(0, timeout=30_000)
    chika = window("chika")
    expect(chika.card(heading).root.get_by_text("4 of 9 done")).to_be_visible()
    for title in TITLES:
        expect(chika.card(heading).box(title)).to_be_checked()
    chika.card(heading).box(LATE).check()
    expect(anna.card(heading).box(LATE)).to_be_checked()
    expect(anna.card(heading).root.get_by_text("5 of 9 done")).to_be_visible()
