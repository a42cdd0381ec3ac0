"""Channels in which the coach is no member, or may not write any more."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox.client import words
from tests.e2e.team import Team, boxes, run_of, title

pytestmark = pytest.mark.usefixtures("listening")

NO_BOT = "#no-bot"


@contextmanager
def invited(team: Team, channel: str) -> Iterator[None]:
    """Have the coach in a channel for a while."""
    team.client.invite_bot(channel)
    try:
        yield
    finally:
        team.client.kick_bot(channel)


@contextmanager
def removed(team: Team, channel: str) -> Iterator[None]:
    """Have the coach out of a channel for a while."""
    team.client.kick_bot(channel)
    try:
        yield
    finally:
        team.client.invite_bot(channel)


@contextmanager
def archived(team: Team, channel: str) -> Iterator[None]:
    """Have a channel archived for a while."""
    team.client.archive(channel)
    try:
        yield
    finally:
        team.client.archive(channel, archived=False)


def test_where_the_coach_is_no_member_the_card_comes_all_the_same_and_the_asker_learns_to_invite_it(team: Team) -> None:
    card = team.start("llm-check", channel=NO_BOT)
    assert not card["ephemeral"]
    assert len(boxes(team.card(channel=NO_BOT, by=team.chika))) == 9
    team.told(team.anna, "Type `/invite @aipm` and then *⋯ Post the card again*", NO_BOT)
    assert not any(one["ephemeral"] for one in team.seen(team.ben, NO_BOT))


def test_such_a_card_is_redrawn_in_place_by_the_next_click(team: Team) -> None:
    card = team.start("llm-check", channel=NO_BOT)
    first, second, *_ = boxes(card)
    team.tick(team.ben, card, first)
    shown = team.card("1 of 9 done", channel=NO_BOT, by=team.chika)
    team.tick(team.chika, shown, second)
    shown = team.card("2 of 9 done", channel=NO_BOT)
    assert shown["data"]["ts"] == card["data"]["ts"]
    assert len(team.cards(NO_BOT)) == 1


def test_such_a_card_is_redrawn_in_place_after_a_form(team: Team) -> None:
    card = team.start("llm-check", channel=NO_BOT)
    item = next(iter(boxes(card)))
    team.answer(team.ben, card, item, state="na", note="Not ours")
    shown = team.card("Not ours", channel=NO_BOT, by=team.chika)
    assert shown["data"]["ts"] == card["data"]["ts"]
    assert len(team.cards(NO_BOT)) == 1


def test_such_a_card_waits_for_the_next_click_on_it_rather_than_appear_twice(team: Team) -> None:
    card = team.start("drift-response", channel=NO_BOT)
    team.ben.send(NO_BOT, f"Look at {team.system}")
    team.ben.shortcut("response.add_message", team.ben.message(NO_BOT, f"Look at {team.system}"))
    form = team.ben.opened("What happened?")
    team.ben.submit({"run": run_of(card)} if "run::form.field" in form["form"] else {})
    team.tick(team.chika, card, next(iter(boxes(card))))
    shown = team.card("1 of 20 done", channel=NO_BOT)
    assert f"Look at {team.system}" in words(shown["data"])
    for who in (team.anna, team.ben, team.chika):
        assert len([one for one in team.seen(who, NO_BOT) if title(one)]) == 1


def test_such_a_card_follows_more_clicks_than_one_address_can_carry(team: Team) -> None:
    card = team.start("llm-check", channel=NO_BOT)
    for count, item in enumerate(boxes(card), 1):
        team.tick(team.ben, team.card(channel=NO_BOT), item)
        card = team.card(f"{count} of 9 done", channel=NO_BOT)
    assert len(team.cards(NO_BOT)) == 1


def test_once_invited_the_card_is_posted_again_as_a_lasting_one(team: Team) -> None:
    card = team.start("llm-check", channel=NO_BOT)
    with invited(team, NO_BOT):
        team.more(team.ben, card, "again")
        team.until(lambda: team.card(channel=NO_BOT)["data"]["ts"] != card["data"]["ts"])
        lasting = team.card(channel=NO_BOT)
        team.tick(team.ben, lasting, next(iter(boxes(lasting))))
        team.card("1 of 9 done", channel=NO_BOT)
        assert team.stage.client.traffic("chat.update", "in")[-1]["request"]["ts"] == lasting["data"]["ts"]


def test_a_form_started_where_the_coach_is_no_member_gives_a_card_too(team: Team) -> None:
    team.anna.command(NO_BOT, "/aipm llm-check")
    team.anna.opened()
    team.anna.submit({"system": team.system})
    assert len(boxes(team.card(channel=NO_BOT, by=team.chika))) == 9
    team.told(team.anna, "Type `/invite @aipm`", NO_BOT)


def test_a_card_stays_right_when_the_coach_is_removed_from_its_channel(team: Team) -> None:
    card = team.start("llm-check", channel="#launches")
    first, second, *_ = boxes(card)
    with removed(team, "#launches"):
        team.tick(team.ben, card, first)
        shown = team.card("1 of 9 done", channel="#launches")
        team.tick(team.ben, shown, second)
        team.card("2 of 9 done", channel="#launches")
        assert len(team.cards("#launches")) == 1


def test_a_card_for_an_archived_channel_ends_in_a_sentence_and_nothing_is_lost(team: Team) -> None:
    team.anna.command("#launches", "/aipm llm-check")
    team.anna.opened()
    with archived(team, "#launches"):
        team.anna.submit({"system": team.system})
        told = team.written(team.anna, "This channel is archived. Unarchive it")
        assert "`/aipm checklists` finds it" in words(told["data"])
    team.anna.command("#launches", "/aipm checklists")
    assert team.system in words(team.told(team.anna, "Open in this channel", "#launches")["data"])


def test_an_export_of_an_archived_channel_comes_by_direct_message(team: Team) -> None:
    card = team.start("llm-check", channel="#launches")
    team.ben.click(card, "checklist.export")
    team.ben.opened()
    with archived(team, "#launches"):
        team.ben.submit()
        team.written(team.ben, "I may not post in <#C0LAUNCHES>, so here it is.")
