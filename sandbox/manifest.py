"""The app's manifest, and what it lets the app do."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass
class Manifest:
    """A manifest as Slack would hold it; `denied` are optional scopes that the installer unticked."""

    data: Json
    denied: set[str] = field(default_factory=set)

    @property
    def bot_name(self) -> str:
        """Give the bot's display name."""
        return str(self._features.get("bot_user", {}).get("display_name", "bot"))

    @property
    def commands(self) -> dict[str, Json]:
        """Give the slash commands by name."""
        return {one["command"]: one for one in self._features.get("slash_commands", [])}

    @property
    def shortcuts(self) -> list[Json]:
        """List the shortcuts."""
        return list(self._features.get("shortcuts", []))

    @property
    def events(self) -> set[str]:
        """Give the bot events that the app subscribed to."""
        return set(self._settings.get("event_subscriptions", {}).get("bot_events", []))

    @property
    def scopes(self) -> set[str]:
        """Give the scopes the bot's token has: the required ones and the optional ones not unticked."""
        scopes = self.data.get("oauth_config", {}).get("scopes", {})
        return set(scopes.get("bot", [])) | (self.optional_scopes - self.denied)

    @property
    def optional_scopes(self) -> set[str]:
        """Give the scopes that an installer may untick."""
        return set(self.data.get("oauth_config", {}).get("scopes", {}).get("bot_optional", []))

    @property
    def home_tab(self) -> bool:
        """Say whether the app has a Home tab."""
        return bool(self._features.get("app_home", {}).get("home_tab_enabled", False))

    @property
    def messages_tab(self) -> bool:
        """Say whether people and the app can write each other directly."""
        home = self._features.get("app_home", {})
        return bool(home.get("messages_tab_enabled", False))

    @property
    def read_only_messages(self) -> bool:
        """Say whether only the app writes in its direct messages."""
        return bool(self._features.get("app_home", {}).get("messages_tab_read_only_enabled", False))

    @property
    def agent_view(self) -> bool:
        """Say whether the app is an agent, whose prompts ignore threads."""
        return "agent_view" in self._features

    @property
    def interactive(self) -> bool:
        """Say whether clicks reach the app."""
        return bool(self._settings.get("interactivity", {}).get("is_enabled", False))

    @property
    def socket_mode(self) -> bool:
        """Say whether the app is reached over Socket Mode instead of HTTP."""
        return bool(self._settings.get("socket_mode_enabled", False))

    @property
    def _features(self) -> Json:
        return dict(self.data.get("features", {}))

    @property
    def _settings(self) -> Json:
        return dict(self.data.get("settings", {}))
