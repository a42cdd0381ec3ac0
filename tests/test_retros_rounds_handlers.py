"""What the handlers of a call for answers do and tell, and to whom; a story over HTTP does not get everywhere."""

import json
from dataclasses import replace

import pytest

from bot.app import Coach
from bot.blocks import Modal
from bot.errors import AlreadyDone, AnswerGone, FieldErrors, NotFacilitator, Refused, RoundClosed, RoundGone
from bot.retros import modals as retro_modals
from bot.retros.rounds import modals, views
from bot.retros.rounds.model import Call, Given
from bot.retros.rounds.service import key
from handlers import checklists, retro_rounds, retros
from handlers.requests import Action, Reply, Request
from handlers.routes import Handler
from tests.catalogue import INSTALL
from tests.catalogue_retros import words
from tests.samples import ANA, BEN, FRAUD, HERE, THERE
from tests.test_retros_handlers import shown, view

SAID = Given("Fewer alarms.", "Nobody looked.", "")
SECRET = Given("It was the deadline.", named=False)


@pytest.fixture
def coach(coach: Coach) -> Coach:
    coach.installs.remember(INSTALL)
    return coach


@pytest.fixture
def number(coach: Coach) -> int:
    """A call by Ana about the fraud model, which Ana and Ben have answered."""
    about = Call(FRAUD, "incident", "https://acme.slack.com/archives/CHERE/p12", 3)
    opened = coach.rounds.open(about, by=ANA, channel=HERE).round_id
    coach.rounds.answer(opened, SAID, by=ANA, channel=HERE)
    coach.rounds.answer(opened, SECRET, by=BEN, channel=HERE)
    return opened


def typed(coach: Coach, text: str, user: str = "UANA", channel: str = HERE, **more: object) -> Reply:
    asked = Request("command", "T1", user, f"c:{text}{user}", channel=channel, trigger="t", text=f"retro {text}")
    return retros.retro(replace(asked, **more), coach)


def click(action: str, value: object, user: str = "UANA", channel: str = HERE, **more: object) -> Request:
    made = Request("action", "T1", user, f"a:{action}{user}", channel=channel, message_ts="1.2", trigger="t")
    return replace(made, action=Action(action, value=str(value)), **more)


def submission(modal: Modal, user: str = "UANA", **fields: object) -> Request:
    return Request("submission", "T1", user, f"v:{user}{fields}", view=view(modal, **fields))


def told(reply: Reply) -> str:
    """Give all that a reply shows."""
    shows = [one.payload() for one in (reply.say, reply.modal) if one]
    return json.dumps(shows, ensure_ascii=False)


def modal(reply: Reply) -> Modal:
    assert reply.modal
    return reply.modal


# Calling


def test_a_call_is_posted_and_a_second_one_is_offered_the_first(coach: Coach) -> None:
    reply = typed(coach, "collect Fraud model v3")
    assert reply.draw == (key("T1", 1),)
    assert reply.say is None
    assert coach.rounds.get("T1", 1, HERE).about.named == FRAUD
    mine = told(typed(coach, "collect fraud MODEL v3"))
    assert "You are collecting answers about *Fraud model v3* here already." in mine
    assert views.TAKE_OVER not in mine
    theirs = told(typed(coach, "collect Fraud model v3", "UBEN"))
    assert "<@UANA> is collecting answers" in theirs
    assert views.TAKE_OVER in theirs
    assert typed(coach, "collect").draw == (key("T1", 2),)


def test_a_mention_in_a_thread_is_told_where_the_card_is(coach: Coach) -> None:
    reply = typed(coach, "collect", source="mention", trigger="", thread_ts="1.0")
    assert "is in the channel" in told(reply)
    assert reply.draw


def test_the_form_of_a_retro_calls_for_answers_and_keeps_what_was_typed(coach: Coach) -> None:
    form = modal(typed(coach, "Fraud model v3"))
    assert views.COLLECT in json.dumps(form.payload())
    asked = click(views.COLLECT, "", channel="", view=view(form, kind="incident", expected="Half a thought."))
    reply = retro_rounds.collect_from_form(asked, coach)
    assert (reply.how, reply.draw, reply.channel) == ("update", (key("T1", 1),), HERE)
    assert "✓ The call for answers about *Fraud model v3* is in the channel." in told(reply)
    found = coach.rounds.get("T1", 1, HERE)
    assert (found.about.named, found.about.kind) == (FRAUD, "incident")
    draft = coach.retros.draft("T1", "UANA", HERE)
    assert draft
    assert draft.body["expected"] == "Half a thought."
    other = replace(asked, user="UBEN", key="a:other")
    assert "<@UANA> is collecting answers about" in told(retro_rounds.collect_from_form(other, coach))


def test_an_edit_and_a_retro_from_answers_have_no_such_button(coach: Coach, number: int) -> None:
    retro = coach.retros.log(words(source=""), [], by=ANA, channel=HERE)
    around = retro_modals.Around(coach.library.questions, retro=retro)
    page = retro_modals.Page(HERE, retro.id)
    assert views.COLLECT not in json.dumps(retro_modals.form(retro_modals.Sheet(), page, around).payload())
    assert views.COLLECT not in told(gone_on(coach, number))


# Answering


def test_a_person_answers_and_changes_it(coach: Coach, number: int) -> None:
    form = modal(retro_rounds.ask(click(views.ANSWER, number, "UCLEO"), coach))
    assert shown(form) == {"expected": "", "why": "", "keep": "", "nameless": ""}
    reply = retro_rounds.answer(submission(form, "UCLEO", why="Late data.", nameless=[modals.NAMELESS]), coach)
    assert (reply.say, reply.modal, reply.draw, reply.channel) == (None, None, (key("T1", number),), HERE)
    assert coach.rounds.mine("T1", number, "UCLEO") == Given(why="Late data.", named=False)
    again = modal(retro_rounds.ask(click(views.ANSWER, number, "UCLEO"), coach))
    assert shown(again) == {"expected": "", "why": "Late data.", "keep": "", "nameless": ["nameless"]}
    retro_rounds.answer(submission(again, "UCLEO", keep="A check.", nameless=[]), coach)
    assert coach.rounds.mine("T1", number, "UCLEO") == Given("", "Late data.", "A check.")


def test_a_form_that_is_sent_twice_counts_once(coach: Coach, number: int) -> None:
    form = modal(retro_rounds.ask(click(views.ANSWER, number, "UCLEO"), coach))
    sent = submission(form, "UCLEO", why="Late data.")
    retro_rounds.answer(sent, coach)
    with pytest.raises(AlreadyDone):
        retro_rounds.answer(sent, coach)
    assert coach.rounds.get("T1", number, HERE).count == 3


@pytest.mark.parametrize(
    ("fields", "wrong"), [({}, "expected"), ({"why": " \u200b\n"}, "expected"), ({"keep": "x" * 3001}, "keep")]
)
def test_a_bad_answer_is_named_at_its_field(coach: Coach, number: int, fields: dict[str, str], wrong: str) -> None:
    form = modal(retro_rounds.ask(click(views.ANSWER, number, "UCLEO"), coach))
    with pytest.raises(FieldErrors) as caught:
        retro_rounds.answer(submission(form, "UCLEO", **fields), coach)
    assert list(caught.value.fields) == [wrong]


def test_after_the_end_a_sentence_answers(coach: Coach, number: int) -> None:
    form = modal(retro_rounds.ask(click(views.ANSWER, number, "UCLEO"), coach))
    coach.rounds.close(number, by=ANA)
    with pytest.raises(RoundClosed, match="closed already, so nothing was changed"):
        retro_rounds.answer(submission(form, "UCLEO", why="Late."), coach)
    with pytest.raises(RoundClosed):
        retro_rounds.ask(click(views.ANSWER, number, "UCLEO"), coach)
    assert coach.rounds.get("T1", number, HERE).count == 2


# Deleting one's own


def test_a_person_deletes_their_answer_in_the_form(coach: Coach, number: int) -> None:
    assert modals.DROP not in told(retro_rounds.ask(click(views.ANSWER, number, "UCLEO"), coach))
    form = modal(retro_rounds.ask(click(views.ANSWER, number, "UBEN"), coach))
    assert modals.DROP in json.dumps(form.payload())
    reply = retro_rounds.drop(click(modals.DROP, number, "UBEN", channel="", view=view(form)), coach)
    assert "✓ Your answer is deleted. You can answer anew" in told(reply)
    assert (reply.how, reply.draw, reply.channel) == ("update", (key("T1", number),), HERE)
    assert coach.rounds.mine("T1", number, "UBEN") is None
    assert coach.rounds.mine("T1", number, "UANA") == SAID


def test_after_the_end_a_person_sees_their_own_answer_alone_and_deletes_it(coach: Coach, number: int) -> None:
    with pytest.raises(AnswerGone):
        retro_rounds.own(click(views.MINE, number, "UCLEO"), coach)
    coach.rounds.close(number, by=ANA)
    assert views.MINE in str(coach.render(key("T1", number)))
    reply = retro_rounds.own(click(views.MINE, number), coach)
    assert "Fewer alarms." in told(reply)
    assert "deadline" not in told(reply)
    for channel in (THERE, ""):
        with pytest.raises(RoundGone):
            retro_rounds.own(click(views.MINE, number, channel=channel), coach)
    with pytest.raises(AnswerGone, match="nobody can tell"):
        retro_rounds.own(click(views.MINE, number, "UBEN"), coach)
    done = retro_rounds.drop(click(modals.DROP, number, channel=""), coach)
    assert "anew" not in told(done)
    assert coach.rounds.get("T1", number, HERE).dropped == 1


def test_with_a_retro_there_is_no_answer_of_ones_own_any_more(coach: Coach, number: int) -> None:
    form = modal(retro_rounds.ask(click(views.ANSWER, number, "UBEN"), coach))
    retros.log(submission(modal(gone_on(coach, number))), coach)
    assert views.MINE not in str(coach.render(key("T1", number)))
    for handler, action in ((retro_rounds.own, views.MINE), (retro_rounds.drop, modals.DROP)):
        with pytest.raises(RoundClosed):
            handler(click(action, number, "UBEN", view=view(form)), coach)


# Reading, and going on to the retro


def gone_on(coach: Coach, number: int, begin: str = modals.FROM_ANSWERS) -> Reply:
    reading = modal(retro_rounds.read(click(views.READ, number), coach))
    return retro_rounds.write(submission(reading, begin=begin), coach)


def test_the_facilitator_goes_on_to_a_form_that_is_filled_in(coach: Coach, number: int) -> None:
    reply = gone_on(coach, number)
    assert reply.how == "update"
    form = shown(modal(reply))
    fields = {name.partition("~")[0]: value for name, value in form.items()}
    assert (fields["system"], fields["release"], fields["kind"]) == ("Fraud model", "v3", "incident")
    assert sorted(fields["expected"].split("\n")) == ["• Fewer alarms.", "• It was the deadline."]
    assert (fields["why"], fields["keep"]) == ("• Nobody looked.", "")
    assert fields["people"] == ["UANA"], "Ben wanted no name"
    assert "p12" in told(reply)


def test_what_is_like_the_answers_is_offered_in_the_channel_of_the_call(coach: Coach, number: int) -> None:
    for channel in (HERE, THERE):
        coach.retros.log(words("Fewer alarms were the deadline.", source=""), [], by=BEN, channel=channel)
    while coach.finder.catch_up():
        pass
    reply = gone_on(coach, number)
    offer = reply.say_later() if reply.say_later else None
    assert offer
    assert "Retro 1 · Fraud model v3" in str(offer.payload())
    assert "Retro 2" not in str(offer.payload())
    assert reply.channel == HERE


def test_empty_fields_if_they_are_wanted(coach: Coach, number: int) -> None:
    fields = {name.partition("~")[0]: value for name, value in shown(modal(gone_on(coach, number, "nothing"))).items()}
    assert (fields["system"], fields["expected"], fields["people"]) == ("Fraud model", "", ["UANA"])


def test_a_draft_goes_on_as_it_was(coach: Coach, number: int) -> None:
    form = modal(typed(coach, str(FRAUD)))
    first = click(retro_modals.PROMPTS, "next", channel="", view=view(form, expected="Half a thought.", kind="period"))
    retros.more_prompts(first, coach)
    reply = gone_on(coach, number, modals.FROM_DRAFT)
    fields = {name.partition("~")[0]: value for name, value in shown(modal(reply)).items()}
    assert (fields["system"], fields["expected"]) == (FRAUD.name, "Half a thought.")
    retros.log(submission(modal(reply)), coach)
    assert coach.rounds.get("T1", number, HERE).state == "closed"


def test_a_draft_about_another_system_is_no_beginning(coach: Coach, number: int) -> None:
    form = modal(typed(coach, "Other model v1"))
    retros.more_prompts(
        click(retro_modals.PROMPTS, "next", channel="", view=view(form, expected="Half a thought.")), coach
    )
    assert "half written" not in told(retro_rounds.read(click(views.READ, number), coach))
    reply = gone_on(coach, number, modals.FROM_DRAFT)
    fields = {name.partition("~")[0]: value for name, value in shown(modal(reply)).items()}
    assert (fields["system"], fields["expected"]) == (FRAUD.name, "")
    kept = coach.retros.draft("T1", "UANA", HERE)
    assert kept is not None


def test_logging_the_retro_closes_the_call_and_draws_both_cards(coach: Coach, number: int) -> None:
    form = modal(gone_on(coach, number))
    reply = retros.log(submission(form), coach)
    assert [one.kind for one in reply.draw] == ["retro", "round"]
    found = coach.rounds.get("T1", number, HERE)
    assert (found.state, found.number) == ("closed", 1)
    assert coach.retros.draft("T1", "UANA", HERE) is None


@pytest.mark.parametrize("between", [retro_modals.PROMPTS, retro_modals.ADD, retro_modals.AFRESH])
def test_the_form_remembers_the_call_whatever_is_pressed_in_it(coach: Coach, number: int, between: str) -> None:
    form = modal(gone_on(coach, number))
    press = {
        retro_modals.PROMPTS: retros.more_prompts,
        retro_modals.ADD: retros.add_action,
        retro_modals.AFRESH: retros.start_afresh,
    }[between]
    pressed = click(between, "named:Fraud model v3", channel="", view=view(form))
    again = modal(press(pressed, coach))
    retros.log(submission(again, expected="Written anew."), coach)
    assert coach.rounds.get("T1", number, HERE).state == "closed"


def test_a_draft_that_is_taken_up_tomorrow_still_closes_the_call(coach: Coach, number: int) -> None:
    gone_on(coach, number)
    form = modal(typed(coach, ""))
    retros.log(submission(form), coach)
    assert coach.rounds.get("T1", number, HERE).state == "closed"


def test_a_retro_of_somebody_who_was_taken_over_is_logged_and_closes_nothing(coach: Coach, number: int) -> None:
    form = modal(gone_on(coach, number))
    retro_rounds.take_over(click(views.TAKE_OVER, number, "UBEN"), coach)
    retros.log(submission(form), coach)
    assert coach.retros.show(1, workspace="T1", channel=HERE, user="UBEN")
    found = coach.rounds.get("T1", number, HERE)
    assert (found.state, found.facilitator) == ("open", "UBEN")


def test_closing_without_a_retro_and_reading_on(coach: Coach, number: int) -> None:
    reading = modal(retro_rounds.read(click(views.READ, number), coach))
    reply = retro_rounds.close(click(modals.CLOSE, number, channel="", view=view(reading)), coach)
    assert "are closed, without a retro" in told(reply)
    assert (reply.how, reply.draw) == ("update", (key("T1", number),))
    with pytest.raises(RoundClosed):
        retro_rounds.write(submission(reading, begin=modals.FROM_ANSWERS), coach)
    with pytest.raises(RoundClosed):
        retro_rounds.close(click(modals.CLOSE, number, channel="", view=view(reading), key="a:late"), coach)
    after = told(retro_rounds.read(click(views.READ, number), coach))
    assert "deadline" in after
    assert "UBEN" not in after
    sorry = retro_rounds.read(click(views.READ, number, "UBEN"), coach)
    assert "Only <@UANA> reads these answers" in told(sorry)
    assert views.TAKE_OVER not in told(sorry)


def test_the_pages_turn(coach: Coach, number: int) -> None:
    for user in range(30):
        coach.rounds.answer(
            number, Given("x" * 300, "y" * 300, "z" * 300), by=replace(ANA, user=f"U{user}"), channel=HERE
        )
    first = retro_rounds.read(click(views.READ, number), coach)
    assert "Part 1 of 3" in told(first)
    second = retro_rounds.turn_page(click(modals.PAGE, f"1:{number}", channel="", view=view(modal(first))), coach)
    assert "Part 2 of 3" in told(second)
    assert second.how == "update"


# Handing over, posting again


def test_somebody_else_takes_over_and_reads(coach: Coach, number: int) -> None:
    offered = retro_rounds.read(click(views.READ, number, "UBEN"), coach)
    assert "Only <@UANA> reads these answers until they are in the retro. 2 people have answered." in told(offered)
    assert views.TAKE_OVER in told(offered)
    reply = retro_rounds.take_over(click(views.TAKE_OVER, number, "UBEN"), coach)
    assert "✓ You have taken over" in told(reply)
    assert reply.draw == (key("T1", number),)
    assert "deadline" in told(retro_rounds.read(click(views.READ, number, "UBEN"), coach))
    assert "deadline" not in told(retro_rounds.read(click(views.READ, number, "UANA"), coach))


def test_whoever_was_taken_over_while_reading_reads_no_further(coach: Coach, number: int) -> None:
    reading = modal(retro_rounds.read(click(views.READ, number), coach))
    coach.rounds.take_over(number, by=BEN, channel=HERE)
    inside = {"channel": "", "view": view(reading)}
    for handler, asked in (
        (retro_rounds.turn_page, click(modals.PAGE, f"0:{number}", **inside)),
        (retro_rounds.close, click(modals.CLOSE, number, **inside)),
        (retro_rounds.write, submission(reading, begin=modals.FROM_ANSWERS)),
    ):
        with pytest.raises(NotFacilitator, match="Only <@UBEN> reads these answers"):
            handler(asked, coach)


def test_the_card_is_posted_again_from_its_menu_and_from_a_notice(coach: Coach, number: int) -> None:
    for value in (f"again:{number}", f"round:{number}"):
        handler = checklists.post_again if value.startswith("round") else retro_rounds.post_again
        reply = handler(click("x", value, key=f"a:{value}"), coach)
        assert (reply.draw, reply.channel) == ((key("T1", number),), HERE)


# Leaks


def outcome(handler: Handler, asked: Request, coach: Coach) -> str:
    """Give all that somebody learns by a request."""
    try:
        return told(handler(asked, coach))
    except Refused as refusal:
        return refusal.text


@pytest.mark.parametrize(
    ("workspace", "channel", "user"),
    [
        ("T1", HERE, "UCLEO"),
        ("T1", THERE, "UCLEO"),
        ("T1", THERE, "UANA"),
        ("T2", HERE, "UANA"),
        ("T2", HERE, "UCLEO"),
    ],
)
def test_nobody_but_the_facilitator_is_told_an_answer(
    coach: Coach, number: int, workspace: str, channel: str, user: str
) -> None:
    reading = modal(retro_rounds.read(click(views.READ, number), coach))
    where = {"workspace": workspace, "user": user}
    asked: list[tuple[Handler, Request]] = [
        (retro_rounds.ask, click(views.ANSWER, number, channel=channel)),
        (retro_rounds.read, click(views.READ, number, channel=channel)),
        (retro_rounds.post_again, click(views.AGAIN, number, channel=channel)),
        (retro_rounds.own, click(views.MINE, number, channel=channel)),
    ]
    if (workspace, channel) != ("T1", HERE):
        asked.append((retro_rounds.take_over, click(views.TAKE_OVER, number, channel=channel)))
    if (workspace, user) != ("T1", "UANA"):  # whose forms these are, wherever they were opened
        inside = {"channel": "", "view": view(reading)}
        asked += [
            (retro_rounds.turn_page, click(modals.PAGE, f"0:{number}", **inside)),
            (retro_rounds.close, click(modals.CLOSE, number, **inside)),
            *((retro_rounds.write, submission(reading, begin=one)) for one in ("answers", "draft", "nothing")),
        ]
    heard = [outcome(handler, replace(one, key=f"a:{n}", **where), coach) for n, (handler, one) in enumerate(asked)]
    words = ("collect", "collect Fraud model v3", "")
    heard += [told(typed(coach, text, user, channel, workspace=workspace)) for text in words]
    heard += [str(coach.render(key(workspace, number))), str(coach.retros.draft(workspace, user, channel))]
    assert not [one for one in heard for word in ("alarms", "looked", "deadline") if word in one]
    found = coach.rounds.get("T1", number, HERE)
    assert (found.state, found.facilitator, found.count) == ("open", "UANA", 2)


def test_somebody_who_answered_is_told_their_own_answer_alone(coach: Coach, number: int) -> None:
    mine = told(retro_rounds.ask(click(views.ANSWER, number, "UBEN"), coach))
    assert "deadline" in mine
    assert "alarms" not in mine
    assert "deadline" not in told(retro_rounds.ask(click(views.ANSWER, number), coach))


def test_answers_are_found_by_no_search_before_they_are_in_a_retro(coach: Coach, number: int) -> None:
    assert number
    coach.finder.catch_up()
    for word in ("alarms", "deadline"):
        assert coach.finder.search(word, workspace="T1", channel=HERE, user="UANA") == []


@pytest.mark.parametrize("value", ["", "x", "99", f"{10**17}", "1" * 30])
def test_a_call_that_is_gone_gets_a_sentence(coach: Coach, value: str) -> None:
    for handler in (retro_rounds.ask, retro_rounds.read, retro_rounds.take_over, retro_rounds.post_again):
        with pytest.raises(RoundGone, match="retro collect"):
            handler(click("x", value), coach)
