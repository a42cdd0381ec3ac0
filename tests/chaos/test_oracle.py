"""The oracle itself: it must see what is wrong, or chaos proves nothing."""

from typing import Any

from tests.chaos.clients import Click, Screen, Watch, boxes
from tests.chaos.oracle import Ledger, differences

Json = dict[str, Any]


def card(*ticked: str, version: int = 1) -> Json:
    def block(item: str) -> Json:
        option = {"value": item, "text": {"type": "plain_text", "text": item}}
        drawn = {"initial_options": [option]} if item in ticked else {}
        element = {"type": "checkboxes", "action_id": "tick", "options": [option], **drawn}
        return {"type": "actions", "block_id": f"{item}~{version}", "elements": [element]}

    return {"ts": "1.0", "blocks": [block("A"), block("B")]}


def test_a_screen_keeps_what_was_clicked_while_the_block_id_stays() -> None:
    screen = Screen()
    screen.draw(card())
    assert [one["value"] for one in screen.toggle("A")["selected_options"]] == ["A"]
    screen.draw(card("B"))
    assert screen.boxes() == {"A": True, "B": False}
    screen.draw(card("B", version=2))
    assert screen.boxes() == {"A": False, "B": True}
    assert screen.toggle("B")["selected_options"] == []


def test_the_newest_click_counts_whenever_it_arrives() -> None:
    ledger = Ledger()
    ledger.note(Click("A", ticked=False, at=2), taken=True)
    ledger.note(Click("A", ticked=True, at=1), taken=True)
    assert list(ledger.wrong("here", {"A": False})) == []
    assert len(list(ledger.wrong("here", {"A": True}))) == 1
    assert len(list(ledger.wrong("here", {}))) == 1


def test_a_click_that_was_never_answered_may_count_or_not_if_it_is_the_newest() -> None:
    ledger = Ledger()
    ledger.note(Click("A", ticked=True, at=2), taken=True)
    ledger.note(Click("A", ticked=False, at=1), taken=False)
    assert ledger.allowed("A") == {True}
    ledger.note(Click("A", ticked=False, at=3), taken=False)
    assert ledger.allowed("A") == {True, False}
    ledger.note(Click("B", ticked=True, at=4), taken=False)
    assert ledger.allowed("B") == {True, False}
    assert ledger.told() == "1 of 4"


def test_a_card_that_shows_something_else_is_seen() -> None:
    assert list(differences("the card", {"A": True, "B": False}, boxes(card("A")["blocks"]))) == []
    assert len(list(differences("the card", {"A": True}, {"A": False, "B": False}))) == 2


def test_no_two_clicks_have_the_same_time() -> None:
    watch = Watch()
    times = [watch() for _ in range(1000)]
    assert times == sorted(set(times))
