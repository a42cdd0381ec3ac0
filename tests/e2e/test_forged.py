"""Signed payloads that no client of Slack's would send: runs that are gone, of others, or that never were."""

import copy

import pytest

from sandbox.client import Json, words
from tests.e2e.team import DETAILS, Team, boxes, run_of

GONE = "This checklist is no longer here."


def clicked(team: Team, card: Json) -> Json:
    """Click a box as Anna, and give the payload, to be changed and delivered again."""
    team.tick(team.anna, card, next(iter(boxes(card))))
    payload = copy.deepcopy(team.stage.sent("block_actions"))
    payload["trigger_id"] += "7"
    return payload


def pressed(payload: Json, action_id: str, value: str) -> Json:
    """Make it a click on a button."""
    action = {"type": "button", "action_id": action_id, "block_id": "run", "value": value, "action_ts": "1.000001"}
    return {**payload, "actions": [action]}


@pytest.mark.parametrize("block", ["999999999:LL-01~0", "0:LL-01~0", "{run}:XX-99~0"])
def test_a_tick_on_a_run_or_an_item_that_is_not_there_ends_in_a_sentence(team: Team, block: str) -> None:
    card = team.start("llm-check")
    payload = clicked(team, card)
    payload["actions"][0]["block_id"] = block.format(run=run_of(card))
    assert team.stage.deliver(payload) == (200, "")
    team.told(team.anna, GONE)


@pytest.mark.parametrize(
    "block", ["", "~", ":", "x:LL-01~0", "-1:LL-01~0", "²:LL-01~0", "1e3:LL-01~0", f"{10**40}:LL-01~0"]
)
def test_a_tick_in_a_place_that_means_nothing_ends_in_a_sentence(team: Team, block: str) -> None:
    payload = clicked(team, team.start("llm-check"))
    payload["actions"][0]["block_id"] = block
    assert team.stage.deliver(payload) == (200, "")
    team.told(team.anna, GONE)


@pytest.mark.parametrize(
    "action_id",
    [DETAILS, "checklist.sign", "checklist.export", "checklist.reopen", "response.roles", "response.contain"],
)
def test_a_button_of_a_run_of_another_workspace_does_nothing_but_say_that_it_is_gone(
    team: Team, action_id: str
) -> None:
    card = team.start("drift-response")
    payload = clicked(team, card)
    before = words(team.card("1 of 20")["data"])
    payload |= {"team": {"id": "T0ELSEWHERE", "domain": "elsewhere"}}
    assert team.stage.deliver(pressed(payload, action_id, run_of(card))) == (200, "")
    team.told(team.anna, GONE)
    assert words(team.card()["data"]) == before
    assert team.anna.modal() is None


def test_a_tick_on_a_run_of_another_workspace_changes_nothing(team: Team) -> None:
    card = team.start("llm-check")
    payload = clicked(team, card)
    payload |= {"team": {"id": "T0ELSEWHERE", "domain": "elsewhere"}}
    payload["actions"][0] |= {"selected_options": [], "action_ts": "9999999999.000000"}
    assert team.stage.deliver(payload) == (200, "")
    team.told(team.anna, GONE)
    assert boxes(team.card("1 of 9 done"))[next(iter(boxes(card)))]


@pytest.mark.parametrize("meta", ["", "{}", "[]", '{"run": "x"}', '{"run": 999999, "item": "LL-01", "version": 0}'])
def test_a_form_of_a_run_that_is_not_there_keeps_what_was_typed_and_says_so(team: Team, meta: str) -> None:
    card = team.start("llm-check")
    item = next(iter(boxes(card)))
    team.answer(team.anna, card, item, state="done", note="Mine")
    team.card("1 of 9 done")
    payload = copy.deepcopy(team.stage.sent("view_submission"))
    payload["view"] |= {"id": f"V{run_of(card)}{len(meta)}", "private_metadata": meta}
    status, text = team.stage.deliver(payload)
    assert status == 200
    assert '"response_action": "errors"' in text
    assert GONE in text or "Something went wrong on my side (reference " in text


def test_a_control_that_does_not_exist_is_acknowledged_and_does_nothing(team: Team) -> None:
    payload = clicked(team, team.start("llm-check"))
    assert team.stage.deliver(pressed(payload, "no.such_control", "1")) == (200, "")
    assert not any(one["ephemeral"] for one in team.seen(team.anna))


def test_an_answer_goes_to_no_address_but_slacks_own(team: Team) -> None:
    payload = clicked(team, team.start("llm-check"))
    payload |= {"response_url": f"{team.stage.bot_url}/healthz"}
    payload["actions"][0]["block_id"] = "999999999:LL-01~0"
    assert team.stage.deliver(payload) == (200, "")
    team.told(team.anna, GONE)
    assert team.stage.client.traffic("chat.postEphemeral", "in")[-1]["request"]["user"] == "U0ANNABERG"


def test_a_run_number_in_the_overflow_of_another_run_is_read_as_it_stands(team: Team) -> None:
    card = team.start("llm-check")
    payload = clicked(team, card)
    assert team.stage.deliver(pressed(payload, "checklist.more", "discard:999999999")) == (200, "")
    team.told(team.anna, GONE)
    assert "Discarded" not in words(team.card("1 of 9 done")["data"])


def test_a_button_with_a_number_that_no_run_can_have_says_that_it_is_gone(team: Team) -> None:
    payload = clicked(team, team.start("llm-check"))
    assert team.stage.deliver(pressed(payload, DETAILS, str(10**40))) == (200, "")
    team.told(team.anna, GONE)
