"""What a retro learned meets the next team: an item is proposed, accepted, ticked in a later checklist, taken out."""

from collections.abc import Iterator

import pytest

from bot.app import Coach, build
from bot.database import Actor
from bot.retros.model import Retro, Words
from bot.settings import Settings
from sandbox.client import Json, PersonClient, words
from tests.e2e.conftest import harm
from tests.e2e.stage import Beside, beside
from tests.e2e.team import Team, boxes, buttons, title

WORKSPACE, ANNA, BEN, CHIKA = "T0AIPMTEAM", "U0ANNABERG", "U0BENORTIZ", "U0CHIKAITO"
CHANNELS = {"#general": "C0GENERAL", "#fraud-team": "C0FRAUDTEAM"}
CAUGHT = "A table by country in the evaluation."
WORDS = Words(expected="Fewer alarms.", caught=CAUGHT, causes=("data",), people=(BEN,))
SAID = {"place": "ethics-check:bias", "title": "Compare results by country", "hint": "A table by country"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    """A sandbox of its own, because what is added to a checklist stays."""
    with beside(tmp_path_factory.mktemp("office"), "everything") as started:
        yield started
        assert harm(started) == []


@pytest.fixture
def coach(office: Beside) -> Iterator[Coach]:
    """The coach's own services, beside the process that serves."""
    built = build(Settings(_env_file=None, database_url=office.database), checkpoints=False)
    yield built
    built.close()


def log(coach: Coach, team: Team, by: str = ANNA) -> Retro:
    return coach.retros.log(WORDS, [], by=Actor(WORKSPACE, by), channel=CHANNELS[team.channel])


def card(team: Team, retro: Retro, text: str = "") -> Json:
    """Wait until the card of a retro shows a text."""

    def look() -> Json | None:
        found = [one for one in team.seen(team.anna) if title(one) == retro.title]
        return found[-1] if found and text in words(found[-1]["data"]) else None

    return team.until(look)


def proposed(team: Team, who: PersonClient, retro: Retro) -> Json:
    """Open the form from the card, mend what it refuses, and send it; give the card."""
    who.click(card(team, retro), "retro.propose")
    form = who.opened("Everyone in this workspace will read this item")
    assert CAUGHT in words(form["data"])
    refused = who.submit({**SAID, "title": "&" * 15})["errors"]
    assert list(refused) == ["title"]
    assert not who.submit(SAID).get("errors")
    return card(team, retro, "Proposed for *Ethics check*")


def asked_of(team: Team, user: str) -> bool:
    """Say whether the coach has asked Slack who somebody is: that answer comes once, and late."""
    return any(user in str(one["request"]) for one in team.client.traffic("users.info"))


def test_an_item_goes_from_a_retro_into_the_next_checklist(office: Beside, coach: Coach) -> None:
    team = Team(office, "Fraud model v3")
    retro = log(coach, team)
    with_it = proposed(team, team.ben, retro)
    assert "A workspace admin" not in words(with_it["data"])

    coach.installs.note_person(WORKSPACE, ANNA, zone="UTC", admin=False)
    team.anna.click(with_it, "retro.accept_item")
    team.told(team.anna, "Only a workspace admin decides")
    coach.installs.note_person(WORKSPACE, CHIKA, zone="UTC", admin=True)
    team.chika.click(with_it, "retro.accept_item")
    accepted = card(team, retro, "✅ On *Ethics check*")
    assert "Not used in a checklist yet. The cause *data* has not come back." in words(accepted["data"])
    assert "retro.accept_item" not in buttons(accepted)

    it_is_used(team, retro)
    again = log(coach, team)
    card(team, retro, f"*data* came back in retro {again.number}.")
    it_is_taken_out(team, coach, retro)


def it_is_used(team: Team, retro: Retro) -> None:
    name = f"retro-{retro.number}-1"
    run = team.start("ethics-check")
    assert f"A table by country · added after retro {retro.number}" in words(run["data"])
    assert boxes(run)[name] is False
    card(team, retro, "Used in 1 checklist since, met in 0.")
    team.tick(team.ben, run, name)
    card(team, retro, "Used in 1 checklist since, met in 1.")
    details = team.details(team.anna, run, name)
    assert f"{name} · added after retro {retro.number}" in words(details["data"])
    team.anna.close_all()


def it_is_taken_out(team: Team, coach: Coach, retro: Retro) -> None:
    coach.installs.note_person(WORKSPACE, CHIKA, zone="UTC", admin=True)
    team.chika.command(team.channel, "/aipm retro items")
    listed = team.told(team.chika, "1 item of your own")
    assert "Compare results by country" in words(listed["data"])
    team.until(lambda: asked_of(team, CHIKA))
    coach.installs.note_person(WORKSPACE, CHIKA, zone="UTC", admin=True)
    team.chika.click(listed, "own.take_out")
    team.told(team.chika, "✓ Taken out.")
    card(team, retro, "Taken out")
    assert f"retro-{retro.number}-1" not in boxes(Team(team.stage, "Later model v1").start("ethics-check"))


def test_a_cause_in_three_retros_suggests_an_item(office: Beside, coach: Coach) -> None:
    team = Team(office, "Other model v1", "#general")
    for _ in range(2):
        assert "retro.look_at_item" not in buttons(card(team, log(coach, team)))
    third = log(coach, team)
    suggested = card(team, third, "*Data* has been a cause in 3 retros")
    team.ben.click(suggested, "retro.look_at_item")
    form = team.ben.opened("Everyone in this workspace will read this item")
    assert coach.library.causes["data"].title in words(form["data"])
    assert not team.ben.submit({"check": "Count the blanks."}).get("errors")
    with_it = card(team, third, "Proposed for *Data readiness*")
    coach.installs.note_person(WORKSPACE, CHIKA, zone="UTC", admin=True)
    team.chika.click(with_it, "retro.decline_item")
    declined = card(team, third, "declined “")
    assert "retro.accept_item" not in buttons(declined)
