"""People at Slack's clients: what a screen shows, what a click on it sends, and when the click happened.

An own model, made from Slack's rules alone; it imports nothing of the coach's.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlencode

Json = dict[str, Any]
Place = tuple[str, str]
"""An element, by block_id and action_id."""

TEAM = "T0AIPMTEAM"
_TRIGGERS = count(1)


@dataclass(frozen=True)
class Click:
    """What a person wanted of an item, and when (microseconds, never twice the same)."""

    item: str
    ticked: bool
    at: int
    by: str = ""


@dataclass
class Watch:
    """The time of clicks, which never repeats."""

    last: int = 0

    def __call__(self) -> int:
        self.last = max(self.last + 1, time.time_ns() // 1000)
        return self.last


def checkboxes(blocks: Sequence[Json]) -> Iterator[tuple[Place, Json]]:
    """Give each group of boxes in a message."""
    for block in blocks:
        for element in block.get("elements", ()):
            if element.get("type") == "checkboxes":
                yield (block["block_id"], element["action_id"]), element


def drawn(element: Json) -> frozenset[str]:
    """Give what the app drew as ticked."""
    return frozenset(one["value"] for one in element.get("initial_options", ()))


def boxes(blocks: Sequence[Json]) -> dict[str, bool]:
    """Say of each box in a message, by its value, whether the app drew it ticked."""
    found: dict[str, bool] = {}
    for _, element in checkboxes(blocks):
        found |= {one["value"]: one["value"] in drawn(element) for one in element["options"]}
    return found


@dataclass
class Screen:
    """One device: what was changed in an element stays while its block_id stays, and is drawn anew when it changes."""

    message: Json = field(default_factory=dict)
    held: dict[Place, frozenset[str]] = field(default_factory=dict)

    def draw(self, message: Json) -> None:
        """Show what the app made of the message."""
        self.message = message
        self.held = {
            place: self.held.get(place, drawn(element)) for place, element in checkboxes(message.get("blocks", ()))
        }

    def boxes(self) -> dict[str, bool]:
        """Say of each box whether it looks ticked here."""
        found: dict[str, bool] = {}
        for place, element in checkboxes(self.message.get("blocks", ())):
            found |= {one["value"]: one["value"] in self.held[place] for one in element["options"]}
        return found

    def toggle(self, item: str) -> Json:
        """Click a box; give the action: all that is ticked in its element on this screen, never a delta."""
        place, element = next(
            (place, element)
            for place, element in checkboxes(self.message["blocks"])
            if any(one["value"] == item for one in element["options"])
        )
        self.held[place] ^= {item}
        return action(place, element, self.held[place])


def action(place: Place, element: Json, ticked: frozenset[str]) -> Json:
    """Make the action of a click after which these boxes of an element are ticked."""
    chosen = [one for one in element["options"] if one["value"] in ticked]
    return {"type": "checkboxes", "block_id": place[0], "action_id": place[1], "selected_options": chosen}


def press(blocks: Sequence[Json], action_id: str) -> Json:
    """Make the action of a click on a button."""
    every = [(block, one) for block in blocks for one in block.get("elements", ())]
    block, button = next(one for one in every if one[1].get("action_id") == action_id)
    return {"type": "button", "block_id": block["block_id"], "action_id": action_id, "value": button["value"]}


def stamp(at: int) -> str:
    """Write microseconds as Slack writes a ts."""
    return f"{at // 1_000_000}.{at % 1_000_000:06d}"


def block_actions(person: str, message: Json, channel: str, clicked: Json, at: int) -> dict[str, str]:
    """Make the form that Slack posts for a click in a message."""
    where = {"type": "message", "message_ts": message["ts"], "channel_id": channel, "is_ephemeral": False}
    payload = {
        "type": "block_actions",
        "team": {"id": TEAM, "domain": "sandbox"},
        "user": {"id": person, "username": person.lower(), "team_id": TEAM},
        "api_app_id": "A0AIPMAPP",
        "container": where,
        "trigger_id": _trigger(),
        "channel": {"id": channel, "name": "channel"},
        "message": message,
        "response_url": "",
        "actions": [{**clicked, "action_ts": stamp(at)}],
    }
    return {"payload": json.dumps(payload)}


def slash_command(person: str, channel: str, text: str) -> dict[str, str]:
    """Make the form that Slack posts for a command."""
    return {
        "team_id": TEAM,
        "team_domain": "sandbox",
        "channel_id": channel,
        "channel_name": "channel",
        "user_id": person,
        "user_name": person.lower(),
        "command": "/aipm",
        "text": text,
        "api_app_id": "A0AIPMAPP",
        "response_url": "",
        "trigger_id": _trigger(),
    }


def signed(secret: str, form: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """Encode a form and sign it as Slack does; give body and headers."""
    body = urlencode(form).encode()
    now = str(int(time.time()))
    digest = hmac.new(secret.encode(), b"v0:" + now.encode() + b":" + body, hashlib.sha256).hexdigest()
    return body, {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": f"v0={digest}",
    }


def _trigger() -> str:
    return f"{next(_TRIGGERS)}.{time.time_ns()}"
