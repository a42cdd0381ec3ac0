"""A database is put back from a backup: what was posted since is not posted again, and what was not comes once."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.app import build
from bot.database import Actor
from bot.learning.model import Wish
from bot.outbox.model import Delivery
from bot.settings import Settings
from handlers.service import Service
from sandbox.state import TEAM
from tests.e2e.stage import aipm
from tests.sandbox import engine

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
POSTED, MISSED = NOW - timedelta(minutes=20), NOW - timedelta(minutes=10)
# Where it is about noon, far from quiet hours, whenever this runs; the sign is the wrong way round by POSIX's custom.
ZONE = f"Etc/GMT{NOW.hour - 12:+d}" if NOW.hour != 12 else "Etc/GMT"
LOCAL = NOW - timedelta(hours=NOW.hour - 12)


@pytest.fixture
def slack() -> Iterator[engine.World]:
    """A stand-in for Slack without a coach."""
    with engine.world() as made:
        yield made


@pytest.fixture
def known(folder: Path, slack: engine.World) -> dict[str, str]:
    """The settings of a coach with weekly prompts in two channels, whose slots came a few minutes ago."""
    settings = {
        "SLACK_API_URL": f"{slack.ws.base_url}/api/",
        "SLACK_BOT_TOKEN": engine.TOKEN,
        "SLACK_SIGNING_SECRET": engine.SECRET,
        "DATABASE_URL": f"sqlite:///{folder / 'aipm.db'}",
    }
    assert aipm("db", "upgrade", folder=folder, **settings).returncode == 0
    coach = build(read(settings), now=lambda: NOW - timedelta(hours=1))
    for channel, due in {"C0GENERAL": POSTED, "C0LAUNCHES": MISSED}.items():
        local = LOCAL - (NOW - due)
        wish = Wish("core", local.weekday(), time(local.hour, local.minute), ZONE)
        coach.learning.subscribe(wish, by=Actor(TEAM, "U0ANNABERG", f"c:{channel}"), channel=channel)
    coach.close()
    return settings


def read(settings: dict[str, str]) -> Settings:
    return Settings(_env_file=None, **{name.lower(): value for name, value in settings.items()})


def copied(source: Path, target: Path) -> None:
    """Copy a database as `sqlite3 source ".backup target"` does."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def put_back(folder: Path) -> None:
    for name in ("aipm.db", "aipm.db-wal", "aipm.db-shm"):
        (folder / name).unlink(missing_ok=True)
    copied(folder / "copy.db", folder / "aipm.db")


def posted(slack: engine.World, channel: str) -> list[str]:
    return [one.data["text"] for one in slack.ws.messages.get(channel, [])]


def passes(settings: dict[str, str], number: int) -> None:
    """Make some passes, a minute apart as it were."""
    service = Service(build(read(settings), checkpoints=False))
    service.dispatcher.look_again = timedelta(0)
    asyncio.run(service.once([None] * number))


def listed(settings: dict[str, str]) -> list[Delivery]:
    coach = build(read(settings), checkpoints=False)
    found = coach.outbox.listing(TEAM, ["ready", "sending", "sent", "unknown", "held", "refused", "skipped"])
    coach.close()
    return found


def test_nothing_comes_twice_and_nothing_is_lost(folder: Path, slack: engine.World, known: dict[str, str]) -> None:
    copied(folder / "aipm.db", folder / "copy.db")
    between = (POSTED + timedelta(minutes=5)).isoformat()
    assert aipm("tick", "--now", between, folder=folder, **known).returncode == 0
    [post] = posted(slack, "C0GENERAL")
    assert posted(slack, "C0LAUNCHES") == []

    put_back(folder)
    for count in (2, 0):
        done = aipm("db", "restored", folder=folder, **known)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"Posts that were due: {count}." in done.stdout
    assert aipm("deliveries", folder=folder, **known).stdout.count("unknown  restored") == 2
    passes(known, 3)
    assert posted(slack, "C0GENERAL") == [post]
    assert len(posted(slack, "C0LAUNCHES")) == 1
    assert [one.state for one in listed(known)] == ["sent", "sent"]


def test_what_is_found_is_drawn_anew_with_the_ids_that_now_count(
    folder: Path, slack: engine.World, known: dict[str, str]
) -> None:
    copied(folder / "aipm.db", folder / "copy.db")
    assert aipm("tick", folder=folder, **known).returncode == 0
    put_back(folder)
    assert aipm("db", "restored", folder=folder, **known).returncode == 0
    passes(known, 1)
    passes(known, 1)  # cards are drawn at the beginning of a pass
    drawn = {one.request["channel"] for one in slack.ws.traffic if one.name == "chat.update"}
    assert drawn == {"C0GENERAL", "C0LAUNCHES"}
    for one in listed(known):
        [message] = slack.ws.messages[one.channel]
        assert message.ts == one.ts
        assert f'"value": "{one.subject}"' in str(message.data["blocks"]).replace("'", '"')


def test_without_the_history_scope_an_owner_is_asked(folder: Path, slack: engine.World, known: dict[str, str]) -> None:
    copied(folder / "aipm.db", folder / "copy.db")
    assert aipm("tick", folder=folder, **known).returncode == 0
    put_back(folder)
    slack.ws.manifest.denied.add("channels:history")
    assert aipm("db", "restored", folder=folder, **known).returncode == 0
    passes(known, 2)
    assert [one.state for one in listed(known)] == ["held", "held"]
    assert [len(posted(slack, channel)) for channel in ("C0GENERAL", "C0LAUNCHES")] == [1, 1]
    asked = posted(slack, "D0ANNA")
    assert len(asked) == 2
    assert all("put back from a backup" in text for text in asked)
