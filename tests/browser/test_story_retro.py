"""A retro in the browser: nothing typed is lost, and its card is read on a phone."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Opener
from tests.browser.stage import PHONE, Card, Window

HEADING = re.compile(r"^Retro \d+ · Alarm model v3$")
HAPPENED = "Shops in Portugal saw twice as many alarms."


def test_a_retro_is_written_left_found_again_logged_and_read_on_a_phone(window: Opener, anna: Window) -> None:
    form = begin(anna)
    add(form)
    form.get_by_label("What else will you do?").fill("Ask the shops")
    form.get_by_role("button", name="Log it").click()
    expect(form.get_by_text("Choose one person who sees to it")).to_be_visible()
    form.get_by_role("button", name="Cancel").click()
    expect(form).to_be_hidden()
    finish(anna)
    phone = window("ben", size=PHONE)
    card = retro_in(phone)
    expect(card.root.get_by_text(HAPPENED)).to_be_visible()
    expect(card.root.get_by_text("Add a table by country")).to_be_visible()
    expect(card.root.get_by_text("Causes: Data")).to_be_visible()
    assert phone.overflowing() == []


def retro_in(window: Window) -> Card:
    """Find the card, whatever its number."""
    shown = window.page.get_by_role("heading", name=HEADING)
    return Card(window.log.get_by_role("article").filter(has=shown).last)


def begin(anna: Window) -> Locator:
    """Type into the form for a system."""
    anna.type("/aipm retro Alarm model v3")
    form = anna.dialog("Retro")
    expect(form.get_by_label("System")).to_have_value("Alarm model")
    form.get_by_label("What did we expect").fill(HAPPENED)
    form.get_by_label("Data", exact=True).check()
    return form


def add(form: Locator) -> None:
    """Add an action, while what stands above stays."""
    form.get_by_label("What will you do?").fill("Add a table by country")
    form.get_by_label("Who sees to it").select_option(label="Ben Ortiz")
    form.get_by_label("By when").fill("2999-03-20")
    form.get_by_role("button", name="Add this action").click()
    expect(form.get_by_label("What else will you do?")).to_have_value("")
    expect(form.get_by_label("What did we expect")).to_have_value(HAPPENED)


def finish(anna: Window) -> None:
    """Find the draft again, say what was missing, and log it."""
    anna.type("/aipm retro")
    form = anna.dialog("Retro")
    expect(form.get_by_text("Your draft of")).to_be_visible()
    expect(form.get_by_label("What did we expect")).to_have_value(HAPPENED)
    expect(form.get_by_label("What else will you do?")).to_have_value("Ask the shops")
    form.get_by_label("Who sees to it").select_option(label="Chika Ito")
    form.get_by_label("By when").fill("2999-03-21")
    form.get_by_role("button", name="Log it").click()
    expect(retro_in(anna).root.get_by_text("Ask the shops")).to_be_visible()
