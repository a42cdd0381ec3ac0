"""What the handlers of proposed items answer where a story over HTTP does not get to."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.app import Coach
from bot.checklists import modals as checklist_modals
from bot.checklists import views as checklist_views
from bot.checklists.own import views as own_views
from bot.delivery.model import Key
from bot.errors import FieldErrors, NotAnAdmin, NotTakenPart, ProposalGone
from bot.retros import views as retro_views
from bot.retros.model import NewAction, Retro, Words
from bot.retros.proposals import views
from handlers import checklists, retro_proposals
from handlers.requests import Action, Reply, Request, View
from handlers.routes import routes
from tests.samples import ANA, HERE

SAID = {
    "place": "ethics-check:bias",
    "title": "Compare results\nby country",
    "hint": "A table by country",
    "check": "Make the table.\nRead it.",
    "level": "must",
}
WORDS = Words(why="Nobody looked.", caught="A table.", causes=("data",), people=("UBEN",))


@pytest.fixture
def coach(coach: Coach) -> Coach:
    coach.installs.note_person("T1", "UADMIN", zone="UTC", admin=True)
    coach.installs.note_person("T1", "UANA", zone="UTC", admin=False)
    return coach


@pytest.fixture
def retro(coach: Coach) -> Retro:
    return coach.retros.log(WORDS, [], by=ANA, channel=HERE)


def clicked(action: str, value: int, user: str = "UANA") -> Request:
    return Request("action", "T1", user, "", channel=HERE, action=Action(action, value=str(value)))


def click(coach: Coach, action: str, value: int, user: str = "UANA") -> Reply:
    return routes.actions[action](clicked(action, value, user), coach)


def submit(coach: Coach, retro: Retro, user: str = "UANA", **fields: object) -> Reply:
    """Open the form and send it with these words."""
    shown = click(coach, views.PROPOSE, retro.id, user).modal
    return sent(coach, shown.private_metadata if shown else "", {**SAID, **fields}, user)


def sent(coach: Coach, where: str, said: Mapping[str, object], user: str) -> Reply:
    view = View("V1", "h", views.PROPOSING, json.loads(where), said)
    asked = Request("submission", "T1", user, "", view=view)
    return routes.submissions[views.PROPOSING](asked, coach)


def said(reply: Reply) -> str:
    return reply.say.text if reply.say else ""


def proposal(coach: Coach, retro: Retro) -> int:
    return coach.proposals.standing("T1", retro.id)[-1].proposal.id


def test_a_form_proposes_one_line_each_and_redraws_the_retro(coach: Coach, retro: Retro) -> None:
    reply = submit(coach, retro)
    made = coach.proposals.standing("T1", retro.id)[0].proposal
    assert (made.words.title, made.words.check) == ("Compare results by country", "Make the table.\nRead it.")
    assert (made.words.checklist, made.words.phase, made.words.level) == ("ethics-check", "bias", "must")
    assert reply.draw == (Key("T1", "retro", retro.id),)
    assert said(reply).startswith("✓ Proposed:")
    assert reply.channel == HERE


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", "x" * 74), ("hint", "&" * 16), ("check", " "), ("place", ""), ("place", "ethics-check:gone")],
)
def test_what_does_not_fit_stays_in_the_form(coach: Coach, retro: Retro, field: str, value: str) -> None:
    with pytest.raises(FieldErrors) as caught:
        submit(coach, retro, **{field: value})
    assert list(caught.value.fields) == [field]
    assert coach.proposals.standing("T1", retro.id) == []


def test_who_did_not_take_part_gets_no_form(coach: Coach, retro: Retro) -> None:
    with pytest.raises(NotTakenPart):
        click(coach, views.PROPOSE, retro.id, "UADMIN")


@pytest.mark.parametrize("action", [views.ACCEPT, views.DECLINE])
def test_who_may_be_an_admin_is_looked_up_and_it_is_tried_again(coach: Coach, retro: Retro, action: str) -> None:
    submit(coach, retro)
    reply = click(coach, action, proposal(coach, retro), "UBEN")
    assert said(reply).startswith("Only a workspace admin")
    assert said(reply).endswith("try again in a moment.")
    assert (reply.meet, reply.retry) == ({"UBEN"}, True)
    known = click(coach, action, proposal(coach, retro), "UANA")
    assert "try again" not in said(known)
    assert not known.retry
    assert coach.proposals.standing("T1", retro.id)[0].proposal.state == "proposed"
    done = click(coach, action, proposal(coach, retro), "UADMIN")
    assert (done.say, done.draw) == (None, (Key("T1", "retro", retro.id),))
    with pytest.raises(ProposalGone):
        click(coach, action, proposal(coach, retro), "UADMIN")


def test_the_form_of_a_stranger_is_drawn_again_with_the_box_for_admins(coach: Coach, retro: Retro) -> None:
    reply = click(coach, views.PROPOSE, retro.id, "UBEN")
    assert reply.modal
    assert views.AT_ONCE not in str(reply.modal)
    assert reply.again
    coach.installs.note_person("T1", "UBEN", zone="UTC", admin=True)
    assert views.AT_ONCE in str(reply.again())
    assert click(coach, views.PROPOSE, retro.id, "UBEN").again is None


def test_an_admin_adds_it_in_the_same_form(coach: Coach) -> None:
    retro = coach.retros.log(replace(WORDS, people=("UADMIN",)), [], by=ANA, channel=HERE)
    with pytest.raises(NotAnAdmin):
        submit(coach, retro, "UANA", at_once=[views.AT_ONCE])
    assert said(submit(coach, retro, "UADMIN", at_once=[views.AT_ONCE])).startswith("✓ Added:")
    assert coach.checklists.version("T1", "ethics-check").added == {"retro-1-1": "added after retro 1"}


def test_a_suggestion_opens_the_form_with_its_words(coach: Coach) -> None:
    *_, newest = [coach.retros.log(WORDS, [], by=ANA, channel=HERE) for _ in range(3)]
    coach.proposals.catch_up()
    shown = click(coach, views.LOOK, proposal(coach, newest)).modal
    assert shown
    assert coach.library.causes["data"].title in json.dumps(shown.payload())
    assert said(sent(coach, shown.private_metadata, SAID, "UANA")).startswith("✓ Proposed:")
    assert [one.proposal.state for one in coach.proposals.standing("T1", newest.id)] == ["proposed"]
    card = coach.render(Key("T1", "retro", newest.id))
    assert card
    assert "Proposed for *Ethics check*" in json.dumps(card.payload())


def test_the_start_form_counts_what_was_added(coach: Coach, retro: Retro) -> None:
    before = _scopes(coach)
    submit(coach, retro)
    click(coach, views.ACCEPT, proposal(coach, retro), "UADMIN")
    assert ("Full: all 30 items" in before, "Full: all 31 items" in _scopes(coach)) == (True, True)


def _scopes(coach: Coach) -> str:
    typed = Request("command", "T1", "UANA", "", channel=HERE, trigger="t", text="ethics-check")
    from_button = clicked(checklist_views.BEGIN, 0)
    from_button = replace(from_button, action=Action(checklist_views.BEGIN, value="ethics-check"))
    shown = [checklists.begin(typed, coach).modal, checklists.open_form(from_button, coach).modal]
    payloads = [json.dumps(one.payload()) for one in shown if one and one.callback_id == checklist_modals.START]
    assert len(set(payloads)) == 1
    return payloads[0]


def test_a_retros_history_tells_what_became_of_its_items_and_actions(coach: Coach) -> None:
    act = NewAction("Add a table by country", "UANA", coach.retros.now().date())
    retro = coach.retros.log(WORDS, [act], by=ANA, channel=HERE)
    kept = coach.retros.find("T1", retro.id)
    assert kept
    coach.actions.done(kept.actions[0].id, "Done.", "", by=ANA)
    submit(coach, retro)
    click(coach, views.ACCEPT, proposal(coach, retro), "UADMIN")
    asked = clicked(retro_views.MORE, retro.id)
    asked = replace(asked, action=Action(retro_views.MORE, value=f"{retro_views.HISTORY}:{retro.id}"))
    shown = routes.actions[retro_views.MORE](asked, coach).modal
    assert shown
    told = json.dumps(shown.payload())
    assert "*<@UADMIN> accepted an item* " in told
    assert "<@UANA> marked _Add a table by country_ done: Done." in told
    assert "> Compare results by country" in told


def test_items_are_listed_and_taken_out_by_an_admin(coach: Coach, retro: Retro) -> None:
    assert "0 items of your own" in said(_items(coach))
    submit(coach, retro)
    click(coach, views.ACCEPT, proposal(coach, retro), "UADMIN")
    assert "1 item of your own" in said(_items(coach))
    assert own_views.TAKE_OUT not in str(_items(coach).say)
    assert own_views.TAKE_OUT in str(_items(coach, "UADMIN").say)
    assert [_items(coach, user).retry for user in ("UADMIN", "UANA", "UBEN")] == [False, False, True]
    [own] = coach.own_items.listing("T1")
    assert said(click(coach, own_views.TAKE_OUT, own.id, "UBEN")).endswith("try again in a moment.")
    assert said(click(coach, own_views.TAKE_OUT, own.id, "UADMIN")).startswith("✓ Taken out.")
    assert coach.own_items.listing("T1") == []


def _items(coach: Coach, user: str = "UANA") -> Reply:
    return retro_proposals.items(Request("command", "T1", user, "", channel=HERE, text="items"), coach)
