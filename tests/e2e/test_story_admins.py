"""What only admins may do, by people whom the coach has never met: one press is enough."""

from collections.abc import Iterator

import pytest

from bot.app import Coach, build
from bot.database import Actor
from bot.retros.model import Retro, Words
from bot.retros.proposals.model import New, Wording
from bot.settings import Settings
from sandbox.client import Json, words
from tests.e2e.conftest import harm
from tests.e2e.stage import Beside, beside
from tests.e2e.team import Team, buttons, title

BY = Actor("T0AIPMTEAM", "U0BENORTIZ")
CHANNEL = "C0FRAUDTEAM"
ITEM = Wording("ethics-check", "bias", "Compare results by country", "A table by country", "Make the table.")


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    """A sandbox of its own: nobody has met the coach yet, and each story is about somebody else."""
    with beside(tmp_path_factory.mktemp("gate"), "everything") as started:
        yield started
        assert harm(started) == []


@pytest.fixture
def coach(gate: Beside) -> Iterator[Coach]:
    """The coach's own services, beside the process that serves."""
    built = build(Settings(_env_file=None, database_url=gate.database), checkpoints=False)
    yield built
    built.close()


def proposed(coach: Coach, team: Team) -> tuple[Retro, Json]:
    """Have an item proposed, and give the retro and its card, on which it waits for an admin."""
    retro = coach.retros.log(Words(why="Nobody looked.", causes=("data",)), [], by=BY, channel=CHANNEL)
    coach.proposals.propose(New(retro.id, ITEM), by=BY, channel=CHANNEL)
    return retro, card(team, retro, "Proposed for *Ethics check*")


def card(team: Team, retro: Retro, text: str) -> Json:
    def look() -> Json | None:
        found = [one for one in team.seen(team.anna) if title(one) == retro.title]
        return found[-1] if found and text in words(found[-1]["data"]) else None

    return team.until(look)


def test_an_admin_whom_nobody_has_met_accepts_with_one_press(gate: Beside, coach: Coach) -> None:
    team = Team(gate, "Nothing")
    retro, with_it = proposed(coach, team)
    team.chika.click(with_it, "retro.accept_item")
    accepted = card(team, retro, "✅ On *Ethics check*")
    assert "retro.accept_item" not in buttons(accepted)
    assert not [one for one in team.seen(team.chika) if one["ephemeral"]]


def test_who_is_no_admin_is_told_so_and_not_to_try_again(gate: Beside, coach: Coach) -> None:
    team = Team(gate, "Nothing")
    _, with_it = proposed(coach, team)
    team.ben.click(with_it, "retro.accept_item")
    told = words(team.told(team.ben, "Only a workspace admin decides")["data"])
    assert "try again" not in told


def test_while_slack_does_not_say_who_it_is_they_are_asked_to_try_again(gate: Beside, coach: Coach) -> None:
    team = Team(gate, "Nothing")
    _, with_it = proposed(coach, team)
    gate.client.fault("slow", "users.info", count=2, seconds=5)
    team.anna.click(with_it, "retro.decline_item")
    assert "if you are, try again" in words(team.told(team.anna, "Only a workspace admin decides")["data"])
    team.anna.command(team.channel, "/aipm retro items")
    assert "own.take_out" not in buttons(team.told(team.anna, "on this workspace's checklists"))
