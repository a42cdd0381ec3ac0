"""Slack's rules for an app manifest: what its JSON schema says, and what it does not say and Slack refuses."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]

# Every key that a part may have, with the most characters (or entries) it takes; "!" marks what must be there.
SHAPE: Mapping[str, Any] = {
    "_metadata": {"major_version": None, "minor_version": None},
    "display_information!": {
        "name!": 35,
        "description": 140,
        "long_description": 4000,
        "background_color": 7,
    },
    "features": {
        "app_home": dict.fromkeys(
            ("home_tab_enabled", "messages_tab_enabled", "messages_tab_read_only_enabled"),
        ),
        "bot_user": {"display_name!": 80, "always_online": None},
        "slash_commands": [
            {"command!": 32, "description!": 2000, "usage_hint": 1000, "url": 3000, "should_escape": None}
        ],
        "shortcuts": [{"name!": 24, "type!": 10, "callback_id!": 255, "description!": 150}],
        "unfurl_domains": 5,
        "agent_view": {"agent_description!": 300, "suggested_prompts": 4, "actions": 100},
        "assistant_view": {"assistant_description!": 300, "suggested_prompts": 4},
    },
    "oauth_config": {
        "redirect_urls": 1000,
        "scopes": dict.fromkeys(("bot", "user", "bot_optional", "user_optional"), 255),
        "token_management_enabled": None,
        "pkce_enabled": None,
    },
    "settings": {
        "event_subscriptions": {
            "request_url": 3500,
            "bot_events": 100,
            "user_events": 100,
            "metadata_subscriptions": 20,
        },
        "interactivity": {"is_enabled!": None, "request_url": 3500, "message_menu_options_url": 3500},
        **dict.fromkeys(("org_deploy_enabled", "socket_mode_enabled", "token_rotation_enabled", "is_mcp_enabled")),
        "incoming_webhooks": {"incoming_webhooks_enabled": None},
        "allowed_ip_address_ranges": 10,
    },
}
SCOPES = {
    *("app_mentions:read", "assistant:write", "bookmarks:write", "canvases:write", "channels:history"),
    *("channels:join", "channels:read", "chat:write", "chat:write.public", "commands", "files:read", "files:write"),
    *("groups:history", "groups:read", "im:history", "im:read", "im:write", "reactions:write", "team:read"),
    *("users:read",),
}
EVENT_NEEDS = {
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "app_uninstalled": None,
    "message.im": "im:history",
    "message.channels": "channels:history",
    "member_joined_channel": "channels:read",
    "tokens_revoked": None,
}
MOST_SHORTCUTS = 10
LEAST_LONG_DESCRIPTION = 175


def mistakes(manifest: Json) -> list[str]:
    """List what Slack would refuse, each with its place."""
    return [
        *_shape(manifest, SHAPE, ""),
        *_scopes(manifest),
        *_events(manifest),
        *_addresses(manifest),
        *_more(manifest),
    ]


def _shape(value: Any, rule: Any, place: str) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(rule, int):
        if len(value) > rule:
            yield f"{place}: longer than {rule}"
    elif isinstance(rule, list):
        for number, one in enumerate(value):
            yield from _shape(one, rule[0], f"{place}/{number}")
    elif isinstance(rule, Mapping):
        yield from _keys(value, rule, place)


def _keys(value: Json, rule: Json, place: str) -> Iterator[str]:
    known = {key.rstrip("!"): key for key in rule}
    yield from (f"{place}/{key}: unknown" for key in value if key not in known)
    yield from (f"{place}/{key}: missing" for key, named in known.items() if named != key and key not in value)
    for key in value:
        if key in known:
            yield from _shape(value[key], rule[known[key]], f"{place}/{key}")


def _scopes(manifest: Json) -> Iterator[str]:
    named = _part(manifest, "oauth_config", "scopes")
    listed = [scope for scopes in named.values() for scope in scopes]
    yield from (f"scope {one}: unknown" for one in listed if one not in SCOPES)
    yield from (f"scope {one}: named twice" for one in set(listed) if listed.count(one) > 1)


def _events(manifest: Json) -> Iterator[str]:
    scopes = set(_part(manifest, "oauth_config", "scopes").get("bot", ()))
    for event in _part(manifest, "settings", "event_subscriptions").get("bot_events", ()):
        if event not in EVENT_NEEDS:
            yield f"event {event}: unknown"
        elif EVENT_NEEDS[event] not in {None, *scopes}:
            yield f"event {event}: needs the scope {EVENT_NEEDS[event]}"


def _addresses(manifest: Json) -> Iterator[str]:
    asks = [
        *_part(manifest, "features").get("slash_commands", ()),
        {"url": _part(manifest, "settings", "event_subscriptions").get("request_url")},
        {"url": _part(manifest, "settings", "interactivity").get("request_url")},
    ]
    over_socket = _part(manifest, "settings").get("socket_mode_enabled")
    for one in asks:
        url = one.get("url")
        if not over_socket and not str(url or "").startswith("https://"):
            yield f"address {url}: must be https, or Socket Mode on"


def _more(manifest: Json) -> Iterator[str]:
    features = _part(manifest, "features")
    if "agent_view" in features and "assistant_view" in features:
        yield "agent_view and assistant_view exclude each other"
    if features.get("slash_commands") and "bot_user" not in features:
        yield "commands need a bot_user"
    if features.get("slash_commands") and "commands" not in _part(manifest, "oauth_config", "scopes").get("bot", ()):
        yield "commands need the scope commands"
    if len(features.get("shortcuts", ())) > MOST_SHORTCUTS:
        yield "too many shortcuts"
    about = manifest.get("display_information", {})
    if len(about.get("long_description", "x" * LEAST_LONG_DESCRIPTION)) < LEAST_LONG_DESCRIPTION:
        yield "long_description: too short"


def _part(manifest: Json, *path: str) -> dict[str, Any]:
    found: Any = manifest
    for one in path:
        found = found.get(one, {})
    return dict(found)
