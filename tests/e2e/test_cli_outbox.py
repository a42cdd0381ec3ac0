"""`aipm worker`, `tick` and `deliveries` in a shell: they post what is due, and end in good order."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.app import build
from bot.database import Actor
from bot.learning.model import Wish
from bot.settings import Settings
from sandbox.child import environment
from sandbox.state import TEAM
from tests.e2e.stage import aipm
from tests.sandbox import engine

TUESDAY = datetime.combine(date(2026, 12, 1), time(10, 0), UTC)


@pytest.fixture
def slack() -> Iterator[engine.World]:
    """A stand-in for Slack without a coach."""
    with engine.world() as made:
        yield made


@pytest.fixture
def known(folder: Path, slack: engine.World) -> dict[str, str]:
    """The settings of a coach whose #general has weekly prompts, on Tuesdays at 10:00."""
    settings = {
        "SLACK_API_URL": f"{slack.ws.base_url}/api/",
        "SLACK_BOT_TOKEN": engine.TOKEN,
        "SLACK_SIGNING_SECRET": engine.SECRET,
        "DATABASE_URL": f"sqlite:///{folder / 'aipm.db'}",
    }
    assert aipm("db", "upgrade", folder=folder, **settings).returncode == 0
    coach = build(Settings(_env_file=None, database_url=settings["DATABASE_URL"]))
    actor = Actor(TEAM, "U0ANNABERG", "c:1")
    coach.learning.subscribe(Wish("core", 1, time(10, 0), "UTC"), by=actor, channel="C0GENERAL")
    coach.close()
    return settings


def posted(slack: engine.World) -> list[str]:
    return [one.data["text"] for one in slack.ws.messages.get("C0GENERAL", [])]


def test_a_pass_posts_what_is_due_once_and_the_list_shows_it(
    folder: Path, slack: engine.World, known: dict[str, str]
) -> None:
    assert "Nothing is planned" in aipm("deliveries", folder=folder, **known).stdout
    for _ in range(2):
        done = aipm("tick", "--now", (TUESDAY + timedelta(minutes=5)).isoformat(), folder=folder, **known)
        assert (done.returncode, done.stderr) == (0, "")
    assert len(posted(slack)) == 1
    assert "Week 1 of 52" in posted(slack)[0]
    assert "2026-12-01 10:00 UTC  lesson 1" in aipm("deliveries", folder=folder, **known).stdout


def test_hours_that_were_passed_over_are_walked(folder: Path, slack: engine.World, known: dict[str, str]) -> None:
    span = ["--since", (TUESDAY - timedelta(days=1)).isoformat(), "--now", (TUESDAY + timedelta(days=15)).isoformat()]
    assert aipm("tick", *span, folder=folder, **known).returncode == 0
    assert [text[:6] for text in posted(slack)] == ["Week 1", "Week 2", "Week 3"]


def test_the_future_is_refused_where_slack_is_real(folder: Path, known: dict[str, str]) -> None:
    real = known | {"SLACK_API_URL": "https://slack.com/api/", "SLACK_BOT_TOKEN": "xoxb-1"}
    refused = aipm("tick", "--now", "2099-01-01T00:00:00+00:00", folder=folder, **real)
    assert refused.returncode == 2
    assert refused.stderr.startswith("aipm: --now in the future works with a loopback SLACK_API_URL only")


@pytest.mark.parametrize("moment", ["yesterday", "2026-12-01T10:00:00"])
def test_a_moment_without_a_zone_is_refused(folder: Path, moment: str) -> None:
    refused = aipm("tick", "--now", moment, folder=folder)
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr


def test_a_worker_says_what_it_does_and_ends_when_it_is_told_to(folder: Path, known: dict[str, str]) -> None:
    worker = subprocess.Popen(
        [sys.executable, "-m", "bot", "worker"],
        cwd=folder,
        env=environment(os.environ, known),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert worker.stderr
    assert "The worker posts what is due." in worker.stderr.readline()
    worker.send_signal(signal.SIGTERM)
    rest = worker.communicate(timeout=20)[1]
    assert worker.returncode == 0
    assert "Traceback" not in rest


@pytest.mark.parametrize("command", ["worker", "tick"])
def test_without_a_token_there_is_nothing_to_post_with(folder: Path, command: str) -> None:
    refused = aipm(command, folder=folder)
    assert refused.returncode == 2
    assert refused.stderr == "aipm: SLACK_BOT_TOKEN is not set. Run: aipm doctor\n"
