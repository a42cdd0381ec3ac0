"""What a team learned is met again: searched for, listed, shown, and offered where something like it begins."""

from collections.abc import Iterator

import pytest

from bot.app import Coach, build
from bot.database import Actor
from bot.retros.model import Retro, Words
from bot.settings import Settings
from bot.systems.model import Named
from sandbox.client import Json, PersonClient, elements, words
from tests.e2e.conftest import harm
from tests.e2e.stage import Beside, beside
from tests.e2e.team import Team
from tests.samples import HOSTILE

WORKSPACE, ANNA = "T0AIPMTEAM", "U0ANNABERG"
GENERAL, FRAUD_TEAM, RISK_BOARD = "C0GENERAL", "C0FRAUDTEAM", "C0RISKBOARD"
SAID = Words(
    named=Named("Fraud model", "v2"),
    kind="incident",
    expected="Fewer false alarms; shops in Portugal saw twice as many.",
    why="Nobody looked behind the average threshold.",
    causes=("data",),
    visibility="workspace",
)
LOCAL = Words(named=Named("Fraud model", "v1"), expected="The alarms of Portugal were paused by hand.")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    """A sandbox of its own, because retros stay."""
    with beside(tmp_path_factory.mktemp("archive"), "everything") as started:
        yield started
        assert harm(started) == []


@pytest.fixture
def coach(archive: Beside) -> Iterator[Coach]:
    """The coach's own services, beside the process that serves."""
    built = build(Settings(_env_file=None, database_url=archive.database), checkpoints=False)
    for channel in (GENERAL, FRAUD_TEAM):
        built.installs.note_channel(WORKSPACE, channel, public=True)
    built.installs.note_channel(WORKSPACE, RISK_BOARD, public=False)
    yield built
    forget(built, *built.records.everything(WORKSPACE))  # so that the next story meets its own
    built.close()


def log(coach: Coach, said: Words, channel: str, by: str = ANNA) -> Retro:
    logged = coach.retros.log(said, [], by=Actor(WORKSPACE, by), channel=channel)
    while coach.finder.catch_up():
        pass
    return logged


def forget(coach: Coach, *some: Retro) -> None:
    """Delete some retros."""
    for one in some:
        coach.retros.delete(one.id, by=Actor(WORKSPACE, one.author))
    while coach.finder.catch_up():
        pass


def asked(team: Team, who: PersonClient, rest: str, text: str) -> str:
    who.command(team.channel, f"/aipm retro {rest}")
    return words(team.told(who, text)["data"])


def _posted(coach: Coach, retro: Retro) -> str | None:
    """Give the ts of a retro's card, once the coach knows it."""
    found = coach.retros.find(WORKSPACE, retro.id)
    return found.message_ts if found else None


def test_what_was_learned_is_found_again(archive: Beside, coach: Coach) -> None:
    team = Team(archive, "Nothing")
    first = log(coach, SAID, FRAUD_TEAM)
    team.until(lambda: _posted(coach, first))
    shown = asked(team, team.ben, "search ALARMS shops", "1 retro with")
    assert f"/archives/{FRAUD_TEAM}/p" in shown
    assert "_Expected, and happened:_ Fewer false *alarms*; shops in Portugal" in shown
    guessed = asked(team, team.ben, "search thresholt", "Did you mean")
    assert "/aipm retro search threshold" in guessed
    assert first.title in asked(team, team.ben, "list fraud model", "The newest retros")
    assert "Nobody looked behind the average threshold." in asked(team, team.ben, f"show {first.number}", first.title)
    asked(team, team.ben, "show 999", "I know no such retro")
    asked(team, team.ben, "search", "Say which words to look for.")


@pytest.mark.parametrize("text", [*HOSTILE.values(), '" OR 1=1 --', "NEAR(a b)", "a:b^c*", "%_'\\"], ids=str)
def test_any_query_ends_in_a_sentence(archive: Beside, text: str) -> None:
    team = Team(archive, "Nothing", "#general")
    query = text.encode("utf-8", "ignore").decode()  # half a letter is nothing that a client can send
    team.anna.command(team.channel, f"/aipm retro search {query}"[:3000])
    answer = team.until(lambda: next((one for one in reversed(team.seen(team.anna)) if one["ephemeral"]), None))
    told = words(answer["data"])
    assert any(one in told for one in ("I found nothing for", "retro with", "retros with", "Say which words"))


def test_what_is_private_is_found_in_its_own_channel_alone(archive: Beside, coach: Coach) -> None:
    secret = log(coach, SAID, RISK_BOARD)
    outside, inside = Team(archive, "Nothing"), Team(archive, "Nothing", "#risk-board")
    asked(outside, outside.anna, "search Portugal", "I found nothing for")
    asked(outside, outside.anna, "list", "No retro that you may see here yet.")
    asked(outside, outside.anna, f"show {secret.number}", "I know no such retro")
    assert "Portugal" in asked(inside, inside.ben, "search Portugal", "1 retro with")


def test_a_checklist_meets_the_retros_that_are_like_it(archive: Beside, coach: Coach) -> None:
    team = Team(archive, "Fraud model v3")
    shared, local = log(coach, SAID, GENERAL), log(coach, LOCAL, GENERAL)
    card = team.start("ethics-check")
    shown = words(team.card("Past retros like this:")["data"])
    assert shared.title in shown
    assert local.title not in shown
    assert local.title in words(team.told(team.anna, "that not everyone here may see")["data"])
    assert not [one for one in team.seen(team.ben) if one["ephemeral"]]
    team.tick(team.ben, card, "ED-01")
    assert shared.title in words(team.card("1 of")["data"])
    forget(coach, shared, local)
    team.until(lambda: None if "Past retros" in _card(team) else "gone")


def _card(team: Team) -> str:
    return words(team.card()["data"])


def test_a_retro_meets_the_retros_that_are_like_it(archive: Beside, coach: Coach) -> None:
    team = Team(archive, "Fraud model v9", "#general")
    shared = log(coach, SAID, GENERAL)
    form = opened(team, team.ben)
    assert shared.title in words(team.told(team.ben, "Before you write: past retros like this")["data"])
    assert not [one for one in team.seen(team.anna) if one["ephemeral"]]
    fields = {one["block_id"].partition("~")[0]: one["block_id"] for one in form["data"]["blocks"] if "element" in one}
    team.ben.click(form, "form.field", fields["expected"], "Shops in Portugal had false alarms again.")
    assert not team.ben.submit().get("errors")
    assert shared.title in words(team.card("Past retros like this:")["data"])


def test_what_a_form_offered_is_not_offered_again_when_it_is_logged(archive: Beside, coach: Coach) -> None:
    team = Team(archive, "Fraud model v8", "#general")
    early = log(coach, LOCAL, FRAUD_TEAM)  # in another channel, for those alone who took part
    form = opened(team, team.anna)
    assert early.title in words(team.told(team.anna, "Before you write: past retros like this")["data"])
    late = log(coach, LOCAL, FRAUD_TEAM)
    field = next(one["block_id"] for one in elements(form) if one["block_id"].startswith("expected"))
    team.anna.click(form, "form.field", field, "The alarms of Portugal were paused again.")
    assert not team.anna.submit().get("errors")
    told = words(team.told(team.anna, "that not everyone here may see")["data"])
    assert (late.title in told, early.title in told) == (True, False)


def opened(team: Team, who: PersonClient) -> Json:
    who.command(team.channel, f"/aipm retro {team.system}")
    return who.opened()
