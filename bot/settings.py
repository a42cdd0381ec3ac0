"""The only reader of the environment."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SetupError

SLACK_API = "https://slack.com/api/"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
SANDBOX_TOKEN = "xoxb-sandbox-"  # noqa: S105 - the prefix by which a throw-away token is known


class Settings(BaseSettings):
    """Everything that can be set from outside, with the defaults a newcomer gets."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    slack_bot_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    slack_api_url: str = SLACK_API
    database_url: str = "sqlite:///var/aipm.db"
    host: str = "127.0.0.1"
    port: int = Field(default=3000, ge=0, le=65535)
    aipm_content_dir: Path | None = None
    aipm_env: Literal["development", "production"] = "development"
    aipm_log_level: Literal["debug", "info", "warning", "error"] = "info"
    aipm_weekly_posts: int = Field(default=3, ge=0, le=50)

    @model_validator(mode="after")
    def _a_token_reaches_only_its_own_slack(self) -> Self:
        """Plain http and throw-away tokens belong to loopback: a stray variable must not leak a real token."""
        parts = urlsplit(self.slack_api_url)
        local = parts.hostname in LOOPBACK
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise ValueError("SLACK_API_URL must be https, or plain http on a loopback address")
        if self.slack_bot_token.get_secret_value().startswith(SANDBOX_TOKEN) and not local:
            raise ValueError("SLACK_BOT_TOKEN is a sandbox token; it works only with a loopback SLACK_API_URL")
        if not self.slack_api_url.endswith("/"):
            self.slack_api_url += "/"
        return self

    @property
    def is_loopback(self) -> bool:
        """Say whether Slack is a stand-in on this machine."""
        return urlsplit(self.slack_api_url).hostname in LOOPBACK

    @property
    def socket_mode(self) -> bool:
        """Say whether Slack is reached over Socket Mode (an app-level token is set)."""
        return bool(self.slack_app_token.get_secret_value())

    @property
    def hook_origins(self) -> frozenset[str]:
        """Give the origins to which a response_url may point: Slack's hooks, or a loopback stand-in's own."""
        parts = urlsplit(self.slack_api_url)
        own = {f"{parts.scheme}://{parts.netloc}"} if parts.hostname in LOOPBACK else set()
        return frozenset({"https://hooks.slack.com"} | own)


def load() -> Settings:
    """Read the settings; raise SetupError with one line per variable to mend."""
    try:
        return Settings()
    except ValidationError as error:
        raise SetupError("\n".join(_line(one["loc"], one["msg"]) for one in error.errors())) from None


def _line(place: tuple[int | str, ...], message: str) -> str:
    name = ".".join(str(part) for part in place).upper()
    return f"{name}: {message}" if name else message.removeprefix("Value error, ")
