"""Slack is slow, refuses, forgets or breaks off: every card is there once and right in the end, and people are told."""

from collections.abc import Iterator

import pytest

from sandbox.client import Json, words
from tests.e2e.team import HELPED, TICK, Team, at_once, block_of, boxes

POST, UPDATE = "chat.postMessage", "chat.update"
BROKEN = ["error_before", "error_after", "dropped_before", "dropped_after", "timeout_after"]
"""What leaves open whether Slack did it: each either before or after it did."""


@pytest.fixture
def no_history(crew: Team) -> Iterator[None]:
    """Slack granted no scope to read what is in a channel."""
    crew.client.set_scope("channels:history", granted=False)
    yield
    crew.client.set_scope("channels:history", granted=True)


def calls(crew: Team, method: str) -> list[Json]:
    """List the calls of a method about the system, oldest first."""
    made = crew.client.traffic(method, "in")
    return [one for one in made if crew.system in str(one["request"])]


def looked_up(crew: Team) -> int:
    """Count how often the coach has read what is in a channel."""
    return len(crew.client.traffic("conversations.history", "in"))


def settled(crew: Team) -> Json:
    """Tick twice, to see that the one card there is follows; give it."""
    card = crew.card()
    first, second, *_ = boxes(card)
    crew.tick(crew.ben, card, first)
    crew.tick(crew.chika, crew.card("1 of 9 done"), second)
    card = crew.card("2 of 9 done")
    assert len(crew.cards()) == 1
    return card


@pytest.mark.parametrize("kind", BROKEN)
def test_a_post_with_an_unclear_end_gives_one_card(crew: Team, kind: str) -> None:
    crew.client.fault(kind, POST, count=1)
    looks = looked_up(crew)
    crew.anna.command(crew.channel, f"/aipm llm-check {crew.system}")
    crew.until(lambda: looked_up(crew) > looks)
    crew.start("llm-check", channel="#launches")  # whatever follows from the look has begun before this is there
    settled(crew)
    assert len(calls(crew, POST)) == 1 + (2 if kind.endswith("before") else 1)
    assert not any(one["ephemeral"] for one in crew.seen(crew.anna))


@pytest.mark.parametrize("kind", BROKEN)
def test_a_redraw_with_an_unclear_end_is_right_in_the_end(crew: Team, kind: str) -> None:
    card = crew.start("llm-check")
    crew.client.fault(kind, UPDATE, count=1)
    crew.tick(crew.anna, card, next(iter(boxes(card))))
    crew.until(lambda: len(calls(crew, UPDATE)) == 2)
    assert boxes(crew.card("1 of 9 done"))[next(iter(boxes(card)))]


@pytest.mark.usefixtures("no_history")
def test_without_the_history_a_lost_card_is_asked_for_and_a_click_on_it_settles_it(crew: Team) -> None:
    crew.client.fault("dropped_after", POST, count=1)
    crew.anna.command(crew.channel, f"/aipm llm-check {crew.system}")
    crew.told(crew.anna, "If you see it, tick anything on it and I pick it up.")
    settled(crew)
    assert len(calls(crew, POST)) == 1
    assert not any(one["ephemeral"] for one in crew.seen(crew.ben))


@pytest.mark.usefixtures("no_history")
@pytest.mark.parametrize("kind", ["error_before", "timeout_after"])
def test_without_the_history_a_lost_card_is_posted_again_only_if_the_person_says_so(crew: Team, kind: str) -> None:
    crew.client.fault(kind, POST, count=1)
    crew.anna.command(crew.channel, f"/aipm llm-check {crew.system}")
    asked = crew.told(crew.anna, "I lost touch with Slack while posting your card.")
    there = [one["data"]["ts"] for one in crew.cards()]
    assert len(there) == (0 if kind == "error_before" else 1)
    crew.anna.click(asked, "card.post_again")
    crew.until(lambda: [one for one in crew.cards() if one["data"]["ts"] not in there])
    card = crew.card()
    crew.tick(crew.ben, card, next(iter(boxes(card))))
    crew.card("1 of 9 done")


def test_a_dead_token_is_reported_once_and_the_card_follows_when_it_works_again(crew: Team) -> None:
    crew.client.fault("invalid_auth", POST)
    crew.anna.command(crew.channel, f"/aipm llm-check {crew.system}")
    told = crew.told(crew.anna, "Slack no longer accepts my token")
    assert "`aipm doctor`; the card follows by itself" in words(told["data"])
    crew.until(lambda: len(calls(crew, POST)) > 1)
    crew.client.clear_faults()
    settled(crew)
    assert len([one for one in crew.seen(crew.anna) if one["ephemeral"]]) == 1


def test_a_token_that_dies_later_leaves_the_card_to_be_redrawn_when_it_works_again(crew: Team) -> None:
    card = crew.start("llm-check")
    crew.client.fault("uninstalled", UPDATE)
    crew.tick(crew.anna, card, next(iter(boxes(card))))
    crew.until(lambda: calls(crew, UPDATE))
    crew.client.clear_faults()
    crew.card("1 of 9 done")


def test_when_slack_asks_to_wait_the_first_post_waits_that_long(crew: Team) -> None:
    crew.client.fault("ratelimited", POST, count=1, seconds=1)
    crew.anna.command(crew.channel, f"/aipm llm-check {crew.system}")
    settled(crew)
    refused, taken = calls(crew, POST)
    assert (refused["status"], taken["status"]) == (429, 200)
    assert taken["at"] - refused["at"] >= 1


def test_when_slack_asks_to_wait_a_redraw_waits_that_long_and_shows_all_that_came_meanwhile(crew: Team) -> None:
    card = crew.start("llm-check")
    first, second, *_ = boxes(card)
    crew.client.fault("ratelimited", UPDATE, count=1, seconds=1)
    crew.tick(crew.anna, card, first)
    crew.until(lambda: calls(crew, UPDATE))
    crew.tick(crew.ben, card, second)
    crew.card("2 of 9 done")
    refused, taken = calls(crew, UPDATE)
    assert (refused["status"], taken["status"]) == (429, 200)
    assert taken["at"] - refused["at"] >= 1


def test_more_cards_at_once_than_slack_takes_all_arrive(crew: Team) -> None:
    names = [f"{crew.system}.{number}" for number in range(7)]
    crew.client.set_limits(True)
    try:
        at_once(*(lambda name=name: crew.anna.command(crew.channel, f"/aipm llm-check {name}") for name in names))
        for name in names:
            crew.card(system=name)
            assert len(crew.cards(system=name)) == 1
    finally:
        crew.client.set_limits(False)
    assert 429 in [one["status"] for one in calls(crew, POST)]


def test_a_slow_slack_does_not_keep_people_waiting_for_an_answer(crew: Team) -> None:
    crew.client.fault("slow", seconds=0.7)
    sent = crew.anna.command(crew.channel, f"/aipm llm-check {crew.system}")
    card = crew.card()
    ticked = crew.anna.tick(card, TICK, block_of(card, next(iter(boxes(card)))))
    for answered in (sent, ticked):
        assert answered["failed"] is None
        assert answered["took_ms"] < 700
    crew.card("1 of 9 done")


def test_a_form_that_comes_too_late_ends_in_a_sentence(crew: Team) -> None:
    card = crew.start("llm-check")
    crew.client.fault("slow", "views.open", count=1, seconds=0.5)
    crew.anna.click(card, "checklist.details")
    crew.client.advance(4)
    crew.told(crew.anna, "Slack closed the door before I could open the form. Please click again.")
    assert crew.anna.modal() is None
    crew.anna.click(card, "checklist.details")
    crew.anna.opened()


@pytest.mark.parametrize("kind", ["ratelimited", "error_before", "dropped_before"])
def test_a_form_that_slack_does_not_open_ends_in_a_sentence(crew: Team, kind: str) -> None:
    card = crew.start("llm-check")
    crew.client.fault(kind, "views.open", count=1, seconds=1)
    crew.anna.click(card, "checklist.details")
    crew.told(crew.anna, "If nothing has happened, please try again in a minute.")


@pytest.mark.parametrize("kind", ["ratelimited", "error_before", "dropped_before"])
def test_an_export_that_slack_does_not_take_ends_in_a_sentence(crew: Team, kind: str) -> None:
    crew.anna.click(crew.start("llm-check"), "checklist.export")
    crew.anna.opened()
    crew.client.fault(kind, "files.getUploadURLExternal", count=1, seconds=1)
    crew.anna.submit()
    crew.told(crew.anna, "If nothing has happened, please try again in a minute.")


def test_a_request_that_is_delivered_twice_acts_once(crew: Team) -> None:
    crew.client.fault("twice")
    crew.anna.command(crew.channel, f"/aipm drift-response {crew.system}")
    card = crew.card()
    first, second, *_ = boxes(card)
    crew.tick(crew.anna, card, first)
    crew.answer(crew.ben, crew.card("1 of 20"), second, state="na", note="Not here")
    card = crew.card("Not here")
    crew.anna.click(card, "response.entry")
    crew.anna.opened()
    crew.anna.submit({"text": "Rolled back"})
    card = crew.card("Rolled back")
    crew.anna.click(card, "response.contain")
    card = crew.card("Marked contained.")
    crew.more(crew.anna, card, "history")
    past = words(crew.anna.opened("started it")["data"]).splitlines()
    assert len([one for one in past if one.startswith("• ")]) == 5
    assert len(crew.cards()) == 1
    assert not any(one["ephemeral"] for who in (crew.anna, crew.ben) for one in crew.seen(who))


def test_a_mention_that_is_delivered_twice_is_answered_once(crew: Team) -> None:
    crew.client.fault("twice")
    crew.ben.send(crew.channel, "@aipm help")
    crew.told(crew.ben, HELPED)
    crew.ben.send(crew.channel, f"@aipm llm-check {crew.system}")
    settled(crew)
    assert len([one for one in crew.seen(crew.ben) if one["ephemeral"]]) == 1


def test_a_mention_that_did_not_get_through_is_acted_on_at_its_repetition(crew: Team) -> None:
    crew.client.fault("unreachable", "app_mention", count=1)
    crew.ben.send(crew.channel, f"@aipm llm-check {crew.system}")
    settled(crew)


def test_a_modal_that_is_submitted_twice_starts_one_run(crew: Team) -> None:
    crew.anna.command(crew.channel, "/aipm llm-check")
    crew.anna.opened()
    crew.client.fault("twice", "view_submission")
    crew.anna.submit({"system": crew.system})
    settled(crew)
    assert crew.stage.deliver(crew.stage.sent("view_submission")) == (200, "")
    assert not any(one["ephemeral"] for one in crew.seen(crew.anna))
