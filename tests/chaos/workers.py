"""Workers that are killed, frozen and set wrong at random while lessons are due, and what stands there in the end."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from bot.learning.planning import Planner, Slot, Turn
from bot.learning.subscriptions import store as subscriptions
from tests.chaos.books import Books
from tests.chaos.children import ANNA, Bot, PretendSlack
from tests.chaos.clients import TEAM
from tests.chaos.hasty import set_clock
from tests.chaos.prompts import OPEN, opened, subscribe

CHANNELS = ("C0GENERAL", "C0FRAUDTEAM", "C0LAUNCHES", "C0RISKBOARD")
FAULTS = ("timeout_after", "error_before", "error_after", "dropped_before", "dropped_after", "ratelimited", "slow")
CLOCKS = 0.7
"""Seconds by which clocks differ, as far from the short grace as minutes are from the usual one."""

SETTLED = 90.0
Strike = Callable[[], Awaitable[None]]


def plan(url: str, channels: Sequence[str], count: int) -> None:
    """Plan lessons that people asked for: one a second in each channel, beginning now."""
    coach, now = opened(url), datetime.now(UTC)
    planner = Planner(coach.database, coach.library, coach.outbox.now, lambda _workspace, _channel: ())
    for channel in channels:
        subscribe(coach, channel, (now + timedelta(days=1)).weekday())
        with coach.database.write() as tx:
            one = subscriptions.find(tx, TEAM, channel)
            assert one
            for number in range(count):
                slot = Slot(f"wish-{number}", now + timedelta(seconds=number))
                planner.plan(tx, [Turn(one, [], slot)], ANNA)
    coach.close()


@dataclass
class Verdict:
    """What is wrong in the end; held is right where the history cannot be read."""

    lost: list[str]
    doubled: list[str]
    held: list[str]
    open: list[str]

    def __str__(self) -> str:
        ended = {"lost": self.lost, "doubled": self.doubled, "held": self.held, "open": self.open}
        return ", ".join(f"{len(found)} {word}" for word, found in ended.items())


@dataclass
class Workers:
    """Two workers on one database, and somebody who starts them again."""

    folder: Path
    url: str
    slack: PretendSlack
    seed: int
    struck: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.books = Books(self.url)
        self.team = [Bot(self.folder, self.slack.settings(self.url), hasty=True) for _ in range(2)]

    async def work(self, seconds: float, strikes: Sequence[Strike]) -> Verdict:
        """Strike at random moments for so long; then wait until all is settled, and judge."""
        end = time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                self._supervise()
                await asyncio.sleep(self.random.uniform(0.4, 2.4))
                await self.random.choice(strikes)()
            await self.slack.do("clear_faults")
            await self._settle()
            return await self._judge()
        finally:
            for bot in self.team:
                bot.kill()

    async def kill(self) -> None:
        """Kill one, wherever it is; it comes back with a clock of its own."""
        bot = self.random.choice(self.team)
        bot.kill()
        set_clock(bot, self.random.uniform(-CLOCKS, CLOCKS))
        self.struck["kills"] += 1

    async def freeze(self) -> None:
        """Freeze one, perhaps for longer than a lease."""
        bot = self.random.choice(self.team)
        bot.signal(signal.SIGSTOP)
        await asyncio.sleep(self.random.uniform(0.5, 6))
        bot.signal(signal.SIGCONT)
        self.struck["freezes"] += 1

    async def fault(self) -> None:
        """Let Slack answer a few posts wrongly, late or not at all."""
        kind, count = self.random.choice(FAULTS), self.random.randint(1, 3)
        seconds = 1 if kind in {"ratelimited", "slow"} else 3
        await self.slack.do("fault", kind=kind, method="chat.postMessage", count=count, seconds=seconds)
        self.struck["faults"] += 1

    async def jump(self) -> None:
        """Let the clock of one jump while it runs."""
        set_clock(self.random.choice(self.team), self.random.uniform(-CLOCKS, CLOCKS))
        self.struck["jumps"] += 1

    def told(self, verdict: Verdict) -> str:
        """Say how it went."""
        kind = self.url.partition(":")[0].partition("+")[0]
        struck = ", ".join(f"{count} {word}" for word, count in sorted(self.struck.items()))
        count = len(self.books.deliveries())
        return f"seed {self.seed} on {kind}, 2 workers, {count} deliveries: {struck}; {verdict}"

    def _supervise(self) -> None:
        for bot in self.team:
            if bot.process is None or bot.process.poll() is not None:
                bot.start(command=("worker",))

    async def _settle(self) -> None:
        end = time.monotonic() + SETTLED
        while OPEN & set(self.books.deliveries().values()) and time.monotonic() < end:
            self._supervise()
            await asyncio.sleep(0.5)

    async def _judge(self) -> Verdict:
        due = self.books.deliveries()
        posts = Counter([name for channel in CHANNELS for name in await self.slack.deliveries(channel)])
        return Verdict(
            lost=[name for name, state in due.items() if state != "held" and not posts[name]],
            doubled=[name for name, count in posts.items() if count > 1 or name not in due],
            held=[name for name, state in due.items() if state == "held"],
            open=[f"{name} {state}" for name, state in due.items() if state not in {"held", "sent"}],
        )
