"""A team works through a checklist: from the command to the signature and the file."""

import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.browser.stage import Card, Window

USERS = "Write down who the system is for and who else it touches"
POPULATION = "Compare the data against the real population"
SAMPLES = "Set a minimum sample size per group before testing"
GENERATED = "Probe generated content for stereotypes and uneven quality"
REASON = "The model scores payments; it writes no text."
ACCEPTED = "Two weeks of shadow mode first; Chika owns it."


def test_a_team_goes_from_the_command_to_the_signed_record(anna: Window, ben: Window, system: str) -> None:
    heading = f"Ethics check · {system}"
    anna.type(f"/aipm ethics-check {system}")
    mine, his = anna.card(heading), ben.card(heading)
    expect(his.root.get_by_text("0 of 30 done")).to_be_visible()
    expect(his.root.get_by_text(re.compile("Started by @Anna Berg"))).to_be_visible()
    tick_at_the_same_moment((anna, mine.box(USERS)), (ben, his.box(SAMPLES)))
    for card in (mine, his):
        expect(card.box(USERS)).to_be_checked()
        expect(card.box(SAMPLES)).to_be_checked()
        expect(card.root.get_by_text("2 of 30 done")).to_be_visible()
    sign_with_reasons(ben, his)
    for card in (mine, his):
        expect(card.root.get_by_text(re.compile("Signed by @Ben Ortiz"))).to_be_visible()
        expect(card.root.get_by_text("Passed with risks in all 3 phases").first).to_be_visible()
        expect(card.root.get_by_role("checkbox")).to_have_count(0)
    reopen(anna, mine)
    for card in (mine, his):
        expect(card.box(USERS)).to_be_checked()
        expect(card.root.get_by_text(re.compile("@Anna Berg reopened it"))).to_be_visible()


def test_an_item_is_not_applicable_only_with_a_reason(anna: Window, ben: Window, system: str) -> None:
    heading = f"Ethics check · {system}"
    anna.type(f"/aipm ethics-check {system}")
    anna.card(heading).button("Details").click()
    form = anna.dialog("Details")
    expect(described(form)).to_contain_text(USERS)
    pick(form, GENERATED)
    expect(form.get_by_text("How to check")).to_be_visible()
    form.get_by_label("Not applicable").check()
    form.get_by_label("Evidence").fill("https://wiki.example.com/scope")
    form.get_by_role("button", name="Save").click()
    field = form.locator(".input", has=form.page.get_by_label("Note or reason"))
    expect(field.get_by_role("alert")).to_have_text("Say why it does not apply: the reason is part of the record.")
    expect(form.get_by_label("Evidence")).to_have_value("https://wiki.example.com/scope")
    expect(form.get_by_label("Not applicable")).to_be_checked()
    form.get_by_label("Note or reason").fill(REASON)
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    for window in (anna, ben):
        expect(window.card(heading).line(GENERATED)).to_contain_text(f"Not applicable · {REASON}")
        expect(window.card(heading).box(GENERATED)).to_have_count(0)


def test_picking_the_next_item_keeps_what_was_typed_for_this_one(anna: Window, ben: Window, system: str) -> None:
    heading = f"Ethics check · {system}"
    anna.type(f"/aipm ethics-check {system}")
    anna.card(heading).button("Details").click()
    form = anna.dialog("Details")
    form.get_by_label("At risk").check()
    form.get_by_label("Note or reason").fill("Merchants are missing from the list.")
    form.get_by_label("Owner").select_option(label="Ben Ortiz")
    pick(form, POPULATION)
    expect(form.get_by_text("Saved")).to_be_visible()
    expect(form.get_by_label("Note or reason")).to_have_value("")
    expect(form.get_by_label("Open", exact=True)).to_be_checked()
    form.get_by_role("button", name="Cancel").click()
    expect(ben.card(heading).line(USERS)).to_contain_text("Merchants are missing")
    ben.type("/aipm checklists")
    expect(ben.whisper("Your items, in all channels")).to_contain_text(USERS)


def test_the_export_is_a_file_in_the_channel_with_every_note(anna: Window, ben: Window, system: str) -> None:
    heading = f"Language-model check · {system}"
    ben.type(f"/aipm llm-check {system}")
    card = ben.card(heading)
    card.button("Details").click()
    form = ben.dialog("Details")
    form.get_by_label("Done", exact=True).check()
    form.get_by_label("Note or reason").fill("Clause 7 read on Monday: no training, *30 days* kept.")
    form.get_by_role("button", name="Save").click()
    expect(card.root.get_by_text("1 of 9 done")).to_be_visible()
    card.button("Export").click()
    form = ben.dialog("Export")
    form.get_by_label("CSV, for a sheet").check()
    form.get_by_role("button", name="Export").click()
    shared = anna.message(f"{system}, exported by @Ben Ortiz")
    expect(shared.get_by_role("link", name=re.compile("Download"))).to_have_count(2)
    for suffix in (".md", ".csv"):
        text = downloaded(anna, shared.get_by_role("link", name=re.compile(rf"\{suffix} ")))
        assert "Clause 7 read on Monday" in text
        assert "U0BENORTIZ" in text


def tick_at_the_same_moment(*clicks: tuple[Window, Locator]) -> None:
    """Press and release in both windows within milliseconds, before either can see the other's tick."""
    for window, box in clicks:
        box.hover()
        expect(box).not_to_be_checked()
        window.page.mouse.down()
    for window, _ in clicks:
        window.page.mouse.up()


def pick(form: Locator, item: str) -> None:
    """Choose another item in the picker at the top of the details."""
    form.get_by_role("combobox").first.select_option(label=item)
    expect(described(form)).to_contain_text(item)


def described(form: Locator) -> Locator:
    """Give the heading of the item that the details are about."""
    return form.locator(".section").first


def sign_with_reasons(window: Window, card: Card) -> None:
    """Sign, without reasons at first; then with one for each must-have that is not met."""
    card.button("Sign off").click()
    form = window.dialog("Sign off")
    expect(form.get_by_text(re.compile("must-haves are not met"))).to_be_visible()
    form.get_by_role("button", name="Sign").click()
    missing = form.get_by_role("alert")
    expect(missing.first).to_be_visible()
    reasons = form.get_by_role("textbox")
    for number in range(missing.count()):
        reasons.nth(number).fill(ACCEPTED)
    form.get_by_label("Comment").fill("Go, with the limits we agreed on.")
    form.get_by_role("button", name="Sign").click()
    expect(form).to_be_hidden()


def reopen(window: Window, card: Card) -> None:
    """Reopen, after the question whether that is meant."""
    card.button("Reopen").click()
    window.dialog("Reopen this checklist?").get_by_role("button", name="Reopen").click()


def downloaded(window: Window, link: Locator) -> str:
    """Download a file as a person does, and read it."""
    with window.page.expect_download() as started:
        link.click()
    return Path(started.value.path()).read_text("utf-8")
