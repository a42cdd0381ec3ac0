"""Forms that ask somebody for a time zone whom the coach meets for the first time: their own is filled in."""

from collections.abc import Iterator

import pytest

from sandbox.client import Json, PersonClient, elements
from tests.e2e.conftest import harm
from tests.e2e.stage import Beside, beside
from tests.e2e.team import Team

ASKED = "users.info"


@pytest.fixture(scope="module")
def doorstep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    """A sandbox of its own: nobody has met the coach yet, and each story is about somebody else."""
    with beside(tmp_path_factory.mktemp("doorstep"), "redraws") as started:
        yield started
        assert harm(started) == []


def zone_in(form: Json) -> Json:
    return next(one for one in elements(form) if one["block_id"] == "zone")


def asked_of(team: Team) -> int:
    """Count how often Slack was asked about Anna."""
    return sum("U0ANNABERG" in str(one["request"]) for one in team.client.traffic(ASKED, "in"))


def a_form(who: PersonClient) -> Json:
    who.command("#no-bot", "/aipm learn subscribe platform friday")
    return who.opened("One idea a week for this channel")


def test_the_first_form_that_somebody_sees_has_their_zone(doorstep: Beside) -> None:
    chika = Team(doorstep, "Nothing", "#no-bot").chika
    zone = zone_in(a_form(chika))
    assert zone["initial_option"]["value"] == zone["options"][0]["value"] == "Asia/Tokyo"
    chika.close_all()


def test_the_form_does_not_wait_for_a_slow_slack(doorstep: Beside) -> None:
    ben = Team(doorstep, "Nothing", "#no-bot").ben
    doorstep.client.fault("slow", ASKED, count=1, seconds=5)
    assert "initial_option" not in zone_in(a_form(ben))
    ben.close_all()


def test_the_form_of_the_questions_has_their_zone_too(doorstep: Beside) -> None:
    team = Team(doorstep, "Nothing", "#no-bot")
    before = asked_of(team)
    doorstep.client.fault("error_before", ASKED, count=1)
    team.anna.command(team.channel, "/aipm quiz")  # when Slack says nothing of her
    offer = team.told(team.anna, "I can ask you one question at a time")
    team.until(lambda: asked_of(team) > before)
    team.anna.click(offer, "review.schedule")
    form = team.anna.opened("One question at a time, in our direct message.")
    assert zone_in(form)["initial_option"]["value"] == "Europe/Berlin"
    team.anna.close_all()
