"""The manifest to paste at Slack: only scopes that are used, no rotation, no org deploy."""

from typing import Any

from bot import checklists, retros

SCOPES = {
    "app_mentions:read": "answer where somebody mentions it",
    "channels:read": "know whether a channel is public, so that private ones never show elsewhere",
    "chat:write": "post and redraw cards",
    "commands": "the /aipm command and the message shortcut",
    "files:write": "exports",
    "groups:read": "know whether a channel is private",
    "im:history": "read what you write to it in a direct message",
    "im:write": "send you what it may not post in a channel",
    "users:read": "know your time zone, so that weekly prompts come at your time, and who is an admin",
}
OPTIONAL = {
    "channels:history": "find out by itself whether a card arrived after a crash, instead of asking",
    "groups:history": "the same in private channels",
}
EVENTS = ("app_home_opened", "app_mention", "message.im")


def manifest(url: str = "https://YOUR-HOST", *, socket: bool = False) -> dict[str, Any]:
    """Give the manifest; with `socket` for Socket Mode, which needs no public address."""
    where = {} if socket else {"url": f"{url}/slack/events"}
    asks = {} if socket else {"request_url": f"{url}/slack/events"}
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "AI-PM coach",
            "description": "For teams that ship AI: checklists worked through together, and one idea a week to try.",
            "background_color": "#1f2a44",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "aipm", "always_online": True},
            "slash_commands": [
                {
                    "command": "/aipm",
                    "description": "Checklists, weekly prompts and retros for teams that ship AI",
                    "usage_hint": "help | ethics-check Fraud model v3 | learn | retro",
                    "should_escape": True,
                    **where,
                }
            ],
            "shortcuts": [*checklists.shortcuts(), *retros.shortcuts()],
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES), "bot_optional": sorted(OPTIONAL)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS), **asks},
            "interactivity": {"is_enabled": True, **asks},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket,
            "token_rotation_enabled": False,
        },
    }
