"""`aipm` in a shell: starting, migrating, checking; every mistake ends in a sentence that says what to do."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from bot.database import SCHEMA
from sandbox.manifest import Manifest
from tests.e2e.stage import aipm, playing
from tests.e2e.team import at_once
from tests.sandbox import engine

TOKEN = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}


@pytest.fixture
def database(folder: Path) -> str:
    """A database that is migrated."""
    url = f"sqlite:///{folder / 'aipm.db'}"
    assert aipm("db", "upgrade", folder=folder, DATABASE_URL=url).returncode == 0
    return url


@pytest.fixture
def slack() -> Iterator[engine.World]:
    """A stand-in for Slack without a coach."""
    with engine.world() as made:
        yield made


def of(slack: engine.World) -> dict[str, str]:
    return {
        "SLACK_API_URL": f"{slack.ws.base_url}/api/",
        "SLACK_BOT_TOKEN": engine.TOKEN,
        "SLACK_SIGNING_SECRET": engine.SECRET,
    }


def test_a_new_database_is_made_with_its_folder_and_migrated_once(folder: Path) -> None:
    url = "sqlite:///deep/er/aipm.db"
    first, second = (aipm("db", "upgrade", folder=folder, DATABASE_URL=url) for _ in range(2))
    assert first.stdout == f"Migrated the database to {SCHEMA}.\n"
    assert second.stdout == f"The database is at {SCHEMA}.\n"
    assert (folder / "deep" / "er" / "aipm.db").exists()


@pytest.mark.parametrize("command", ["serve", "export"])
def test_a_database_that_is_not_migrated_is_refused(folder: Path, command: str) -> None:
    refused = aipm(command, folder=folder, **TOKEN)
    assert refused.returncode == 2
    assert refused.stderr == f"aipm: The database is at nothing, not {SCHEMA}. Run: aipm db upgrade\n"


WRONG: dict[str, dict[str, str]] = {
    "SLACK_BOT_TOKEN is not set": {},
    "Set SLACK_SIGNING_SECRET (for HTTP) or SLACK_APP_TOKEN (for Socket Mode)": {"SLACK_BOT_TOKEN": "xoxb-1"},
    "SLACK_BOT_TOKEN is a sandbox token": {**TOKEN, "SLACK_BOT_TOKEN": "xoxb-sandbox-1"},
    "DATABASE_URL is no address of a database": {**TOKEN, "DATABASE_URL": "aipm.db"},
    "nowhere: there is no such folder": {**TOKEN, "AIPM_CONTENT_DIR": "nowhere"},
}


def test_serving_with_a_setting_that_is_wrong_ends_in_a_sentence(folder: Path) -> None:
    ended = at_once(*(partial(aipm, "serve", folder=folder, **settings) for settings in WRONG.values()))
    for said, refused in zip(WRONG, ended, strict=True):
        assert refused.returncode == 2
        assert refused.stderr.startswith(f"aipm: {said}")
        assert "Traceback" not in refused.stderr


def test_the_sandbox_does_not_run_in_production(folder: Path) -> None:
    refused = aipm("sandbox", "--port", "0", folder=folder, AIPM_ENV="production")
    assert refused.returncode == 2
    assert "the sandbox does not run where AIPM_ENV is production" in refused.stderr
    assert list(folder.iterdir()) == []


def test_a_newcomers_sandbox_starts_without_a_word_of_warning_and_ends_without_one(folder: Path) -> None:
    with playing(folder) as stage:
        anna = stage.client.person("anna")
        assert anna.command("#fraud-team", "/aipm help")["failed"] is None
    assert (folder / "sandbox.log").read_text("utf-8") == ""


def test_doctor_finds_nothing_to_mend_where_all_is_well(folder: Path, database: str, slack: engine.World) -> None:
    told = aipm("doctor", folder=folder, DATABASE_URL=database, **of(slack))
    assert told.returncode == 0, told.stdout
    assert "BAD" not in told.stdout
    assert told.stdout.endswith("Everything is ready.\n")
    for said in ("HTTP, Slack posts to https://YOUR-HOST/slack/events", "workspace Northwind Labs", "4 checklists"):
        assert said in told.stdout
    assert f"the database is at {SCHEMA} (sqlite)" in told.stdout
    assert "the clock is right" in told.stdout
    assert engine.TOKEN not in told.stdout + told.stderr


def test_doctor_names_a_token_that_slack_does_not_take(folder: Path, database: str, slack: engine.World) -> None:
    settings = of(slack) | {"SLACK_BOT_TOKEN": "xoxb-somebody-elses"}
    told = aipm("doctor", folder=folder, DATABASE_URL=database, **settings)
    assert told.returncode == 1
    assert "BAD  Slack does not take the token: invalid_auth → check SLACK_BOT_TOKEN and reinstall" in told.stdout
    assert told.stdout.endswith("1 to mend.\n")


def test_doctor_names_a_database_that_is_not_migrated(folder: Path, slack: engine.World) -> None:
    told = aipm("doctor", folder=folder, DATABASE_URL=f"sqlite:///{folder / 'new.db'}", **of(slack))
    assert told.returncode == 1
    assert f"BAD  the database is at nothing, not {SCHEMA} → run: aipm db upgrade" in told.stdout


def test_doctor_names_scopes_that_are_missing(folder: Path, database: str) -> None:
    poor = engine.manifest()
    scopes = poor.data["oauth_config"]["scopes"]
    scopes["bot"].remove("files:write")
    scopes["bot_optional"].remove("groups:history")
    with engine.world(Manifest(poor.data)) as slack:
        told = aipm("doctor", folder=folder, DATABASE_URL=database, **of(slack))
    assert told.returncode == 1
    assert "BAD  the scope files:write is missing (exports) → paste `aipm manifest` again and reinstall" in told.stdout
    assert "note the optional scope groups:history is not granted" in told.stdout


def test_doctor_says_everything_at_once_where_nothing_is_set(folder: Path) -> None:
    told = aipm("doctor", folder=folder, SLACK_API_URL="http://127.0.0.1:9/api/", DATABASE_URL="postgresql://u@h:9/x")
    assert told.returncode == 1
    for said in ("SLACK_BOT_TOKEN is not set", "SLACK_SIGNING_SECRET is not set", "127.0.0.1:9 does not answer"):
        assert f"BAD  {said}" in told.stdout or f"BAD  SLACK_API_URL: {said}" in told.stdout
    assert "BAD  DATABASE_URL does not work" in told.stdout
    assert "Traceback" not in told.stderr
