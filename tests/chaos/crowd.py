"""Many people at one card: two devices each, double clicks, and a network that delays, reorders and repeats."""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.chaos.children import Bot, Wire
from tests.chaos.clients import Click, Screen, Watch, block_actions, slash_command
from tests.chaos.oracle import Ledger
from tests.chaos.recorder import Recorder

Json = dict[str, Any]
PATIENCE = 20
"""Seconds until a request that is sent again and again must have been taken."""

HOT = 2
"""Items that everybody is after."""


@dataclass(frozen=True)
class Habits:
    """How a crowd behaves."""

    people: int = 5
    clicks: int = 8
    pause: float = 0.3
    slowest_request: float = 0.6
    slowest_drawing: float = 0.8
    repeated: float = 0.15
    double: float = 0.3


@dataclass
class Device:
    """A person's screen; drawings reach it late, but in order."""

    person: str
    screen: Screen
    drawings: "asyncio.Queue[Json]" = field(default_factory=asyncio.Queue)


class Crowd:
    """One card, and everybody at it."""

    def __init__(self, seed: int, habits: Habits, recorder: Recorder, wire: Wire, bot: Bot) -> None:
        self.seed, self.habits, self.recorder, self.wire, self.bot = seed, habits, recorder, wire, bot
        self.random = Random(seed)
        self.channel = f"C0SEED{seed}"
        self.ledger, self.watch = Ledger(), Watch()
        self.devices = [
            Device(f"U0P{number}", Screen()) for number in range(habits.people) for _ in ("desktop", "phone")
        ]
        self.requests = 0
        self._on_their_way: list[asyncio.Task[None]] = []

    @property
    def system(self) -> str:
        """Name what the card is about."""
        return f"Crowd-{self.seed}"

    async def run(self, checklist: str) -> None:
        """Start the card, let everybody click, and wait until every request was answered."""
        command = slash_command("U0P0", self.channel, f"{checklist} {self.system}")
        assert (await self.wire.send(self.bot, command)).quiet
        first = await self.recorder.card(self.channel)
        for device in self.devices:
            device.screen.draw(first)
            self.recorder.watch(self.channel, device.drawings.put_nowait)
        self.pumps = [asyncio.create_task(self._show(device)) for device in self.devices]
        await asyncio.gather(*(self._use(device) for device in self.devices))
        await asyncio.gather(*self._on_their_way)

    async def shown(self) -> None:
        """Wait until the drawings that were made have reached every screen."""
        await asyncio.gather(*(device.drawings.join() for device in self.devices))
        for pump in self.pumps:
            pump.cancel()

    def last_drawing(self) -> Json:
        """Give the card as it was drawn last; there must be one card only."""
        (ts,) = self.recorder.posted[self.channel]
        return self.recorder.messages[ts]

    async def _show(self, device: Device) -> None:
        while True:
            message = await device.drawings.get()
            await asyncio.sleep(self._delay(self.habits.slowest_drawing))
            device.screen.draw(message)
            device.drawings.task_done()

    async def _use(self, device: Device) -> None:
        for _ in range(self.habits.clicks):
            await asyncio.sleep(self.random.expovariate(1 / self.habits.pause))
            item = self._choose(device)
            self._click(device, item)
            while self.random.random() < self.habits.double:
                await asyncio.sleep(self.random.uniform(0, 0.05))
                self._click(device, item)

    def _choose(self, device: Device) -> str:
        items = list(device.screen.boxes())
        return self.random.choice(items[:HOT] if self.random.random() < 0.5 else items)

    def _click(self, device: Device, item: str) -> None:
        clicked, at = device.screen.toggle(item), self.watch()
        self.ledger.note(Click(item, device.screen.boxes()[item], at, device.person), taken=True)
        form = block_actions(device.person, device.screen.message, self.channel, clicked, at)
        times = 2 if self.random.random() < self.habits.repeated else 1
        self._on_their_way += [asyncio.create_task(self._deliver(form)) for _ in range(times)]

    async def _deliver(self, form: dict[str, str]) -> None:
        """Bring a request to the coach; most are quick, and some are overtaken by many."""
        await asyncio.sleep(self._delay(self.habits.slowest_request))
        async with asyncio.timeout(PATIENCE):
            while not (await self.wire.send(self.bot, form)).quiet:
                self.requests += 1
                await asyncio.sleep(1)
        self.requests += 1

    def _delay(self, slowest: float) -> float:
        return self.random.uniform(0, slowest if self.random.random() < 0.3 else 0.05)
