"""Where else people meet the coach: a channel without it, its Home, a direct message, a thread."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.stage import Stage

FIRST = "Know what the model supplier may do with your data"


def test_a_card_without_the_bot_says_how_to_invite_it_and_then_stays(stage: Stage, window: Opener, system: str) -> None:
    anna, ben = window("anna", "no-bot"), window("ben", "no-bot")
    heading = f"Language-model check · {system}"
    anna.type(f"/aipm llm-check {system}")
    told = anna.whisper("I am not in this channel")
    expect(told).to_contain_text("/invite @aipm")
    expect(ben.whisper("I am not in this channel")).to_have_count(0)
    ben.card(heading).box(FIRST).check()
    expect(anna.card(heading).root.get_by_text("1 of 9 done")).to_be_visible()
    anna.type("/invite @aipm")
    expect(anna.page.get_by_text("aipm is here")).to_be_visible()
    anna.card(heading).choose("Post the card again")
    expect(ben.log.get_by_role("heading", name=heading)).to_have_count(2)
    ben.card(heading).box(FIRST).uncheck()
    expect(anna.card(heading).root.get_by_text("0 of 9 done")).to_be_visible()
    stage.client.kick_bot("no-bot")


def test_home_lists_what_is_mine_and_what_to_type(window: Opener, system: str) -> None:
    ben = window("ben", "launches")
    ben.type(f"/aipm llm-check {system}")
    ben.card(f"Language-model check · {system}").button("Details").click()
    form = ben.dialog("Details")
    form.get_by_label("Owner").select_option(label="Ben Ortiz")
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    ben.page.get_by_role("link", name="aipm Home").click()
    home = ben.page.get_by_role("region", name="Home of aipm")
    expect(home.get_by_role("heading", name="Your AI-PM coach")).to_be_visible()
    expect(home.get_by_text("/aipm ethics-check [system version]")).to_be_visible()
    mine = home.get_by_role("link", name=f"Language-model check, {system}")
    expect(mine).to_be_visible()
    expect(home.get_by_text(FIRST)).to_be_visible()


def test_a_direct_message_reaches_the_same_commands(window: Opener) -> None:
    anna = window("anna", "dm")
    anna.type("help")
    expect(anna.message("Checklists that your team works through")).to_be_visible()
    anna.type("ethics-chek")
    expect(anna.message("Did you mean")).to_be_visible()


def test_a_mention_in_a_thread_starts_with_a_click_instead_of_a_trigger(window: Opener, system: str) -> None:
    anna, ben = window("anna", "launches"), window("ben", "launches")
    anna.type(f"We ship {system} on Monday")
    said = anna.message(f"We ship {system} on Monday")
    said.hover()
    said.get_by_label("Reply in thread").click()
    thread = anna.page.get_by_role("complementary", name="Thread")
    reply = thread.get_by_role("textbox", name="Reply…")
    reply.fill("@aipm llm-check")
    reply.press("Enter")
    thread.get_by_role("button", name="Choose the system").click()
    form = anna.dialog("Language-model check")
    name, _, version = system.rpartition(" ")
    form.get_by_label("System").fill(name)
    form.get_by_label("Version").fill(version)
    form.get_by_role("button", name="Start").click()
    expect(ben.card(f"Language-model check · {system}").root.get_by_text("0 of 9 done")).to_be_visible()
    reply.fill("@aipm help")
    reply.press("Enter")
    expect(thread.get_by_text(re.compile("Checklists that your team works"))).to_be_visible()
