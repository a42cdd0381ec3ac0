"""People at work while something goes wrong: commands, ticks and details at random, and what is left in the end."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.chaos.books import Books
from tests.chaos.children import ANNA, BEN, CHIKA, Answer, Bot, PretendSlack, Wire
from tests.chaos.clients import Click, Watch, action, block_actions, boxes, checkboxes, press, slash_command
from tests.chaos.oracle import Ledger

Json = dict[str, Any]
DETAILS, AGAIN = "checklist.details", "card.post_again"
FAULTS = ("ratelimited", "slow", "timeout_after", "error_before", "error_after", "dropped_before", "dropped_after")
EVERYONE = (ANNA, BEN, CHIKA)
NAMES = {ANNA: "anna", BEN: "ben", CHIKA: "chika"}
PUBLIC, PRIVATE = ("C0FRAUDTEAM", "C0LAUNCHES"), "C0RISKBOARD"
SLOWEST = 2.0
"""Seconds that a person waits for a form to open."""


@dataclass(frozen=True)
class Asked:
    """A command, and whether Slack saw it taken."""

    by: str
    channel: str
    taken: bool


@dataclass(frozen=True)
class Noted:
    """A note in the details of a run, and whether Slack saw it taken."""

    run: str
    taken: bool


@dataclass
class Diary:
    """All that people did."""

    asked: dict[str, Asked] = field(default_factory=dict)
    notes: dict[str, Noted] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    refused: list[str] = field(default_factory=list)
    kills: int = 0
    freezes: int = 0
    faults: int = 0


class Campaign:
    """Six people's hands, and as many coaches as there are; each request goes to one of them."""

    def __init__(self, seed: int, slack: PretendSlack, bots: Sequence[Bot], books: Books) -> None:
        self.seed, self.slack, self.bots, self.books = seed, slack, bots, books
        self.random = Random(seed)
        self.watch, self.diary = Watch(), Diary()
        self.cards: list[Json] = []
        self.over = False
        self._wire = Wire(slack.secret)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Let everybody work until the block ends."""
        async with self._wire:
            hands = [self._look(), self._ask(ANNA), self._ask(BEN), self._write(BEN), self._write(CHIKA)]
            hands += [self._tick(person) for person in (*EVERYONE, ANNA)]
            tasks = [asyncio.create_task(one) for one in hands]
            try:
                yield
            finally:
                self.over = True
                await asyncio.gather(*tasks)

    async def trouble(self, seconds: float, strike: Callable[[], Awaitable[None]], every: float) -> None:
        """Strike at random moments, for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await asyncio.sleep(self.random.uniform(0.2, 1.8) * every)
            await strike()

    async def kill(self) -> None:
        """Kill a coach, wherever it is, and start it again on the same database."""
        bot = self.random.choice(self.bots)
        bot.kill()
        self.diary.kills += 1
        await asyncio.sleep(self.random.choice([0, 0, 0.5]))
        bot.start()
        await bot.ready()

    async def freeze(self) -> None:
        """Freeze a coach for some seconds, wherever it is, and let it go on."""
        bot = self.random.choice(self.bots)
        bot.signal(signal.SIGSTOP)
        self.diary.freezes += 1
        await asyncio.sleep(self.random.uniform(0.5, 5))
        bot.signal(signal.SIGCONT)

    async def fault(self) -> None:
        """Let Slack answer a few calls wrongly, late or not at all."""
        kind = self.random.choice(FAULTS)
        # What a dead process sent and Slack takes much later could go over a newer drawing: that is not promised.
        last = self.diary.kills and kind == "slow"
        method = "chat.postMessage" if last else self.random.choice(["chat.postMessage", "chat.update"])
        seconds = self.random.choice([1, 2])
        await self.slack.do("fault", kind=kind, method=method, count=self.random.randint(1, 3), seconds=seconds)
        self.diary.faults += 1

    async def settle_by_hand(self) -> None:
        """Do what people do who were asked: tick the card if it is there, else have it posted again."""
        async with self._wire:
            posted = await self.slack.posted()
            for one in self.books.cards():
                if one.state != "held":
                    continue
                if one.delivery_id in posted:
                    await self.tick(one.asked_by, {**posted[one.delivery_id][0], "run": one.delivery_id})
                    continue
                asked = await self.slack.asked(NAMES[one.asked_by], one.channel)
                again = next(press(each["blocks"], AGAIN) for each in asked if _is_about(each, one.delivery_id))
                await self.click(one.asked_by, {**asked[0], "channel": one.channel}, again)

    async def send(self, form: dict[str, str]) -> Answer:
        """Bring a request to one of the coaches."""
        return await self._wire.send(self.random.choice(self.bots), form)

    async def click(self, person: str, card: Json, clicked: Json) -> Answer:
        """Bring a click on a message to one of the coaches."""
        return await self.send(block_actions(person, card, card["channel"], clicked, self.watch()))

    async def _ask(self, person: str) -> None:
        while not self.over:
            await self._pause(0.8)
            name = f"System-{len(self.diary.asked) + 1}"
            channel = self.random.choice([*PUBLIC, PRIVATE])
            self.diary.asked[name] = Asked(person, channel, taken=False)
            answer = await self.send(slash_command(person, channel, f"llm-check {name}"))
            self.diary.asked[name] = Asked(person, channel, taken=answer.quiet)
            if answer.taken and not answer.quiet and "try again" not in answer.body:
                self.diary.refused.append(f"{name}: {answer.body[:200]}")

    async def _tick(self, person: str) -> None:
        while not self.over:
            await self._pause(0.15)
            if card := self._choose(person):
                await self.tick(person, card)

    async def tick(self, person: str, card: Json) -> None:
        """Click a box of a card; the first item is left to those who write notes."""
        place, element = self.random.choice(list(checkboxes(card["blocks"]))[1:])
        item = element["options"][0]["value"]
        ticked = not boxes(card["blocks"])[item] if self.random.random() < 0.8 else self.random.random() < 0.5
        clicked, at = action(place, element, frozenset({item} if ticked else ())), self.watch()
        answer = await self.send(block_actions(person, card, card["channel"], clicked, at))
        self.diary.ledger.note(Click(f"{card['run']}/{item}", ticked, at, person), taken=answer.quiet)

    async def _write(self, person: str) -> None:
        """Open the details of a card (they open at its first open item) and save a note."""
        while not self.over:
            await self._pause(0.5)
            card = self._choose(person)
            if card and await self._opened(person, card):
                await self._save(person, card)
            await self.slack.do("close", person=NAMES[person], everything=True)

    async def _opened(self, person: str, card: Json) -> bool:
        place = {"channel": card["channel"], "ts": card["ts"], "action_id": DETAILS}
        await self.slack.do("click", person=NAMES[person], **place)
        end = time.monotonic() + SLOWEST
        while time.monotonic() < end and not self.over:
            if (await self.slack.state(person=NAMES[person]))["modals"]:
                return True
            await asyncio.sleep(0.05)
        return False

    async def _save(self, person: str, card: Json) -> None:
        (modal,) = (await self.slack.state(person=NAMES[person]))["modals"]
        field_id = next(one["block_id"] for one in modal["data"]["blocks"] if one["block_id"].startswith("note~"))
        text = f"note {len(self.diary.notes) + 1} by {person}"
        self.diary.notes[text] = Noted(card["run"], taken=False)
        told = await self.slack.do("submit", person=NAMES[person], values={field_id: text})
        # A form that stays open says that somebody was quicker, and what was typed is still there.
        closed = not (await self.slack.state(person=NAMES[person]))["modals"]
        self.diary.notes[text] = Noted(card["run"], taken=told.get("status") == 200 and closed)

    async def _look(self) -> None:
        while not self.over:
            self.cards = [{**one, "run": run} for run, found in (await self.slack.posted()).items() for one in found]
            await asyncio.sleep(0.4)

    def _choose(self, person: str) -> Json | None:
        """Choose one of the newest cards that the person can see."""
        seen = [one for one in self.cards if person != CHIKA or one["channel"] != PRIVATE]
        return self.random.choice(sorted(seen, key=lambda one: str(one["ts"]))[-8:]) if seen else None

    async def _pause(self, mean: float) -> None:
        await asyncio.sleep(min(self.random.expovariate(1 / mean), 4 * mean))


def _is_about(message: Json, delivery: str) -> bool:
    return f"run-{press(message['blocks'], AGAIN)['value']}" == delivery
