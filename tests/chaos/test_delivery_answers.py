"""The owner of a prompt that nobody could confirm says what stands in the channel: then it stands there once."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.outbox.notices import AGAIN, ARRIVED
from tests.chaos.children import ANNA, PretendSlack, Wire, serving
from tests.chaos.clients import Watch, block_actions, press
from tests.chaos.prompts import Prompts
from tests.chaos.test_delivery_points import CLAIM, HISTORY, SETTLED

pytestmark = pytest.mark.chaos
DIRECT = "D0ANNABERG"
ABSENT, THERE = ("committed", CLAIM), ("before", SETTLED)
AFTER = [timedelta(minutes=10), timedelta(hours=23)]


async def question(prompts: Prompts) -> dict[str, Any]:
    """Give the newest question to the owner."""
    told = (await prompts.slack.state(person="anna", channel="dm"))["messages"]
    asked: list[dict[str, Any]] = [one["data"] for one in told if "did it arrive?" in one["data"]["text"]]
    assert len(asked) == prompts.weeks
    return asked[-1]


async def answers(prompts: Prompts, action: str) -> None:
    """Press a button of the newest question, twice, as people do."""
    message, watch = await question(prompts), Watch()
    pressed = press(message["blocks"], action)
    async with serving(prompts.bot), Wire(prompts.slack.secret) as wire:
        for _ in range(2):
            assert (await wire.send(prompts.bot, block_actions(ANNA, message, DIRECT, pressed, watch()))).taken


async def every_answer(prompts: Prompts, after: timedelta) -> None:
    for point, answer in ((ABSENT, AGAIN), (THERE, ARRIVED)):
        now = prompts.next_week()
        await prompts.dies(*point, now)
        await prompts.recovers(now)
        await answers(prompts, answer)
        for _ in range(2):
            await prompts.passes(prompts.slot(prompts.weeks, after))
        assert await prompts.wrong() == {}, point


@pytest.mark.parametrize("after", AFTER, ids=str)
def test_what_was_held_stands_there_once_when_its_owner_has_answered(
    tmp_path: Path, database_url: str, own_slack: PretendSlack, after: timedelta
) -> None:
    with own_slack.without(*HISTORY):
        asyncio.run(every_answer(Prompts(tmp_path, database_url, own_slack), after))
