"""What a newcomer types: help, half a command, a wrong word, a command without a system."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.stage import Window


def test_help_is_for_the_asker_alone_and_teaches_the_composer(anna: Window, ben: Window) -> None:
    anna.type("/aipm")
    helped = anna.whisper("Checklists that your team works through")
    for usage in ("/aipm ethics-check [system version]", "/aipm system SYSTEM [version]", "/aipm help"):
        expect(helped.get_by_text(usage, exact=True)).to_be_visible()
    expect(ben.whisper("Checklists that your team")).to_have_count(0)
    anna.composer.press_sequentially("/aipm dr")
    expect(anna.page.get_by_role("option").filter(has_text="/aipm drift-response prepare SYSTEM")).to_be_visible()
    anna.composer.press_sequentially("ift-response p")
    anna.composer.press("Tab")
    expect(anna.composer).to_have_value("/aipm drift-response prepare ")
    expect(anna.page.get_by_role("option")).to_have_count(0)


def test_a_slip_of_the_fingers_is_answered_with_what_was_meant(anna: Window, ben: Window) -> None:
    anna.type("/aipm ehtics-chek Fraud model v3")
    expect(anna.whisper("Did you mean /aipm ethics-check?")).to_contain_text("I do not know ehtics-chek.")
    expect(ben.whisper("Did you mean")).to_have_count(0)


def test_without_a_name_a_form_asks_and_keeps_what_was_typed(window: Opener, system: str) -> None:
    chika = window("chika", "launches")
    chika.type("/aipm ethics-check")
    form = chika.dialog("Ethics check")
    form.get_by_label("Predictive").check()
    form.get_by_label("Scope").select_option(label="Only: Data diversity")
    form.get_by_role("button", name="Start").click()
    expect(form.get_by_role("alert")).to_be_visible()
    expect(form.get_by_label("Predictive")).to_be_checked()
    name, _, version = system.rpartition(" ")
    form.get_by_label("System").fill(name)
    form.get_by_label("Version").fill(version)
    form.get_by_role("button", name="Start").click()
    card = chika.card(f"Ethics check · {system}")
    expect(card.root.get_by_text(re.compile("predictive system · only: Data diversity"))).to_be_visible()
    expect(card.root.get_by_text("0 of 10 done")).to_be_visible()


def test_the_same_command_again_offers_the_run_that_is_open(anna: Window, ben: Window, system: str) -> None:
    anna.type(f"/aipm llm-check {system}")
    heading = f"Language-model check · {system}"
    expect(ben.card(heading).root).to_be_visible()
    ben.type(f"/aipm llm-check {system.upper()}")
    offered = ben.whisper(f"{system} is open here already")
    expect(offered.get_by_role("link", name="Go to the card")).to_be_visible()
    expect(ben.log.get_by_role("heading", name=heading)).to_have_count(1)
