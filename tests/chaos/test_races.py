"""Two coaches on one PostgreSQL, a slow Slack and a frozen process, at exactly the moments that hurt."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.chaos.children import BEN, Bot, PretendSlack, free_port
from tests.chaos.story import CLAIM, SENT, Story

pytestmark = pytest.mark.chaos
DRAWN = r"UPDATE cards SET drawn="
HELD = r"UPDATE cards SET state=\S+ WHERE"
LATE = 60.0
"""Seconds: an unconfirmed post is looked at after 30, by a tick every 15."""

Play = Callable[[str, Callable[[Story], Awaitable[None]]], None]


@pytest.fixture
def play(tmp_path: Path, own_slack: PretendSlack) -> Play:
    """Run a story on a database of its own; what must hold in the end is checked by itself."""

    async def perform(story: Story, act: Callable[[Story], Awaitable[None]]) -> None:
        async with story:
            await act(story)
            assert await story.books.settled(LATE)
            assert await story.ends() == []

    def begin(url: str, act: Callable[[Story], Awaitable[None]]) -> None:
        story = Story(tmp_path, url, own_slack, "C0RISKBOARD")
        asyncio.run(perform(story, act))

    return begin


def another(story: Story) -> Bot:
    return Bot(story.bot.folder, story.bot.settings, free_port())


async def a_post_that_takes_very_long(story: Story) -> None:
    await story.rises()
    await story.slack.do("fault", kind="slow", method="chat.postMessage", count=1, seconds=27)
    assert (await story.asks(story.bot)).quiet
    await asyncio.sleep(28)


def test_a_post_that_slack_takes_long_after_we_gave_up_is_not_repeated(durable_sqlite: str, play: Play) -> None:
    play(durable_sqlite, a_post_that_takes_very_long)


async def two_that_look_for_one_post(story: Story) -> None:
    await story.dies("committed", CLAIM, taken=True, state="sending", posted=0)
    await story.slack.do("fault", kind="timeout_after", method="conversations.history", count=1, seconds=3)
    second = another(story)
    story.bot.start()
    second.start()
    await asyncio.gather(story.bot.ready(), second.ready())
    await asyncio.sleep(5)
    second.kill()


def test_two_that_look_for_one_lost_post_make_it_up_once(durable_postgresql: str, play: Play) -> None:
    play(durable_postgresql, two_that_look_for_one_post)


async def frozen_before_posting(story: Story) -> None:
    await story.rises("committed", CLAIM, "STOP")
    story.bot.arm()
    asked = asyncio.create_task(story.asks(story.bot))
    await story.bot.frozen()
    second = another(story)
    second.start()
    await second.ready()
    await asked
    await asyncio.sleep(11)
    story.books.let_a_minute_pass()
    assert await story.books.settled(LATE)
    story.bot.signal(signal.SIGCONT)
    await asyncio.sleep(3)
    second.kill()


def test_frozen_between_claim_and_post_while_another_makes_up_for_it(durable_postgresql: str, play: Play) -> None:
    play(durable_postgresql, frozen_before_posting)


async def crossed_redraws(story: Story) -> None:
    """Let the first coach's drawing reach Slack last, and the second one's be written down last."""
    second = another(story)
    await story.rises()
    assert (await story.asks(story.bot)).quiet
    assert await story.books.settled(10)
    second.start("before", DRAWN, "STOP")
    await second.ready()
    (card,) = (await story.cards())["run-1"]
    await story.slack.do("fault", kind="slow", method="chat.update", count=1, seconds=2)
    await story.tick("run-1", card, BEN)
    await asyncio.sleep(0.5)
    second.arm()
    await story.tick("run-1", card, BEN, bot=second, nth=3)
    await second.frozen()
    await asyncio.sleep(3)
    second.signal(signal.SIGCONT)
    await asyncio.sleep(1)
    assert await story.books.settled(LATE)
    second.kill()


def test_an_older_drawing_that_arrives_last_is_drawn_over(durable_postgresql: str, play: Play) -> None:
    play(durable_postgresql, crossed_redraws)


async def held_and_dead(story: Story) -> None:
    await story.dies("committed", CLAIM, taken=True, state="sending", posted=0)
    story.bot.arm()
    story.bot.start("committed", HELD, "KILL")
    assert await story.bot.died() == -signal.SIGKILL
    story.bot.start()
    await story.bot.ready()
    assert await story.books.settled(LATE)
    assert await story.slack.asked("anna", story.channel)


def test_whoever_has_to_be_asked_is_asked_although_the_coach_dies_meanwhile(
    tmp_path: Path, own_slack: PretendSlack, durable_sqlite: str
) -> None:
    async def act() -> None:
        async with Story(tmp_path, durable_sqlite, own_slack, "C0RISKBOARD") as story:
            await held_and_dead(story)

    with own_slack.without("groups:history"):
        asyncio.run(act())


async def a_busy_channel(story: Story) -> None:
    await story.dies("before", SENT, taken=True, state="sending", posted=1)
    for number in range(450):
        await story.slack.do("send", person="anna", channel=story.channel, text=f"message {number}")
    await story.rises()


def test_a_card_is_found_in_a_busy_channel(durable_sqlite: str, play: Play) -> None:
    play(durable_sqlite, a_busy_channel)
