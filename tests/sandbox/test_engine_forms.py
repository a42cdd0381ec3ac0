import asyncio
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import forms
from sandbox.clock import Clock
from sandbox.rates import Rates
from tests.sandbox.engine import actions, ask, boxes, button, option, writing


def one(element: dict[str, Any], *chosen: str) -> dict[str, object]:
    block = actions(element)
    held = forms.values([block], {"row::a": list(chosen)})["row"]["a"]
    return {key: value for key, value in held.items() if key != "type"}


@pytest.mark.parametrize(
    ("kind", "chosen", "held"),
    [
        ("users_select", ["U1"], {"selected_user": "U1"}),
        ("users_select", [], {"selected_user": None}),
        ("multi_users_select", ["U1", "U2"], {"selected_users": ["U1", "U2"]}),
        ("conversations_select", ["C1"], {"selected_conversation": "C1"}),
        ("multi_conversations_select", [], {"selected_conversations": []}),
        ("channels_select", ["C1"], {"selected_channel": "C1"}),
        ("multi_channels_select", ["C1"], {"selected_channels": ["C1"]}),
        ("datepicker", [""], {"selected_date": None}),
        ("timepicker", ["09:30"], {"selected_time": "09:30"}),
        ("datetimepicker", ["1700000000"], {"selected_date_time": 1700000000}),
        ("plain_text_input", ["a\r\nb"], {"value": "a\nb"}),
        ("number_input", ["7"], {"value": "7"}),
        ("url_text_input", [""], {"value": None}),
        ("email_text_input", [], {"value": None}),
    ],
)
def test_each_element_has_its_own_key(kind: str, chosen: list[str], held: dict[str, object]) -> None:
    assert one({"type": kind, "action_id": "a"}, *chosen) == held


def test_options_come_whole_and_in_their_own_order() -> None:
    assert one(boxes("a", "x", "y", "z"), "z", "x") == {"selected_options": [option("x"), option("z")]}
    groups = [{"label": {}, "options": [option("p")]}, {"label": {}, "options": [option("q")]}]
    select = {"type": "static_select", "action_id": "a", "option_groups": groups}
    assert one(select, "q") == {"selected_option": option("q")}
    assert one(select) == {"selected_option": None}


def test_buttons_and_menus_are_not_part_of_the_state() -> None:
    menu = {"type": "overflow", "action_id": "m", "options": [option("x")]}
    assert forms.values([actions(button(), menu)], {}) == {}


def test_a_form_starts_as_drawn() -> None:
    blocks = [
        actions(boxes("tick", "a", "b", ticked=("b",))),
        ask("note", writing(initial_value="so far")),
        ask("who", {"type": "multi_users_select", "action_id": "u", "initial_users": ["U1"]}),
        ask("at", {"type": "datetimepicker", "action_id": "d", "initial_date_time": 1700000000}),
    ]
    drawn = forms.initial(blocks)
    assert drawn == {
        "row::tick": ["b"],
        "note::text": ["so far"],
        "who::u": ["U1"],
        "at::d": ["1700000000"],
    }
    assert forms.fill(blocks, {"note": None, "tick": ["a"]}) == drawn | {"note::text": [], "row::tick": ["a"]}


def test_a_field_that_is_not_there_is_named() -> None:
    with pytest.raises(forms.FormError, match="there are: row::tick"):
        forms.fill([actions(boxes("tick", "a"))], {"tock": "a"})
    twice = [actions(boxes("tick", "a"), block_id="one"), actions(boxes("tick", "a"), block_id="two")]
    with pytest.raises(forms.FormError, match="2 fields"):
        forms.fill(twice, {"tick": "a"})
    assert forms.find(twice, "tick", "two")[0]["block_id"] == "two"


@given(st.lists(st.sampled_from("abcdef")))
def test_state_and_action_agree_on_what_is_ticked(chosen: list[str]) -> None:
    block = actions(boxes("tick", *"abcdef"))
    state = forms.values([block], {"row::tick": chosen})["row"]["tick"]
    action = forms.action(block, block["elements"][0], chosen, "1.000001")
    assert action["selected_options"] == state["selected_options"]
    assert [each["value"] for each in state["selected_options"]] == sorted(set(chosen))


@pytest.mark.parametrize(
    ("element", "text", "fine"),
    [
        ({"type": "email_text_input"}, "a@b.example", True),
        ({"type": "email_text_input"}, "a@b", False),
        ({"type": "url_text_input"}, "https://a.example/x", True),
        ({"type": "url_text_input"}, "a.example", False),
        ({"type": "number_input", "is_decimal_allowed": True}, "1.5", True),
        ({"type": "number_input", "is_decimal_allowed": False}, "one", False),
        ({"type": "number_input", "is_decimal_allowed": False, "min_value": "3"}, "2", False),
        ({"type": "number_input", "is_decimal_allowed": False, "max_value": "3"}, "4", False),
        ({"type": "plain_text_input"}, "x" * 3000, True),
        ({"type": "plain_text_input"}, "x" * 3001, False),
    ],
)
def test_the_client_checks_what_was_typed(element: dict[str, object], text: str, *, fine: bool) -> None:
    block = ask("b", {"action_id": "a", **element})
    assert (forms.mistakes([block], {"b::a": [text]}) == {}) is fine


def test_blocks_get_ids_without_touching_what_was_sent() -> None:
    sent = [{"type": "divider"}, actions({"type": "button"})]
    made = forms.with_ids(sent)
    assert made[0]["block_id"] != forms.with_ids(sent)[0]["block_id"]
    assert made[1]["elements"][0]["action_id"]
    assert sent == [{"type": "divider"}, actions({"type": "button"})]


def test_a_bucket_refills_with_time() -> None:
    rates = Rates()
    waits = [rates.wait_to_post("C1", 100.0) for _ in range(7)]
    assert waits == [0, 0, 0, 0, 0, 1, 1]
    assert rates.wait_to_post("C1", 101.0) == 0
    assert rates.wait("users.list", 2, 100.0) == 0
    spread = [rates.wait_to_post(f"C{number}", 101.0) for number in range(400)]
    assert 1 in spread


def test_who_waits_for_a_moment_is_woken_by_a_moved_clock() -> None:
    async def run() -> float:
        clock, began = Clock(), time.monotonic()
        waiting = asyncio.create_task(clock.wait_until(clock.now() + 3600))
        await asyncio.sleep(0)
        clock.advance(1800)
        await asyncio.sleep(0.01)
        assert not waiting.done()
        clock.advance(1800)
        await waiting
        return time.monotonic() - began

    assert asyncio.run(run()) < 1
    with pytest.raises(ValueError, match="only moves forward"):
        Clock().advance(-1)
