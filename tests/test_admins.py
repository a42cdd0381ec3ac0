"""What admins may do, by people who were seen to be admins a while ago."""

from collections.abc import Callable
from datetime import date, time

import pytest

from bot.app import Coach
from bot.checklists.own import views as own_views
from bot.installs.service import Installs
from bot.learning.model import Wish
from bot.retros import views as retro_views
from bot.retros.model import NewAction, Retro, Words
from bot.retros.proposals import views
from bot.retros.proposals.model import New, Wording
from handlers import learning, retro_actions, retro_cards, retro_proposals
from handlers.requests import Action, Reply, Request
from tests.samples import ANA, HERE, Clock

ACT = NewAction("Add a table", "UANA", date(2026, 6, 1))
ITEM = Wording("ethics-check", "bias", "Compare results by country", "A table by country", "Make the table.")
WORDS = Words(why="Nobody looked.", causes=("data",))

Handler = Callable[[Request, Coach], Reply]
Deed = Callable[[Coach, Retro], Reply]


@pytest.fixture
def retro(coach: Coach) -> Retro:
    """A retro whose item stands on a checklist while another waits, in a channel with weekly prompts and a digest."""
    coach.learning.subscribe(Wish("core", 1, time(10), "UTC"), by=ANA, channel=HERE)
    logged = coach.retros.log(WORDS, [ACT], by=ANA, channel=HERE)
    meet(coach, admin=True)
    adopted, _ = (coach.proposals.propose(New(logged.id, ITEM), by=ANA, channel=HERE) for _ in range(2))
    coach.proposals.accept(adopted.id, by=Request("action", "T1", "UADMIN", "").by, channel=HERE)
    return logged


def meet(coach: Coach, *, admin: bool) -> None:
    coach.installs.note_person("T1", "UADMIN", zone="UTC", admin=admin)


def typed(coach: Coach, handler: Handler, text: str) -> Reply:
    return handler(Request("command", "T1", "UADMIN", "", channel=HERE, trigger="t", text=text), coach)


def clicked(coach: Coach, handler: Handler, action: str, value: object) -> Reply:
    asked = Request("action", "T1", "UADMIN", "", channel=HERE, action=Action(action, value=str(value)))
    return handler(asked, coach)


def accept(coach: Coach, retro: Retro) -> Reply:
    waiting = coach.proposals.standing("T1", retro.id)[-1].proposal.id
    return clicked(coach, retro_proposals.accept, views.ACCEPT, waiting)


def take_out(coach: Coach, retro: Retro) -> Reply:
    del retro
    (own,) = coach.own_items.listing("T1")
    return clicked(coach, retro_proposals.take_out, own_views.TAKE_OUT, own.id)


DEEDS: dict[str, Deed] = {
    "accept": accept,
    "take out": take_out,
    "delete": lambda coach, retro: clicked(coach, retro_cards.more, retro_views.MORE, f"delete:{retro.id}"),
    "prompts": lambda coach, _: typed(coach, learning.learn, "learn stop"),
    "digest": lambda coach, _: typed(coach, retro_actions.actions, "actions digest off"),
}


@pytest.mark.parametrize("name", DEEDS)
def test_an_admin_is_one_for_a_day_and_is_then_met_again(coach: Coach, retro: Retro, clock: Clock, name: str) -> None:
    clock.forward(days=1)
    refused = DEEDS[name](coach, retro)
    assert (refused.meet, refused.retry) == ({"UADMIN"}, True)
    assert refused.say
    assert refused.say.text.endswith("if you are, try again in a moment.")
    meet(coach, admin=True)
    assert not DEEDS[name](coach, retro).retry


@pytest.mark.parametrize("name", DEEDS)
def test_who_is_no_admin_any_more_is_refused_for_good(coach: Coach, retro: Retro, name: str) -> None:
    meet(coach, admin=False)
    refused = DEEDS[name](coach, retro)
    assert not refused.retry
    assert refused.say
    assert "workspace admin" in refused.say.text


def test_the_list_of_own_items_is_drawn_again_for_an_admin_of_yesterday(
    coach: Coach, retro: Retro, clock: Clock
) -> None:
    assert retro
    clock.forward(days=1)
    shown = typed(coach, retro_proposals.items, "retro items")
    assert shown.say
    assert (shown.retry, own_views.TAKE_OUT in str(shown.say.payload())) == (True, False)
    meet(coach, admin=True)
    again = typed(coach, retro_proposals.items, "retro items")
    assert again.say
    assert (again.retry, own_views.TAKE_OUT in str(again.say.payload())) == (False, True)


def test_nobody_knows_of_strangers_and_of_people_met_yesterday(installs: Installs, clock: Clock) -> None:
    installs.note_person("T1", "UADMIN", zone="UTC", admin=True)
    installs.note_person("T1", "UBEN", zone="UTC", admin=False)
    clock.forward(hours=23, minutes=59)
    assert [installs.is_admin("T1", one) for one in ("UADMIN", "UBEN", "UNOBODY")] == [True, False, None]
    assert installs.is_admin("T2", "UADMIN") is None
    clock.forward(minutes=1)
    assert [installs.is_admin("T1", one) for one in ("UADMIN", "UBEN")] == [None, None]
    known = installs.person("T1", "UADMIN")
    assert known
    assert known.zone == "UTC"
