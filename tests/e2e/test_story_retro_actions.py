"""Actions that do not die: listed, proven, put off, handed over, told of on Monday, and asked about after a month."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.app import build
from bot.database import Actor
from bot.retros.model import NewAction, Retro, Words
from bot.settings import Settings
from bot.systems.model import Named
from sandbox.client import Json, PersonClient, words
from sandbox.state import TEAM
from tests.e2e.conftest import harm
from tests.e2e.stage import Beside, aipm, beside
from tests.e2e.team import Team, buttons

ANNA, BEN = "U0ANNABERG", "U0BENORTIZ"
CONTROLS = ["actions.done", "actions.snooze", "actions.more"]
SYSTEM = Named("Credit model", "v3")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    """A sandbox of its own, because its time is moved; each story has a channel to itself."""
    with beside(tmp_path_factory.mktemp("office"), "redraws") as started:
        yield started
        assert harm(started) == []


@pytest.fixture
def later(tmp_path: Path) -> Iterator[Beside]:
    """Another one, in which a month passes."""
    with beside(tmp_path / "later", "redraws") as started:
        yield started
        assert harm(started) == []


def a_team(office: Beside, channel: str) -> Team:
    return Team(office, "Nothing", channel)


def log(office: Beside, channel: str, *new: NewAction, system: Named = SYSTEM) -> Retro:
    """Log a retro of Anna's in a channel, as the form does."""
    coach = build(Settings(_env_file=None, database_url=office.database), checkpoints=False)
    try:
        where = next(one["id"] for one in office.client.state()["channels"] if one["name"] == channel.removeprefix("#"))
        said = Words(named=system, kind="incident", expected="Fewer false alarms.")
        return coach.retros.log(said, new, by=Actor(TEAM, ANNA), channel=where)
    finally:
        coach.close()


def due_in(days: int, text: str, owner: str = BEN) -> NewAction:
    return NewAction(text, owner, datetime.now(UTC).date() + timedelta(days=days), "A table in the report")


def pass_time(office: Beside, until: datetime) -> None:
    """Let the coach do what is due by then, hour by hour, as the sandbox does when its clock is moved."""
    span = ["--since", datetime.now(UTC).isoformat(), "--now", until.isoformat()]
    done = aipm("tick", *span, folder=office.folder, DATABASE_URL=office.database, **office.settings)
    assert done.returncode == 0, done.stderr


def next_monday() -> datetime:
    """Give the evening of the next Monday after today."""
    now = datetime.now(UTC)
    return (now + timedelta(days=7 - now.weekday())).replace(hour=18)


def listed(team: Team, who: PersonClient, text: str = "*Yours, in all channels*", typed: str = "actions") -> Json:
    who.command(team.channel, f"/aipm {typed}")
    return team.told(who, text)


def lists(team: Team, who: PersonClient) -> list[Json]:
    return [one for one in team.seen(who) if one["ephemeral"]]


def of(surface: Json, text: str) -> str:
    """Give the block of the controls under an action."""
    blocks = surface["data"]["blocks"]
    under = (below for one, below in pairwise(blocks) if below["type"] == "actions" and text in words(one))
    return str(next(under)["block_id"])


def digests(team: Team) -> list[Json]:
    return [one for one in team.seen(team.chika) if "overdue" in one["data"].get("text", "") and not one["ephemeral"]]


def test_without_retros_it_says_how_actions_come_to_be(office: Beside) -> None:
    team = a_team(office, "#general")
    shown = listed(team, team.chika, "No open actions here, and none of yours anywhere.")
    assert "`/aipm retro`" in words(shown["data"])
    team.chika.command(team.channel, "/aipm actions digest")
    team.told(team.chika, "No retro of this channel has named an action yet")


def test_an_action_is_proven_put_off_and_handed_over_from_one_list(office: Beside) -> None:
    team = a_team(office, "#launches")
    log(office, team.channel, due_in(2, "Add a table"), due_in(3, "Set an alert"), due_in(4, "Ask the supplier", ANNA))
    shown = listed(team, team.ben)
    assert buttons(shown)[:3] == CONTROLS
    assert "*Of others in this channel*" in words(shown["data"])
    before = len(lists(team, team.ben))

    team.ben.click(shown, "actions.done", of(shown, "Add a table"))
    team.ben.opened("A table in the report")
    assert "Say what proves it" in team.ben.submit()["errors"]["note"]
    assert "full web address" in team.ben.submit({"link": "the wiki"})["errors"]["link"]
    team.ben.submit({"note": "It is on page 3.", "link": "https://wiki.example/3"})
    done = team.told(team.ben, "✓ Done: _Add a table_.")
    assert done["data"]["ts"] == shown["data"]["ts"]
    assert "_It is on page 3._" in words(done["data"])
    assert "actions.reopen" in buttons(done)

    team.ben.click(done, "actions.snooze", of(done, "Set an alert"))
    asleep = team.told(team.ben, "✓ Put off to")
    block = of(asleep, "Set an alert")
    team.ben.click(asleep, "actions.more", block, value=f"hand:all.0.0:{block.partition('~')[2]}")
    team.ben.opened("Set an alert")
    assert set(team.ben.submit()["errors"]) == {"to"}
    team.ben.submit({"to": ANNA})
    given = team.told(team.ben, "✓ Handed over to")
    assert "Set an alert" in words(given["data"])
    assert len(lists(team, team.ben)) == before
    assert "Set an alert" in words(listed(team, team.anna)["data"])


def test_the_second_of_two_is_told_and_a_stranger_is_refused(office: Beside) -> None:
    team = a_team(office, "#launches")
    log(office, team.channel, due_in(5, "Prove it once"), due_in(6, "Stay open"))
    hers, his = (listed(team, who, "Prove it once") for who in (team.anna, team.ben))
    for who, shown in ((team.anna, hers), (team.ben, his)):
        who.click(shown, "actions.done", of(shown, "Prove it once"))
        who.opened("Prove it once")
    team.anna.submit({"note": "It is on page 4."})
    team.told(team.anna, "✓ Done: _Prove it once_.")
    refused = team.ben.submit({"note": "It is on page 5."})["errors"]
    assert "Somebody marked this action done while you were writing." in refused["note"]
    team.ben.close_all()
    assert "Prove it once" not in words(listed(team, team.chika, "Stay open")["data"])


def test_a_checklist_of_the_system_shows_what_is_left(office: Beside) -> None:
    team = a_team(office, "#launches")
    system = Named("Pricing model", "v1")
    log(office, team.channel, due_in(5, "Compare the groups"), system=system)
    team.anna.command(team.channel, "/aipm ethics-check Pricing model v2")
    left = team.told(team.anna, "*1 action from earlier retros of Pricing model is still open*")
    team.anna.click(left, "actions.snooze", of(left, "Compare the groups"))
    team.told(team.anna, "✓ Put off to")


def test_once_a_week_a_channel_is_told_what_is_overdue_and_after_a_month_its_owner_is_asked(later: Beside) -> None:
    team = a_team(later, "#fraud-team")
    log(later, team.channel, due_in(0, "Add a table"), due_in(0, "Set an alert"), due_in(300, "Much later"))
    pass_time(later, next_monday())
    (digest,) = digests(team)
    assert "*2 actions are overdue*" in words(digest["data"])
    assert "Much later" not in words(digest["data"])
    assert buttons(digest) == [*CONTROLS, *CONTROLS]

    team.chika.click(digest, "actions.snooze", of(digest, "Set an alert"))
    team.told(team.chika, "Only the owner of this action, or somebody who took part in its retro, can change it.")
    team.ben.click(digest, "actions.done", of(digest, "Add a table"))
    team.ben.opened("Add a table")
    team.ben.submit({"note": "It is on page 3."})
    fewer = team.until(lambda: next((one for one in digests(team) if "*1 action is overdue*" in str(one)), None))
    assert "✅ Add a table" in words(fewer["data"])
    assert "_It is on page 3._" in words(fewer["data"])

    team.anna.command(team.channel, "/aipm actions digest off")
    team.told(team.anna, "*Overdue actions* are not listed here.")
    pass_time(later, datetime.now(UTC) + timedelta(days=32))
    assert len(digests(team)) == 1
    question = team.written(team.ben, "Did the proof hold?")
    assert buttons(question) == ["actions.holds", "actions.fails"]
    team.ben.click(question, "actions.fails")
    answered = team.written(team.ben, "You said: *it did not hold*. It is open again")
    assert answered["data"]["ts"] == question["data"]["ts"]
    assert buttons(answered) == []
    assert [one for one in team.seen(team.anna, "dm") if "proof" in str(one)] == []
    assert "Add a table" in words(listed(team, team.ben)["data"])


def test_in_a_direct_message_the_list_stands_there_and_is_replaced(office: Beside) -> None:
    team = a_team(office, "#launches")
    log(office, team.channel, due_in(6, "Write to the supplier", ANNA))
    team.anna.send("dm", "actions")
    shown = team.written(team.anna, "Write to the supplier")
    team.anna.click(shown, "actions.snooze", of(shown, "Write to the supplier"))
    changed = team.written(team.anna, "✓ Put off to")
    assert changed["data"]["ts"] == shown["data"]["ts"]
    team.anna.click(changed, "actions.done", of(changed, "Write to the supplier"))
    team.anna.opened("Write to the supplier")
    team.anna.submit({"note": "They answered."})
    done = team.written(team.anna, "✓ Done: _Write to the supplier_.")
    assert done["data"]["ts"] == shown["data"]["ts"]
