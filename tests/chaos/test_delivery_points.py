"""SIGKILL at every step of a delivery, alone and beside a second process: each slot is posted once."""

import asyncio
import signal
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.chaos.books import Books
from tests.chaos.children import ANNA, Bot, PretendSlack, Wire
from tests.chaos.clients import slash_command

PLAN = "INSERT INTO deliveries"
LANE = r"(UPDATE|INSERT INTO) lanes"
CLAIM = r"UPDATE deliveries SET state=\S+ attempt="
SETTLED = r"UPDATE deliveries SET state=\S+ looked="
FOUR = [("committed", PLAN), ("committed", CLAIM), ("before", SETTLED), ("committed", SETTLED)]
MORE = [("before", PLAN), ("before", LANE), ("committed", LANE), ("before", CLAIM)]
WEEK = timedelta(days=7)


@dataclass
class Prompts:
    """A channel with weekly prompts, and processes that die while they post them."""

    folder: Path
    url: str
    slack: PretendSlack
    channel: str
    weeks: int = 0
    start: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self.books, self.bot = Books(self.url), Bot(self.folder, self.slack.settings(self.url))

    async def subscribe(self) -> None:
        day = self.start.strftime("%A").lower()
        asked = f"learn subscribe core {day} {self.start:%H:%M} UTC"
        self.bot.start()
        await self.bot.ready()
        async with Wire(self.slack.secret) as wire:
            assert (await wire.send(self.bot, slash_command(ANNA, self.channel, asked))).taken
        self.bot.kill()

    def next_week(self) -> str:
        self.weeks += 1
        return (self.start + self.weeks * WEEK + timedelta(minutes=5)).isoformat()

    async def dies(self, when: str, pattern: str, now: str, how: str = "KILL") -> None:
        """Make a pass that dies at a point."""
        self.bot.arm()
        self.bot.start(when, pattern, how, "tick", "--now", now)
        assert await self.bot.died() == -signal.SIGKILL, self.bot.said()

    async def recovers(self, now: str, processes: int = 1) -> None:
        """Make passes, minutes apart, until everything is settled; several processes at the same moment if asked."""
        for _ in range(5):
            self.books.let_minutes_pass()
            passes = [asyncio.to_thread(self.bot.run, "tick", "--now", now) for _ in range(processes)]
            await asyncio.gather(*passes)
            states = list(self.books.deliveries().values())
            if len(states) == self.weeks and not {"ready", "sending", "unknown"} & set(states):
                return

    async def posts(self) -> dict[str, int]:
        """Count what the channel shows, by the delivery's id."""
        seen = (await self.slack.state(person="anna", channel=self.channel))["messages"]
        marks = [one["data"].get("metadata", {}) for one in seen]
        ids = [one["event_payload"]["delivery_id"] for one in marks if one.get("event_type") == "aipm_delivery"]
        return {name: ids.count(name) for name in ids}


async def every_week_once(prompts: Prompts, points: list[tuple[str, str]], processes: int) -> None:
    await prompts.subscribe()
    for when, pattern in points:
        now = prompts.next_week()
        await prompts.dies(when, pattern, now)
        await prompts.recovers(now, processes)
        states = prompts.books.deliveries()
        assert list(states.values()) == ["sent"] * prompts.weeks, (when, pattern, states)
        assert await prompts.posts() == dict.fromkeys(states, 1), (when, pattern)


DATABASES = pytest.mark.parametrize(
    ("kind", "channel"), [("sqlite_url", "C0FRAUDTEAM"), ("postgresql_url", "C0LAUNCHES")], ids=["sqlite", "postgresql"]
)


@DATABASES
def test_a_prompt_is_posted_once_whatever_dies(
    tmp_path: Path, request: pytest.FixtureRequest, slack: PretendSlack, kind: str, channel: str
) -> None:
    prompts = Prompts(tmp_path, request.getfixturevalue(kind), slack, channel)
    asyncio.run(every_week_once(prompts, FOUR, processes=1))


@pytest.mark.chaos
@pytest.mark.parametrize("processes", [1, 2])
@DATABASES
def test_a_prompt_is_posted_once_at_every_other_point_too(
    tmp_path: Path, request: pytest.FixtureRequest, slack: PretendSlack, kind: str, channel: str, processes: int
) -> None:
    prompts = Prompts(tmp_path, request.getfixturevalue(kind), slack, channel)
    asyncio.run(every_week_once(prompts, [*FOUR, *MORE], processes))


async def without_history(prompts: Prompts) -> None:
    await prompts.subscribe()
    now = prompts.next_week()
    await prompts.dies("before", SETTLED, now)  # Slack has it
    await prompts.recovers(now)
    assert list(prompts.books.deliveries().values()) == ["held"]
    assert list((await prompts.posts()).values()) == [1]
    told = (await prompts.slack.state(person="anna", channel="dm"))["messages"]
    asked = [one for one in told if "did it arrive?" in one["data"]["text"]]
    assert len(asked) == 1


def test_without_history_an_owner_is_asked_and_nothing_is_doubled(
    tmp_path: Path, sqlite_url: str, slack: PretendSlack
) -> None:
    prompts = Prompts(tmp_path, sqlite_url, slack, "C0GENERAL")
    with slack.without("channels:history"):
        asyncio.run(without_history(prompts))
