"""A team that works through a checklist: what it types and clicks, and what each of its people sees."""

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sandbox.client import Json, PersonClient, elements, words
from tests.e2e.stage import PATIENCE, PEOPLE, Stage

_T = TypeVar("_T")
HELPED = "Checklists that your team works through together"
DETAILS, TICK = "checklist.details", "checklist.tick"

PING = re.compile(r"<(?!!date\^[1-9])(?:!|mailto:|[@#][CU]0EVIL|https?://evil\.)")
"""What would ping a channel (only dates are written like that), or what only a hostile text can have brought."""


def title(surface: Json) -> str:
    """Give the headline of a card."""
    return next((words(one) for one in surface["data"].get("blocks", []) if one["type"] == "header"), "")


def boxes(card: Json) -> dict[str, bool]:
    """Say of each item with a tick-box, by its id, whether it is drawn ticked."""
    drawn = (one for one in elements(card) if one["action_id"] == TICK)
    return {one["options"][0]["value"]: bool(one.get("initial_options")) for one in drawn}


def block_of(card: Json, item: str) -> str:
    """Give the block in which an item's box stands."""
    drawn = (one for one in elements(card) if one["action_id"] == TICK and one["options"][0]["value"] == item)
    return str(next(drawn)["block_id"])


def run_of(card: Json) -> str:
    """Give the number of a card's run."""
    return str(next(one["value"] for one in elements(card) if one["action_id"] == DETAILS))


def buttons(surface: Json) -> list[str]:
    """List what can be clicked, by action id."""
    return [one["action_id"] for one in elements(surface) if one["action_id"] != TICK]


def at_once(*deeds: Any) -> list[Any]:  # noqa: ANN401 - functions of any kind
    """Do several things at the same moment."""
    with ThreadPoolExecutor(len(deeds)) as pool:
        return [one.result() for one in [pool.submit(deed) for deed in deeds]]


@dataclass
class Team:
    """Anna, Ben and Chika, one channel, and a system that nobody else works on."""

    stage: Stage
    system: str
    channel: str = "#fraud-team"
    since: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        self.client = self.stage.client
        self.anna, self.ben, self.chika = (self.client.person(name) for name in PEOPLE)

    def until(self, look: Callable[[], _T | None]) -> _T:
        """Look again and again until there is something to see."""
        found = self.client.until(look, PATIENCE)
        assert found is not None
        return found

    def seen(self, who: PersonClient, channel: str = "", thread: str | None = None) -> list[Json]:
        """List the messages of this story that somebody sees in a channel."""
        listed = who.messages(channel or self.channel, thread)
        return [one for one in listed if float(one["data"]["ts"]) > self.since]

    def told(self, who: PersonClient, text: str, channel: str = "", thread: str | None = None) -> Json:
        """Wait until somebody is told something that nobody else sees."""

        def look() -> Json | None:
            listed = self.seen(who, channel, thread)
            return next((one for one in reversed(listed) if one["ephemeral"] and text in words(one["data"])), None)

        try:
            return self.until(look)
        except TimeoutError:
            heard = [words(one["data"]) for one in self.seen(who, channel, thread) if one["ephemeral"]]
            raise AssertionError(f"{who.name} was not told {text!r} but {heard}") from None

    def written(self, who: PersonClient, text: str) -> Json:
        """Wait for a direct message to somebody."""

        def look() -> Json | None:
            return next((one for one in reversed(self.seen(who, "dm")) if text in words(one["data"])), None)

        return self.until(look)

    def cards(self, channel: str = "", system: str = "") -> list[Json]:
        """List the cards of the system in a channel, as everyone sees them, oldest first."""
        named = system or self.system
        return [one for one in self.seen(self.anna, channel) if title(one).endswith(f"· {named}")]

    def card(self, text: str = "", *, channel: str = "", system: str = "", by: PersonClient | None = None) -> Json:
        """Wait until the newest card of the system shows a text."""
        who = by or self.anna
        named = system or self.system

        def look() -> Json | None:
            found = [one for one in self.seen(who, channel) if title(one).endswith(f"· {named}")]
            return found[-1] if found and text in words(found[-1]["data"]) else None

        try:
            return self.until(look)
        except TimeoutError:
            shown = [words(one["data"])[:300] for one in self.cards(channel, system)]
            raise AssertionError(f"no card of {named} shows {text!r}: {shown}") from None

    def start(self, command: str, *, by: PersonClient | None = None, channel: str = "") -> Json:
        """Start a checklist on the system by name, and wait for its card."""
        before = len(self.cards(channel))
        (by or self.anna).command(channel or self.channel, f"/aipm {command} {self.system}")
        self.until(lambda: len(self.cards(channel)) > before)
        return self.card(channel=channel)

    def tick(self, who: PersonClient, card: Json, *items: str) -> None:
        """Click the boxes of some items."""
        for item in items:
            assert who.tick(card, TICK, block_of(card, item))["failed"] is None

    def more(self, who: PersonClient, card: Json, choice: str) -> None:
        """Take a choice behind the three dots of a card."""
        who.click(card, "checklist.more", value=f"{choice}:{run_of(card)}")

    def details(self, who: PersonClient, card: Json, item: str) -> Json:
        """Open the details of one item."""
        who.click(card, DETAILS)
        shown = who.opened(timeout=PATIENCE)
        if f"state~{item}" not in json.dumps(shown["data"]["blocks"]):
            who.click(shown, "checklist.pick", value=item)
            shown = self.form_of(who, item)
        return shown

    def form_of(self, who: PersonClient, item: str) -> Json:
        """Wait until the form that somebody has open is the one of an item."""

        def look() -> Json | None:
            shown = who.modal()
            return shown if shown and f"state~{item}" in json.dumps(shown["data"]["blocks"]) else None

        return self.until(look)

    def answer(self, who: PersonClient, card: Json, item: str, **fields: str) -> Json:
        """Fill in the details of one item and save them; give what Slack got for an answer."""
        self.details(who, card, item)
        return who.submit({f"{name}~{item}": value for name, value in fields.items()})

    def clear(self) -> None:
        """Close what this story has opened, take its cards away, and switch off what went wrong in it."""
        self.client.clear_faults()
        for channel in (self.channel, "#launches", "#no-bot"):
            for card in [one for one in self.seen(self.anna, channel) if title(one)]:
                self.stage.delete(card["channel"], card["data"]["ts"])
        for one in (self.anna, self.ben, self.chika):
            if one.modal():
                one.close_all()


def said(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Give every text that Slack would format; what stands in a field to be edited is never formatted."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from said(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key not in ("initial_value", "private_metadata"):
                yield from said(one)


def pings(traffic: Sequence[Json]) -> Iterator[str]:
    """Find what the coach has said, in calls and in answers, that would ping a channel."""
    for one in traffic:
        for text in said(one["request"] if one["direction"] == "in" else one["answer"]):
            if PING.search(text):
                yield f"{one['name']}: {text}"


def complaints(traffic: Sequence[Json]) -> Iterator[str]:
    """Find what either side did not understand: refused blocks or arguments, and answers other than 200."""
    for one in traffic:
        refused = one["direction"] == "in" and '"invalid_' in json.dumps(one["answer"])
        if refused or (one["direction"] == "out" and one["status"] != 200):
            yield f"{one['name']}: {one['status']} {json.dumps(one['answer'])[:500]}"
