"""The manifest: what Slack takes, with no more rights than the code uses."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.manifest import EVENTS, OPTIONAL, SCOPES, manifest
from handlers.listeners import FEATURES
from handlers.routes import routes

ROOT = Path(__file__).parent.parent
# What Slack asks for each thing that the code does (its method and event reference). None: no scope is needed.
METHODS = {
    "auth_test": None,
    "chat_postMessage": "chat:write",
    "chat_update": "chat:write",
    "chat_postEphemeral": "chat:write",
    "conversations_open": "im:write",
    "conversations_info": "channels:read groups:read",
    "files_upload_v2": "files:write",
    "users_info": "users:read",
    "apps_connections_open": None,
    "views_open": None,
    "views_update": None,
    "views_push": None,
    "views_publish": None,
}
OPTIONAL_METHODS = {
    "conversations_history": "channels:history groups:history",
    "conversations_replies": "channels:history groups:history",
}
EVENT_SCOPES = {"app_home_opened": None, "app_mention": "app_mentions:read", "message.im": "im:history"}


def scopes(*named: str | None) -> set[str]:
    return {scope for one in named if one for scope in one.split()}


def methods_in_use() -> set[str]:
    sources = "".join(
        path.read_text("utf-8") for folder in ("bot", "handlers") for path in (ROOT / folder).rglob("*.py")
    )
    return set(re.findall(r"client\.([a-z]+_[A-Za-z0-9_]+)\(", sources))


def test_every_method_in_use_has_its_scope_here() -> None:
    assert methods_in_use() == set(METHODS) | set(OPTIONAL_METHODS)


def test_the_scopes_are_those_that_are_used_and_no_more() -> None:
    used = scopes(*METHODS.values(), *(EVENT_SCOPES[event] for event in EVENTS), "commands")
    assert set(SCOPES) == used


def test_reading_history_is_optional() -> None:
    assert set(OPTIONAL) == scopes(*OPTIONAL_METHODS.values())
    assert not set(OPTIONAL) & set(SCOPES)
    assert manifest()["oauth_config"]["scopes"] == {"bot": sorted(SCOPES), "bot_optional": sorted(OPTIONAL)}


def test_every_scope_says_what_it_is_for() -> None:
    assert all(len(use) > 5 for use in (SCOPES | OPTIONAL).values())


@pytest.mark.parametrize("socket", [True, False])
def test_no_rotation_and_no_org_deploy(socket: object) -> None:
    settings = manifest(socket=bool(socket))["settings"]
    assert settings["token_rotation_enabled"] is False
    assert settings["org_deploy_enabled"] is False
    assert settings["interactivity"]["is_enabled"] is True
    assert settings["socket_mode_enabled"] is bool(socket)


def addresses(told: Any) -> list[str]:  # noqa: ANN401 - any JSON
    if isinstance(told, dict):
        return [found for value in told.values() for found in addresses(value)]
    if isinstance(told, list):
        return [found for value in told for found in addresses(value)]
    return [told] if isinstance(told, str) and "://" in told else []


def test_over_http_everything_goes_to_one_address() -> None:
    assert set(addresses(manifest("https://coach.example"))) == {"https://coach.example/slack/events"}
    assert len(addresses(manifest("https://coach.example"))) == 3


def test_socket_mode_names_no_address() -> None:
    assert addresses(manifest("https://coach.example", socket=True)) == []


def test_text_is_sent_escaped_because_the_edge_unescapes_it() -> None:
    commands = manifest()["features"]["slash_commands"]
    assert [(one["command"], one["should_escape"]) for one in commands] == [("/aipm", True)]


def test_each_shortcut_has_a_handler() -> None:
    assert FEATURES
    shortcuts = manifest()["features"]["shortcuts"]
    assert {one["callback_id"] for one in shortcuts} == set(routes.shortcuts)


def test_the_home_tab_and_direct_messages_are_on() -> None:
    home = manifest()["features"]["app_home"]
    assert home == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }


def test_every_text_fits_what_slack_takes() -> None:
    told = manifest()
    about, features = told["display_information"], told["features"]
    limits = [(about["name"], 35), (about["description"], 140), (features["bot_user"]["display_name"], 80)]
    for command in features["slash_commands"]:
        limits += [(command["command"], 32), (command["description"], 2000), (command["usage_hint"], 1000)]
    for shortcut in features["shortcuts"]:
        limits += [(shortcut["name"], 24), (shortcut["description"], 150), (shortcut["callback_id"], 255)]
    assert [text for text, limit in limits if len(text) > limit] == []
    assert re.fullmatch(r"#[0-9a-f]{6}", about["background_color"])
