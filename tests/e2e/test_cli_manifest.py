"""`aipm manifest`: what it prints can be pasted at Slack."""

import copy
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.manifest import manifest
from tests.e2e.manifest_rules import mistakes
from tests.e2e.stage import aipm
from tests.e2e.team import at_once


@pytest.mark.parametrize("options", [("--url", "https://coach.example/"), ("--socket",)])
def test_the_manifest_keeps_slacks_rules(folder: Path, options: tuple[str, ...]) -> None:
    printed = aipm("manifest", *options, folder=folder)
    assert printed.returncode == 0
    told = json.loads(printed.stdout)
    assert mistakes(told) == []
    assert told["settings"]["socket_mode_enabled"] is ("--socket" in options)
    assert ("https://coach.example/slack/events" in printed.stdout) is ("--url" in options)


def test_the_module_and_the_command_are_the_same(folder: Path) -> None:
    command = Path(sys.executable).with_name("aipm")
    by_module, by_command = at_once(
        *(partial(aipm, "--help", folder=folder, program=one) for one in ("", str(command)))
    )
    assert by_command.stdout == by_module.stdout
    assert "usage: aipm [-h]" in by_module.stdout


SLOT = dict.fromkeys(("name", "type", "callback_id", "description"), "x")
READS = ["im:history", "app_mentions:read"]
BROKEN: dict[str, tuple[tuple[str, ...], Any]] = {
    "unknown": (("features", "magic"), {}),
    "longer than 35": (("display_information", "name"), "x" * 36),
    "missing": (("features", "bot_user"), {}),
    "scope admin: unknown": (
        ("oauth_config", "scopes", "bot"),
        ["commands", "admin", *READS],
    ),
    "needs the scope im:history": (("oauth_config", "scopes", "bot"), ["commands", "app_mentions:read"]),
    "event gossip: unknown": (("settings", "event_subscriptions", "bot_events"), ["gossip"]),
    "must be https": (("settings", "interactivity", "request_url"), "http://coach.example"),
    "commands need the scope": (("oauth_config", "scopes", "bot"), READS),
    "too many shortcuts": (("features", "shortcuts"), [SLOT] * 11),
    "too short": (("display_information", "long_description"), "brief"),
}


@pytest.mark.parametrize("said", BROKEN)
def test_the_rules_find_what_is_wrong(said: str) -> None:
    place, value = BROKEN[said]
    told = copy.deepcopy(manifest())
    part: Any = told
    for one in place[:-1]:
        part = part[one]
    part[place[-1]] = value
    assert [one for one in mistakes(told) if said in one]
