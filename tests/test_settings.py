"""Settings: what a newcomer gets, what is refused, and in which words."""

from pathlib import Path

import pytest

from bot import settings
from bot.errors import SetupError
from bot.settings import Settings

SANDBOX = "http://127.0.0.1:4000/api/"


@pytest.fixture(autouse=True)
def _no_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_newcomer_gets_these() -> None:
    found = settings.load()
    assert found.slack_api_url == "https://slack.com/api/"
    assert found.database_url == "sqlite:///var/aipm.db"
    assert (found.host, found.port) == ("127.0.0.1", 3000)
    assert (found.aipm_env, found.aipm_log_level, found.aipm_content_dir) == ("development", "info", None)
    assert not found.socket_mode


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PORT": "8080",
        "HOST": "localhost",
        "AIPM_CONTENT_DIR": "ours",
        "SLACK_APP_TOKEN": "xapp-1",
    }.items():
        monkeypatch.setenv(name, value)
    found = settings.load()
    assert (found.port, found.aipm_content_dir) == (8080, Path("ours"))
    assert found.socket_mode


def test_an_env_file_is_read_and_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("PORT=4000\nHOST=localhost\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("PORT", "5000")
    found = settings.load()
    assert (found.port, found.host) == (5000, "localhost")


def test_an_empty_line_keeps_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("DATABASE_URL=\n")
    monkeypatch.setenv("PORT", "")
    monkeypatch.setenv("AIPM_CONTENT_DIR", "")
    found = settings.load()
    assert (found.port, found.database_url, found.aipm_content_dir) == (3000, "sqlite:///var/aipm.db", None)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PORT", "many", "PORT: "),
        ("PORT", "65536", "PORT: "),
        ("PORT", "-1", "PORT: "),
        ("AIPM_ENV", "testing", "AIPM_ENV: "),
        ("AIPM_LOG_LEVEL", "loud", "AIPM_LOG_LEVEL: "),
        ("SLACK_API_URL", "http://slack.com/api/", "SLACK_API_URL must be https"),
        ("SLACK_API_URL", "ftp://127.0.0.1/", "SLACK_API_URL must be https"),
        ("SLACK_API_URL", "http://localhost.evil.example/", "SLACK_API_URL must be https"),
        ("SLACK_API_URL", "slack.com", "SLACK_API_URL must be https"),
        ("SLACK_BOT_TOKEN", "xoxb-sandbox-1", "SLACK_BOT_TOKEN is a sandbox token"),
    ],
)
def test_a_wrong_value_is_told_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SetupError) as caught:
        settings.load()
    assert str(caught.value).startswith(told)
    assert len(str(caught.value).splitlines()) == 1


def test_every_wrong_value_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "many")
    monkeypatch.setenv("AIPM_ENV", "testing")
    with pytest.raises(SetupError) as caught:
        settings.load()
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == ["PORT", "AIPM_ENV"]


def test_a_sandbox_token_works_with_a_loopback_slack_only() -> None:
    found = Settings(_env_file=None, slack_bot_token="xoxb-sandbox-1", slack_api_url=SANDBOX)
    assert found.slack_bot_token.get_secret_value() == "xoxb-sandbox-1"


@pytest.mark.parametrize("url", ["http://localhost:1/api", "http://[::1]:1/api", "http://127.0.0.1:1/api"])
def test_plain_http_is_for_loopback_and_the_slash_is_added(url: str) -> None:
    assert Settings(_env_file=None, slack_api_url=url).slack_api_url == f"{url}/"


def test_a_response_url_may_point_to_slack_or_to_the_sandbox_that_is_set() -> None:
    assert Settings(_env_file=None).hook_origins == {"https://hooks.slack.com"}
    assert Settings(_env_file=None, slack_api_url=SANDBOX).hook_origins == {
        "https://hooks.slack.com",
        "http://127.0.0.1:4000",
    }
    gateway = Settings(_env_file=None, slack_api_url="https://gateway.example/api/")
    assert gateway.hook_origins == {"https://hooks.slack.com"}


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    secret = "xoxb-very-secret"
    found = Settings(_env_file=None, slack_bot_token=secret, slack_signing_secret=secret, slack_app_token=secret)
    assert secret not in f"{found} {found!r} {found.model_dump()} {found.model_dump_json()}"
