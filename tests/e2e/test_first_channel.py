"""Forms of retros in a channel where the coach is asked for the first time: who may read them can be chosen."""

from collections.abc import Iterator

import pytest

from sandbox.client import Json, PersonClient, elements, words
from tests.e2e.conftest import harm
from tests.e2e.stage import Beside, beside
from tests.e2e.team import Team

ASKED = "conversations.info"


@pytest.fixture(scope="module")
def doorstep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    """A sandbox of its own: the coach knows no channel yet, and each story is in another."""
    with beside(tmp_path_factory.mktemp("doorstep"), "redraws") as started:
        yield started
        assert harm(started) == []


def a_form(who: PersonClient, channel: str) -> Json:
    who.command(channel, "/aipm retro Fraud model v3")
    return who.opened("What did we expect")


def asks_who_may_read_it(form: Json) -> bool:
    return any(one["block_id"].startswith("visibility~") for one in elements(form))


def test_the_first_form_in_a_public_channel_asks_who_may_read_it(doorstep: Beside) -> None:
    anna = Team(doorstep, "Nothing").anna
    assert asks_who_may_read_it(a_form(anna, "#no-bot"))
    anna.close_all()


def test_the_first_form_in_a_private_channel_stays_there(doorstep: Beside) -> None:
    anna = Team(doorstep, "Nothing").anna
    form = a_form(anna, "#risk-board")
    assert not asks_who_may_read_it(form)
    assert "Stays in this channel" in words(form["data"])
    anna.close_all()


def test_the_form_does_not_wait_for_a_slow_slack(doorstep: Beside) -> None:
    ben = Team(doorstep, "Nothing").ben
    doorstep.client.fault("slow", ASKED, count=1, seconds=5)
    assert not asks_who_may_read_it(a_form(ben, "#launches"))
    ben.close_all()
