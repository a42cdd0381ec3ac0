"""Retros over HTTP: a form that loses nothing, a card for everyone, two editors, and what stays of a deletion."""

import json
from collections.abc import Mapping

import pytest

from sandbox.client import Json, PersonClient, elements, words
from tests.e2e.stage import Beside
from tests.e2e.team import Team, at_once, buttons

FIELD = "form.field"
ANSWER = "Shops in Portugal saw twice as many alarms.\n\nSupport saw it first."
ACT = {"action": "Add a table by country", "owner": "U0BENORTIZ", "due": "2999-03-20", "proof": "It is in the report"}
PAST = "2020-01-01"


def names(form: Json) -> Mapping[str, str]:
    """Give the blocks of a form's fields by their names."""
    return {one["block_id"].partition("~")[0]: one["block_id"] for one in elements(form) if one["action_id"] == FIELD}


def held(who: PersonClient, form: Json) -> dict[str, list[str]]:
    """Give what somebody sees in the fields."""
    return {name.partition("~")[0]: value for name, value in who.form(form).items() if "~" in name}


def type_in(who: PersonClient, form: Json, **fields: str | list[str]) -> None:
    for name, value in fields.items():
        who.click(form, FIELD, names(form)[name], value)


def opened(team: Team, who: PersonClient, text: str = "What did we expect") -> Json:
    return team.until(lambda: _modal(who, text))


def _modal(who: PersonClient, text: str) -> Json | None:
    shown = who.modal()
    return shown if shown and text in words(shown["data"]) else None


def asked(team: Team, who: PersonClient, rest: str = "") -> Json:
    who.command(team.channel, f"/aipm retro {rest}".strip())
    return opened(team, who)


def fresh(team: Team, who: PersonClient) -> Json:
    """Open the form for the story's system, without a draft that another story may have left."""
    form = asked(team, who, team.system)
    if "Your draft of" in words(form["data"]):
        who.click(form, "retro.afresh")
        form = team.until(lambda: _without(who, "Your draft of"))
    return form


def logged(team: Team, who: PersonClient, **fields: str | list[str]) -> Json:
    """Log a retro of the story's system, and give its card."""
    form = fresh(team, who)
    type_in(who, form, **{"expected": ANSWER, "kind": "incident", **fields})
    assert not who.submit().get("errors")
    return team.card("Incident · logged by")


def more(who: PersonClient, card: Json, choice: str) -> None:
    number = next(one["value"] for one in elements(card) if one["action_id"] == "retro.edit")
    who.click(card, "retro.more", value=f"{choice}:{number}")


@pytest.mark.usefixtures("listening")
def test_actions_are_added_while_the_form_is_open(team: Team) -> None:
    anna = team.anna
    form = fresh(team, anna)
    assert held(anna, form)["system"] == [team.system.rpartition(" ")[0]]
    assert held(anna, form)["people"] == ["U0ANNABERG"]
    type_in(anna, form, expected=ANSWER, **ACT | {"due": PAST})
    anna.click(form, "retro.add_action")
    refused = opened(team, anna, "01 Jan 2020 has passed.")
    assert held(anna, refused)["action"] == [ACT["action"]]
    type_in(anna, refused, due=ACT["due"])
    anna.click(refused, "retro.add_action")
    added = opened(team, anna, "*1.* Add a table by country · <@U0BENORTIZ> · by 20 Mar 2999")
    assert held(anna, added)["expected"] == [ANSWER]
    assert held(anna, added)["action"] == held(anna, added)["owner"] == []
    anna.click(added, "retro.more_prompts")
    team.until(lambda: hints(anna) != hints(anna, added))


def test_a_retro_is_refused_left_found_again_and_logged(team: Team) -> None:
    anna = team.anna
    form = fresh(team, anna)
    type_in(anna, form, expected=ANSWER, kind="incident", causes=["data", "process"], **ACT)
    anna.click(form, "retro.add_action")
    added = opened(team, anna, "*1.* Add a table by country")
    type_in(anna, added, why="w", action="Ask the shops")
    assert list(anna.submit()["errors"]) == [names(added)["owner"], names(added)["due"]]
    assert anna.modal()
    anna.close_all()

    again = asked(team, anna)
    assert "Your draft of <!date^" in words(again["data"])
    kept = {name: value for name, value in held(anna, again).items() if name in {"why", "causes", "kind", "action"}}
    assert kept == {"why": ["w"], "causes": ["data", "process"], "kind": ["incident"], "action": ["Ask the shops"]}
    type_in(anna, again, owner="U0CHIKAITO", due="2999-03-21")
    assert not anna.submit().get("errors")
    shown = words(team.card("Incident · logged by <@U0ANNABERG>", by=team.chika)["data"])
    for text in (
        "> Shops in Portugal saw twice as many alarms.\n> \n> Support saw it first.",
        "Causes: *Data, Process*",
        "⬜ Add a table by country · <@U0BENORTIZ> · by 20 Mar 2999\n      _Proof:_ It is in the report",
        "⬜ Ask the shops · <@U0CHIKAITO> · by 21 Mar 2999",
    ):
        assert text in shown
    assert "Your draft of" not in words(asked(team, anna)["data"])


def hints(who: PersonClient, form: Json | None = None) -> list[str]:
    shown = form or who.modal() or {"data": {"blocks": []}}
    return [one["hint"]["text"] for one in shown["data"]["blocks"] if "hint" in one]


def test_a_draft_can_be_dropped_for_a_fresh_start(team: Team) -> None:
    form = fresh(team, team.ben)
    type_in(team.ben, form, keep="Old.", **ACT)
    team.ben.click(form, "retro.add_action")
    team.ben.click(opened(team, team.ben, "*1.* Add a table"), "retro.afresh")
    anew = team.until(lambda: _without(team.ben, "Your draft of"))
    assert held(team.ben, anew)["keep"] == []
    assert held(team.ben, anew)["system"] == [team.system.rpartition(" ")[0]]
    team.ben.close_all()
    assert "Your draft of" not in words(asked(team, team.ben)["data"])


def _without(who: PersonClient, text: str) -> Json | None:
    shown = who.modal()
    return shown if shown and text not in words(shown["data"]) else None


def test_a_form_pressed_twice_logs_one_retro(team: Team) -> None:
    form = fresh(team, team.anna)
    type_in(team.anna, form, expected=ANSWER)
    team.anna.submit()
    again = team.stage.sent("view_submission")
    at_once(*[lambda: team.stage.deliver(again)] * 3)
    team.card("Launch · logged by")
    assert len(team.cards()) == 1


def test_two_editors_keep_both_their_words(team: Team) -> None:
    card = logged(team, team.anna, why="First.", people=["U0ANNABERG", "U0BENORTIZ"])
    team.chika.click(card, "retro.edit")
    team.told(team.chika, "Only those who took part in this retro can change it.")
    for who in (team.anna, team.ben):
        who.click(card, "retro.edit")
        opened(team, who)
    type_in(team.ben, team.ben.modal() or {}, why="Ben's.", causes=["model"])
    assert not team.ben.submit().get("errors")
    card = team.card("edited by <@U0BENORTIZ>")
    type_in(team.anna, team.anna.modal() or {}, why="Anna's.")
    team.anna.submit()
    late = opened(team, team.anna, "<@U0BENORTIZ> changed this retro while you had it open.")
    assert "*Changed by <@U0BENORTIZ> meanwhile:*\n> Ben's." in words(late["data"])
    assert (held(team.anna, late)["why"], held(team.anna, late)["causes"]) == (["Anna's."], ["model"])
    team.anna.submit()
    card = team.card("> Anna's.")
    assert "Causes: *Model*" in words(card["data"])
    more(team.chika, card, "history")
    past = words(team.chika.opened("edited it")["data"])
    for text in ("*<@U0BENORTIZ> edited it*", "> First.", "> Ben's.", "> Anna's.", "_Causes_: _none_ → Model"):
        assert text in past


def test_a_deleted_retro_leaves_only_who_and_when(team: Team) -> None:
    card = logged(team, team.anna, why="Gone soon.")
    more(team.ben, card, "delete")
    team.told(team.ben, "Only the author of this retro, or a workspace admin, can delete it.")
    more(team.anna, card, "delete")
    team.anna.opened("will be gone for everyone")
    team.anna.submit()
    ts = card["data"]["ts"]

    def look() -> Json | None:
        shown = next((one for one in team.seen(team.chika) if one["data"]["ts"] == ts), None)
        return shown if shown and "was deleted by <@U0ANNABERG>" in words(shown["data"]) else None

    gone = team.until(look)
    assert "Gone soon" not in json.dumps(gone)
    assert buttons(gone) == []


def test_a_message_starts_a_retro(team: Team) -> None:
    fresh(team, team.anna)
    team.anna.close_all()
    team.ben.send(team.channel, f"Blocked share is 4 % for {team.system}.")
    said = team.anna.message(team.channel, f"for {team.system}.")
    team.anna.shortcut("retro.from_message", said)
    form = opened(team, team.anna)
    assert held(team.anna, form)["expected"] == [f"> Blocked share is 4 % for {team.system}."]
    assert held(team.anna, form)["people"] == ["U0ANNABERG", "U0BENORTIZ"]
    type_in(team.anna, form, system=team.system)
    assert not team.anna.submit().get("errors")
    shown = words(team.card("Launch · logged by")["data"])
    assert f"/archives/{said['channel']}/p{said['data']['ts'].replace('.', '')}|this message>" in shown


def test_closing_a_response_offers_a_retro_with_its_timeline(team: Team) -> None:
    fresh(team, team.anna)
    team.anna.close_all()
    card = team.start("drift-response")
    team.anna.click(card, "response.entry")
    team.anna.opened("What happened?")
    team.anna.submit({"text": "Rolled back to v2."})
    card = team.card("Rolled back to v2.")
    steps = [one["options"][0]["value"] for one in elements(card) if one["action_id"] == "checklist.tick"]
    team.tick(team.anna, card, *[one for one in steps if one.startswith("DRF-L")])
    team.anna.click(card, "checklist.sign")
    form = team.anna.opened("Comment")
    reasons = [one["block_id"] for one in elements(form) if one["block_id"].startswith("reason~")]
    team.anna.submit(dict.fromkeys(reasons, "We look at it tomorrow."))
    offer = team.told(team.anna, "Write down what you learned while it is fresh?")
    team.anna.click(offer, "retro.start")
    begun = held(team.anna, opened(team, team.anna))
    assert begun["kind"] == ["drift"]
    assert "Rolled back to v2." in begun["expected"][0]
    assert "Risks that we accepted:" in begun["expected"][0]
    assert not team.anna.submit().get("errors")
    shown = words(team.card("Drift · logged by")["data"])
    assert "|this checklist>" in shown


def test_where_the_coach_is_no_member_the_card_follows_the_form(team: Team) -> None:
    team.channel = "#no-bot"
    card = logged(team, team.ben)
    assert "> Support saw it first." in words(card["data"])
    team.told(team.ben, "I am not in this channel")
    team.ben.click(card, "retro.edit")
    opened(team, team.ben)
    team.ben.submit({"why~0": "More."})
    team.card("> More.", by=team.ben)


@pytest.mark.parametrize(("channel", "public"), [("#fraud-team", True), ("#risk-board", False)])
def test_who_may_read_it_is_asked_in_a_public_channel_only(team: Team, channel: str, *, public: bool) -> None:
    team.channel = channel

    def look() -> Json | None:
        shown = asked(team, team.ben)
        if ("visibility" in names(shown)) == public:
            return shown
        team.ben.close_all()
        return None

    shown = team.until(look)
    assert ("Stays in this channel" in words(shown["data"])) is not public


def test_a_direct_message_gets_a_button_that_opens_the_form(stage: Beside, team: Team) -> None:
    team.chika.send("dm", f"retro {team.system}")
    offer = team.written(team.chika, "Three questions, and the actions")
    team.chika.click(offer, "retro.start")
    form = opened(team, team.chika)
    assert held(team.chika, form)["system"] == [team.system.rpartition(" ")[0]]
    assert stage.bot


def test_what_earlier_retros_left_open_is_carried_over_in_the_form(team: Team) -> None:
    logged(team, team.anna, **ACT)
    form = fresh(team, team.ben)
    assert "Still open from before: carry over" in words(form["data"])
    box = next(one for one in elements(form) if one["block_id"] == names(form)["carry"])
    type_in(team.ben, form, expected="It came back.", kind="incident")
    type_in(team.ben, form, carry=[box["options"][0]["value"]])
    team.ben.click(form, "retro.more_prompts")
    team.until(lambda: hints(team.ben) != hints(team.ben, form))
    assert held(team.ben, team.ben.modal() or {})["carry"] == [box["options"][0]["value"]]
    assert not team.ben.submit().get("errors")
    card = team.card("Incident · logged by <@U0BENORTIZ>", by=team.chika)
    assert "Add a table by country · <@U0BENORTIZ>" in words(card["data"])
    form = fresh(team, team.ben)
    again = next(one for one in elements(form) if one["block_id"] == names(form)["carry"])
    assert [one["value"] for one in again["options"]] != [one["value"] for one in box["options"]]
    assert len(again["options"]) == 1
