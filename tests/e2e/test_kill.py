"""The coach is killed at the worst moment; what was accepted is there after its next start."""

import sqlite3
import time
from contextlib import closing

from tests.e2e.stage import Beside
from tests.e2e.team import Team, at_once, boxes


def restart(stage: Beside) -> None:
    """Kill the coach without a warning and start it again."""
    stage.kill()
    stage.start()


def posting(crew: Team) -> None:
    """Wait until Slack has begun with the post that it is slow about."""
    while crew.client.state()["faults"]:
        time.sleep(0.02)


def test_every_command_that_was_accepted_has_its_card_after_a_kill(crew: Team, storm: Beside) -> None:
    names = [f"{crew.system}.{number}" for number in range(6)]
    deeds = [lambda name=name: crew.anna.command(crew.channel, f"/aipm llm-check {name}") for name in names]
    accepted = at_once(*deeds)
    restart(storm)
    assert [one["failed"] for one in accepted] == [None] * 6
    for name in names:
        card = crew.card(system=name)
        assert len(crew.cards(system=name)) == 1
        crew.tick(crew.ben, card, next(iter(boxes(card))))
        crew.card("1 of 9 done", system=name)


def test_a_card_whose_posting_was_under_way_is_found_again_and_not_posted_twice(crew: Team, storm: Beside) -> None:
    crew.client.fault("slow", "chat.postMessage", count=1, seconds=0.95)
    crew.anna.command(crew.channel, f"/aipm llm-check {crew.system}")
    posting(crew)
    looks = len(crew.client.traffic("conversations.history", "in"))
    restart(storm)
    crew.until(lambda: len(crew.client.traffic("conversations.history", "in")) > looks)
    crew.start("llm-check", channel="#launches")  # whatever follows from the look has begun before this is there
    card = crew.card()
    crew.tick(crew.ben, card, next(iter(boxes(card))))
    crew.card("1 of 9 done")
    assert len(crew.cards()) == 1


def test_a_card_that_could_not_be_posted_yet_is_posted_after_the_next_start(crew: Team, storm: Beside) -> None:
    crew.client.fault("invalid_auth", "chat.postMessage")
    crew.anna.command(crew.channel, f"/aipm llm-check {crew.system}")
    crew.told(crew.anna, "Slack no longer accepts my token")
    storm.kill()
    crew.client.clear_faults()
    storm.start()
    crew.card()
    assert len(crew.cards()) == 1


def test_a_click_that_was_accepted_shows_after_a_kill(crew: Team, storm: Beside) -> None:
    card = crew.start("llm-check")
    first, second, *_ = boxes(card)
    crew.client.fault("error_before", "chat.update")
    crew.tick(crew.anna, card, first, second)
    storm.kill()
    crew.client.clear_faults()
    storm.start()
    shown = boxes(crew.card("2 of 9 done"))
    assert (shown[first], shown[second]) == (True, True)


def test_a_card_where_the_coach_is_no_member_follows_again_from_the_next_click_on(crew: Team, storm: Beside) -> None:
    card = crew.start("llm-check", channel="#no-bot")
    first, second, *_ = boxes(card)
    crew.tick(crew.anna, card, first)
    shown = crew.card("1 of 9 done", channel="#no-bot")
    restart(storm)
    crew.tick(crew.ben, shown, second)
    crew.card("2 of 9 done", channel="#no-bot")
    assert len(crew.cards("#no-bot")) == 1


def test_a_coach_that_is_told_to_stop_finishes_what_is_under_way(crew: Team, storm: Beside) -> None:
    crew.client.fault("slow", "chat.postMessage", count=1, seconds=0.95)
    crew.anna.command(crew.channel, f"/aipm llm-check {crew.system}")
    posting(crew)
    written = len(storm.log.read_text("utf-8"))
    storm.stop()
    assert storm.bot
    assert storm.bot.returncode == 0
    assert "Traceback" not in storm.log.read_text("utf-8")[written:]
    card = crew.card()
    with closing(sqlite3.connect(storm.folder / "aipm.db")) as database:
        newest = database.execute("SELECT state, ts FROM cards ORDER BY subject_id DESC").fetchone()
    assert newest == ("sent", card["data"]["ts"])
    storm.start()
    crew.tick(crew.ben, card, next(iter(boxes(card))))
    crew.card("1 of 9 done")
    assert len(crew.cards()) == 1


def test_no_line_of_the_log_holds_a_token_an_address_that_works_without_one_or_what_people_wrote(
    crew: Team, storm: Beside
) -> None:
    crew.client.fault("error_before", "response_url", count=1)
    crew.start("llm-check")
    crew.client.fault("error_before", "views.open", count=1)
    crew.anna.click(crew.card(), "checklist.details")
    crew.anna.command(crew.channel, "/aipm zzzzz")
    crew.written(crew.anna, "Slack did not answer me just now")
    crew.until(lambda: "internal_error" in storm.log.read_text("utf-8"))
    written = storm.log.read_text("utf-8")
    for secret in (storm.ready["token"], storm.secret, "/hooks/", crew.system, "zzzzz"):
        assert secret not in written
