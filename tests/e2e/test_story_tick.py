"""Ticking a card together: two people, older drawings, boxes that are none any more."""

import copy

from sandbox.client import Json, PersonClient, words
from tests.e2e.team import TICK, Team, at_once, block_of, boxes


def clicked(team: Team, card: Json, item: str, *, ticked: bool, at: float | None = None) -> Json:
    """Make the payload of a click on a drawing that may be old, from one that Slack has sent: Anna's newest."""
    block = block_of(card, item)
    other = next(one for one in boxes(card) if one != item)
    team.anna.tick(card, TICK, block_of(card, other))
    payload = copy.deepcopy(team.stage.sent("block_actions"))
    drawn = next(one for one in card["data"]["blocks"] if one["block_id"] == block)["elements"][0]
    action = payload["actions"][0]
    action |= {"block_id": block, "selected_options": drawn["options"] if ticked else []}
    action |= {"action_ts": f"{at:.6f}"} if at else {}
    payload["trigger_id"] += "7"
    return payload


def last_did(team: Team, who: PersonClient) -> str:
    """Give the line of the card that says who did what last."""
    shown = words(team.card(by=who)["data"]).splitlines()
    return next(one.removeprefix("Last: ") for one in shown if one.startswith("Last: "))


def test_two_people_tick_at_once_and_both_see_both(team: Team) -> None:
    card = team.start("llm-check")
    first, second, *others = boxes(card)
    at_once(lambda: team.tick(team.anna, card, first), lambda: team.tick(team.ben, card, second))
    expected = {first: True, second: True} | dict.fromkeys(others, False)
    for who in (team.anna, team.ben, team.chika):
        shown = team.card(f"2 of {len(expected)} done", by=who)
        assert boxes(shown) == expected
        assert not any(one["ephemeral"] for one in team.seen(who))


def test_the_card_says_who_did_what_last_and_how_far_each_phase_is(team: Team) -> None:
    card = team.start("llm-check")
    item = next(iter(boxes(card)))
    team.tick(team.anna, card, item)
    assert "*Before you build* · 1 of 2" in words(team.card("1 of 9 done")["data"])
    assert last_did(team, team.ben).startswith("<@U0ANNABERG> ticked ")
    team.tick(team.ben, team.card(), item)
    assert "*Before you build* · 0 of 2" in words(team.card("0 of 9 done")["data"])
    assert last_did(team, team.anna).startswith("<@U0BENORTIZ> unticked ")


def test_one_person_ticks_everything_in_a_row(team: Team) -> None:
    card = team.start("ethics-check")
    team.tick(team.anna, card, *boxes(card))
    shown = team.card(f"{len(boxes(card))} of {len(boxes(card))} done")
    assert all(boxes(shown).values())
    assert "all must-haves met" in words(shown["data"])


def test_a_click_on_an_older_drawing_is_applied_without_a_word(team: Team) -> None:
    old = team.start("llm-check")
    item = next(iter(boxes(old)))
    team.tick(team.ben, old, item)
    new = team.card("1 of 9 done")
    team.tick(team.ben, new, item)
    team.until(lambda: not boxes(team.card())[item])
    assert team.stage.deliver(clicked(team, old, item, ticked=True)) == (200, "")
    team.until(lambda: boxes(team.card())[item])
    assert not any(one["ephemeral"] for one in team.seen(team.anna))


def test_of_two_clicks_on_one_item_the_newer_wins_whatever_arrives_last(team: Team) -> None:
    card = team.start("llm-check")
    item = next(iter(boxes(card)))
    team.tick(team.ben, card, item)
    shown = team.card("1 of 9 done")
    late = clicked(team, shown, item, ticked=False, at=float(card["data"]["ts"]))
    team.card("2 of 9 done")
    assert team.stage.deliver(late) == (200, "")
    team.until(lambda: block_of(team.card(), item) != block_of(shown, item))
    assert boxes(team.card())[item]


def test_a_changed_box_gets_a_new_place_so_that_every_screen_shows_it(team: Team) -> None:
    card = team.start("llm-check")
    first, second, *_ = boxes(card)
    team.tick(team.anna, card, first)
    shown = team.card("1 of 9 done")
    assert block_of(shown, first) != block_of(card, first)
    assert block_of(shown, second) == block_of(card, second)


def test_a_box_that_is_none_any_more_is_refused_with_a_sentence_to_that_person_only(team: Team) -> None:
    old = team.start("llm-check")
    item = next(iter(boxes(old)))
    team.answer(team.ben, old, item, state="na", note="No supplier: we run it ourselves")
    shown = team.card("No supplier")
    assert item not in boxes(shown)
    team.stage.deliver(clicked(team, old, item, ticked=True))
    team.told(team.anna, "That item is not a tick-box now: it is marked not applicable or at risk.")
    assert not any(one["ephemeral"] for one in team.seen(team.ben))
    assert "No supplier" in words(team.card()["data"])
