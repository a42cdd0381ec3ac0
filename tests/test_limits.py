"""What Slack refuses is found, at the right place; what Slack takes passes."""

import json
import time
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.limits import Problem, Surface, problems
from tests.limits_cases import IN_A_MESSAGE, ON_A_SURFACE, TAKEN
from tests.slack_json import Json, actions, boxes, button, long, message, mrkdwn, plain, section

SURFACES: tuple[Surface, ...] = ("message", "modal", "home")


@pytest.mark.parametrize(("block", "pointer", "text"), IN_A_MESSAGE)
def test_a_mistake_in_a_block_is_found_where_it_is(block: object, pointer: str, text: str) -> None:
    found = problems(message(block), "message")
    assert [problem.pointer for problem in found] == [pointer]
    assert text in found[0].text


@pytest.mark.parametrize(("surface", "payload", "pointer", "text"), ON_A_SURFACE)
def test_a_mistake_on_a_surface_is_found_where_it_is(
    surface: Surface, payload: object, pointer: str, text: str
) -> None:
    found = problems(as_given(payload), surface)
    assert [problem.pointer for problem in found] == [pointer]
    assert text in found[0].text


@pytest.mark.parametrize(("surface", "payload"), TAKEN)
def test_what_slack_takes_passes(surface: Surface, payload: Json) -> None:
    assert problems(as_given(payload), surface) == []


def test_every_mistake_of_a_payload_is_told_at_once() -> None:
    found = problems(message(section(text=mrkdwn("")), actions(button(long(76)), button(style="x"))), "message")
    assert [problem.pointer for problem in found] == [
        "/blocks/0/text/text",
        "/blocks/1/elements/0/text/text",
        "/blocks/1/elements/1/style",
    ]


def test_a_problem_reads_as_slack_writes_it() -> None:
    found = problems(message(actions(button(long(76)))), "message")
    assert found == [Problem("/blocks/0/elements/0/text/text", "must be less than 76 characters")]


def test_a_full_card_is_checked_in_about_a_millisecond() -> None:
    rows_of_it = [actions(boxes(description_of(index)), block_id=str(index)) for index in range(40)]
    card = message(*rows_of_it)
    best = min(timed(card) for _ in range(20))
    assert best < 0.003  # 0.3 ms on a quiet machine


def as_given(payload: object) -> Json:
    return cast("Json", payload)  # a caller may hand over anything


def description_of(index: int) -> Json:
    return {"text": mrkdwn(f"*Item {index}*"), "value": "done", "description": mrkdwn("A hint")}


def timed(payload: Json) -> float:
    start = time.perf_counter()
    assert problems(payload, "message") == []
    return time.perf_counter() - start


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
WORDS = st.sampled_from(
    [
        "type",
        "text",
        "blocks",
        "elements",
        "element",
        "options",
        "option_groups",
        "initial_options",
        "value",
        "accessory",
        "fields",
        "label",
        "confirm",
        "rows",
        "chart",
        "series",
        "metadata",
        "title",
        "block_id",
        "action_id",
    ]
)
KINDS = st.sampled_from(
    [
        "section",
        "actions",
        "input",
        "table",
        "data_table",
        "checkboxes",
        "static_select",
        "plain_text",
        "mrkdwn",
        "rich_text",
        "pie",
        "line",
        "data_visualization",
        "container",
        "carousel",
        "modal",
        "home",
        "raw_text",
    ]
)
ANYTHING = st.recursive(
    LEAVES | KINDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=5),
    max_leaves=25,
)


@given(payload=ANYTHING, surface=st.sampled_from(SURFACES))
@settings(max_examples=300, deadline=None)
def test_no_json_makes_it_raise(payload: object, surface: Surface) -> None:
    assert all(isinstance(problem, Problem) for problem in problems(as_given(payload), surface))


@given(junk=ANYTHING, data=st.data())
@settings(max_examples=300, deadline=None)
def test_junk_anywhere_in_a_legal_payload_makes_it_neither_raise_nor_point_astray(
    junk: object, data: st.DataObject
) -> None:
    surface, legal = data.draw(st.sampled_from(TAKEN))
    spoilt = json.loads(json.dumps(legal))
    place = spoilt
    while isinstance(place, dict | list) and place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            place[key] = junk
            break
        place = place[key]
    for problem in problems(spoilt, surface):
        resolve(spoilt, problem.pointer)


def resolve(payload: Any, pointer: str) -> None:  # noqa: ANN401 - any JSON
    for step in pointer.split("/")[1:]:
        payload = payload[int(step)] if isinstance(payload, list) else payload[step]


def test_payloads_deeper_than_python_can_walk_are_refused_calmly() -> None:
    deep: Any = "end"
    for _ in range(50_000):
        deep = [deep]
    for surface in SURFACES:
        assert problems({"text": "a", "type": surface, "title": plain(), "blocks": [deep], "x": deep}, surface)
    tower = section(accessory=boxes(initial_options=[deep]))
    assert problems(message(tower), "message")
