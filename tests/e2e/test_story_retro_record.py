"""The record of a channel's retros: numbers with a picture, and files, to a person and from a shell."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.app import Coach, build
from bot.database import Actor
from bot.retros.model import NewAction, Words
from bot.settings import Settings
from bot.systems.model import Named
from sandbox.client import Json, PersonClient, words
from tests.e2e.conftest import harm
from tests.e2e.stage import Beside, aipm, beside
from tests.e2e.team import Team
from tests.e2e.test_story_export import read

WORKSPACE, ANNA = "T0AIPMTEAM", "U0ANNABERG"
FRAUD_TEAM, RISK_BOARD = "C0FRAUDTEAM", "C0RISKBOARD"
SAID = Words(named=Named("Fraud model", "v2"), kind="incident", expected="=Fewer alarms.", causes=("data",))
COMING = "I am writing the file. It comes to you in a direct message."


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    """A sandbox of its own with two retros in one channel and one in another, because retros stay."""
    with beside(tmp_path_factory.mktemp("ledger"), "everything") as started:
        built = build(Settings(_env_file=None, database_url=started.database), checkpoints=False)
        due = datetime.now(UTC).date() + timedelta(days=7)
        by = Actor(WORKSPACE, ANNA)
        built.retros.log(SAID, [NewAction("Bring back the test", "U0BENORTIZ", due)], by=by, channel=FRAUD_TEAM)
        built.retros.log(replace(SAID, named=None, causes=("luck",)), [], by=by, channel=FRAUD_TEAM)
        built.retros.log(replace(SAID, expected="Secret alarms."), [], by=by, channel=RISK_BOARD)
        built.close()
        yield started
        assert harm(started) == []


@pytest.fixture
def team(ledger: Beside) -> Iterator[Team]:
    """A team that looks at its record."""
    made = Team(ledger, "Nothing")
    yield made
    made.clear()


@pytest.fixture
def coach(ledger: Beside) -> Iterator[Coach]:
    """The coach's own services, beside the process that serves."""
    built = build(Settings(_env_file=None, database_url=ledger.database), checkpoints=False)
    yield built
    built.close()


def shared(team: Team, who: PersonClient, channel: str = "") -> Json:
    """Wait for the message with the files."""

    def look() -> Json | None:
        return next((one for one in reversed(team.seen(who, channel)) if one["data"].get("files")), None)

    return team.until(look)


def ask(team: Team, who: PersonClient, rest: str, channel: str = "") -> None:
    who.command(channel or team.channel, f"/aipm retro {rest}")


def test_the_numbers_come_to_the_asker_and_the_picture_to_the_channel(team: Team) -> None:
    ask(team, team.ben, "stats")
    assert "This channel's retros" in words(team.told(team.ben, "2 retros")["data"])
    message = shared(team, team.anna)
    [picture] = message["data"]["files"]
    assert picture["name"] == "retros.png"
    assert "Causes named in retros: data 1, luck 1. Actions: 1 opened, 0 done." in picture["alt_txt"]
    assert "1 action agreed, 0 done, 1 open." in message["data"]["text"]
    assert not [one for one in team.seen(team.anna) if one["ephemeral"]]


def test_without_retros_there_is_a_sentence_and_no_picture(team: Team) -> None:
    ask(team, team.ben, "stats", "#launches")
    team.told(team.ben, "No retros in this channel yet.", "#launches")
    assert not [one for one in team.seen(team.ben, "#launches") if one["data"].get("files")]


def test_where_no_picture_comes_the_table_does_and_a_sentence(team: Team, ledger: Beside) -> None:
    broken = ledger.folder / "vl_convert.py"  # found before the real engine by the process that draws
    broken.write_text("raise RuntimeError('Fraud model')", "utf-8")
    try:
        ask(team, team.ben, "stats")
        team.told(team.ben, "2 retros")
        team.told(team.ben, "I could not draw the picture this time.")
    finally:
        broken.unlink()
    assert not [one for one in team.seen(team.anna) if one["data"].get("files")]
    [line] = [one for one in ledger.log.read_text("utf-8").splitlines() if "picture not drawn" in one]
    assert "CalledProcessError" in line
    assert "Fraud model" not in ledger.log.read_text("utf-8")


def test_a_file_comes_by_direct_message(team: Team) -> None:
    ask(team, team.anna, "export csv")
    team.told(team.anna, COMING)
    message = shared(team, team.anna, "dm")
    assert message["data"]["text"] == f"2 retros that you may see in <#{FRAUD_TEAM}>."
    rows = list(csv.DictReader(io.StringIO(read(message)["csv"])))
    assert [(row["part"], row["retro"], row["workspace"]) for row in rows] == [
        ("retro", "1", WORKSPACE),
        ("action", "1", WORKSPACE),
        ("retro", "2", WORKSPACE),
    ]
    assert rows[0]["expected"] == "'=Fewer alarms."


def test_that_nothing_fits_is_told_after_a_moment(team: Team) -> None:
    ask(team, team.anna, "export md Alarm model")
    team.told(team.anna, "No retro that you may see here fits.")


def test_a_form_asks_for_what_is_wanted(team: Team) -> None:
    ask(team, team.chika, "export")
    form = team.chika.opened("The retros that you may see in this channel.")
    assert list(team.chika.submit({"formats": []})["errors"]) == ["formats"]
    assert form["data"]["callback_id"] == "retro.export_form"
    assert not team.chika.submit({"formats": ["json", "md"], "cause": "luck"}).get("errors")
    files = read(shared(team, team.chika, "dm"))
    assert [one["retro"] for one in json.loads(files["json"])] == [2]
    assert f"- Workspace: {WORKSPACE}" in files["md"]


def test_a_form_that_nothing_fits_is_told_where_it_was_asked_for(team: Team) -> None:
    ask(team, team.ben, "export")
    team.ben.opened()
    assert not team.ben.submit({"formats": ["json"], "cause": "world"}).get("errors")
    team.told(team.ben, "No retro that you may see here fits.")


def test_a_file_that_slack_does_not_take_ends_in_a_sentence(team: Team) -> None:
    team.client.fault("error_before", "files.getUploadURLExternal", count=1, seconds=1)
    ask(team, team.anna, "export json")
    team.told(team.anna, "If nothing has happened, please try again in a minute.")


def test_a_mention_that_is_delivered_twice_is_counted_once(team: Team) -> None:
    team.client.fault("twice")
    team.ben.send(team.channel, "@aipm retro stats")
    shared(team, team.anna)
    team.told(team.ben, "2 retros")
    team.client.clear_faults()
    ask(team, team.ben, "export md Alarm model")
    team.told(team.ben, "No retro that you may see here fits.")
    assert len([one for one in team.seen(team.ben) if "in all." in words(one["data"]) and one["ephemeral"]]) == 1
    assert len([one for one in team.seen(team.anna) if one["data"].get("files")]) == 1


def test_all_retros_are_exported_from_a_shell_while_the_coach_runs(ledger: Beside, coach: Coach) -> None:
    for form in ("json", "csv", "md"):
        asked = ("export", "retros", "--format", form, "--to", "out")
        done = aipm(*asked, folder=ledger.folder, DATABASE_URL=ledger.database)
        assert (done.returncode, done.stdout) == (0, f"3 retros written to out/retros.{form}\n"), done.stderr
    out = ledger.folder / "out"
    assert sorted(one.name for one in out.iterdir()) == ["retros.csv", "retros.json", "retros.md"]
    written = json.loads((out / "retros.json").read_text("utf-8"))
    assert [one["retro"] for one in written] == [one.number for one in coach.records.everything()]
    assert (out / "retros.csv").read_bytes().count(b"\r\n") == 5
