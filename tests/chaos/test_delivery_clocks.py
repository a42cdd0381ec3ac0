"""Clocks that jump ahead and back: no slot is posted twice, and no lesson is lost."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.chaos.books import Books
from tests.chaos.children import Bot, PretendSlack
from tests.chaos.hasty import GRACE, LEASE, set_clock
from tests.chaos.prompts import CHANNEL, OPEN, Prompts
from tests.chaos.test_delivery_points import POST
from tests.chaos.workers import plan

pytestmark = pytest.mark.chaos
HOUR = timedelta(hours=1)
SOON = timedelta(minutes=5)
OVER = GRACE + LEASE + 1
PATIENCE = 30


async def titles(prompts: Prompts) -> list[str]:
    """Give how each lesson in the channel begins."""
    seen = (await prompts.slack.state(person="anna", channel=prompts.channel))["messages"]
    return [one["data"]["text"].partition(" of ")[0] for one in seen if one["data"].get("metadata")]


async def jumping(prompts: Prompts) -> None:
    """Make passes at moments that jump ahead and back."""
    for week, after, states, lessons in [
        (1, SOON, ["sent"], 1),
        (2, 13 * HOUR, ["sent", "skipped"], 1),  # over half a day late
        (1, HOUR, ["sent", "skipped"], 1),
        (2, SOON, ["sent", "skipped"], 1),
        (3, SOON, ["sent", "skipped", "sent"], 2),  # the lesson that was skipped has kept its turn
        (5, 9 * HOUR, ["sent", "skipped", "sent", "sent"], 3),
        (3, SOON, ["sent", "skipped", "sent", "sent"], 3),
        (5, SOON, ["sent", "skipped", "sent", "sent"], 3),
        (6, SOON, ["sent", "skipped", "sent", "sent", "sent"], 4),
    ]:
        await prompts.passes(prompts.slot(week, after))
        assert prompts.states() == states, (week, after)
        assert await titles(prompts) == [f"Week {number + 1}" for number in range(lessons)], (week, after)
    assert set((await prompts.posts()).values()) == {1}
    assert "late" in prompts.bot.run("deliveries").partition("Skipped:\n")[2].splitlines()[0]


def test_a_pass_that_jumps_ahead_and_back(tmp_path: Path, database_url: str, own_slack: PretendSlack) -> None:
    asyncio.run(jumping(Prompts(tmp_path, database_url, own_slack)))


class Worker:
    """A worker by a clock that can be set wrong."""

    def __init__(self, folder: Path, url: str, slack: PretendSlack) -> None:
        self.slack, self.books = slack, Books(url)
        self.bot = Bot(folder, slack.settings(url), hasty=True)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let it work."""
        self.bot.start(command=("worker",))
        try:
            yield
        finally:
            self.bot.kill()

    async def posts(self) -> list[str]:
        return sorted(await self.slack.deliveries(CHANNEL))

    async def settles(self, *, sent: int | None = None) -> None:
        """Wait until nothing is due, or so many are posted."""
        for _ in range(PATIENCE * 4):
            states = list(self.books.deliveries().values())
            if states.count("sent") == sent or not OPEN & set(states):
                return
            await asyncio.sleep(0.25)


async def back(worker: Worker) -> None:
    """Jump back by an hour while a post is in doubt and others are to come: all wait until the clock is right."""
    await worker.slack.do("fault", kind="dropped_after", method=POST, count=1, seconds=0)
    with worker.running():
        await worker.settles(sent=2)
        set_clock(worker.bot, -HOUR.total_seconds())
        await asyncio.sleep(OVER)
        posts = await worker.posts()
        assert "unknown" in worker.books.deliveries().values()
    with worker.running():  # another process, for which the lane is leased for an hour to come
        await asyncio.sleep(OVER)
        assert await worker.posts() == posts
        set_clock(worker.bot, 0)
        await worker.settles()


async def ahead(worker: Worker) -> None:
    """Jump ahead by an hour while there is something to post, and back: what came too early does not come again."""
    with worker.running():
        await worker.settles(sent=2)
        set_clock(worker.bot, HOUR.total_seconds())
        await worker.settles(sent=5)
        set_clock(worker.bot, 0)
        await worker.settles()
        await asyncio.sleep(OVER)
    with worker.running():
        await worker.settles()


Jump = Callable[[Worker], Coroutine[None, None, None]]


@pytest.mark.parametrize("jump", [back, ahead])
def test_a_worker_whose_clock_jumps(tmp_path: Path, database_url: str, own_slack: PretendSlack, jump: Jump) -> None:
    plan(database_url, [CHANNEL], 8)
    worker = Worker(tmp_path, database_url, own_slack)
    asyncio.run(jump(worker))
    due = worker.books.deliveries()
    assert set(due.values()) == {"sent"}
    assert asyncio.run(worker.posts()) == sorted(due)


async def beside_slack(prompts: Prompts, minutes: int) -> None:
    """Lose an answer while our clock is not Slack's: the post is found all the same."""
    for bot in (prompts.bot, prompts.other):
        set_clock(bot, 60.0 * minutes)
    now = prompts.next_week()
    await prompts.slack.do("fault", kind="dropped_after", method=POST, count=1, seconds=0)
    await prompts.recovers(now)
    assert await prompts.wrong() == {}


@pytest.mark.parametrize("minutes", [-90, 6, 90])
def test_a_clock_that_is_not_that_of_slack(
    tmp_path: Path, database_url: str, own_slack: PretendSlack, minutes: int
) -> None:
    asyncio.run(beside_slack(Prompts(tmp_path, database_url, own_slack, hasty=True), minutes))
