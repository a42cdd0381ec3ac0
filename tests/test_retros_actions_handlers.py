"""What the handlers of actions answer: fresh lists, forms, cards to draw, and words for whatever does not fit."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.app import Coach
from bot.errors import ActionGone, FieldErrors, NoDigest, NotUnderstood, NotYourAction, RetroGone
from bot.retros.actions import modals, notices, views
from bot.retros.model import Action, NewAction, Retro, Words
from bot.systems.model import Named
from handlers import checklists as starting
from handlers import help as helping
from handlers import retro_actions as handling
from handlers.requests import Action as Click
from handlers.requests import Reply, Request, View
from tests.samples import ANA, BEN, FRAUD, HERE, NOW, THERE, Clock

TODAY = NOW.date()
WORDS = Words(named=FRAUD, kind="incident", expected="Fewer false alarms.")
TABLE = NewAction("Add a table by country", "UBEN", TODAY + timedelta(days=3), "The table")
ASKED = Request("command", "T1", "UBEN", "c:1", channel=HERE, trigger="t", text="actions")


@pytest.fixture
def action(coach: Coach) -> Action:
    return log(coach, TABLE).actions[0]


def log(coach: Coach, *new: NewAction, words: Words = WORDS, channel: str = HERE) -> Retro:
    logged = coach.retros.log(words, new, by=ANA, channel=channel)
    found = coach.retros.find("T1", logged.id)
    assert found
    return found


def typed(coach: Coach, text: str = "", user: str = "UBEN", channel: str = HERE) -> Reply:
    request = replace(ASKED, text=f"actions {text}".strip(), user=user, channel=channel, key=f"c:{text}{user}")
    return handling.actions(request, coach)


def click(name: str, value: str, user: str = "UBEN", channel: str = HERE, **more: Any) -> Request:  # noqa: ANN401
    frame = Request("action", "T1", user, f"a:{name}{value}{user}", channel=channel, trigger="t")
    return replace(frame, action=Click(name, value=value), **more)


def submitted(callback: str, meta: dict[str, object], user: str = "UBEN", **values: Any) -> Request:  # noqa: ANN401
    view = View("V1", "h", callback, meta, values)
    return Request("submission", "T1", user, f"v:{callback}{values}{user}", view=view)


def words(reply: Reply) -> str:
    return json.dumps(reply.say.payload(), ensure_ascii=False) if reply.say else ""


def buttons(reply: Reply, action_id: str) -> list[str]:
    rows = reply.say.blocks if reply.say else ()
    found = (one for block in rows if block["type"] == "actions" for one in block["elements"])
    return [one.get("value", "") for one in found if one["action_id"] == action_id]


def kinds(reply: Reply) -> list[str]:
    return [one.kind for one in reply.also]


# Lists


def test_the_list_is_of_everything_or_of_a_system(coach: Coach, action: Action) -> None:
    log(coach, replace(TABLE, text="Of another"), words=replace(WORDS, named=Named("Chat helper")))
    assert "Of another" in words(typed(coach))
    assert typed(coach).meet == {"UBEN"}
    assert "Of another" not in words(typed(coach, "fraud model"))
    assert action.text in words(typed(coach, "fraud model V3"))
    assert "No open actions for *Nobody's* that you may see here." in words(typed(coach, "Nobody's"))


def test_an_own_list_is_replaced_and_one_that_a_card_opens_is_not(coach: Coach, action: Action) -> None:
    value = buttons(typed(coach), views.SNOOZE)[0]
    reply = handling.snooze(click(views.SNOOZE, value), coach)
    assert reply.replaces
    assert reply.channel == HERE
    assert "✓ Put off to 12 Mar 2026: _Add a table by country_." in words(reply)
    assert buttons(reply, views.DONE) == [f"all.0.0:{action.id}"]
    opened = handling.of_retro(click(views.ACTIONS, str(action.retro), message_ts="1.2"), coach)
    assert not opened.replaces
    assert buttons(opened, views.DONE) == [f"retro.{action.retro}.0:{action.id}"]


def test_a_page_is_turned(coach: Coach) -> None:
    for number in range(20):
        log(coach, replace(TABLE, text=f"Number {number}"))
    (value,) = buttons(typed(coach), views.NEXT)
    turned = handling.turn(click(views.NEXT, value), coach)
    assert turned.replaces
    assert "19 to 20 of 20" in words(turned)
    assert buttons(turned, views.BACK) == ["all.0.0"]


def test_home_lists_what_is_owed(coach: Coach, action: Action) -> None:
    home = helping.home(replace(ASKED, source="home"), coach).home
    assert home
    assert action.text in json.dumps(home.payload())


# Done


def test_done_is_asked_for_its_proof_and_kept(coach: Coach, action: Action) -> None:
    assert action.state == "open"
    value = buttons(typed(coach), views.DONE)[0]
    asked = handling.ask_proof(click(views.DONE, value), coach)
    assert asked.replaces
    assert asked.modal
    assert "The table" in json.dumps(asked.modal.payload())
    meta = json.loads(asked.modal.private_metadata)
    with pytest.raises(FieldErrors) as refused:
        handling.finish(submitted(modals.FINISHING, meta, note=" ", link=""), coach)
    assert list(refused.value.fields) == ["note"]
    reply = handling.finish(submitted(modals.FINISHING, meta, note="On page 3."), coach)
    assert reply.replaces
    assert reply.index
    assert kinds(reply) == ["retro", "proof"]
    assert "✓ Done: _Add a table by country_. In a month I ask <@UBEN> whether the proof held." in words(reply)
    assert buttons(reply, views.REOPEN) == [value]
    opened = handling.reopen(click(views.REOPEN, value), coach)
    assert "✓ Open again, due 5 Mar 2026" in words(opened)


@pytest.mark.parametrize("place", ["digest.7.0", "all.0.0", "card.0.0"])
def test_a_click_on_what_is_done_already_says_so(coach: Coach, action: Action, place: str) -> None:
    coach.actions.done(action.id, "Done.", "", by=BEN)
    reply = handling.ask_proof(click(views.DONE, f"{place}:{action.id}"), coach)
    assert reply.modal is None
    assert ("done already" in words(reply)) is (place != "digest.7.0")
    assert kinds(reply) == ["retro", "proof"]


def test_a_digest_is_redrawn_without_words(coach: Coach, action: Action) -> None:
    click_on = click(views.SNOOZE, f"digest.7.0:{action.id}", message_ts="1.2")
    reply = handling.snooze(click_on, coach)
    assert (reply.say, reply.draw, reply.replaces) == (None, (), False)
    assert kinds(reply) == ["retro", "proof"]
    asked = handling.ask_proof(replace(click_on, action=Click(views.DONE, value=click_on.action.value)), coach)
    assert not asked.replaces


@pytest.mark.parametrize("value", ["", "x", "all.0.0:", "all.0.0:999", "all.0.0:99999999999999999999", "²"])
def test_a_click_on_what_is_not_there_is_refused_in_words(coach: Coach, value: str) -> None:
    for handler, name in ((handling.ask_proof, views.DONE), (handling.snooze, views.SNOOZE)):
        with pytest.raises(ActionGone):
            handler(click(name, value), coach)


def test_who_has_no_part_in_it_is_told_so(coach: Coach, action: Action) -> None:
    with pytest.raises(NotYourAction):
        handling.ask_proof(click(views.DONE, f"digest.7.0:{action.id}", user="UDORA"), coach)
    with pytest.raises(ActionGone):
        handling.ask_proof(click(views.DONE, f"digest.7.0:{action.id}", user="UDORA", channel=THERE), coach)


# Put off, handed over


def test_a_day_or_a_person_is_asked_for(coach: Coach, action: Action) -> None:
    asked = handling.more(click(views.MORE, f"{views.UNTIL}:all.0.0:{action.id}"), coach).modal
    assert asked
    assert '"initial_date": "2026-03-12"' in json.dumps(asked.payload())
    meta = json.loads(asked.private_metadata)
    for until in ("", "2026-03-02", "2999-01-01"):
        with pytest.raises(FieldErrors) as refused:
            handling.put_off(submitted(modals.PUTTING_OFF, meta, until=until), coach)
        assert list(refused.value.fields) == ["until"]
    assert "✓ Put off to 4 Apr 2026" in words(
        handling.put_off(submitted(modals.PUTTING_OFF, meta, until="2026-04-04"), coach)
    )
    asked = handling.more(click(views.MORE, f"{views.HAND}:all.0.0:{action.id}"), coach).modal
    assert asked
    assert asked.callback_id == modals.HANDING
    with pytest.raises(FieldErrors) as refused:
        handling.hand_over(submitted(modals.HANDING, meta, to=""), coach)
    assert list(refused.value.fields) == ["to"]
    reply = handling.hand_over(submitted(modals.HANDING, meta, to="UCLEO"), coach)
    assert "✓ Handed over to <@UCLEO>" in words(reply)
    assert buttons(reply, views.DONE) == []


# What is left from before


def later(reply: Reply) -> Reply:
    """Give what is said once the ack is out."""
    assert reply.say_later
    return Reply(say=reply.say_later())


def test_whoever_starts_a_checklist_is_told_what_is_left(coach: Coach, action: Action) -> None:
    request = replace(ASKED, text="ethics-check Fraud model v4")
    reply = starting.begin(request, coach)
    assert [one.kind for one in reply.draw] == ["run"]
    assert "*1 action from earlier retros of Fraud model is still open*" in words(later(reply))
    assert buttons(later(reply), views.DONE) == [f"name.1.0:{action.id}"]
    elsewhere = starting.begin(replace(request, channel=THERE, key="c:2"), coach)
    assert later(elsewhere).say is None
    again = handling.snooze(click(views.SNOOZE, f"name.1.0:{action.id}"), coach)
    assert "*Yours · Fraud model*" in words(again)


def test_in_a_thread_both_are_said(coach: Coach, action: Action) -> None:
    reply = starting.begin(replace(ASKED, text="ethics-check Fraud model v4", thread_ts="1.2"), coach)
    assert "The card is in the channel" in words(reply)
    assert action.text in words(later(reply))


def test_what_earlier_retros_left_can_be_carried_over(coach: Coach, action: Action) -> None:
    new = log(coach)
    offer = handling.offer(coach, new, "UANA")
    assert offer
    assert "1 action from earlier retros of this system is still open" in offer.text
    asked = handling.choose(click(views.CARRY, str(new.id), user="UANA"), coach)
    assert asked.modal
    assert asked.replaces
    meta = json.loads(asked.modal.private_metadata)
    with pytest.raises(FieldErrors) as refused:
        handling.carry_over(submitted(modals.CARRYING, meta, "UANA", carry=[]), coach)
    assert list(refused.value.fields) == ["carry"]
    reply = handling.carry_over(submitted(modals.CARRYING, meta, "UANA", carry=[str(action.id)]), coach)
    assert "✓ Carried over into retro 2: 1." in words(reply)
    assert {(one.kind, one.subject) for one in reply.also} >= {("retro", action.retro), ("retro", new.id)}
    assert handling.offer(coach, new, "UANA") is None
    assert handling.offer(coach, log(coach, words=replace(WORDS, named=None)), "UANA") is None
    again = handling.choose(click(views.CARRY, str(new.id), user="UANA"), coach)
    assert "Nothing is left to carry over." in words(again)
    with pytest.raises(RetroGone):
        handling.choose(click(views.CARRY, str(new.id), user="UCLEO", channel=THERE), coach)


# The digest


def test_a_digest_is_shown_switched_and_moved(coach: Coach) -> None:
    with pytest.raises(NoDigest):
        typed(coach, "digest", "UANA")
    log(coach, TABLE)
    shown = typed(coach, "digest", "UANA")
    assert "listed here every Monday at 09:00 (UTC)" in words(shown)
    assert buttons(shown, notices.SWITCH) == ["off"]
    off = handling.switch(click(notices.SWITCH, "off", user="UANA"), coach)
    assert "are not listed here" in words(off)
    assert buttons(off, notices.SWITCH) == ["on"]
    assert "every Monday at 09:00 (UTC), and only" in words(typed(coach, "digest on", "UANA"))
    moved = typed(coach, "digest Friday 14:30 Europe/Berlin", "UANA")
    assert "every Friday at 14:30 (Europe/Berlin)" in words(moved)
    assert "every Friday at 8:00" not in words(typed(coach, "digest", "UANA"))
    assert "every Tuesday at 14:30 (Europe/Berlin)" in words(typed(coach, "digest tuesday", "UANA"))


@pytest.mark.parametrize("said", ["maybe", "wotsday 9:00", "monday 25:00", "monday tuesday", "<!channel>", "`x`"])
def test_a_time_that_makes_no_sense_gets_an_example(coach: Coach, action: Action, said: str) -> None:
    assert action
    with pytest.raises(NotUnderstood, match="/aipm actions digest monday 09:00 Europe/Berlin") as refused:
        typed(coach, f"digest {said}", "UANA")
    assert "<!channel>" not in refused.value.text


def test_whoever_does_not_look_after_it_is_told_who_does(coach: Coach, action: Action) -> None:
    assert action
    reply = typed(coach, "digest off")
    assert "<@UANA> looks after this list." in words(reply)
    assert "if you are, try again in a moment" in words(reply)
    assert reply.meet == {"UBEN"}
    coach.installs.note_person("T1", "UBEN", zone="", admin=False)
    assert "try again in a moment" not in words(typed(coach, "digest off"))


# Whether the proof held


def test_an_answer_is_kept_and_a_second_one_is_told_of_the_first(coach: Coach, action: Action, clock: Clock) -> None:
    coach.actions.done(action.id, "On page 3.", "", by=BEN)
    clock.forward(days=30)
    coach.outbox.plan(clock())
    answer = click(notices.FAILS, str(action.id), channel="DBEN", message_ts="1.2")
    reply = handling.fails(answer, coach)
    assert reply.say is None
    assert [(one.kind, one.subject) for one in reply.draw] == [("proof", action.id)]
    drawn = coach.render(reply.draw[0])
    assert drawn
    assert "it did not hold" in drawn.text
    assert handling.fails(replace(answer, key="a:2"), coach).say is None
    assert "You said: *it did not hold*" in words(handling.holds(replace(answer, key="a:3"), coach))
