"""What the handlers of retros answer where a story over HTTP does not get to."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.app import Coach
from bot.blocks import Modal
from bot.checklists.model import Choices
from bot.delivery.model import Key
from bot.errors import AlreadyDone, FieldErrors, NotTakenPart, Refused, RetroGone
from bot.installs.store import Install
from bot.retros import modals, views
from bot.retros.actions import store as action_store
from bot.retros.actions.service import proof_key
from bot.retros.model import NewAction, Retro
from bot.retros.service import key
from handlers import checklists, retro_cards, retros
from handlers.requests import Action, Like, Reply, Request, Shot, View
from tests.catalogue_retros import words
from tests.samples import ANA, BEN, DRILL, FRAUD, HERE, HOUSE, THERE, Clock
from tests.samples import library as made_up

ASKED = Request("command", "T1", "UANA", "c:1", channel=HERE, trigger="t", text="retro")
DUE = "2026-03-20"
ACT = {"action": "Add a table", "owner": "UBEN", "due": DUE, "proof": "The table"}


@pytest.fixture
def coach(coach: Coach) -> Coach:
    checks = replace(coach.checklists, library=replace(made_up(), questions=coach.library.questions))
    coach.installs.remember(Install("T1", "Acme", "https://acme.slack.com/", "B1", "UBOT"))
    return replace(coach, checklists=checks)


def typed(coach: Coach, text: str = "", user: str = "UANA", **more: object) -> Reply:
    asked = replace(ASKED, text=f"retro {text}".strip(), user=user, key=f"c:{text}{user}", **more)
    return retros.retro(asked, coach)


def modal(reply: Reply) -> Modal:
    assert reply.modal
    return reply.modal


def shown(form: Modal) -> dict[str, Any]:
    """Give what a form's fields begin with, by block."""
    inputs = [one for one in form.blocks if one["type"] == "input"]
    return {one["block_id"]: _initial(one["element"]) for one in inputs}


def _initial(element: Mapping[str, Any]) -> object:
    begun = next((value for name, value in element.items() if name.startswith("initial_")), "")
    if isinstance(begun, dict):
        return begun["value"]
    return [one["value"] if isinstance(one, dict) else one for one in begun] if isinstance(begun, list) else begun


def told(form: Modal) -> str:
    return str([dict(one) for one in form.blocks])


def view(form: Modal, **fields: object) -> View:
    """Fill in a form as a person does; a field is named without its number."""
    values = shown(form)
    names = {name.partition("~")[0]: name for name in values}
    values |= {names[name]: value for name, value in fields.items()}
    return View("V1", "h", form.callback_id, json.loads(form.private_metadata), values, tuple(values))


def clicked(coach: Coach, form: Modal, control: str, value: str = "", /, **fields: object) -> Reply:
    handler = {modals.ADD: retros.add_action, modals.LINE: retros.change_action, modals.PROMPTS: retros.more_prompts}
    handler[modals.AFRESH] = retros.start_afresh
    click = Request("action", "T1", "UANA", f"a:{control}", trigger="t", view=view(form, **fields))
    return handler[control](replace(click, action=Action(control, value=value)), coach)


def submitted(coach: Coach, form: Modal, user: str = "UANA", key: str = "v:1", **fields: object) -> Reply:
    return retros.log(Request("submission", "T1", user, key, view=view(form, **fields)), coach)


def logged(coach: Coach, **more: object) -> Retro:
    said = words(**{"people": ("UBEN",), "source": "", **more})
    return coach.retros.log(said, [NewAction("Do", "UBEN", date(2026, 3, 9))], by=ANA, channel=HERE)


def on_card(coach: Coach, action: str, value: str, user: str = "UANA", channel: str = HERE) -> Reply:
    handler = {views.EDIT: retro_cards.edit, views.READ: retro_cards.read, views.MORE: retro_cards.more}[action]
    click = Request("action", "T1", user, f"a:{value}", channel=channel, trigger="t", message_ts="1.2")
    return handler(replace(click, action=Action(action, value=value)), coach)


# Opening


def test_the_form_knows_the_system_the_person_and_the_day(coach: Coach, clock: Clock) -> None:
    reply = typed(coach, "Fraud model v3")
    assert reply.look_at == {HERE}
    begun = shown(modal(reply))
    assert (begun["system~0"], begun["release~0"], begun["people~0"]) == ("Fraud model", "v3", ["UANA"])
    clock.forward(days=1)
    assert told(modal(typed(coach))) != told(modal(typed(coach, "x")))


def test_prompts_change_from_day_to_day(coach: Coach, clock: Clock) -> None:
    first = modal(typed(coach))
    clock.forward(days=1)
    assert told(modal(typed(coach))) != told(first)


def test_where_slack_gives_no_trigger_a_button_opens_the_form(coach: Coach) -> None:
    reply = typed(coach, "Fraud model v3", trigger="", source="mention")
    assert reply.say
    value = reply.say.blocks[-1]["elements"][0]["value"]
    click = replace(ASKED, source="action", action=Action(views.START, value=value))
    assert shown(modal(retros.start(click, coach)))["system~0"] == "Fraud model"


# Drafts


def test_a_draft_comes_back_until_it_is_logged(coach: Coach, clock: Clock) -> None:
    clicked(coach, modal(typed(coach, "Fraud model")), modals.PROMPTS, expected="Half a thought", **ACT)
    clock.forward(hours=3)
    again = modal(typed(coach))
    begun = shown(again)
    assert (begun["expected~0"], begun["action~0"], begun["due~0"]) == ("Half a thought", "Add a table", DUE)
    assert "Your draft of" in told(again)
    assert "Your draft of" not in told(modal(typed(coach, user="UBEN")))
    assert "Your draft of" not in told(modal(typed(coach, channel=THERE)))
    submitted(coach, again)
    assert "Your draft of" not in told(modal(typed(coach)))


def test_a_failed_submit_is_a_draft_and_names_its_field(coach: Coach) -> None:
    form = modal(typed(coach, "Fraud model"))
    for fields, wrong in (
        ({}, "expected"),
        ({"expected": "x" * 3001}, "expected"),
        ({"why": "Yes.", "system": " "}, "system"),
        ({"why": "Yes.", "people": [f"U{n}" for n in range(31)]}, "people"),
        ({"why": "Yes.", **ACT, "owner": ""}, "owner"),
        ({"why": "Yes.", **ACT, "due": ""}, "due"),
        ({"why": "Yes.", **ACT, "due": "2026-02-28"}, "due"),
        ({"why": "Yes.", **ACT, "action": ""}, "action"),
    ):
        with pytest.raises(FieldErrors) as caught:
            submitted(coach, form, **fields)
        assert list(caught.value.fields) == [wrong]
        draft = coach.retros.draft("T1", "UANA", HERE)
        assert draft
        assert draft.body["why"] == fields.get("why", "")
    assert not coach.retros.listing("T1", HERE, "UANA")


def test_a_period_needs_no_system(coach: Coach) -> None:
    reply = submitted(coach, modal(typed(coach)), kind="period", expected="A calm quarter.")
    (found,) = coach.retros.listing("T1", HERE, "UANA")
    assert found.title == "Retro 1 · A period, such as a quarter"
    assert reply.like
    like = Like(key("T1", found.id), HERE, form=reply.like.form)
    met = frozenset({"UANA"})
    assert replace(reply, say_later=None) == Reply(
        draw=(like.key,), channel=HERE, look_at=frozenset({HERE}), meet=met, index=True, like=like
    )


def test_a_form_sent_twice_logs_once_and_leaves_no_draft(coach: Coach) -> None:
    form = modal(typed(coach, "Fraud model"))
    submitted(coach, form, expected="Yes.")
    with pytest.raises(AlreadyDone):
        submitted(coach, form, expected="Yes.")
    assert len(coach.retros.listing("T1", HERE, "UANA")) == 1
    assert coach.retros.draft("T1", "UANA", HERE) is None


def test_two_forms_that_are_open_at_once_do_not_take_from_each_other(coach: Coach) -> None:
    one, other = modal(typed(coach, "Fraud model")), modal(typed(coach, "Spam model"))
    one = modal(clicked(coach, one, modals.ADD, expected="Of fraud.", **ACT))
    other = modal(clicked(coach, other, modals.ADD, expected="Of spam.", **{**ACT, "action": "Ask the shops"}))
    assert ("Add a table" in told(other), "Ask the shops" in told(other)) == (False, True)
    none = {"action": "", "owner": "", "due": "", "proof": ""}
    submitted(coach, other, key="v:2", expected="Of spam.", **none)
    left = modal(typed(coach))
    assert shown(left) | {"system~0": "Fraud model", "expected~0": "Of fraud."} == shown(left)
    submitted(coach, one, expected="Of fraud.", **none)
    found = coach.retros.listing("T1", HERE, "UANA")
    assert [(str(retro.words.named), [each.text for each in retro.actions]) for retro in found] == [
        ("Fraud model", ["Add a table"]),
        ("Spam model", ["Ask the shops"]),
    ]
    assert "Your draft of" not in told(modal(typed(coach)))


def test_the_newest_draft_is_shown_and_goes_on_as_its_own(coach: Coach, clock: Clock) -> None:
    one, other = modal(typed(coach, "Fraud model")), modal(typed(coach, "Spam model"))
    clicked(coach, other, modals.PROMPTS, expected="Of spam.")
    clock.forward(minutes=1)
    clicked(coach, one, modals.PROMPTS, expected="Of fraud.")
    again = modal(typed(coach))
    assert shown(again)["expected~0"] == "Of fraud."
    clock.forward(minutes=1)
    clicked(coach, again, modals.PROMPTS, expected="Of fraud, again.")
    submitted(coach, modal(typed(coach)))
    assert shown(modal(typed(coach)))["expected~0"] == "Of spam."


def test_starting_afresh_leaves_the_draft_of_another_form(coach: Coach, clock: Clock) -> None:
    one, other = modal(typed(coach, "Fraud model")), modal(typed(coach, "Spam model"))
    clicked(coach, other, modals.PROMPTS, expected="Of spam.")
    clock.forward(minutes=1)
    one = modal(clicked(coach, one, modals.ADD, expected="Of fraud.", **ACT))
    fresh = modal(clicked(coach, one, modals.AFRESH))
    assert shown(modal(typed(coach)))["expected~0"] == "Of spam."
    clicked(coach, fresh, modals.ADD, expected="Anew.", **{**ACT, "action": "Ask the shops"})
    assert "Ask the shops" not in told(modal(clicked(coach, one, modals.PROMPTS)))  # a window that was left open


def test_a_draft_that_was_opened_anew_goes_on_in_both_forms(coach: Coach) -> None:
    one = modal(clicked(coach, modal(typed(coach, "Fraud model")), modals.ADD, expected="Yes.", **ACT))
    again = modal(typed(coach))
    submitted(coach, again, expected="Yes.", action="", owner="", due="", proof="")
    assert len(coach.retros.listing("T1", HERE, "UANA")[0].actions) == 1
    assert one.private_metadata != modal(typed(coach)).private_metadata


def test_starting_afresh_drops_the_draft_and_renames_all_fields(coach: Coach) -> None:
    clicked(coach, modal(typed(coach, "Fraud model")), modals.ADD, expected="Old.", **ACT)
    again = modal(typed(coach, "Spam model v2"))
    assert "You have a draft in this channel" in told(again)
    assert shown(again)["system~0"] == "Fraud model"
    value = next(one["accessory"]["value"] for one in again.blocks if one.get("accessory", {}).get("value"))
    fresh = modal(clicked(coach, again, modals.AFRESH, value, expected="Dropped."))
    assert (shown(fresh)["system~1"], shown(fresh)["expected~1"]) == ("Spam model", "")
    assert coach.retros.draft("T1", "UANA", HERE) is None


def test_who_may_read_it_is_asked_once_the_channel_is_known_to_be_public(coach: Coach) -> None:
    form = modal(typed(coach, "Fraud model"))
    assert "visibility~0" not in shown(form)
    coach.installs.note_channel("T1", HERE, public=True)
    again = modal(clicked(coach, form, modals.PROMPTS))
    submitted(coach, again, expected="Yes.", visibility="workspace")
    assert coach.retros.listing("T1", HERE, "UANA")[0].words.visibility == "workspace"


def test_a_form_asks_who_may_read_it_as_soon_as_that_is_known(coach: Coach, clock: Clock) -> None:
    reply = typed(coach, "Fraud model")
    assert reply.again
    assert "visibility~0" not in shown(reply.again())
    coach.installs.note_channel("T1", HERE, public=True)
    assert shown(reply.again()) == shown(modal(reply)) | {"visibility~0": "channel"}
    for public in (True, False):
        coach.installs.note_channel("T1", HERE, public=public)
        assert typed(coach).again is None, "nothing to wait for"
    clock.forward(days=2)
    assert typed(coach).again


# Actions


def test_actions_are_added_changed_and_removed_while_the_texts_stay(coach: Coach) -> None:
    form = modal(typed(coach, "Fraud model"))
    one = modal(clicked(coach, form, modals.ADD, why="Typed.", **ACT))
    assert shown(one) | {"why~0": "Typed.", "action~1": "", "owner~1": "", "due~1": ""} == shown(one)
    two = modal(clicked(coach, one, modals.ADD, **{**ACT, "action": "Ask the shops"}))
    assert "*2.* Ask the shops" in told(two)
    changed = modal(clicked(coach, two, modals.LINE, "change:0"))
    assert shown(changed) | {"action~3": "Add a table", "owner~3": "UBEN", "due~3": DUE} == shown(changed)
    assert "Add a table ·" not in told(changed)
    occupied = modal(clicked(coach, changed, modals.LINE, "change:0"))
    assert "Add the action that stands in the fields below first" in told(occupied)
    removed = modal(clicked(coach, changed, modals.LINE, "remove:0", action="", proof=""))
    assert "Ask the shops" not in told(removed)
    clicked(coach, removed, modals.LINE, "remove:7")
    submitted(coach, removed, why="Typed.", **{**ACT, "action": "Last"})
    assert [one.text for one in coach.retros.listing("T1", HERE, "UANA")[0].actions] == ["Last"]


def test_an_action_that_lacks_something_is_not_added(coach: Coach) -> None:
    form = modal(typed(coach, "Fraud model"))
    shown_again = modal(clicked(coach, form, modals.ADD, **{**ACT, "owner": "", "due": "2020-01-01"}))
    assert "an action without an owner dies. 01 Jan 2020 has passed." in told(shown_again)
    assert shown(shown_again)["action~0"] == "Add a table"


def test_a_double_click_adds_one_action(coach: Coach) -> None:
    form = modal(typed(coach, "Fraud model"))
    clicked(coach, form, modals.ADD, **ACT)
    assert "*2.*" not in told(modal(clicked(coach, form, modals.ADD, **ACT)))


def test_ten_actions_are_enough(coach: Coach) -> None:
    form = modal(typed(coach, "Fraud model"))
    for n in range(10):
        form = modal(clicked(coach, form, modals.ADD, **{**ACT, "action": f"Do {n}"}))
    assert not [name for name in shown(form) if name.startswith("action")]


def test_the_day_of_an_action_in_a_draft_may_pass(coach: Coach, clock: Clock) -> None:
    clicked(coach, modal(typed(coach, "Fraud model")), modals.ADD, expected="Yes.", **ACT)
    clock.forward(days=30)
    again = modal(typed(coach))
    with pytest.raises(FieldErrors) as caught:
        submitted(coach, again)
    assert (
        "“Add a table” was due on 20 Mar 2026, which has passed. Choose Change beside it"
        in caught.value.fields["action"]
    )


def carriable(coach: Coach) -> str:
    """Have an earlier retro with an open action, and give the action's id as a form holds it."""
    return str(coach.retros.find("T1", logged(coach).id).actions[0].id)


def test_what_is_ticked_to_be_carried_over_stays_ticked_and_is_carried_over(coach: Coach) -> None:
    old, other = carriable(coach), carriable(coach)
    form = modal(typed(coach, "Fraud model v3"))
    assert shown(form)["carry~0"] == ""
    assert {one["value"] for one in form.blocks[-1]["element"]["options"]} == {old, other}
    form = modal(clicked(coach, form, modals.PROMPTS, carry=[old]))
    assert shown(form)["carry~0"] == [old]
    form = modal(clicked(coach, form, modals.ADD, **ACT))
    assert shown(form)["carry~0"] == [old]
    with pytest.raises(FieldErrors):
        submitted(coach, form, carry=[other])
    assert shown(modal(typed(coach)))["carry~0"] == [other]
    submitted(coach, modal(typed(coach)), key="v:2", expected="Yes.")
    now = coach.retros.listing("T1", HERE, "UANA")[0]
    assert [(one.text, one.carried_from) for one in now.actions] == [("Add a table", None), ("Do", int(other))]


def test_what_is_not_ticked_any_more_is_not_carried_over(coach: Coach) -> None:
    old = carriable(coach)
    form = modal(clicked(coach, modal(typed(coach, "Fraud model v3")), modals.PROMPTS, carry=[old]))
    form = modal(clicked(coach, form, modals.PROMPTS, carry=[]))
    assert shown(form)["carry~0"] == ""
    form = modal(clicked(coach, form, modals.PROMPTS, carry=[old]))
    afresh = modal(clicked(coach, form, modals.AFRESH))
    assert shown(afresh)["carry~1"] == ""
    submitted(coach, afresh, expected="Yes.")
    assert coach.retros.listing("T1", HERE, "UANA")[0].actions == ()


def test_what_may_no_longer_be_carried_over_is_left_out(coach: Coach) -> None:
    old, other = carriable(coach), carriable(coach)
    form = modal(clicked(coach, modal(typed(coach, "Fraud model v3")), modals.PROMPTS, carry=[old, other]))
    coach.actions.done(int(old), "Done.", "", by=BEN)
    assert shown(modal(typed(coach)))["carry~0"] == [other]
    one = coach.retros.find("T1", coach.retros.listing("T1", HERE, "UANA")[0].id)
    coach.retros.delete(one.id, by=ANA)
    reply = submitted(coach, form, expected="Yes.")
    assert (reply.say, reply.also) == (None, ())
    assert coach.retros.listing("T1", HERE, "UANA")[0].actions == ()


def test_what_came_to_be_hidden_does_not_keep_the_rest_from_being_carried_over(coach: Coach) -> None:
    old = carriable(coach)
    coach.installs.note_channel("T1", THERE, public=True)
    said = words(people=("UBEN",), source="", visibility="workspace")
    hidden = coach.retros.log(said, [NewAction("Hide", "UANA", date(2026, 3, 9))], by=ANA, channel=THERE)
    ids = [old, str(coach.retros.find("T1", hidden.id).actions[0].id)]
    form = modal(clicked(coach, modal(typed(coach, "Fraud model v3")), modals.PROMPTS, carry=ids))
    assert sorted(shown(form)["carry~0"]) == sorted(ids)
    coach.installs.note_channel("T1", THERE, public=False)
    assert submitted(coach, form, expected="Yes.").say is None
    assert [one.text for one in coach.retros.listing("T1", HERE, "UANA")[0].actions] == ["Do"]


def test_a_tick_outlives_a_form_that_could_not_ask(coach: Coach) -> None:
    old = carriable(coach)
    form = modal(clicked(coach, modal(typed(coach, "Fraud model v3")), modals.PROMPTS, carry=[old]))
    silent = modal(clicked(coach, form, modals.PROMPTS, system="x" * 300))
    assert "carry~0" not in shown(silent)
    assert shown(modal(clicked(coach, silent, modals.PROMPTS, system="Fraud model")))["carry~0"] == [old]


# Where it begins


def test_a_message_begins_the_first_answer_or_joins_the_draft(coach: Coach) -> None:
    shot = Shot("Blocked share is 4 %.\nUsual: 1 %.", "UBEN", "1700000000.000100")
    asked = replace(ASKED, source="shortcut", shot=shot)
    begun = modal(retros.start_from_message(asked, coach))
    quoted = "> Blocked share is 4 %.\n> Usual: 1 %."
    assert shown(begun) | {"expected~0": quoted, "people~0": ["UANA", "UBEN"]} == shown(begun)
    link = "https://acme.slack.com/archives/CHERE/p1700000000000100"
    assert link in told(begun)
    clicked(coach, begun, modals.PROMPTS, system="Fraud model", expected="My own words.")
    joined = modal(retros.start_from_message(asked, coach))
    assert shown(joined)["expected~0"] == f"My own words.\n\n{quoted}"
    submitted(coach, joined)
    assert coach.retros.listing("T1", HERE, "UANA")[0].words.source == link
    clicked(coach, modal(typed(coach)), modals.PROMPTS, expected="x" * 2990)
    assert "no room left for that message" in told(modal(retros.start_from_message(asked, coach)))
    with pytest.raises(Refused):
        retros.start_from_message(replace(asked, shot=None), coach)


def signed(coach: Coach, name: str, *, risks: bool = True) -> Reply:
    run = coach.checklists.start(name, FRAUD, Choices(), by=ANA, channel=HERE).run_id
    if name == DRILL.id:
        coach.checklists.lead(run, {"lead": "UCLEO"}, by=ANA)
        coach.checklists.note(run, "Alert: 4 %\nof payments.", by=BEN)
    at = coach.checklists.get("T1", run)
    for number, item in enumerate(at.items):
        if item[0] == "L" or not risks:
            coach.checklists.tick(run, item, ticked=True, clicked=10**15 + number, by=ANA)
    left = {f"reason~{one.id}": "We look again." for one in coach.checklists.get("T1", run).unmet_musts()}
    form = View("V1", "h", "x", {"run": run}, left, tuple(left))
    return checklists.sign(Request("submission", "T1", "UANA", f"v:{name}", view=form), coach)


def begun_with(reply: Reply, coach: Coach) -> Modal:
    assert reply.say
    value = reply.say.blocks[-1]["elements"][0]["value"]
    return modal(retros.start(replace(ASKED, source="action", action=Action(views.START, value=value)), coach))


def test_closing_a_response_offers_a_retro_with_its_timeline(coach: Coach) -> None:
    reply = signed(coach, DRILL.id)
    assert reply.channel == HERE
    begun = shown(begun_with(reply, coach))
    assert (begun["kind~0"], begun["system~0"], begun["release~0"]) == ("drift", "Fraud model", "v3")
    assert begun["expected~0"].startswith("Timeline (UTC):\n09:30 Alert: 4 % of payments.\n\nRisks that we accepted:\n")
    assert begun["people~0"] == ["UANA", "UCLEO", "UBEN"]
    submitted(coach, begun_with(reply, coach))
    assert coach.retros.listing("T1", HERE, "UANA")[0].words.run == 1


def test_accepted_risks_offer_a_retro_and_a_clean_signature_does_not(coach: Coach) -> None:
    begun = shown(begun_with(signed(coach, HOUSE.id), coach))
    assert begun["kind~0"] == "launch"
    assert begun["expected~0"].startswith("Risks that we accepted:\n• Do W1: We look again.\n")
    assert signed(coach, "band-check", risks=False).say is None


def test_a_long_timeline_is_cut_between_entries(coach: Coach) -> None:
    run = coach.checklists.start(DRILL.id, FRAUD, Choices(), by=ANA, channel=HERE).run_id
    for n in range(40):
        coach.checklists.note(run, f"{n} {'x' * 200}", by=ANA)
    click = replace(ASKED, source="action", action=Action(views.START, value=f"run:{run}"))
    said = shown(modal(retros.start(click, coach)))["expected~0"]
    assert len(said) < 3000
    assert said.endswith("more, in the history of its card")


# The card


def test_a_history_tells_what_became_of_an_action(coach: Coach) -> None:
    one = logged(coach)
    (action,) = coach.retros.find("T1", one.id).actions
    coach.actions.done(action.id, "The table stands in the report.", "", by=BEN)
    coach.actions.reopen(action.id, by=BEN)
    coach.actions.hand_over(action.id, "UCLEO", by=BEN)
    said = told(modal(on_card(coach, views.MORE, f"history:{one.id}")))
    assert "<@UBEN> marked _Do_ done: The table stands in the report. · <!date^" in said
    assert "<@UBEN> opened _Do_ again · " in said
    assert "<@UBEN> handed _Do_ over to <@UCLEO> · " in said


def test_a_card_shows_the_retro_and_then_that_it_was_deleted(coach: Coach) -> None:
    one = logged(coach)
    card = coach.render(key("T1", one.id))
    assert card
    assert card.text.startswith("Retro 1 · Fraud model v3: incident")
    asked = modal(on_card(coach, views.MORE, f"delete:{one.id}"))
    form = View("V1", "h", asked.callback_id, json.loads(asked.private_metadata), {})
    reply = retro_cards.delete(Request("submission", "T1", "UANA", "v:9", view=form), coach)
    assert reply.draw == (key("T1", one.id),)
    assert reply.index
    gone = coach.render(key("T1", one.id))
    assert gone
    assert gone.text == "Retro 1 was deleted."
    assert "deleted by <@UANA> on <!date^" in str(gone.blocks)
    assert coach.render(key("T2", one.id)) is None
    for action in (views.EDIT, views.READ, views.MORE):
        with pytest.raises(RetroGone):
            on_card(coach, action, f"history:{one.id}")


def test_with_a_retro_the_posts_that_show_its_actions_are_drawn_at_once(coach: Coach) -> None:
    one, other = (coach.retros.find("T1", logged(coach).id) for _ in range(2))
    assert one
    assert other
    (action,) = one.actions
    digest = coach.actions.digest("T1", HERE)
    assert digest
    with coach.database.write() as tx:
        action_store.posted(tx, "T1", digest.id, 77, coach.retros.now())
    form = View("V1", "h", modals.DELETING, {"retro": one.id}, {})
    reply = retro_cards.delete(Request("submission", "T1", "UANA", "v:9", view=form), coach)
    assert set(reply.also) == {proof_key("T1", action.id), Key("T1", "digest", 77)}
    assert proof_key("T1", other.actions[0].id) not in reply.also


def test_only_the_author_or_an_admin_deletes(coach: Coach) -> None:
    one = logged(coach)
    unknown = on_card(coach, views.MORE, f"delete:{one.id}", "UBEN")
    assert unknown.say
    assert unknown.say.text.endswith("try again in a moment.")
    assert (unknown.meet, unknown.retry) == ({"UBEN"}, True)
    coach.installs.note_person("T1", "UBEN", zone="UTC", admin=False)
    known = on_card(coach, views.MORE, f"delete:{one.id}", "UBEN")
    assert known.say
    assert known.say.text == "Only the author of this retro, or a workspace admin, can delete it."
    coach.installs.note_person("T1", "UBEN", zone="UTC", admin=True)
    assert on_card(coach, views.MORE, f"delete:{one.id}", "UBEN").modal


def test_a_draft_of_an_edit_goes_with_the_retro(coach: Coach) -> None:
    one = logged(coach)
    form = modal(on_card(coach, views.EDIT, str(one.id), "UBEN"))
    coach.retros.keep_draft({"why": "Secret."}, by=BEN, channel=HERE, retro=one.id)
    coach.retros.delete(one.id, by=ANA)
    with pytest.raises(RetroGone):
        submitted(coach, form, "UBEN")
    assert coach.retros.draft("T1", "UBEN", HERE, one.id) is None


def test_those_who_took_part_edit_and_others_are_told(coach: Coach) -> None:
    one = logged(coach)
    with pytest.raises(NotTakenPart):
        on_card(coach, views.EDIT, str(one.id), "UCLEO")
    form = modal(on_card(coach, views.EDIT, str(one.id), "UBEN"))
    assert "system~0" not in shown(form)
    submitted(coach, form, "UBEN", why="Ben's.", **{**ACT, "action": "And this"})
    now = coach.retros.find("T1", one.id)
    assert now
    assert (now.words.why, now.version, [each.text for each in now.actions]) == ("Ben's.", 2, ["Do", "And this"])


def test_the_second_of_two_editors_sees_the_first_and_saves_again(coach: Coach) -> None:
    one = logged(coach)
    mine, theirs = (modal(on_card(coach, views.EDIT, str(one.id), user)) for user in ("UANA", "UBEN"))
    submitted(coach, theirs, "UBEN", "v:b", why="Ben's.", kind="drift")
    late = submitted(coach, mine, "UANA", "v:a", why="Ana's.", keep="Ana's too.")
    assert late.how == "update"
    form = modal(late)
    assert shown(form) | {"why~1": "Ana's.", "keep~1": "Ana's too.", "kind~1": "drift"} == shown(form)
    assert "*Changed by <@UBEN> meanwhile:*" in told(form)
    submitted(coach, form, "UANA", "v:c")
    now = coach.retros.find("T1", one.id)
    assert now
    assert (now.words.why, now.words.keep, now.words.kind) == ("Ana's.", "Ana's too.", "drift")
    past = modal(on_card(coach, views.MORE, f"history:{one.id}"))
    assert "_Kind_: Incident → Drift" in told(past)
    assert "now\\n> Ana's too." in told(past)


def test_an_action_that_changed_meanwhile_is_no_quarrel(coach: Coach) -> None:
    one = logged(coach)
    mine, theirs = (modal(on_card(coach, views.EDIT, str(one.id), user)) for user in ("UANA", "UBEN"))
    submitted(coach, theirs, "UBEN", "v:b", **{**ACT, "action": "Only an action"})
    assert submitted(coach, mine, "UANA", "v:a", why="Ana's.").modal is None
    now = coach.retros.find("T1", one.id)
    assert now
    assert (now.words.why, now.version) == ("Ana's.", 3)


def test_a_retro_is_clicked_only_where_it_may_be_seen(coach: Coach) -> None:
    one = logged(coach)
    with pytest.raises(RetroGone):
        on_card(coach, views.READ, str(one.id), "UCLEO", THERE)
    assert on_card(coach, views.READ, str(one.id), "UCLEO").modal


def test_a_card_is_posted_again_from_its_menu_and_from_the_question_where_it_is(coach: Coach) -> None:
    one = logged(coach)
    for reply in (
        on_card(coach, views.MORE, f"again:{one.id}"),
        checklists.post_again(replace(ASKED, source="action", action=Action("x", value=f"retro:{one.id}")), coach),
    ):
        assert (reply.draw, reply.channel) == ((key("T1", one.id),), HERE)
