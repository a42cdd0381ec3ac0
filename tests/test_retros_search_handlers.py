"""What people are told of retros that they look for, and that Slack takes it."""

import inspect
import json
import re
from dataclasses import replace
from typing import get_type_hints

import pytest

from bot import library
from bot.app import Coach
from bot.blocks import Message
from bot.checklists import views as checklist_views
from bot.database import Actor
from bot.delivery import store as delivery
from bot.delivery.model import Key
from bot.errors import NothingToLookFor, Refused, RetroGone
from bot.installs.store import Install
from bot.retros import views as retro_views
from bot.retros.modals import Page
from bot.retros.model import NewAction, Retro
from bot.retros.search import views
from bot.retros.search.model import Offer
from bot.retros.service import key
from bot.retros.sheet import Sheet
from bot.systems.model import Named
from handlers import checklists, retro_cards, retros
from handlers.listeners import FEATURES
from handlers.requests import Action, Reply, Request, Shot
from tests import catalogue
from tests import catalogue_retros_search as searched
from tests.catalogue import CARD
from tests.catalogue_retros import retro, words
from tests.samples import ANA, HERE, HOSTILE, NOW, THERE, run
from tests.test_learning_views import check, told

ASKED = Request("command", "T1", "UANA", "c:1", channel=HERE, trigger="t", text="retro")
QUESTIONS = library.load().questions
LINK = "<https://acme.slack.com/archives/CHERE/p12|"


@pytest.fixture
def coach(coach: Coach) -> Coach:
    coach.installs.remember(Install("T1", "Acme", "https://acme.slack.com/", "B1", "UBOT"))
    return coach


def log(coach: Coach, text: str, *, by: Actor = ANA, channel: str = HERE, **more: object) -> Retro:
    said = words(text, source="", people=(), **more)
    logged = coach.retros.log(said, [NewAction(f"Do {text}"[:300], "UBEN", NOW.date())], by=by, channel=channel)
    with coach.database.write() as tx:
        delivery.sent(tx, key("T1", logged.id), 1, "1.2")
    while coach.finder.catch_up():
        pass
    return logged


def typed(coach: Coach, text: str, user: str = "UANA", channel: str = HERE) -> Reply:
    assert FEATURES
    return retros.retro(replace(ASKED, text=f"retro {text}".strip(), user=user, channel=channel), coach)


def said(coach: Coach, text: str, user: str = "UANA", channel: str = HERE) -> str:
    reply = typed(coach, text, user, channel)
    assert reply.say
    assert reply.modal is None
    return told(reply.say)


# What Slack takes


@pytest.mark.parametrize("text", [*HOSTILE.values(), "Hello"], ids=[*HOSTILE, "kind"])
def test_whatever_people_write(text: str) -> None:
    assert check(searched.everything(QUESTIONS, text), {CARD}) > 30


@pytest.mark.parametrize("text", ["a\n" * 1500, "&\n" * 1500, "x" * 3000, "<" * 3000, "word " * 600])
def test_answers_as_long_as_they_may_be(text: str) -> None:
    assert check(searched.everything(QUESTIONS, text), {CARD}) > 30


def test_the_fullest_cards_have_room_for_offers() -> None:
    offers = [Offer(retro(words(named=replace(words().named, name="&" * 200, version="v" * 40))), CARD)] * 3
    also = views.offered(offers)
    cards = (
        catalogue.shown(checklist.id, checklist_views.card(one, also))
        for checklist in library.load().checklists.values()
        for purpose in catalogue.purposes(checklist)
        for choices in catalogue.scopes(checklist, purpose)
        for one in catalogue.in_every_state(run(checklist, choices=choices))
    )
    assert check(cards, {CARD}) > 100


def test_every_view_is_in_the_catalogue() -> None:
    ours = [one for one in inspect.getmembers(views, inspect.isfunction) if one[1].__module__ == views.__name__]
    made = {name for name, one in ours if name[0] != "_" and get_type_hints(one).get("return") is Message}
    assert made <= set(re.findall(r"views\.(\w+)\(", inspect.getsource(searched)))


# Searching


def test_a_search_shows_the_match_the_field_and_the_card(coach: Coach) -> None:
    log(coach, "The rain forecast was wrong for Lisbon.")
    log(coach, "Shops in Portugal had false alarms.")
    shown = said(coach, "search false alarm")
    assert "*1 retro with* false alarm" in shown
    assert f"*{LINK}Retro 2 · Fraud model v3>* · Incident · 02 Mar 2026" in shown
    assert "_Expected, and happened:_ Shops in Portugal had *false* alarms." in shown


def test_a_search_that_no_retro_fulfils_says_so(coach: Coach) -> None:
    log(coach, "Shops in Portugal had false alarms.")
    assert "No retro has all of it" not in said(coach, "search alarms in Portugal")
    assert "*No retro has all of it. 1 retro with some of* alarms quokka" in said(coach, "search alarms quokka")


def test_a_search_that_finds_nothing_says_what_to_try(coach: Coach) -> None:
    log(coach, "The thresholds were guessed.")
    assert "Did you mean `/aipm retro search thresholds`?" in said(coach, "search thresholts")
    assert "Did you mean" not in said(coach, "search quokka")
    assert "`/aipm retro list` shows the newest" in said(coach, "search quokka")


def test_a_guess_is_made_of_words_that_the_asker_may_read(coach: Coach) -> None:
    log(coach, "The thresholds were guessed.", visibility="workspace")
    shown = said(coach, "search thresholts", "UBEN", THERE)
    assert "Did you mean" not in shown
    coach.installs.note_channel("T1", HERE, public=True)
    assert "Did you mean `/aipm retro search thresholds`?" in said(coach, "search thresholts", "UCLEO", HERE)


@pytest.mark.parametrize("typed_", ["search", "search ***", 'search "" - ()'])
def test_a_search_for_nothing_asks_for_words(coach: Coach, typed_: str) -> None:
    with pytest.raises(NothingToLookFor):
        typed(coach, typed_)


def test_marks_of_others_do_not_garble_the_match(coach: Coach) -> None:
    log(coach, "It *was* a `quokka` <!channel> & more.")
    shown = said(coach, "search quokka")
    assert "It was a *quokka* &lt;!channel&gt; &amp; more." in shown


# Listing and showing


def test_a_list_is_the_newest_of_a_system(coach: Coach) -> None:
    log(coach, "One.")
    log(coach, "Two.", named=None)
    shown = said(coach, "list")
    assert shown.index("Retro 2") < shown.index("Retro 1")
    assert f"• {LINK}Retro 1 · Fraud model v3> · Incident · 02 Mar 2026 · <@UANA> · 1 action open" in shown
    only = said(coach, "list fraud  MODEL")
    assert "Retro 1" in only
    assert "Retro 2" not in only
    assert "Log the first one: `/aipm retro Chat helper`" in said(coach, "list Chat helper")


def test_an_example_that_cannot_hold_the_name_does_without_it(coach: Coach) -> None:
    shown = said(coach, "list Chat `x` *y*")
    assert "No retro of *Chat x y* that you may see here yet. Log the first one: `/aipm retro`" in shown


def test_a_field_is_called_in_a_search_as_on_the_card(coach: Coach) -> None:
    answers = {field: f"A quokka{field}." for field in ("expected", "why", "keep", "caught")}
    one = log(coach, "", **answers)
    card = coach.render(key("T1", one.id))
    assert card
    for field, text in answers.items():
        sections = [block["text"]["text"] for block in card.blocks if block["type"] == "section"]
        heading = next(told.partition("\n")[0].strip("*") for told in sections if text in told)
        assert f"_{heading}:_ A *quokka{field}*." in said(coach, f"search quokka{field}")


def test_a_list_holds_twenty(coach: Coach) -> None:
    for number in range(21):
        log(coach, f"Lesson {number}.")
    shown = said(coach, "list")
    assert shown.count("•") == 20
    assert "Retro 21 " in shown
    assert "Retro 1 " not in shown


@pytest.mark.parametrize("number", ["1", "#1", "retro 1", "Retro #1"])
def test_all_of_a_retro_is_shown(coach: Coach, number: str) -> None:
    long = f"{'word ' * 500}quokka"
    log(coach, long)
    shown = said(coach, f"show {number}")
    assert "quokka" in shown
    assert "*Actions*" in shown
    assert shown.count("word ") > 1500


@pytest.mark.parametrize("number", ["", "one", "1 2", "-1", "9" * 30])
def test_a_number_that_is_none_is_asked_for(coach: Coach, number: str) -> None:
    with pytest.raises(Refused, match="Give its number"):
        typed(coach, f"show {number}")


def test_a_retro_that_one_may_not_see_is_not_there(coach: Coach) -> None:
    log(coach, "Secret.", visibility="workspace")
    with pytest.raises(RetroGone):
        typed(coach, "show 1", "UBEN", THERE)
    with pytest.raises(RetroGone):
        typed(coach, "show 2")


# Offers


def test_a_checklist_asks_for_past_retros_like_it(coach: Coach) -> None:
    reply = checklists.begin(replace(ASKED, text="ethics-check Fraud model v3"), coach)
    assert reply.like
    assert reply.like.key == reply.draw[0]
    assert reply.like.text.startswith("Fraud model v3 ")
    again = checklists.begin(replace(ASKED, text="ethics-check Fraud model v3", key="c:2"), coach)
    assert again.like is None


def test_a_card_offers_what_every_reader_may_see_and_the_asker_hears_of_the_rest(coach: Coach) -> None:
    for channel in (HERE, THERE):
        coach.installs.note_channel("T1", channel, public=True)
    log(coach, "Shops in Portugal had false alarms.", channel=THERE, visibility="workspace")
    log(coach, "Shops in Portugal closed early.", channel=THERE)
    run_key = checklists.begin(replace(ASKED, text="ethics-check Fraud model v3"), coach).draw[0]
    mine = coach.finder.offer(run_key, "Fraud model v3", channel=HERE, user="UANA")
    assert [one.retro.number for one in mine] == [2]
    card = coach.render(run_key)
    assert card
    assert "Past retros like this:" in told(card)
    assert "Retro 1 · Fraud model v3" in told(card)
    assert "Retro 2" not in told(card)


def begun(reply: Reply) -> str:
    """Give what somebody is offered behind the ack when a form opens."""
    assert reply.modal
    message = reply.say_later() if reply.say_later else None
    return told(message) if message else ""


def test_a_retro_that_begins_with_a_system_offers_what_is_like_it(coach: Coach) -> None:
    one = log(coach, "Shops in Portugal had false alarms.")
    log(coach, "The cafe ran out of milk.", named=Named("Chat helper"))
    shown = begun(typed(coach, "Fraud model v4"))
    assert "*Before you write: past retros like this*" in shown
    assert f"• {LINK}{one.title}> · Incident · 02 Mar 2026" in shown
    assert "Chat helper" not in shown
    assert begun(typed(coach, "Quokka model")) == ""
    assert typed(coach, "").say_later is None


def test_a_form_offers_three_and_what_is_not_to_be_seen_here_is_none_of_them(coach: Coach) -> None:
    for channel in (HERE, THERE):
        coach.installs.note_channel("T1", channel, public=True)
    for number in range(4):
        log(coach, f"Secret {number}.", channel=THERE)
    assert begun(typed(coach, "Fraud model v4", "UBEN")) == ""
    assert begun(typed(coach, "Fraud model v4", "UANA")).count("•") == 3


def test_a_message_and_a_checklist_bring_what_is_like_them(coach: Coach) -> None:
    log(coach, "The quokka ate the zebra.", named=None, kind="period")
    shot = Shot("A quokka and a zebra again?", "UBEN", "1700000000.000100")
    assert "Retro 1" in begun(retros.start_from_message(replace(ASKED, source="shortcut", shot=shot), coach))
    log(coach, "Shops in Portugal had false alarms.")
    run_key = checklists.begin(replace(ASKED, text="ethics-check Fraud model v3"), coach).draw[0]
    value = f"{retro_views.OF_RUN}:{run_key.subject}"
    click = replace(ASKED, source="action", action=Action(retro_views.START, value=value))
    assert "Retro 2" in begun(retros.start(click, coach))


def test_a_form_with_a_draft_goes_by_the_draft_that_it_shows(coach: Coach) -> None:
    log(coach, "Shops in Portugal had false alarms.")
    log(coach, "The helper was rude.", named=Named("Chat helper"))
    page = Page(HERE, form="0a1b2c3d")
    coach.retros.keep_draft(Sheet(system="Chat helper").body(), by=ANA, channel=HERE, form=page.form)
    shown = begun(typed(coach, "Fraud model v3"))
    assert "Retro 2 · Chat helper" in shown
    assert "Retro 1" not in shown


def test_an_edit_offers_nothing(coach: Coach) -> None:
    one = log(coach, "Shops in Portugal had false alarms.")
    log(coach, "Shops in Portugal had false alarms.")
    click = replace(ASKED, source="action", action=Action(retro_views.EDIT, value=str(one.id)))
    assert begun(retro_cards.edit(click, coach)) == ""


def test_what_was_offered_when_the_form_opened_is_not_offered_again_when_it_is_logged(coach: Coach) -> None:
    for channel in (HERE, THERE):
        coach.installs.note_channel("T1", channel, public=True)
    log(coach, "Shops in Portugal had false alarms.", channel=THERE)
    log(coach, "The helper was rude to a quokka and a zebra.", channel=THERE, named=Named("Chat helper"))
    opened = typed(coach, "Fraud model v3")
    assert "Retro 1" in begun(opened)
    new = log(coach, "Shops in Portugal had false alarms of a quokka and a zebra.")

    def mine(form: str, user: str = "UANA") -> list[int]:
        found = coach.finder.offer(key("T1", new.id), "", channel=HERE, user=user, form=form)
        return sorted(one.retro.number for one in found)

    form = str(json.loads(opened.modal.private_metadata)["form"])
    assert mine(form) == [2]
    assert mine("another") == [1, 2]


def test_what_is_like_it_is_offered_while_others_are_writing(coach: Coach, monkeypatch: pytest.MonkeyPatch) -> None:
    log(coach, "Shops in Portugal had false alarms.")
    opened = typed(coach, "Fraud model v3")
    monkeypatch.setattr("bot.database.WAIT", 0.01)
    with coach.database.write():
        assert "Retro 1" in begun(opened)


def test_a_card_no_longer_offers_what_is_gone_or_hidden(coach: Coach) -> None:
    for channel in (HERE, THERE):
        coach.installs.note_channel("T1", channel, public=True)
    one = log(coach, "Shops in Portugal had false alarms.", channel=THERE, visibility="workspace")
    two = log(coach, "Shops in Portugal closed early.", channel=THERE, visibility="workspace")
    run_key = checklists.begin(replace(ASKED, text="ethics-check Fraud model v3"), coach).draw[0]
    coach.finder.offer(run_key, "Fraud model v3", channel=HERE, user="UANA")
    assert offered(coach, run_key.subject) == [2, 1]
    with coach.database.write() as tx:
        delivery.drawn(tx, run_key, 0, 9)
    coach.retros.delete(one.id, by=ANA)
    while coach.finder.catch_up():
        pass
    assert offered(coach, run_key.subject) == [2]
    assert run_key in behind(coach)
    coach.retros.edit(two.id, replace(two.words, visibility="channel"), [], version=1, by=ANA)
    while coach.finder.catch_up():
        pass
    assert offered(coach, run_key.subject) == []


def test_a_card_no_longer_offers_what_was_made_private(coach: Coach) -> None:
    for channel in (HERE, THERE):
        coach.installs.note_channel("T1", channel, public=True)
    log(coach, "Shops in Portugal had false alarms.", channel=THERE, visibility="workspace")
    run_key = checklists.begin(replace(ASKED, text="ethics-check Fraud model v3"), coach).draw[0]
    coach.finder.offer(run_key, "Fraud model v3", channel=HERE, user="UANA")
    coach.installs.note_channel("T1", THERE, public=False)
    assert offered(coach, run_key.subject) == []
    coach.finder.hide("T1", THERE)
    coach.installs.note_channel("T1", THERE, public=True)
    assert offered(coach, run_key.subject) == []


def offered(coach: Coach, subject: int) -> list[int]:
    return [one.retro.number for one in coach.finder.offered(Key("T1", "run", subject), HERE)]


def behind(coach: Coach) -> list[object]:
    with coach.database.read() as tx:
        return [one.key for one in delivery.undrawn(tx)]
