"""Three people answer on their own, with their name or without, and one of them writes the retro."""

import json

import pytest

from sandbox.client import Json, PersonClient, elements, words
from tests.e2e.team import Team, at_once, buttons, title

ANNA, BEN, CHIKA = "U0ANNABERG", "U0BENORTIZ", "U0CHIKAITO"
SECRETS = {"anna": "Half the alarms were false.", "ben": "It was the deadline.", "chika": "Nobody had a test set."}
CARD = ["round.answer", "round.read", "round.post_again"]


def called(team: Team, who: PersonClient | None = None) -> Json:
    """Call for answers, and wait for the card."""
    asker = who or team.anna
    asker.command(team.channel, f"/aipm retro collect {team.system}")
    return call(team, "Nobody has answered yet.")


def call(team: Team, text: str, by: PersonClient | None = None) -> Json:
    """Wait until the card of the call shows a text."""

    def look() -> Json | None:
        found = [one for one in team.seen(by or team.chika) if title(one).startswith("Answers ")]
        mine = [one for one in found if title(one).endswith(f"· {team.system}")]
        return mine[-1] if mine and text in words(mine[-1]["data"]) else None

    return team.until(look)


def shown(team: Team, who: PersonClient, text: str) -> Json:
    """Wait until the form that somebody has open shows a text."""

    def look() -> Json | None:
        modal = who.modal()
        return modal if modal and text in words(modal["data"]) else None

    return team.until(look)


def answered(team: Team, who: PersonClient, card: Json, *, nameless: bool = False, **said: str) -> Json:
    """Answer the three questions, and give what Slack got for an answer."""
    who.click(card, "round.answer")
    shown(team, who, "Answer one question or all of them.")
    return who.submit(said | ({"nameless": ["nameless"]} if nameless else {}))


def reading(team: Team, who: PersonClient, card: Json) -> Json:
    who.click(card, "round.read")
    return shown(team, who, "Only you see the answers.")


def everything(team: Team, who: PersonClient) -> str:
    """Give all that somebody sees: in the channel, directly, and in what is open."""
    seen = [one["data"] for channel in (team.channel, "dm", "#general") for one in team.seen(who, channel)]
    return json.dumps([*seen, who.modal()], ensure_ascii=False)


@pytest.mark.usefixtures("listening")
def test_three_people_answer_on_their_own_and_one_of_them_writes_the_retro(team: Team) -> None:
    anna, ben, chika = team.anna, team.ben, team.chika
    card = called(team)
    assert buttons(card) == CARD
    assert f"<@{ANNA}> writes a retro, and asks everyone in this channel" in words(card["data"])
    answered(team, anna, card, expected=SECRETS["anna"])
    answered(team, ben, call(team, "1 person has answered."), nameless=True, expected=SECRETS["ben"], why="Haste.")
    card = call(team, "2 people have answered.")
    answered(team, chika, card, keep=SECRETS["chika"])
    card = call(team, "3 people have answered.")
    nobody_reads_the_others(team, card)
    ben_changes_his(team, card)

    seen = words(reading(team, anna, card)["data"])
    for text in (*SECRETS.values(), "Too much haste.", f"<@{ANNA}>", f"<@{CHIKA}>", "Without a name", "drawn by lot"):
        assert text in seen
    assert BEN not in seen
    assert "please do not try" not in seen, "three are enough"
    the_retro_is_written(team)
    card = call(team, "Answers are closed: 3 people answered.")
    it_is_over(team, card)


def nobody_reads_the_others(team: Team, card: Json) -> None:
    for who, name in ((team.ben, "ben"), (team.chika, "chika")):
        who.click(card, "round.read")
        offered = team.told(who, f"Only <@{ANNA}> reads these answers until they are in the retro.")
        assert "round.take_over" in buttons(offered)
        who.click(card, "round.answer")
        shown(team, who, "Answer one question or all of them.")
        others = [text for whose, text in SECRETS.items() if whose != name]
        assert not [text for text in others if text in everything(team, who)]
        assert SECRETS[name] in everything(team, who), "one's own is there to be changed"
        who.close_all()
    team.anna.click(card, "round.answer")
    shown(team, team.anna, "Answer one question or all of them.")
    assert SECRETS["ben"] not in everything(team, team.anna), "she has not looked yet"
    team.anna.close_all()


def ben_changes_his(team: Team, card: Json) -> None:
    team.ben.click(card, "round.answer")
    form = shown(team, team.ben, "Answer one question or all of them.")
    fields = team.ben.form(form)
    assert fields["expected::form.field"] == [SECRETS["ben"]]
    assert fields["nameless::form.field"] == ["nameless"]
    assert list(team.ben.submit({"expected": " ", "why": "", "keep": ""})["errors"]) == ["expected"]
    team.ben.submit({"expected": SECRETS["ben"], "why": "Too much haste."})
    team.until(lambda: team.ben.modal() is None)


def the_retro_is_written(team: Team) -> None:
    team.anna.submit()
    form = shown(team, team.anna, "Who took part")
    held = {name.partition("~")[0]: value for name, value in team.anna.form(form).items()}
    assert held["system"] == [team.system.rpartition(" ")[0]]
    assert sorted(held["people"]) == [ANNA, CHIKA]
    assert sorted(held["expected"][0].split("\n")) == [f"• {SECRETS['anna']}", f"• {SECRETS['ben']}"]
    assert held["why"] == ["• Too much haste."]
    assert "retro.collect" not in buttons(form)
    assert not team.anna.submit().get("errors")


def it_is_over(team: Team, card: Json) -> None:
    retro = next(one for one in team.seen(team.chika) if title(one).startswith("Retro ") and team.system in title(one))
    number = title(retro).removeprefix("Retro ").partition(" ")[0]
    link = f"/archives/{retro['channel']}/p{retro['data']['ts'].replace('.', '')}|Retro {number}>"
    assert link in words(card["data"])
    assert buttons(card) == ["round.read"]
    assert f"<@{BEN}>" not in words(retro["data"])
    seen = words(reading(team, team.anna, card)["data"])
    assert SECRETS["ben"] in seen
    assert team.anna.modal()
    team.anna.close_all()
    team.ben.click(card, "round.read")
    team.told(team.ben, f"Only <@{ANNA}> reads these answers until they are in the retro.")


def test_an_answer_that_comes_too_late_gets_a_sentence_and_stays_in_its_form(team: Team) -> None:
    card = called(team)
    team.ben.click(card, "round.answer")
    shown(team, team.ben, "Answer one question or all of them.")
    reading(team, team.anna, card)
    team.anna.click(team.anna.modal() or {}, "round.close")
    shown(team, team.anna, "are closed, without a retro.")
    refused = team.ben.submit({"why": "Late."})["errors"]
    assert refused == {
        "expected": "These answers are closed already, so nothing was changed. Those who take part in the retro can "
        "still edit it."
    }
    assert team.ben.modal()
    closed = call(team, f"Answers are closed: no people answered. <@{ANNA}> closed them without a retro.")
    assert buttons(closed) == []


def test_people_delete_their_own_answers_before_and_after_the_end(team: Team) -> None:
    card = called(team)
    answered(team, team.ben, card, why=SECRETS["ben"])
    answered(team, team.chika, call(team, "1 person has answered."), why=SECRETS["chika"])
    card = call(team, "2 people have answered.")
    team.ben.click(card, "round.answer")
    team.ben.click(shown(team, team.ben, "Answer one question or all of them."), "round.delete_answer")
    shown(team, team.ben, "✓ Your answer is deleted. You can answer anew")
    team.ben.close_all()
    card = call(team, "1 person has answered. 1 answer was deleted.")
    seen = reading(team, team.anna, card)
    assert SECRETS["ben"] not in words(seen["data"])
    team.anna.click(seen, "round.close")
    card = call(team, "1 person answered. 1 answer was deleted.")
    assert buttons(card) == ["round.read", "round.my_answer"]
    team.ben.click(card, "round.my_answer")
    team.told(team.ben, "I know of no answer of yours here.")
    team.chika.click(card, "round.my_answer")
    mine = shown(team, team.chika, SECRETS["chika"])
    team.chika.click(mine, "round.delete_answer")
    shown(team, team.chika, "✓ Your answer is deleted.")
    assert buttons(call(team, "no people answered. 2 answers were deleted.")) == []


def test_an_answer_that_is_sent_twice_counts_once(team: Team) -> None:
    answered(team, team.ben, called(team), why="Once.")
    again = team.stage.sent("view_submission")
    at_once(*[lambda: team.stage.deliver(again)] * 3)
    answered(team, team.chika, call(team, "1 person has answered."), why="Twice.")
    call(team, "2 people have answered.")


def test_somebody_else_takes_over_and_the_card_says_so(team: Team) -> None:
    card = called(team)
    answered(team, team.chika, card, why=SECRETS["chika"])
    team.ben.command(team.channel, f"/aipm retro collect {team.system}")
    offered = team.told(team.ben, f"<@{ANNA}> is collecting answers about *{team.system}* here already.")
    assert buttons(offered) == ["link.card", "round.take_over", "round.post_again"]
    assert any("confirm" in one for one in elements(offered) if one["action_id"] == "round.take_over")
    team.ben.click(offered, "round.take_over")
    team.told(team.ben, "✓ You have taken over, and the card says so.")
    card = call(team, f"<@{BEN}> took over from <@{ANNA}>, who could read the answers until then.")
    team.anna.click(card, "round.read")
    team.told(team.anna, f"Only <@{BEN}> reads these answers")
    assert SECRETS["chika"] not in everything(team, team.anna)
    assert SECRETS["chika"] in words(reading(team, team.ben, card)["data"])


def test_the_form_of_a_retro_calls_for_answers_and_is_there_again_afterwards(team: Team) -> None:
    team.ben.command(team.channel, f"/aipm retro {team.system}")
    form = shown(team, team.ben, "Who took part")
    if "Your draft of" in words(form["data"]):
        team.ben.click(form, "retro.afresh")
        form = team.until(lambda: _fresh(team.ben))
    names = {one["block_id"].partition("~")[0]: one["block_id"] for one in elements(form)}
    team.ben.click(form, "form.field", names["why"], "Half a thought.")
    team.ben.click(form, "retro.collect")
    shown(team, team.ben, f"✓ The call for answers about *{team.system}* is in the channel.")
    team.ben.close_all()
    card = call(team, "Nobody has answered yet.")
    answered(team, team.chika, card, why="A whole thought.")
    choice = reading(team, team.ben, call(team, "1 person has answered."))
    (begin,) = (one for one in elements(choice) if one["block_id"] == "begin")
    assert [one["value"] for one in begin["options"]] == ["draft", "answers", "nothing"]
    team.ben.submit()
    form = shown(team, team.ben, "Who took part")
    held = {name.partition("~")[0]: value for name, value in team.ben.form(form).items()}
    assert held["why"] == ["Half a thought."]
    assert not team.ben.submit().get("errors")
    call(team, "Answers are closed: 1 person answered.")


def _fresh(who: PersonClient) -> Json | None:
    modal = who.modal()
    return modal if modal and "Your draft of" not in words(modal["data"]) else None


def test_where_the_coach_is_no_member_the_card_follows_the_clicks(team: Team) -> None:
    team.channel = "#no-bot"
    card = called(team, team.ben)
    answered(team, team.chika, card, why=SECRETS["chika"])
    card = call(team, "1 person has answered.")
    assert SECRETS["chika"] in words(reading(team, team.ben, card)["data"])
    assert SECRETS["chika"] not in everything(team, team.anna)


def test_hostile_words_stay_words(team: Team) -> None:
    card = called(team)
    answered(team, team.ben, card, why="<!channel> <@U0EVIL> <https://evil.example|https://bank.example>")
    seen = words(reading(team, team.anna, call(team, "1 person has answered."))["data"])
    assert "&lt;!channel&gt; &lt;@U0EVIL&gt;" in seen
