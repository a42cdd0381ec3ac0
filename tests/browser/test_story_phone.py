"""The same on a phone: 390 by 844, by touch, and nothing scrolls sideways."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.stage import PHONE, Window


@pytest.fixture
def phone(window: Opener) -> Window:
    """Anna's phone, in #launches."""
    return window("anna", "launches", PHONE)


def test_a_card_is_worked_through_on_a_phone(phone: Window, window: Opener, system: str) -> None:
    heading = f"Ethics check · {system}"
    phone.composer.tap()
    phone.type(f"/aipm ethics-check {system}")
    card = phone.card(heading)
    assert phone.overflowing() == []
    card.box("Name the harm before picking the metric").tap()
    ben = window("ben", "launches")
    expect(ben.card(heading).box("Name the harm before picking the metric")).to_be_checked()
    card.button("Details").tap()
    form = phone.dialog("Details")
    expect(form.get_by_role("button", name="Save")).to_be_in_viewport()
    assert phone.overflowing() == []
    form.get_by_label("At risk").tap()
    form.get_by_label("Note or reason").fill("w" * 120 + " https://wiki.example.com/" + "path" * 30)
    form.get_by_role("button", name="Save").tap()
    expect(form).to_be_hidden()
    expect(card.root.get_by_text(re.compile("At risk · w"))).to_be_visible()
    assert phone.overflowing() == []
    card.button("Sign off").tap()
    form = phone.dialog("Sign off")
    expect(form.get_by_role("button", name="Sign")).to_be_in_viewport()
    assert phone.overflowing() == []
    form.get_by_role("button", name="Cancel").tap()
    expect(phone.composer).to_be_in_viewport()
    for menu in (card.root.get_by_label("More options"), card.root.get_by_label("Message actions")):
        menu.tap()
        expect(card.root.locator("details[open]").get_by_role("button").first).to_be_in_viewport()
        assert phone.overflowing() == []


def test_every_surface_fits_a_phone_whatever_the_name(phone: Window, system: str) -> None:
    name = system.replace(" ", "_" * 40)
    phone.type(f"/aipm drift-response {name}")
    card = phone.card(f"Drift response · {name}"[:149] + "…")
    expect(card.root).to_be_visible()
    assert phone.overflowing() == []
    card.button("Severity and roles").tap()
    form = phone.dialog("Severity and roles")
    expect(form.get_by_role("button", name="Save")).to_be_in_viewport()
    assert phone.overflowing() == []
    form.get_by_role("button", name="Cancel").tap()
    phone.type("/aipm")
    expect(phone.whisper("Checklists that your team works through")).to_be_visible()
    assert phone.overflowing() == []
    phone.composer.press_sequentially("/aipm ")
    expect(phone.page.get_by_role("option").first).to_be_visible()
    assert phone.overflowing() == []
    phone.page.get_by_role("link", name="Open the list of channels").tap()
    phone.page.get_by_role("link", name="aipm Home").tap()
    expect(phone.page.get_by_role("heading", name="Your AI-PM coach")).to_be_visible()
    assert phone.overflowing() == []
