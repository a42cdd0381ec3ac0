"""A model drifts: roles, the clock, the timeline by button and from a message."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.stage import Card, Window


@pytest.fixture
def card(anna: Window, ben: Window, system: str) -> Card:
    """The card of a drift-response that Ben started, as Anna sees it."""
    ben.type(f"/aipm drift-response {system}")
    return anna.card(f"Drift response · {system}")


def test_the_team_takes_roles_and_stops_the_clock(anna: Window, card: Card) -> None:
    expect(card.root.get_by_text("No preparation on record")).to_be_visible()
    card.button("Severity and roles").click()
    form = anna.dialog("Severity and roles")
    form.get_by_label("Severity").select_option(label="S2: a group or market clearly worse served")
    form.get_by_label("Lead").select_option(label="Anna Berg")
    form.get_by_label("Operations").select_option(label="Ben Ortiz")
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    facts = card.root.locator(".fields")
    expect(facts).to_contain_text(re.compile(r"Severity\s*S2: a group or market.*Lead\s*@Anna Berg", re.DOTALL))
    expect(facts).to_contain_text(re.compile(r"Communications\s*nobody.*Contained\s*not yet", re.DOTALL))
    card.button("Mark contained").click()
    anna.dialog("Mark it contained?").get_by_role("button", name="Contained").click()
    expect(facts).to_contain_text(re.compile(r"Contained\s*\d\d \w{3} \d\d:\d\d UTC"))
    expect(card.button("Mark contained")).to_have_count(0)


def test_the_timeline_grows_by_button_and_by_shortcut(anna: Window, ben: Window, card: Card, system: str) -> None:
    card.button("Add to timeline").click()
    form = anna.dialog("Add to timeline")
    form.get_by_label("What happened?").fill("Score distribution jumped for prepaid cards")
    form.get_by_role("button", name="Add").click()
    expect(card.root.get_by_text("Score distribution jumped for prepaid cards").first).to_be_visible()
    ben.type("Rolled back to v2 at the gateway")
    said = ben.message("Rolled back to v2 at the gateway")
    said.hover()
    said.get_by_label("Message actions").click()
    said.get_by_role("button", name=re.compile("timeline")).click()
    form = ben.dialog("Add to timeline")
    expect(form.get_by_label("What happened?")).to_have_value("Rolled back to v2 at the gateway")
    which = form.get_by_label("Which drift-response?")
    if which.count():
        which.select_option(label=system)
    form.get_by_role("button", name="Add").click()
    expect(form).to_be_hidden()
    entry = card.root.get_by_text("Rolled back to v2").first
    expect(entry).to_be_visible()
    expect(card.root.get_by_role("link", name="message")).to_be_visible()
