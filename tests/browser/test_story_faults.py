"""Slack goes wrong, switched on from the page: what people see, and that nothing is said twice."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.stage import Stage, Window

FIRST = "Know what the model supplier may do with your data"


@pytest.fixture
def operator(window: Opener) -> Window:
    """Chika, with the fault switches open."""
    return window("chika", "general", panel="faults")


def switch_on(operator: Window, fault: str, method: str) -> None:
    """Let the next call of one method go wrong."""
    panel = operator.page.get_by_role("complementary", name="Faults")
    panel.get_by_label("Calls of").select_option(method)
    panel.get_by_label("How often").select_option("once")
    panel.get_by_role("switch", name=fault).check()
    expect(panel.get_by_text(f"{method}, 1 left")).to_be_visible()


def test_a_limit_of_slack_delays_the_card_and_loses_nothing(
    operator: Window, window: Opener, stage: Stage, system: str
) -> None:
    anna = window("anna", "general")
    switch_on(operator, "Answer 429 with Retry-After", "chat.postMessage")
    anna.type(f"/aipm llm-check {system}")
    heading = f"Language-model check · {system}"
    expect(operator.page.get_by_text("chat.postMessage, 1 left")).to_have_count(0)
    expect(anna.log.get_by_role("heading", name=heading)).to_have_count(0)
    expect(anna.card(heading).root.get_by_text("0 of 9 done")).to_be_visible(timeout=15_000)
    expect(anna.log.get_by_role("heading", name=heading)).to_have_count(1)
    assert stage.client.state()["faults"] == []


def test_a_post_without_an_answer_is_found_again_and_not_posted_twice(
    operator: Window, window: Opener, system: str
) -> None:
    anna, ben = window("anna", "general"), window("ben", "general")
    heading = f"Language-model check · {system}"
    switch_on(operator, "Do it, but never answer", "chat.postMessage")
    anna.type(f"/aipm llm-check {system}")
    ben.card(heading).box(FIRST).check()
    expect(anna.card(heading).root.get_by_text("1 of 9 done")).to_be_visible(timeout=40_000)
    expect(anna.card(heading).box(FIRST)).to_be_checked()
    expect(anna.log.get_by_role("heading", name=heading)).to_have_count(1)
