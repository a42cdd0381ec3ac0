"""A channel with weekly prompts, processes that die or freeze while they post them, and what stands there then."""

import asyncio
import signal
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.app import Coach, build
from bot.database import Actor
from bot.learning.model import Wish
from bot.settings import Settings
from tests.chaos.books import Books
from tests.chaos.children import ANNA, Bot, ChildError, PretendSlack
from tests.chaos.clients import TEAM

WEEK = timedelta(days=7)
AT = time(10)
OPEN = {"ready", "sending", "unknown"}
CHANNEL = "C0FRAUDTEAM"
PASSES = 15
BUSY = ("Busy", "A lot is being saved")

PROCESSES = pytest.mark.parametrize("processes", [1, 2])
Point = tuple[str, str]


def opened(url: str) -> Coach:
    """Open the coach's own services on a database."""
    return build(Settings(_env_file=None, database_url=url))


def subscribe(coach: Coach, channel: str, weekday: int) -> None:
    """Start weekly prompts at ten o'clock, which is no quiet hour."""
    actor = Actor(TEAM, ANNA, f"c:{channel}")
    coach.learning.subscribe(Wish("core", weekday, AT, "UTC"), by=actor, channel=channel)


@dataclass
class Prompts:
    """A channel with weekly prompts, and the processes of `aipm tick` that post them."""

    folder: Path
    url: str
    slack: PretendSlack
    channel: str = CHANNEL
    hasty: bool = False
    weeks: int = 0

    def __post_init__(self) -> None:
        self.books = Books(self.url)
        self.bot, self.other = (Bot(self.folder, self.slack.settings(self.url), hasty=self.hasty) for _ in range(2))
        # Tomorrow, so that no prompt is due by the real clock while the test runs.
        self.start = datetime.combine(datetime.now(UTC).date() + timedelta(days=1), AT, UTC)
        coach = opened(self.url)
        subscribe(coach, self.channel, self.start.weekday())
        coach.close()

    @property
    def kind(self) -> str:
        """Name the kind of database."""
        return self.url.partition(":")[0].partition("+")[0]

    def slot(self, week: int, after: timedelta = timedelta(minutes=5)) -> str:
        """Name a moment after a week's slot; the first week is 1."""
        return (self.start + (week - 1) * WEEK + after).isoformat()

    def next_week(self) -> str:
        """Let the next slot come."""
        self.weeks += 1
        return self.slot(self.weeks)

    async def dies(self, when: str, pattern: str, now: str) -> None:
        """Make a pass that dies at a point."""
        self.bot.arm()
        self.bot.start(when, pattern, "KILL", command=("tick", "--now", now))
        assert await self.bot.died() == -signal.SIGKILL, self.bot.said()

    async def freezes(self, when: str, pattern: str, now: str) -> None:
        """Make a pass that freezes at a point."""
        self.bot.arm()
        self.bot.start(when, pattern, "STOP", command=("tick", "--now", now))
        await self.bot.frozen()

    async def thaws(self) -> None:
        """Let a frozen pass go on to its end."""
        self.bot.signal(signal.SIGCONT)
        assert await self.bot.died() == 0, self.bot.said()

    async def recovers(self, now: str, processes: int = 1) -> None:
        """Make passes, minutes apart, until everything is settled; several processes at the same moment if asked."""
        for _ in range(PASSES):
            if self.hasty:
                await asyncio.sleep(0.5)
            else:
                self.books.let_minutes_pass()
            await asyncio.gather(*(self.passes(now) for _ in range(processes)))
            states = self.states()
            if len(states) == self.weeks and not OPEN & set(states):
                return

    async def passes(self, now: str) -> None:
        """Make a pass beside whatever else there is; one that does not get its turn leaves the work to the next."""
        try:
            await asyncio.to_thread(self.other.run, "tick", "--now", now)
        except ChildError as error:
            if not any(word in str(error) for word in BUSY):
                raise

    def states(self) -> list[str]:
        """Give the state of every slot, in their order."""
        return list(self.books.deliveries().values())

    async def posts(self) -> dict[str, int]:
        """Count what the channel shows, by the delivery's id."""
        return Counter(await self.slack.deliveries(self.channel))

    async def wrong(self) -> dict[str, str]:
        """Compare what Slack shows with what was due: what is not there exactly once, by the delivery's id."""
        due, posts = self.books.deliveries(), await self.posts()
        late = {} if len(due) == self.weeks else {"slots": f"{len(due)} of {self.weeks}"}
        odd = {name for name in {*due, *posts} if due.get(name) != "sent" or posts.get(name) != 1}
        return late | {name: f"{due.get(name)}, {posts.get(name, 0)} posts" for name in odd}


Story = Callable[[Prompts], Coroutine[None, None, None]]
